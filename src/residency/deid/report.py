"""The report of a de-identification run: what was done, in numbers, and no original value.

    report = report_of(results, recipe)
    report.letters["C"].ticked      False when dates were shifted: they are not Safe Harbor

The eighteen letters are those of 45 CFR 164.514(b)(2)(i)(A) to (R). A letter is ticked only if this run made it true:
codes derived from a record number under a key are not ticked (164.514(c)), nor is anything that a person let pass
unseen, or that a recipe keeps beyond the table. Ticks describe technique; that data are de-identified somebody says,
which is recorded elsewhere. Not here: the determination, and where the report is kept.
"""

from collections import Counter
from collections.abc import Iterable

from residency.deid.cleaned import DeidReport, Letter, RowCount
from residency.deid.dicom.actions import Action, label_of
from residency.deid.dicom.series import SeriesResult
from residency.deid.ps315 import rows
from residency.deid.recipe import FULL_DATES, MODIFIED_DATES, Recipe


def report_of(
    results: Iterable[SeriesResult], recipe: Recipe, accepted: frozenset[str] = frozenset(), *, drawn: bool = False
) -> DeidReport:
    """The report over all series of a run; `accepted` are risk codes that a person let pass in it.

    `drawn` says that every code and UID was drawn at random and that what leads back is sealed.
    """
    received = released = series = 0
    quarantined, counts, searched, hits = Counter(), Counter(), Counter(), Counter()
    for result in results:
        received += result.received
        if result.quarantine is None:
            released += result.received
            series += 1
        else:
            quarantined[result.quarantine.code] += result.received
        counts += result.counts
        searched += result.searched
        hits.update(f"{hit.kind} in {hit.tag} as {hit.found_as}" for hit in result.hits)
    letters = _letters(recipe, accepted, drawn)
    return DeidReport(
        recipe=recipe.name,
        recipe_digest=recipe.digest(),
        edition=recipe.edition,
        files_received=received,
        files_released=released,
        series_released=series,
        files_quarantined=dict(sorted(quarantined.items())),
        rows=_rows(counts),
        spellings_searched=dict(sorted(searched.items())),
        residual_hits=dict(sorted(hits.items())),
        letters=letters,
        safe_harbor=all(letter.ticked for letter in letters.values()),
    )


def _rows(counts: Counter) -> tuple[RowCount, ...]:
    by_row: Counter = Counter()
    for (tag, action), times in counts.items():
        by_row[label_of(tag), action] += times
    return tuple(
        RowCount(row=label, name=rows()[label].name if label in rows() else "", action=action.value, times=times)
        for (label, action), times in sorted(by_row.items(), key=lambda entry: (entry[0][0], entry[0][1].value))
        if action is not Action.KEEP
    )


_REMOVED = "Removed, or replaced by words that say nothing, at every depth; the result was searched for them."
_NOT_IN_IMAGES = "No attribute of the image holds one; texts that could are removed, and the result was searched."
_WRITTEN = "Removed from the header; a person let pictures pass that may tell one."
_TAKEN_OFF = (
    "Faces were taken off CT and MR and the result judged by other means; what was not believed was quarantined."
)
_SEEN = "A person let pictures pass that may show one."
_TEXTS = {
    "A": ("names", _REMOVED),
    "B": ("places smaller than a state", _REMOVED),
    "D": ("telephone numbers", _REMOVED),
    "E": ("fax numbers", _REMOVED),
    "F": ("e-mail addresses", _REMOVED),
    "G": ("social security numbers", _REMOVED),
    "H": ("medical record numbers", "Replaced by a keyed code; see R."),
    "I": ("health plan numbers", _REMOVED),
    "J": ("account numbers", _REMOVED),
    "K": ("certificate and licence numbers", _REMOVED),
    "L": ("vehicle identifiers", _NOT_IN_IMAGES),
    "M": ("device identifiers", _REMOVED),
    "N": ("web addresses", _NOT_IN_IMAGES),
    "O": ("internet addresses", _NOT_IN_IMAGES),
    "P": ("finger and voice prints", _NOT_IN_IMAGES),
}
"""The letters that text can break, with what is done about each."""
_KEPT = {
    "B": ("retain_institution_identity", "The institution is kept."),
    "M": ("retain_device_identity", "Kept by the recipe."),
}
_DRAWN = "Replaced by codes and UIDs drawn at random; what leads back is sealed apart (164.514(c))."
_DERIVED = "UIDs and codes are derived under a key from the originals: 164.514(c) asks for codes that are not."


def _letters(recipe: Recipe, accepted: frozenset[str], drawn: bool) -> dict[str, Letter]:
    broken = set(_TEXTS) | {"C"} if accepted - {"FACE"} else {"A", "H"} if accepted else set()
    letters = {letter: Letter(of=of, done=done, ticked=True) for letter, (of, done) in _TEXTS.items()}
    letters["C"] = _dates(recipe)
    for letter, (option, done) in _KEPT.items():
        if recipe.keeps(option):
            letters[letter] = Letter(of=_TEXTS[letter][0], done=done, ticked=False)
    for letter in broken:
        if letters[letter].ticked:
            letters[letter] = Letter(of=letters[letter].of, done=_WRITTEN, ticked=False)
    faces = _SEEN if accepted else _TAKEN_OFF if recipe.defaces else "Series that may show a face were quarantined."
    letters["Q"] = Letter(of="full-face pictures and the like", done=faces, ticked=not accepted)
    if letters["H"].ticked:
        letters["H"] = Letter(of=letters["H"].of, done=_DRAWN if drawn else letters["H"].done, ticked=drawn)
    letters["R"] = _others(recipe, accepted, drawn)
    return dict(sorted(letters.items()))


def _others(recipe: Recipe, accepted: frozenset[str], drawn: bool) -> Letter:
    said = (
        (not drawn, _DERIVED),
        (recipe.keeps("retain_uids"), "UIDs are kept."),
        (recipe.keeps_more, "The recipe keeps attributes beyond the table; whether they tell anybody, nobody checked."),
        (bool(accepted - {"FACE"}), _WRITTEN),
    )
    wrong = next((done for true, done in said if true), "")
    return Letter(of="any other unique number or code", done=wrong or _DRAWN, ticked=not wrong)


def _dates(recipe: Recipe) -> Letter:
    of = "dates finer than a year, and ages over 89"
    if recipe.keeps(FULL_DATES):
        return Letter(of=of, done="Dates are kept.", ticked=False)
    if recipe.keeps(MODIFIED_DATES):
        return Letter(of=of, done="Dates are shifted by whole days, one shift per subject.", ticked=False)
    return Letter(of=of, done="Dates are removed or replaced; 90 years and older are one category.", ticked=True)

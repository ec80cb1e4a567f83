"""The report of a de-identification run: what was done, in numbers, and no original value.

    report = report_of(results, recipe)
    report.letters["C"].ticked      False when dates were shifted: they are not Safe Harbor

The eighteen letters are those of 45 CFR 164.514(b)(2)(i)(A) to (R). A letter is ticked only if this run made it true:
codes derived from a record number under a key are not ticked (164.514(c)), nor is anything that a person let pass
unseen. Ticks describe technique; whether data are de-identified is an expert's word, recorded elsewhere. Not here: the
determination, and where the report is kept.
"""

from collections import Counter
from collections.abc import Iterable

from residency.deid.actions import Action, label_of
from residency.deid.recipe import FULL_DATES, MODIFIED_DATES, Recipe
from residency.deid.series import SeriesResult
from residency.deid.table import rows
from residency.kernel.record import Part


class RowCount(Part):
    """How often one row of Table E.1-1 (or what stands in for a row) was given one action."""

    row: str
    name: str
    action: str
    times: int


class Letter(Part):
    """One of the eighteen kinds of identifier, what was done about it, and whether that meets Safe Harbor."""

    of: str
    done: str
    ticked: bool


class DeidReport(Part):
    """Counts only. `files_received` = `files_released` + the sum of `files_quarantined`."""

    recipe: str
    recipe_digest: str
    edition: str
    files_received: int
    files_released: int
    series_released: int
    files_quarantined: dict[str, int]
    rows: tuple[RowCount, ...]
    spellings_searched: dict[str, int]
    residual_hits: dict[str, int]
    letters: dict[str, Letter]
    safe_harbor: bool


def report_of(results: Iterable[SeriesResult], recipe: Recipe, accepted: frozenset[str] = frozenset()) -> DeidReport:
    """The report over all series of a run; `accepted` are risk codes that a person let pass in it."""
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
    letters = _letters(recipe, accepted)
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


def _letters(recipe: Recipe, accepted: frozenset[str]) -> dict[str, Letter]:
    place, device = recipe.keeps("retain_institution_identity"), recipe.keeps("retain_device_identity")
    seen = not accepted
    text = _REMOVED if seen else "Removed from the header; a person let pictures pass that may carry text."
    picture = (
        "Series that may show a face were quarantined." if seen else "A person let pictures pass that may show one."
    )
    return {
        "A": Letter(of="names", done=text, ticked=seen),
        "B": Letter(
            of="places smaller than a state", done="The institution is kept." if place else _REMOVED, ticked=not place
        ),
        "C": _dates(recipe),
        "D": Letter(of="telephone numbers", done=_REMOVED, ticked=True),
        "E": Letter(of="fax numbers", done=_REMOVED, ticked=True),
        "F": Letter(of="e-mail addresses", done=_REMOVED, ticked=True),
        "G": Letter(of="social security numbers", done=_REMOVED, ticked=True),
        "H": Letter(of="medical record numbers", done="Replaced by a keyed code; see R.", ticked=seen),
        "I": Letter(of="health plan numbers", done=_REMOVED, ticked=True),
        "J": Letter(of="account numbers", done=_REMOVED, ticked=True),
        "K": Letter(of="certificate and licence numbers", done=_REMOVED, ticked=True),
        "L": Letter(of="vehicle identifiers", done=_NOT_IN_IMAGES, ticked=True),
        "M": Letter(of="device identifiers", done="Kept by the recipe." if device else _REMOVED, ticked=not device),
        "N": Letter(of="web addresses", done=_NOT_IN_IMAGES, ticked=True),
        "O": Letter(of="internet addresses", done=_NOT_IN_IMAGES, ticked=True),
        "P": Letter(of="finger and voice prints", done=_NOT_IN_IMAGES, ticked=True),
        "Q": Letter(of="full-face pictures and the like", done=picture, ticked=seen),
        "R": Letter(
            of="any other unique number or code",
            done="UIDs and codes are derived under a key from the originals: 164.514(c) asks for codes that are not.",
            ticked=False,
        ),
    }


def _dates(recipe: Recipe) -> Letter:
    of = "dates finer than a year, and ages over 89"
    if recipe.keeps(FULL_DATES):
        return Letter(of=of, done="Dates are kept.", ticked=False)
    if recipe.keeps(MODIFIED_DATES):
        return Letter(of=of, done="Dates are shifted by whole days, one shift per subject.", ticked=False)
    return Letter(of=of, done="Dates are removed or replaced; 90 years and older are one category.", ticked=True)

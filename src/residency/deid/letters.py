"""The eighteen letters of 45 CFR 164.514(b)(2)(i) over data of several kinds: what each kind meets or breaks, and why.

    by_kind = {kind: letters_of(kind, counts, images, drawn=False) for kind in released}
    letters = merged(by_kind)
    letters["R"].ticked            only if it is true of every kind of data that was released

`images` are the letters of the report of images (`report`), which say what the recipe does about dates and keeps on
purpose. Breaks: whatever a note or a free text names (A to P, R), since rules and a tagger miss some and nobody has
read the result; genotypes (R), which single out a person whatever they are called; codes under a key (R, 164.514(c)).
Of nothing nothing is true: no letter is ticked where nothing was released. Not here: counting (`report`), the
determination (`determine`).
"""

from collections import Counter
from collections.abc import Mapping

from residency.deid.cleaned import Letter

Letters = Mapping[str, Letter]
CALLED = {
    "dicom": "images",
    "nifti": "NIfTI",
    "fhir": "FHIR",
    "omop": "OMOP",
    "meds": "MEDS",
    "csv": "tables",
    "note": "notes",
    "genome": "genomes",
}
"""Kinds of data, as the report calls them."""
_RECORDS = "Removed or replaced by the rule of its column or element; the result was searched for it."
_DONE = {
    "nifti": "Headers, sidecars, tables and names keep what the rules list; volumes of CT and MR are not searched for "
    "text, since a scanner writes none on what it reconstructs.",
    "genome": "Taken out of headers, names of samples, reads and files; the result was searched for it.",
}
_MISSED = (
    "Found in free text by rules, the subject's own identifiers and a tagger, which miss some; nobody has read it."
)
_DRAWN = "Codes are drawn at random and derived from nothing (164.514(c))."
_GENOTYPES = "Genotypes were not changed and single out a person."
_NO_PICTURE = "No picture is in data of this kind."
_FACES = "Faces were taken off and the result judged by other means, or no head is in the scan; else it was held back."
_PICTURES, _CODES, _DATES, _NUMBERS = "Q", "R", "C", "H"


def letters_of(kind: str, counts: Counter, images: Letters, *, drawn: bool) -> dict[str, Letter]:
    """The letters of one kind of data; `counts` are of (what, action), `drawn` says that names are no keyed codes."""
    if kind == "dicom":
        return dict(images)
    codes, number = (
        Letter(of=images[letter].of, done=_DRAWN, ticked=True) if drawn else images[letter]
        for letter in (_CODES, _NUMBERS)
    )
    done = _DONE.get(kind, _RECORDS)
    letters = {letter: Letter(of=one.of, done=done, ticked=True) for letter, one in images.items()}
    letters |= {_DATES: images[_DATES], _NUMBERS: number, _CODES: codes}
    letters[_PICTURES] = Letter(of=images[_PICTURES].of, done=_FACES if kind == "nifti" else _NO_PICTURE, ticked=True)
    if _keeps_text(kind, counts):
        missed = {letter for letter, one in letters.items() if letter != _PICTURES and one.ticked}
        letters |= {letter: Letter(of=images[letter].of, done=_MISSED, ticked=False) for letter in missed}
    if kind == "genome":
        done = _GENOTYPES if codes.ticked else f"{_GENOTYPES} {codes.done}"
        letters[_CODES] = Letter(of=codes.of, done=done, ticked=False)
    return letters


def merged(by_kind: Mapping[str, Letters]) -> dict[str, Letter]:
    """One letter for each over all kinds: ticked if all are, and said by kind where they differ."""
    return {letter: _joined([(kind, letters[letter]) for kind, letters in by_kind.items()]) for letter in _of(by_kind)}


def nothing(images: Letters) -> dict[str, Letter]:
    """The letters where nothing was released."""
    return {letter: Letter(of=one.of, done="Nothing was released.", ticked=False) for letter, one in images.items()}


def _of(by_kind: Mapping[str, Letters]) -> list[str]:
    return sorted({letter for letters in by_kind.values() for letter in letters})


def _joined(said: list[tuple[str, Letter]]) -> Letter:
    telling = [(kind, one) for kind, one in said if not one.ticked] or said
    kinds: dict[str, list[str]] = {}
    for kind, one in telling:
        kinds.setdefault(one.done, []).append(CALLED.get(kind, kind))
    done = " ".join(f"{', '.join(which)}: {sentence}" for sentence, which in kinds.items())
    alone = len(kinds) == 1 and len(telling) == len(said)
    return Letter(
        of=said[0][1].of, done=telling[0][1].done if alone else done, ticked=all(one.ticked for _, one in said)
    )


def _keeps_text(kind: str, counts: Counter) -> bool:
    """Whether free text stayed: always in notes; in FHIR it may in many elements; else as columns were cleaned."""
    return kind in ("note", "fhir") or any(action == "clean" and times for (_, action), times in counts.items())

"""The pass over one DICOM file: every element at every depth, by the plan of the recipe.

    scrubbed = scrub(read(data), recipe, pseudonyms, Identity("SITE-A", "0042"))
    scrubbed.data     the new file: preamble zeroed, meta information rebuilt, pixels as they were

Public elements follow the plan at every depth (`walk`); private ones go, unless the recipe lists them by creator; so do
overlays, curves, whatever the standard does not define, and elements whose VR contradicts the standard. What is written
anew (UIDs, code, dates) is listed in `minted`, so that the residual search can tell it from what was left. Not here:
whether the object may be cleaned at all (`kinds`, `pixels`), and the search afterwards (`residual`).
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from residency.deid.dates import Dates
from residency.deid.dicom.actions import Action, content_plan_of, plan_of
from residency.deid.dicom.content import refers_inside
from residency.deid.dicom.descriptors import Clean, Cleaner
from residency.deid.dicom.elements import EXPLICIT, IMPLICIT, Element, Instance, Unreadable, write
from residency.deid.dicom.needs import in_class
from residency.deid.dicom.picture import carried
from residency.deid.dicom.values import DUMMY_DATE, DUMMY_TEXT, padded
from residency.deid.dicom.walk import Walk
from residency.deid.identifiers import Identifiers
from residency.deid.pseudonyms import Identity, Names
from residency.deid.recipe import BASIC_CODE, FULL_DATES, METHOD_CODES, MODIFIED_DATES, PASS_CODES, Recipe

IMPLEMENTATION_UID = b"2.25.301946105127356813049207718365240917423"
IMPLEMENTATION_NAME = b"RESIDENCY_1"
_UID = re.compile(rb"[0-9.]{1,64}")
_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_CONTENT = 0x0040A730


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """The cleaned file. `counts` maps (tag, action) to how often, at all depths; `minted` is what was written anew."""

    data: bytes = field(repr=False)
    study: str
    series: str
    instance: str
    counts: Counter
    minted: frozenset[bytes] = field(repr=False)


def scrub(
    original: Instance,
    recipe: Recipe,
    pseudonyms: Names,
    subject: Identity,
    *,
    text: Clean | None = None,
    done: Collection[str] = (),
) -> Scrubbed:
    """One file, cleaned. Raises Unreadable when it lacks the UIDs that say what it is.

    `text` cleans descriptors (by default the product's own, `descriptors.Cleaner`); `done` names the passes over pixels
    that this file has been through (`recipe.PASS_CODES`): their codes are written beside those of the recipe's options.
    """
    code = pseudonyms.code(subject.issuer, subject.patient_id).encode()
    run = Walk(
        plan=plan_of(recipe),
        items=content_plan_of(recipe),
        private={(e.creator.encode(), int(e.group, 16), int(e.offset, 16)): e.vr.encode() for e in recipe.private},
        names=pseudonyms,
        code=code,
        days=pseudonyms.shift_days(subject.issuer, subject.patient_id),
        text=text or cleaner(recipe, pseudonyms, subject),
        minted={code, DUMMY_TEXT, DUMMY_DATE},
        fixed=bool(original.get_items(_CONTENT)) and refers_inside(original.elements),
    )
    elements = run.clean(original.elements, in_class(original.get(_SOP_CLASS).decode("latin-1")))
    if original.trailing:
        run.counts[0xFFFCFFFC, Action.REMOVE] += 1
    elements, cut = carried(elements, original.syntax)
    if cut:
        run.counts[0xFFFCFFFC, Action.REMOVE] += 1
    elements += _method(recipe, run, done)
    elements.sort(key=lambda element: element[0])
    found = {e[0]: e[2].rstrip(b" \0") for e in elements if e[0] in (_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES)}
    if len(found) < 4 or not all(map(_UID.fullmatch, found.values())):
        raise Unreadable("The file does not say what it is: class, instance, series or study UID is missing.")
    data = file_head(found[_SOP_CLASS], found[_SOP_INSTANCE], original.syntax) + write(
        elements, original.syntax != IMPLICIT
    )
    study, series, instance = (found[tag].decode("ascii") for tag in (_STUDY, _SERIES, _SOP_INSTANCE))
    return Scrubbed(data, study, series, instance, run.counts, frozenset(run.minted))


def cleaner(recipe: Recipe, names: Names, subject: Identity, known: Identifiers | None = None) -> Cleaner:
    """The product's own cleaner of descriptors, with what the recipe says of dates."""
    moves, days = recipe.keeps(MODIFIED_DATES), names.shift_days(subject.issuer, subject.patient_id)
    return Cleaner(Dates(days) if moves else None, known, keep_dates=recipe.keeps(FULL_DATES))


def _method(recipe: Recipe, run: Walk, done: Collection[str]) -> list[Element]:
    """What PS3.15 E.1.1 asks to be written: that identity was removed, how, and what became of the dates."""
    codes = [BASIC_CODE, *(code for name, code in PASS_CODES.items() if name in done)]
    codes += [METHOD_CODES[option] for option in recipe.options]
    words = _words_of(recipe)
    dates = b"MODIFIED" if recipe.keeps(MODIFIED_DATES) else b"UNMODIFIED" if recipe.keeps(FULL_DATES) else b"REMOVED"
    method = padded("\\".join(words).encode(), b"LO")
    run.minted.update(word.encode() for word in words)
    return [
        (0x00120062, b"CS", b"YES ", 0),
        (0x00120063, b"LO", method, 0),
        (0x00120064, b"SQ", [_code(value, meaning) for value, meaning in codes], 0),
        (0x00280303, b"CS", padded(dates, b"CS"), 0),
    ]


@lru_cache(maxsize=16)
def _words_of(recipe: Recipe) -> tuple[str, ...]:
    return f"PS3.15 {recipe.edition} Basic Profile", recipe.name[:64], recipe.digest()[:23]


def _code(value: str, meaning: str) -> list[Element]:
    return [
        (0x00080100, b"SH", padded(value.encode(), b"SH"), 0),
        (0x00080102, b"SH", b"DCM ", 0),
        (0x00080104, b"LO", padded(meaning.encode(), b"LO"), 0),
    ]


def file_head(sop_class: bytes, sop_instance: bytes, syntax: str) -> bytes:
    """Preamble and file meta information, with the mandatory elements only (PS3.10 7.1)."""
    meta: list[Element] = [
        (0x00020001, b"OB", b"\0\1", 0),
        (0x00020002, b"UI", padded(sop_class, b"UI"), 0),
        (0x00020003, b"UI", padded(sop_instance, b"UI"), 0),
        (0x00020010, b"UI", padded((syntax or EXPLICIT).encode(), b"UI"), 0),
        (0x00020012, b"UI", padded(IMPLEMENTATION_UID, b"UI"), 0),
        (0x00020013, b"SH", padded(IMPLEMENTATION_NAME, b"SH"), 0),
    ]
    body = write(meta, True)
    length = write([(0x00020000, b"UL", len(body).to_bytes(4, "little"), 0)], True)
    return bytes(128) + b"DICM" + length + body

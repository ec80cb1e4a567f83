"""The pass over one DICOM file: every element at every depth, by the plan of the recipe.

    scrubbed = scrub(read(data), recipe, pseudonyms, Identity("SITE-A", "0042"))
    scrubbed.data     the new file: preamble zeroed, meta information rebuilt, pixels as they were

Public elements follow the plan (`actions`); private ones go, unless the recipe lists them by creator; so do overlays,
curves, whatever the standard does not define, and elements whose VR contradicts the standard. What is written anew
(UIDs, code, dates) is listed in `minted`, so that the residual search can tell it from what was left. Not here: whether
the object may be cleaned at all (`pixels`), and the search afterwards (`residual`).
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from residency.deid.dicom.actions import Action, Rule, plan_of
from residency.deid.dicom.elements import (
    EXPLICIT,
    IMPLICIT,
    PIXEL_DATA,
    Element,
    Instance,
    Unreadable,
    read_items,
    write,
)
from residency.deid.dicom.picture import carried
from residency.deid.dicom.values import DUMMY_DATE, DUMMY_TEXT, cap_age, dummy, padded, shift
from residency.deid.pseudonyms import Identity, Pseudonyms
from residency.deid.recipe import BASIC_CODE, FULL_DATES, METHOD_CODES, MODIFIED_DATES, PRIVATE_CODE, Recipe

IMPLEMENTATION_UID = b"2.25.301946105127356813049207718365240917423"
IMPLEMENTATION_NAME = b"RESIDENCY_1"
_SHAPES = {
    b"AS": b"0123456789DWMY \0",
    b"DS": b"0123456789+-.eE\\ \0",
    b"IS": b"0123456789+-\\ \0",
    b"TM": b"0123456789:.\\ \0",
    b"UI": b"0123456789.\\ \0",
}
"""All that may stand in values of these kinds: a name in a number's place is no number (PS3.5 6.2)."""
_DUMMIED = frozenset((b"AE", b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UR", b"UT"))
_UID = re.compile(rb"[0-9.]{1,64}")
_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """The cleaned file. `counts` maps (tag, action) to how often, at all depths; `minted` is what was written anew."""

    data: bytes = field(repr=False)
    study: str
    series: str
    instance: str
    counts: Counter
    minted: frozenset[bytes] = field(repr=False)


@dataclass(slots=True)
class _Pass:
    plan: Mapping[int, Rule]
    private: dict[tuple[bytes, int, int], bytes]
    names: Pseudonyms
    code: bytes
    days: int
    counts: Counter
    minted: set[bytes]


def scrub(
    original: Instance,
    recipe: Recipe,
    pseudonyms: Pseudonyms,
    subject: Identity,
    undone: frozenset[str] = frozenset(),
) -> Scrubbed:
    """One file, cleaned. Raises Unreadable when it lacks the UIDs that say what it is.

    `undone` are options of the recipe that were not applied to this object and are not claimed for it.
    """
    code = pseudonyms.code(subject.issuer, subject.patient_id).encode()
    run = _Pass(
        plan=plan_of(recipe),
        private={(e.creator.encode(), int(e.group, 16), int(e.offset, 16)): e.vr.encode() for e in recipe.private},
        names=pseudonyms,
        code=code,
        days=pseudonyms.shift_days(subject.issuer, subject.patient_id),
        counts=Counter(),
        minted={code, DUMMY_TEXT, DUMMY_DATE},
    )
    elements = _clean(original.elements, run, 0)
    if original.trailing:
        run.counts[0xFFFCFFFC, Action.REMOVE] += 1
    elements, cut = carried(elements, original.syntax)
    if cut:
        run.counts[0xFFFCFFFC, Action.REMOVE] += 1
    elements += _method(recipe, run, undone)
    elements.sort(key=lambda element: element[0])
    found = {e[0]: e[2].rstrip(b" \0") for e in elements if e[0] in (_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES)}
    if len(found) < 4 or not all(map(_UID.fullmatch, found.values())):
        raise Unreadable("The file does not say what it is: class, instance, series or study UID is missing.")
    data = _head(found[_SOP_CLASS], found[_SOP_INSTANCE], original.syntax) + write(
        elements, original.syntax != IMPLICIT
    )
    study, series, instance = (found[tag].decode("ascii") for tag in (_STUDY, _SERIES, _SOP_INSTANCE))
    return Scrubbed(data, study, series, instance, run.counts, frozenset(run.minted))


def _clean(elements: list[Element], run: _Pass, depth: int) -> list[Element]:
    out: list[Element] = []
    plan, counts, allowed = run.plan, run.counts, _allowed(elements, run)
    for element in elements:
        tag = element[0]
        rule = plan.get(tag)
        if rule is None:
            new, action = _undefined(element, allowed, run, depth), Action.KEEP
        elif element[1] not in rule.accepts or rule.action is Action.REMOVE:
            new, action = None, Action.REMOVE
        elif rule.action is Action.KEEP:
            new, action = _kept(element, run, depth), Action.KEEP
        else:
            new, action = _changed(element, rule, run, depth)
        if new is not None:
            out.append(new)
        if new is None or action is not Action.KEEP:
            counts[tag, action if new is not None else Action.REMOVE] += 1
    return out


def _undefined(element: Element, allowed: dict[int, bytes], run: _Pass, depth: int) -> Element | None:
    """What the standard does not define stays only if it is private and listed, and is what the recipe says it is."""
    tag, vr, value, at = element
    listed = allowed.get(tag)
    if listed is None:
        return None
    if vr == b"UN":
        vr, value = listed, read_items(value) if listed == b"SQ" else value
    return _kept((tag, vr, value, at), run, depth) if vr == listed else None


def _kept(element: Element, run: _Pass, depth: int) -> Element | None:
    """The element as it is; a sequence with its items cleaned; nothing if the value is not of its kind."""
    tag, vr, value, at = element
    if vr == b"SQ":
        return tag, vr, [_clean(item, run, depth + 1) for item in value], at
    shape = _SHAPES.get(vr)
    if shape is not None and value.translate(None, shape):
        return None
    if tag == PIXEL_DATA and depth:
        return None  # an icon or another picture of pixels that nobody has looked at
    return element


def _changed(element: Element, rule: Rule, run: _Pass, depth: int) -> tuple[Element | None, Action]:
    tag, vr, value, at = element
    action, new = rule.action, None
    if action is Action.SHIFT:
        new = shift(value, vr, run.days)
        if new is not None and vr in (b"DA", b"DT"):
            run.minted.update(part[:8] for part in new.rstrip().split(b"\\") if len(part) >= 8)
    elif action is Action.AGE:
        new = cap_age(value)
    if action in (Action.SHIFT, Action.AGE) and new is None:
        action = rule.otherwise
    if action is Action.REMOVE:
        return None, action
    if action is Action.EMPTY:
        new = [] if vr == b"SQ" else b""
    elif action is Action.CODE:
        new = run.code
    elif action is Action.UID or (action is Action.DUMMY and vr == b"UI"):
        new = _new_uids(value, run)
        action = Action.KEEP if new.rstrip(b"\0") == value.rstrip(b"\0 ") else action
    elif action is Action.DUMMY:
        new = [_dummied(_clean(item, run, depth + 1)) for item in value] if vr == b"SQ" else dummy(vr)
    return (tag, vr, new, at), action


def _new_uids(value: bytes, run: _Pass) -> bytes:
    news = [
        run.names.uid(part.strip(b" \0").decode("latin-1")).encode()
        for part in value.split(b"\\")
        if part.strip(b" \0")
    ]
    run.minted.update(new for new in news if new.startswith(b"2.25."))
    return padded(b"\\".join(news), b"UI")


def _dummied(elements: list[Element]) -> list[Element]:
    """The items of a sequence that must be there but not speak: every text in them becomes a dummy."""
    return [
        (tag, vr, [_dummied(item) for item in value] if vr == b"SQ" else dummy(vr) if vr in _DUMMIED else value, at)
        for tag, vr, value, at in elements
    ]


def _allowed(elements: list[Element], run: _Pass) -> dict[int, bytes]:
    """Tag to listed VR, for the private elements of this data set that the recipe lists, and for their creators."""
    if not run.private:
        return {}
    creators = {
        tag & 0xFFFF00FF: value.strip(b" \0")
        for tag, _, value, _ in elements
        if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF and isinstance(value, bytes)
    }
    allowed = {}
    for tag, *_ in elements:
        block = (tag & 0xFFFF0000) | (tag >> 8 & 0xFF)
        listed = run.private.get((creators.get(block, b""), tag >> 16, tag & 0xFF))
        if listed and tag >> 16 & 1 and tag & 0xFFFF > 0xFF:
            allowed[tag], allowed[block] = listed, b"LO"
    return allowed


def _method(recipe: Recipe, run: _Pass, undone: frozenset[str]) -> list[Element]:
    """What PS3.15 E.1.1 asks to be written: that identity was removed, how, and what became of the dates."""
    done = [METHOD_CODES[option] for option in recipe.options if option not in undone]
    codes = [BASIC_CODE, *done] + [PRIVATE_CODE] * bool(recipe.private)
    words = [f"PS3.15 {recipe.edition} Basic Profile", recipe.name[:64], recipe.digest()[:23]]
    dates = b"MODIFIED" if recipe.keeps(MODIFIED_DATES) else b"UNMODIFIED" if recipe.keeps(FULL_DATES) else b"REMOVED"
    method = padded("\\".join(words).encode(), b"LO")
    run.minted.update(word.encode() for word in words)
    return [
        (0x00120062, b"CS", b"YES ", 0),
        (0x00120063, b"LO", method, 0),
        (0x00120064, b"SQ", [_code(value, meaning) for value, meaning in codes], 0),
        (0x00280303, b"CS", padded(dates, b"CS"), 0),
    ]


def _code(value: str, meaning: str) -> list[Element]:
    return [
        (0x00080100, b"SH", padded(value.encode(), b"SH"), 0),
        (0x00080102, b"SH", b"DCM ", 0),
        (0x00080104, b"LO", padded(meaning.encode(), b"LO"), 0),
    ]


def _head(sop_class: bytes, sop_instance: bytes, syntax: str) -> bytes:
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

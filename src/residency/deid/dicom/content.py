"""Content items of structured documents: which one an item is, and its value kept, silenced or capped.

    which_of(item)              ->  ("121033", "DCM", "NUM")      code and scheme of the concept's name, value type
    silent(item)                ->  the item as a text that says nothing, in its place

A document's tree may refer to its own items by their place (0040,DB73): then nothing may leave the tree, and what goes
is replaced by a silent item. Ages of 90 and more become 90 (164.514(b)(2)(i)(C)), whatever code names the age. Not
here: the walk through the tree and the actions of PS3.15 Table E.3.4-1 (`walk`, `actions`).
"""

from typing import Any

from residency.deid.dicom.elements import Element
from residency.deid.dicom.values import DUMMY_TEXT

_RELATION, _TYPE, _CONCEPT = 0x0040A010, 0x0040A040, 0x0040A043
_CODE, _SCHEME = 0x00080100, 0x00080102
_TEXT_VALUE, _REFERENCE = 0x0040A160, 0x0040DB73
_VALUES = frozenset((0x0040A120, 0x0040A121, 0x0040A122, 0x0040A123, 0x0040A124, _TEXT_VALUE))
_MEASURED, _UNITS, _NUMBER = 0x0040A300, 0x004008EA, 0x0040A30A
_EXACT = frozenset((0x0040A161, 0x0040A162, 0x0040A163))
"""The same number again, as a float or as a fraction."""
_AGE = ("121033", "DCM", "NUM")
_AGES = frozenset(
    (("397669002", "SCT"), ("424144002", "SCT"), ("445518008", "SCT"), ("30525-0", "LN"), ("63900-5", "LN"))
)
"""Codes of an age that Table E.3.4-1 does not list: treated as the subject's age."""
_IN_A_YEAR = {"a": 1.0, "mo": 12.0, "wk": 52.18, "d": 365.25, "h": 8766.0, "min": 525960.0}
_OLDEST = 90


def which_of(item: list[Element]) -> tuple[str, str, str]:
    """Code and scheme of the concept's name, and the value type; empty where the item does not say."""
    said = {tag: value for tag, _, value, _ in item if tag in (_TYPE, _CONCEPT)}
    concept = said.get(_CONCEPT) or []
    name = {tag: value for tag, _, value, _ in concept[0]} if concept and isinstance(concept, list) else {}
    code, scheme, kind = _word(name.get(_CODE)), _word(name.get(_SCHEME)), _word(said.get(_TYPE))
    return _AGE if (code, scheme) in _AGES and kind == "NUM" else (code, scheme, kind)


def refers_inside(elements: list[Element]) -> bool:
    """Whether some item of this tree names another one by its place."""
    return any(
        tag == _REFERENCE or (isinstance(value, list) and any(refers_inside(item) for item in value))
        for tag, _, value, _ in elements
    )


def as_it_was(cleaned: list[Element], item: list[Element]) -> list[Element]:
    """The cleaned item with the item's own value, where an option keeps it; an age of 90 and more as 90."""
    values = {element[0]: element for element in item if element[0] in _VALUES}
    kept = [element for element in cleaned if element[0] not in values] + list(values.values())
    return sorted(map(_capped, kept), key=lambda element: element[0])


def silenced(cleaned: list[Element]) -> list[Element]:
    """The item with a text that says nothing."""
    return [(tag, vr, DUMMY_TEXT if tag == _TEXT_VALUE else value, at) for tag, vr, value, at in cleaned]


def silent(item: list[Element]) -> list[Element]:
    """A text that says nothing in the place of an item, under the same name."""
    kept = [element for element in item if element[0] in (_RELATION, _CONCEPT)]
    kept += [(_TYPE, b"CS", b"TEXT", 0), (_TEXT_VALUE, b"UT", DUMMY_TEXT, 0)]
    return sorted(kept, key=lambda element: element[0])


def _capped(element: Element) -> Element:
    """A measured value whose number is an age of 90 years and more, with 90 years in its place."""
    tag, vr, value, at = element
    if tag != _MEASURED or not isinstance(value, list):
        return element
    return tag, vr, [_capped_number(item) for item in value], at


def _capped_number(item: list[Element]) -> list[Element]:
    said = {tag: value for tag, _, value, _ in item}
    units = said.get(_UNITS)
    unit = _word(next((v for t, _, v, _ in units[0] if t == _CODE), b"")) if units and isinstance(units, list) else ""
    years = _IN_A_YEAR.get(unit, 1.0)
    try:
        if float(_word(said.get(_NUMBER))) / years < _OLDEST:
            return item
    except ValueError:
        return []
    capped = b"%-4d" % round(_OLDEST * years) if years < 100 else b"%-8d" % round(_OLDEST * years)
    kept = [element for element in item if element[0] not in _EXACT]
    return [(tag, vr, capped if tag == _NUMBER else value, at) for tag, vr, value, at in kept]


def _word(value: Any) -> str:
    return value.strip(b" \0").decode("latin-1") if isinstance(value, bytes) else ""

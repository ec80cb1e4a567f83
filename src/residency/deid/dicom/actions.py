"""The plan of a recipe: for every public tag of the standard, what is done to it.

    plan = plan_of(recipe)
    plan[0x00100010].action  ->  CODE

Computed once per recipe, so that the pass over a file is one dictionary look-up per element. A compound action of the
table (X/Z, X/D, Z/D, X/Z/D) depends on whether the object needs the attribute; the alternative that is valid whether or
not it does is taken: empty where Z may stand, a dummy where D may. A tag that the plan does not hold is removed.
Not here: private elements, which are decided by their creator (`headers`).
"""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from pydicom.datadict import DicomDictionary

from residency.deid.ps315 import Row, rows
from residency.deid.recipe import FULL_DATES, MODIFIED_DATES, Recipe


class Action(Enum):
    """What is done to an element. The first letter is the table's, where the table has one."""

    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"
    KEEP = "K"
    SHIFT = "C: dates shifted"
    AGE = "K: 90 and older as one"
    CODE = "Z: the subject's code"
    BLANK = "X: text painted over"


class Rule(NamedTuple):
    """`otherwise` is what happens to a value that SHIFT does not understand; `accepts` the VRs that may stand here."""

    action: Action
    otherwise: Action
    accepts: frozenset[bytes]


_BASIC = {
    "X": Action.REMOVE,
    "Z": Action.EMPTY,
    "X/Z": Action.EMPTY,
    "D": Action.DUMMY,
    "X/D": Action.DUMMY,
    "Z/D": Action.DUMMY,
    "X/Z/D": Action.DUMMY,
    "U": Action.UID,
    "X/Z/U*": Action.KEEP,  # a sequence: kept, and the UIDs inside are replaced as everywhere
    "K": Action.KEEP,
}
_CODES = (0x00100010, 0x00100020)
METHOD_TAGS = (0x00120062, 0x00120063, 0x00120064, 0x00280303)
KINDS_OF_THING = frozenset(
    (0x00080016, 0x0008001A, 0x0008001B, 0x00080062, 0x0008010C, 0x00080117, 0x00080118, 0x0008040E)
)
KINDS_OF_THING |= {0x00081150, 0x0008115A, 0x00083002, 0x00340003, 0x04000010, 0x04000510, 0x30100052, 0x30100053}
"""Elements whose UID names a class, a transfer syntax, a coding scheme or a table of codes, and no single thing."""
_DATES_IN_WORDS = (0x00100033, 0x00100034)
"""Dates of birth and death in another calendar: text, in which no date is known again."""
_TEXT = frozenset((b"AE", b"CS", b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UR", b"UT"))
_NUMBERS = frozenset((b"AT", b"FD", b"FL", b"SL", b"SS", b"SV", b"UL", b"US", b"UV"))
_BYTES = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW"))
_FAMILIES = (_TEXT, _NUMBERS, _BYTES, frozenset((b"DS", b"IS")))


@lru_cache(maxsize=16)
def plan_of(recipe: Recipe) -> Mapping[int, Rule]:
    """Tag to rule, for every tag of the standard's dictionary and of Table E.1-1."""
    listed = {int(tag.replace(",", ""), 16): row for tag, row in rows().items() if "x" not in tag and tag != "private"}
    plan = {tag: _rule(tag, entry[0], listed.get(tag), recipe) for tag, entry in DicomDictionary.items()}
    plan |= {tag: _removed("UN") for tag in listed if tag not in plan}
    for override in recipe.overrides:
        tag = int(override.tag.replace(",", ""), 16)
        plan[tag] = plan[tag]._replace(action=_BASIC[override.action]) if tag in plan else _removed("UN")
    for tag in plan:
        if tag >> 16 < 0x0008 or tag & 0xFFFF == 0 or tag in METHOD_TAGS:
            plan[tag] = _removed("UN")  # commands, directories, group lengths, and what this chapter writes itself
    plan |= {tag: plan[tag]._replace(action=Action.CODE) for tag in _CODES}
    return plan


def label_of(tag: int) -> str:
    """The row of Table E.1-1 that speaks of a tag, or what stands in for a row: never the value."""
    group, written = tag >> 16, f"{tag >> 16:04X},{tag & 0xFFFF:04X}"
    if written in rows():
        return written
    if group & 1:
        return "private"
    if 0x5000 <= group <= 0x50FF:
        return "50xx,xxxx"
    if 0x6000 <= group <= 0x60FF:
        return f"60xx,{tag & 0xFFFF:04X}"
    return written if tag in DicomDictionary else "not in the standard"


def _rule(tag: int, vr: str, row: Row | None, recipe: Recipe) -> Rule:
    accepts = _accepted(vr)
    if row is None:
        return Rule(_unlisted(tag, vr, recipe), Action.REMOVE, accepts)
    basic = _BASIC[row.basic]
    if vr == "SQ" and row.basic == "X/Z/D":
        basic = Action.EMPTY  # an empty sequence identifies nobody and stays valid where type 2 is asked for
    for option in recipe.options:
        cell = row.options.get(option)
        if cell == "K":
            return Rule(Action.AGE if vr == "AS" else Action.KEEP, basic, accepts)
        if cell == "C" and option == MODIFIED_DATES:
            return Rule(Action.SHIFT if vr in ("DA", "DT", "TM", "SH") else basic, basic, accepts)
    return Rule(basic, basic, accepts)


def _unlisted(tag: int, vr: str, recipe: Recipe) -> Action:
    """A standard attribute that the table does not list is kept (PS3.15 E.1.1), except kinds that can name someone."""
    if vr == "PN" or tag in _DATES_IN_WORDS:
        return Action.REMOVE
    if vr in ("DA", "DT", "TM"):
        return (
            Action.SHIFT if recipe.keeps(MODIFIED_DATES) else Action.KEEP if recipe.keeps(FULL_DATES) else Action.REMOVE
        )
    if vr == "UI":
        return Action.KEEP if recipe.keeps("retain_uids") or tag in KINDS_OF_THING else Action.UID
    return Action.KEEP


def _accepted(vr: str) -> frozenset[bytes]:
    named = {part.encode() for part in vr.split(" or ")}
    return frozenset(named.union(*(family for family in _FAMILIES if family & named)))


def _removed(vr: str) -> Rule:
    return Rule(Action.REMOVE, Action.REMOVE, _accepted(vr))

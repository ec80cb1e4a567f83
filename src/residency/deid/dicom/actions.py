"""The plan of a recipe: for every public tag of the standard, what is done to it.

    plan = plan_of(recipe)
    plan[0x00100010].action  ->  CODE

Computed once per recipe, so that the pass over a file is one dictionary look-up per element. A compound action of the
table (X/Z, X/D, Z/D, X/Z/D) depends on whether the object needs the attribute; the alternative that is valid whether or
not it does is taken: empty where Z may stand, a dummy where D may. A tag that the plan does not hold is removed.
A cell "C" is a shifted date, a cleaned text, or a sequence whose items are cleaned; overlays and curves always go. The
table does not list every attribute in which people write; those are cleaned as descriptors under any recipe. Not
here: private elements, which are decided by their creator (`walk`).
"""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from pydicom.datadict import DicomDictionary

from residency.deid.ps315 import Row, content_items, rows
from residency.deid.recipe import CLEAN_CONTENT, FULL_DATES, MODIFIED_DATES, Recipe


class Action(Enum):
    """What is done to an element. The first letter is the table's, where the table has one."""

    REMOVE = "X"
    EMPTY = "Z"
    DUMMY = "D"
    UID = "U"
    KEEP = "K"
    SHIFT = "C: dates shifted"
    CLEAN = "C: text cleaned"
    CONTENT = "C: content items cleaned"
    MEANING = "K: cleaned where the scheme is local"
    AGE = "K: 90 and older as one"
    CODE = "Z: the subject's code"
    BLANK = "X: text painted over"

    __hash__ = object.__hash__  # members are single; Enum's own hash is a call of Python for each element counted


class Rule(NamedTuple):
    """`otherwise` is for a value that SHIFT or CLEAN leaves nothing of; `accepts` are the VRs that may stand here."""

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
_NEWER = {
    "Sequence": "SQ",
    "DateTime": "DT",
    "Comment": "UT",
    "Name": "LO",
    "Label": "LO",
    "Groups": "UC",
    "Reference": "UR",
}
"""Ends of the names in Table E.1-1, with the kind of value that stands there (PS3.6)."""
_CODES = (0x00100010, 0x00100020)
METHOD_TAGS = (0x00120062, 0x00120063, 0x00120064, 0x00280303)
KINDS_OF_THING = frozenset(
    (0x00080016, 0x0008001A, 0x0008001B, 0x00080062, 0x0008010C, 0x00080117, 0x00080118, 0x0008040E)
)
KINDS_OF_THING |= {0x00081150, 0x0008115A, 0x00083002, 0x00340003, 0x04000010, 0x04000510, 0x30100052, 0x30100053}
"""Elements whose UID names a class, a transfer syntax, a coding scheme or a table of codes, and no single thing."""
_DATES_IN_WORDS = (0x00100033, 0x00100034)
"""Dates of birth and death in another calendar: text, in which no date is known again."""
_CODE_MEANING = 0x00080104
_CONTENT_ITEMS = (0x00400555, 0x00400612, 0x0040A730)
"""Sequences of content items: acquisition context, steps of a specimen's preparation, the tree of a document."""
_WRITTEN_IN = ("Comment", "Comments", "Description", "Label", "Notes", "Text", "Narrative")
_WRITTEN_BY_HAND = """
00189423 00189922 00700080 00720002 00720008 00720010 30020002 30020003 30020020 300A00C2 300A00FE 300A0236 300A0244
300A0266 300A0294
"""
_BY_HAND = frozenset(int(tag, 16) for tag in _WRITTEN_BY_HAND.split())
"""Names that people give to beams, blocks, machines, protocols, and the label of a piece of content."""
_FORGOTTEN_NUMBERS = frozenset((0x00401006, 0x00401007, 0x00402006, 0x00402007, 0x0040E001, 0x0074100C, 0x21000160))
"""Order numbers and owners that the table does not list."""
_MACHINES_WRITE = frozenset((0x00209421, 0x00189005, 0x00280A04))
"""Labels that a program gives to the dimensions and the calibration of an image."""
_TEXT = frozenset((b"AE", b"CS", b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UR", b"UT"))
_NUMBERS = frozenset((b"AT", b"FD", b"FL", b"SL", b"SS", b"SV", b"UL", b"US", b"UV"))
_BYTES = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW"))
_FAMILIES = (_TEXT, _NUMBERS, _BYTES, frozenset((b"DS", b"IS")))


@lru_cache(maxsize=16)
def plan_of(recipe: Recipe) -> Mapping[int, Rule]:
    """Tag to rule, for every tag of the standard's dictionary and of Table E.1-1."""
    listed = {int(tag.replace(",", ""), 16): row for tag, row in rows().items() if "x" not in tag and tag != "private"}
    plan = {tag: _rule(tag, entry[0], listed.get(tag), recipe) for tag, entry in DicomDictionary.items()}
    plan |= {tag: _rule(tag, _vr_by_name(row.name), row, recipe) for tag, row in listed.items() if tag not in plan}
    for override in recipe.overrides:
        tag = int(override.tag.replace(",", ""), 16)
        plan[tag] = plan[tag]._replace(action=_BASIC[override.action]) if tag in plan else _removed("UN")
    for tag in plan:
        if tag >> 16 < 0x0008 or tag & 0xFFFF == 0 or tag in METHOD_TAGS:
            plan[tag] = _removed("UN")  # commands, directories, group lengths, and what this chapter writes itself
    plan |= {tag: plan[tag]._replace(action=Action.CODE) for tag in _CODES}
    return plan


@lru_cache(maxsize=16)
def content_plan_of(recipe: Recipe) -> Mapping[tuple[str, str, str], Action]:
    """Code, scheme and value type to action, for the content items that Table E.3.4-1 lists."""
    plan = {}
    for which, item in content_items().items():
        cells = {item.options[option] for option in recipe.options if option in item.options}
        basic = Action.REMOVE if item.basic == "X" else Action.DUMMY
        cleaned = Action.SHIFT if MODIFIED_DATES in item.options else Action.CLEAN
        plan[which] = Action.KEEP if "K" in cells else cleaned if "C" in cells else basic
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
        action = _unlisted(tag, vr, recipe)
        return Rule(action, Action.DUMMY if action in (Action.CLEAN, Action.MEANING) else Action.REMOVE, accepts)
    basic = _BASIC[row.basic]
    if vr == "SQ" and row.basic == "X/Z/D":
        basic = Action.EMPTY  # an empty sequence identifies nobody and stays valid where type 2 is asked for
    cells = {option: row.options[option] for option in recipe.options if option in row.options}
    if "K" in cells.values():
        return Rule(Action.AGE if vr == "AS" else Action.KEEP, basic, accepts)
    if cells.get(MODIFIED_DATES) == "C":
        return Rule(Action.SHIFT if vr in ("DA", "DT", "TM", "SH") else basic, basic, accepts)
    if "C" in cells.values():
        return Rule(_cleaned(tag, vr, basic), basic, accepts)
    return Rule(basic, basic, accepts)


def _cleaned(tag: int, vr: str, basic: Action) -> Action:
    """What a cell "C" means for this kind of value; bytes that nobody can read keep the Basic Profile's action."""
    if vr == "SQ":
        return Action.CONTENT if tag in _CONTENT_ITEMS else Action.KEEP
    return Action.CLEAN if vr.encode() in _TEXT else basic


def _unlisted(tag: int, vr: str, recipe: Recipe) -> Action:
    """A standard attribute that the table does not list is kept (PS3.15 E.1.1), except kinds that can name someone."""
    if vr == "PN" or tag in _DATES_IN_WORDS or tag in _FORGOTTEN_NUMBERS:
        return Action.REMOVE
    if vr in ("DA", "DT", "TM"):
        return (
            Action.SHIFT if recipe.keeps(MODIFIED_DATES) else Action.KEEP if recipe.keeps(FULL_DATES) else Action.REMOVE
        )
    if vr == "UI":
        return Action.KEEP if recipe.keeps("retain_uids") or tag in KINDS_OF_THING else Action.UID
    if vr == "SQ" and tag in _CONTENT_ITEMS:
        return Action.CONTENT if recipe.keeps(CLEAN_CONTENT) else Action.EMPTY
    if tag == _CODE_MEANING:
        return Action.MEANING
    written = vr in ("LT", "ST", "UC", "UT") or (vr in ("LO", "SH") and DicomDictionary[tag][4].endswith(_WRITTEN_IN))
    return Action.CLEAN if (written or tag in _BY_HAND) and tag not in _MACHINES_WRITE else Action.KEEP


def _vr_by_name(name: str) -> str:
    """The kind of an attribute that is newer than the dictionary: told by its name, else nothing may stand there."""
    return next((vr for end, vr in _NEWER.items() if name.endswith(end)), "none")


def _accepted(vr: str) -> frozenset[bytes]:
    named = {part.encode() for part in vr.split(" or ")}
    return frozenset(named.union(*(family for family in _FAMILIES if family & named)))


def _removed(vr: str) -> Rule:
    return Rule(Action.REMOVE, Action.REMOVE, _accepted(vr))

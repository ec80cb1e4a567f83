"""A DICOMDIR made anew from cleaned files (PS3.3 F.3 to F.5): the directory of the output and of nothing else.

    data = directory({"DICOM/S0000001/I0000001": cleaned, …}, "2.25.…")

Nothing is taken from a directory of the originals, which repeats names, dates and thumbnails of what it lists. Records
hold the keys that the standard asks for, read from the cleaned files, and no icon. It refuses names that are no file
ids (PS3.10 8.5: components of one to eight capitals, digits and underscores, at most eight of them). Not here: giving
files such names (`folder`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from residency.deid.dicom.elements import EXPLICIT, Element, Instance, Unreadable, read, write
from residency.deid.dicom.headers import file_head
from residency.deid.dicom.kinds import DIRECTORY
from residency.deid.dicom.values import padded

_FILE_ID = re.compile(r"[A-Z0-9_]{1,8}(?:/[A-Z0-9_]{1,8}){0,7}")
_CHARSET, _CLASS, _INSTANCE, _NUMBER = 0x00080005, 0x00080016, 0x00080018, 0x00200013
_PATIENT = {0x00100010: b"PN", 0x00100020: b"LO"}
_STUDY = {
    0x00080020: b"DA",
    0x00080030: b"TM",
    0x00080050: b"SH",
    0x00081030: b"LO",
    0x0020000D: b"UI",
    0x00200010: b"SH",
}
_SERIES = {0x00080060: b"CS", 0x0020000E: b"UI", 0x00200011: b"IS"}
_DATED = {0x00080023: b"DA", 0x00080033: b"TM"}
_DOCUMENT = {**_DATED, 0x0040A491: b"CS", 0x0040A493: b"CS", 0x0040A043: b"SQ", 0x0040A030: b"DT"}
_STATE = {0x00700082: b"DA", 0x00700083: b"TM", 0x00700080: b"CS", 0x00700081: b"LO", 0x00081115: b"SQ"}
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_RECORDS = {
    "88.59": ("KEY OBJECT DOC", {**_DATED, 0x0040A043: b"SQ"}),
    "88.": ("SR DOCUMENT", _DOCUMENT),
    "11.": ("PRESENTATION", _STATE),
    "481.2": ("RT DOSE", {0x3004000A: b"CS"}),
    "481.3": ("RT STRUCTURE SET", {0x30060002: b"SH", 0x30060008: b"DA", 0x30060009: b"TM"}),
    "481.5": ("RT PLAN", {0x300A0002: b"SH", 0x300A0006: b"DA", 0x300A0007: b"TM"}),
    "481.8": ("RT PLAN", {0x300A0002: b"SH", 0x300A0006: b"DA", 0x300A0007: b"TM"}),
    "481.": ("RT TREAT RECORD", {0x30080250: b"DA", 0x30080251: b"TM"}),
    "9.": ("WAVEFORM", _DATED),
    "66.1": ("REGISTRATION", {**_DATED, 0x00700080: b"CS", 0x00700081: b"LO"}),
    "66.3": ("REGISTRATION", {**_DATED, 0x00700080: b"CS", 0x00700081: b"LO"}),
    "66.2": ("FIDUCIAL", {**_DATED, 0x00700080: b"CS", 0x00700081: b"LO"}),
    "67": ("VALUE MAP", {**_DATED, 0x00700080: b"CS", 0x00700081: b"LO"}),
}
"""Beginning of a class to its type of record and the keys beside the instance number (PS3.3 F.5); else an image."""
_MAY_BE_ABSENT = frozenset((0x00081030, 0x0040A030, 0x00081115, 0x00700081))
_NEXT, _IN_USE, _LOWER, _TYPE = 0x00041400, 0x00041410, 0x00041420, 0x00041430


@dataclass(slots=True)
class _Record:
    kind: str
    keys: list[Element]
    lower: dict[bytes, "_Record"] = field(default_factory=dict)
    at: int = 0


def directory(files: Mapping[str, bytes], uid: str) -> bytes:
    """The DICOMDIR over cleaned files by their file ids; `uid` is its own. Raises Unreadable."""
    roots: dict[bytes, _Record] = {}
    for name, data in files.items():
        if not _FILE_ID.fullmatch(name):
            raise Unreadable("A name is no file id.", remedy="Use at most eight capitals, digits and underscores.")
        instance = read(data)
        level = roots
        for kind, keys, named_by in (("PATIENT", _PATIENT, 0x00100020), ("STUDY", _STUDY, 0x0020000D)):
            record = level.setdefault(instance.get(named_by), _Record(kind, _keys(instance, keys)))
            level = record.lower
        series = level.setdefault(instance.get(0x0020000E), _Record("SERIES", _keys(instance, _SERIES)))
        series.lower[instance.get(_INSTANCE)] = _leaf(name, instance)
    return _written(roots, uid)


def _leaf(name: str, instance: Instance) -> _Record:
    sop_class = instance.get(_CLASS).decode("latin-1")
    end = sop_class.removeprefix(_STORAGE) if sop_class.startswith(_STORAGE) else ""
    kind, keys = next((record for start, record in _RECORDS.items() if end.startswith(start)), ("IMAGE", {}))
    refers = {
        0x00041500: (b"CS", name.replace("/", "\\").encode()),
        0x00041510: (b"UI", sop_class.encode()),
        0x00041511: (b"UI", instance.get(_INSTANCE)),
        0x00041512: (b"UI", instance.syntax.encode()),
    }
    elements = [(tag, vr, padded(value, vr), 0) for tag, (vr, value) in refers.items()]
    return _Record(kind, [*elements, *_keys(instance, {_NUMBER: b"IS", **keys})])


def _keys(instance: Instance, keys: Mapping[int, bytes]) -> list[Element]:
    """The keys as the cleaned file has them, empty where it has none, with its character set."""
    found = {tag: (tag, vr, value, 0) for tag, vr, value, _ in instance.elements if tag in keys or tag == _CHARSET}
    absent = [(tag, vr, b"" if vr != b"SQ" else [], 0) for tag, vr in keys.items() if tag not in _MAY_BE_ABSENT]
    return sorted([*found.values(), *(one for one in absent if one[0] not in found)], key=lambda element: element[0])


def _written(roots: dict[bytes, _Record], uid: str) -> bytes:
    """All records in their order, each with the places of the next one and of the first one below."""
    records = list(_flat(roots))
    head = file_head(DIRECTORY.encode(), uid.encode(), EXPLICIT)
    at = len(head) + len(_root(0, 0)) + 12
    for record in records:
        record.at = at
        at += 8 + len(write(_item(record, 0), True))
    following = dict(_following(roots))
    items = [_item(record, following.get(id(record), 0)) for record in records]
    first, last = (records[0].at, list(roots.values())[-1].at) if records else (0, 0)
    return head + _root(first, last) + write([(0x00041220, b"SQ", items, 0)], True)


def _flat(level: dict[bytes, _Record]) -> Iterator[_Record]:
    for record in level.values():
        yield record
        yield from _flat(record.lower)


def _following(level: dict[bytes, _Record]) -> Iterator[tuple[int, int]]:
    beside = list(level.values())
    for record, next_ in pairwise(beside):
        yield id(record), next_.at
    for record in beside:
        yield from _following(record.lower)


def _item(record: _Record, next_: int) -> list[Element]:
    first = next(iter(record.lower.values())).at if record.lower else 0
    return [
        (_NEXT, b"UL", next_.to_bytes(4, "little"), 0),
        (_IN_USE, b"US", b"\xff\xff", 0),
        (_LOWER, b"UL", first.to_bytes(4, "little"), 0),
        (_TYPE, b"CS", padded(record.kind.encode(), b"CS"), 0),
        *record.keys,
    ]


def _root(first: int, last: int) -> bytes:
    elements = [
        (0x00041130, b"CS", b"", 0),
        (0x00041200, b"UL", first.to_bytes(4, "little"), 0),
        (0x00041202, b"UL", last.to_bytes(4, "little"), 0),
        (0x00041212, b"US", b"\0\0", 0),
    ]
    return write(elements, True)

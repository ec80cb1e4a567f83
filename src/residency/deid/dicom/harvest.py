"""What the files of one DICOM subject name: their identifiers, from every element that is known to hold one.

    mine = harvest(read(data) for data in series)
    mine |= harvest_other_series

Not here: the spellings (`identifiers`); the search for them (`residual`); identifiers that are known but in no file.
"""

from collections.abc import Iterable

from residency.deid.dicom.actions import KINDS_OF_THING
from residency.deid.dicom.elements import Instance
from residency.deid.dicom.texts import leaves, texts
from residency.deid.identifiers import Gathering, Identifiers


def harvest(originals: Iterable[Instance]) -> Identifiers:
    """The identifiers of one subject, from all files of theirs that are at hand."""
    found = Gathering()
    seen: set[tuple] = set()  # the files of a series repeat nearly everything
    for original in originals:
        for text in texts([*original.meta, *original.elements]):
            if (text.tag, text.text) in seen or seen.add((text.tag, text.text)):
                continue
            if text.vr == b"PN":
                found.name(text.text)
                found.raw_name(text.raw)
            elif text.tag in _KINDS:
                kind = _KINDS[text.tag]
                for part in text.text.split("\\"):
                    _ADD[kind](found, part.strip(" \0\r\n"), kind)
        for tag, vr, value, _ in leaves([*original.elements, *original.meta]):
            if vr not in _CODED or (tag, value) in seen or seen.add((tag, value)):
                continue
            if vr != b"UI":
                _add_dates(found, value, birth=tag == 0x00100030)
            elif tag not in _NOT_THE_SUBJECTS:
                _add_uids(found, value)
    return found.identifiers()


_KINDS = {
    **dict.fromkeys((0x00100020, 0x00101000, 0x00101001, 0x00101002, 0x00101090, 0x00080050, 0x00200010), "id"),
    **dict.fromkeys((0x00380010, 0x00380060, 0x00401001, 0x00400009, 0x00400253, 0x00402016, 0x00402017), "id"),
    **dict.fromkeys((0x00101040, 0x00101081, 0x00102152, 0x00401102, 0x00080092), "address"),
    **dict.fromkeys((0x00102154, 0x00102155, 0x00401103, 0x00401104, 0x00080094), "phone"),
    **dict.fromkeys((0x00080080, 0x00080081, 0x00081040, 0x00100021, 0x00120060), "institution"),
    **dict.fromkeys((0x00181000, 0x00081010, 0x00181002, 0x00181008, 0x00400241, 0x00400242, 0x00020016), "device"),
}
_CODED = frozenset((b"DA", b"DT", b"UI"))
_NOT_THE_SUBJECTS = KINDS_OF_THING | {0x00020002, 0x00020010, 0x00020012}
"""UIDs of kinds of things, and of the program that wrote the file: a maker may use UIDs of its own there."""
_ADD = {
    "id": Gathering.number,
    "address": Gathering.parts,
    "phone": Gathering.phone,
    "institution": Gathering.parts,
    "device": Gathering.number,
}


def _add_dates(found: Gathering, value: bytes, *, birth: bool) -> None:
    for part in value.split(b"\\"):
        digits = part.strip(b" \0").replace(b".", b"")[:8]
        if digits.isdigit():
            found.date(digits.decode(), birth=birth)


def _add_uids(found: Gathering, value: bytes) -> None:
    for part in value.split(b"\\"):
        found.uid(part.strip(b" \0").decode("latin-1"))

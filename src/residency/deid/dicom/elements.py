"""A DICOM file as a tree of elements whose values stay bytes, and back (PS3.5 section 7, PS3.10 section 7).

    instance = read(data)
    instance.elements      ->  [(0x00080005, b"CS", b"ISO_IR 100", 412), …]   tag, VR, value, place of the value

The value of a sequence is a list of items, each a list of elements; the value of encapsulated pixel data is a tuple of
fragments. Nothing is decoded and nothing is guessed: what does not parse to its last byte is `Unreadable`, except bytes
after the pixel data, which are counted and left out. Not here: character sets (`wording`), big-endian files
(refused: retired from the standard, and their private sequences cannot be told from bytes).
"""

import struct
import zlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pydicom.datadict import DicomDictionary

from residency.errors import BadInput

Element = tuple[int, bytes, Any, int]
"""Tag, VR, value (bytes, a list of items, or a tuple of fragments), and where the value stood in the file."""

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_DEFLATED, _BIG_ENDIAN = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"
PIXEL_DATA = 0x7FE00010
_ITEM, _SEQUENCE_END, _ITEM_END = 0xFFFEE000, 0xFFFEE0DD, b"\xfe\xff\x0d\xe0"
_UNDEFINED = 0xFFFFFFFF
_DEEPEST = 40
_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT_NAMES = b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US"
_SHORT = frozenset(_SHORT_NAMES.split())
_HEAD = struct.Struct("<HH2sH").unpack_from
_HEAD_IMPLICIT = struct.Struct("<HHI").unpack_from
_U32 = struct.Struct("<I").unpack_from
_PUT_SHORT = struct.Struct("<HH2sH").pack
_PUT_LONG = struct.Struct("<HH2sHI").pack
_PUT_IMPLICIT = struct.Struct("<HHI").pack
_VR = {tag: entry[0].encode() for tag, entry in DicomDictionary.items()}


class Unreadable(BadInput):
    """The bytes are no DICOM file that can be read to its end."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One file: `syntax` is the transfer syntax of the elements as held here (deflated files are inflated)."""

    syntax: str
    elements: list[Element] = field(repr=False)
    meta: list[Element] = field(repr=False)
    trailing: int = 0

    def get(self, tag: int) -> bytes:
        """The bytes of a top-level value without padding; empty when absent or a sequence."""
        for element in self.elements:
            if element[0] == tag:
                return element[2].strip(b" \0") if isinstance(element[2], bytes) else b""
        return b""

    def get_items(self, tag: int) -> list[list[Element]]:
        """The items of a top-level sequence; none when it is absent or no sequence."""
        return next((value for at, _, value, _ in self.elements if at == tag and isinstance(value, list)), [])


def read(data: bytes) -> Instance:
    """Parse a whole file (PS3.10: preamble, DICM, meta information, data set)."""
    if data[128:132] != b"DICM":
        raise Unreadable("The file has no DICM mark at byte 128.", remedy="Give DICOM files (PS3.10).")
    try:
        meta, at = _read_meta(data)
        syntax = next((v.strip(b" \0").decode("ascii") for t, _, v, _ in meta if t == 0x00020010), "")
        if syntax in ("", _BIG_ENDIAN):
            raise Unreadable(f"The transfer syntax {syntax or '(none named)'} is not read here.")
        if syntax == _DEFLATED:
            data, at, syntax = _inflate(data[at:]), 0, EXPLICIT
        elements, end = _read(data, at, len(data), syntax != IMPLICIT, 0)
    except (struct.error, zlib.error, UnicodeDecodeError) as broken:
        raise Unreadable("The file ends in the middle of an element.") from broken
    return Instance(syntax, elements, meta, len(data) - end)


def read_items(value: bytes) -> list:
    """The items of a sequence that was carried as UN: implicit VR little endian (PS3.5 6.2.2)."""
    try:
        return _read_sequence(value, 0, len(value), len(value), False, 1)[0]
    except struct.error as broken:
        raise Unreadable("A sequence carried as UN ends in the middle of an element.") from broken


def write(elements: list[Element], explicit: bool) -> bytes:
    """The elements as bytes, every length defined; the caller has sorted them by tag."""
    chunks: list[bytes] = []
    for tag, vr, value, _ in elements:
        if isinstance(value, bytes):
            length, body = len(value), value
        elif isinstance(value, list):
            body = b"".join(_put_item(write(item, explicit)) for item in value)
            length = len(body)
        else:
            body = b"".join(map(_put_item, value)) + _PUT_IMPLICIT(0xFFFE, 0xE0DD, 0)
            length = _UNDEFINED
        if not explicit:
            chunks.append(_PUT_IMPLICIT(tag >> 16, tag & 0xFFFF, length))
        elif vr in _SHORT:
            chunks.append(_PUT_SHORT(tag >> 16, tag & 0xFFFF, vr, length))
        else:
            chunks.append(_PUT_LONG(tag >> 16, tag & 0xFFFF, vr, 0, length))
        chunks.append(body)
    return b"".join(chunks)


def vr_of(tag: int) -> bytes:
    """The value representation that the standard gives a public tag, as pydicom's dictionary writes it; b"" if none."""
    return _VR.get(tag, b"")


def _put_item(body: bytes) -> bytes:
    return _PUT_IMPLICIT(0xFFFE, 0xE000, len(body)) + body


def _read_meta(data: bytes) -> tuple[list[Element], int]:
    """The elements of group 0002: always explicit little endian, and delimited by their group, not by its length."""
    meta, at = [], 132
    while at + 8 <= len(data) and data[at : at + 2] == b"\x02\x00":
        tag, vr, length, start = _head(data, at)
        if start + length > len(data):
            raise Unreadable("The file meta information ends beyond the file.")
        meta.append((tag, vr, data[start : start + length], start))
        at = start + length
    return meta, at


def _inflate(data: bytes) -> bytes:
    stream = zlib.decompressobj(-15)
    inflated = stream.decompress(data)
    if not stream.eof:
        raise Unreadable("The deflated data set is torn.")
    return inflated


def _head(data: bytes, at: int) -> tuple[int, bytes, int, int]:
    group, number, vr, length = _HEAD(data, at)
    if vr in _SHORT:
        return group << 16 | number, vr, length, at + 8
    if vr in _LONG:
        return group << 16 | number, vr, _U32(data, at + 8)[0], at + 12
    raise Unreadable(f"The element at byte {at} has no known value representation.")


def _head_implicit(data: bytes, at: int) -> tuple[int, bytes, int, int]:
    group, number, length = _HEAD_IMPLICIT(data, at)
    tag = group << 16 | number
    vr = _VR.get(tag, b"UN")
    if length == _UNDEFINED and vr == b"UN":
        vr = b"SQ"
    elif vr == b"UN" and group & 1 and 0x10 <= number <= 0xFF:
        vr = b"LO"  # a private creator (PS3.5 7.8.1)
    elif len(vr) > 2:
        vr = b"OW" if vr.endswith(b"OW") else vr[:2]
    return tag, vr, length, at + 8


def _read(data: bytes, at: int, end: int, explicit: bool, depth: int) -> tuple[list[Element], int]:
    """Elements up to `end` or to the end mark of their item; the second value is where reading stopped."""
    if depth > _DEEPEST:
        raise Unreadable(f"Sequences are nested deeper than {_DEEPEST}.")
    out: list[Element] = []
    last, sorted_, head = -1, True, _head if explicit else _head_implicit
    while at < end:
        if depth == 0 and last >= PIXEL_DATA and not _follows(data, at, end, last, head):
            break
        if depth and data[at : at + 4] == _ITEM_END:
            return _ordered(out, sorted_), at + 8
        tag, vr, length, start = head(data, at)
        if vr == b"UN" and tag in _VR:
            vr = _VR[tag][:2] if length != _UNDEFINED else b"UN"
            value, at = _read_unknown(data, start, end, length, vr, depth)
            vr = b"SQ" if isinstance(value, list) else vr
        elif vr == b"SQ" or (length == _UNDEFINED and tag != PIXEL_DATA):
            inner = explicit and vr != b"UN"
            value, at = _read_sequence(data, start, end, length, inner, depth + 1)
            vr = b"SQ"
        elif length == _UNDEFINED:
            value, at = _read_fragments(data, start, end)
        else:
            at = _until(start, length, end)
            value = data[start:at]
        out.append((tag, vr, value, start))
        sorted_ = sorted_ and tag > last
        last = tag
    return _ordered(out, sorted_), at


def _until(start: int, length: int, end: int) -> int:
    if length == _UNDEFINED:
        return end
    if start + length > end:
        raise Unreadable("An element ends beyond its file or item.")
    return start + length


def _follows(data: bytes, at: int, end: int, last: int, head) -> bool:
    """Whether a whole element with a higher tag stands here: after the pixel data anything else is garbage."""
    try:
        tag, _, length, start = head(data, at)
    except (struct.error, Unreadable):
        return False
    return tag > last and length != _UNDEFINED and start + length <= end


def _ordered(elements: list[Element], sorted_: bool) -> list[Element]:
    if not sorted_:
        elements = sorted(elements, key=lambda element: element[0])
        if any(a[0] == b[0] for a, b in pairwise(elements)):
            raise Unreadable("An element stands twice in one data set.")
    return elements


def _read_unknown(data: bytes, start: int, end: int, length: int, vr: bytes, depth: int) -> tuple[bytes | list, int]:
    """A public element written as UN: its content is implicit little endian, whatever surrounds it (PS3.5 6.2.2)."""
    if vr == b"SQ" or length == _UNDEFINED:
        return _read_sequence(data, start, end, length, False, depth + 1)
    stop = _until(start, length, end)
    return data[start:stop], stop


def _read_sequence(
    data: bytes, start: int, end: int, length: int, explicit: bool, depth: int
) -> tuple[list[list[Element]], int]:
    items, at, end, endless = [], start, _until(start, length, end), length == _UNDEFINED
    while at < end:
        group, number, length = _HEAD_IMPLICIT(data, at)
        tag, at = group << 16 | number, at + 8
        if tag == _SEQUENCE_END:
            return items, at
        if tag != _ITEM:
            raise Unreadable("A sequence holds something other than items.")
        item, at = _read(data, at, _until(at, length, end), explicit, depth)
        if length == _UNDEFINED and data[at - 8 : at - 4] != _ITEM_END:
            raise Unreadable("An item has no end.")
        items.append(item)
    if endless:
        raise Unreadable("A sequence has no end.")
    return items, at


def _read_fragments(data: bytes, at: int, end: int) -> tuple[tuple[bytes, ...], int]:
    fragments = []
    while True:
        group, number, length = _HEAD_IMPLICIT(data, at)
        tag, at = group << 16 | number, at + 8
        if tag == _SEQUENCE_END:
            return tuple(fragments), at
        if tag != _ITEM or at + length > end:
            raise Unreadable("The encapsulated pixel data are torn.")
        fragments.append(data[at : at + length])
        at += length

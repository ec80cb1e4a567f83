"""Text inside compressed pixel data: comment and application segments of JPEG and JPEG 2000 code streams, blanked.

    without_comments(fragments, "1.2.840.10008.1.2.4.70")   the same fragments, byte for byte as long, segments zeroed

Pixels are neither decoded nor changed: a decoder skips these segments, and lengths stay, so that offset tables hold
(ITU-T T.81 B.1.1.3, T.87 C.1, T.800 A.2). Segments that a decoder reads (JFIF, Adobe, SPIFF) keep their fixed part.
It refuses a stream whose segments cannot be walked, and one that does not begin with its fragment: DICOM has no room
for a file's wrapping around a code stream (PS3.5 A.4.4). Not here: run-length coding (`runlength`), the offset table
(`picture`).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from residency.deid.dicom.elements import Unreadable

_JPEG = "1.2.840.10008.1.2.4."
_JPEG_2000 = frozenset(_JPEG + end for end in ("90", "91", "92", "93", "201", "202", "203"))
_JPEG_CLASSIC = frozenset(_JPEG + end for end in ("50", "51", "57", "70", "80", "81"))
_NEXT_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd8-\xfe]")
_KEPT = {b"JFIF\0": 14, b"Adobe": 12, b"SPIFF": 30}
_SILENT = frozenset((*range(0xE0, 0xF7), *range(0xF9, 0xFF)))
"""Application segments, comments, and the numbers that T.81 keeps for extensions of which T.87 uses F7 and F8."""
_SOI, _EOI, _COM = b"\xff\xd8", 0xD9, 0xFE
_SOC, _SOT, _SOD, _COM_2000 = b"\xff\x4f", 0x90, 0x93, 0x64


def readable(syntax: str) -> bool:
    """Whether this module knows how to walk the encapsulated pixel data of a transfer syntax."""
    return syntax in _JPEG_CLASSIC or syntax in _JPEG_2000


def without_comments(fragments: Sequence[bytes], syntax: str) -> list[bytes]:
    """The fragments (without the offset table) with all zeroed that speaks and is no picture."""
    stream = bytearray().join(fragments)
    starts = list(accumulate(map(len, fragments), initial=0))
    walk = _walk_2000 if syntax in _JPEG_2000 else _walk_classic
    try:
        for start, end in walk(stream, starts):
            stream[start:end] = bytes(end - start)
    except IndexError as torn:
        raise Unreadable("The compressed pixel data end in the middle of a segment.") from torn
    return [bytes(stream[at : at + len(fragment)]) for at, fragment in zip(starts, fragments, strict=False)]


def _walk_classic(stream: bytearray, starts: list[int]) -> Iterator[tuple[int, int]]:
    """Spans to blank in JPEG and JPEG-LS, frame after frame."""
    at = _frame(stream, 0, starts, _SOI)
    while at is not None:
        match = _NEXT_MARKER.search(stream, at)
        if match is None:
            raise Unreadable("A compressed frame has no end.")
        marker, at = stream[match.end() - 1], match.end()
        if marker == _EOI:
            following = _frame(stream, at, starts, _SOI)
            yield at, (following - 2 if following is not None else len(stream))
            at = following
        elif marker != _SOI[1]:
            length = stream[at] << 8 | stream[at + 1]
            if marker in _SILENT:
                kept = _KEPT.get(bytes(stream[at + 2 : at + 7]), 0) if marker != _COM else 0
                yield min(at + 2 + kept, at + length), at + length
            at += length


def _walk_2000(stream: bytearray, starts: list[int]) -> Iterator[tuple[int, int]]:
    """Spans to blank in JPEG 2000: comments of the main header and of every tile-part header."""
    at = _frame(stream, 0, starts, _SOC)
    part_end = 0
    while at is not None:
        if stream[at] != 0xFF:
            raise Unreadable("The compressed pixel data are no code stream.")
        marker, at = stream[at + 1], at + 2
        if marker == _EOI:
            following = _frame(stream, at, starts, _SOC)
            yield at, (following - 2 if following is not None else len(stream))
            at = following
        elif marker == _SOD:
            at = part_end or _end_of_codestream(stream, at)
        else:
            length = stream[at] << 8 | stream[at + 1]
            if marker == _SOT:
                size = int.from_bytes(stream[at + 4 : at + 8], "big")
                part_end = at - 2 + size if size else 0
            if marker == _COM_2000:
                yield at + 4, at + length
            at += length


def _frame(stream: bytearray, at: int, starts: list[int], mark: bytes) -> int | None:
    """Where the first segment of the next frame stands, which begins with its fragment; None if padding is left."""
    start = starts[bisect_left(starts, at)]
    if at and stream.find(mark, start) < 0:
        return None
    if not stream.startswith(mark, start):
        raise Unreadable("Something stands before a compressed frame.")
    return start + 2


def _end_of_codestream(stream: bytearray, at: int) -> int:
    found = stream.find(b"\xff\xd9", at)
    if found < 0:
        raise Unreadable("A compressed frame has no end.")
    return found

"""Run-length coded frames (PS3.5 Annex G) with every byte zeroed that no decoder reads.

    silenced(frame, rows * columns, samples * bytes_of_a_sample)       as long as before; the picture is the same

Text finds room in the words of the header that count no segment, between segments, and behind the last run of one. The
runs are walked, not decoded. It refuses a frame whose segments are not those of its picture. Not here: the offset table
before the frames (`picture`), code streams of the JPEG family (`codestream`).
"""

import struct
from itertools import pairwise

from residency.deid.dicom.elements import Unreadable

SYNTAX = "1.2.840.10008.1.2.5"
_HEADER = struct.Struct("<16L")
_NOTHING = 128
"""Stands for no run (PS3.5 G.3.2); below it literal bytes follow, above it one byte is repeated."""


def silenced(frame: bytes, pixels: int, planes: int) -> bytes:
    """One frame: a header, then `planes` segments that give `pixels` bytes each. Raises Unreadable."""
    if len(frame) < _HEADER.size:
        raise Unreadable("A run-length frame has no header.")
    count, *offsets = _HEADER.unpack_from(frame)
    bounds = [*offsets[:count], len(frame)] if count == planes <= len(offsets) else []
    if not bounds or bounds[0] < _HEADER.size or any(start > end for start, end in pairwise(bounds)):
        raise Unreadable("The segments of a run-length frame are not those of its picture.")
    out = bytearray(len(frame))
    _HEADER.pack_into(out, 0, count, *bounds[:-1], *[0] * (len(offsets) - count))
    for start, end in pairwise(bounds):
        stop = _end_of_runs(frame, start, end, pixels)
        out[start:stop] = frame[start:stop]
    return bytes(out)


def _end_of_runs(frame: bytes, at: int, end: int, pixels: int) -> int:
    """Where the byte stands behind the last that is needed for so many pixels."""
    while pixels > 0:
        if at >= end:
            raise Unreadable("A run-length frame is shorter than its picture.")
        run = frame[at]
        if run < _NOTHING:
            at += 2 + run
            pixels -= 1 + run
        elif run > _NOTHING:
            at += 2
            pixels -= 257 - run
        else:
            at += 1
    if at > end or pixels < 0:
        raise Unreadable("A run of a run-length frame is longer than its picture.")
    return at

"""The pixel data as they may leave: as many bytes as the picture has, and nothing around a compressed stream.

    elements, cut = carried(elements, syntax)      cut: how many bytes stood behind the last pixel

A native picture is as long as rows, columns, samples, bits and frames say (PS3.5 8.1.1); what follows is no picture and
is left out. Of encapsulated pictures the pixels stay as they are coded (`codestream`, `runlength`), and offset tables
stay only if they say where the frames begin and nothing else. It refuses pixel data that are shorter than their picture
or that contradict their transfer syntax. Not here: whether the picture may show a name or a face (`pixels`).
"""

import struct
from dataclasses import dataclass
from itertools import accumulate, pairwise

from residency.deid.dicom import codestream, runlength
from residency.deid.dicom.elements import EXPLICIT, IMPLICIT, PIXEL_DATA, Element, Unreadable

NATIVE = (IMPLICIT, EXPLICIT)
_STARTS, _LENGTHS = 0x7FE00001, 0x7FE00002
_ROWS, _COLUMNS, _SAMPLES, _BITS, _FRAMES, _COLOUR = (
    0x00280010,
    0x00280011,
    0x00280002,
    0x00280100,
    0x00280008,
    0x00280004,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Rows, columns, samples of a pixel, bits of a sample, frames; `halved`: chroma stands for every other pixel."""

    rows: int
    columns: int
    samples: int
    bits: int
    frames: int
    halved: bool = False

    @property
    def native_bytes(self) -> int:
        """How long the picture is without compression and padding."""
        samples = 2 if self.halved else self.samples
        return -(-self.rows * self.columns * samples * self.bits * self.frames // 8)


def carried(elements: list[Element], syntax: str) -> tuple[list[Element], int]:
    """The elements of a data set with its pixel data cleaned; how many bytes were cut from behind them."""
    place = next((n for n, element in enumerate(elements) if element[0] == PIXEL_DATA), None)
    if place is None:
        return [element for element in elements if element[0] not in (_STARTS, _LENGTHS)], 0
    tag, vr, value, at = elements[place]
    shape = shape_of(elements)
    if isinstance(value, bytes) != (syntax in NATIVE):
        raise Unreadable("The pixel data contradict the transfer syntax of the file.")
    if isinstance(value, bytes):
        new, cut = _native(value, shape.native_bytes)
        if cut == 0 and new is value:
            return elements, 0
        return [*elements[:place], (tag, vr, new, at), *elements[place + 1 :]], cut
    new = _encapsulated(value, syntax, shape)
    kept = [element for element in elements[:place] if element[0] not in (_STARTS, _LENGTHS)]
    return [*kept, *_extended(elements[:place], new), (tag, vr, new, at), *elements[place + 1 :]], 0


def shape_of(elements: list[Element]) -> Shape:
    """What a data set says of its picture; raises Unreadable when that is no shape."""
    said = {tag: value for tag, _, value, _ in elements if tag >> 16 == 0x0028 and isinstance(value, bytes)}
    rows, columns, samples, bits = (_number(said.get(tag, b"")) for tag in (_ROWS, _COLUMNS, _SAMPLES, _BITS))
    frames = said.get(_FRAMES, b"").strip(b" \0") or b"1"
    if not (rows and columns and samples and bits) or not frames.isdigit():
        raise Unreadable("The file does not say how large its picture is.")
    return Shape(rows, columns, samples, bits, max(int(frames), 1), b"_422" in said.get(_COLOUR, b""))


def _number(value: bytes) -> int:
    return int.from_bytes(value, "little") if len(value) == 2 else 0


def _native(value: bytes, length: int) -> tuple[bytes, int]:
    if len(value) < length:
        raise Unreadable("The pixel data are shorter than their picture.")
    padding = bytes(length & 1)
    if len(value) == length + len(padding) and value.endswith(padding):
        return value, 0
    return value[:length] + padding, len(value) - length - len(padding)


def _encapsulated(fragments: tuple[bytes, ...], syntax: str, shape: Shape) -> tuple[bytes, ...]:
    table, *frames = fragments or (b"",)
    if syntax == runlength.SYNTAX:
        if len(frames) != shape.frames or shape.bits % 8:
            raise Unreadable("A run-length picture has not one fragment for each frame.")
        pixels, planes = shape.rows * shape.columns, shape.samples * shape.bits // 8
        frames = [runlength.silenced(frame, pixels, planes) for frame in frames]
    elif codestream.readable(syntax):
        frames = codestream.without_comments(frames, syntax)
    else:
        raise Unreadable("The compression of the pixel data is not known here.")
    return (_table(table, _starts(frames), shape.frames), *frames)


def _starts(frames: list[bytes]) -> list[int]:
    """Where each fragment's item begins, counted from the first (PS3.5 A.4)."""
    return list(accumulate((len(frame) + 8 for frame in frames), initial=0))[:-1]


def _table(table: bytes, starts: list[int], frames: int) -> bytes:
    """The offset table if it leads to fragments, one for each frame; else an empty one, which is always right."""
    if len(table) != 4 * frames:
        return b""
    said = struct.unpack(f"<{frames}L", table)
    sound = said[0] == 0 and set(said) <= set(starts) and all(one < next_ for one, next_ in pairwise(said))
    return table if sound else b""


def _extended(elements: list[Element], fragments: tuple[bytes, ...]) -> list[Element]:
    """The extended offset table and its lengths, if they say just where the fragments lie (PS3.3 C.7.6.3.1.8)."""
    frames = list(fragments[1:])
    true = {
        _STARTS: struct.pack(f"<{len(frames)}Q", *_starts(frames)),
        _LENGTHS: struct.pack(f"<{len(frames)}Q", *map(len, frames)),
    }
    found = [element for element in elements if element[0] in true]
    sound = len(found) == 2 and not fragments[0] and all(element[2] == true[element[0]] for element in found)
    return found if sound else []

"""Pixels taken out of a file as numbers, and put back as native pixels (PS3.5 section 8, PS3.3 C.7.6.3).

    frames = decoded(read(data))
    frames.values.shape           (frames, rows, columns, samples), of the type that the file allocates
    encoded(instance, frames)     the same instance with these values, explicit VR little endian where it was compressed

Read: native of 8, 16 and 32 bits, run-length, JPEG (baseline, extended, lossless, LS), JPEG 2000. Colour that a codec
or halved chroma keeps as YBR comes out as RGB; native YBR_FULL, palette indices and grey stay what they are, so that a
pixel that nobody paints over keeps its value. Bits of a word outside the image are cut off: an overlay may hide there.
A picture that was lossy once says so afterwards (PS3.3 C.7.6.1.1.5). It refuses (`Undecodable`) every other coding,
single bits, and pixels that no decoder here can read. Not here: what the pixels show (`textfinding`).
"""

import io
import warnings
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import apply_color_lut, convert_color_space, pixel_array

from residency.deid.dicom import codestream, runlength
from residency.deid.dicom.elements import EXPLICIT, PIXEL_DATA, Element, Instance, Unreadable, write
from residency.deid.dicom.picture import NATIVE, shape_of

_SAMPLES, _COLOUR, _PLANAR = 0x00280002, 0x00280004, 0x00280006
_ALLOCATED, _STORED, _HIGH, _SIGNED = 0x00280100, 0x00280101, 0x00280102, 0x00280103
_LOSSY = 0x00282110
_TABLES = (0x7FE00001, 0x7FE00002)
_LOSSY_SYNTAXES = frozenset("1.2.840.10008.1.2.4." + end for end in ("50", "51", "81", "91"))
_PLAIN = frozenset(("MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "PALETTE COLOR"))


class Undecodable(Unreadable):
    """No decoder here turns these pixel data into numbers."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Stored values (frames, rows, columns, samples); `colour` is how they are read; `lut` a palette's colours.

    `cut`: bits outside the image were set and are no more.
    """

    values: NDArray = field(repr=False)
    colour: str
    lut: Dataset | None = field(default=None, repr=False)
    cut: bool = False

    def shown(self) -> NDArray:
        """Grey (frames, rows, columns) of the stored type, or RGB (frames, rows, columns, 3)."""
        if self.colour == "YBR_FULL":
            return np.stack([convert_color_space(frame, "YBR_FULL", "RGB") for frame in self.values])
        if self.lut is not None:
            coloured = np.stack([apply_color_lut(frame[..., 0], self.lut) for frame in self.values])
            return (coloured >> 8).astype(np.uint8) if coloured.dtype.itemsize > 1 else coloured
        return self.values if self.colour == "RGB" else self.values[..., 0]


def decodable(instance: Instance) -> bool:
    """Whether the pixel data are of a kind that is read here; their content may still be torn."""
    pixels = next((value for tag, _, value, _ in instance.elements if tag == PIXEL_DATA), None)
    if isinstance(pixels, bytes):
        return instance.syntax in NATIVE
    return pixels is not None and (instance.syntax == runlength.SYNTAX or codestream.readable(instance.syntax))


def decoded(instance: Instance) -> Frames:
    """The picture as numbers. Raises Undecodable, or Unreadable for pixel data that are no picture."""
    shape = shape_of(instance.elements)
    colour = instance.get(_COLOUR).decode("latin-1")
    if not decodable(instance) or shape.bits not in (8, 16, 32) or shape.samples not in (1, 3):
        raise Undecodable("The pixel data are of a kind that is not read here.")
    ds = _small(instance)
    raw = instance.syntax in NATIVE and not shape.halved
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom's may quote the file
            values = pixel_array(ds, raw=raw)
    except Exception as torn:  # decoders raise what they like, and what they say may be of the file
        raise Undecodable("The pixel data cannot be decoded.") from torn
    if shape.samples == 3 and not raw:
        colour = "RGB"
    if colour not in _PLAIN or (shape.samples == 3) != (colour in ("RGB", "YBR_FULL")):
        raise Undecodable("The colour of the picture is of a kind that is not read here.")
    values = values.reshape(shape.frames, shape.rows, shape.columns, shape.samples)
    within = _within(values, instance)
    lut = ds if colour == "PALETTE COLOR" else None
    return Frames(within, colour, lut, cut=within is not values and not np.array_equal(within, values))


def encoded(instance: Instance, frames: Frames) -> Instance:
    """The instance with these pixels, native; everything else as it was. `frames` come from `decoded`."""
    values = np.ascontiguousarray(frames.values, frames.values.dtype.newbyteorder("<"))
    pixels, bits = values.tobytes(), values.dtype.itemsize * 8
    syntax = instance.syntax if instance.syntax in NATIVE else EXPLICIT
    vr = b"OB" if bits == 8 and syntax == EXPLICIT else b"OW"
    new: dict[int, Element] = {
        PIXEL_DATA: (PIXEL_DATA, vr, pixels + bytes(len(pixels) & 1), 0),
        _COLOUR: _text(_COLOUR, frames.colour),
        _ALLOCATED: (_ALLOCATED, b"US", bits.to_bytes(2, "little"), 0),
    }
    if values.shape[3] == 3:
        new[_PLANAR] = (_PLANAR, b"US", bytes(2), 0)
    if instance.syntax in _LOSSY_SYNTAXES:
        new[_LOSSY] = _text(_LOSSY, "01")
    kept = [element for element in instance.elements if element[0] not in new and element[0] not in _TABLES]
    return replace(instance, syntax=syntax, elements=sorted([*kept, *new.values()], key=lambda element: element[0]))


def _text(tag: int, value: str) -> Element:
    return tag, b"CS", value.encode() + b" " * (len(value) & 1), 0


def _small(instance: Instance) -> Dataset:
    """The description of the picture and its pixels as pydicom reads them, without anything else of the file."""
    told = [element for element in instance.elements if element[0] >> 16 == 0x0028 or element[0] == PIXEL_DATA]
    explicit = instance.syntax != NATIVE[0]
    body = write(told, explicit)
    syntax = instance.syntax.encode() + bytes(len(instance.syntax) & 1)
    head = write([(0x00020010, b"UI", syntax, 0)], True)
    with config.disable_value_validation():
        return dcmread(io.BytesIO(bytes(128) + b"DICM" + head + body), force=True)


def _within(values: NDArray, instance: Instance) -> NDArray:
    """The values with every bit outside the image cut off, and the sign repeated above it."""
    allocated = values.dtype.itemsize * 8
    stored, high, signed = (_number(instance, tag) for tag in (_STORED, _HIGH, _SIGNED))
    if not 0 < stored < allocated or not stored - 1 <= high < allocated:
        return values
    if values.dtype.kind not in "iu":
        raise Undecodable("The pixels are no whole numbers.")
    low, above = high + 1 - stored, allocated - 1 - high
    typed = values.view(f"{'i' if signed else 'u'}{values.dtype.itemsize}")
    return (typed << above >> above >> low << low).astype(values.dtype)


def _number(instance: Instance, tag: int) -> int:
    raw = next((value for at, _, value, _ in instance.elements if at == tag), b"")
    return int.from_bytes(raw, "little") if isinstance(raw, bytes) else 0

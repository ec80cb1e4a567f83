"""Volumes that can be read in boxes: compressed chunks inside a sealed object.

    ref = write_volume(sealed, key, array, spacing_mm=(3.0, 1.5, 1.5), context="dataset/…")
    volume = open_volume(sealed, ref, keys)
    patch = volume[0:32, 10:74, 10:74]            # only the chunks that the box touches are opened

An array is cut into blocks of 32 x 32 x 32 voxels, each compressed by blosc2 (lz4 + bit shuffle). The block table
stands in front. Volumes are three-dimensional here. Not here: what a volume means (`dataset.version`).
"""

import struct
from collections.abc import Mapping
from itertools import product
from typing import Any

import blosc2
import numpy as np

from residency.errors import BadInput
from residency.kernel.digest import canonical
from residency.kernel.record import Part
from residency.store.sealed import GroupKey, Sealed, SealedFile, SealedRef

BLOCK = 32
_CODEC: dict[str, Any] = {
    "codec": blosc2.Codec.LZ4,
    "clevel": 5,
    "filters": [blosc2.Filter.BITSHUFFLE],
    "nthreads": 1,
}


class BoxRefused(BadInput):
    """A box must be three slices with step one inside the volume."""


class VolumeHeader(Part):
    """What is known of a volume before a voxel is opened; shape and spacing in order (z, y, x)."""

    shape: tuple[int, int, int]
    dtype: str
    spacing_mm: tuple[float, float, float]
    block: int
    offsets: tuple[int, ...]


def write_volume(
    sealed: Sealed,
    key: GroupKey,
    array: np.ndarray,
    *,
    spacing_mm: tuple[float, float, float],
    context: str,
    name: str | None = None,
) -> SealedRef:
    """Seal a volume of shape (z, y, x); without a name it gets a random one."""
    blocks = [_pack(array[box]) for box in _boxes(array.shape)]
    offsets = np.concatenate([[0], np.cumsum([len(block) for block in blocks])])
    header = VolumeHeader(
        shape=array.shape,
        dtype=array.dtype.str,
        spacing_mm=spacing_mm,
        block=BLOCK,
        offsets=tuple(int(offset) for offset in offsets),
    )
    packed = canonical(header.model_dump(mode="json"))
    return sealed.write([struct.pack(">I", len(packed)), packed, *blocks], key, context=context, name=name)


def open_volume(sealed: Sealed, ref: SealedRef, keys: Mapping[str, bytes]) -> "Volume":
    """A volume whose boxes are opened as they are asked for."""
    return Volume(sealed.open(ref, keys))


class Volume:
    """Random access by box."""

    def __init__(self, file: SealedFile) -> None:
        self._file = file
        (length,) = struct.unpack(">I", file.read(4))
        self.header = VolumeHeader.model_validate_json(file.read(length))
        self._start = 4 + length
        self.shape, self.spacing_mm = self.header.shape, self.header.spacing_mm
        self.dtype = np.dtype(self.header.dtype)

    def __getitem__(self, box: tuple[slice, slice, slice]) -> np.ndarray:
        """The voxels of a box, shape as asked; raises BoxRefused."""
        bounds = _box(box, self.shape)
        out = np.empty([stop - start for start, stop in bounds], self.dtype)
        step = self.header.block
        grid = [-(-extent // step) for extent in self.shape]
        ranges = [range(start // step, -(-stop // step)) for start, stop in bounds]
        for place in product(*ranges):
            block = self._block(int(np.ravel_multi_index(place, grid)), place)
            target, source = [], []
            for cell, (start, stop) in zip(place, bounds, strict=True):
                low, high = max(cell * step, start), min((cell + 1) * step, stop)
                target.append(slice(low - start, high - start))
                source.append(slice(low - cell * step, high - cell * step))
            out[tuple(target)] = block[tuple(source)]
        return out

    def whole(self) -> np.ndarray:
        """All voxels."""
        z, y, x = self.shape
        return self[0:z, 0:y, 0:x]

    def _block(self, number: int, place: tuple[int, ...]) -> np.ndarray:
        start, stop = self.header.offsets[number : number + 2]
        self._file.seek(self._start + start)
        raw: Any = blosc2.decompress2(self._file.read(stop - start))
        shape = [
            min(self.header.block, extent - cell * self.header.block)
            for cell, extent in zip(place, self.shape, strict=True)
        ]
        return np.frombuffer(raw, self.dtype).reshape(shape)


def _boxes(shape: tuple[int, ...]) -> list[tuple[slice, ...]]:
    starts = [range(0, extent, BLOCK) for extent in shape]
    return [tuple(slice(start, start + BLOCK) for start in corner) for corner in product(*starts)]


def _pack(block: np.ndarray) -> bytes:
    return bytes(memoryview(blosc2.compress2(np.ascontiguousarray(block), typesize=block.dtype.itemsize, **_CODEC)))  # type: ignore[arg-type]


def _box(box: tuple[slice, slice, slice], shape: tuple[int, ...]) -> list[tuple[int, int]]:
    if not isinstance(box, tuple) or len(box) != len(shape) or not all(isinstance(part, slice) for part in box):
        raise BoxRefused("A box is three slices: of slabs, rows and columns.", remedy="Ask volume[0:32, 0:64, 0:64].")
    return [_bounds(part, extent) for part, extent in zip(box, shape, strict=True)]


def _bounds(part: slice, extent: int) -> tuple[int, int]:
    start, stop, step = part.indices(extent)
    asked = (part.start or 0, extent if part.stop is None else part.stop)
    if step != 1 or (start, stop) != asked or stop <= start:
        raise BoxRefused(f"A box of {asked} does not lie inside an extent of {extent}.", remedy="Ask for a box inside.")
    return start, stop

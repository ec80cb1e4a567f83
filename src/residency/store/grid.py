"""Chunks of an array: how it is cut, in which order its chunks lie, and which of them a box touches.

    found = touched((slice(0, 96), slice(10, 106), slice(3, 99)), shape=(200, 512, 512), chunk=(32, 32, 32))
    ranks((7, 16, 16))[found.cells]       # where each touched chunk stands in the file

Chunks lie in bricks of 4 per axis, bricks one after the other and Morton order within: the chunks of a box are few
runs of neighbours. Not here: the bytes of a chunk (`shards`).
"""

from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from residency.errors import BadInput

CHUNKS: dict[int, tuple[int, ...]] = {1: (65536,), 2: (128, 128), 3: (32, 32, 32)}
"""Chunk by number of dimensions, in elements; measured in ADR 13."""
_BRICK_BITS = 2

Box = tuple[slice, ...]


class BoxRefused(BadInput):
    """A box must be one slice per axis, with step one, inside the array."""


class Touched(NamedTuple):
    """The chunks that a box touches: their block of the grid, and along each axis extent, target and source of each.

    The chunks themselves are the products of what stands along the axes, in C order. A read makes many thousands of
    them per second, so they are tuples of slices and no objects.
    """

    cells: Box
    shapes: Iterable[tuple[int, ...]]
    targets: Iterable[Box]
    sources: Iterable[Box]


def grid_of(shape: tuple[int, ...], chunk: tuple[int, ...]) -> tuple[int, ...]:
    """Chunks along each axis."""
    return tuple(-(-extent // step) for extent, step in zip(shape, chunk, strict=True))


@lru_cache(64)
def ranks(grid: tuple[int, ...]) -> np.ndarray:
    """The place of every chunk in the file, as an array of the grid's shape."""
    cells = np.indices(grid).reshape(len(grid), -1)
    bricks, inside = cells >> _BRICK_BITS, cells & ((1 << _BRICK_BITS) - 1)
    morton = np.zeros(cells.shape[1], np.int64)
    for bit, axis in product(range(_BRICK_BITS), range(len(grid))):
        morton |= ((inside[axis] >> bit) & 1) << (bit * len(grid) + len(grid) - 1 - axis)
    order = np.lexsort((morton, *bricks[::-1]))
    found = np.empty(len(order), np.int64)
    found[order] = np.arange(len(order))
    return found.reshape(grid)


def cells_in_order(grid: tuple[int, ...]) -> np.ndarray:
    """The cells (n, axes) in the order of the file."""
    return np.stack(np.unravel_index(np.argsort(ranks(grid), axis=None), grid), axis=1)


def cell_box(cell: tuple[int, ...], shape: tuple[int, ...], chunk: tuple[int, ...]) -> Box:
    """The part of the array that a chunk holds."""
    return tuple(
        slice(at * step, min((at + 1) * step, extent)) for at, step, extent in zip(cell, chunk, shape, strict=True)
    )


def touched(box: Box, shape: tuple[int, ...], chunk: tuple[int, ...]) -> Touched:
    """Every chunk that a box touches; shapes, targets and sources can be gone through once."""
    axes = [_along(part, extent, step) for part, extent, step in zip(box, shape, chunk, strict=True)]
    cells, *rest = zip(*axes, strict=True)
    return Touched(cells, *(product(*parts) for parts in rest))


def checked_box(box: object, shape: tuple[int, ...]) -> Box:
    """The box with its bounds written out; raises BoxRefused."""
    parts = box if isinstance(box, tuple) else (box,)
    if len(parts) != len(shape) or not all(isinstance(part, slice) for part in parts):
        raise BoxRefused(f"A box of this array is {len(shape)} slices.", remedy="Ask volume[0:32, 0:64, 0:64].")
    return tuple(_bounds(part, extent) for part, extent in zip(parts, shape, strict=True))  # pyrefly: ignore


def _bounds(part: slice, extent: int) -> slice:
    start, stop, step = part.indices(extent)
    asked = (part.start or 0, extent if part.stop is None else part.stop)
    if step != 1 or (start, stop) != asked or stop <= start:
        raise BoxRefused(f"A box of {asked} does not lie inside an extent of {extent}.", remedy="Ask for a box inside.")
    return slice(start, stop)


def _along(part: slice, extent: int, step: int) -> tuple[slice, list[int], list[slice], list[slice]]:
    """For one axis: the cells, and the extent, target and source of each."""
    first, last = part.start // step, -(-part.stop // step)
    shapes, targets, sources = [], [], []
    for base in range(first * step, last * step, step):
        low, high = max(base, part.start), min(base + step, part.stop)
        shapes.append(min(step, extent - base))
        targets.append(slice(low - part.start, high - part.start))
        sources.append(slice(low - base, high - base))
    return slice(first, last), shapes, targets, sources

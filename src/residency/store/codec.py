"""How a chunk of an array becomes bytes: compressed by blosc2, or nothing at all where every voxel is the same.

    packed = compress(block, HOT)
    restore(packed, into)                 # `into` has the block's dtype and size, contiguous

What was chosen, and by which measurements, stands in ADR 13. A packed chunk says itself how it was compressed, so that
a reader needs no choice. Not here: sealing (`shards`).
"""

from functools import cache
from typing import Any, Literal

import numpy as np

Codec = Literal["hot", "archive"]
HOT: Codec = "hot"
ARCHIVE: Codec = "archive"


@cache
def _blosc2() -> Any:
    """The library, imported by who packs or unpacks: most commands do neither, and the import takes 0.15 s."""
    import blosc2

    # Without this, it holds the interpreter lock while it packs and unpacks, and threads wait for each other.
    blosc2.set_releasegil(True)
    return blosc2


@cache
def _settings(codec: Codec, itemsize: int) -> dict[str, Any]:
    codecs, filters = _blosc2().Codec, _blosc2().Filter
    if codec == "hot":
        # Bits are sorted over elements of eight bytes, whatever the voxel: unpacking takes two thirds of the time that
        # it takes over elements of a voxel of two bytes, and the high level of LZ4 wins back the bytes that this costs.
        return {"codec": codecs.LZ4HC, "clevel": 3, "filters": [filters.BITSHUFFLE], "typesize": 8}
    # One byte per voxel has no bytes to shuffle apart, but its bits still sort well.
    sorting = [filters.BITSHUFFLE] if itemsize == 1 else [filters.SHUFFLE, filters.BYTEDELTA]
    return {"codec": codecs.ZSTD, "clevel": 1, "filters": sorting, "typesize": itemsize}


def compress(block: np.ndarray, codec: Codec) -> bytes | memoryview:
    """A contiguous block, packed."""
    settings = _settings(codec, block.dtype.itemsize)
    return _blosc2().compress2(block, nthreads=1, **settings)


def restore(packed: memoryview, into: np.ndarray) -> None:
    """Unpack into a contiguous array of the block's size."""
    _blosc2().decompress2(packed, dst=into, nthreads=1)

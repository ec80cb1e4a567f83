"""How a chunk of an array becomes bytes: compressed by blosc2, or nothing at all where every voxel is the same.

    packed = compress(block, HOT)
    restore(packed, into)                 # `into` has the block's dtype and size, contiguous

What was chosen, and by which measurements, stands in ADR 13. A packed chunk says itself how it was compressed, so that
a reader needs no choice. Not here: sealing (`shards`).
"""

from typing import Any, Literal

import blosc2
import numpy as np

Codec = Literal["hot", "archive"]
HOT: Codec = "hot"
ARCHIVE: Codec = "archive"

# Without this, blosc2 holds the interpreter lock while it packs and unpacks, and threads wait for each other.
blosc2.set_releasegil(True)

# Bits are sorted over elements of eight bytes, whatever the voxel: unpacking takes two thirds of the time that it takes
# over elements of a voxel of two bytes, and the high level of LZ4 wins back the bytes that this costs.
_SETTINGS: dict[Codec, dict[str, Any]] = {
    "hot": {"codec": blosc2.Codec.LZ4HC, "clevel": 3, "filters": [blosc2.Filter.BITSHUFFLE], "typesize": 8},
    "archive": {"codec": blosc2.Codec.ZSTD, "clevel": 1, "filters": [blosc2.Filter.SHUFFLE, blosc2.Filter.BYTEDELTA]},
}


def compress(block: np.ndarray, codec: Codec) -> bytes | memoryview:
    """A contiguous block, packed."""
    settings = {"typesize": block.dtype.itemsize} | _SETTINGS[codec]
    if codec == "archive" and block.dtype.itemsize == 1:
        # One byte per voxel has no bytes to shuffle apart, but its bits still sort well.
        settings |= {"filters": [blosc2.Filter.BITSHUFFLE]}
    return blosc2.compress2(block, nthreads=1, **settings)  # type: ignore[return-value]


def restore(packed: memoryview, into: np.ndarray) -> None:
    """Unpack into a contiguous array of the block's size."""
    blosc2.decompress2(packed, dst=into, nthreads=1)  # pyrefly: ignore[bad-argument-type]

"""Bytes at rest over raw bytes of voxels: the two codecs of sealed arrays beside what peers make of the same voxels.

    python -m benchmarks.at_rest          prints JSON: bytes over raw, and what packing and unpacking a chunk costs

Three arrays of int16 (`_volumes`): the real 20-slice series as stored; the real CT of the same package at 3 mm, in HU;
and a synthetic volume. Ours are whole objects, with tags, indexes, directory and trailer. `settings` are the other
ways in which blosc2 can pack a chunk of 32³, by which the codecs were chosen (ADR 12): the least of several rounds.
"""

import gzip
import json
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import blosc2
import numpy as np

from benchmarks._rounds import started
from benchmarks._volumes import package, series, synthetic
from residency.demo.anatomy import load
from residency.store.codec import ARCHIVE, HOT, Codec
from residency.store.directory import DirectoryStore
from residency.store.grid import CHUNKS, cell_box, cells_in_order, grid_of
from residency.store.sealed import GroupKey
from residency.store.shards import ShardWriter

KEY = GroupKey("group", bytes(range(32)))
PEERS = ["TileDB AES-256-GCM", "LitData Fernet tiles", "tensorstore zarr3", "MDS tiles", "MONAI PersistentDataset"]
REPEATS = 5
BIT, BYTE, DELTA = blosc2.Filter.BITSHUFFLE, blosc2.Filter.SHUFFLE, blosc2.Filter.BYTEDELTA
LZ4, LZ4HC, ZSTD = blosc2.Codec.LZ4, blosc2.Codec.LZ4HC, blosc2.Codec.ZSTD
SETTINGS: dict[str, dict[str, Any]] = {
    "LZ4 9, bits of 2 bytes": {"codec": LZ4, "clevel": 9, "filters": [BIT], "typesize": 2},
    "LZ4 9, bits of 8 bytes": {"codec": LZ4, "clevel": 9, "filters": [BIT], "typesize": 8},
    "LZ4HC 1, bits of 4 bytes": {"codec": LZ4HC, "clevel": 1, "filters": [BIT], "typesize": 4},
    "LZ4HC 3, bits of 8 bytes (hot)": {"codec": LZ4HC, "clevel": 3, "filters": [BIT], "typesize": 8},
    "LZ4HC 3, bits of 16 bytes": {"codec": LZ4HC, "clevel": 3, "filters": [BIT], "typesize": 16},
    "LZ4 9, bytes": {"codec": LZ4, "clevel": 9, "filters": [BYTE], "typesize": 2},
    "LZ4HC 5, bytes": {"codec": LZ4HC, "clevel": 5, "filters": [BYTE], "typesize": 2},
    "ZSTD 1, bytes": {"codec": ZSTD, "clevel": 1, "filters": [BYTE], "typesize": 2},
    "ZSTD 1, bytes, delta (archive)": {"codec": ZSTD, "clevel": 1, "filters": [BYTE, DELTA], "typesize": 2},
}


def main() -> None:
    """Measure and print."""
    slices = series(package())
    arrays = {"real series": slices, "real CT, 3 mm": load(package()).volume, "synthetic": synthetic()[:64]}
    found: dict[str, Any] = {"claim": "bytes at rest over raw bytes of voxels", "goal": {HOT: 0.40, ARCHIVE: 0.33}}
    with tempfile.TemporaryDirectory() as folder:
        for name, array in arrays.items():
            found[name] = {"shape": array.shape, "bytes_over_raw": sizes(array, Path(folder) / name.replace(" ", "-"))}
    found["settings, real series"] = settings(slices)
    found["settings, synthetic"] = settings(arrays["synthetic"][:32])
    found["versions"] = {name: version(name) for name in ("blosc2", "numpy", "residency")}
    print(json.dumps(found, indent=1))


def sizes(array: np.ndarray, folder: Path) -> dict[str, float]:
    """Ours, the peers', and what .nii.gz does."""
    folder.mkdir()
    np.save(folder / "volume.npy", array)
    found = {f"residency, {codec}": sealed(array, codec, folder / codec) for codec in (HOT, ARCHIVE)}
    found["gzip 6, as .nii.gz"] = len(gzip.compress(array.tobytes(), 6))
    with started(PEERS, folder / "volume.npy", folder) as peers:
        found |= {name: peer.about["stored"] for name, peer in peers.items()}
    return {name: round(size / array.nbytes, 3) for name, size in found.items()}


def sealed(array: np.ndarray, codec: Codec, folder: Path) -> int:
    """Bytes of the whole object."""
    writer = ShardWriter(DirectoryStore(folder), codec=codec)
    writer.add(KEY, array, context="benchmark")
    return sum(stored.size for stored in writer.commit())


def settings(array: np.ndarray) -> dict[str, dict[str, float]]:
    """Bytes over raw, and µs of CPU to pack and to unpack a chunk; settings take turns."""
    cells = cells_in_order(grid_of(array.shape, CHUNKS[3]))
    blocks = [np.ascontiguousarray(array[cell_box(tuple(cell), array.shape, CHUNKS[3])]) for cell in cells]
    into, packing, unpacking = np.empty(blocks[0].size, array.dtype), {}, {}
    packed: dict[str, list[bytes]] = {}
    for _ in range(REPEATS):
        for name, chosen in SETTINGS.items():
            began = time.process_time()
            packed[name] = [bytes(blosc2.compress2(block, nthreads=1, **chosen)) for block in blocks]
            middle = time.process_time()
            for chunk in packed[name]:
                blosc2.decompress2(chunk, dst=into, nthreads=1)
            end = time.process_time()
            packing.setdefault(name, []).append((middle - began) / len(blocks) * 1e6)
            unpacking.setdefault(name, []).append((end - middle) / len(blocks) * 1e6)
    return {
        name: {
            "bytes_over_raw": round(sum(map(len, packed[name])) / array.nbytes, 4),
            "packing_microseconds": round(min(packing[name]), 1),
            "unpacking_microseconds": round(min(unpacking[name]), 1),
        }
        for name in SETTINGS
    }


if __name__ == "__main__":
    main()

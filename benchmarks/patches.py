"""Random patches of 96³ from sealed volumes, beside eight other ways to keep volumes for training.

    python -m benchmarks.patches          prints JSON: patches per CPU-second and per second of wall time, ratios

Two volumes of 128 MiB (`_volumes`): a synthetic and a real one. Everybody reads with one thread out of the page cache
and keeps what they read from open; each proves first that a patch is what numpy cuts. LitData, MDS and WebDataset get
tiles of 128³ cut beforehand and read patches inside them (`_peers`): none has access inside a sample. Of ours, there
are also patches on the grid of chunks, and the same bytes without AES: chunks that are copied where they would be
decrypted, which is all that encryption adds to a read. CPU time counts, since other programs may run; spread is told.

Whoever takes megabytes anew for each patch pays for page faults, and what one costs depends on the machine. So all
rounds are run twice: as programs are run by default, and with glibc told to keep memory, which flatters those peers.
"""

import json
import mmap
import os
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from benchmarks._peers import keep_memory
from benchmarks._rounds import Run, Turn, rate, rounds, started, times
from benchmarks._volumes import package, real, series, synthetic
from residency.store.arrays import SealedArray, Shards
from residency.store.directory import DirectoryStore
from residency.store.frames import TAG
from residency.store.sealed import GroupKey
from residency.store.shards import ArrayRef, ShardWriter, shard_cipher

ROUNDS, SECONDS, SIDE = 5, 0.2, 96
OURS, ALIGNED, OPEN = "residency", "residency, on the grid", "residency, not encrypted"
KEY = GroupKey("group", bytes(range(32)))
GOALS = {
    "MONAI PersistentDataset": 50,
    "MONAI PersistentDataset, int16": 20,
    "MONAI PersistentDataset, 4 crops per load": 10,
    "TileDB AES-256-GCM": 7,
    "LitData Fernet tiles": 7,
    "LitData tiles": 1.5,
    "tensorstore zarr3": 1.5,
    "WebDataset tiles": 1.5,
    "MDS tiles": 0.8,
}


def main() -> None:
    """Measure and print."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, volume in (("synthetic", synthetic()), ("real", real(series(package())))):
            np.save(Path(folder) / f"{name}.npy", volume)
            found[name] = measure(volume, Path(folder) / f"{name}.npy", Path(folder))
    found["claim"] = "random 96^3 patches per CPU-second, encrypted, one thread, page cache warm"
    found["goal_times_faster_than"] = GOALS | {f"MDS tiles, {ALIGNED}": 1.2, OPEN: 0.85}
    found["microseconds_per_page_fault"] = page_fault()
    found["load_average"] = [round(load, 1) for load in os.getloadavg()]
    found["versions"] = {name: version(name) for name in ("blosc2", "cryptography", "numpy", "residency")}
    print(json.dumps(found, indent=1))


def measure(volume: np.ndarray, path: Path, folder: Path) -> dict:
    """All contenders on one volume."""
    store = DirectoryStore(folder / f"sealed-{path.stem}")
    ref, wrote = write(store, volume)
    array, opened = open_it(store, ref)
    without = not_encrypted(store, ref)
    for one in (array, without):
        for box in boxes(np.random.default_rng(5), volume.shape, 1, 5):
            assert np.array_equal(one[box], volume[box])
    mine: dict[str, Run] = {
        OURS: reading(array, step=1),
        ALIGNED: reading(array, step=32),
        OPEN: reading(without, step=1),
    }
    with started(list(GOALS), path, folder) as peers:
        conditions = {"as run by default": rounds(mine | peers, ROUNDS, SECONDS)}
        keep_memory()
        for peer in peers.values():
            peer.keep_memory()
        conditions["with memory kept"] = rounds(mine | peers, ROUNDS, SECONDS)
    return {condition: judged(seen, list(peers)) for condition, seen in conditions.items()} | {
        "bytes_over_raw": {OURS: round(store.size(ref.name) / volume.nbytes, 3)}
        | {name: round(peer.about["stored"] / volume.nbytes, 3) for name, peer in peers.items()},
        "writing_mib_per_cpu_second": round(wrote),
        "opening_milliseconds": round(opened, 2),
        "peers": sorted({peer.about["version"] for peer in peers.values()}),
    }


def judged(seen: dict[str, list[Turn]], peers: list[str]) -> dict:
    """Rates and ratios of one condition."""
    ratios = {name: times(seen, OURS, name) for name in [*peers, OPEN]}
    return {
        "patches_per_cpu_second": {name: rate(turns) for name, turns in seen.items()},
        "patches_per_second": {name: rate(turns, "wall")["median"] for name, turns in seen.items()},
        "times_faster_than": ratios | {f"MDS tiles, {ALIGNED}": times(seen, ALIGNED, "MDS tiles")},
    }


def page_fault(pages: int = 8192) -> float:
    """What the first touch of a page costs here."""
    with mmap.mmap(-1, pages * mmap.PAGESIZE) as fresh:
        began = time.process_time()
        for at in range(0, len(fresh), mmap.PAGESIZE):
            fresh[at] = 1
        return round((time.process_time() - began) / pages * 1e6, 2)


def write(store: DirectoryStore, volume: np.ndarray) -> tuple[ArrayRef, float]:
    """The volume sealed, and MiB per CPU-second."""
    began = time.process_time()
    writer = ShardWriter(store)
    ref = writer.add(KEY, volume, context="benchmark")
    writer.commit()
    return ref, volume.nbytes / 2**20 / (time.process_time() - began)


def open_it(store: DirectoryStore, ref: ArrayRef) -> tuple[SealedArray, float]:
    """The array opened, and the milliseconds that it takes when nothing is known of its shard."""
    began = time.process_time()
    for _ in range(20):
        array = Shards(store).open(ref, {KEY.id: KEY.key})
    return array, (time.process_time() - began) / 20 * 1e3


class Copying:
    """A cipher that copies, for chunks that are not encrypted."""

    def decrypt_into(self, nonce: bytes, sealed: memoryview, about: bytes, into: memoryview) -> int:
        """The bytes before the tag."""
        into[:] = sealed[:-TAG]
        return len(into)


def not_encrypted(store: DirectoryStore, ref: ArrayRef) -> SealedArray:
    """The same object with every chunk in the open, same lengths and places, read through a cipher that copies."""
    shards = Shards(store)
    array, shard = shards.open(ref, {KEY.id: KEY.key}), shards.shard(ref.name)
    cipher: AESGCM = shard_cipher(KEY.key, shard.salt)
    data = bytearray(store.read(ref.name))
    for rank, (offset, length) in enumerate(zip(array._offsets.tolist(), array._lengths.tolist(), strict=True)):
        nonce = (array._first + rank).to_bytes(12, "big")
        if length:
            plain = cipher.decrypt(nonce, bytes(data[offset : offset + length]), shard.bound + nonce)
            data[offset : offset + length - TAG] = plain
    store.put("open/copy", [bytes(data)])
    array = Shards(store).open(ref.model_copy(update={"name": "open/copy"}), {KEY.id: KEY.key})
    array._cipher = Copying()  # type: ignore[assignment]
    return array


def reading(array: SealedArray, step: int) -> Run:
    """Turns of this array, origins at multiples of the step."""
    rng, out = np.random.default_rng(0), np.empty([SIDE] * 3, array.dtype)

    def run(seconds: float) -> Turn:
        patches, began, cpu = 0, time.perf_counter(), time.process_time()
        while (spent := time.process_time() - cpu) < seconds:
            for box in boxes(rng, array.shape, step, 8):
                array.read(box, out=out)
            patches += 8
        return {"patches": patches, "cpu": spent, "wall": time.perf_counter() - began}

    return run


def boxes(rng: np.random.Generator, shape: tuple[int, ...], step: int, count: int) -> list[tuple[slice, ...]]:
    """Boxes of 96³, uniform over the volume."""
    origins = rng.integers(0, (np.array(shape) - SIDE) // step + 1, (count, 3)) * step
    return [tuple(slice(at, at + SIDE) for at in origin) for origin in origins.tolist()]


if __name__ == "__main__":
    main()

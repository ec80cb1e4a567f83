"""One peer of the storage benchmarks, run by the interpreter of the peers' environment (`_rounds` makes it).

    python _peers.py "TileDB AES-256-GCM" volume.npy folder     then, per line of input, seconds of CPU; 0 keeps memory

It stores the volume as its documentation says it is best stored, proves on some patches that it gives back what numpy
cuts, and then reads random patches of 96³ for as long as it is asked. All keep their files open, read with one thread,
and find them in the page cache. LitData, MDS and WebDataset have no access inside a sample: they get tiles of 128³ cut
beforehand, and a patch that never crosses a tile, which is the easier task.
"""

import ctypes
import json
import os
import resource
import sys
import time
import types
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

SIDE, TILE, CHUNK = 96, 128, 32
Origin = tuple[int, ...]
Read = Callable[[np.random.Generator], list[tuple[Origin, np.ndarray]]]
KEY = "0123456789abcdeF0123456789abcdeF"


def main() -> None:
    """Store, prove, answer."""
    name, source, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    # What a library prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    volume = np.load(source)
    package, prepare = PEERS[name]
    began = time.process_time()
    read = prepare(volume, folder, source)
    stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    rng = np.random.default_rng(0)
    spent = time.process_time() - began
    if min(volume.shape) >= SIDE:
        for _ in range(4):
            for origin, patch in read(rng):
                box = tuple(slice(at, at + SIDE) for at in origin)
                assert np.array_equal(np.asarray(patch).reshape([SIDE] * 3), volume[box]), f"{name} is not numpy"
    hello = {"stored": stored, "prepared_cpu_seconds": spent, "version": f"{package} {version(package)}"}
    answers.write(json.dumps(hello) + "\n")
    for line in sys.stdin:
        if not float(line):
            keep_memory()
        answers.write(json.dumps(run(lambda: len(read(rng)), float(line))) + "\n")


def run(read: Callable[[], int], seconds: float) -> dict[str, float]:
    """Read patches for this much CPU time, children's included."""
    patches, began, cpu = 0, time.perf_counter(), cpu_seconds()
    while (spent := cpu_seconds() - cpu) < seconds:
        patches += read()
    return {"patches": patches, "cpu": spent, "wall": time.perf_counter() - began}


def keep_memory() -> None:
    """Tell glibc to give no memory back (mallopt(3): M_TRIM_THRESHOLD, M_MMAP_THRESHOLD).

    By default it gives back what a large read took and takes it again for the next, a page fault for every 4 KiB.
    """
    for option in (-1, -3):
        ctypes.CDLL(None).mallopt(option, 1 << 30)


def cpu_seconds() -> float:
    """Of this process and of the children that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def monai(volume: np.ndarray, folder: Path, source: Path, *, dtype: type = np.float32, crops: int = 1) -> Read:
    """PersistentDataset: what is the same every time is kept by torch.save, the random crop comes after."""
    from monai.data import PersistentDataset
    from monai.transforms import Compose, EnsureChannelFirstd, LoadImaged, RandSpatialCropSamplesd

    steps = Compose([
        LoadImaged("image", dtype=dtype),
        EnsureChannelFirstd("image", channel_dim="no_channel"),
        RandSpatialCropSamplesd("image", [SIDE] * 3, num_samples=crops, random_size=False),
    ])  # fmt: skip
    dataset = PersistentDataset([{"image": str(source)}], steps, cache_dir=folder)
    dataset[0] if min(volume.shape) >= SIDE else dataset._cachecheck(dataset.data[0])

    def read(rng: np.random.Generator) -> list[tuple[Origin, np.ndarray]]:
        found = []
        for sample in dataset[0]:
            cropped = sample["image"].applied_operations[-1]["extra_info"]["extra_info"]["cropped"]
            found.append((tuple(cropped[::2]), sample["image"]))
        return found

    return read


def monai_int16(volume: np.ndarray, folder: Path, source: Path) -> Read:
    """The same, kept as int16."""
    return monai(volume, folder, source, dtype=np.int16)


def monai_4_crops(volume: np.ndarray, folder: Path, source: Path) -> Read:
    """The default, four patches for each load."""
    return monai(volume, folder, source, crops=4)


def tiledb(volume: np.ndarray, folder: Path, source: Path) -> Read:
    """A dense array encrypted by AES-256-GCM, tiles of 32³, bit-shuffled and LZ4."""
    import tiledb as db

    settings = {"sm.encryption_type": "AES_256_GCM", "sm.encryption_key": KEY}
    settings |= {"sm.compute_concurrency_level": "1", "sm.io_concurrency_level": "1"}
    context, place = db.Ctx(db.Config(settings)), str(folder / "array")
    filters = db.FilterList([db.BitShuffleFilter(), db.LZ4Filter()])
    axes = [
        db.Dim(axis, (0, size - 1), min(CHUNK, size), filters=filters, dtype=np.int32)
        for axis, size in zip("zyx", volume.shape, strict=True)
    ]
    attributes = [db.Attr(dtype=volume.dtype, filters=filters)]
    db.Array.create(place, db.ArraySchema(db.Domain(*axes), attributes), ctx=context)
    with db.open(place, "w", ctx=context) as array:
        array[:] = volume
    opened = db.open(place, ctx=context)
    return anywhere(volume.shape, lambda box: opened[box])


def tensorstore(volume: np.ndarray, folder: Path, source: Path) -> Read:
    """Zarr 3 in shards of 128³, inner chunks of 32³ by blosc LZ4 and bit-shuffle, not encrypted."""
    import tensorstore as ts

    inner: dict = {"chunk_shape": [CHUNK] * 3}
    blosc = {"cname": "lz4", "clevel": 5, "shuffle": "bitshuffle", "typesize": 2}
    inner["codecs"] = [{"name": "bytes"}, {"name": "blosc", "configuration": blosc}]
    grid = {"name": "regular", "configuration": {"chunk_shape": [TILE] * 3}}
    about = {"shape": volume.shape, "data_type": "int16", "chunk_grid": grid}
    about["codecs"] = [{"name": "sharding_indexed", "configuration": inner}]
    one = {"data_copy_concurrency": {"limit": 1}, "file_io_concurrency": {"limit": 1}}
    one["cache_pool"] = {"total_bytes_limit": 1_000_000}
    place = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(folder / "array")}}
    ts.open(place | {"metadata": about}, create=True, context=ts.Context(one)).result().write(volume).result()
    kept = {"recheck_cached_data": False, "recheck_cached_metadata": False}
    opened = ts.open(place | kept, open=True, context=ts.Context(one)).result()
    return anywhere(volume.shape, lambda box: opened[box].read().result())


def litdata(volume: np.ndarray, folder: Path, source: Path, *, encrypted: bool = False) -> Read:
    """Tiles in chunks of 64 MB; encrypted, each sample by Fernet."""
    from litdata import StreamingDataset
    from litdata.streaming.writer import BinaryWriter
    from litdata.utilities.encryption import FernetEncryption

    fernet = FernetEncryption(password=KEY, level="sample") if encrypted else None
    writer = BinaryWriter(str(folder), chunk_bytes="64MB", encryption=fernet)
    corners = list(tiles(volume.shape))
    for number, corner in enumerate(corners):
        writer[number] = {"voxels": tile(volume, corner)}
    writer.done()
    writer.merge()
    dataset = StreamingDataset(str(folder), encryption=fernet)
    return in_tiles(corners, lambda number: dataset[number]["voxels"])


def litdata_fernet(volume: np.ndarray, folder: Path, source: Path) -> Read:
    """LitData with encryption of each sample."""
    return litdata(volume, folder, source, encrypted=True)


def mds(volume: np.ndarray, folder: Path, source: Path) -> Read:
    """MosaicML's shards, not compressed."""
    # Its vision data sets are not used here, and they alone import torchvision.
    sys.modules["streaming.vision"] = types.ModuleType("streaming.vision")
    for name in ("StreamingADE20K", "StreamingCIFAR10", "StreamingCOCO", "StreamingImageNet"):
        setattr(sys.modules["streaming.vision"], name, object)
    from streaming import LocalDataset, MDSWriter

    corners = list(tiles(volume.shape))
    shapes = {tile(volume, corner).shape for corner in corners}
    column = f"ndarray:int16:{','.join(map(str, shapes.pop()))}" if len(shapes) == 1 else "ndarray:int16"
    with MDSWriter(out=str(folder / "mds"), columns={"voxels": column}) as writer:
        for corner in corners:
            writer.write({"voxels": tile(volume, corner)})
    dataset = LocalDataset(str(folder / "mds"))
    return in_tiles(corners, lambda number: dataset[number]["voxels"])


def webdataset(volume: np.ndarray, folder: Path, source: Path) -> Read:
    """Tiles in a tar, read in their order, for there is no other; raw bytes, which is quicker than .npy."""
    import webdataset as wds

    corners = list(tiles(volume.shape))
    shapes = [tile(volume, corner).shape for corner in corners]
    place = str(folder / "tiles.tar")
    with wds.TarWriter(place) as writer:
        for number, corner in enumerate(corners):
            writer.write({"__key__": f"{number:06d}", "bin": tile(volume, corner).tobytes()})

    def samples() -> Iterator[dict]:
        while True:
            yield from wds.WebDataset(place, shardshuffle=False)

    following = samples()

    def read(rng: np.random.Generator) -> list[tuple[Origin, np.ndarray]]:
        sample = next(following)
        number = int(sample["__key__"])
        return [crop(rng, corners[number], np.frombuffer(sample["bin"], np.int16).reshape(shapes[number]))]

    return read


def anywhere(shape: Origin, cut: Callable[[tuple[slice, ...]], np.ndarray]) -> Read:
    """Patches anywhere in the volume."""

    def read(rng: np.random.Generator) -> list[tuple[Origin, np.ndarray]]:
        origin = tuple(int(at) for at in rng.integers(0, np.subtract(shape, SIDE - 1)))
        return [(origin, cut(tuple(slice(at, at + SIDE) for at in origin)))]

    return read


def in_tiles(corners: list[Origin], take: Callable[[int], np.ndarray]) -> Read:
    """Patches inside tiles that are taken by number."""

    def read(rng: np.random.Generator) -> list[tuple[Origin, np.ndarray]]:
        number = int(rng.integers(len(corners)))
        return [crop(rng, corners[number], take(number))]

    return read


def crop(rng: np.random.Generator, corner: Origin, voxels: np.ndarray) -> tuple[Origin, np.ndarray]:
    """A patch of a tile, copied as a batch would."""
    inside = rng.integers(0, np.subtract(voxels.shape, SIDE - 1))
    patch = np.ascontiguousarray(voxels[tuple(slice(at, at + SIDE) for at in inside)])
    return tuple(int(at) for at in np.add(corner, inside)), patch


def tiles(shape: Origin) -> Iterator[Origin]:
    """The corners of tiles."""
    for cell in np.ndindex(*[-(-size // TILE) for size in shape]):
        yield tuple(at * TILE for at in cell)


def tile(volume: np.ndarray, corner: Origin) -> np.ndarray:
    """The voxels of a tile, contiguous."""
    return np.ascontiguousarray(volume[tuple(slice(at, at + TILE) for at in corner)])


PEERS: dict[str, tuple[str, Callable[[np.ndarray, Path, Path], Read]]] = {
    "MONAI PersistentDataset": ("monai", monai),
    "MONAI PersistentDataset, int16": ("monai", monai_int16),
    "MONAI PersistentDataset, 4 crops per load": ("monai", monai_4_crops),
    "TileDB AES-256-GCM": ("tiledb", tiledb),
    "LitData Fernet tiles": ("litdata", litdata_fernet),
    "LitData tiles": ("litdata", litdata),
    "tensorstore zarr3": ("tensorstore", tensorstore),
    "WebDataset tiles": ("webdataset", webdataset),
    "MDS tiles": ("mosaicml-streaming", mds),
}


if __name__ == "__main__":
    main()

"""Epochs through the cache of ciphertext, in MB/s, beside the S3 server itself and a local directory in the same run.

    python -m benchmarks.cache [megabytes]        prints JSON: medians of three repeats, and ratios

The server is SeaweedFS on loopback; its own raw throughput is that of whole GETs by obstore, with as many connections.
Ours reads every object whole, through an open reader, in 8 MiB pieces, with as many threads. A cold epoch fills the
cache (proving every byte on the way), a warm one reads from it. The page cache is warm for all.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from obstore.store import S3Store as Client
from tests.fakes.seaweed import running_seaweed

from residency.store.access import StoreAccess
from residency.store.directory import DirectoryStore
from residency.store.objects import ObjectStore
from residency.store.s3 import S3Store
from residency.store.sealed import GroupKey, Sealed
from residency.store.tiers import CachedStore

REPEATS, THREADS = 3, 4
OBJECT, PIECE = 16 << 20, 8 << 20


def main() -> None:
    """Measure and print."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 512
    with tempfile.TemporaryDirectory() as made, running_seaweed(Path(made, "server")) as server:
        folder, access = Path(made), server.access()
        far, near, key = S3Store(access), DirectoryStore(folder / "local"), GroupKey("bench", bytes(32))
        for number in range(megabytes * 1_000_000 // OBJECT):
            for place in (far, near):
                Sealed(place).write([bytes([number % 256]) * OBJECT], key, context="bench", name=f"sealed/{number}")
        names = list(near.names())
        size = sum(map(near.size, names))
        seconds = measure(access, near, folder / "cache", names, 2 * size)
    print(json.dumps(result(seconds, len(names), size), indent=1))


def measure(
    access: StoreAccess, near: ObjectStore, folder: Path, names: list[str], limit: int
) -> dict[str, list[float]]:
    """Seconds of every program, `REPEATS` times, the programs by turns."""
    seconds: dict[str, list[float]] = {}
    client, far = _client(access), S3Store(access)
    for _ in range(REPEATS):
        cache = CachedStore(far, folder, limit)
        programs: dict[str, Callable[[], object]] = {
            "server": lambda: raw(client, names),
            "cold epoch": lambda cache=cache: epoch(cache, names),
            "warm epoch": lambda cache=cache: epoch(cache, names),
            "local directory": lambda: epoch(near, names),
        }
        for name, program in programs.items():
            seconds.setdefault(name, []).append(timed(program))
        status = cache.status()
        assert (status.misses, status.hits, status.passed) == (len(names), len(names), 0)
        shutil.rmtree(folder)
    return seconds


def result(seconds: dict[str, list[float]], objects: int, size: int) -> dict:
    """All that is printed."""
    speeds = {name: size / 1e6 / statistics.median(times) for name, times in seconds.items()}
    return {
        "objects": objects,
        "megabytes": round(size / 1e6),
        "threads": THREADS,
        "repeats": REPEATS,
        "megabytes_per_second": {name: round(speed, 1) for name, speed in speeds.items()},
        "cold_epoch_over_server": round(speeds["cold epoch"] / speeds["server"], 3),
        "warm_epoch_over_local_directory": round(speeds["warm epoch"] / speeds["local directory"], 3),
    }


def timed(program: Callable[[], object]) -> float:
    """Seconds of one call that finds no writes of the one before it still under way."""
    os.sync()
    began = time.perf_counter()
    program()
    return time.perf_counter() - began


def raw(client: Client, names: list[str]) -> None:
    """Every byte of every object, as the server hands it out."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda name: bytes(client.get(name).bytes()), names))


def epoch(store: ObjectStore, names: list[str]) -> None:
    """Every byte of every object."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda name: whole(store, name), names))


def whole(store: ObjectStore, name: str) -> None:
    """Every byte of one object."""
    with store.open(name) as reader:
        for at in range(0, reader.size, PIECE):
            reader.read(at, min(PIECE, reader.size - at))


def _client(access: StoreAccess) -> Client:
    assert access.credentials is not None
    return Client(
        access.bucket,
        prefix=access.prefix,
        endpoint=access.endpoint,
        region=access.region,
        access_key_id=access.credentials.access_key_id,
        secret_access_key=access.credentials.secret_access_key,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


if __name__ == "__main__":
    main()

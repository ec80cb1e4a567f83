"""Epochs through the cache of ciphertext, in MB/s, beside the bare remote and a local directory in the same run.

    python -m benchmarks.cache [megabytes]        prints JSON: medians of three repeats, and ratios

The peer of a cold epoch is a bare download: each object copied to a file, nothing proven, no limit kept, then read.
The remote is a directory behind a line of 5 ms an answer and 200 MB/s a connection: the shape of an object store, on
one machine. Every program reads every object whole, through an open reader, in 8 MiB pieces, with as many threads. A
cold epoch fills the cache (proving every byte on the way); a warm one reads from it. The page cache is warm for all.
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

from residency.store.directory import DirectoryStore
from residency.store.objects import ObjectReader, ObjectStore
from residency.store.sealed import GroupKey, Sealed
from residency.store.tiers import CachedStore

REPEATS, THREADS = 3, 4
OBJECT, PIECE = 16 << 20, 8 << 20
ANSWER_SECONDS, BYTES_PER_SECOND = 0.005, 200e6


def main() -> None:
    """Measure and print."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 512
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        near, key = DirectoryStore(folder / "remote"), GroupKey("bench", bytes(32))
        for number in range(megabytes * 1_000_000 // OBJECT):
            Sealed(near).write([bytes([number % 256]) * OBJECT], key, context="bench", name=f"sealed/{number}")
        names = list(near.names())
        size = sum(map(near.size, names))
        seconds = measure(Line(near), near, folder / "cache", names, 2 * size)
    print(json.dumps(result(seconds, len(names), size), indent=1))


def measure(line: "Line", near: ObjectStore, folder: Path, names: list[str], limit: int) -> dict[str, list[float]]:
    """Seconds of every program, `REPEATS` times, the programs by turns."""
    seconds: dict[str, list[float]] = {}
    for _ in range(REPEATS):
        cache = CachedStore(line, folder, limit)
        programs: dict[str, Callable[[], object]] = {
            "remote": lambda: epoch(line, names),
            "bare download": lambda: download(line, folder.with_name("bare"), names),
            "cold epoch": lambda cache=cache: epoch(cache, names),
            "warm epoch": lambda cache=cache: epoch(cache, names),
            "local directory": lambda: epoch(near, names),
        }
        for name, program in programs.items():
            seconds.setdefault(name, []).append(timed(program))
            # A virtual machine is slow where memory is touched for the first time: all write into the same pages.
            shutil.rmtree(folder.with_name("bare"), ignore_errors=True)
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
        "remote_line": {
            "seconds_an_answer": ANSWER_SECONDS,
            "megabytes_per_second_a_connection": BYTES_PER_SECOND / 1e6,
        },
        "megabytes_per_second": {name: round(speed, 1) for name, speed in speeds.items()},
        "cold_epoch_over_remote": round(speeds["cold epoch"] / speeds["remote"], 3),
        "cold_epoch_over_bare_download": round(speeds["cold epoch"] / speeds["bare download"], 3),
        "warm_epoch_over_local_directory": round(speeds["warm epoch"] / speeds["local directory"], 3),
    }


def timed(program: Callable[[], object]) -> float:
    """Seconds of one call that finds no writes of the one before it still under way."""
    os.sync()
    began = time.perf_counter()
    program()
    return time.perf_counter() - began


def epoch(store: "ObjectStore | Line", names: list[str]) -> None:
    """Every byte of every object."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda name: whole(store, name), names))


def whole(store: "ObjectStore | Line", name: str) -> None:
    """Every byte of one object."""
    with store.open(name) as reader:
        for at in range(0, reader.size, PIECE):
            reader.read(at, min(PIECE, reader.size - at))


def download(line: "Line", folder: Path, names: list[str]) -> None:
    """Every object into a file of its own, and every byte of the file."""
    local = DirectoryStore(folder)

    def copy(name: str) -> None:
        path = folder / name.replace("/", "-")
        with line.open(name) as reader, path.open("wb") as file:
            for at in range(0, reader.size, PIECE):
                file.write(reader.read(at, min(PIECE, reader.size - at)))
        whole(local, path.name)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(copy, names))


class Line:
    """A store at the end of a line: the reading half of it."""

    def __init__(self, near: ObjectStore) -> None:
        self._near = near

    def open(self, name: str) -> "_LineReader":
        """An object to read from."""
        time.sleep(ANSWER_SECONDS)
        return _LineReader(self._near.open(name))


class _LineReader:
    def __init__(self, near: ObjectReader) -> None:
        self.name, self.size, self._near = near.name, near.size, near

    def read(self, offset: int, length: int, /) -> bytes:
        began = time.perf_counter()
        data = self._near.read(offset, length)
        time.sleep(max(ANSWER_SECONDS + length / BYTES_PER_SECOND - (time.perf_counter() - began), 0))
        return data

    def close(self) -> None:
        self._near.close()

    def __enter__(self) -> "_LineReader":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


if __name__ == "__main__":
    main()

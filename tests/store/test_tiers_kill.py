"""Processes at one cache are killed at moments drawn by chance: no torn object is served, and nothing hangs."""

import fcntl
import hashlib
import os
import random
import signal
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

from residency.store.directory import DirectoryStore
from residency.store.sealed import GroupKey, Sealed
from residency.store.tiers import CachedStore
from tests.fakes.far import FarStore
from tests.fakes.kills import stop

FORK = get_context("fork")
KEY = GroupKey("group-1", bytes(range(32)))
SIZES = [5_000, 20_000, 80_000, 200_000, 400_000, 600_000, 9_000_000, 9_000_000]  # the last are copied in pieces
LIMIT = 12_000_000
SLOW_SECONDS = 20.0


def work(folder: Path, names: list[str], digests: dict[str, str], seed: int) -> None:
    """Read, prefetch, pin and evict for ever; what is wrong or late is written down."""
    far = FarStore(DirectoryStore(folder / "remote"), Path(os.devnull), seconds=0.002)
    cache, chance = CachedStore(far, folder / "cache", LIMIT, tell=lambda text: note(folder, text)), random.Random(seed)

    def read(name: str) -> None:
        if hashlib.sha256(cache.read(name)).hexdigest() != digests[name]:
            note(folder, f"{name} is not what it was")

    def pinned() -> None:
        some = chance.sample(names, 2)
        with cache.pin(some):
            cache.prefetch(some, threads=2)
            read(some[0])

    whole = lambda: cache.prefetch(chance.sample(names, 3), threads=2)  # noqa: E731
    acts = [lambda: read(chance.choice(names))] * 6 + [whole, pinned]
    acts += [lambda: cache.evict(chance.randrange(LIMIT)), lambda: cache.evict(chance.sample(names, 2))]
    while True:
        began = time.monotonic()
        chance.choice(acts)()
        if time.monotonic() - began > SLOW_SECONDS:
            note(folder, "an act took too long")


def note(folder: Path, text: str) -> None:
    with (folder / "wrong").open("a") as file:
        file.write(f"{text}\n")


def remote(folder: Path) -> dict[str, str]:
    """A store of plain and sealed objects; the SHA-256 of each by its name."""
    near, chance = DirectoryStore(folder / "remote"), random.Random(1)
    for number, size in enumerate(SIZES):
        data = chance.randbytes(size)
        Sealed(near).write(data, KEY, context="c", name=f"sealed/{number}") if number % 2 else near.put(
            f"plain/{number}", [data]
        )
    return {name: hashlib.sha256(near.read(name)).hexdigest() for name in near.names()}


def used(folder: Path) -> int:
    return sum(
        path.stat().st_size
        for part in ("objects", "drafts")
        for path in (folder / "cache" / part).rglob("*")
        if path.is_file()
    )


def kill_workers(folder: Path, times: int, seed: int) -> int:
    """Kill so many of three workers, each replaced by a new one; returns how many kills left a draft."""
    print("seed", seed)
    chance, digests, drafts = random.Random(seed), remote(folder), 0
    names = list(digests)
    start = lambda: FORK.Process(target=work, args=(folder, names, digests, chance.random()))  # noqa: E731
    workers = [start() for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        time.sleep(0.2)
        for _ in range(times):
            time.sleep(chance.uniform(0, 0.08))
            for worker in workers:
                stop(worker.pid)
            assert used(folder) <= LIMIT
            assert all(worker.is_alive() for worker in workers), "a worker ended by itself"
            victim = chance.randrange(3)
            workers[victim].kill()
            workers[victim].join()
            drafts += left_behind(folder)
            workers[victim] = start()
            workers[victim].start()
            for worker in workers:
                os.kill(worker.pid, signal.SIGCONT)
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                worker.kill()
            worker.join()
    assert not (folder / "wrong").exists(), (folder / "wrong").read_text()
    after_the_kills(folder, digests)
    return drafts


def left_behind(folder: Path) -> bool:
    """Whether there is a draft that no living process holds."""
    for path in (folder / "cache" / "drafts").iterdir():
        with path.open("rb") as file, suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    return False


def after_the_kills(folder: Path, digests: dict[str, str]) -> None:
    """Nothing that the dead left is served, is in the way, or stays."""
    cache = CachedStore(DirectoryStore(folder / "remote"), folder / "cache", LIMIT)
    assert used(folder) <= LIMIT
    began = time.monotonic()
    found = cache.check()
    assert (found.damaged, found.gone) == (0, [])
    assert [*(folder / "cache" / "drafts").iterdir(), *(folder / "cache" / "pins").iterdir()] == []
    assert int((folder / "cache" / "room").read_text()) == used(folder) == cache.status().size
    assert {name: hashlib.sha256(cache.read(name)).hexdigest() for name in digests} == digests
    assert cache.status().pinned == 0
    assert time.monotonic() - began < SLOW_SECONDS


def test_twenty_kills_tear_no_object_and_leave_no_lock(tmp_path):
    assert kill_workers(tmp_path, 20, random.SystemRandom().randrange(1 << 32)) > 0


@pytest.mark.long
def test_a_hundred_kills_tear_no_object_and_leave_no_lock(tmp_path):
    assert kill_workers(tmp_path, 100, random.SystemRandom().randrange(1 << 32)) > 5

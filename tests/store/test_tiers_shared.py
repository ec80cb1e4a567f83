"""Several processes at one cache: what other caches of training data got wrong, each as a test, and epochs."""

import os
import random
import signal
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from residency.store.cachefolder import CacheFolder
from residency.store.cachereads import CachedReads
from residency.store.directory import DirectoryStore
from residency.store.objects import StoreUnavailable
from residency.store.tiers import CachedStore
from tests.fakes.far import FarStore
from tests.fakes.kills import stop

FORK = get_context("fork")
SIZE, LIMIT = 100_000, 1 << 20
"""Ten objects fit."""


@pytest.fixture
def far(tmp_path):
    """A remote store on a disk, with twenty objects."""
    near = DirectoryStore(tmp_path / "remote")
    for number in range(20):
        near.put(f"o/{number}", [bytes_of(number)])
    return FarStore(near, tmp_path / "book")


@pytest.fixture
def start():
    """Start a function in a process of its own; all are gone at the end."""
    started = []

    def started_process(work, *what):
        process = FORK.Process(target=work, args=what)
        process.start()
        started.append(process)
        return process

    yield started_process
    for process in started:
        process.kill()
        process.join()


def bytes_of(number: int) -> bytes:
    return random.Random(number).randbytes(SIZE)


def cached(far: FarStore, wait_seconds: float = 30.0) -> CachedStore:
    return CachedStore(far, far.book.parent / "cache", LIMIT, wait_seconds=wait_seconds)


def names(*numbers: int) -> list[str]:
    return [f"o/{number}" for number in numbers]


def until(true, seconds: float = 10.0) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def files(far: FarStore) -> list[Path]:
    """All files of the cache but its count."""
    return [path for path in (far.book.parent / "cache").rglob("*") if path.is_file() and path.name != "room"]


def read_all(far: FarStore, numbers, ready=None) -> None:
    """Read objects, and end with 1 if any byte is wrong."""
    cache = cached(far)
    if ready is not None:
        ready.wait(10)
    if any(cache.read(f"o/{number}") != bytes_of(number) for number in numbers):
        os._exit(1)


def hold(far: FarStore, what: list[str], held, let_go) -> None:
    """Pin until told otherwise."""
    with cached(far).pin(what):
        held.set()
        let_go.wait(30)


def test_four_processes_that_miss_one_object_at_once_fetch_it_once(far, start):
    far.seconds, ready = 0.1, FORK.Barrier(4)
    workers = [start(read_all, far, [0], ready) for _ in range(4)]
    for worker in workers:
        worker.join(10)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert far.asked() == [["open", "o/0"], ["read", "o/0", str(SIZE)]]


@pytest.mark.parametrize("order", ["the same", "its own"])
def test_four_processes_that_read_everything_fetch_each_object_once_while_it_fits(far, start, order):
    for number in range(100):
        far.near.put(f"small/{number}", [b"x" * number])
    ready = FORK.Barrier(4)
    workers = [start(open_all, far, 0 if order == "the same" else n, ready) for n in range(4)]
    for worker in workers:
        worker.join(20)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert sorted(name for _, name in far.asked("open")) == sorted(f"small/{number}" for number in range(100))


class Overtaken(CacheFolder):
    """A folder in which another process always keeps the object just before this one begins."""

    def __init__(self, other: CachedStore, folder: Path) -> None:
        super().__init__(folder, LIMIT)
        self.other = other

    def begin(self, name):
        self.other.read(name)
        return super().begin(name)


def test_what_another_kept_a_moment_before_is_not_fetched_again(far):
    folder = Overtaken(cached(far), far.book.parent / "cache")
    reader, how = CachedReads(far, folder, wait_seconds=1, tell=print).obtain("o/0", LIMIT)
    assert (how, reader.read(0, SIZE)) == ("hit", bytes_of(0))
    assert len(far.asked("read")) == 1
    reader.close()
    assert len(files(far)) == 1


def open_all(far: FarStore, seed: int, ready) -> None:
    """Read a hundred small objects in an order of one's own."""
    cache = cached(far)
    ready.wait(10)
    for number in random.Random(seed).sample(range(100), 100):
        if cache.read(f"small/{number}") != b"x" * number:
            os._exit(1)


def test_when_the_one_who_fetches_dies_another_takes_over_at_once(far, start):
    slow = FarStore(far.near, far.book, seconds=30)
    fetching = start(read_all, slow, [0])
    until(lambda: far.asked("open"))
    reader = start(read_all, far, [0])
    time.sleep(0.2)
    assert len(far.asked("open")) == 1, "it does not wait"
    fetching.kill()
    began = time.monotonic()
    reader.join(10)
    assert (reader.exitcode, time.monotonic() - began < 1) == (0, True)
    assert len(files(far)) == 1


def test_one_who_fetches_and_stands_still_holds_nobody_up_for_long(far, start):
    slow = FarStore(far.near, far.book, seconds=30)
    fetching = start(read_all, slow, [0])
    until(lambda: far.asked("open"))
    stop(fetching.pid)
    began = time.monotonic()
    assert cached(far, wait_seconds=0.2).read("o/0") == bytes_of(0)
    assert 0.2 <= time.monotonic() - began < 2


# streaming#988: the limit of the cache deleted the only copy of the shards.
def test_eviction_never_removes_anything_at_the_remote(far):
    cache, before = cached(far), list(far.near.listed())
    for _ in range(2):
        for number in range(20):
            cache.read(f"o/{number}")
    cache.evict(names(*range(20)))
    cache.evict(1 << 40)
    cache.check()
    cache.drop("o/19")
    assert list(far.near.listed()) == before
    assert far.asked("delete") == []


def test_what_could_not_be_written_to_the_remote_is_not_in_the_cache_either(far):
    cache, far.away = cached(far), True
    with pytest.raises(StoreUnavailable):
        cache.put("new", [b"x" * 1000])
    far.away = False
    assert (files(far), cache.has("new")) == ([], False)


# litData PR #846: a chunk was deleted while another worker still needed it.
def test_what_another_process_pinned_before_it_came_is_not_evicted_by_this_one(far, start):
    held, let_go = FORK.Event(), FORK.Event()
    holder = start(hold, far, names(0, 1, 2), held, let_go)
    assert held.wait(10)
    cache = cached(far)
    for number in range(20):
        assert cache.read(f"o/{number}") == bytes_of(number)
    assert cache.evict(1 << 40).objects > 0
    assert (cache.status().objects, cache.status().pinned) == (3, 3)
    let_go.set()
    holder.join(10)
    assert cache.evict(names(0, 1, 2)).objects == 3


@pytest.mark.parametrize("cold", [True, False])
def test_what_is_being_read_is_not_evicted_however_full_it_gets(far, cold):
    cache, other = cached(far), cached(far)
    if not cold:
        cache.read("o/0")
    with cache.open("o/0") as reader:
        for number in range(1, 20):
            other.read(f"o/{number}")
        assert other.evict(1 << 40).objects > 0
        assert other.evict(names(0)).objects == 0
        assert reader.read(0, SIZE) == bytes_of(0)
    assert len(far.asked("read", "o/0")) == 1
    assert other.evict(names(0)).objects == 1


# litData#398, #452, #682: files and locks that a dead or cancelled job left hung the next one.
def test_what_a_killed_job_left_holds_nobody_up_and_is_swept(far, start):
    slow = FarStore(far.near, far.book, seconds=30)
    held, let_go = FORK.Event(), FORK.Event()
    killed = [start(read_all, slow, [0]), start(hold, far, names(*range(20)), held, let_go)]
    assert held.wait(10)
    until(lambda: far.asked("open"))
    for process in killed:
        process.kill()
        process.join()
    assert len(files(far)) == 2
    began, cache = time.monotonic(), cached(far)
    for number in range(20):
        assert cache.read(f"o/{number}") == bytes_of(number)
    assert time.monotonic() - began < 2
    assert (cache.status().passed, cache.status().pinned) == (0, 0)
    assert len(files(far)) == cache.status().objects


def test_a_prefetch_that_is_interrupted_leaves_no_draft_and_can_begin_again(far):
    cache = cached(far)

    def interrupt(_):
        raise KeyboardInterrupt

    far.seconds = 0.02
    with pytest.raises(KeyboardInterrupt):
        cache.prefetch(names(*range(10)), threads=2, progress=interrupt)
    assert len(files(far)) == cache.status().objects < 10
    assert cache.prefetch(names(*range(10))).left == 0
    assert cache.status().objects == 10


def test_a_forked_child_that_outlives_a_reader_keeps_nothing_locked(far, start):
    cache = cached(far)
    reader = cache.open("o/0")
    pin = cache.pin(names(1))
    pin.__enter__()
    cache.read("o/1")
    start(time.sleep, 30)
    reader.close()
    pin.__exit__(None, None, None)
    assert cache.evict(names(0, 1)).objects == 2


# litData#512: 40 to 60 % of a cache was never removed.
def test_nothing_is_left_that_eviction_cannot_remove(far):
    cache = cached(far)
    for _ in range(3):
        for number in range(20):
            cache.read(f"o/{number}")
        assert sum(path.stat().st_size for path in files(far)) <= LIMIT
    cache.evict(1 << 40)
    assert (files(far), cache.status().size) == ([], 0)


def test_what_is_being_fetched_counts_towards_the_limit(far, start):
    cache, ready = cached(far), FORK.Barrier(5)
    far.seconds = 0.05
    workers = [start(read_all, far, range(n, 20, 4), ready) for n in range(4)]
    ready.wait(10)
    most = 0
    while living := [worker for worker in workers if worker.is_alive()]:
        for worker in living:
            stop(worker.pid)
        most = max(most, sum(path.stat().st_size for path in files(far)))
        for worker in living:
            os.kill(worker.pid, signal.SIGCONT)
        time.sleep(0.01)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert 0.8 * LIMIT < most <= LIMIT
    assert cache.status().objects > 5


# streaming#717, #767, #802, #884: names in shared memory collided between jobs.
def test_two_jobs_at_one_folder_and_two_folders_of_one_job_share_no_names(far, start, tmp_path):
    before = sorted(os.listdir("/dev/shm"))
    other = FarStore(DirectoryStore(tmp_path / "other"), far.book)
    other.near.put("o/0", [b"of another site"])
    elsewhere = CachedStore(other, tmp_path / "elsewhere", LIMIT)
    jobs = [start(read_all, far, range(20)) for _ in range(2)]
    assert elsewhere.read("o/0") == b"of another site"
    for job in jobs:
        job.join(20)
    assert [job.exitcode for job in jobs] == [0, 0]
    assert cached(far).read("o/0") == bytes_of(0)
    assert elsewhere.read("o/0") == b"of another site"
    assert sorted(os.listdir("/dev/shm")) == before


def quarrel(far: FarStore, seed: int) -> None:
    """Fetch, evict and sweep one object again and again; end with 1 if the cache is ever in trouble."""
    cache, chance, end = cached(far), random.Random(seed), time.monotonic() + 1
    acts = [lambda: cache.open("o/0").close(), lambda: cache.evict(names(0)), cache.status, lambda: cache.drop("o/0")]
    while time.monotonic() < end:
        chance.choice(acts)()
    if cache.read("o/0") != bytes_of(0) or cache.status().trouble:
        os._exit(1)


def test_processes_that_fetch_evict_and_sweep_one_object_do_not_disturb_each_other(far, start):
    workers = [start(quarrel, far, seed) for seed in range(4)]
    for worker in workers:
        worker.join(20)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]


def epochs(far: FarStore, count: int, seed: int) -> None:
    """Read everything so many times, each time in another order, a few objects open at once."""
    cache, chance = cached(far), random.Random(seed)
    for _ in range(count):
        order, readers = chance.sample(range(20), 20), []
        for number in order:
            readers.append((number, cache.open(f"o/{number}")))
            if len(readers) > 3:
                known, reader = readers.pop(0)
                at = chance.randrange(SIZE - 1000)
                if reader.read(at, 1000) != bytes_of(known)[at : at + 1000]:
                    os._exit(1)
                reader.close()
        for _, reader in readers:
            reader.close()


def test_epochs_over_twice_the_limit_read_right_bytes_in_every_process(far, start):
    workers = [start(epochs, far, 3, seed) for seed in range(3)]
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert sum(path.stat().st_size for path in files(far)) <= LIMIT


def count_walks(far: FarStore, found) -> None:
    """Read forty times what has no room, and count how often the folder is listed."""
    cache = cached(far)
    sys.addaudithook(lambda event, _: found.__setattr__("value", found.value + (event == "os.scandir")))
    with cache.pin(names(*range(20))):
        cache.prefetch(names(*range(10)))
        for _ in range(4):
            for number in range(10, 20):
                cache.read(f"o/{number}")


def test_what_has_no_room_does_not_list_the_folder_at_every_read(far, start):
    found = FORK.Value("i", 0)
    start(count_walks, far, found).join(10)
    folders = 10  # below objects/, one for each of ten
    assert folders <= found.value <= 2 * folders


def test_epochs_in_order_over_twice_the_limit_hit_as_much_as_fits_when_they_are_pinned(far):
    cache = cached(far)
    with cache.pin(names(*range(20))):
        for _ in range(3):
            for number in range(20):
                assert cache.read(f"o/{number}") == bytes_of(number)
    status = cache.status()
    assert (status.misses, status.hits, status.passed) == (10, 20, 30)

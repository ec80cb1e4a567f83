"""A cache on a local disk: the contract of the remote, room, recency, damage, a disk or a remote that fails."""

import os
import random
import time
from pathlib import Path

import pytest

from residency.store.directory import DirectoryStore
from residency.store.frames import SealBroken
from residency.store.objects import ObjectMissing, StoreUnavailable
from residency.store.sealed import GroupKey, Sealed
from residency.store.tiers import CachedStore
from tests.contracts.objects import ObjectStoreContract
from tests.fakes.disks import on_a_small_disk, read_only, small_files
from tests.fakes.far import FarStore
from tests.fakes.memory_objects import MemoryObjects

KEY = GroupKey("group-1", bytes(range(32)))
KEYS = {KEY.id: KEY.key}
MIB = 1 << 20


class TestCachedStore(ObjectStoreContract):
    """The contract, with a cache that keeps everything that is read."""

    @pytest.fixture
    def store(self, tmp_path):
        return CachedStore(DirectoryStore(tmp_path / "remote"), tmp_path / "cache", MIB)


class TestCachedStoreWithoutRoom(ObjectStoreContract):
    """The same when nothing has room."""

    @pytest.fixture
    def store(self, tmp_path):
        return CachedStore(DirectoryStore(tmp_path / "remote"), tmp_path / "cache", 0)


class TestFarStore(ObjectStoreContract):
    """The fake behind the cache in these tests."""

    @pytest.fixture
    def store(self, tmp_path):
        return FarStore(MemoryObjects(), tmp_path / "book")


@pytest.fixture
def far(tmp_path):
    """A remote store."""
    return FarStore(MemoryObjects(), tmp_path / "book")


@pytest.fixture
def said():
    """What a cache told."""
    return []


@pytest.fixture
def cache(far, tmp_path, said):
    """A cache of one MiB in front of it."""
    return CachedStore(far, tmp_path / "cache", MIB, tell=said.append)


def fill(far: FarStore, count: int, size: int = 100_000) -> list[str]:
    """So many objects at the remote, each different; returns their names."""
    for number in range(count):
        far.near.put(f"o/{number}", [random.Random(number).randbytes(size)])
    return [f"o/{number}" for number in range(count)]


def here(cache: CachedStore, names: list[str]) -> list[str]:
    """Which of these objects are on the disk, by asking the remote for nothing."""
    cache.remote.away = True
    try:
        return [name for name in names if _readable(cache, name)]
    finally:
        cache.remote.away = False


def _readable(cache: CachedStore, name: str) -> bool:
    try:
        cache.open(name).close()
    except StoreUnavailable:
        return False
    return True


def files(folder: Path) -> list[Path]:
    """All files below a folder but its count."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "room"]


def age(tmp_path: Path, seconds: float) -> None:
    """Let everything cached have been used so long ago."""
    for path in files(tmp_path / "cache"):
        os.utime(path, (time.time() - seconds, path.stat().st_mtime - seconds))


def test_an_object_is_fetched_once_and_whole_then_read_from_the_disk(cache, far):
    fill(far, 1)
    for _ in range(3):
        with cache.open("o/0") as reader:
            assert bytes(reader.read_ranges([(5, 10)])[0]) == far.near.read("o/0", 5, 10)
    assert cache.read("o/0") == far.near.read("o/0")
    assert cache.size("o/0") == 100_000
    assert far.asked() == [["open", "o/0"], ["read", "o/0", "100000"]]
    status = cache.status()
    assert (status.objects, status.hits, status.misses, status.passed) == (1, 3, 1, 0)


def test_what_lies_on_the_disk_is_the_ciphertext(cache, far, tmp_path):
    ref = Sealed(cache).write(b"planted name " * 1000, KEY, context="c", name="sealed/aa")
    assert Sealed(cache).read(ref, KEYS) == b"planted name " * 1000
    (path,) = files(tmp_path / "cache")
    assert path.read_bytes().startswith(far.near.read(ref.name))
    assert b"planted" not in path.read_bytes()


def test_a_write_goes_to_the_remote_and_is_on_the_disk_only_when_it_is_read(cache, far, tmp_path):
    cache.put("new", [b"x" * 1000])
    assert (far.near.read("new"), files(tmp_path / "cache")) == (b"x" * 1000, [])


def test_the_least_recently_used_goes_first_and_the_limit_is_kept(cache, far, tmp_path):
    names = fill(far, 10)
    for name in names:
        cache.read(name)
    age(tmp_path, 3600)
    for name in names[:4]:
        cache.read(name)  # an hour later
    far.near.put("new", [b"n" * 200_000])
    cache.read("new")
    assert here(cache, [*names, "new"]) == [*names[:4], *names[6:], "new"]
    assert sum(path.stat().st_size for path in files(tmp_path / "cache")) <= MIB


def test_recency_is_written_at_most_once_a_minute(cache, far, tmp_path):
    fill(far, 1)
    cache.read("o/0")
    (path,) = files(tmp_path / "cache")
    for seconds, written in ((30, False), (90, True)):
        age(tmp_path, seconds)
        before = path.stat().st_mtime
        cache.read("o/0")
        assert (path.stat().st_mtime > before) is written


def test_a_large_object_is_not_fetched_for_a_small_read(cache, far):
    far.near.put("large", [bytes(300_000)])
    with cache.open("large") as reader:
        assert reader.read(10, 5) == bytes(5)
    assert far.asked("read") == [["read", "large", "5"]]
    assert cache.prefetch(["large"]).fetched == 1  # unless somebody wants just that
    assert here(cache, ["large"]) == ["large"]


def test_an_object_larger_than_the_limit_pushes_nothing_out(cache, far):
    names = fill(far, 3)
    cache.prefetch(names)
    far.near.put("huge", [bytes(MIB)])
    assert cache.prefetch(["huge"]).left == 1
    assert cache.read("huge") == bytes(MIB)
    assert here(cache, [*names, "huge"]) == names


def test_what_is_pinned_stays_and_what_has_no_room_is_read_from_the_remote(cache, far):
    names = fill(far, 14)
    with cache.pin(names[:9]):
        assert cache.prefetch(names[:9]).fetched == 9
        for name in names[9:] * 2:
            assert cache.read(name) == far.near.read(name)
        assert here(cache, names[:9]) == names[:9]
        assert cache.status().pinned == 9
        assert cache.evict(names).objects == 1
    assert cache.evict(names[:2]).objects == 2


def test_when_all_is_pinned_reads_pass_through_and_nothing_hangs(cache, far):
    names = fill(far, 12)
    with cache.pin(names):
        first = cache.prefetch(names)
        assert (first.fetched, first.left) == (10, 2)
        began = time.monotonic()
        assert all(cache.read(name) == far.near.read(name) for name in names)
        assert time.monotonic() - began < 2
        assert cache.status().passed == 4


def test_what_was_refused_has_room_as_soon_as_pins_are_gone(cache, far):
    names = fill(far, 11)
    with cache.pin(names):
        assert cache.prefetch(names).left == 1
    cache.read(names[10])
    assert here(cache, names[10:]) == names[10:]


def test_nothing_goes_for_an_object_that_has_no_room_all_the_same(cache, far):
    names = fill(far, 10)
    far.near.put("o/large", [bytes(250_000)])
    with cache.pin(names[:9]):
        cache.prefetch(names)
        cache.read("o/large")
        assert here(cache, names) == names


def test_a_prefetch_of_more_than_fits_keeps_what_came_first(cache, far):
    last = cache.prefetch(fill(far, 12), threads=1)
    assert (last.fetched, last.left) == (10, 2)
    assert len(far.asked("read")) == 10


def test_after_any_acts_the_limit_is_kept_and_the_count_is_right(cache, far, tmp_path):
    seed = random.SystemRandom().randrange(1 << 32)
    print("seed", seed)
    chance, names = random.Random(seed), fill(far, 16, 90_000)
    acts = [
        lambda: cache.read(chance.choice(names)),
        lambda: cache.prefetch(chance.sample(names, 4), threads=1),
        lambda: cache.drop(chance.choice(names)),
        lambda: cache.evict(chance.sample(names, 3)),
        lambda: cache.evict(chance.randrange(300_000)),
        lambda: rewrite(cache, chance.choice(names), chance.randbytes(chance.randrange(250_000))),
    ]
    for _ in range(200):
        chance.choice(acts)()
        used = sum(path.stat().st_size for path in files(tmp_path / "cache"))
        counted = (tmp_path / "cache" / "room").read_text() if (tmp_path / "cache" / "room").exists() else ""
        assert used <= MIB
        assert not counted or int(counted) == used
    assert all(cache.read(name) == far.near.read(name) for name in names)


def rewrite(cache, name, data):
    cache.delete(name)
    cache.put(name, [data])


def test_eviction_by_bytes_takes_whole_objects_and_says_how_much(cache, far):
    cache.prefetch(fill(far, 5))
    gone = cache.evict(150_000)
    assert (gone.objects, gone.size >= 200_000) == (2, True)
    assert cache.evict(10 * MIB).objects == 3
    assert cache.status().size == 0


def test_prefetch_says_how_far_it_is_and_how_fast(cache, far):
    names, steps = fill(far, 6), []
    cache.read(names[0])
    last = cache.prefetch(names, threads=3, progress=steps.append)
    assert [step.fetched + step.here + step.left for step in steps] == [1, 2, 3, 4, 5, 6]
    assert (last.fetched, last.here, last.left, last.size) == (5, 1, 0, 500_000)
    assert last.bytes_per_second == pytest.approx(500_000 / last.seconds)


def test_prefetching_what_is_not_there_says_so(cache, far):
    with pytest.raises(ObjectMissing, match="o/9"):
        cache.prefetch([*fill(far, 2), "o/9"])


def test_a_deleted_object_is_gone_here_too_and_a_reader_of_it_reads_on(cache, far, tmp_path):
    fill(far, 1)
    whole = far.near.read("o/0")
    with cache.open("o/0") as reader:
        cache.delete("o/0")
        assert reader.read(0, 100_000) == whole
    assert files(tmp_path / "cache") == []
    with pytest.raises(ObjectMissing):
        cache.open("o/0")


def test_a_name_that_was_deleted_elsewhere_and_written_here_is_not_served_old(cache, far):
    for write in (lambda: cache.put("name", [b"new"]), lambda: write_in_pieces(cache)):
        far.near.put("name", [b"old"])
        assert cache.read("name") == b"old"
        far.near.delete("name")
        write()
        assert cache.read("name") == b"new"
        cache.delete("name")


def write_in_pieces(cache):
    writer = cache.create("name")
    writer.write(b"new")
    writer.commit()


@pytest.mark.parametrize("where", [0, 60_000, -60])
def test_a_flipped_bit_is_found_by_the_seal_and_dropping_the_copy_heals_it(cache, tmp_path, where):
    sealed, data = Sealed(cache), random.Random(1).randbytes(100_000)
    ref = sealed.write(data, KEY, context="c", name="sealed/aa")
    assert sealed.read(ref, KEYS) == data
    (path,) = files(tmp_path / "cache")
    stored = bytearray(path.read_bytes())
    stored[where] ^= 1
    path.write_bytes(stored)
    try:
        assert sealed.read(ref, KEYS) == data  # in the label: the copy is fetched anew
    except SealBroken:
        assert cache.drop(ref.name) is True
    assert sealed.read(ref, KEYS) == data
    assert cache.remote.near.has(ref.name)
    assert cache.drop("sealed/none") is False


@pytest.mark.parametrize("size", [0, 10, 50_000, 99_999, 100_030])
def test_a_copy_that_was_cut_is_fetched_anew(cache, far, tmp_path, size):
    fill(far, 1)
    cache.read("o/0")
    (path,) = files(tmp_path / "cache")
    os.truncate(path, size)
    assert cache.size("o/0") == 100_000
    assert cache.read("o/0") == far.near.read("o/0")
    assert len(far.asked("read", "o/0")) == 2


def test_a_copy_that_is_cut_while_it_is_read_is_read_from_the_remote(cache, far, tmp_path):
    fill(far, 1)
    with cache.open("o/0") as reader:
        (path,) = files(tmp_path / "cache")
        os.truncate(path, 50_000)
        assert reader.read(0, 10) == far.near.read("o/0", 0, 10)
        assert reader.read(49_990, 100) == far.near.read("o/0", 49_990, 100)
        assert reader.read(0, 100_000) == far.near.read("o/0")
    assert (files(tmp_path / "cache"), far.readers) == ([], 0)


def test_a_sealed_object_that_came_damaged_is_not_kept(cache, far, tmp_path):
    ref = Sealed(cache).write(b"x" * 10_000, KEY, context="c", name="sealed/aa")
    good = far.near.bytes_of[ref.name]
    far.near.bytes_of[ref.name] = good[:5000] + bytes([good[5000] ^ 1]) + good[5001:]
    with pytest.raises(SealBroken):
        Sealed(cache).read(ref, KEYS)
    assert files(tmp_path / "cache") == []
    far.near.bytes_of[ref.name] = good
    assert Sealed(cache).read(ref, KEYS) == b"x" * 10_000


def test_a_check_removes_what_is_damaged_gone_or_different_and_keeps_the_rest(cache, far, tmp_path):
    names = fill(far, 6)
    for name in names:
        cache.read(name)
        age(tmp_path, 1)
    oldest, *_, newest = sorted(files(tmp_path / "cache"), key=lambda path: path.stat().st_mtime)
    stored = bytearray(oldest.read_bytes())
    stored[50_000] ^= 1
    oldest.write_bytes(stored)
    os.truncate(newest, 10)
    far.near.delete(names[1])
    far.near.bytes_of[names[2]] = b"shorter"
    found = cache.check()
    assert (found.kept, found.damaged, sorted(found.gone)) == (2, 2, names[1:3])
    assert here(cache, names) == names[3:5]
    assert cache.read(names[0]) == far.near.read(names[0])


def test_a_check_finds_damage_also_while_the_remote_is_away(cache, far, tmp_path):
    fill(far, 1)
    cache.read("o/0")
    (path,) = files(tmp_path / "cache")
    path.write_bytes(path.read_bytes().replace(path.read_bytes()[:9], bytes(9)))
    far.away = True
    assert cache.check().damaged == 1
    assert files(tmp_path / "cache") == []


def test_a_lowered_limit_is_kept_to_by_a_check(cache, far, tmp_path):
    cache.prefetch(fill(far, 8))
    lower = CachedStore(far, tmp_path / "cache", 300_000)
    assert lower.check().kept == 2
    assert lower.status().size <= 300_000


def test_while_the_remote_is_away_the_cached_is_read_and_the_rest_is_said_to_be_unavailable(cache, far):
    names = fill(far, 3)
    whole = cache.read(names[0])
    far.away = True
    assert cache.read(names[0]) == whole
    for ask in (cache.read, cache.open, cache.size, cache.has):
        with pytest.raises(StoreUnavailable):
            ask(names[1])
    far.away = False
    assert cache.read(names[1]) == far.near.read(names[1])


def test_a_remote_that_goes_away_in_the_middle_leaves_nothing(cache, far, tmp_path):
    far.near.put("two", [bytes(200_000)])

    class Breaking(FarStore):
        def ask(self, *words):
            super().ask(*words)
            if words[0] == "read":
                raise StoreUnavailable("The line is cut.", remedy="Wait.")

    broken = CachedStore(Breaking(far.near, far.book), tmp_path / "cache", MIB)
    with pytest.raises(StoreUnavailable):
        broken.open("two")
    assert (files(tmp_path / "cache"), broken.remote.readers) == ([], 0)
    assert cache.read("two") == bytes(200_000)


FILLING = """
from pathlib import Path
from residency.store.directory import DirectoryStore
from residency.store.tiers import CachedStore
from tests.fakes.far import FarStore
from tests.fakes.memory_objects import MemoryObjects
remote, said = FarStore(MemoryObjects(), Path("book")), []
for number in range(20):
    remote.put(f"o/{number}", [bytes([number]) * 100_000])
cache = CachedStore(remote, Path("cache"), 50_000_000, tell=said.append)
for number in [*range(20), *range(20)]:
    assert cache.read(f"o/{number}") == bytes([number]) * 100_000
status = cache.status()
assert len(remote.asked("read")) == status.misses + status.passed, "what had no room was fetched all the same"
print(status.hits > 0, status.misses == status.objects > 5, status.passed > 10, len(said), said[0])
cache.evict(10 ** 9)
assert cache.read("o/19")[:1] == bytes([19]) and cache.status().objects == 1
"""


def test_a_full_disk_sends_reads_to_the_remote_and_is_said_once(tmp_path):
    done = on_a_small_disk(FILLING, 1200, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("True True True 1 The cache does not work as it should: No space left on device.")


def test_a_disk_that_refuses_large_files_fails_no_read(cache, far, tmp_path, said):
    names = fill(far, 3)
    with small_files(4096):
        assert all(cache.read(name) == far.near.read(name) for name in names)
        with cache.pin(names * 100):
            pass
    assert (len(said), files(tmp_path / "cache")) == (1, [])
    assert cache.status().trouble == said[0]
    cache.read(names[0])
    assert cache.status().objects == 1


def test_a_cache_that_may_only_be_read_serves_what_it_has(far, said):
    names = fill(far, 2)
    with read_only(lambda folder: CachedStore(far, folder, MIB).read(names[0])) as folder:
        cache = CachedStore(far.near, folder, MIB, tell=said.append)
        with cache.pin(names):
            assert [cache.read(name) for name in names] == [far.near.read(name) for name in names]
        cache.delete(names[0])
    assert len(said) == 1


def test_a_folder_that_cannot_be_made_is_named(far, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnavailable):
        CachedStore(far, tmp_path / "file" / "cache", MIB)


def test_a_folder_that_vanishes_sends_reads_to_the_remote(cache, far, tmp_path, said):
    names = fill(far, 2)
    cache.read(names[0])
    for path in sorted((tmp_path / "cache").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert [cache.read(name) for name in names] == [far.near.read(name) for name in names]
    assert len(said) == 1
    for ask in (cache.status, cache.check, lambda: cache.evict(1)):
        with pytest.raises(StoreUnavailable, match="the cache"):
            ask()


def test_any_name_has_a_place_and_none_the_place_of_another(cache, far):
    names = ["a", "a.b", "a/b", "a/bC", "a/bc", "a/b/c", "x/" + "long" * 200, "room", "drafts/x"]
    memory = MemoryObjects()
    cache = CachedStore(memory, far.book.parent / "cache", MIB)
    for name in names:
        memory.put(name, [name.encode()])
    assert [cache.read(name) for name in names * 2] == [name.encode() for name in names * 2]
    assert cache.status().hits == cache.status().misses == len(names)

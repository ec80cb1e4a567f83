"""Objects on a disk: the contract, and what a kill, a full disk and a closed folder leave behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from residency.store.attempt import attempt
from residency.store.directory import DirectoryStore
from residency.store.files import write_atomically
from residency.store.objects import ObjectMissing, StoreUnavailable
from residency.store.places import PlaceUnknown, file_url, open_store
from tests.contracts.objects import ObjectStoreContract
from tests.fakes.counting_objects import CountingObjects
from tests.fakes.disks import on_a_small_disk, read_only, small_files
from tests.fakes.memory_objects import MemoryObjects


class TestDirectoryStore(ObjectStoreContract):
    """The store on a disk."""

    @pytest.fixture
    def store(self, tmp_path):
        return DirectoryStore(tmp_path / "objects")

    def test_an_open_object_stays_readable_when_its_name_is_deleted(self, store):
        store.put("going", [b"abcdef"])
        with store.open("going") as reader:
            store.delete("going")
            assert reader.read(2, 3) == b"cde"
        with pytest.raises(ObjectMissing):
            store.open("going")


class TestMemoryObjects(ObjectStoreContract):
    """The fake that other tests use."""

    @pytest.fixture
    def store(self):
        return MemoryObjects()


class TestAnAttempt(ObjectStoreContract):
    """The same store, which forgets what was written if the attempt fails."""

    @pytest.fixture
    def store(self):
        with attempt(MemoryObjects()) as store:
            yield store


def test_an_attempt_that_fails_leaves_nothing_of_its_own(tmp_path):
    store = DirectoryStore(tmp_path)
    store.put("before", [b"x"])

    def three(objects):
        objects.put("one", [b"1"])
        writer = objects.create("two")
        writer.write(b"2")
        writer.commit()
        objects.create("three").discard()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), attempt(store) as objects:
        three(objects)
    assert files(tmp_path) == ["before"]


class TestCountingObjects(ObjectStoreContract):
    """The fake that counts what is read, over the one in memory."""

    @pytest.fixture
    def store(self):
        return CountingObjects(MemoryObjects())

    def test_every_range_that_is_read_is_noted_and_every_reader_that_is_open(self, store):
        store.put("a", [b"0123456789"])
        store.read("a", 2, 3)
        with store.open("a") as reader:
            reader.read_ranges([(0, 1), (5, 2)])
            assert store.open_now == 1
        assert store.ranges == [("a", 2, 3), ("a", 0, 1), ("a", 5, 2)]
        assert (store.bytes_read, store.open_now) == (6, 0)


def files(folder) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_full_disk_is_named_and_leaves_nothing_half_written(tmp_path):
    store = DirectoryStore(tmp_path)
    store.put("before", [b"x" * 1000])
    with small_files(4096), pytest.raises(StoreUnavailable, match="large"):
        store.put("big", [b"x" * 100_000])
    assert files(tmp_path) == ["before"]
    with small_files(4096), pytest.raises(StoreUnavailable):
        write_atomically(tmp_path / "before", b"y" * 100_000)
    assert files(tmp_path) == ["before"]
    assert store.read("before") == b"x" * 1000


FILLING = """
from pathlib import Path
from residency.store.directory import DirectoryStore
from residency.store.objects import ObjectMissing, StoreUnavailable
store = DirectoryStore(Path("objects"))
store.put("before", [b"x" * 1000])
try:
    store.put("big", [b"y" * 20_000] * 10)
except StoreUnavailable as error:
    print(error.message)
print(sorted(p.name for p in Path("objects").rglob("*") if p.is_file()), len(store.read("before")))
store.put("after", [b"z" * 30_000])
"""


def test_a_disk_without_room_is_said_to_be_full_and_is_used_again_when_there_is_room(tmp_path):
    done = on_a_small_disk(FILLING, 64, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["The disk is full: cannot write big.", "['before'] 1000"]


def test_a_folder_that_may_only_be_read_is_named_and_still_read():
    with read_only(lambda folder: DirectoryStore(folder).put("a/kept", [b"x"])) as folder:
        store = DirectoryStore(folder)
        with pytest.raises(StoreUnavailable, match="Permission"):
            store.put("a/new", [b"y"])
        with pytest.raises(StoreUnavailable, match="Permission"):
            write_atomically(folder / "settings", b"y")
        assert store.read("a/kept") == b"x"
        assert files(folder) == ["a/kept"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreUnavailable):
        DirectoryStore(tmp_path / "file" / "objects")


WRITER = """
import sys
from pathlib import Path
from residency.store.directory import DirectoryStore
from residency.store.files import write_atomically
root = Path(sys.argv[1])
store, number = DirectoryStore(root / "objects"), 0
print("ready", flush=True)
while True:
    body = bytes([number % 256]) * 50_000
    store.put(f"run/{number}", [body[:20_000], body[20_000:]])
    write_atomically(root / "newest", body)
    number += 1
"""


@pytest.mark.parametrize("moment", range(6))
def test_a_kill_at_any_moment_leaves_whole_objects_or_none(tmp_path, moment):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"ready\n"
    time.sleep(0.01 + 0.013 * moment)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    store = DirectoryStore(tmp_path / "objects")
    for name in store.names():
        assert store.read(name) == bytes([int(name.partition("/")[2]) % 256]) * 50_000
    if (tmp_path / "newest").exists():
        assert len(set((tmp_path / "newest").read_bytes())) == 1
        assert (tmp_path / "newest").stat().st_size == 50_000
    store.sweep()
    assert [name for name in files(tmp_path / "objects") if name.startswith(".tmp")] == []


def test_the_sweep_takes_what_the_dead_left_and_nothing_of_the_living(tmp_path):
    store = DirectoryStore(tmp_path)
    writer = store.create("living")
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    (tmp_path / ".tmp" / f"{child.pid}.abc").write_bytes(b"half")
    (tmp_path / ".tmp" / "stray").write_bytes(b"half")
    assert store.sweep() == 2
    writer.write(b"x")
    writer.commit()
    assert store.read("living") == b"x"


def test_a_small_file_is_readable_by_its_owner_alone_unless_said_otherwise(tmp_path):
    write_atomically(tmp_path / "secret", b"x")
    write_atomically(tmp_path / "public", b"x", mode=0o644)
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert (tmp_path / "public").stat().st_mode & 0o044


def test_a_store_is_opened_from_its_url(tmp_path):
    place = tmp_path / "with space"
    open_store(file_url(place)).put("a", [b"x"])
    assert DirectoryStore(place).read("a") == b"x"


@pytest.mark.parametrize("url", ["", "s3://bucket", "file://host/path", "/plain/path", "http://x"])
def test_a_url_of_no_known_place_is_refused(url):
    with pytest.raises(PlaceUnknown):
        open_store(url)

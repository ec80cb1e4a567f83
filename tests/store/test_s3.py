"""Objects on a real S3 server: the contract, several writers at once, and sealed bytes and volumes over it."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from residency.store.access import StoreAccess
from residency.store.answers import ObjectChanged
from residency.store.arrays import open_volume, write_volume
from residency.store.directory import DirectoryStore
from residency.store.frames import intact
from residency.store.objects import NameTaken, ObjectMissing
from residency.store.places import PlaceUnknown, open_store
from residency.store.s3 import S3Store
from residency.store.sealed import GroupKey, Sealed
from tests.contracts.objects import ObjectStoreContract

KEY = GroupKey("group-1", bytes(range(32)))
KEYS = {KEY.id: KEY.key}


@pytest.fixture
def store(seaweed):
    return S3Store(seaweed.access())


class TestS3Store(ObjectStoreContract):
    """The store on a server."""

    @pytest.fixture
    def store(self, store):
        return store


def test_a_store_is_opened_from_its_access(seaweed, tmp_path):
    assert isinstance(open_store(seaweed.access()), S3Store)
    assert isinstance(open_store(StoreAccess(url=tmp_path.as_uri())), DirectoryStore)
    with pytest.raises(PlaceUnknown):
        open_store("s3://bucket/without-credentials")


def test_stores_of_two_prefixes_do_not_see_each_other(seaweed):
    one, other = seaweed.access(), seaweed.access()
    deeper = one.model_copy(update={"url": f"{one.url}/deeper"})
    S3Store(one).put("a", [b"1"])
    S3Store(deeper).put("a", [b"2"])
    assert list(S3Store(other).names()) == []
    assert S3Store(one).read("a") == b"1"
    assert list(S3Store(deeper).names()) == ["a"]


def test_a_store_may_be_a_whole_bucket(seaweed):
    store = S3Store(seaweed.access(url=f"s3://{seaweed.new_bucket()}"))
    store.put("a/b", [b"1"])
    store.put("c", [b"2"])
    assert list(store.names()) == ["a/b", "c"]
    assert store.read("a/b") == b"1"


def test_a_listing_is_whole_and_sorted_however_many_pages_the_server_needs(store):
    names = [f"many/{number}" for number in range(1050)] + ["many-more/1", "many.txt"]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: store.put(name, [b"x"]), names))
    assert list(store.names()) == sorted(names)
    assert list(store.names("many/10")) == sorted(name for name in names if name.startswith("many/10"))


def test_of_many_who_write_one_name_at_once_exactly_one_is_told_that_it_did(store):
    for number in range(5):
        name, start = f"race/{number}", threading.Barrier(4)
        writers = [store.create(name) for _ in range(4)]

        def finish(who, writers=writers, start=start):
            writers[who].write(bytes([who]) * 1000)
            start.wait(10)
            try:
                writers[who].commit()
            except NameTaken:
                return None
            return who

        with ThreadPoolExecutor(4) as pool:
            (winner,) = [who for who in pool.map(finish, range(4)) if who is not None]
        assert store.read(name) == bytes([winner]) * 1000


def test_threads_share_a_store(store):
    def round_trip(number):
        body = os.urandom(1000) + bytes([number])
        store.put(f"shared/{number}", [body])
        with store.open(f"shared/{number}") as reader:
            return reader.read_ranges([(1000, 1), (0, 1000)]) == [body[1000:], body[:1000]]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(round_trip, range(64)))


def test_an_object_that_is_replaced_while_it_is_open_is_never_read_as_if_it_were_the_old_one(store):
    store.put("kept", [b"a" * 1000])
    with store.open("kept") as reader:
        store.delete("kept")
        with pytest.raises(ObjectMissing):
            reader.read(0, 10)
        store.put("kept", [b"b" * 1000])
        for ask in (lambda: reader.read(0, 10), lambda: reader.read_ranges([(0, 1), (999, 1)])):
            with pytest.raises(ObjectChanged, match="kept"):
                ask()


def test_sealed_bytes_are_read_back_from_a_server(store):
    place = Sealed(store)
    for size in (0, 1, 256 * 1024, 256 * 1024 + 1, 3_000_000):
        data = os.urandom(size)
        ref = place.write(data, KEY, context="intake/1")
        assert place.read(ref, KEYS) == data
        assert intact(store, ref.name)
        with place.open(ref, KEYS) as file:
            file.seek(size // 2)
            assert file.read(100) == data[size // 2 :][:100]


def test_a_volume_is_read_in_boxes_from_a_server(store):
    place = Sealed(store)
    array = np.random.default_rng(7).integers(-1024, 3071, (40, 70, 33), dtype=np.int16)
    ref = write_volume(place, KEY, array, spacing_mm=(3.0, 0.7, 0.7), context="c")
    volume = open_volume(place, ref, KEYS)
    for box in ((slice(0, 40), slice(0, 70), slice(0, 33)), (slice(31, 33), slice(5, 64), slice(0, 1))):
        assert np.array_equal(volume[box], array[box])

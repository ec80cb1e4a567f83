"""Shards: any box of any array comes out as it went in, for those who hold its key; anything else is named."""

import json
import os
import secrets
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.errors import Broken
from residency.store.arrays import Shards
from residency.store.directory import DirectoryStore
from residency.store.frames import TRAILER, SealBroken, intact
from residency.store.grid import CHUNKS, cell_box, cells_in_order, grid_of, ranks, touched
from residency.store.objects import ObjectMissing, StoreUnavailable
from residency.store.sealed import GroupKey, KeyNotHeld
from residency.store.shards import SHARD_MAGIC, ArrayRef, ArrayRefused, ShardWriter
from tests.fakes.counting_objects import CountingObjects
from tests.fakes.disks import small_files
from tests.fakes.memory_objects import MemoryObjects

ONE, TWO = GroupKey("group-1", bytes(range(32))), GroupKey("group-2", bytes(range(1, 33)))
KEYS = {ONE.id: ONE.key, TWO.id: TWO.key}
RANDOM = np.random.default_rng(11)
CT = RANDOM.integers(-1024, 3071, (40, 70, 33), dtype=np.int16)
MASK = np.zeros((40, 70, 33), np.uint8)
MASK[5:9, 30:40, 2:20] = 3


def sealed(*arrays, objects=None, key=ONE, **how):
    objects = MemoryObjects() if objects is None else objects
    writer = ShardWriter(objects, **how)
    refs = [writer.add(key, array, context=f"array {number}") for number, array in enumerate(arrays)]
    writer.commit()
    return objects, refs


@pytest.mark.parametrize("shape", [(1,), (65536,), (200_000,), (1, 1), (128, 129), (300, 5), (1, 1, 1), (65, 33, 31)])
@pytest.mark.parametrize("codec", ["hot", "archive"])
def test_arrays_of_one_two_and_three_dimensions_come_back(shape, codec):
    array = RANDOM.integers(0, 5, shape).astype(np.uint16)
    objects, (ref,) = sealed(array, codec=codec)
    back = Shards(objects).open(ref, KEYS)
    assert np.array_equal(back.whole(), array)
    assert (back.shape, back.dtype, ref.size) == (shape, np.uint16, array.nbytes)
    back.check()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_box_of_any_array_of_a_shard_is_what_numpy_would_cut(data):
    arrays = [
        RANDOM.integers(0, 3000, shape).astype(dtype)
        for shape, dtype in (((40, 70, 33), "i2"), ((300, 140), ">u4"), ((70_000,), "f8"), ((9, 9, 9), "?"))
    ]
    objects, refs = sealed(*arrays)
    shards = Shards(objects)
    for array, ref in zip(arrays, refs, strict=True):
        box = tuple(
            slice(start, data.draw(st.integers(start + 1, extent)))
            for extent in array.shape
            for start in [data.draw(st.integers(0, extent - 1))]
        )
        assert np.array_equal(shards.open(ref, KEYS)[box], array[box])


def test_a_box_is_read_into_the_callers_memory_whatever_its_strides():
    objects, (ref,) = sealed(CT)
    buffer = np.zeros((60, 60, 60), np.int16, order="F")
    part = buffer[::2, 5:15, 3:13]
    volume = Shards(objects).open(ref, KEYS)
    assert volume.read((slice(3, 33), slice(20, 30), slice(9, 19)), out=part) is part
    assert np.array_equal(buffer[::2, 5:15, 3:13], CT[3:33, 20:30, 9:19])
    assert np.count_nonzero(buffer) == np.count_nonzero(part)


def test_what_is_equal_throughout_takes_no_bytes():
    objects, refs = sealed(np.full((64, 64, 64), -1024, np.int16), np.full(70_000, np.nan), MASK)
    assert objects.size(refs[0].name) < 5_000
    shards = Shards(objects)
    assert (shards.open(refs[0], KEYS).whole() == -1024).all()
    assert np.isnan(shards.open(refs[1], KEYS).whole()).all()
    assert np.array_equal(shards.open(refs[2], KEYS).whole(), MASK)


@pytest.mark.parametrize("array", [np.zeros((2, 2, 2, 2)), np.zeros(()), np.zeros((0, 3)), np.array(["a"], object)])
def test_what_cannot_be_cut_in_chunks_is_refused(array):
    with pytest.raises(ArrayRefused):
        ShardWriter(MemoryObjects()).add(ONE, array, context="c")


def test_a_box_fetches_only_the_chunks_that_it_touches_in_few_pieces():
    array = RANDOM.integers(0, 30000, (128, 128, 128), dtype=np.int16)
    objects, (ref,) = sealed(array)
    counted = CountingObjects(objects)
    volume = Shards(counted).open(ref, KEYS)
    before = counted.bytes_read
    volume[32:64, 32:96, 32:64]
    assert counted.bytes_read - before < 2.2 * 65536
    assert counted.open_now == 1


def test_the_chunks_of_a_brick_lie_side_by_side():
    order = ranks((8, 8, 8))
    assert sorted(order[:4, :4, :4].ravel()) == list(range(64))
    assert sorted(order[4:, 4:, 4:].ravel()) == list(range(448, 512))
    assert sorted(order[:2, :2, :2].ravel()) == list(range(8))


@given(st.lists(st.integers(1, 12), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_every_cell_has_one_rank_and_every_element_one_cell(grid):
    cells = cells_in_order(tuple(grid))
    assert sorted(map(tuple, cells.tolist())) == sorted(np.ndindex(*grid))
    assert [int(ranks(tuple(grid))[tuple(cell)]) for cell in cells] == list(range(len(cells)))
    shape, chunk = tuple(3 * n - 1 for n in grid), (3,) * len(grid)
    seen = np.zeros(shape, int)
    for cell in cells:
        seen[cell_box(tuple(cell), shape, chunk)] += 1
    assert (seen == 1).all()
    whole = tuple(slice(0, extent) for extent in shape)
    assert len(list(touched(whole, shape, chunk).targets)) == len(cells)


def test_each_array_opens_for_its_own_group_alone():
    objects = MemoryObjects()
    writer = ShardWriter(objects)
    mine = writer.add(ONE, CT, context="mine")
    other = writer.add(TWO, CT, context="other")
    writer.commit()
    assert mine.name == other.name
    assert mine.digest != other.digest
    assert np.array_equal(Shards(objects).open(mine, {ONE.id: ONE.key}).whole(), CT)
    with pytest.raises(KeyNotHeld):
        Shards(objects).open(other, {ONE.id: ONE.key})
    with pytest.raises(SealBroken):
        Shards(objects).open(other, {TWO.id: ONE.key})


@pytest.mark.parametrize("change", [{"array": 1}, {"array": 9}, {"context": "other"}, {"digest": "hmac-sha256:00"}])
def test_a_reference_that_says_otherwise_is_not_followed(change):
    objects, (ref, _) = sealed(CT, MASK)
    with pytest.raises(SealBroken):
        Shards(objects).open(ref.model_copy(update=change), KEYS)


def test_a_group_that_the_directory_does_not_say_is_not_followed():
    objects, (ref,) = sealed(CT)
    with pytest.raises(SealBroken):
        Shards(objects).open(ref.model_copy(update={"group": TWO.id}), {TWO.id: ONE.key})


def test_every_flipped_bit_is_found():
    """Every byte is touched by the whole; a flip in the trailer alone changes no number and is found without a key."""
    array = RANDOM.integers(0, 9, (34, 3, 40), dtype=np.int16)
    objects, (ref, _) = sealed(array, np.full((3, 3), 7, np.uint8))
    whole = objects.bytes_of[ref.name]
    for position in range(len(whole)):
        changed = bytearray(whole)
        changed[position] ^= 1 << secrets.randbelow(8)
        objects.bytes_of[ref.name] = bytes(changed)
        assert not intact(objects, ref.name)
        if position < len(whole) - TRAILER:
            # A flip in what belongs to the other array alone leaves this one as it was.
            with suppress(Broken):
                assert np.array_equal(Shards(objects).open(ref, KEYS).whole(), array)
                assert position > len(whole) - 700


def test_a_cut_at_any_length_is_found():
    objects, (ref,) = sealed(np.arange(50, dtype=np.int16))
    whole = objects.bytes_of[ref.name]
    for length in range(len(whole)):
        objects.bytes_of[ref.name] = whole[:length]
        assert not intact(objects, ref.name)
        with pytest.raises(Broken):
            Shards(objects).open(ref, KEYS).whole()


def test_chunks_that_changed_places_are_found():
    array = RANDOM.integers(0, 2**15, (32, 32, 64), dtype=np.int16)
    objects, (ref,) = sealed(array)
    whole = objects.bytes_of[ref.name]
    start = len(SHARD_MAGIC) + 2 + int.from_bytes(whole[len(SHARD_MAGIC) : len(SHARD_MAGIC) + 2], "big")
    length = 32 * 32 * 32 * 2
    one, two = whole[start : start + length], whole[start + length : start + 2 * length]
    objects.bytes_of[ref.name] = whole[:start] + two + one + whole[start + 2 * length :]
    with pytest.raises(Broken):
        Shards(objects).open(ref, KEYS).whole()


def test_another_shard_in_its_place_is_found():
    objects, (ref,) = sealed(CT)
    _, (other,) = sealed(CT, objects=objects)
    objects.bytes_of[ref.name] = objects.bytes_of[other.name]
    # Same content, key and context: the numbers are those that were meant, whichever copy they come from.
    assert np.array_equal(Shards(objects).open(ref, KEYS).whole(), CT)
    _, (older,) = sealed(CT + 1, objects=objects)
    objects.bytes_of[ref.name] = objects.bytes_of[older.name]
    with pytest.raises(SealBroken):
        Shards(objects).open(ref, KEYS)


def test_a_shard_exchanged_while_it_is_read_gives_no_mixture(tmp_path):
    objects, (ref,) = sealed(CT, objects=DirectoryStore(tmp_path))
    shards = Shards(objects)
    volume = shards.open(ref, KEYS)
    data = objects.read(ref.name)
    objects.delete(ref.name)
    with pytest.raises(ObjectMissing):
        Shards(objects).open(ref, KEYS)
    assert np.array_equal(volume.whole(), CT)
    assert objects.put(ref.name, [data]).size == len(data)


def test_a_full_shard_is_closed_and_another_begun():
    arrays = [RANDOM.integers(0, 2**15, (32, 32, 32), dtype=np.int16) for _ in range(5)]
    objects, refs = sealed(*arrays, target_bytes=100_000)
    assert len({ref.name for ref in refs}) == len(list(objects.names())) == 3
    for array, ref in zip(arrays, refs, strict=True):
        assert np.array_equal(Shards(objects).open(ref, KEYS).whole(), array)


def test_what_is_discarded_or_breaks_off_leaves_nothing(tmp_path):
    objects = MemoryObjects()
    writer = ShardWriter(objects, target_bytes=1)
    for _ in range(3):
        writer.add(ONE, CT, context="c")
    assert list(objects.names()) == []
    writer.discard()
    assert list(objects.names()) == []
    store = DirectoryStore(tmp_path)
    writer = ShardWriter(store)
    with small_files(20_000), pytest.raises(StoreUnavailable):
        writer.add(ONE, CT, context="c")
    writer.discard()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_more_shards_than_may_be_open_are_read_all_the_same(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    arrays = [np.full((4, 4, 4), number, np.int16) + np.arange(4, dtype=np.int16) for number in range(80)]
    objects, refs = sealed(*arrays, objects=DirectoryStore(tmp_path), target_bytes=1)
    shards = Shards(objects)
    opened = [shards.open(ref, KEYS) for ref in refs]
    for _ in range(2):
        assert all(np.array_equal(there.whole(), array) for there, array in zip(opened, arrays, strict=True))
    assert len(os.listdir("/proc/self/fd")) - before < len(arrays)


def test_a_plain_marker_is_found_in_no_byte_of_a_shard():
    marker = b"Okonkwo-Featherstonehaugh"
    text = np.frombuffer(marker * 4000, np.uint8)
    objects, _ = sealed(text, text.reshape(-1, 25)[:, :20].copy())
    stored = b"".join(objects.bytes_of.values())
    assert all(marker[at : at + 5] not in stored for at in range(len(marker) - 4))


def test_no_pair_of_key_and_nonce_occurs_twice(tmp_path):
    """What every shard says of its chunks: salts are all different, and within a shard no number is used again."""
    objects = MemoryObjects()
    salts, used = [], set()
    for number in range(40):
        writer = ShardWriter(objects, name=f"same/{number // 2}" if number % 2 else "")
        for key in (ONE, TWO):
            writer.add(key, MASK if number % 3 else CT, context="same")
        writer.commit()
    for name in objects.names():
        whole = objects.bytes_of[name]
        length = int.from_bytes(whole[len(SHARD_MAGIC) : len(SHARD_MAGIC) + 2], "big")
        header = json.loads(whole[len(SHARD_MAGIC) + 2 :][:length])
        salts.append(header["salt"])
        end = len(whole) - TRAILER - 4
        directory = json.loads(whole[end - int.from_bytes(whole[end : end + 4], "big") : end])
        numbers = [entry[3] for entry in directory]
        assert len(set(numbers)) == len(numbers)
        for group, _, _, nonce in directory:
            assert (header["salt"], group, nonce) not in used
            used.add((header["salt"], group, nonce))
    assert len(set(salts)) == len(salts) == 40


def test_the_chunk_is_the_one_that_was_measured():
    assert CHUNKS == {1: (65536,), 2: (128, 128), 3: (32, 32, 32)}
    assert grid_of((512, 512, 200), CHUNKS[3]) == (16, 16, 7)


def test_a_reference_says_what_identifies_content():
    assert set(ArrayRef.FACTS) < set(ArrayRef.model_fields)

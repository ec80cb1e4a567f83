"""Volumes in boxes, series in packs: what comes out is what went in."""

import blosc2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.store.arrays import open_volume, write_volume
from residency.store.codec import HOT, compress
from residency.store.grid import BoxRefused
from residency.store.packs import read_pack, write_pack
from residency.store.sealed import GroupKey, Sealed
from tests.fakes.memory_objects import MemoryObjects

KEY = GroupKey("group-1", bytes(range(32)))
KEYS = {KEY.id: KEY.key}
SHAPE = (40, 70, 33)
NUMBERS = np.random.default_rng(7).integers(-1024, 3071, SHAPE, dtype=np.int16)


@pytest.fixture
def place() -> Sealed:
    return Sealed(MemoryObjects())


@pytest.fixture(scope="module")
def volume():
    place = Sealed(MemoryObjects())
    return open_volume(place, write_volume(place, KEY, NUMBERS, spacing_mm=(3.0, 0.7, 0.7), context="c"), KEYS)


def parts(extent: int):
    pairs = st.tuples(st.integers(0, extent - 1), st.integers(1, extent))
    return pairs.filter(lambda pair: pair[0] < pair[1]).map(lambda pair: slice(*pair))


@settings(max_examples=80, deadline=None)
@given(st.tuples(*(parts(extent) for extent in SHAPE)))
def test_any_box_is_what_numpy_would_cut(volume, box):
    assert np.array_equal(volume[box], NUMBERS[box])


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*[st.integers(1, 70)] * 3),
    st.sampled_from(["int16", "uint8", "float32", ">i2", "bool"]),
)
def test_a_volume_of_any_shape_and_type_is_read_back(shape, dtype):
    place = Sealed(MemoryObjects())
    array = np.random.default_rng(1).integers(0, 100, shape).astype(dtype)
    back = open_volume(place, write_volume(place, KEY, array, spacing_mm=(1.0, 2.0, 3.0), context="c"), KEYS)
    assert np.array_equal(back.whole(), array)
    assert (back.shape, back.dtype, back.spacing_mm) == (shape, np.dtype(dtype), (1.0, 2.0, 3.0))


@pytest.mark.parametrize(
    "box",
    [
        (slice(0, 41), slice(0, 1), slice(0, 1)),
        (slice(-1, 2), slice(0, 1), slice(0, 1)),
        (slice(0, 4, 2), slice(0, 1), slice(0, 1)),
        (slice(5, 5), slice(0, 1), slice(0, 1)),
        (slice(5, 4), slice(0, 1), slice(0, 1)),
        (slice(0, 1), slice(0, 1)),
        (slice(0, 1),) * 4,
        (0, slice(0, 1), slice(0, 1)),
        slice(0, 3),
        3,
        None,
    ],
)
def test_what_is_no_box_inside_the_volume_is_refused(volume, box):
    with pytest.raises(BoxRefused):
        volume[box]


def test_open_ends_mean_the_borders(volume):
    assert np.array_equal(volume[:, 3:, :5], NUMBERS[:, 3:, :5])


def test_threads_need_not_wait_while_a_chunk_is_unpacked():
    # Packing sets it, and setting it answers what it was. To watch threads instead would say how busy the machine is.
    compress(NUMBERS[:8], HOT)
    assert blosc2.set_releasegil(True)


def test_a_pack_gives_back_its_files_in_order_byte_for_byte(place):
    files = [("0002", b"second"), ("0001", b""), ("0003", bytes(300_000))]
    assert list(read_pack(place, write_pack(place, KEY, files, context="c"), KEYS)) == files
    assert list(read_pack(place, write_pack(place, KEY, [], context="c"), KEYS)) == []

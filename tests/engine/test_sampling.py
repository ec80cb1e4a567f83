"""The order of samples: one for all ranks and all restarts."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.engine.sampling import Batches, Share, generator, place, tune_batches
from residency.engine.spec import IGNORED, TicketItem
from residency.engine.volumes import Volumes
from residency.store.arrays import write_volume
from residency.store.sealed import GroupKey, Sealed
from tests.engine.world import World, tiny_spec
from tests.fakes.far import FarStore


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def items(world):
    return tuple(world.item(number) for number in range(5))


def volumes(world, items, spec, **more):
    return Volumes(world.sealed, items, world.groups, spec, **more)


def batches(world, items, spec, rank=0, ranks=1, ahead=1, **more):
    return Batches(spec, volumes(world, items, spec, **more), Share(rank, ranks), ahead)


def same(one, other):
    return torch.equal(one.image, other.image) and torch.equal(one.target, other.target)


def test_two_ranks_together_see_the_batches_that_one_sees(world, items):
    spec = tiny_spec(batch=4)
    alone = batches(world, items, spec)
    ranks = [batches(world, items, spec, rank, 2) for rank in range(2)]
    for cursor in range(0, 24, 4):
        whole = alone.take(cursor)
        parts = [rank.take(cursor) for rank in ranks]
        assert torch.equal(whole.image, torch.cat([part.image for part in parts]))
        assert torch.equal(whole.target, torch.cat([part.target for part in parts]))


def test_two_restarts_within_one_epoch_change_no_sample(world, items):
    spec = tiny_spec(batch=2)
    whole = [batches(world, items, spec).take(cursor) for cursor in range(0, 10, 2)]
    again = batches(world, items, spec)
    seen = [again.take(0), again.take(2)]
    for cursor in (4, 6):
        seen.append(batches(world, items, spec).take(cursor))
    seen.append(batches(world, items, spec).take(8))
    assert all(same(one, other) for one, other in zip(whole, seen, strict=True))


def test_what_was_read_ahead_for_another_cursor_is_not_taken(world, items):
    spec = tiny_spec(batch=2)
    source = batches(world, items, spec)
    source.take(0)
    assert same(source.take(6), batches(world, items, spec).take(6))


@pytest.mark.parametrize("room", [2**30, 30_000, 0], ids=["all remembered", "one remembered", "none remembered"])
def test_no_batch_depends_on_how_many_threads_read_ahead_nor_on_a_resume_in_the_middle(world, items, room):
    spec = tiny_spec(batch=2, spacing_mm=(1.3, 0.7, 1.9))
    one = batches(world, items, spec, cache_bytes=room)
    whole = {cursor: one.take(cursor) for cursor in range(0, 24, 2)}
    for ahead in (2, 3, 8):
        source = batches(world, items, spec, ahead=ahead, cache_bytes=room)
        assert all(same(source.take(cursor), whole[cursor]) for cursor in whole)
        resumed = batches(world, items, spec, ahead=ahead, cache_bytes=room)
        assert all(same(resumed.take(cursor), whole[cursor]) for cursor in range(10, 24, 2))
        assert all(same(source.take(cursor), whole[cursor]) for cursor in (6, 8, 20, 2, 2, 22))


def test_threads_that_want_one_volume_decode_it_once(world, items, tmp_path):
    far = FarStore(world.sealed.objects, tmp_path / "book", seconds=0.02)
    shared = Volumes(Sealed(far), items, world.groups, tiny_spec())
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(shared.open, [0, 1] * 4))
    assert len({id(sample) for sample in opened}) == 2
    at_once = len(far.asked())
    alone = FarStore(world.sealed.objects, tmp_path / "other")
    for number in (0, 1):
        Volumes(Sealed(alone), items, world.groups, tiny_spec()).open(number)
    assert at_once == len(alone.asked())


def test_a_patch_does_not_depend_on_what_is_remembered(world, items):
    spec = tiny_spec(batch=4, spacing_mm=(1.3, 0.7, 1.9))
    remembering, forgetful = (batches(world, items, spec, cache_bytes=room) for room in (2**30, 0))
    for cursor in range(0, 20, 4):
        assert same(remembering.take(cursor), forgetful.take(cursor))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), items=st.integers(1, 40), epoch=st.integers(0, 50))
def test_every_epoch_shows_every_item_once(seed, items, epoch):
    seen = [place(seed, epoch * items + index, items) for index in range(items)]
    assert [found[:2] for found in seen] == [(epoch, index) for index in range(items)]
    assert sorted(found[2] for found in seen) == list(range(items))


def test_seeds_epochs_and_places_give_different_streams():
    streams = [
        (seed, purpose, epoch, index) for seed in (0, 1) for purpose in (0, 1) for epoch in (0, 1) for index in (0, 1)
    ]
    assert len({generator(*stream).integers(2**62) for stream in streams}) == len(streams)


def test_a_volume_shorter_than_the_patch_is_padded_and_the_padding_is_ignored(world):
    short = world.item(30, shape=(5, 24, 24))
    spec = tiny_spec(batch=2)
    batch = batches(world, (short,), spec).take(0)
    assert batch.image.shape == (2, 1, 8, 16, 16)
    assert (batch.target[:, 5:] == IGNORED).all()
    assert (batch.target[:, :5] != IGNORED).all()


def test_patches_are_drawn_near_a_label_as_often_as_the_spec_says(world):
    far = world.item(31, shape=(12, 96, 96))
    counts = []
    for share in (0.0, 1.0):
        source = batches(world, (far,), tiny_spec(batch=2, patch=(4, 8, 8), foreground=share))
        counts.append(np.mean([(source.take(2 * n).target == 1).flatten(1).any(1).float().mean() for n in range(40)]))
    assert counts[0] < 0.3
    assert counts[1] == 1


def test_the_tune_patches_are_the_same_for_every_number_of_ranks(world, items):
    spec = tiny_spec(tune_patches=3)
    whole = tune_batches(spec, volumes(world, items, spec), Share(0, 1))
    parts = [tune_batches(spec, volumes(world, items, spec), Share(rank, 2)) for rank in range(2)]
    assert [same(one, other) for one, other in zip(whole[::2], parts[0], strict=True)] == [True, True]
    assert same(whole[1], parts[1][0])


def test_labels_that_the_spec_does_not_name_are_background(world, items):
    spec = tiny_spec(labels={7: "other"}, batch=2, foreground=1.0)
    assert (batches(world, items, spec).take(0).target == 0).all()


def test_resampling_keeps_a_slope_a_slope_and_places_it_where_it_was(world):
    spec = tiny_spec(spacing_mm=(1.0, 2.0, 0.5), window={"low_hu": 0, "high_hu": 1000})
    slope = np.broadcast_to(np.arange(24, dtype=np.int16) * 10, (6, 20, 24))
    sample = open_array(world, np.ascontiguousarray(slope), spec)
    assert sample.shape == (6, 10, 48)
    found = sample.image((slice(0, 6), slice(0, 10), slice(4, 44)))
    centres = ((np.arange(4, 44) + 0.5) * 0.5 - 0.5) * 10 / 1000
    np.testing.assert_allclose(found, np.broadcast_to(centres, found.shape), atol=1e-6)


def open_array(world, array, spec):
    key = GroupKey("group-array", bytes(32))
    world.groups[key.id] = key.key
    ref = write_volume(world.sealed, key, array, spacing_mm=(1.0, 1.0, 1.0), context="array")
    return volumes(world, (TicketItem(item="array", subject="array", image=ref),), spec).open(0)

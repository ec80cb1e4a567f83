"""Two real processes that are killed, stopped and started again."""

import pytest

from residency.engine.spec import STOPPED, Progress
from tests.engine.world import Gang, World, tiny_spec


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def items(world):
    """Nine items, of which one is shorter than the patch: an epoch is four steps and a half."""
    many = tuple(world.item(number) for number in range(8))
    return {"train": (*many, world.item(8, shape=(5, 24, 24))), "tune": (world.item(9),)}


@pytest.fixture(scope="module")
def spec():
    """Two processes; dropout and batch norm, so that random state and buffers matter; a checkpoint every two steps."""
    network = {"name": "tests.engine.networks:dropping", "options": {"pause": 0.05}}
    return tiny_spec(processes=2, steps=16, checkpoint_every={"steps": 2}, network=network)


@pytest.fixture(scope="module")
def uninterrupted(world, items, spec) -> Progress:
    gang = Gang(world.ticket(spec, items, checkpoints="checkpoints/whole"))
    assert gang.done() == (0, 0)
    return gang.last("finished")


def test_a_run_killed_twice_in_one_epoch_ends_with_the_bits_of_one_that_was_never_killed(
    world, items, spec, uninterrupted
):
    resumed = []
    for attempt, victim, codes in ((0, 1, (6, -9)), (1, 0, (-9, 6))):
        gang = Gang(world.ticket(spec, items, attempt=attempt, checkpoints="checkpoints/killed"))
        gang.until("step", step=7 + attempt)
        gang.kill_rank(victim)
        # The other rank notices, says so, and ends: nothing is left hanging.
        assert gang.done() == codes
        assert [line.code for line in gang.said if line.event == "failed"] == ["PeersMissing"]
        resumed += [line.step for line in gang.said if line.event == "resumed"]
    last = Gang(world.ticket(spec, items, attempt=2, checkpoints="checkpoints/killed"))
    assert last.done() == (0, 0)
    resumed += [line.step for line in last.said if line.event == "resumed"]
    assert len(resumed) == 2
    assert all(4 <= step <= 10 for step in resumed)
    assert last.last("finished").digest == uninterrupted.digest


def test_when_one_rank_is_terminated_all_checkpoint_at_the_end_of_the_same_step_and_stop(world, items, spec):
    gang = Gang(world.ticket(spec, items, checkpoints="checkpoints/stopped"))
    gang.until("step", step=3)
    gang.terminate_rank(1)
    assert gang.done() == (STOPPED, STOPPED)
    stopped = [line for line in gang.said if line.event == "stopped"]
    assert len({line.step for line in stopped}) == 1
    assert gang.last("checkpoint").step == stopped[0].step


@pytest.mark.long
def test_three_ranks_add_their_gradients_in_the_same_order_after_a_kill(world, items):
    spec = tiny_spec(processes=3, batch=3, steps=10, network={"channels": (8, 16, 16)}, checkpoint_every={"steps": 1})
    whole = Gang(world.ticket(spec, items, checkpoints="checkpoints/three"))
    assert whole.done() == (0, 0, 0)
    killed = Gang(world.ticket(spec, items, checkpoints="checkpoints/three-killed"))
    killed.until("step", step=3)
    killed.kill_rank(2)
    killed.done()
    last = Gang(world.ticket(spec, items, attempt=1, checkpoints="checkpoints/three-killed"))
    assert last.done() == (0, 0, 0)
    assert last.last("finished").digest == whole.last("finished").digest

"""What one worker does, in this process: begin, stop, go on, replay, predict."""

from datetime import timedelta

import numpy as np
import pytest
import torch

from residency.engine.checkpoint import CheckpointMissing, SpecDiffers, find_checkpoint
from residency.engine.halt import Halt
from residency.engine.loop import LossDiverged
from residency.engine.sampling import NothingToLearn
from residency.engine.spec import STOPPED
from residency.engine.volumes import GeometryDiffers
from residency.engine.worker import work
from residency.kernel.clock import system_clock
from residency.kernel.digest import digest
from residency.store.arrays import open_volume
from residency.store.sealed import KeyNotHeld
from tests.engine.networks import Observed
from tests.engine.world import Listener, World, tiny_spec

LATER = system_clock() + timedelta(hours=1)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def items(world):
    return {"train": tuple(world.item(number) for number in range(5)), "tune": (world.item(9),)}


def train(ticket, halt=None) -> tuple[int, Listener]:
    listener = Listener()
    code = work(ticket, rank=0, listening=None, say=listener.say, halt=halt or Halt(LATER))
    return code, listener


class Countdown(Halt):
    """Asks to stop when it is looked at for the n-th time."""

    def __init__(self, looks: int) -> None:
        super().__init__(LATER)
        self.left = looks

    def reason(self) -> str:
        """Empty until then."""
        self.left -= 1
        return "" if self.left > 0 else "asked to"


def test_a_run_stopped_at_every_step_ends_with_the_bits_of_one_that_was_never_stopped(world, items):
    spec = tiny_spec(processes=1, steps=6)
    _, whole = train(world.ticket(spec, items, checkpoints="checkpoints/whole"))
    for attempt in range(5):
        code, _ = train(world.ticket(spec, items, attempt=attempt), Countdown(1))
        assert code == STOPPED
    code, last = train(world.ticket(spec, items, attempt=5))
    assert code == 0
    assert last.last("resumed").step == 5
    finished = last.last("finished")
    assert finished.digest == whole.last("finished").digest
    assert digest(world.sealed.read(finished.ref, {world.run_key.id: world.run_key.key})) == finished.digest


def test_a_replay_ends_at_the_next_checkpoint_with_the_same_bits_and_writes_nothing(world, items):
    spec = tiny_spec(processes=1)
    train(world.ticket(spec, items))
    wanted = find_checkpoint(world.sealed, world.ticket(spec, items), step=8)
    before = set(world.sealed.objects.names())
    for start in ({"start": "step", "start_step": 4}, {"start": "scratch"}):
        code, replay = train(world.ticket(spec, items, purpose="prove", stop_after=8, **start))
        assert code == 0
        assert (replay.last("finished").step, replay.last("finished").digest) == (8, wanted.weights)
    assert set(world.sealed.objects.names()) == before


def test_a_lease_that_has_ended_leaves_a_checkpoint_after_one_step(world, items):
    ticket = world.ticket(tiny_spec(processes=1), items)
    code, said = train(ticket, Halt(system_clock()))
    assert code == STOPPED
    assert said.last("stopped").reason == "the lease has ended"
    assert find_checkpoint(world.sealed, ticket).step == said.last("stopped").step == 1


def test_what_a_run_seals_no_other_key_opens(world, items):
    ticket = world.ticket(tiny_spec(processes=1, steps=2), items)
    train(ticket)
    stranger = ticket.model_copy(update={"run_key": ticket.run_key.model_copy(update={"key": bytes(32)})})
    with pytest.raises(Exception, match="not what was sealed"):
        find_checkpoint(world.sealed, stranger)


def test_a_group_whose_key_was_not_given_is_not_read(world, items):
    ticket = world.ticket(tiny_spec(processes=1), items)
    with pytest.raises(KeyNotHeld):
        train(ticket.model_copy(update={"groups": {}}))


def test_another_specification_does_not_go_on_from_this_checkpoint(world, items):
    train(world.ticket(tiny_spec(processes=1, steps=2), items))
    with pytest.raises(SpecDiffers):
        train(world.ticket(tiny_spec(processes=1, steps=3), items))


def test_a_step_that_has_no_checkpoint_cannot_be_the_start(world, items):
    with pytest.raises(CheckpointMissing, match="of step 3"):
        train(world.ticket(tiny_spec(processes=1), items, purpose="prove", start="step", start_step=3))


def test_a_split_without_labels_teaches_nothing(world):
    bare = world.item(1).model_copy(update={"label": None})
    with pytest.raises(NothingToLearn):
        train(world.ticket(tiny_spec(processes=1), {"train": (bare,)}))


def test_a_label_of_another_geometry_is_refused(world):
    image, other = world.item(1), world.item(2, shape=(9, 20, 20))
    mixed = image.model_copy(update={"label": other.label})
    with pytest.raises(GeometryDiffers):
        train(world.ticket(tiny_spec(processes=1), {"train": (mixed,)}))


def test_a_loss_that_is_no_number_ends_the_run_by_name(world, items):
    spec = tiny_spec(processes=1, optimizer={"name": "sgd", "learning_rate": 1e30}, schedule={"warmup_steps": 0})
    with pytest.raises(LossDiverged):
        train(world.ticket(spec, items))


def test_a_trained_network_finds_the_ball_on_the_grid_of_each_image(world, items):
    spec = tiny_spec(processes=1, steps=60, network={"channels": (8, 16)})
    train(world.ticket(spec, items))
    fine = world.item(21, shape=(6, 48, 40), spacing=(1.0, 0.5, 0.6))
    held = {"test": (world.item(20), fine)}
    code, said = train(world.ticket(spec, held, purpose="predict"))
    assert code == 0
    found = {line.item: line.array for line in said.of("predicted")}
    for item in held["test"]:
        truth = open_volume(world.sealed, item.label, world.groups)
        guess = open_volume(world.sealed, found[item.item], {world.run_key.id: world.run_key.key})
        assert (guess.shape, guess.spacing_mm, guess.dtype) == (truth.shape, truth.spacing_mm, np.uint8)
    guess, truth = (
        open_volume(world.sealed, ref, world.groups | {world.run_key.id: world.run_key.key}).whole()
        for ref in (found["item-20"], held["test"][0].label)
    )
    assert 2 * (guess & truth).sum() / (guess.sum() + truth.sum()) > 0.8


@pytest.mark.parametrize(("precision", "computed"), [("bf16", torch.bfloat16), ("fp32", torch.float32)])
def test_a_network_predicts_in_the_precision_it_was_trained_in(world, items, precision, computed):
    network = {"name": "tests.engine.networks:observed"}
    spec = tiny_spec(processes=1, steps=1, precision=precision, network=network)
    train(world.ticket(spec, items))
    Observed.types.clear()
    code, said = train(world.ticket(spec, {"test": (world.item(20),)}, purpose="predict"))
    assert (code, len(said.of("predicted"))) == (0, 1)
    assert Observed.types == {computed}

"""Checkpoints: what is visible, what comes back, what is refused."""

import pickle

import pytest
import safetensors.torch
import torch

from residency.engine.checkpoint import Checkpoints, find_checkpoint, load_checkpoint
from residency.engine.loop import build_optimizer
from residency.engine.networks import build_network
from residency.engine.parallel import Mesh
from residency.engine.sampling import Share
from residency.engine.sealed_files import CheckpointBroken, SealedFiles, SealedReader
from residency.engine.state import Position, capture, restore
from residency.engine.weights import weights_digest, write_weights
from residency.errors import Broken
from residency.kernel.digest import digest
from residency.store.frames import TRAILER, intact
from residency.store.named import SUFFIX
from tests.engine.world import World, tiny_spec

HERE = Position(7, 14)
ALONE = Mesh(Share(0, 1), torch.device("cpu"))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def ticket(world):
    return world.ticket(tiny_spec(processes=1), {})


def trained(seed: int, steps: int = 2):
    torch.manual_seed(seed)
    spec = tiny_spec(processes=1)
    network = build_network(spec.network, classes=2)
    optimizer = build_optimizer(spec, network)
    for _ in range(steps):
        network(torch.randn(1, 1, 8, 16, 16)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    return network, optimizer


def save(world, ticket, network, optimizer, at=HERE):
    checkpoints = Checkpoints(world.sealed, ticket, ALONE)
    checkpoints.save(at.step, capture(network, optimizer, at, ALONE))
    checkpoints.staged()
    return checkpoints.wait().complete


def test_weights_optimiser_position_and_random_state_come_back_to_the_bit(world, ticket):
    network, optimizer = trained(1)
    save(world, ticket, network, optimizer)
    drawn = torch.rand(3)
    other, moments = trained(2, steps=1)
    complete = find_checkpoint(world.sealed, ticket)
    at = restore(world.sealed, ticket, complete, other, moments, ALONE)
    assert at == HERE
    assert torch.equal(torch.rand(3), drawn)
    assert weights_digest(other.state_dict()) == complete.weights == weights_digest(network.state_dict())
    for mine, theirs in zip(optimizer.state.values(), moments.state.values(), strict=True):
        assert all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_weights_that_move_after_staging_do_not_reach_the_checkpoint(world, ticket):
    network, optimizer = trained(1)
    before = weights_digest(network.state_dict())
    checkpoints = Checkpoints(world.sealed, ticket, ALONE)
    checkpoints.save(7, capture(network, optimizer, HERE, ALONE))
    checkpoints.staged()
    with torch.no_grad():
        for part in network.parameters():
            part.add_(1)
    assert checkpoints.wait().complete.weights == before
    fresh, _ = trained(3, steps=0)
    load_checkpoint(world.sealed, ticket, find_checkpoint(world.sealed, ticket), {"model": fresh.state_dict()})
    assert weights_digest(fresh.state_dict()) == before


def test_a_flipped_bit_in_any_object_of_a_checkpoint_is_refused(world, ticket):
    network, optimizer = trained(1)
    save(world, ticket, network, optimizer)
    names = list(world.sealed.objects.names(ticket.checkpoints))
    assert {name.rpartition("/")[2] for name in names} == {"__0_0.distcp", "metadata", "complete", "complete.names"}
    for name in (name for name in names if not name.endswith(SUFFIX)):
        data = world.sealed.objects.read(name)
        for place in (0, 20, len(data) // 2, len(data) - TRAILER - 1):
            flipped = bytearray(data)
            flipped[place] ^= 1
            replace(world, name, bytes(flipped))
            with pytest.raises(Broken):
                attempt(world, ticket)
        replace(world, name, data[:-1] + bytes([data[-1] ^ 1]))
        assert not intact(world.sealed.objects, name)
        replace(world, name, data)
    assert attempt(world, ticket) == HERE


def test_a_checkpoint_of_another_run_or_step_put_in_its_place_is_refused(world, ticket):
    network, optimizer = trained(1)
    save(world, ticket, network, optimizer, HERE)
    save(world, ticket, network, optimizer, Position(8, 16))
    for file in ("complete", "metadata", "__0_0.distcp"):
        old, new = (f"{ticket.checkpoints}/{step:08d}.0000/{file}" for step in (7, 8))
        kept = world.sealed.objects.read(new)
        replace(world, new, world.sealed.objects.read(old))
        with pytest.raises(Broken):
            attempt(world, ticket)
        replace(world, new, kept)


def test_without_its_last_object_there_is_no_checkpoint(world, ticket):
    network, optimizer = trained(1)
    save(world, ticket, network, optimizer, HERE)
    save(world, ticket, network, optimizer, Position(9, 18))
    world.sealed.objects.delete(f"{ticket.checkpoints}/00000009.0000/complete")
    assert find_checkpoint(world.sealed, ticket).step == 7
    assert find_checkpoint(world.sealed, ticket, step=9) is None


def test_a_later_attempt_may_write_a_step_that_a_killed_one_left_half_written(world, ticket):
    network, optimizer = trained(1)
    save(world, ticket, network, optimizer)
    world.sealed.objects.delete(f"{ticket.checkpoints}/00000007.0000/complete")
    save(world, ticket.model_copy(update={"attempt": 1}), network, optimizer)
    assert find_checkpoint(world.sealed, ticket).attempt == 1


def test_metadata_that_would_run_code_is_refused_even_when_it_is_sealed(world, ticket):
    files = SealedFiles(world.sealed, ticket.run_key.group(), "checkpoints/evil", "checkpoint/evil")
    files.seal(".metadata", pickle.dumps(pytest.fail))
    with pytest.raises(CheckpointBroken, match="no checkpoint holds"):
        SealedReader(files)


def test_a_failing_store_ends_the_save_with_its_own_error_and_shows_nothing(world, ticket):
    network, optimizer = trained(1)
    save(world, ticket, network, optimizer)
    with pytest.raises(Exception, match="exists already"):
        save(world, ticket, network, optimizer)


def test_the_digest_of_weights_depends_on_names_types_shapes_and_values_alone():
    weights = {"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2)}
    same = {"b": torch.ones(2), "a": torch.arange(6.0).reshape(2, 3).t().contiguous().t()}
    assert weights_digest(weights) == weights_digest(same)
    others = [
        {**weights, "b": torch.ones(2, dtype=torch.float64)},
        {**weights, "b": torch.ones(1, 2)},
        {**weights, "b": torch.tensor([1.0, 1.0000001])},
        {"a": weights["a"], "c": weights["b"]},
    ]
    assert len({weights_digest(weights), *map(weights_digest, others)}) == 5


def test_the_file_of_weights_has_their_digest_and_any_reader_of_safetensors_opens_it(world, ticket):
    kinds = [torch.float32, torch.bfloat16, torch.int64, torch.uint8, torch.bool, torch.float64]
    weights = {f"part.{kind}": (torch.arange(5) % 2).to(kind) for kind in kinds} | {"none": torch.zeros(0, 3)}
    ref = write_weights(world.sealed, ticket.run_key.group(), weights, context="weights/run-1")
    data = world.sealed.read(ref, {ticket.run_key.id: ticket.run_key.key})
    assert digest(data) == weights_digest(weights)
    read = safetensors.torch.load(data)
    assert read.keys() == weights.keys()
    assert all(torch.equal(read[name], weights[name]) and read[name].dtype == weights[name].dtype for name in read)


def attempt(world, ticket):
    other, moments = trained(2, steps=1)
    complete = find_checkpoint(world.sealed, ticket)
    return restore(world.sealed, ticket, complete, other, moments, ALONE)


def replace(world, name, data):
    world.sealed.objects.delete(name)
    world.sealed.objects.put(name, [data])

"""What a worker is handed, and what it must never show."""

import base64
import os
import subprocess
import sys

import pytest
from pydantic import ValidationError

from residency.engine.spec import Progress, Ticket, TicketBroken, TrainSpec, read_ticket, ticket_fd
from tests.engine.world import World, tiny_spec


@pytest.fixture
def ticket(tmp_path):
    world = World(tmp_path)
    return world.ticket(tiny_spec(), {"train": (world.item(1), world.item(2))})


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 3},
        {"network": {"name": "unet", "depth": 3}},
        {"labels": {}},
        {"labels": {0: "background"}},
        {"labels": {255: "ignored"}},
        {"batch": 3, "processes": 2},
        {"window": {"low_hu": 100, "high_hu": -100}},
        {"spacing_mm": (0, 1, 1)},
        {"foreground": 1.5},
        {"precision": "fp16"},
        {"patch": (32, 64)},
        {"steps": 0},
    ],
)
def test_a_specification_that_cannot_be_trained_is_refused(wrong):
    with pytest.raises(ValidationError):
        TrainSpec.model_validate({"labels": {1: "liver"}} | wrong)


def test_a_specification_is_resolved_to_its_last_default_and_read_back_the_same():
    spec = TrainSpec(labels={5: "liver", 2: "spleen"})
    assert TrainSpec.model_validate(spec.model_dump(mode="json")) == spec
    assert spec.values == (0, 2, 5)


def test_every_rank_reads_the_whole_ticket_from_the_one_descriptor(ticket):
    descriptor = ticket_fd(ticket)
    try:
        assert [read_ticket(os.dup(descriptor)) for _ in range(3)] == [ticket] * 3
    finally:
        os.close(descriptor)


def test_a_ticket_shows_no_key_in_its_repr_or_in_an_error(ticket):
    keys = [*ticket.groups.values(), ticket.run_key.key]
    body = ticket.model_dump(mode="json")
    with pytest.raises(ValidationError) as wrong:
        Ticket.model_validate(body | {"groups": [*body["groups"].values()], "run_key": body["run_key"]["key"]})
    for shown in (repr(ticket), str(wrong.value)):
        for key in keys:
            assert repr(key)[2:-1] not in shown
            assert base64.b64encode(key).decode()[:20] not in shown


def test_what_is_no_ticket_is_refused_without_being_shown():
    descriptor = os.memfd_create("ticket")
    os.write(descriptor, b'{"run": "run-1", "groups": {"group-1": "c2VjcmV0"}}')
    with pytest.raises(TicketBroken) as error:
        read_ticket(descriptor)
    assert "c2VjcmV0" not in str(error.value)


@pytest.mark.parametrize("wrong", [{"start": "step"}, {"start_step": 3}, {"world": 3}, {"attempt": -1}])
def test_a_ticket_that_contradicts_itself_is_refused(ticket, wrong):
    with pytest.raises(ValidationError):
        Ticket.model_validate(ticket.model_dump() | wrong)


def test_progress_of_an_unknown_kind_is_refused():
    with pytest.raises(ValidationError):
        Progress.model_validate({"event": "celebrated"})


def test_the_specification_is_read_without_torch():
    code = "import sys; from residency.engine import TrainSpec; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

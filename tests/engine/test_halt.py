"""When a worker stops."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from residency.engine.halt import Halt

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def told(lease_until, *lines, attended=False) -> Halt:
    halt = Halt(lease_until, clock=lambda: NOW)
    inlet, outlet = os.pipe()
    os.write(outlet, "".join(f"{line}\n" for line in lines).encode())
    os.close(outlet)
    with os.fdopen(inlet) as control:
        halt.listen(control, attended=attended).join(5)
    return halt


def test_a_worker_goes_on_while_its_lease_lasts_and_stops_when_it_ends():
    assert Halt(NOW + timedelta(seconds=1), clock=lambda: NOW).reason() == ""
    assert Halt(NOW, clock=lambda: NOW).reason() == "the lease has ended"


def test_a_renewed_lease_lasts_and_a_shortened_one_ends():
    later, before = (NOW + timedelta(hours=1)).isoformat(), (NOW - timedelta(hours=1)).isoformat()
    assert told(NOW + timedelta(seconds=1), f'{{"lease_until": "{later}"}}').reason() == ""
    assert told(NOW + timedelta(hours=2), f'{{"lease_until": "{before}"}}').reason() == "the lease has ended"


def test_a_word_to_stop_is_obeyed_and_its_reason_is_kept():
    assert told(NOW + timedelta(hours=1), '{"stop": "consent withdrawn"}').reason() == "consent withdrawn"


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"lease_until": 3}', '{"lease_until": "2026-01-01T00:00:00"}'])
def test_what_cannot_be_understood_stops_the_work(line):
    assert "unintelligible" in told(NOW + timedelta(hours=1), line).reason()


def test_a_silent_supervisor_is_no_reason_to_stop():
    halt = Halt(NOW + timedelta(hours=1), clock=lambda: NOW)
    inlet, outlet = os.pipe()
    with os.fdopen(inlet) as control, os.fdopen(outlet, "w"):
        halt.listen(control, attended=True)
        time.sleep(0.05)
        assert halt.reason() == ""


def test_an_attended_worker_stops_when_its_supervisor_is_gone_and_another_does_not():
    assert told(NOW + timedelta(hours=1), attended=True).reason() == "the supervisor is gone"
    assert told(NOW + timedelta(hours=1)).reason() == ""


def test_the_first_reason_is_the_one_that_is_kept():
    assert (
        told(NOW + timedelta(hours=1), '{"stop": "consent withdrawn"}', attended=True).reason() == "consent withdrawn"
    )

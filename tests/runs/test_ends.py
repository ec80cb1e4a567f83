"""How a run ends that is not let run: by its protocol, by its lease, by a fault that comes again every time."""

import os
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from residency.demo.processes import of_run
from residency.govern import audit
from residency.govern.gate import Gate, NotAllowed
from residency.protocol.protocol import Amend, Approve
from residency.runs.run import Model, Run
from residency.runs.submit import Submit
from residency.runs.supervise import supervise
from tests.fakes.clinic import NUMBER
from tests.fakes.frozen import PAUSING, UNET, study_like
from tests.runs.training import over, said, submit, until

pytestmark = pytest.mark.xdist_group("runs")

BRIEF_LEASE_MINUTES = 0.16
"""A little less than two looks of the supervisor, so that it renews at its first."""


def events_of(clinic, run):
    """The events whose thing or record is this run, oldest first."""
    with clinic.site.ledger.reading() as book:
        return [e for _, e in audit.events(book) if (e["thing"] or {}).get("id") == run or saves(e, run)]


def saves(event, run):
    return any(item["id"] == run for item in event["saved"])


def test_a_run_whose_protocol_is_ended_checkpoints_and_stops_within_a_minute_and_the_log_names_the_gate(
    clinic, frozen, tmp_path
):
    long = study_like(frozen.study, "long", (UNET, PAUSING % 0.2), ("steps: 12\n", "steps: 2000\n"))
    identifier = submit(clinic, long, detach=True).id
    until(clinic, identifier, lambda run: run.step >= 4)
    letter = tmp_path / "change.txt"
    letter.write_text("Closed early.")
    clinic.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="closed early", ends=datetime.now(UTC)))
    clinic.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=letter))
    began = time.monotonic()
    run = until(clinic, identifier, over)
    assert time.monotonic() - began < 30
    assert (run.state, run.why, run.attempt) == ("stopped", "PROTOCOL-EXPIRED", 1)
    stopped = [line for line in said(clinic, identifier) if line.event == "stopped"]
    assert run.step == run.checkpoints[-1].step == stopped[-1].step
    assert clinic.site.objects.has(f"{run.prefix}/{run.step:08}.{run.attempt:04}/complete")
    last = events_of(clinic, identifier)[-1]
    assert (last["act"], last["outcome"], last["reason"]) == ("run.train", "done", "PROTOCOL-EXPIRED")
    while of_run(identifier)[0]:
        time.sleep(0.1)
    with pytest.raises(NotAllowed) as refusal:
        submit(clinic, long)
    assert refusal.value.gates == ("PROTOCOL-EXPIRED",)


def test_a_run_that_dies_at_every_start_gives_up_and_says_why(clinic, frozen):
    broken = study_like(frozen.study, "broken", (UNET, '{name: "tests.runs.networks:exploding"}'))
    run = submit(clinic, broken)
    assert (run.state, run.step, run.attempt, run.checkpoints) == ("failed", 0, 3, ())
    assert run.why.startswith("3 attempts without a new checkpoint")
    assert "RuntimeError at networks.py:" in run.why
    assert "no such weights" not in run.why
    assert clinic.site.ledger.all(Model) == []
    assert events_of(clinic, run.id)[-1]["reason"] == run.why
    again = clinic.do("marsh", "run.submit", Submit(version="liver-ct", file=broken, detach=True))
    assert again.id != run.id


def test_a_lease_is_renewed_for_as_long_as_the_run_may_go_on(clinic, frozen):
    slow = study_like(frozen.study, "slow", (UNET, PAUSING % 1.0))
    identifier = submit(clinic, slow, detach=True).id
    os.kill(keeper_of(identifier), signal.SIGKILL)
    supervise(with_brief_leases(clinic.site), identifier, print)
    run = clinic.site.ledger.get(Run, identifier)
    assert (run.state, run.attempt) == ("finished", 1)
    events = events_of(clinic, identifier)
    first = next(e for e in events if e["outcome"] == "lease")
    (finished,) = [e for e in events if any(item["kind"] == "model" for item in e["saved"])]
    assert finished["at"] > first["detail"]["ends"]
    assert "lease renewed" in [e["reason"] for e in events]


def keeper_of(run):
    """The supervisor, as soon as it is there."""
    while (keeper := of_run(run)[0]) is None:
        time.sleep(0.01)
    return keeper


def with_brief_leases(site):
    """The same site, whose leases last seconds: shorter than site.toml allows."""
    gate = Gate(site.ledger, site.ring, site.log_key, site.clock, country="US", lease_minutes=BRIEF_LEASE_MINUTES)
    settings = site.settings.model_copy(update={"lease_minutes": BRIEF_LEASE_MINUTES})
    return replace(site, gate=gate, settings=settings)

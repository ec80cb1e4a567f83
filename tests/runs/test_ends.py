"""How a run ends that is not let run: by its protocol, by its lease, by a fault that comes again every time."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from residency.demo.processes import of_run
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.kernel.digest import digest
from residency.runs.run import Model, Run
from residency.runs.supervise import supervise
from tests.fakes.frozen import PAUSING, UNET, study_like
from tests.runs.launchers import Scripted, saying
from tests.runs.training import end_protocol, over, said, submit, submit_unkept, until, with_brief_leases

REF = {"name": "runs/a", "group": "keys-a", "size": 1, "stored": 1, "seal": digest(b""), "digest": "", "context": "w"}


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
    end_protocol(clinic, tmp_path)
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


def test_a_stopped_run_goes_on_from_its_last_checkpoint_once_its_protocol_lets_it(clinic, frozen, tmp_path):
    study = study_like(frozen.study, "halted", (UNET, PAUSING % 0.4), ("{steps: 4}", "{steps: 2}"))
    identifier = submit(clinic, study, detach=True).id
    until(clinic, identifier, lambda run: run.step >= 2)
    end_protocol(clinic, tmp_path)
    stopped = until(clinic, identifier, over)
    assert (stopped.state, stopped.attempt) == ("stopped", 1)
    end_protocol(clinic, tmp_path, datetime(2031, 1, 1, tzinfo=UTC))
    run = submit(clinic, study)
    assert (run.id, run.state, run.step, run.attempt, run.why) == (identifier, "finished", 12, 2, "")
    assert run.checkpoints[: len(stopped.checkpoints)] == stopped.checkpoints
    assert [line.step for line in said(clinic, identifier) if line.event == "resumed"] == [stopped.step]
    assert len(clinic.site.ledger.all(Model)) == 1


def test_a_run_whose_protocol_ends_between_its_last_step_and_its_last_word_is_stopped_and_not_failed(
    clinic, frozen, tmp_path
):
    identifier = submit_unkept(clinic, study_like(frozen.study, "last", ("steps: 12\n", "steps: 12\n  seed: 3\n")))
    gone = tmp_path / "gone"
    last = {"step": 12, "digest": digest(b"weights")}
    wait = f"while [ ! -e {gone} ]; do sleep 0.05; done"
    script = "; ".join([saying(event="checkpoint", **last), wait, saying(event="finished", ref=REF, **last)])

    def end():
        until(clinic, identifier, lambda run: run.step == 12)
        end_protocol(clinic, tmp_path)
        gone.touch()

    meanwhile = threading.Thread(target=end)
    meanwhile.start()
    supervise(replace(clinic.site, launcher=Scripted(script)), identifier, print)
    meanwhile.join()
    run = clinic.site.ledger.get(Run, identifier)
    assert (run.state, run.why, run.step) == ("stopped", "PROTOCOL-EXPIRED", 12)
    assert clinic.site.ledger.all(Model) == []


def test_a_lease_is_renewed_for_as_long_as_the_run_may_go_on(clinic, frozen):
    identifier = submit_unkept(clinic, study_like(frozen.study, "slow", (UNET, PAUSING % 1.0)))
    supervise(with_brief_leases(clinic.site), identifier, print)
    run = clinic.site.ledger.get(Run, identifier)
    assert (run.state, run.attempt) == ("finished", 1)
    events = events_of(clinic, identifier)
    first = next(e for e in events if e["outcome"] == "lease" and e["act"] == "run.train")
    (finished,) = [e for e in events if any(item["kind"] == "model" for item in e["saved"])]
    assert finished["at"] > first["detail"]["ends"]
    assert "lease renewed" in [e["reason"] for e in events]


def test_a_run_asks_for_its_own_purpose_and_not_for_the_first_of_the_protocol(clinic, frozen):
    identifier = submit_unkept(clinic, study_like(frozen.study, "other", (UNET, UNET.replace("8", "6"))))
    run = clinic.site.ledger.get(Run, identifier)
    with clinic.site.ledger.writing() as book:
        book.save(run.moved("stop").moved("resume", purpose="advertising"))
    supervise(clinic.site, identifier, print)
    stopped = clinic.site.ledger.get(Run, identifier)
    assert (stopped.state, stopped.why, stopped.attempt) == ("stopped", "PURPOSE", 0)
    assert "lease" not in {event["outcome"] for event in events_of(clinic, identifier) if event["act"] == "run.train"}

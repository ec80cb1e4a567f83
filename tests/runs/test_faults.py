"""What passes by itself ends no run; what comes back every time does, until somebody mends it."""

import sqlite3
import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import event

from residency.errors import Unavailable
from residency.govern.gate import Gate
from residency.govern.ledger import BUSY_SECONDS, Ledger, sqlite_url
from residency.runs.patience import pauses
from residency.runs.run import Model, Run
from residency.runs.supervise import supervise
from tests.fakes.frozen import PAUSING, UNET, study_like
from tests.runs.launchers import Crowded, Scripted, saying
from tests.runs.training import over, said, submit, submit_unkept, until

FULL_DISK = f"exit {Unavailable.exit_code}"


def locked(clinic, seconds):
    """Hold the ledger against every other writer for so long."""
    ledger = sqlite3.connect(clinic.site.folder / "ledger.db", isolation_level=None)
    ledger.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    ledger.execute("ROLLBACK")
    ledger.close()


def impatient(site):
    """The same site, whose ledger waits a moment for a lock where it would wait for many seconds."""
    ledger = Ledger.open(sqlite_url(site.folder / "ledger.db"))
    event.listen(ledger.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 200"))
    ledger.engine.dispose()
    gate = Gate(ledger, site.ring, site.log_key, site.clock, country="US", lease_minutes=site.settings.lease_minutes)
    return replace(site, ledger=ledger, gate=gate)


def undisturbed(clinic, run):
    """Whether a run ended in its first attempt, with every checkpoint and every line of its journal."""
    assert (run.state, run.step, run.attempt, run.lost) == ("finished", 12, 1, ())
    assert [c.step for c in run.checkpoints] == [2, 4, 6, 8, 10, 12]
    assert [line.step for line in said(clinic, run.id) if line.event == "step"] == [*range(1, 13)]
    return True


@pytest.fixture
def pausing(frozen):
    return study_like(frozen.study, "locked-out", (UNET, PAUSING % 0.3), ("{steps: 4}", "{steps: 2}"))


def test_a_ledger_that_is_locked_for_longer_than_it_is_waited_for_stops_no_worker(clinic, pausing):
    identifier = submit_unkept(clinic, pausing)

    def disturb():
        until(clinic, identifier, lambda run: run.step >= 2)
        locked(clinic, 2.5)

    meanwhile = threading.Thread(target=disturb)
    meanwhile.start()
    lines = []
    site = impatient(clinic.site)
    supervise(site, identifier, lines.append)
    meanwhile.join()
    site.ledger.close()
    assert any(line.startswith("LedgerUnavailable") for line in lines)
    assert undisturbed(clinic, clinic.site.ledger.get(Run, identifier))


@pytest.mark.long
def test_a_ledger_that_is_locked_for_longer_than_every_transaction_waits_stops_no_worker(clinic, pausing):
    identifier = submit(clinic, pausing, detach=True).id
    until(clinic, identifier, lambda run: run.step >= 2)
    locked(clinic, BUSY_SECONDS + 4)
    assert undisturbed(clinic, until(clinic, identifier, over))
    assert "LedgerUnavailable" in (clinic.site.folder / "logs" / f"{identifier}.log").read_text()


def test_a_disk_that_is_full_and_a_machine_without_room_are_waited_for(clinic, frozen):
    study = study_like(frozen.study, "crowded", ("steps: 12\n", "steps: 2\n"))
    identifier = submit_unkept(clinic, study)
    began = time.monotonic()
    supervise(replace(clinic.site, launcher=Scripted(*[FULL_DISK] * 3)), identifier, print)
    run = clinic.site.ledger.get(Run, identifier)
    assert (run.state, run.attempt, len(run.lost)) == ("finished", 4, 3)
    assert time.monotonic() - began > 1 + 2 + 4
    study = study_like(frozen.study, "crowded", ("steps: 12\n", "steps: 3\n"))
    identifier = submit_unkept(clinic, study)
    supervise(replace(clinic.site, launcher=Crowded(3)), identifier, print)
    run = clinic.site.ledger.get(Run, identifier)
    assert (run.state, run.attempt, len(run.lost)) == ("finished", 4, 3)


@pytest.mark.long
def test_a_store_that_takes_nothing_for_five_attempts_costs_no_more_than_the_time(clinic, pausing):
    blocked = clinic.site.folder / "objects" / "runs"
    blocked.touch()
    identifier = submit(clinic, pausing, detach=True).id
    lost = until(clinic, identifier, lambda run: len(run.lost) >= 5)
    assert (lost.state, lost.checkpoints) == ("recovering", ())
    blocked.unlink()
    run = until(clinic, identifier, over)
    assert (run.state, run.step) == ("finished", 12)


def test_pauses_grow_and_stay_short_enough_to_notice_that_a_disk_has_room_again():
    rests = pauses()
    assert [next(rests) for _ in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_a_run_that_dies_at_every_start_gives_up_and_says_why_and_goes_on_when_it_is_mended(clinic, frozen, tmp_path):
    needed = tmp_path / "weights"
    network = f'{{name: "tests.runs.networks:wanting", options: {{path: "{needed}"}}}}'
    broken = study_like(frozen.study, "broken", (UNET, network), ("steps: 12\n", "steps: 2\n"))
    run = submit(clinic, broken)
    assert (run.state, run.step, run.attempt, run.checkpoints) == ("failed", 0, 3, ())
    assert run.why.startswith("3 attempts without a new checkpoint")
    assert "RuntimeError at networks.py:" in run.why
    assert "no such weights" not in run.why
    assert clinic.site.ledger.all(Model) == []
    needed.touch()
    again = submit(clinic, broken)
    assert (again.id, again.state, again.step, again.attempt, again.why) == (run.id, "finished", 2, 4, "")


def test_what_each_attempt_ran_on_is_kept(clinic, frozen):
    identifier = submit_unkept(clinic, study_like(frozen.study, "moved", ("steps: 12\n", "steps: 2\n")))
    on = {"cpu_capability": "none", "torch": "0.1"}
    script = f"{saying(event='started', environment=on)}; exit 1"
    supervise(replace(clinic.site, launcher=Scripted(script)), identifier, print)
    run = clinic.site.ledger.get(Run, identifier)
    assert (run.state, run.attempt) == ("finished", 2)
    assert run.environments.keys() == {1, 2}
    assert run.environments[1] == on
    assert run.environment == run.environments[2]
    assert run.environment["torch"] != "0.1"

"""Runs as somebody at the keyboard sees them: submit, wait until they are so far, pull a plug."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from residency.demo.processes import of_run
from residency.engine.spec import Progress
from residency.govern.gate import Gate
from residency.protocol.protocol import Amend, Approve
from residency.runs import journal
from residency.runs.run import FINAL, Run
from residency.runs.submit import Submit
from residency.site import Site
from tests.fakes.clinic import NUMBER, Clinic

PATIENCE_SECONDS = 180
BRIEF_LEASE_MINUTES = 0.16
"""A little less than two looks of the supervisor, so that it renews at its first."""


def submit(clinic: Clinic, study: Path, **how) -> Run:
    """Train as the engineer."""
    return clinic.do("marsh", "run.submit", Submit(version="liver-ct", file=study, **how))


def submit_unkept(clinic: Clinic, study: Path) -> str:
    """Submit where the supervisor dies at once, for a test that wants to be the supervisor itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", "/bin/true")
        return submit(clinic, study, detach=True).id


def end_protocol(clinic: Clinic, folder: Path, ends: datetime | None = None) -> None:
    """Have the protocol end now, or at another time."""
    letter = folder / "change.txt"
    letter.write_text("A change.")
    clinic.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="a change", ends=ends or datetime.now(UTC)))
    clinic.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=letter))


def with_brief_leases(site: Site) -> Site:
    """The same site, whose leases last seconds: shorter than site.toml allows."""
    gate = Gate(site.ledger, site.ring, site.log_key, site.clock, country="US", lease_minutes=BRIEF_LEASE_MINUTES)
    settings = site.settings.model_copy(update={"lease_minutes": BRIEF_LEASE_MINUTES})
    return replace(site, gate=gate, settings=settings)


def steps_said(clinic: Clinic, run: str) -> list[list[int]]:
    """The steps that were told of, attempt by attempt."""
    attempts: list[list[int]] = []
    for line in said(clinic, run):
        if line.event == "started":
            attempts.append([])
        if line.event == "step" and line.step is not None:
            attempts[-1].append(line.step)
    return attempts


def said(clinic: Clinic, run: str) -> list[Progress]:
    """The journal of a run."""
    with clinic.site.ledger.reading() as book:
        return [line for _, line in journal.read(book, run)]


def until(clinic: Clinic, run: str, ready: Callable[[Run], bool]) -> Run:
    """Wait until a run is so far; one that ends before it is fails the test with all that is known."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < ends:
        now = clinic.site.ledger.get(Run, run)
        if ready(now):
            return now
        if now.state in FINAL:
            break
        time.sleep(0.05)
    log = (clinic.site.folder / "logs" / f"{run}.log").read_text()
    raise AssertionError(f"{now.state} at step {now.step}: {now.why} {steps_said(clinic, run)} {log}")


def until_step(clinic: Clinic, run: str, attempt: int, step: int) -> None:
    """Wait until this attempt has told of this step."""

    def ready(_: Run) -> bool:
        attempts = steps_said(clinic, run)
        return len(attempts) >= attempt and step <= max(attempts[attempt - 1], default=0)

    until(clinic, run, ready)


def over(run: Run) -> bool:
    """Whether it has ended."""
    return run.state in FINAL


def kill_worker(run: str, rank: int) -> None:
    """As the kernel would when memory ends."""
    os.kill(of_run(run)[1][rank], signal.SIGKILL)


def running(pid: int) -> bool:
    """Whether a process is at work; one that is only waiting to be buried is not."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def end_processes(clinic: Clinic) -> None:
    """Leave nothing of this clinic's runs behind."""
    for run in clinic.site.ledger.all(Run):
        keeper, workers = of_run(run.id)
        for pid in [*([keeper] if keeper else []), *workers]:
            end(pid)


def end(pid: int) -> None:
    """End a process, if it is still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return

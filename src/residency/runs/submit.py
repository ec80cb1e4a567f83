"""Submit a run: check it, record it, start its supervisor, and follow it.

    run = perform(site, engineer, "run.submit", Submit(version="liver-ct@1", file=Path("study.yaml")))

The same spec on the same version is not trained twice: the run that is there is returned, and gets a new supervisor if
its own died (kill -9, a reboot). Not here: what the
supervisor does (`supervise`).
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from pydantic import Field

from residency.dataset.version import DatasetVersion, find
from residency.documents import read_document
from residency.engine.spec import TrainSpec
from residency.errors import BadInput, Unavailable
from residency.govern.identity import Actor
from residency.kernel.clock import stopwatch
from residency.kernel.digest import digest_of
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.observe.progress import say
from residency.runs import journal
from residency.runs.keeping import is_kept
from residency.runs.run import FINAL, Run
from residency.site import Site

POLL_SECONDS = 0.3
SILENT_SECONDS = 90


class SpecWrong(BadInput):
    """A line of the training's specification cannot be used."""


class SupervisorSilent(Unavailable):
    """The process that keeps a run does not answer."""


class Submit(Part):
    """A training to start."""

    version: str = Field(description="The version to train on: liver-ct, liver-ct@2, or a digest.")
    file: Path = Field(description="A study file, or a file that holds what its 'train:' would.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")
    detach: bool = Field(False, description="Do not wait for the end.")


def submit(site: Site, by: Actor, ask: Submit) -> Run:
    """Start a run on a version, or return the one that is there; raises SpecWrong, NotAllowed."""
    version = find(site, ask.version)
    spec = read_spec(ask.file, version)
    there = existing(site, version, spec)
    if there is not None:
        with site.gate.act(by, "run.submit", version, purpose=ask.purpose, splits=("train", "tune")) as act:
            act.reason = f"{there.id} is this training already"
        if there.state not in FINAL and not is_kept(site, there.id):
            start_supervisor(site, there)
        return there if ask.detach else follow(site, there.id)
    with site.gate.lease(by, "run.submit", version, purpose=ask.purpose, splits=("train", "tune")) as lease:
        identifier = new_id("run", lease.at)
        space = lease.new_space(identifier)
        group = space.new_group("-run", "run", lease.at, by.id)
    run = Run(
        id=identifier,
        made_at=lease.at,
        made_by=by.id,
        version=version.digest(),
        version_id=version.id,
        spec=spec,
        trainer=by.id,
        trainer_name=by.name,
        terms=version.terms,
        data_class=version.data_class,
        caveats=version.caveats,
        space=space.record.id,
        key_group=group.id,
    )
    with site.gate.act(by, "run.submit", version, purpose=ask.purpose, splits=("train", "tune")) as act:
        act.save(run, space.record, *space.made.values())
        act.made(run, of=[version])
    start_supervisor(site, run)
    return run if ask.detach else follow(site, run.id)


def read_spec(file: Path, version: DatasetVersion) -> TrainSpec:
    """The resolved spec: what the file says, the labels of the version, and defaults; raises SpecWrong."""
    return read_document(file, TrainSpec, SpecWrong, section="train", beside={"labels": dict(version.labels)})


def existing(site: Site, version: DatasetVersion, spec: TrainSpec) -> Run | None:
    """A run of this spec on this version that has not failed."""
    wanted = digest_of(spec.model_dump(mode="json"))
    runs = [r for r in site.ledger.all(Run, scope=version.id) if r.state not in ("failed", "stopped")]
    return next((r for r in runs if digest_of(r.spec.model_dump(mode="json")) == wanted), None)


def follow(site: Site, identifier: str) -> Run:
    """Wait for the end of a run, saying how far it is; Ctrl-C leaves it running. Raises SupervisorSilent."""
    seen, heard = 0, stopwatch()
    while True:
        with site.ledger.reading() as book:
            run = book.get(Run, identifier)
            lines = list(journal.read(book, identifier, seen))
        for number, said in lines:
            seen, heard = number + 1, stopwatch()
            if said.step is not None:
                say(f"training ({run.state})", said.step, run.spec.steps)
        if run.state in FINAL:
            return run
        if stopwatch() - heard > SILENT_SECONDS:
            raise SupervisorSilent(
                f"{identifier} has said nothing for {SILENT_SECONDS} s.",
                remedy=f"See logs/{identifier}.log in the site.",
            )
        time.sleep(POLL_SECONDS)


def start_supervisor(site: Site, run: Run) -> None:
    """Start the process that keeps the run; it gets the opened key ring over a descriptor, in memory alone."""
    descriptor = os.memfd_create("ring")
    os.write(descriptor, site.ring.export())
    folder = site.folder / "logs"
    folder.mkdir(exist_ok=True)
    with (folder / f"{run.id}.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "residency", "_supervise", run.id, str(site.folder.absolute()), str(descriptor)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(descriptor,),
            start_new_session=True,
        )
    os.close(descriptor)

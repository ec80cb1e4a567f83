"""Submit a run: check it, record it, start its supervisor, and follow it.

    run = perform(site, engineer, "run.submit", Submit(version="liver-ct@1", file=Path("study.yaml")))

The same spec on the same version is not trained twice, not even by two who submit it at the same moment: the run that
is there is returned, and gets a new supervisor if its own died (kill -9, a reboot). One that failed or was stopped
goes on from its last checkpoint when its trainer submits it again. Not here: what the supervisor does (`supervise`).
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from residency.dataset.version import DatasetVersion, find
from residency.documents import read_document
from residency.engine.spec import TrainSpec
from residency.errors import BadInput, Unavailable
from residency.govern.gate import Act
from residency.govern.identity import Actor
from residency.kernel.digest import digest_of
from residency.kernel.ids import new_id
from residency.kernel.record import Part, Record
from residency.observe.progress import say
from residency.runs import journal
from residency.runs.keeping import is_kept, open_log
from residency.runs.run import FINAL, RESUMABLE, Run
from residency.site import Site

POLL_SECONDS = 0.3
SPLITS = ("train", "tune")


class SpecWrong(BadInput):
    """A line of the training's specification cannot be used."""


class SupervisorSilent(Unavailable):
    """The process that keeps a run is gone, and the run has not ended."""


class SupervisorNotStarted(Unavailable):
    """The operating system did not start the process that keeps a run."""


class Submit(Part):
    """A training to start."""

    version: str = Field(description="The version to train on: liver-ct, liver-ct@2, or a digest.")
    file: Path = Field(description="A study file, or a file that holds what its 'train:' would.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")
    detach: bool = Field(False, description="Do not wait for the end.")


def submit(site: Site, by: Actor, ask: Submit) -> Run:
    """Start a run on a version, or return or resume the one that is there; raises SpecWrong, NotAllowed."""
    version = find(site, ask.version)
    spec = read_spec(ask.file, version.labels)
    there, keys = _known(site, by, version, spec), ()
    if there is None:
        there, keys = _prepare(site, by, ask, version, spec)
    with site.gate.act(by, "run.submit", version, purpose=ask.purpose, splits=SPLITS) as act:
        # Asked again: in here nobody else can be submitting the same.
        known = _known(site, by, version, spec)
        run = _resumed(act, known, ask) if known else there
        if known is None and keys:
            act.save(run, *keys)
            act.made(run, of=[version])
    if run.state in FINAL:
        return run
    keeper = None
    if run is not known or not is_kept(site, run.id):
        keeper = start_supervisor(site, run)
    return run if ask.detach else follow(site, run.id, keeper)


def read_spec(file: Path, labels: Mapping[int, str]) -> TrainSpec:
    """The resolved spec: what the file says, the labels of the data set, and defaults; raises SpecWrong."""
    return read_document(file, TrainSpec, SpecWrong, section="train", beside={"labels": dict(labels)})


def existing(site: Site, version: DatasetVersion, spec: TrainSpec) -> Run | None:
    """A run of this spec on this version that has finished or is on its way."""
    return next((run for run in _of(site, version, spec) if run.state not in RESUMABLE), None)


def follow(site: Site, identifier: str, keeper: subprocess.Popen | None = None) -> Run:
    """Wait for the end of a run, saying how far it is; Ctrl-C leaves it running. Raises SupervisorSilent.

    However long a step takes, it is waited for while a supervisor lives: `keeper`, or whoever holds the run's lock.
    """
    seen = 0
    while True:
        # Asked before the run is read: a supervisor records the end before it lets go.
        kept = (keeper is not None and keeper.poll() is None) or is_kept(site, identifier)
        with site.ledger.reading() as book:
            run = book.get(Run, identifier)
            lines = list(journal.read(book, identifier, seen))
        for number, said in lines:
            seen = number + 1
            if said.step is not None:
                say(f"training ({run.state})", said.step, run.spec.steps)
        if run.state in FINAL:
            return run
        if not kept:
            raise SupervisorSilent(
                f"The supervisor of {identifier} is gone; the run is '{run.state}' at step {run.step}.",
                remedy=f"Submit it again, and it goes on. logs/{identifier}.log in the site may say why.",
            )
        time.sleep(POLL_SECONDS)


def start_supervisor(site: Site, run: Run) -> subprocess.Popen:
    """Start the process that keeps the run; it gets the opened key ring over a descriptor, in memory alone.

    Raises SupervisorNotStarted, LogUnwritable; the run is recorded by then, and submitting it again starts another.
    """
    command = [sys.executable, "-m", "residency", "_supervise", run.id, str(site.folder.absolute())]
    try:
        descriptor = os.memfd_create("ring")
        try:
            os.write(descriptor, site.ring.export())
            with open_log(site, f"{run.id}.log") as log:
                return subprocess.Popen(
                    [*command, str(descriptor)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=(descriptor,),
                    start_new_session=True,
                )
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SupervisorNotStarted(
            f"The supervisor of {run.id} did not start: {error.strerror or type(error).__name__}.",
            remedy="Free memory, files or processes; then submit it again.",
        ) from error


def _known(site: Site, by: Actor, version: DatasetVersion, spec: TrainSpec) -> Run | None:
    """The run that this submission is already: one on its way or finished, or one of this person's that broke off."""
    own = [run for run in _of(site, version, spec) if run.state in RESUMABLE and run.trainer == by.id]
    return existing(site, version, spec) or next(reversed(own), None)


def _of(site: Site, version: DatasetVersion, spec: TrainSpec) -> list[Run]:
    wanted = digest_of(spec.model_dump(mode="json"))
    runs = site.ledger.all(Run, scope=version.id)
    return [run for run in runs if digest_of(run.spec.model_dump(mode="json")) == wanted]


def _prepare(
    site: Site, by: Actor, ask: Submit, version: DatasetVersion, spec: TrainSpec
) -> tuple[Run, tuple[Record, ...]]:
    """A new run, and the records of its keys."""
    with site.gate.lease(by, "run.submit", version, purpose=ask.purpose, splits=SPLITS) as lease:
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
        purpose=ask.purpose,
        terms=version.terms,
        data_class=version.data_class,
        caveats=version.caveats,
        space=space.record.id,
        key_group=group.id,
    )
    return run, (space.record, *space.made.values())


def _resumed(act: Act, run: Run, ask: Submit) -> Run:
    """The run that is there; where it broke off, its next revision, which the act saves."""
    if run.state not in RESUMABLE:
        act.reason = f"{run.id} is this training already"
        return run
    changed = run.moved("resume", why="", purpose=ask.purpose or run.purpose)
    act.reason = f"{run.id} goes on from step {run.step}"
    act.save(changed)
    act.made(changed, of=[run.version])
    return changed

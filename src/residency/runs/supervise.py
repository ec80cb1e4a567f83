"""Supervise a run: one detached process that starts its workers, hears them, restarts them, and stops them in time.

    supervise(site, run.id)        # returns when the run has ended

It acts as the run, on behalf of its submitter, and passes the gate like everybody: to begin an attempt (a lease), at
each checkpoint, and at the end. Every few seconds it asks whether the run still may; if not, the workers checkpoint
and stop. Not here: what a worker does (`engine.worker`), on which machine (`compute`).
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from residency.compute.launcher import Gang
from residency.dataset.version import DatasetVersion
from residency.engine.spec import STOPPED, Progress, Ticket
from residency.errors import Broken, ResidencyError
from residency.govern.gate import NotAllowed
from residency.govern.identity import Actor
from residency.kernel.clock import stopwatch
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.runs import journal, ticket, workers
from residency.runs.keeping import AlreadyKept, keeping
from residency.runs.run import FINAL, CheckpointRef, Model, Run
from residency.site import Site, perform
from residency.store.sealed import SealedRef

TERMS_SECONDS = 5
STOP_SECONDS = 45
FUTILE_ATTEMPTS = 3
SPLITS = ("train", "tune")


class WeightsMissing(Broken):
    """A worker finished without saying where the weights are."""


Event = Literal["place", "renew", "checkpoint", "lose", "finish", "stop", "give-up"]
Log = Callable[[str], object]
"""Takes lines for the run's log file: exit codes and places of faults, no values."""


class Renewed(Part):
    """How long a lease now lasts."""

    lease_until: AwareDatetime


class Report(Part):
    """What a run says of itself."""

    run: str = Field(description="The run.")
    event: Event = Field(description="What happened.")
    step: int = Field(0, description="The step that was reached.")
    weights: str = Field("", description="Digest of the weights at that step.")
    file: SealedRef | None = Field(None, description="Where the final weights are sealed.")
    why: str = Field("", description="Why, where it did not go on.")
    environment: Mapping[str, Any] = Field({}, description="Processor, libraries and flags that the workers found.")


def train(site: Site, by: Actor, ask: Report) -> Run | Ticket | Renewed:
    """Record one event of a run; for `place`, issue the ticket of the next attempt; for `renew`, lengthen its lease."""
    run = site.ledger.get(Run, ask.run)
    if ask.event == "place":
        return _place(site, by, run)
    if ask.event == "renew":
        return _renew(site, by, run)
    splits = () if ask.event in ("stop", "give-up", "lose") else SPLITS
    with site.gate.act(
        by, "run.train", None if ask.event in ("stop", "give-up", "lose") else run, splits=splits
    ) as act:
        act.reason = ask.why
        changed = run.moved(ask.event, **_changes(run, ask))
        act.save(changed)
        act.made(changed, of=[run.version])
        if ask.event == "finish":
            model = _model(site, changed, ask)
            act.save(model)
            act.made(model, of=[changed, run.version])
    return changed


def supervise(site: Site, identifier: str, log: Log) -> None:
    """Keep a run until it has ended."""
    run = site.ledger.get(Run, identifier)
    by = Actor("run", run.id, run.trainer_name)
    try:
        with keeping(site, run.id):
            _keep(site, by, run, log)
    except AlreadyKept:
        raise
    except ResidencyError as error:
        _report(site, by, identifier, "give-up", why=f"{error.code}: {error.message}")
        raise


def _keep(site: Site, by: Actor, run: Run, log: Log) -> None:
    if run.state == "training":
        run = _report(site, by, run.id, "lose", why="its supervisor died")
    futile, last_step = 0, run.step
    while run.state not in FINAL:
        try:
            issued = perform(site, by, "run.train", Report(run=run.id, event="place"))
        except NotAllowed as error:
            _report(site, by, run.id, "stop", why=", ".join(error.gates))
            return
        run = _attempt(site, by, issued, log)
        futile = 0 if run.step > last_step else futile + 1
        last_step = run.step
        if run.state not in FINAL and futile >= FUTILE_ATTEMPTS:
            run = _report(site, by, run.id, "give-up", why=f"{futile} attempts without a new checkpoint; {run.why}")


def _place(site: Site, by: Actor, run: Run) -> Ticket:
    """Begin an attempt: the lease, the next revision, and the ticket."""
    version = site.ledger.get(DatasetVersion, run.version)
    with site.gate.lease(by, "run.train", run, splits=SPLITS) as lease:
        placed = run.moved("place", attempt=run.attempt + 1)
        issued = ticket.issue(site, lease, placed, version, splits=SPLITS)
    with site.gate.act(by, "run.train", run, splits=SPLITS) as act:
        act.reason = f"attempt {placed.attempt}"
        act.save(placed)
    return issued


def _renew(site: Site, by: Actor, run: Run) -> Renewed:
    """A longer lease for the workers that are at it."""
    with site.gate.lease(by, "run.train", run, splits=SPLITS) as lease:
        until = lease.ends
    with site.gate.act(by, "run.train", run, splits=SPLITS) as act:
        act.reason = "lease renewed"
    return Renewed(lease_until=until)


def _attempt(site: Site, by: Actor, issued: Ticket, log: Log) -> Run:
    """One attempt, from the first process to the last; returns the run as it then stands."""
    gang = workers.start(site, f"{issued.run}-{issued.attempt}", issued)
    try:
        watch = _Watch(site, by, issued, gang)
        watch.until_the_end()
    finally:
        gang.kill()
    log(f"attempt {issued.attempt}: ranks left with {gang.codes()}\n{gang.last_words()}\n")
    return watch.conclude()


class _Watch:
    """What the supervisor knows of one attempt."""

    def __init__(self, site: Site, by: Actor, issued: Ticket, gang: Gang) -> None:
        self._site, self._by, self._run, self._gang = site, by, issued.run, gang
        self._until = issued.lease_until
        self._finished: Progress | None = None
        self._reached: Progress | None = None
        self._environment: dict = {}
        self._refused = ""
        self._faults: set[str] = set()
        self._stopping: float | None = None
        self._asked = stopwatch()

    def until_the_end(self) -> None:
        """Hear the ranks until all are gone; one that dies alone takes the others with it."""
        while None in self._gang.codes():
            self._hear(self._gang.lines(seconds=0.5))
            if any(code not in (None, 0, STOPPED) for code in self._gang.codes()):
                break
            if self._stopping is None and stopwatch() - self._asked > TERMS_SECONDS:
                self._ask_again()
            if self._stopping is not None and stopwatch() - self._stopping > STOP_SECONDS:
                break
        while said := self._gang.lines(seconds=0):
            self._hear(said)

    def conclude(self) -> Run:
        """Record how the attempt ended."""
        if self._finished is not None:
            done = self._finished
            return self._say(
                "finish", step=done.step, weights=done.digest, file=done.ref, environment=self._environment
            )
        if self._refused or self._stopping is not None:
            last = self._reached
            reached = {"step": last.step, "weights": last.digest} if last else {}
            return self._say("stop", why=self._refused, **reached)
        return self._say("lose", why=" ".join([f"ranks left with {self._gang.codes()}.", *sorted(self._faults)]))

    def _hear(self, said: list[tuple[int, str]]) -> None:
        lines = workers.progress_of(said)
        if not lines:
            return
        with self._site.ledger.writing() as book:
            journal.write(book, self._run, [line for line in lines if line.rank == 0])
        self._faults |= {line.reason for line in lines if line.event == "failed" and line.reason}
        for line in lines:
            if line.rank != 0:
                continue
            if line.event == "checkpoint":
                self._note(line)
            elif line.event == "finished":
                self._finished = line
            elif line.environment:
                self._environment = line.environment

    def _note(self, said: Progress) -> None:
        """Record a checkpoint; a run that may no longer do so is stopped, and its last one is recorded then."""
        self._reached = said
        if self._stopping is None:
            try:
                self._say("checkpoint", step=said.step, weights=said.digest)
            except NotAllowed as error:
                self._refused, self._stopping = ", ".join(error.gates), stopwatch()
                self._gang.stop()

    def _ask_again(self) -> None:
        """Whether the run still may; a renewed lease if so, a stop if not."""
        self._asked = stopwatch()
        run = self._site.ledger.get(Run, self._run)
        decision = self._site.gate.ask(self._by, "run.train", run, splits=SPLITS)
        if not decision.allowed:
            self._refused, self._stopping = ", ".join(decision.gates), stopwatch()
            self._gang.stop()
        elif self._until - self._site.clock() < timedelta(minutes=self._site.settings.lease_minutes) / 2:
            renewed = perform(self._site, self._by, "run.train", Report(run=self._run, event="renew"))
            self._until = renewed.lease_until
            self._gang.tell(renewed.model_dump_json())

    def _say(self, event: str, **fields: object) -> Run:
        return _report(self._site, self._by, self._run, event, **fields)


def _report(site: Site, by: Actor, identifier: str, event: str, **fields: object) -> Run:
    return perform(site, by, "run.train", Report.model_validate({"run": identifier, "event": event, **fields}))


def _changes(run: Run, ask: Report) -> dict:
    """What an event changes besides the state."""
    if ask.event == "stop" and ask.weights and ask.step > run.step:
        reached = CheckpointRef(step=ask.step, attempt=run.attempt, weights=ask.weights)
        return {"why": ask.why, "step": ask.step, "checkpoints": (*run.checkpoints, reached)}
    if ask.event == "checkpoint":
        reached = CheckpointRef(step=ask.step, attempt=run.attempt, weights=ask.weights)
        return {"step": ask.step, "checkpoints": (*run.checkpoints, reached)}
    if ask.event == "lose":
        return {"lost": (*run.lost, run.step), "why": ask.why}
    if ask.event == "finish":
        return {"step": ask.step, "environment": ask.environment}
    return {"why": ask.why}


def _model(site: Site, run: Run, ask: Report) -> Model:
    """The model that a finished run leaves."""
    if ask.file is None:
        raise WeightsMissing(f"{run.id} finished without its weights.", remedy="Report this fault.")
    return Model(
        id=new_id("model", site.clock()),
        made_at=site.clock(),
        made_by=run.id,
        run=run.digest(),
        run_id=run.id,
        version=run.version,
        spec=run.spec,
        weights=ask.weights,
        file=ask.file,
        space=run.space,
        key_group=run.key_group,
        trainer=run.trainer,
        terms=run.terms,
        data_class=run.data_class,
        caveats=run.caveats,
    )

"""One attempt at a run, as its supervisor sees it: what the ranks say, what is recorded of it, and how it ended.

    watch = Watch(site, by, ticket, gang, log)
    watch.until_the_end()
    gang.kill()
    run = watch.conclude()

A ledger that does not answer stops nobody: what was said is kept and recorded later, and the workers go on for as
long as their lease lasts. Not here: the next attempt (`supervise`), and whether they may go on (`standing`).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from residency.compute.launcher import Gang
from residency.engine.spec import STOPPED, Progress, Ticket
from residency.errors import Unavailable
from residency.govern.gate import NotAllowed
from residency.govern.identity import Actor
from residency.kernel.clock import stopwatch
from residency.runs import journal, workers
from residency.runs.patience import Log, patiently, pauses
from residency.runs.report import Report, report
from residency.runs.run import Run
from residency.runs.standing import Standing
from residency.site import Site, perform

SPLITS = ("train", "tune")


class Watch:
    """What the supervisor knows of one attempt."""

    def __init__(self, site: Site, by: Actor, issued: Ticket, gang: Gang, log: Log) -> None:
        self._site, self._by, self._run, self._gang, self._log = site, by, issued.run, gang, log
        self._standing = Standing(gang, issued.lease_until, self._keep)
        self._until, self._renewed = issued.lease_until, stopwatch()
        self._unwritten: list[Progress] = []
        self._unrecorded: list[Progress] = []
        self._reached: Progress | None = None
        self._finished: Progress | None = None
        self._environment: dict = {}
        self._faults: set[str] = set()
        self._codes: tuple[int | None, ...] = ()
        self._rests: Iterator[float] = pauses()
        self._rested: float = 0.0

    @property
    def blamed(self) -> bool:
        """Whether a worker is at fault: not where it was stopped, or what it needed was not there just now."""
        excused = (STOPPED, Unavailable.exit_code)
        return any(code not in (None, 0, *excused) for code in self._codes) or not any(
            code in excused for code in self._codes
        )

    def until_the_end(self) -> None:
        """Hear the ranks until all are gone; one that dies alone takes the others with it."""
        while None in self._gang.codes() and not self._standing.overdue:
            self._hear(self._gang.lines(seconds=0.5))
            if any(code not in (None, 0, STOPPED) for code in self._gang.codes()):
                break
            self._standing.look()
        self._codes = self._gang.codes()
        while said := self._gang.lines(seconds=0):
            self._hear(said)

    def conclude(self) -> Run:
        """Record how the attempt ended."""
        patiently(self._write_down, self._log)
        done = self._finished
        if done is not None and self._standing.refusal is None:
            try:
                return self._say("finish", step=done.step, weights=done.digest, file=done.ref)
            except NotAllowed as error:
                self._standing.refuse(error)
        if self._standing.refusal is not None:
            last = self._reached
            reached = {"step": last.step, "weights": last.digest} if last else {}
            return self._say("stop", why=", ".join(self._standing.refusal.gates), **reached)
        return self._say("lose", why=" ".join([f"ranks left with {self._codes}.", *sorted(self._faults)]))

    def _hear(self, said: list[tuple[int, str]]) -> None:
        lines = workers.progress_of(said)
        self._faults |= {line.reason for line in lines if line.event == "failed" and line.reason}
        first = [line for line in lines if line.rank == 0]
        self._unwritten += first
        for line in first:
            if line.event == "checkpoint":
                self._reached = line
                self._unrecorded.append(line)
            elif line.event == "finished":
                self._finished = line
            elif line.environment:
                self._environment = line.environment
        if stopwatch() < self._rested:
            return
        try:
            self._write_down()
            self._rests = pauses()
        except Unavailable as error:
            # The pipe is read meanwhile: a rank that cannot speak would hold up the others.
            self._log(f"{error.code}: {error.message} The workers go on.\n")
            self._rested = stopwatch() + next(self._rests)

    def _write_down(self, _: bool = False) -> None:
        """What was said and is not yet in the ledger, in the order in which it was said."""
        if self._unwritten:
            with self._site.ledger.writing() as book:
                journal.write(book, self._run, self._unwritten)
            self._unwritten = []
        while self._unrecorded:
            self._record(self._unrecorded[0])
            self._unrecorded.pop(0)

    def _record(self, said: Progress) -> None:
        """Record a checkpoint; a run that may no longer do so is stopped, and its last one is recorded then."""
        if self._standing.refusal is None:
            fields = {"step": said.step, "weights": said.digest, "environment": self._environment}
            ask = Report.model_validate({"run": self._run, "event": "checkpoint", **fields})
            try:
                perform(self._site, self._by, "run.train", ask)
            except NotAllowed as error:
                self._standing.refuse(error)

    def _keep(self) -> datetime:
        """Whether the run still may; its lease, renewed when less than half of one is left."""
        run = self._site.ledger.get(Run, self._run)
        decision = self._site.gate.ask(self._by, "run.train", run, purpose=run.purpose, splits=SPLITS)
        if not decision.allowed:
            raise NotAllowed(decision.says(), gates=decision.gates)
        lease = timedelta(minutes=self._site.settings.lease_minutes)
        # A lease that a protocol's end cuts short does not grow by being renewed: not every few seconds.
        rested = stopwatch() - self._renewed > lease.total_seconds() / 4
        if rested and self._until - self._site.clock() < lease / 2:
            renewed = perform(self._site, self._by, "run.train", Report(run=self._run, event="renew"))
            self._until, self._renewed = renewed.lease_until, stopwatch()
        return self._until

    def _say(self, event: str, **fields: object) -> Run:
        return report(self._site, self._by, self._run, event, self._log, environment=self._environment, **fields)

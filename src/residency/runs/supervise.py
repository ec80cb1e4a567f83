"""Supervise a run: one detached process that starts its workers, hears them, restarts them, and stops them in time.

    supervise(site, run.id, log)        # returns when the run has ended

It acts as the run, on behalf of its submitter, and passes the gate like everybody: to begin an attempt (a lease), at
each checkpoint, and at the end. Every few seconds it asks whether the run still may; if not, the workers checkpoint
and stop. Workers that fail are started again, after longer and longer pauses where no checkpoint came of it; a fault
that comes back every time is given up, and one of the disk or the ledger is waited for. A supervisor that cannot
reach the ledger for an hour leaves the run as it stands: whoever submits it again has it go on. Not here: what a
worker does (`engine.worker`), on which machine (`compute`), one attempt (`watch`).
"""

import time

from residency.dataset.version import DatasetVersion
from residency.engine.spec import Ticket
from residency.errors import Broken, ResidencyError, Unavailable
from residency.govern.gate import NotAllowed
from residency.govern.identity import Actor
from residency.kernel.clock import stopwatch
from residency.kernel.ids import new_id
from residency.runs import ticket, workers
from residency.runs.keeping import keeping
from residency.runs.patience import PATIENCE_SECONDS, Log, patiently, pauses
from residency.runs.report import Renewed, Report, changes, report
from residency.runs.run import FINAL, Model, Run
from residency.runs.watch import SPLITS, Watch
from residency.site import Site, perform

FUTILE_ATTEMPTS = 3


class WeightsMissing(Broken):
    """A worker finished without saying where the weights are."""


def train(site: Site, by: Actor, ask: Report) -> Run | Ticket | Renewed:
    """Record one event of a run; for `place`, issue the ticket of the next attempt; for `renew`, lengthen its lease."""
    run = site.ledger.get(Run, ask.run)
    if ask.event == "place":
        return _place(site, by, run)
    if ask.event == "renew":
        return _renew(site, by, run)
    # That a run no longer goes on is recorded whether or not its protocol still lets it read.
    about, splits = (None, ()) if ask.event in ("stop", "give-up", "lose") else (run, SPLITS)
    with site.gate.act(by, "run.train", about, purpose=run.purpose, splits=splits) as act:
        act.reason = ask.why
        changed = run.moved(ask.event, **changes(run, ask))
        act.save(changed)
        act.made(changed, of=[run.version])
        if ask.event == "finish":
            model = _model(site, changed, ask)
            act.save(model)
            act.made(model, of=[changed, run.version])
    return changed


def supervise(site: Site, identifier: str, log: Log) -> None:
    """Keep a run until it has ended; raises AlreadyKept."""
    with keeping(site, identifier):
        run = patiently(lambda _: site.ledger.get(Run, identifier), log)
        by = Actor("run", run.id, run.trainer_name)
        try:
            _keep(site, by, run, log)
        except Unavailable:
            # Nothing is wrong with the run: it stays as it stands.
            raise
        except ResidencyError as error:
            report(site, by, identifier, "give-up", log, why=f"{error.code}: {error.message}")
            raise


def _keep(site: Site, by: Actor, run: Run, log: Log) -> None:
    """One attempt after the other, until the run has ended."""
    identifier, last_step = run.id, run.step
    tries, futile, since, rests = 0, 0, stopwatch(), pauses()
    while run.state not in FINAL:
        try:
            issued = patiently(lambda _: _begin(site, by, identifier, log), log)
        except NotAllowed as error:
            report(site, by, identifier, "stop", log, why=", ".join(error.gates))
            return
        run, blamed = _attempt(site, by, issued, log)
        if run.step > last_step:
            tries, futile, since, rests, last_step = 0, 0, stopwatch(), pauses(), run.step
            continue
        tries, futile = tries + 1, futile + blamed
        if run.state in FINAL:
            return
        if futile >= FUTILE_ATTEMPTS or stopwatch() - since > PATIENCE_SECONDS:
            why = f"{tries} attempts without a new checkpoint; {run.why}"
            run = report(site, by, identifier, "give-up", log, why=why)
        else:
            time.sleep(next(rests))


def _begin(site: Site, by: Actor, identifier: str, log: Log) -> Ticket:
    """The ticket of the next attempt; the one before is lost, if nobody said how it ended."""
    if site.ledger.get(Run, identifier).state == "training":
        report(site, by, identifier, "lose", log, why="its supervisor died")
    return perform(site, by, "run.train", Report(run=identifier, event="place"))


def _place(site: Site, by: Actor, run: Run) -> Ticket:
    """Begin an attempt: the lease, the next revision, and the ticket."""
    version = site.ledger.get(DatasetVersion, run.version)
    with site.gate.lease(by, "run.train", run, purpose=run.purpose, splits=SPLITS) as lease:
        placed = run.moved("place", attempt=run.attempt + 1)
        issued = ticket.issue(site, lease, placed, version, splits=SPLITS)
    with site.gate.act(by, "run.train", run, purpose=run.purpose, splits=SPLITS) as act:
        act.reason = f"attempt {placed.attempt}"
        act.save(placed)
    return issued


def _renew(site: Site, by: Actor, run: Run) -> Renewed:
    """A longer lease for the workers that are at it."""
    with site.gate.lease(by, "run.train", run, purpose=run.purpose, splits=SPLITS) as lease:
        until = lease.ends
    with site.gate.act(by, "run.train", run, purpose=run.purpose, splits=SPLITS) as act:
        act.reason = "lease renewed"
    return Renewed(lease_until=until)


def _attempt(site: Site, by: Actor, issued: Ticket, log: Log) -> tuple[Run, bool]:
    """One attempt, from the first process to the last; the run as it then stands, and whether a worker is to blame."""
    try:
        gang = workers.start(site, f"{issued.run}-{issued.attempt}", issued)
    except Unavailable as error:
        return report(site, by, issued.run, "lose", log, why=f"{error.code}: {error.message}"), False
    watch = Watch(site, by, issued, gang, log)
    try:
        watch.until_the_end()
    finally:
        gang.kill()
    log(f"attempt {issued.attempt}: ranks left with {gang.codes()}\n{gang.last_words()}\n")
    return watch.conclude(), watch.blamed


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

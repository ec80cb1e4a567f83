"""Prove a run: replay it from one checkpoint to another and compare every bit of the weights.

    proof = perform(site, engineer, "run.prove", Prove(run="run-01k…"))          # around the first kill
    proof = perform(site, engineer, "run.prove", Prove(run="run-01k…", from_start=True))

A proof holds on this machine's kind of processor with these versions of the libraries: both stand in the record. Not
here: training (`supervise`).
"""

from pydantic import Field

from residency.dataset.version import DatasetVersion
from residency.errors import Conflict
from residency.govern.identity import Actor
from residency.kernel.ids import new_id
from residency.kernel.record import Part
from residency.runs import ticket, workers
from residency.runs.run import CheckpointRef, Proof, Run
from residency.site import Site

SPLITS = ("train", "tune")


class NothingToProve(Conflict):
    """The run has not the checkpoints that a replay needs."""


class Prove(Part):
    """A run to replay."""

    run: str = Field(description="The run.")
    from_start: bool = Field(False, description="Replay all of it; else from the checkpoint before the first kill.")
    purpose: str = Field("", description="A purpose that the protocol names; else its first.")


def prove(site: Site, by: Actor, ask: Prove) -> Proof:
    """Replay and compare; raises NothingToProve, WorkersFailed, NotAllowed (also midway)."""
    run = site.ledger.get(Run, ask.run)
    version = site.ledger.get(DatasetVersion, run.version)
    first, last = _stretch(run, from_start=ask.from_start)
    identifier = new_id("proof", site.clock())
    where = {"start": "scratch"} if first is None else {"start": "step", "start_step": first.step}
    with site.gate.lease(by, "run.prove", run, purpose=ask.purpose, splits=SPLITS) as lease:
        issued = ticket.issue(site, lease, run, version, splits=SPLITS, purpose="prove", stop_after=last.step, **where)
        said = workers.hear_out(site, identifier, issued, "replaying", last.step, lease=lease)
    got = next((line.digest for line in reversed(said) if line.digest and line.step == last.step), "")
    environment = next((line.environment for line in said if line.environment), None) or {}
    if not got:
        raise NothingToProve(f"The replay of {run.id} did not reach step {last.step}.", remedy="Report this fault.")
    proof = Proof(
        id=identifier,
        made_at=site.clock(),
        made_by=by.id,
        run=run.digest(),
        run_id=run.id,
        from_step=0 if first is None else first.step,
        to_step=last.step,
        expected=last.weights,
        got=got,
        bit_equal=got == last.weights,
        environment=environment,
    )
    with site.gate.act(by, "run.prove", run, purpose=ask.purpose, splits=SPLITS) as act:
        act.save(proof)
        act.made(proof, of=[run])
    return proof


def _stretch(run: Run, *, from_start: bool) -> tuple[CheckpointRef | None, CheckpointRef]:
    """The checkpoints to replay between: around the first kill, or the first two, or everything."""
    reached = sorted(run.checkpoints, key=lambda checkpoint: checkpoint.step)
    if not reached:
        raise NothingToProve(f"{run.id} has no checkpoint.", remedy="Let it train on.")
    if from_start:
        return None, reached[-1]
    before = [c for c in reached if c.attempt == reached[0].attempt]
    after = [c for c in reached if c.attempt > reached[0].attempt]
    if after:
        return before[-1], after[0]
    return (reached[0], reached[1]) if len(reached) > 1 else (None, reached[0])

"""What a run says of itself: the request of `run.train`, and what each event changes in the run's record.

    run = report(site, by, run.id, "checkpoint", log, step=50, weights="sha256:…")

Not here: the act itself (`supervise`), and the lines of its workers (`journal`).
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, Field

from residency.govern.identity import Actor
from residency.kernel.record import Part
from residency.runs.patience import Log, patiently
from residency.runs.run import RUN_STATES, CheckpointRef, Run
from residency.site import Site, perform
from residency.store.sealed import SealedRef

Event = Literal["place", "renew", "checkpoint", "lose", "finish", "stop", "give-up"]


class Report(Part):
    """What a run says of itself."""

    run: str = Field(description="The run.")
    event: Event = Field(description="What happened.")
    step: int = Field(0, description="The step that was reached.")
    weights: str = Field("", description="Digest of the weights at that step.")
    file: SealedRef | None = Field(None, description="Where the final weights are sealed.")
    why: str = Field("", description="Why, where it did not go on.")
    environment: Mapping[str, Any] = Field({}, description="Processor, libraries and flags that the workers found.")


class Renewed(Part):
    """How long a lease now lasts."""

    lease_until: AwareDatetime


def report(site: Site, by: Actor, identifier: str, event: str, log: Log, **fields: object) -> Run:
    """Have one event recorded, waiting for a ledger that does not answer; the run as it then stands."""
    ask = Report.model_validate({"run": identifier, "event": event, **fields})

    def tell(again: bool) -> Run:
        run = site.ledger.get(Run, identifier)
        if again and (run.state, event) not in RUN_STATES.moves:
            # It was recorded, and only the answer was lost.
            return run
        return perform(site, by, "run.train", ask)

    return patiently(tell, log)


def changes(run: Run, ask: Report) -> dict[str, Any]:
    """What an event changes besides the state."""
    changed: dict[str, Any] = {}
    if ask.environment:
        changed["environments"] = {**run.environments, run.attempt: ask.environment}
    if ask.event == "checkpoint" or (ask.event == "stop" and ask.weights and ask.step > run.step):
        changed |= {"step": ask.step, "checkpoints": _with(run, ask)}
    if ask.event == "lose":
        changed["lost"] = (*run.lost, run.step)
    if ask.event == "finish":
        changed["step"] = ask.step
    if ask.event in ("lose", "stop", "give-up"):
        changed["why"] = ask.why
    return changed


def _with(run: Run, ask: Report) -> tuple[CheckpointRef, ...]:
    """The checkpoints with this one, which may be told of twice where an answer was lost."""
    reached = CheckpointRef(step=ask.step, attempt=run.attempt, weights=ask.weights)
    return run.checkpoints if reached in run.checkpoints else (*run.checkpoints, reached)

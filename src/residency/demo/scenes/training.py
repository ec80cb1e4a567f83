"""Scenes of the training: a run that survives a pulled plug, and the proof that it did not matter.

Not here: what the model is worth (`verdict`), stopping a run by its protocol (`closing`).
"""

import os
import signal

from residency.demo.processes import of_run
from residency.demo.stage import StepWentWrong
from residency.demo.visit import COHORT, Visit
from residency.demo.watching import Watch
from residency.kernel.clock import stopwatch

SUBMIT = ("run", "submit", COHORT, "study.yaml")


def train(visit: Visit) -> None:
    """Submit, let it come to the middle, kill one of its two processes, and see it go on by itself."""
    stage, facts, size = visit.stage, visit.facts, visit.size
    watch = Watch(visit.site)
    identifier = stage.run("marsh", *SUBMIT, "--detach")["id"]
    stage.tell(f"A small 3D network learns to find the liver: {size.steps} steps, two processes, from sealed data.")
    stage.tell("Each was handed a ticket: keys for the subjects it learns from, none for those held back.")
    middle = size.steps // 2 // size.checkpoint_steps * size.checkpoint_steps + size.checkpoint_steps // 2
    watch.until(identifier, lambda run, said: any((line.step or 0) >= middle for line in said), f"step {middle}")
    _, workers = of_run(identifier)
    if not workers:
        raise StepWentWrong("The run has no process to kill.", remedy=f"See site/logs/{identifier}.log.")
    stage.tell(f"Just past the middle. Now somebody trips over a cable:  kill -9 {workers[-1]}")
    os.kill(workers[-1], signal.SIGKILL)
    began = stopwatch()
    again = watch.until(identifier, lambda run, said: any(line.event == "resumed" for line in said), "a second attempt")
    facts["kill"] = {"step": middle, "resumed_at": again.step, "seconds": round(stopwatch() - began, 1)}
    stage.tell(f"{facts['kill']['seconds']:.0f} s later the run has begun again, by itself, from step {again.step}.")
    facts["run"] = done = stage.run("marsh", *SUBMIT)
    if done["state"] != "finished":
        raise StepWentWrong(f"The run ended as '{done['state']}': {done['why']}", remedy="See its log in site/logs.")
    stage.tell(
        f"Finished at step {done['step']}, in {done['attempt']} attempts. (Submitting it a second time trained nothing "
        "twice: the same training on the same data is the run that is there.)"
    )


def prove(visit: Visit) -> None:
    """Replay across the accident and compare every bit."""
    stage = visit.stage
    proof = visit.facts["proof"] = stage.run("marsh", "run", "prove", visit.facts["run"]["id"])
    if not proof["bit_equal"]:
        raise StepWentWrong("The replay did not give the same weights.", remedy="Keep the folder; this is a finding.")
    stage.tell(f"Steps {proof['from_step']} to {proof['to_step']} were trained again, this time without an accident.")
    stage.tell("Every bit of the weights is the same: the kill left no trace in the model.")

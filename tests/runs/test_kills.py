"""Plugs are pulled, and nobody can tell from the weights."""

import os
import random
import signal
import time
from itertools import pairwise

import pytest

from residency.demo.processes import of_run
from residency.protocol.people import Nothing
from residency.runs.prove import Prove
from residency.runs.run import Model, Run
from tests.fakes.frozen import PAUSING, UNET, study_like
from tests.runs.training import kill_worker, over, running, said, steps_said, submit, until, until_step

# Eight subjects, two at a time: steps 5 to 8 are the second epoch.
EPOCH = 4
CHANGES = (
    (UNET, PAUSING % 0.3),
    ("processes: 1", "processes: 2"),
    ("checkpoint_every: {steps: 4}", "checkpoint_every: {steps: 2}"),
)


@pytest.fixture(scope="module")
def pausing(frozen):
    return study_like(frozen.study, "pausing", *CHANGES)


@pytest.fixture(scope="module")
def undisturbed(frozen, pausing, tmp_path_factory):
    clinic = frozen.open(tmp_path_factory.mktemp("undisturbed") / "site")
    run = submit(clinic, pausing)
    assert (run.state, run.step, run.attempt, run.lost) == ("finished", 12, 1, ())
    assert [(c.step, c.attempt) for c in run.checkpoints] == [(step, 1) for step in range(2, 13, 2)]
    clinic.site.ledger.close()
    return run


def train_with_kills(clinic, study, kills):
    """Kill these ranks, each once its attempt has told of this step; the run as it ended."""
    identifier = submit(clinic, study, detach=True).id
    for attempt, (step, rank) in enumerate(kills, start=1):
        until_step(clinic, identifier, attempt, step)
        kill_worker(identifier, rank)
    return until(clinic, identifier, over)


def weights(clinic, run):
    (model,) = clinic.site.ledger.all(Model, scope=run.id)
    assert model.weights == run.checkpoints[-1].weights
    return model.weights


def check_killed(clinic, run, undisturbed, kills):
    assert (run.state, run.step, run.attempt, len(run.lost)) == ("finished", 12, kills + 1, kills)
    assert weights(clinic, run) == undisturbed.checkpoints[-1].weights
    same = {c.step: c.weights for c in undisturbed.checkpoints}
    assert all(same[c.step] == c.weights for c in run.checkpoints)
    attempts = steps_said(clinic, run.id)
    assert all(after[0] <= before[-1] + 1 for before, after in pairwise(attempts)), attempts
    resumed = [line.step for line in said(clinic, run.id) if line.event == "resumed"]
    assert len(resumed) == kills
    return attempts


def test_two_kills_in_one_epoch_leave_the_weights_of_a_run_that_nobody_disturbed(clinic, pausing, undisturbed):
    run = train_with_kills(clinic, pausing, [(5, 1), (6, 0)])
    attempts = check_killed(clinic, run, undisturbed, 2)
    assert {(steps[-1] - 1) // EPOCH for steps in attempts[:2]} == {1}, attempts
    proof = clinic.do("marsh", "run.prove", Prove(run=run.id))
    before, after = (next(c for c in run.checkpoints if c.step == s) for s in (proof.from_step, proof.to_step))
    assert before.attempt == 1 < after.attempt
    assert proof.bit_equal
    assert proof.got == after.weights
    assert proof.environment["torch"]
    assert all(row["holds"] for row in clinic.do("root", "site.doctor", Nothing()).rows)


@pytest.mark.long
@pytest.mark.parametrize("again", range(2))
def test_two_kills_at_random_steps_and_ranks_of_one_epoch_leave_the_same_weights(clinic, pausing, undisturbed, again):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    first, second = sorted(chance.choices(range(5, 8), k=2))
    kills = [(first, chance.randrange(2)), (second, chance.randrange(2))]
    check_killed(clinic, train_with_kills(clinic, pausing, kills), undisturbed, 2)


def test_workers_stop_when_their_supervisor_is_killed_and_the_run_goes_on_when_it_is_submitted_again(clinic, frozen):
    study = study_like(frozen.study, "orphaned", (UNET, PAUSING % 0.3), ("{steps: 4}", "{steps: 2}"))
    identifier = submit(clinic, study, detach=True).id
    until(clinic, identifier, lambda run: run.step >= 2)
    keeper, orphans = of_run(identifier)
    os.kill(keeper, signal.SIGKILL)
    began = time.monotonic()
    while any(running(pid) for pid in orphans):
        assert time.monotonic() - began < 20, "workers that nobody keeps go on"
        time.sleep(0.1)
    left = clinic.site.ledger.get(Run, identifier)
    assert (left.state, left.attempt) == ("training", 1)
    assert all(row["holds"] for row in clinic.do("root", "site.doctor", Nothing()).rows)
    run = submit(clinic, study)
    assert (run.id, run.state, run.step, run.attempt) == (identifier, "finished", 12, 2)
    assert run.lost[0] >= 2
    resumed = [line.step for line in said(clinic, identifier) if line.event == "resumed"]
    assert resumed
    assert 2 <= resumed[0] < 12
    assert len(clinic.site.ledger.all(Run)) == 1

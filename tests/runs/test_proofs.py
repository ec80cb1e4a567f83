"""A replay shows that the record is true, or that it is not."""

import pytest

from residency.kernel.digest import digest
from residency.runs.prove import NothingToProve, Prove
from residency.runs.run import Proof, Run
from residency.runs.workers import WorkersFailed


@pytest.fixture
def run(studied_clinic):
    (only,) = studied_clinic.site.ledger.all(Run)
    return only


def save(clinic, run):
    """Write a run into the ledger past every gate, as whoever forges a record would."""
    with clinic.site.ledger.writing() as book:
        book.save(run)


def prove(clinic, run, **how):
    return clinic.do("marsh", "run.prove", Prove(run=run.id, **how))


def test_a_run_replayed_from_its_start_ends_with_the_same_bits(studied_clinic, run):
    before = set(studied_clinic.site.objects.names())
    proof = prove(studied_clinic, run, from_start=True)
    assert (proof.from_step, proof.to_step, proof.bit_equal) == (0, 12, True)
    assert proof.got == proof.expected == run.checkpoints[-1].weights
    assert studied_clinic.site.ledger.all(Proof, scope=run.id) == [proof]
    assert set(studied_clinic.site.objects.names()) == before


def test_a_falsified_checkpoint_is_not_proven(studied_clinic, run):
    forged = run.checkpoints[1].model_copy(update={"weights": digest(b"better weights")})
    save(studied_clinic, run.model_copy(update={"checkpoints": (run.checkpoints[0], forged, run.checkpoints[2])}))
    proof = prove(studied_clinic, run)
    assert (proof.from_step, proof.to_step, proof.bit_equal) == (4, 8, False)
    assert (proof.expected, proof.got) == (forged.weights, run.checkpoints[1].weights)


def test_a_run_without_a_checkpoint_proves_nothing(studied_clinic, run):
    save(studied_clinic, run.model_copy(update={"checkpoints": ()}))
    with pytest.raises(NothingToProve):
        prove(studied_clinic, run)


@pytest.mark.long
def test_a_checkpoint_that_is_gone_is_named_as_the_reason(studied_clinic, run):
    first = f"{run.prefix}/{run.checkpoints[0].step:08}"
    for name in list(studied_clinic.site.objects.names(first)):
        studied_clinic.site.objects.delete(name)
    with pytest.raises(WorkersFailed, match="has no complete checkpoint of step 4"):
        prove(studied_clinic, run)
    assert studied_clinic.site.ledger.all(Proof, scope=run.id) == []

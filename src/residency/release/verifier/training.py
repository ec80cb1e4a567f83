"""What is shown of the training itself: whether it was replayed, and from where to where; whether it was confined.

A replay is believed for what it compares: weights with those of a checkpoint that the run's record names. Not here: the
replay, which needs the data (`residency run prove`); what the weights were made of (`claims`).
"""

from collections.abc import Iterator
from typing import Any

from residency.release.verifier.evidence import Evidence, Record, items, text
from residency.release.verifier.verdict import Check


def training_was_replayed(evidence: Evidence) -> Check:
    """A replay of the whole run, or of some steps, gave the same bits; or did not, or was not made."""
    name, run = "The training was replayed", evidence.named("run")
    proofs = [proof for proof in evidence.of_kind("proof") if run and text(proof.body, "run_id") == run.id]
    if run is None or not proofs:
        says = "no replay of this run is in the bundle: that the run gives these weights is not shown."
        return Check(name, None, says)
    wrong = [f"{proof.id}: {fault}" for proof in proofs for fault in _faults(proof, run)]
    if wrong:
        return Check(name, False, "a replay of this run does not show that it gives these weights.", tuple(wrong))
    last = _number(_spec(run).get("steps"))
    stretches = sorted({(_number(p.body.get("from_step")), _number(p.body.get("to_step"))) for p in proofs})
    stretches = [one for one in stretches if not any(_within(one, other) for other in stretches)]
    told = " and ".join(f"steps {first} to {end}" for first, end in stretches)
    same = f"a replay on the site gave the same weights, bit for bit, for {told} of {last if last > 0 else 'unknown'}"
    if _reached(stretches) == last:
        return Check(name, True, f"{same}.")
    ended = any(end == last for _, end in stretches)
    rest = "" if ended else " The rest was not, and so not the end, which gave the weights that are released."
    return Check(name, None, f"in part: {same}.{rest}")


def training_was_confined(evidence: Evidence) -> Check:
    """Whether the training code could reach a network or a disk."""
    name, model = "The training code was confined", evidence.named("model")
    if model and model.body.get("confined") is True:
        return Check(name, True, "no network, and no place to write but sealed ones, says the model's record.")
    return Check(name, None, "UNCONFINED: the training code could have reached the network or the disk.")


def _faults(proof: Record, run: Record) -> Iterator[str]:
    """Where a replay does not show what it says."""
    body, reached = proof.body, {_number(c.get("step")): text(c, "weights") for c in _checkpoints(run)}
    first, end = _number(body.get("from_step")), _number(body.get("to_step"))
    if body.get("bit_equal") is not True or not text(body, "got") or text(body, "got") != text(body, "expected"):
        yield "it gave other weights"
    if not text(body, "expected") or reached.get(end) != text(body, "expected"):
        yield "it compares with weights that are those of no checkpoint of the run at its last step"
    if first != 0 and first not in reached:
        yield "it begins at a step of which the run has no checkpoint"
    if not 0 <= first < end:
        yield "its steps are none"


def _within(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one != other and other[0] <= one[0] and one[1] <= other[1]


def _reached(stretches: list[tuple[int, int]]) -> int:
    """The step up to which everything was replayed, from the start."""
    reached = 0
    for first, end in stretches:
        reached = max(reached, end) if first <= reached else reached
    return reached


def _checkpoints(run: Record) -> list[dict[str, Any]]:
    return [checkpoint for checkpoint in items(run.body, "checkpoints") if isinstance(checkpoint, dict)]


def _spec(run: Record) -> dict[str, Any]:
    spec = run.body.get("spec")
    return spec if isinstance(spec, dict) else {}


def _number(value: Any) -> int:
    return value if type(value) is int else -1

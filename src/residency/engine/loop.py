"""The training loop.

    at, reason = train(training, Position(), until=200)     # reason is empty when all steps were taken

A step: take the batch at the cursor, loss, gradients (averaged over the ranks by the wrapped model), wait until the
checkpoint before is copied, move the weights, agree on the mean loss and on whether to stop. After a step: a
checkpoint where one is due, or where any rank was told to stop, and then the measure on the tune patches. Refuses to
go on with a loss that is no number. Not here: where a training begins (`engine.worker`), what it remembers
(`engine.state`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from residency.engine.checkpoint import Checkpoints, Saved
from residency.engine.parallel import Mesh
from residency.engine.sampling import Batch
from residency.engine.spec import TrainSpec
from residency.engine.state import Position, capture
from residency.engine.tasks import Segmentation
from residency.errors import BadInput
from residency.kernel.clock import stopwatch

Say = Callable[..., None]


class LossDiverged(BadInput):
    """The loss is no number any more."""


class Source(Protocol):
    """Gives the batch that begins at a cursor, the same one whenever it is asked."""

    def take(self, cursor: int) -> Batch: ...


@dataclass(frozen=True)
class Training:
    """All that a step touches. `model` is the network as wrapped for the mesh; no checkpoints: none are written."""

    spec: TrainSpec
    network: nn.Module
    model: nn.Module
    optimizer: Optimizer
    task: Segmentation
    source: Source
    tune: list[Batch]
    mesh: Mesh
    checkpoints: Checkpoints | None
    say: Say
    asked: Callable[[], str]


def train(training: Training, at: Position, *, until: int) -> tuple[Position, str]:
    """Take steps until this many are taken or any rank is asked to stop; where it stands, and why it stopped."""
    spec, reason = training.spec, ""
    training.model.train()
    while at.step < until and not reason:
        began = stopwatch()
        rate = learning_rate(spec, at.step)
        loss = _step(training, at, rate)
        at = Position(at.step + 1, at.cursor + spec.batch)
        asked = training.asked()
        mean, stop = training.mesh.agree(loss, stop=bool(asked))
        if not math.isfinite(mean):
            raise LossDiverged(f"The loss is {mean} at step {at.step}.", remedy="Lower optimizer.learning_rate.")
        training.say(event="step", step=at.step, loss=mean, learning_rate=rate, seconds=stopwatch() - began)
        if stop:
            reason = asked or "another rank was told to stop"
        if stop or at.step == until or at.step % spec.checkpoint_every.steps == 0:
            _save(training, at)
            _measure(training, at)
        _tell(training, training.checkpoints.finished() if training.checkpoints else None)
    _tell(training, training.checkpoints.wait() if training.checkpoints else None)
    return at, reason


def build_optimizer(spec: TrainSpec, model: nn.Module) -> Optimizer:
    """The optimiser a spec names."""
    chosen = spec.optimizer
    if chosen.name == "adamw":
        return AdamW(model.parameters(), chosen.learning_rate, weight_decay=chosen.weight_decay)
    return SGD(model.parameters(), chosen.learning_rate, momentum=0.9, weight_decay=chosen.weight_decay, nesterov=True)


def learning_rate(spec: TrainSpec, step: int) -> float:
    """The rate of the step after `step` steps: a function of the step alone, so that it needs no state."""
    highest, warmup = spec.optimizer.learning_rate, spec.schedule.warmup_steps
    if step < warmup:
        return highest * (step + 1) / warmup
    if spec.schedule.name == "constant":
        return highest
    done = (step - warmup) / max(spec.steps - warmup, 1)
    return highest * (1 + math.cos(math.pi * done)) / 2


def _step(training: Training, at: Position, rate: float) -> Tensor:
    batch = training.mesh.place(training.source.take(at.cursor))
    with training.mesh.precise():
        loss = training.task.loss(training.model(batch.image), batch.target)
    loss.backward()
    if training.checkpoints is not None:
        training.checkpoints.staged()
    for group in training.optimizer.param_groups:
        group["lr"] = rate
    training.optimizer.step()
    training.optimizer.zero_grad(set_to_none=True)
    return loss


def _save(training: Training, at: Position) -> None:
    if training.checkpoints is not None:
        state = capture(training.model, training.optimizer, at, training.mesh)
        _tell(training, training.checkpoints.save(at.step, state))


def _tell(training: Training, saved: Saved | None) -> None:
    if saved is not None:
        done = saved.complete
        training.say(event="checkpoint", step=done.step, digest=done.weights, seconds=saved.stalled)


@torch.no_grad()
def _measure(training: Training, at: Position) -> None:
    """Dice on the tune patches, for the curve; draws no random number and leaves the model as it was."""
    if not training.spec.tune_patches or training.checkpoints is None:
        return
    training.network.eval()
    counts = torch.zeros(2, len(training.spec.labels), dtype=torch.float64)
    for batch in training.tune:
        placed = training.mesh.place(batch)
        with training.mesh.precise():
            counts += training.task.overlap(training.network(placed.image), placed.target).cpu()
    training.network.train()
    both, either = training.mesh.total(counts).tolist()
    names = [training.spec.labels[value] for value in training.spec.values[1:]]
    dice = {name: 2 * b / e if e else None for name, b, e in zip(names, both, either, strict=True)}
    training.say(event="tuned", step=at.step, dice=dice)

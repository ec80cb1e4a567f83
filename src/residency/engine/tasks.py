"""Tasks by name: a loss, the shape of its batch, and a quick measure for the curve of a run.

    task = build_task(spec)
    loss = task.loss(network(batch.image), batch.target)        # a scalar, mean over the samples of the batch

Loss and measure are means over samples, and every rank holds equally many, so the mean over ranks is the mean over
the global batch. Not here: the measures that a release stands on (`evaluate.measure`).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from residency.engine.spec import IGNORED, TrainSpec


def build_task(spec: TrainSpec) -> "Segmentation":
    """The task a spec names."""
    return TASKS[spec.task](classes=len(spec.values))


@dataclass(frozen=True)
class Segmentation:
    """Every voxel gets a class. image: (batch, 1, z, y, x) float; target: (batch, z, y, x) uint8, 255 = ignored."""

    classes: int

    def loss(self, logits: Tensor, target: Tensor) -> Tensor:
        """Soft Dice (Milletari 2016, arXiv:1606.04797) over the foreground classes plus cross-entropy.

        Ignored voxels count in neither. Written with sums over one-hot targets instead of `nll_loss`, which has no
        deterministic form on a GPU.
        """
        known, truth = self._truth(target)
        log_p = torch.log_softmax(logits.float(), 1)
        voxels = known.sum((2, 3, 4)).clamp(min=1)
        entropy = -(log_p * truth).sum((2, 3, 4)).sum(1, keepdim=True) / voxels
        guess, truth = (log_p.exp() * known)[:, 1:], truth[:, 1:]
        both = (guess * truth).sum((2, 3, 4))
        dice = (2 * both + 1) / (guess.sum((2, 3, 4)) + truth.sum((2, 3, 4)) + 1)
        return entropy.mean() + (1 - dice).mean()

    def overlap(self, logits: Tensor, target: Tensor) -> Tensor:
        """Per foreground class, (voxels in both, voxels in guess + voxels in truth): add up, then divide for Dice."""
        known, truth = self._truth(target)
        guess = torch.zeros_like(truth).scatter_(1, logits.argmax(1, keepdim=True), 1.0) * known
        both = (guess * truth).sum((0, 2, 3, 4))
        either = (guess + truth).sum((0, 2, 3, 4))
        return torch.stack([both, either])[:, 1:].double()

    def _truth(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """Mask of known voxels (batch, 1, z, y, x) and one-hot truth (batch, classes, z, y, x), zero where ignored."""
        known = (target != IGNORED).unsqueeze(1)
        kinds = torch.arange(self.classes, dtype=target.dtype, device=target.device).view(1, -1, 1, 1, 1)
        return known.float(), (target.unsqueeze(1) == kinds).float()


TASKS = {"segmentation": Segmentation}

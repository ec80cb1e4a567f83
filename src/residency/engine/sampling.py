"""From the items of a ticket to batches, resumable to the sample.

    batches = Batches(spec, Volumes(sealed, items, keys, spec), Share(rank=0, world=2))
    batch = batches.take(cursor)                  # this rank's part of the global batch that begins at the cursor

One global cursor counts the samples consumed since the run began; it is all the state there is. Sample k is item
`k mod n` of the permutation of epoch `k div n`, and everything random about it (place, flip, intensity) comes from
(seed, epoch, index) alone: neither the rank, nor the number of ranks, nor a restart changes a sample. Refuses items
without label. Not here: how volumes are read and resampled (`engine.volumes`).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from residency.engine.ahead import Ahead
from residency.engine.spec import IGNORED, AugmentSpec, TrainSpec
from residency.engine.volumes import Sample, Volumes
from residency.errors import BadInput

_ORDER, _PATCH, _TUNE = range(3)


class NothingToLearn(BadInput):
    """The training split has no item with a label."""


@dataclass(frozen=True)
class Share:
    """Which part of a global batch a rank takes."""

    rank: int
    world: int


@dataclass(frozen=True)
class Batch:
    """Patches: image (batch, 1, z, y, x) float32 in window units; target (batch, z, y, x) uint8, 255 = ignored."""

    image: Tensor
    target: Tensor


class Batches:
    """The endless order of training patches, and `ahead` batches ahead of it, each in a thread.

    No sample depends on the number of threads. More than one helps where the store is far: 20 ms away, one thread read
    21 patches of 32 x 64 x 64 in a second, two 44, eight 183.
    """

    def __init__(self, spec: TrainSpec, volumes: Volumes, share: Share, ahead: int = 1) -> None:
        if not len(volumes):
            raise NothingToLearn(
                "The split 'train' holds no labelled item.",
                remedy="Freeze a version that has labels for subjects of its train split.",
            )
        self._spec, self._volumes, self._share = spec, volumes, share
        self._ahead = Ahead(self._load, stride=spec.batch, threads=ahead)

    def take(self, cursor: int) -> Batch:
        """This rank's part of the global batch that begins at the cursor; begins to read the next ones."""
        return self._ahead.take(cursor)

    def _load(self, cursor: int) -> Batch:
        part = self._spec.batch // self._share.world
        first = cursor + self._share.rank * part
        places = [place(self._spec.seed, count, len(self._volumes)) for count in range(first, first + part)]
        return collate([self._patch(*found) for found in places])

    def _patch(self, epoch: int, index: int, item: int) -> tuple[np.ndarray, np.ndarray]:
        random = generator(self._spec.seed, _PATCH, epoch, index)
        image, target = cut(self._volumes.open(item), self._spec, random, self._spec.foreground)
        return augment(image, target, self._spec.augment, random)


def tune_batches(spec: TrainSpec, volumes: Volumes, share: Share) -> list[Batch]:
    """This rank's part of a fixed set of patches from the tune split, without augmentation, all near a label."""
    batches = []
    for number in range(share.rank, spec.tune_patches if len(volumes) else 0, share.world):
        random = generator(spec.seed, _TUNE, 0, number)
        batches.append(collate([cut(volumes.open(number % len(volumes)), spec, random, 1.0)]))
    return batches


def place(seed: int, count: int, items: int) -> tuple[int, int, int]:
    """Epoch, index in the epoch, and item of the sample with this count."""
    epoch, index = divmod(count, items)
    return epoch, index, int(_order(seed, epoch, items)[index])


@lru_cache(4)
def _order(seed: int, epoch: int, items: int) -> np.ndarray:
    return generator(seed, _ORDER, epoch, 0).permutation(items)


def generator(seed: int, purpose: int, epoch: int, index: int) -> np.random.Generator:
    """The source of all that is random about one thing."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, purpose, epoch, index])))


def cut(
    sample: Sample, spec: TrainSpec, random: np.random.Generator, foreground: float
) -> tuple[np.ndarray, np.ndarray]:
    """A patch and its target; in this share of draws its centre is a voxel of a label. What is padded is ignored."""
    wanted = np.array(spec.patch)
    room = np.maximum(np.array(sample.shape) - wanted, 0)
    near = random.random() < foreground
    corner = random.integers(0, room + 1)
    seen = sample.labelled
    if near and len(seen):
        # One class first, then one of its voxels: a small structure is met as often as a large one.
        voxels = seen[random.integers(len(seen))]
        centre = voxels[random.integers(len(voxels))]
        corner = np.clip(centre - random.integers(wanted // 4, 3 * wanted // 4 + 1), 0, room)
    box = tuple(
        slice(int(at), int(min(at + size, extent)))
        for at, size, extent in zip(corner, wanted, sample.shape, strict=True)
    )
    short = [(0, int(size - (part.stop - part.start))) for size, part in zip(wanted, box, strict=True)]
    return np.pad(sample.image(box), short), np.pad(sample.target(box), short, constant_values=IGNORED)


def augment(
    image: np.ndarray, target: np.ndarray, spec: AugmentSpec, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Flip both, scale and shift the intensities."""
    flips = random.random(3) < 0.5
    axes = tuple(axis for axis in range(3) if spec.flip[axis] and flips[axis])
    scale, shift = random.uniform(-1, 1, 2) * (spec.scale, spec.shift)
    return np.flip(image, axes) * np.float32(1 + scale) + np.float32(shift), np.flip(target, axes)


def collate(patches: list[tuple[np.ndarray, np.ndarray]]) -> Batch:
    """Patches stacked."""
    images, targets = zip(*patches, strict=True)
    return Batch(torch.from_numpy(np.stack(images)[:, None]), torch.from_numpy(np.stack(targets)))

"""From a checkpoint and items to label volumes, sealed, on each item's own grid.

    for item, ref in predict(sealed, ticket, network, volumes, mesh): …

The image is brought to the grid of the spec, looked at through overlapping windows of the patch's size whose
probabilities are blended with a Gaussian, and the blend is brought back to the voxels of the image. The network
computes in the precision it was trained in; probabilities are float32. Labels carry the values of the spec,
background is 0. Refuses nothing on its own: an item without label is as good as any. Not here: how good the labels
are (`evaluate.measure`).
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import torch
from torch import nn

from residency.engine.parallel import Mesh
from residency.engine.spec import Ticket, TicketItem, TrainSpec
from residency.engine.volumes import Sample, Volumes, blend, positions
from residency.store.arrays import write_volume
from residency.store.sealed import Sealed
from residency.store.shards import ArrayRef

OVERLAP = 0.5
_SIGMA = 1 / 8  # of the window's extent (Isensee 2021, doi:10.1038/s41592-020-01008-z)


def predict(
    sealed: Sealed, ticket: Ticket, network: nn.Module, volumes: Volumes, mesh: Mesh
) -> Iterator[tuple[TicketItem, ArrayRef]]:
    """This rank's items with their predicted label volumes, uint8, sealed under the ticket's output key."""
    key = (ticket.output_key or ticket.run_key).group()
    network.eval()
    for number in range(mesh.share.rank, len(volumes), mesh.share.world):
        item, sample = volumes.items[number], volumes.open(number)
        labels = segment(network, sample, mesh)
        about = {"context": f"prediction/{ticket.run}/{item.item}", "name": f"{ticket.outputs}/{number}"}
        yield item, write_volume(sealed, key, labels, spacing_mm=sample.spacing, **about)


@torch.no_grad()
def segment(network: nn.Module, sample: Sample, mesh: Mesh) -> np.ndarray:
    """Label values at every voxel of the image, uint8 of its shape."""
    spec = sample.spec
    image = sample.image(tuple(slice(0, extent) for extent in sample.shape))
    short = [(0, max(size - extent, 0)) for size, extent in zip(spec.patch, image.shape, strict=True)]
    blended = _blended(network, np.pad(image, short), spec, mesh)
    blended = blended[:, : image.shape[0], : image.shape[1], : image.shape[2]]
    classes = _to_image(blended, sample).argmax(0)
    return np.array(spec.values, np.uint8)[classes]


def _blended(network: nn.Module, image: np.ndarray, spec: TrainSpec, mesh: Mesh) -> np.ndarray:
    """Probabilities (classes, z, y, x), weighted by how near the middle of a window a voxel lies."""
    total = np.zeros((len(spec.values), *image.shape), np.float32)
    weight = _bell(spec.patch)
    corners = product(*[_starts(extent, size) for extent, size in zip(image.shape, spec.patch, strict=True)])
    boxes = [tuple(slice(at, at + size) for at, size in zip(corner, spec.patch, strict=True)) for corner in corners]
    for first in range(0, len(boxes), spec.batch):
        group = boxes[first : first + spec.batch]
        # A lone window goes twice: torch's convolution of a single sample is slow on a processor (see `spec`).
        seen = np.stack([image[box] for box in group] * (2 if len(group) == 1 else 1))
        seen = torch.from_numpy(seen[:, None]).to(mesh.device)
        with mesh.precise():
            logits = network(seen)
        found = torch.softmax(logits.float(), 1).cpu().numpy()
        for box, probabilities in zip(group, found[: len(group)], strict=True):
            total[(slice(None), *box)] += probabilities * weight
    # The classes' probabilities add up to one, so their sum is the sum of the weights.
    return total / total.sum(0)


def _to_image(blended: np.ndarray, sample: Sample) -> np.ndarray:
    steps = zip(sample.voxels.shape, blended.shape[1:], sample.steps, strict=True)
    for axis, (extent, known, step) in enumerate(steps, 1):
        at = positions(range(extent), 1 / step, known)
        low = np.floor(at).astype(np.int64)
        blended = blend(blended, axis, low, np.ceil(at).astype(np.int64), at - low)
    return blended


def _starts(extent: int, size: int) -> list[int]:
    """Where windows begin: at most this share apart, spread evenly, the last one ending at the end."""
    count = max(-(-(extent - size) // max(int(size * (1 - OVERLAP)), 1)), 0) + 1
    return [round(at) for at in np.linspace(0, extent - size, count)]


def _bell(shape: tuple[int, ...]) -> np.ndarray:
    lines = [np.exp(-(((np.arange(n) - (n - 1) / 2) / (n * _SIGMA)) ** 2) / 2) for n in shape]
    return (lines[0][:, None, None] * lines[1][:, None] * lines[2]).astype(np.float32)

"""Sealed volumes as a network sees them: on the grid of the spec, in units of its window.

    volumes = Volumes(sealed, items, keys, spec)
    sample = volumes.open(3)
    sample.image((slice(0, 32), slice(0, 64), slice(0, 64)))     # float32; 0 at low_hu, 1 at high_hu, clipped

A box is resampled from the voxels it needs, with the same arithmetic whether the volume is remembered or read: what a
patch holds never depends on memory. Decoded volumes are remembered in RAM up to a number of bytes; nothing decoded is
ever written. Refuses labels of another shape than their image. Not here: which patches are taken (`engine.sampling`).
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from residency.engine.spec import TicketItem, TrainSpec, WindowSpec
from residency.errors import BadInput
from residency.store.arrays import Shards
from residency.store.sealed import Sealed

Box = tuple[slice, ...]
_REMEMBERED_VOXELS = 4096  # per class and item: enough places for patches, little memory


class GeometryDiffers(BadInput):
    """A label does not lie on the grid of its image."""


class Voxels(Protocol):
    """An array, or a sealed volume that is read box by box."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __getitem__(self, box: Any, /) -> np.ndarray: ...


class Volumes:
    """The items of a split, opened as they are asked for; may be shared by threads.

    What threads still work on counts no more once it is forgotten: so many volumes may be in memory beyond the room.
    """

    def __init__(
        self,
        sealed: Sealed,
        items: Sequence[TicketItem],
        keys: Mapping[str, bytes],
        spec: TrainSpec,
        cache_bytes: int = 2 * 1024**3,
    ) -> None:
        self.items = items
        self._shards, self._keys, self._spec = Shards(sealed.objects), keys, spec
        self._samples: OrderedDict[int, Sample] = OrderedDict()
        self._room = cache_bytes
        self._lock, self._opening = threading.Lock(), defaultdict(threading.Lock)

    def __len__(self) -> int:
        return len(self.items)

    def open(self, number: int) -> "Sample":
        """The item at this position; raises GeometryDiffers, and what the store raises."""
        with self._lock:
            opening = self._opening[number]
        # One thread decodes a volume, and whoever else wants it waits for that; other volumes are opened meanwhile.
        with opening:
            with self._lock:
                if number in self._samples:
                    self._samples.move_to_end(number)
                    return self._samples[number]
            sample = self._open(self.items[number])
            with self._lock:
                self._samples[number] = sample
                while len(self._samples) > 1 and sum(known.nbytes for known in self._samples.values()) > self._room:
                    self._samples.popitem(last=False)
        return sample

    def _open(self, item: TicketItem) -> "Sample":
        image = self._shards.open(item.image, self._keys)
        label = self._shards.open(item.label, self._keys) if item.label else None
        if label is not None and label.shape != image.shape:
            raise GeometryDiffers(
                f"The label of {item.item} has shape {label.shape}, its image {image.shape}.",
                remedy="Quarantine the pair, or resample the label before it is frozen.",
            )
        size = int(np.prod(image.shape)) * (image.dtype.itemsize + (label.dtype.itemsize if label else 0))
        fits = size <= self._room
        return Sample(
            voxels=image.whole() if fits else image,  # pyrefly: ignore[bad-argument-type]
            labels=label.whole() if label and fits else label,  # pyrefly: ignore[bad-argument-type]
            spacing=image.spacing_mm,
            spec=self._spec,
            nbytes=size if fits else 0,
        )


@dataclass
class Sample:
    """One image, and its label where known, on the grid of the spec."""

    voxels: Voxels
    labels: Voxels | None
    spacing: tuple[float, float, float]
    spec: TrainSpec
    nbytes: int
    _seen: list[np.ndarray] | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """Extents (z, y, x) on the grid of the spec."""
        steps = zip(self.voxels.shape, self.steps, strict=True)
        return tuple(max(round(extent / step), 1) for extent, step in steps)

    def image(self, box: Box) -> np.ndarray:
        """Intensities of a box in window units, float32."""
        source = [_rows(part, step, extent) for part, step, extent in self._axes(box)]
        raw = self.voxels[tuple(slice(int(low[0]), int(high[-1]) + 1) for low, high, _ in source)].astype(np.float32)
        for axis, (low, high, share) in enumerate(source):
            if share.any() or len(low) != raw.shape[axis]:
                raw = blend(raw, axis, low - low[0], high - low[0], share)
        return _windowed(raw, self.spec.window)

    def target(self, box: Box) -> np.ndarray:
        """Classes of a box, uint8: the nearest voxel of the label; values the spec does not name are background."""
        assert self.labels is not None
        rows = [_nearest(part, step, extent) for part, step, extent in self._axes(box)]
        raw = self.labels[tuple(slice(int(row[0]), int(row[-1]) + 1) for row in rows)]
        raw = raw[np.ix_(*[row - row[0] for row in rows])]
        classes = np.zeros(raw.shape, np.uint8)
        for number, value in enumerate(self.spec.values[1:], 1):
            classes[raw == value] = number
        return classes

    @property
    def labelled(self) -> list[np.ndarray]:
        """For each class that is present, some of its voxels as (n, 3) positions on the grid of the spec."""
        # Not a cached_property: in Python 3.11 its one lock would let a single sample at a time be looked through.
        with self._lock:
            if self._seen is None:
                self._seen = self._look()
            return self._seen

    @property
    def steps(self) -> tuple[float, ...]:
        """Source voxels per voxel of the grid."""
        if self.spec.spacing_mm is None:
            return (1.0, 1.0, 1.0)
        return tuple(wanted / here for wanted, here in zip(self.spec.spacing_mm, self.spacing, strict=True))

    def _look(self) -> list[np.ndarray]:
        classes = self.target(tuple(slice(0, extent) for extent in self.shape))
        found = [np.argwhere(classes == number) for number in range(1, len(self.spec.values))]
        return [seen[:: -(-len(seen) // _REMEMBERED_VOXELS)].astype(np.int32) for seen in found if len(seen)]

    def _axes(self, box: Box) -> list[tuple[slice, float, int]]:
        return list(zip(box, self.steps, self.voxels.shape, strict=True))


def positions(count: range, step: float, extent: int) -> np.ndarray:
    """Where the centres of these voxels lie among `extent` voxels that are `step` times finer; clipped to them."""
    return np.clip((np.arange(count.start, count.stop) + 0.5) * step - 0.5, 0, extent - 1)


def blend(array: np.ndarray, axis: int, low: np.ndarray, high: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Linear interpolation along one axis: row `low` and `share` of the way to row `high`."""
    weight = share.astype(np.float32).reshape([-1 if number == axis else 1 for number in range(array.ndim)])
    below = array.take(low, axis)
    return below + (array.take(high, axis) - below) * weight


def _rows(part: slice, step: float, extent: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    at = positions(range(part.start, part.stop), step, extent)
    low = np.floor(at).astype(np.int64)
    return low, np.ceil(at).astype(np.int64), at - low


def _nearest(part: slice, step: float, extent: int) -> np.ndarray:
    return np.floor(positions(range(part.start, part.stop), step, extent) + 0.5).astype(np.int64)


def _windowed(raw: np.ndarray, window: WindowSpec) -> np.ndarray:
    scaled = (raw - np.float32(window.low_hu)) * np.float32(1 / (window.high_hu - window.low_hu))
    return np.clip(scaled, 0, 1, out=scaled)

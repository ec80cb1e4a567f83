"""A volume and where it lies, and the even grid on which heads are compared.

    volume = Volume(voxels, affine)          voxels [z, y, x]; the affine leads from (x, y, z) to mm (LPS)
    coarse = even(volume, 4.0, "MR")         4 mm, axes along left, posterior, superior, values from 0 to 1

Not here: reading files.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

Modality = Literal["CT", "MR"]

_AIR, _DENSE = -200.0, 300.0
"""HU between which fat, brain and bone are told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """`voxels` [z, y, x] of any number type; `affine` [4, 4] from the index (x, y, z) to LPS mm, oblique or sheared."""

    voxels: np.ndarray
    affine: np.ndarray

    @property
    def spacing(self) -> np.ndarray:
        """The distance of neighbours along x, y and z, in mm."""
        return np.linalg.norm(self.affine[:3, :3], axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Even:
    """Values [x, y, z] from 0 to 1 on a grid of equal steps; `seen` tells where the volume has voxels."""

    values: np.ndarray
    seen: np.ndarray
    spacing: float
    origin: np.ndarray

    def points(self, where: np.ndarray) -> np.ndarray:
        """The places [3, n] in mm of the voxels where a mask is true."""
        return np.array(np.nonzero(where), np.float64) * self.spacing + self.origin[:, None]


def even(volume: Volume, spacing: float, modality: Modality) -> Even:
    """The volume on an even grid that covers it, each axis smoothed to the new step before."""
    voxels = np.asarray(volume.voxels, np.float32).T
    steps = volume.spacing
    corners = volume.affine @ np.array(
        [[x, y, z, 1] for x in (0, voxels.shape[0] - 1) for y in (0, voxels.shape[1] - 1) for z in (0, voxels.shape[2] -
        1)]
    ).T  # fmt: skip
    low, high = corners[:3].min(1), corners[:3].max(1)
    shape = tuple(int(n) + 1 for n in np.ceil((high - low) / spacing))
    smoothed, affine = _thinned(voxels, volume.affine, np.maximum(1, (spacing / steps).astype(int)))
    grid = np.diag([spacing, spacing, spacing, 1.0])
    grid[:3, 3] = low
    into = np.linalg.inv(affine) @ grid
    values = ndimage.affine_transform(smoothed, into[:3, :3], into[:3, 3], output_shape=shape, order=1, mode="nearest")
    return Even(_scaled(values, modality), _seen(into, smoothed.shape, shape), spacing, low)


def _thinned(voxels: np.ndarray, affine: np.ndarray, by: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of blocks of voxels: what a coarser scan would have seen; the affine leads from the blocks' middles."""
    whole = [n // step * step for n, step in zip(voxels.shape, by.tolist(), strict=True)]
    cut = voxels[: whole[0], : whole[1], : whole[2]]
    a, b, c = by.tolist()
    blocks = cut.reshape(whole[0] // a, a, whole[1] // b, b, whole[2] // c, c)
    new = affine @ np.diag([*by, 1.0])
    new[:3, 3] = affine[:3, 3] + affine[:3, :3] @ ((by - 1) / 2)
    return blocks.mean((1, 3, 5), dtype=np.float32), new


def _seen(into: np.ndarray, inner: tuple[int, ...], shape: tuple[int, ...]) -> np.ndarray:
    places = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in shape), indexing="ij", sparse=True)
    seen = np.ones(shape, bool)
    for row, n in zip(into[:3], inner, strict=True):
        at = row[0] * places[0] + row[1] * places[1] + row[2] * places[2] + row[3]
        seen &= (at > -0.75) & (at < n - 0.25)
    return seen


def _scaled(values: np.ndarray, modality: Modality) -> np.ndarray:
    """From 0 (air) to 1 (the brightest); CT by its units, MR by what this scan has."""
    if modality == "CT":
        return np.clip((values - _AIR) / (_DENSE - _AIR), 0, 1)
    low, high = np.percentile(values, [2, 99.5])
    return np.clip((values - low) / max(high - low, 1e-6), 0, 1) ** 0.7


def air_below(voxels: np.ndarray, modality: Modality) -> float:
    """The value under which a voxel is air: -300 HU, or an eighth of the way from dark to bright in MR."""
    if modality == "CT":
        return -300.0
    thin = voxels[:: max(1, voxels.shape[0] // 40), ::4, ::4]
    low, high = np.percentile(thin, [1, 99])
    return float(low + (high - low) / 8)

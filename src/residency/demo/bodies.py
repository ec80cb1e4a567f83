"""Many subjects from one body: a smooth random deformation, the blur and noise of a scanner, and its own grid.

    body = deform(anatomy, scanner, np.random.default_rng([seed, index]))
    body.hu.shape, body.spacing_mm            # (47, 88, 112), (3.5, 3.28, 3.28)

What comes out is the same anatomy in another shape. Results measured on such subjects say nothing about how a model
does on other people, however many subjects are made; whoever shows them must say so.

Not here: new anatomy, disease, or artefacts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from residency.demo.anatomy import Anatomy, Labels, Volume
from residency.demo.equipment import Scanner

ROWS, COLUMNS = 88, 112
COVERAGE_MM = 160.0  # from under the top of the volume downwards: liver, spleen and kidneys of the known bodies
TOP_MARGIN_MM = 6.0  # the deformation must not look above the volume for long
COARSE_MM = 24.0  # between the nodes of the displacement field: 8 voxels of the 3 mm original
LARGEST_SHIFT_MM = (6.0, 8.0)


@dataclass(frozen=True)
class Body:
    """HU (z, y, x), labels on the same grid, spacing in mm (z, y, x) and the centre of the first voxel (x, y, z)."""

    hu: Volume
    labels: Labels
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]


def deform(anatomy: Anatomy, scanner: Scanner, rng: np.random.Generator, slices: int | None = None) -> Body:
    """One subject; `slices` keeps only that many, around the middle of the liver (for short series)."""
    in_plane = round(float(rng.uniform(3.2, 3.4)), 2)
    spacing = (float(rng.choice([3.0, 3.5, 4.0])), in_plane, in_plane)
    count = min(int(COVERAGE_MM // spacing[0]), int(_extent(anatomy)[0] // spacing[0]) - 2)
    axes, origin = _grid(anatomy, spacing, count, slices)
    where = _displaced(axes, rng) / np.asarray(anatomy.spacing_mm, np.float32).reshape(3, 1, 1, 1)
    sharp = ndimage.map_coordinates(anatomy.volume, where, np.float32, order=1, mode="nearest")
    labels = ndimage.map_coordinates(anatomy.labels, where, np.uint8, order=0, mode="nearest")
    blurred = ndimage.gaussian_filter(sharp, [scanner.blur_mm / s for s in spacing], truncate=3)
    noisy = blurred + rng.standard_normal(blurred.shape, dtype=np.float32) * np.float32(scanner.noise_hu)
    return Body(np.clip(np.rint(noisy), -1024, 3071).astype(np.int16), labels, spacing, origin)


def _extent(anatomy: Anatomy) -> NDArray[np.float64]:
    return (np.array(anatomy.volume.shape) - 1) * np.array(anatomy.spacing_mm)


def _grid(
    anatomy: Anatomy, spacing: tuple[float, float, float], count: int, slices: int | None
) -> tuple[list[NDArray[np.float32]], tuple[float, float, float]]:
    """Millimetres along each axis of the original, and where the first voxel lies in the patient."""
    extent = _extent(anatomy)
    lengths = [count, ROWS, COLUMNS]
    start = [(e - (n - 1) * s) / 2 for e, n, s in zip(extent, lengths, spacing, strict=True)]
    start[0] = extent[0] - TOP_MARGIN_MM - (count - 1) * spacing[0]
    if slices is not None:
        below = (_liver_height(anatomy) - start[0]) / spacing[0] - slices / 2
        start[0] += spacing[0] * min(max(0, round(below)), count - slices)
        lengths[0] = slices
    axes = [(a + s * np.arange(n)).astype(np.float32) for a, s, n in zip(start, spacing, lengths, strict=True)]
    x, y, z = (round(float(o + a), 2) for o, a in zip(anatomy.origin_mm, reversed(start), strict=True))
    return axes, (x, y, z)


def _liver_height(anatomy: Anatomy) -> float:
    """Millimetres above the lowest slice of the original where the middle of the liver lies."""
    area = (anatomy.labels == 1).sum(axis=(1, 2))
    return float(np.average(np.arange(len(area)), weights=area)) * anatomy.spacing_mm[0]


def _displaced(axes: list[NDArray[np.float32]], rng: np.random.Generator) -> NDArray[np.float32]:
    """The grid's points moved: size of the person, a turn on the table, and a smooth random field on coarse nodes."""
    centre = [a.mean() for a in axes]
    z, y, x = np.meshgrid(*axes, indexing="ij")
    scale = rng.uniform(0.95, 1.05, 3).astype(np.float32)
    turn = np.float32(np.deg2rad(rng.uniform(-3, 3)))
    dz, dy, dx = (z - axes[0][-1]) * scale[0], (y - centre[1]) * scale[1], (x - centre[2]) * scale[2]
    moved = np.stack([axes[0][-1] + dz, centre[1] + dy - turn * dx, centre[2] + dx + turn * dy])
    nodes = [int(np.ptp(a) // COARSE_MM) + 2 for a in axes]
    to_nodes = np.stack([(g - a[0]) / np.float32(COARSE_MM) for g, a in zip((z, y, x), axes, strict=True)])
    largest = rng.uniform(*LARGEST_SHIFT_MM)
    for axis in range(3):
        coarse = ndimage.gaussian_filter(rng.standard_normal(nodes), 1.0)
        coarse *= largest / np.abs(coarse).max()
        moved[axis] += ndimage.map_coordinates(coarse.astype(np.float32), to_nodes, np.float32, order=1, mode="nearest")
    return moved

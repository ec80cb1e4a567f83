"""How well a predicted mask agrees with its reference, per subject and structure.

    rows = measure("s-7f3a", predicted, reference, structures={1: "liver", 2: "spleen"},
                   spacing_mm=(3.0, 1.5, 1.5), tolerance_mm=3.0, valid=inside)

A structure that was missed, or invented, counts with the worst value there is (Dice 0, NSD 0, HD95 the diagonal of
the image). Libraries return NaN there and drop it from the mean, so that a model which misses a structure scores
better than one which finds it badly. A structure that is neither in the reference nor in the prediction is `absent`:
it has no value, and is counted. No number here is ever NaN or infinite.

Refuses masks of different shape, spacing that is not positive, labels that are not whole numbers.
Not here: means and intervals (`summary`), limits (`plan`).
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat

from residency.errors import BadInput
from residency.kernel.record import Part

Status = Literal["present", "missed", "invented", "absent"]
Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
Amount = Annotated[FiniteFloat, Field(ge=0)]
Mask = NDArray[np.bool_]
Spacing = tuple[float, float, float]

# Lattice distances are sums of rounded squares: 3 x 0.1 mm is above 0.3 mm by one part in 10^16.
_ROUNDING_MM = 1e-6


class MasksDisagree(BadInput):
    """Prediction and reference cannot be compared."""


class Measured(Part):
    """One structure in one subject. The three values are None exactly where the status is `absent`."""

    subject: str
    structure: str
    status: Status
    dice: Share | None
    nsd: Share | None
    hd95_mm: Amount | None
    tolerance_mm: Amount
    reference_ml: Amount
    predicted_ml: Amount


def measure(
    subject: str,
    prediction: NDArray[np.integer],
    reference: NDArray[np.integer],
    *,
    structures: Mapping[int, str],
    spacing_mm: Spacing,
    tolerance_mm: float,
    valid: Mask | None = None,
) -> tuple[Measured, ...]:
    """One row per structure, in the order given.

    `prediction` and `reference` are label volumes (z, y, x), 0 is background, labels outside `structures` are not
    looked at. `spacing_mm` is that of (z, y, x). Voxels where `valid` is False (padding) belong to neither mask, and
    the image is what remains.

    Dice is 2|A∩B| / (|A|+|B|). The surface of a mask is its voxels with a face on the outside, the edge of the image
    included. NSD is the share of both surfaces within `tolerance_mm` of the other; HD95 is the larger of the two
    95th percentiles of the distances from one surface to the other (definitions of Metrics Reloaded, Nat Methods
    2024;21:195, and of MONAI). Raises MasksDisagree.
    """
    _check_volumes(prediction, reference, valid)
    _check_scale(structures, spacing_mm, tolerance_mm)
    if valid is not None:
        prediction, reference = np.where(valid, prediction, 0), np.where(valid, reference, 0)
    shape = reference.shape if valid is None else tuple(side.stop - side.start for side in _box(valid))
    diagonal_mm = float(np.linalg.norm(np.multiply(shape, spacing_mm)))
    rows = []
    for label, name in structures.items():
        found, truth = prediction == label, reference == label
        status, dice, nsd, hd95_mm = _compare(found, truth, spacing_mm, tolerance_mm, diagonal_mm)
        rows.append(
            Measured(
                subject=subject,
                structure=name,
                status=status,
                dice=dice,
                nsd=nsd,
                hd95_mm=hd95_mm,
                tolerance_mm=tolerance_mm,
                reference_ml=_millilitres(truth, spacing_mm),
                predicted_ml=_millilitres(found, spacing_mm),
            )
        )
    return tuple(rows)


def _check_volumes(prediction: NDArray[np.integer], reference: NDArray[np.integer], valid: Mask | None) -> None:
    shapes = {volume.shape for volume in (prediction, reference, valid) if volume is not None}
    if len(shapes) > 1 or reference.ndim != 3:
        raise MasksDisagree(
            f"Prediction {prediction.shape}, reference {reference.shape} and valid region are not one (z, y, x) shape.",
            remedy="Predict on the grid of the reference, or resample one to the other first.",
        )
    if not all(np.issubdtype(volume.dtype, np.integer) for volume in (prediction, reference)):
        raise MasksDisagree("A label volume holds fractions.", remedy="Pass labels, not probabilities.")
    if valid is not None and (valid.dtype != np.bool_ or not valid.any()):
        raise MasksDisagree("The valid region is empty or not a mask.")


def _check_scale(structures: Mapping[int, str], spacing_mm: Spacing, tolerance_mm: float) -> None:
    if not (np.isfinite(spacing_mm).all() and min(spacing_mm) > 0 and np.isfinite(tolerance_mm) and tolerance_mm >= 0):
        raise MasksDisagree(f"Spacing {spacing_mm} mm with tolerance {tolerance_mm} mm measures nothing.")
    if 0 in structures or len(set(structures.values())) < len(structures):
        raise MasksDisagree("Structures need labels other than 0 and names of their own.")


def _compare(
    found: Mask, truth: Mask, spacing_mm: Spacing, tolerance_mm: float, diagonal_mm: float
) -> tuple[Status, float | None, float | None, float | None]:
    """Status, Dice, NSD and HD95 in mm of one structure."""
    if not truth.any() and not found.any():
        return "absent", None, None, None
    if not found.any():
        return "missed", 0.0, 0.0, diagonal_mm
    if not truth.any():
        return "invented", 0.0, 0.0, diagonal_mm
    box = _box(found | truth)
    found, truth = found[box], truth[box]
    dice = 2 * np.count_nonzero(found & truth) / (np.count_nonzero(found) + np.count_nonzero(truth))
    there, back = _surface_distances(found, truth, spacing_mm)
    near = np.count_nonzero(there <= tolerance_mm + _ROUNDING_MM) + np.count_nonzero(
        back <= tolerance_mm + _ROUNDING_MM
    )
    hd95_mm = max(np.percentile(there, 95), np.percentile(back, 95))
    return "present", float(dice), near / (there.size + back.size), float(hd95_mm)


def _box(mask: Mask) -> tuple[slice, ...]:
    """The smallest box around a mask that is not empty."""
    sides = []
    for axis in range(mask.ndim):
        occupied = np.flatnonzero(mask.any(axis=tuple(other for other in range(mask.ndim) if other != axis)))
        sides.append(slice(int(occupied[0]), int(occupied[-1]) + 1))
    return tuple(sides)


def _surface_distances(found: Mask, truth: Mask, spacing_mm: Spacing) -> tuple[NDArray, NDArray]:
    """Distances in mm from each surface voxel to the other surface, both ways.

    Exact inside the common box: every voxel that one could be nearest to lies in it.
    """
    from scipy import ndimage

    edges = [mask & ~ndimage.binary_erosion(mask) for mask in (found, truth)]
    to_found, to_truth = (ndimage.distance_transform_edt(~edge, sampling=spacing_mm) for edge in edges)
    return to_truth[edges[0]], to_found[edges[1]]  # pyrefly: ignore[unsupported-operation]


def _millilitres(mask: Mask, spacing_mm: Spacing) -> float:
    return float(np.count_nonzero(mask) * np.prod(spacing_mm) / 1000)

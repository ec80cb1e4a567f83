"""One series: whether its heads make one volume, and if not, the first reason why, with the files that are too many.

    fault = fault_of(heads)            # None, or Fault("LOCALIZER", too_many=frozenset({24}))
    grid = grid_of(heads)              # where the voxels lie, to compare a label map with

Positions are projected on the normal of the slices (PS3.3 C.7.6.2.1.1). Only classic CT and MR are judged: what has
no such geometry (ultrasound, captured screens, enhanced multi-frame objects) passes. A slice that is missing at an end
leaves no trace in geometry and is not found; a series of several volumes (4D, several echoes) is a DUPLICATE-SLICE.
Not here: label maps themselves (`labels`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from residency.ingest.dicom import CT, MR, Head

_GAP = 1.5  # times the usual distance: between a jitter and a whole slice
_UNEVEN_MM, _UNEVEN = 0.05, 0.1  # distances that differ by more than both contradict each other
_PARALLEL = 1e-3  # of direction cosines
_DRIFT = 0.5  # pixels that slices may be shifted in their plane, over the whole series: more is a tilted gantry


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a series is held, and which of its files (by place) are left out if a person accepts it."""

    code: str
    too_many: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Grid:
    """Voxel (column, row, slice) to mm in NIfTI's axes, and how many voxels there are."""

    affine: NDArray[np.float64]
    shape: tuple[int, int, int]


def fault_of(heads: Sequence[Head], waived: frozenset[str] = frozenset()) -> Fault | None:
    """The first fault that is not waived."""
    for check in _CHECKS:
        fault = check(heads)
        if fault is not None and fault.code not in waived:
            return fault
        if fault is not None and fault.code in _STOPS:
            return None
    return None


def in_order(heads: Sequence[Head]) -> list[int]:
    """Places of the heads from the first slice to the last; by instance number where positions do not say."""
    heights = _heights(heads)
    if heights is None:
        return sorted(range(len(heads)), key=lambda i: (heads[i].number, i))
    return sorted(range(len(heads)), key=lambda i: (heights[i], heads[i].number, i))


def grid_of(heads: Sequence[Head]) -> Grid | None:
    """Where the voxels of a sound series lie; None if it has no geometry."""
    heights = _heights(heads)
    if heights is None or not all(head.spacing for head in heads):
        return None
    order = in_order(heads)
    first, last = heads[order[0]], heads[order[-1]]
    steps = max(len(heads) - 1, 1)
    along = (np.array(last.position) - np.array(first.position)) / steps
    row, column = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    if not along.any():
        along = np.cross(row, column)
    dy, dx = first.spacing
    lps = np.eye(4)
    lps[:3] = np.column_stack([row * dx, column * dy, along, first.position])
    return Grid(np.diag([-1.0, -1.0, 1.0, 1.0]) @ lps, (first.columns, first.rows, len(heads)))


def same_grid(one: Grid, other: Grid) -> bool:
    """Whether two grids have the same voxels, in whatever order and direction their axes run; within a tenth."""
    try:
        step = np.linalg.inv(one.affine) @ other.affine
    except np.linalg.LinAlgError:
        return False
    turn = np.rint(step[:3, :3])
    if not (np.abs(turn).sum(0) == 1).all() or not (np.abs(turn).sum(1) == 1).all():
        return False
    if tuple(np.abs(turn) @ other.shape) != one.shape:
        return False
    corners = np.array([[x, y, z, 1] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    corners[:, :3] *= np.array(other.shape) - 1
    at = (step @ corners.T)[:3]
    ends = np.array(one.shape)[:, None] - 1
    return bool((np.minimum(np.abs(at), np.abs(at - ends)) < 0.1).all())


def _mixed_objects(heads: Sequence[Head]) -> Fault | None:
    classes = Counter(head.sop_class for head in heads)
    usual = classes.most_common(1)[0][0]
    others = frozenset(i for i, head in enumerate(heads) if head.sop_class != usual)
    return Fault("MIXED-OBJECTS", others) if others else None


def _repeated_instance(heads: Sequence[Head]) -> Fault | None:
    return _repeats([head.instance or i for i, head in enumerate(heads)])


def _localizer(heads: Sequence[Head]) -> Fault | None:
    views = frozenset(i for i, head in enumerate(heads) if "LOCALIZER" in head.image_type)
    return Fault("LOCALIZER", views) if views else None


def _no_geometry(heads: Sequence[Head]) -> Fault | None:
    said = all(head.position and head.orientation and head.spacing for head in heads)
    return None if said else Fault("NO-GEOMETRY")


def _mixed_orientation(heads: Sequence[Head]) -> Fault | None:
    cosines = np.array([head.orientation for head in heads])
    usual = np.median(cosines, axis=0)
    return None if (np.abs(cosines - usual) < _PARALLEL).all() else Fault("MIXED-ORIENTATION")


def _plane_contradicts(heads: Sequence[Head]) -> Fault | None:
    spacings = np.array([head.spacing for head in heads])
    extents = {(head.rows, head.columns) for head in heads}
    agrees = len(extents) == 1 and (spacings > 0).all() and np.ptp(spacings, axis=0).max() < 1e-3
    return None if agrees else Fault("SPACING-CONTRADICTS")


def _repeated_position(heads: Sequence[Head]) -> Fault | None:
    heights = _heights(heads)
    return None if heights is None else _repeats([round(float(height), 2) for height in heights])


def _missing_slice(heads: Sequence[Head]) -> Fault | None:
    distances = _distances(heads)
    if len(distances) < 2:
        return None
    return Fault("MISSING-SLICE") if (distances > _GAP * np.median(distances)).any() else None


def _distance_contradicts(heads: Sequence[Head]) -> Fault | None:
    distances = _distances(heads)
    if len(distances) < 2:
        return None
    usual = float(np.median(distances))
    # A gap is said by MISSING-SLICE: whoever accepts it is not asked about it a second time.
    distances = distances[distances <= _GAP * usual]
    uneven = (np.abs(distances - usual) > max(_UNEVEN_MM, _UNEVEN * usual)).any()
    return Fault("SPACING-CONTRADICTS") if uneven or _drift(heads) > _DRIFT else None


# A series that is accepted in spite of one of these has no geometry in which the later checks would mean anything.
_STOPS = frozenset({"NO-GEOMETRY", "MIXED-ORIENTATION"})
_ANY: tuple[Callable[[Sequence[Head]], Fault | None], ...] = (_mixed_objects, _repeated_instance)
_VOLUME = (
    _localizer,
    _no_geometry,
    _mixed_orientation,
    _plane_contradicts,
    _repeated_position,
    _missing_slice,
    _distance_contradicts,
)


def _volume(check: Callable[[Sequence[Head]], Fault | None]) -> Callable[[Sequence[Head]], Fault | None]:
    """The check, for series of classic CT and MR only."""
    return lambda heads: check(heads) if all(h.sop_class in (CT, MR) and h.frames == 1 for h in heads) else None


_CHECKS = (*_ANY, *(_volume(check) for check in _VOLUME))


def _repeats(keys: list) -> Fault | None:
    seen: set = set()
    again = frozenset(i for i, key in enumerate(keys) if key in seen or seen.add(key))
    return Fault("DUPLICATE-SLICE", again) if again else None


def _heights(heads: Sequence[Head]) -> NDArray[np.float64] | None:
    if not all(head.position and head.orientation for head in heads):
        return None
    row, column = np.array(heads[0].orientation[:3]), np.array(heads[0].orientation[3:])
    return np.array([head.position for head in heads]) @ np.cross(row, column)


def _distances(heads: Sequence[Head]) -> NDArray[np.float64]:
    heights = _heights(heads)
    return np.diff(np.sort(heights)) if heights is not None else np.array([])


def _drift(heads: Sequence[Head]) -> float:
    """Pixels by which slices are shifted against each other in their plane."""
    places = np.array([head.position for head in heads])
    axes = np.array([heads[0].orientation[:3], heads[0].orientation[3:]]).T
    spacing = np.array(heads[0].spacing)[::-1]
    return float(np.ptp(places @ axes / spacing, axis=0).max())

"""The pass over the faces of one series: the stack as a volume, its face cut off, the files with it (PS3.15 E.3.2).

    made = without_faces(instances)      the instances, those with a face changed; or the Reason why not
    made is None                         nothing says that a face may be in the series

A series is one volume: CT or MR sections of one size, one orientation and one spacing, each at a place of its own.
Several echoes or times at one place, uneven steps, enhanced (multi-frame) objects, colour, and whatever is neither CT
nor MR are held back, as is every volume whose result `faces.check` does not believe. Sections in which no voxel of the
face lies keep their pixels byte for byte. Not here: which voxels are face (`faces.series`), text (`burned`).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from residency.deid.dicom.decoding import Frames, decoded, encoded
from residency.deid.dicom.elements import Instance
from residency.deid.dicom.kinds import shows_a_picture
from residency.deid.dicom.regions import face_in, reach_of
from residency.deid.faces.deface import background
from residency.deid.faces.series import deface_series
from residency.deid.faces.volume import Modality
from residency.deid.reason import Reason

_CLASS, _FEATURES = 0x00080016, 0x00280302
_PLACE, _TURN, _SPACING, _SLOPE, _INTERCEPT = 0x00200032, 0x00200037, 0x00280030, 0x00281053, 0x00281052
_MODALITY: dict[str, Modality] = {"1.2.840.10008.5.1.4.1.1.2": "CT", "1.2.840.10008.5.1.4.1.1.4": "MR"}
_ALIKE = 1e-3
"""Of direction cosines, and of mm between pixels."""
_UNEVEN = 0.1
"""Share of a step by which a section may lie off its place."""


def without_faces(instances: Sequence[Instance]) -> list[Instance] | Reason | None:
    """All files of a series without a face, in their order; a Reason of code FACE; None if no face may be in it.

    Raises Unreadable where pixels cannot be decoded.
    """
    reach = reach_of(instances)
    if not any(shows_a_picture(one) and face_in(one, reach) for one in instances):
        return None
    kinds = {one.get(_CLASS).decode("latin-1") for one in instances}
    modality = _MODALITY.get(kinds.pop()) if len(kinds) == 1 else None
    if modality is None:
        return _held("A face cannot be found in a series that is neither of CT nor of MR sections.")
    placed = _placed(instances)
    if isinstance(placed, Reason):
        return placed
    order, affine = placed
    return _defaced(instances, order, affine, modality)


def _placed(instances: Sequence[Instance]) -> tuple[list[int], np.ndarray] | Reason:
    """The order of the sections along their stack, and the affine from (column, row, section) to LPS mm."""
    told = [[_numbers(one, tag, count) for tag, count in ((_PLACE, 3), (_TURN, 6), (_SPACING, 2))] for one in instances]
    if len(told) < 2 or any(part is None for one in told for part in one):
        return _held("The sections do not say where they lie.")
    places, turns, spacings = (np.array([one[part] for one in told], np.float64) for part in range(3))
    if np.abs(turns - turns[0]).max() > _ALIKE or np.abs(spacings - spacings[0]).max() > _ALIKE:
        return _held("The sections of the series lie in several directions or have several sizes.")
    across, down = turns[0, :3], turns[0, 3:]
    if max(abs(across @ across - 1), abs(down @ down - 1), abs(across @ down)) > 0.01 or spacings[0].min() <= 0:
        return _held("The sections do not say how they lie.")
    order = np.argsort(places @ np.cross(across, down), kind="stable")
    step = (places[order[-1]] - places[order[0]]) / (len(places) - 1)
    away = places[order] - (places[order[0]] + np.arange(len(places))[:, None] * step)
    if not np.linalg.norm(step) > _ALIKE or np.linalg.norm(away, axis=1).max() > _UNEVEN * np.linalg.norm(step):
        return _held("The sections of the series are no even stack: some are missing, or lie at one place.")
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = across * spacings[0, 1], down * spacings[0, 0], step
    affine[:3, 3] = places[order[0]]
    return order.tolist(), affine


def _defaced(
    instances: Sequence[Instance], order: list[int], affine: np.ndarray, modality: Modality
) -> list[Instance] | Reason:
    frames = [decoded(one) for one in instances]
    shapes = {one.values.shape for one in frames}
    colours = {one.colour for one in frames}
    if len(shapes) > 1 or colours != {"MONOCHROME2"} or next(iter(shapes))[0] != 1:
        return _held("The sections of the series have several sizes, several frames or colours.")
    scales = [(_numbers(one, _SLOPE, 1) or [1.0], _numbers(one, _INTERCEPT, 1) or [0.0]) for one in instances]
    lines = [(slope[0] or 1.0, intercept[0]) for slope, intercept in scales]
    volume = np.stack([_measured(frames[at], *lines[at]) for at in order])
    made = deface_series(volume, affine, modality)
    if isinstance(made, Reason):
        return made
    air = background(volume, modality)
    new = list(instances)
    for at, altered in zip(order, made.altered, strict=True):
        new[at] = _marked(_cut(instances[at], frames[at], altered, air, lines[at]))
    return new


def _measured(frames: Frames, slope: float, intercept: float) -> np.ndarray:
    """One section as numbers that mean the same in all of the series: HU in CT."""
    return frames.values[0, :, :, 0].astype(np.float32) * np.float32(slope) + np.float32(intercept)


def _cut(instance: Instance, frames: Frames, altered: np.ndarray, air: float, line: tuple[float, float]) -> Instance:
    """The section with air where the face was; the very same where none of it is in this section."""
    if not altered.any():
        return instance
    slope, intercept = line
    values = frames.values.copy()
    low, high = float(values.min()), float(values.max())
    stored = min(max((air - intercept) / slope, low), high)
    values[0, altered, 0] = round(stored) if np.issubdtype(values.dtype, np.integer) else stored
    return encoded(instance, replace(frames, values=values))


def _marked(instance: Instance) -> Instance:
    """With the attribute that says that no face can be recognised (PS3.3 C.7.6.1.1.6)."""
    elements = [element for element in instance.elements if element[0] != _FEATURES]
    elements = sorted([*elements, (_FEATURES, b"CS", b"NO", 0)], key=lambda element: element[0])
    return replace(instance, elements=elements)


def _numbers(instance: Instance, tag: int, count: int) -> list[float] | None:
    try:
        numbers = [float(part) for part in instance.get(tag).split(b"\\")]
    except ValueError:
        return None
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None


def _held(sentence: str) -> Reason:
    return Reason(code="FACE", sentence=sentence)

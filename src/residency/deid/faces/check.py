"""Whether a face is gone and the brain untouched, asked again by other means than those that took it off.

    second = second_look(volume, fit, modality)         before: does the head lie where the fit says?
    second.objection                                    None, or the Reason why not
    residue(volume, clean, second, modality)            after: None, or the Reason: a face is left, brain was touched

A fit is believed if what it found has a head's size and shape, if it is like the average, if its outline is that of the
average, and if a second fit, made from the surroundings of the brain alone and from starts that were pushed away, comes
to the same place. What remains is then judged by that second fit, and in CT also by the skull that this very volume
shows. What is not believed is held back. Not here: how often this is right (`tests/deid/faces/test_exam.py`). In MR the
brain is known by the two fits alone: a brain that bulges out of an average skull is not seen.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from residency.deid.faces.deface import BRAIN, FACE, regions
from residency.deid.faces.head import average_head
from residency.deid.faces.register import Fit, Likeness, improved, moved
from residency.deid.faces.volume import Even, Modality, Volume, air_below
from residency.deid.reason import Reason

SCALES = (0.70, 1.55)
"""From the volume to the head, along any line: an adult's is about 1, a child's of one year about 1.25."""
LONGEST_TO_SHORTEST = 1.45
LEAST_LIKENESS, LEAST_OUTLINE = 0.45, 0.80
FURTHEST_APART = 7.0
"""mm between the two fits, anywhere on the border of face and brain."""
LEFT = 0.10
"""Share of the face's tissue that may lie between the cuts of the two fits, at the jaw and the brow."""
_PUSH = np.array([7.0, -7, 7, 8, -8, 6, 6, 6, 6, 0, 0, 0])
_BORDER = np.array([(x, y, z) for x in (-45, 0, 45) for y, z in ((-45, -45), (-75, -30), (-97, -8), (-60, 0))]).T
_AROUND, _NEAR, _BONE = 40.0, 8.0, 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Second:
    """The second fit, the figures on which the first was judged, and the objection to it."""

    motion: np.ndarray
    likeness: float
    outline: float
    apart: float
    scales: tuple[float, float]
    grid: Even
    objection: Reason | None


def second_look(volume: Volume, fit: Fit, modality: Modality) -> Second:
    """A fit of its own, and whether the first may be believed."""
    stretches = np.linalg.svd(fit.motion[:3, :3])[1]
    scales = float(stretches.min()), float(stretches.max())
    outline = _outline(fit.grid, fit.motion)
    objection = _objection(fit.likeness, outline, scales)
    if objection is not None:
        return Second(fit.motion, fit.likeness, outline, np.inf, scales, fit.grid, objection)
    motion = _of_the_brain(fit.grid, fit.motion)
    back = np.linalg.inv(fit.motion)
    border = back[:3, :3] @ _BORDER + back[:3, 3:]
    apart = float(np.linalg.norm(motion[:3, :3] @ border + motion[:3, 3:] - _BORDER, axis=0).max())
    if apart > FURTHEST_APART:
        objection = _reason("Two ways to find the head do not agree.")
    return Second(motion, fit.likeness, outline, apart, scales, fit.grid, objection)


def residue(volume: Volume, clean: np.ndarray, second: Second, modality: Modality) -> Reason | None:
    """Why the result may not leave: tissue in the face as the second fit has it, or a voxel of brain that changed."""
    region = regions(volume, second.motion)
    changed = clean != volume.voxels
    if (changed & (region == BRAIN)).any():
        return _reason("Voxels of the brain would change.")
    if modality == "CT" and changed.any() and _within_skull(volume, second)[changed].any():
        return _reason("Voxels within the skull would change.")
    floor = air_below(volume.voxels, modality)
    tissue = (volume.voxels > floor) & (region == FACE)
    left = tissue & (clean > floor)
    if left.sum() > LEFT * tissue.sum():
        return _reason("A part of the face is left.")
    return None


def _objection(likeness: float, outline: float, scales: tuple[float, float]) -> Reason | None:
    small, large = scales
    if not (SCALES[0] <= small and large <= SCALES[1] and large <= LONGEST_TO_SHORTEST * small):
        return _reason("What was found has not the size and shape of a head.")
    if likeness < LEAST_LIKENESS:
        return _reason("The volume is not like the average head in any position.")
    if outline < LEAST_OUTLINE:
        return _reason("The outline of the volume is not that of a head.")
    return None


def _reason(sentence: str) -> Reason:
    return Reason(code="FACE", sentence=sentence)


def _of_the_brain(grid: Even, start: np.ndarray) -> np.ndarray:
    """The motion found from the surroundings of the brain alone, from starts pushed away."""
    near = np.zeros(grid.seen.shape, bool)
    near[grid.seen] = average_head().at(_near_brain(_AROUND), _on_head(grid, start))
    likeness = Likeness(grid, 12000, near)
    tries = [improved(likeness, moved(start, push), 12, 6) for push in (_PUSH, -_PUSH)]
    return max(tries, key=lambda tried: tried[1])[0]


def _outline(grid: Even, motion: np.ndarray) -> float:
    """Dice of the volume's solid head and the average's, where both were scanned and not far below or beside."""
    head, places = average_head(), _on_head(grid, motion)
    known = (places[2] > head.seen_from) & (np.abs(places) < 150).all(0)
    mine, theirs = solid(grid.values)[grid.seen][known], head.at(_solid_head(), places[:, known])
    return float(2 * (mine & theirs).sum() / max(1, mine.sum() + theirs.sum()))


def _within_skull(volume: Volume, second: Second) -> np.ndarray:
    """Soft tissue that bone surrounds in this very volume, near to where the brain is; [z, y, x] of the volume."""
    grid = second.grid
    bone = ndimage.binary_closing(grid.values > _BONE, iterations=2)
    inside = np.stack([ndimage.binary_fill_holes(level) for level in np.moveaxis(bone, 2, 0)], 2) & ~bone
    soft = inside & (grid.values > 0.38) & (grid.values < 0.62)
    brain = np.zeros(soft.shape, bool)
    brain[grid.seen] = average_head().at(_near_brain(_NEAR), _on_head(grid, second.motion))
    kept = ndimage.binary_opening(soft & brain).astype(np.uint8)
    into = volume.affine.copy()
    into[:3, 3] -= grid.origin
    into[:3] /= grid.spacing
    shape = volume.voxels.shape[::-1]
    return ndimage.affine_transform(kept, into[:3, :3], into[:3, 3], output_shape=shape, order=0).T.astype(bool)


def _on_head(grid: Even, motion: np.ndarray) -> np.ndarray:
    """Where the seen voxels of a grid lie on the average head, in mm."""
    return motion[:3, :3] @ grid.points(grid.seen) + motion[:3, 3:]


@cache
def _near_brain(distance: float) -> np.ndarray:
    head = average_head()
    return ndimage.distance_transform_edt(~head.brain, sampling=head.spacing) < distance


@cache
def _solid_head() -> np.ndarray:
    return solid(average_head().average / 255.0)


def solid(values: np.ndarray) -> np.ndarray:
    """The largest thing that is no air, with what it encloses."""
    tissue = ndimage.binary_opening(values > _between(values))
    labels, count = ndimage.label(tissue)
    if count == 0:
        return tissue
    largest = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    return ndimage.binary_fill_holes(ndimage.binary_closing(largest, iterations=3))


def _between(values: np.ndarray) -> float:
    """Half of the value that best parts air from tissue (Otsu 1979): scalp and skull lie low in both."""
    counts, edges = np.histogram(values, 64)
    middles = (edges[1:] + edges[:-1]) / 2
    below, weight = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    parted = below * above * (weight / np.maximum(below, 1) - (weight[-1] - weight) / np.maximum(above, 1)) ** 2
    return float(middles[np.argmax(parted)]) / 2

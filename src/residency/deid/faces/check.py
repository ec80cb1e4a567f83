"""Whether a face is gone and the brain untouched, asked again by other means than those that took it off.

    second = second_look(fit)                           before: does the head lie where the fit says?
    second.objection                                    None, or the Reason why not
    residue(volume, clean, second, modality)            after: None, or the Reason: a face is left, brain was touched

A fit is believed if what it found has a head's size and shape, if it is like the average and no other orientation is,
if its outline is that of the
average, and if it is found at the same place again from starts that were pushed away, by the head without the air
around it. The best motion of these takes the face off; what remains is judged by the next best. What is not believed is
held back. Not here: how often this is right
(`tests/deid/faces/test_exam.py`). In MR the brain is known by the two fits alone: a brain that bulges out of an average
skull is not seen.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from residency.deid.faces.deface import BRAIN, FACE, regions
from residency.deid.faces.head import average_head
from residency.deid.faces.outline import solid
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
RIVAL, RIVAL_UNTOLD = 0.95, 0.85
"""Share of the likeness that another orientation may reach: less where the header tells another one than was found."""
OVERLAP = 0.01
"""Share of the face, as the fit has it, that may lie in the brain that a CT shows; it is spared."""
_PUSH = np.array([5.0, -5, 5, 6, -6, 4, 4, 4, 4, 0, 0, 0])
_BORDER = np.array([(x, y, z) for x in (-45, 0, 45) for y, z in ((-45, -45), (-75, -30), (-97, -8), (-60, 0))]).T
_AROUND = 40.0


@dataclass(frozen=True, slots=True, eq=False)
class Second:
    """The best motion and the next best, the figures on which they were judged, and the objection to them."""

    motion: np.ndarray
    other: np.ndarray
    likeness: float
    outline: float
    apart: float
    scales: tuple[float, float]
    grid: Even
    objection: Reason | None


def second_look(fit: Fit) -> Second:
    """The same head found anew, twice, and whether it may be believed."""
    stretches = np.linalg.svd(fit.motion[:3, :3])[1]
    scales = float(stretches.min()), float(stretches.max())
    outline = _outline(fit.grid, fit.motion)
    objection = _objection(fit.likeness, outline, scales)
    if objection is not None:
        return Second(fit.motion, fit.motion, fit.likeness, outline, np.inf, scales, fit.grid, objection)
    motion, other = _found_anew(fit.grid, fit.motion)
    if fit.rival > (RIVAL if fit.as_told else RIVAL_UNTOLD):
        objection = _reason("The head may as well lie another way.")
    back = np.linalg.inv(motion)
    border = back[:3, :3] @ _BORDER + back[:3, 3:]
    apart = float(np.linalg.norm(other[:3, :3] @ border + other[:3, 3:] - _BORDER, axis=0).max())
    if apart > FURTHEST_APART:
        objection = _reason("Two ways to find the head do not agree.")
    return Second(motion, other, fit.likeness, outline, apart, scales, fit.grid, objection)


def contradiction(region: np.ndarray, brain: np.ndarray) -> Reason | None:
    """Why a fit is not believed although it was found twice: its face lies where this very volume shows its brain."""
    face = region == FACE
    if (face & brain).sum() > OVERLAP * face.sum():
        return _reason("What should be face lies in the brain.")
    return None


def residue(volume: Volume, clean: np.ndarray, second: Second, modality: Modality) -> Reason | None:
    """Why the result may not leave: tissue in the face as the second fit has it, or a voxel of brain that changed."""
    region = regions(volume, second.other)
    changed = clean != volume.voxels
    if (changed & (region == BRAIN)).any():
        return _reason("Voxels of the brain would change.")
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


def _found_anew(grid: Even, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best two of three motions: the first, and those found from starts pushed away from it either way.

    They are judged by the head without the air around it: brain, skull and scalp.
    """
    near = np.zeros(grid.seen.shape, bool)
    near[grid.seen] = average_head().at(_near_brain(_AROUND), _on_head(grid, start))
    likeness = Likeness(grid, 16000, near)
    tries = [improved(likeness, moved(start, push), 12, 8) for push in (0 * _PUSH, _PUSH, -_PUSH)]
    tries.sort(key=lambda tried: -tried[1])
    return tries[0][0], tries[1][0]


def _outline(grid: Even, motion: np.ndarray) -> float:
    """Dice of the volume's solid head and the average's, where both were scanned and not far below or beside."""
    head, places = average_head(), _on_head(grid, motion)
    known = (places[2] > head.seen_from) & (np.abs(places) < 150).all(0)
    mine, theirs = solid(grid.values)[grid.seen][known], head.at(head.solid, places[:, known])
    return float(2 * (mine & theirs).sum() / max(1, mine.sum() + theirs.sum()))


def _on_head(grid: Even, motion: np.ndarray) -> np.ndarray:
    """Where the seen voxels of a grid lie on the average head, in mm."""
    return motion[:3, :3] @ grid.points(grid.seen) + motion[:3, 3:]


@cache
def _near_brain(distance: float) -> np.ndarray:
    head = average_head()
    return head.distance_from(head.brain) < distance

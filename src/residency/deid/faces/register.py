"""Where the average head lies in a volume: an affine motion, found by mutual information from many starts.

    fit = register(volume, "MR")
    fit.motion                 [4, 4], from LPS mm of the volume to mm of the average head
    fit.likeness               how well it lies, in bits

The header's orientation is one start of 24, and always one of those that are followed: all turns of the axes are
tried, each with the chin up and down, laid by
the middle of what is seen and by its top; the best few of different orientation are then moved until they lie best, the
best of them to the end. The average head is its own mirror image, so that a mirrored volume needs no start of its own.
No random number, one thread. Not here: whether the fit may be trusted (`check`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
from scipy import ndimage
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

from residency.deid.faces.head import Head, average_head
from residency.deid.faces.volume import Even, Modality, Volume, even

COARSE, FINE = 8.0, 4.0
_BINS = 20
_CANDIDATES = 5
_OTHER_WAY, _HELD = np.deg2rad(45), np.deg2rad(50)
_EYE, _ARM = np.eye(3), 80.0
"""mm: a turn, a scale and a shear are told as the way of a point so far from the middle, like shifts."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """An affine motion from the volume to the head, its likeness in bits, and the volume as it was last compared.

    `as_told` says whether the head lies as the header has it; `rival` is the share of the likeness that the best motion
    of another orientation reaches.
    """

    motion: np.ndarray
    likeness: float
    grid: Even
    as_told: bool
    rival: float


def register(volume: Volume, modality: Modality) -> Fit:
    """The best affine motion of a volume (MR of any contrast, or CT in HU) to the average head."""
    coarse, fine = even(volume, COARSE, modality), even(volume, FINE, modality)
    rough, closer = Likeness(coarse, 3000), Likeness(coarse, 6000)
    found = [improved(rough, motion, 7, 2) for motion in _candidates(coarse, rough)]
    found.sort(key=lambda tried: (not _is_as_told(tried[0]), -tried[1]))
    last = [improved(closer, motion, 12, 4) for motion, _ in found[:1] + sorted(found[1:], key=lambda t: -t[1])[:2]]
    best, worth = max(last, key=lambda tried: tried[1])
    others = [other for motion, other in found + last if turn_between(best, motion) > _OTHER_WAY]
    motion, likeness = improved(Likeness(fine, 12000), best, 12, 3)
    return Fit(motion, likeness, fine, _is_as_told(motion), max(others, default=0.0) / max(worth, 1e-9))


def _is_as_told(motion: np.ndarray) -> bool:
    """Whether a motion leaves left, posterior and superior what they are, but for the way a head is held."""
    return turn_between(motion, np.eye(4)) < _HELD


class Likeness:
    """Mutual information, in bits, of a volume's values and the head's, over points of an even grid."""

    def __init__(self, grid: Even, points: int, where: np.ndarray | None = None) -> None:
        where = grid.seen if where is None else grid.seen & where
        chosen = np.flatnonzero(where)
        chosen = chosen[:: max(1, len(chosen) // points)]
        index = np.array(np.unravel_index(chosen, where.shape))
        self._points = (index * grid.spacing + grid.origin[:, None]).astype(np.float32)
        self._mine = np.minimum(grid.values.ravel()[chosen] * _BINS, _BINS - 1).astype(np.int32) * (_BINS + 1)
        self._theirs = _dense(grid.spacing)

    def __call__(self, motion: np.ndarray) -> float:
        """How like the two are where both are seen; what the average never saw tells nothing."""
        theirs = self._theirs
        into = (motion[:3].T - np.array([[0.0] * 3] * 3 + [theirs.origin])).T / theirs.step
        at = into[:, :3].astype(np.float32) @ self._points + (into[:, 3:] + 0.5).astype(np.float32)
        known = at[2] >= theirs.first
        share = known.mean()
        if share < 0.2:
            return 0.0
        x, y, z = np.clip(at, 0, theirs.last).astype(np.int32)
        value = theirs.values.take(x * theirs.rows[0] + y * theirs.rows[1] + z) * np.float32((_BINS - 1) / 256)
        low = value.astype(np.int32)
        part = (value - low) * known
        cell = self._mine + low
        size = _BINS * (_BINS + 1) + 1
        joint = np.bincount(cell, known - part, size) + np.bincount(cell + 1, part, size)
        return _information(joint[:-1].reshape(_BINS, _BINS + 1)) * float(share)


def improved(likeness: Likeness, start: np.ndarray, freedom: int, rounds: int) -> tuple[np.ndarray, float]:
    """A motion moved until it lies best, and how well: 7 degrees of freedom keep its shape, 12 are affine."""

    def unlike(values: np.ndarray) -> float:
        return -likeness(moved(start, values))

    options = {"xtol": 0.05, "ftol": 5e-4, "maxiter": rounds, "direc": np.eye(freedom) * 4.0}
    found = minimize(unlike, np.zeros(freedom), method="Powell", options=options)
    return moved(start, found.x), -float(found.fun)


def moved(motion: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A motion, then shifts, turns, scales (one or three) and shears about the middle of the head, all in mm."""
    shift, turn, scale = values[:3], values[3:6] / _ARM, np.broadcast_to(values[6:7], 3) / _ARM
    change = np.eye(4)
    stretch = np.diag(np.exp(scale))
    if len(values) == 12:
        stretch = np.diag(np.exp(values[6:9] / _ARM))
        stretch[0, 1], stretch[0, 2], stretch[1, 2] = values[9:12] / _ARM
    half = np.array([[0, -turn[2], turn[1]], [turn[2], 0, -turn[0]], [-turn[1], turn[0], 0]]) / 2
    change[:3, :3] = np.linalg.solve(_EYE - half, _EYE + half) @ stretch  # Cayley: a true turn, and cheap
    change[:3, 3] = shift
    return change @ motion


def _candidates(grid: Even, likeness: Likeness) -> list[np.ndarray]:
    """The best motion as the header has it, and of each of the best few other orientations."""
    head = average_head()
    tissue = _tissue(grid)
    points = grid.points(tissue & grid.seen)
    if points.shape[1] < 50:
        return [np.eye(4)]
    scored = [(likeness(motion), motion) for turn in _turns() for motion in _lain(turn, points, head)]
    scored.sort(key=lambda tried: -tried[0])
    told = next((motion for _, motion in scored if _is_as_told(motion)), None)
    kept: list[np.ndarray] = [] if told is None else [told]
    for _, motion in scored:
        if all(turn_between(motion, other) > _OTHER_WAY for other in kept):
            kept.append(motion)
        if len(kept) == _CANDIDATES:
            break
    return kept


def _turns() -> Iterator[np.ndarray]:
    """The 24 turns that lead axes to axes, each with the head nodding."""
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            turn = np.zeros((3, 3))
            turn[range(3), order] = signs
            if np.linalg.det(turn) > 0:
                for nod in (-20, 0, 20):
                    yield Rotation.from_euler("x", nod, degrees=True).as_matrix() @ turn


def _lain(turn: np.ndarray, points: np.ndarray, head: Head) -> Iterator[np.ndarray]:
    """The motions of one turn: the middle of what is seen on that of the head, or its top on the top."""
    turned = turn @ points
    middle, top = turned.mean(1), np.percentile(turned[2], 99)
    upper = turned[:, turned[2] > top - 150].mean(1)
    for scale in (1.0, 1.2):
        for at, onto in (
            (middle, np.array([0.0, 0, -20])),
            (np.array([*upper[:2], top]), np.array([0.0, 0, 78])),
            (middle, np.array([0.0, 0, 20])),
        ):
            motion = np.eye(4)
            motion[:3, :3] = scale * turn
            motion[:3, 3] = onto - scale * at
            yield motion


def _tissue(grid: Even) -> np.ndarray:
    """What is no air: the largest part of what is brighter than a fifth."""
    labels, count = ndimage.label(ndimage.binary_opening(grid.values > 0.2))
    if count == 0:
        return grid.values > 0.2
    return labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1


class _Dense(NamedTuple):
    """The head's values as bytes, on half its step, in one row; `last` is the last index and `first` the first seen."""

    values: np.ndarray
    step: float
    origin: list[float]
    rows: tuple[int, int]
    last: np.ndarray
    first: float


@cache
def _dense(spacing: float) -> _Dense:
    head = average_head()
    values = ndimage.gaussian_filter(head.average.astype(np.float32), 0.35 * spacing / head.spacing)
    fine = ndimage.zoom(values, [(2 * n - 1) / n for n in values.shape], order=1, grid_mode=False)
    levels = np.minimum(fine / fine.max() * 256, 255).astype(np.uint8)  # one byte each: it must fit near the core
    step = head.spacing / 2
    rows = (fine.shape[1] * fine.shape[2], fine.shape[2])
    first = (head.seen_from - head.origin[2]) / step
    last = (np.array(fine.shape, np.float32) - 1)[:, None]
    return _Dense(levels.ravel(), step, head.origin.tolist(), rows, last, first)


def _information(joint: np.ndarray) -> float:
    share = joint / joint.sum()
    both = share[share > 0]
    one, two = share.sum(1), share.sum(0)
    one, two = one[one > 0], two[two > 0]
    return float((both * np.log2(both)).sum() - (one * np.log2(one)).sum() - (two * np.log2(two)).sum())


def turn_between(one: np.ndarray, other: np.ndarray) -> float:
    """The angle, in radians, between the turns of two motions, whatever their scales and mirrors."""
    u, _, v = np.linalg.svd(one[:3, :3] @ np.linalg.inv(other[:3, :3]))
    turn = u @ v
    return float(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1)))

"""Pictures of a cleaned series, for somebody who looks for a face, or for text: PNG, without a word in them.

    drawn = pictures([read(data), …])
    drawn.shown          [("picture 1 of 240", png), …]
    drawn.left_out       how many pictures could not be drawn, or were too many: the page says so

Of a few pictures each is shown. Of many there are five, with the highest and the lowest value that any of them has in
each place, so that a text that stands on one slice alone is seen. Of a volume (positions and one orientation) there are
also projections from the side, and the surface from six sides, in which a face can be known. Frames are read one after
the other: memory holds one file. Not here: finding text by program (`dicom.textfinding`), removing faces (`faces`).
"""

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from residency.deid.dicom.decoding import decoded
from residency.deid.dicom.elements import PIXEL_DATA, Instance, Unreadable
from residency.deid.dicom.picture import shape_of

_POSITION, _ORIENTATION, _SPACING, _NUMBER = 0x00200032, 0x00200037, 0x00280030, 0x00200013
_ALL = 8
_STACKS = 12
"""Sizes of pictures in one series that are drawn: an ultrasound study seldom has more."""
_VOLUME = 16
_LONGEST = 4096
_BODY = 0.25
"""The surface lies where values rise above this share of the range: between air and tissue, in CT and in MR."""

Picture = tuple[str, bytes]


@dataclass
class Drawn:
    """Captions and PNGs, and how many pictures of the series are in none of them."""

    shown: list[Picture] = field(default_factory=list)
    left_out: int = 0


def pictures(instances: Sequence[Instance]) -> Drawn:
    """All pictures of a series; none for objects without pixels."""
    drawn, stacks = Drawn(), defaultdict(list)
    for instance in instances:
        if any(element[0] == PIXEL_DATA for element in instance.elements):
            try:
                shape = shape_of(instance.elements)
                stacks[shape.rows, shape.columns, shape.samples].append(instance)
            except Unreadable:
                drawn.left_out += 1
    for number, stack in enumerate(stacks.values()):
        if number < _STACKS:
            _draw(stack, drawn)
        else:
            drawn.left_out += sum(shape_of(one.elements).frames for one in stack)
    return drawn


def _draw(stack: list[Instance], drawn: Drawn) -> None:
    ordered, space = _ordered(stack)
    frames = sum(shape_of(one.elements).frames for one in ordered)
    wanted = set(range(frames)) if frames <= _ALL else {0, frames // 4, frames // 2, 3 * frames // 4, frames - 1}
    over = _Over(_threshold(ordered[frames // 2]) if space and frames >= _VOLUME else None)
    for number, frame in enumerate(_frames(ordered, drawn)):
        if number in wanted:
            drawn.shown.append((f"picture {number + 1} of {frames}", _png(_eight(frame))))
        if frames > _ALL:
            over.add(frame)
    if over.count:
        drawn.shown += over.drawn(space or (1.0, 1.0, 1.0))


def _frames(ordered: list[Instance], drawn: Drawn) -> Iterator[NDArray]:
    for instance in ordered:
        try:
            yield from decoded(instance).shown()
        except Unreadable:
            drawn.left_out += shape_of(instance.elements).frames


class _Over:
    """What is kept of all frames of a stack while they pass: extremes along it, and from the sides for a volume."""

    def __init__(self, threshold: float | None) -> None:
        self.count, self._threshold = 0, threshold
        self._high: NDArray | None = None
        self._low: NDArray | None = None
        self._sides: dict[str, list[NDArray]] = defaultdict(list)
        self._depths: dict[str, list[NDArray]] = defaultdict(list)
        self._first: NDArray | None = None
        self._last: NDArray | None = None

    def add(self, frame: NDArray) -> None:
        """One frame more."""
        self._high = frame.copy() if self._high is None else np.maximum(self._high, frame)
        self._low = frame.copy() if self._low is None else np.minimum(self._low, frame)
        if self._threshold is not None and frame.ndim == 2:
            self._sides["rows"].append(frame.max(axis=0))
            self._sides["columns"].append(frame.max(axis=1))
            self._surface(frame > self._threshold)
        self.count += 1

    def _surface(self, body: NDArray) -> None:
        for name, axis in (("row", 0), ("column", 1)):
            there = body.any(axis=axis)
            for end, seen in (("first", body), ("last", np.flip(body, axis))):
                depth = np.where(there, seen.argmax(axis=axis), np.nan)
                self._depths[f"{end} {name}"].append(depth)
        if self._first is None or self._last is None:
            self._first, self._last = (np.full(body.shape, np.nan) for _ in range(2))
        self._first[body & np.isnan(self._first)] = self.count
        self._last[body] = self.count

    def drawn(self, space: tuple[float, float, float]) -> list[Picture]:
        """The pictures; `space` is mm from slice to slice, from row to row, from column to column."""
        between, row, column = space
        if self._high is None or self._low is None:
            return []
        shown = [("highest value of all", _png(_eight(self._high))), ("lowest value of all", _png(_eight(self._low)))]
        for name, wide in (("rows", column), ("columns", row)):
            if self._sides[name]:
                side = _eight(np.stack(self._sides[name])[::-1])
                shown.append((f"highest value across {name}", _png(side, between / wide)))
        for name, depths in self._depths.items():
            deep, wide = (row, column) if name.endswith("row") else (column, row)
            surface = _shaded(np.stack(depths)[::-1] * deep, between, wide)
            shown.append((f"surface from the {name}", _png(surface, between / wide)))
        if self._first is not None and self._last is not None:
            for name, depth in (("first", self._first), ("last", self.count - 1 - self._last)):
                shown.append((f"surface from the {name} slice", _png(_shaded(depth * between, row, column))))
        return shown


def _ordered(stack: list[Instance]) -> tuple[list[Instance], tuple[float, float, float] | None]:
    """By position along the normal, with the distances, where all have one orientation; else by instance number."""
    turns = {one.get(_ORIENTATION) for one in stack}
    if len(turns) == 1 and len(stack) > 1:
        turn, spacing = _numbers(turns.pop(), 6), _numbers(stack[0].get(_SPACING), 2)
        places = [_numbers(one.get(_POSITION), 3) for one in stack]
        if turn is not None and spacing is not None and all(place is not None for place in places):
            heights = np.array(places, float) @ np.cross(turn[:3], turn[3:])
            order = np.argsort(heights, kind="stable")
            between = float(np.median(np.diff(heights[order])))
            space = (between, float(spacing[0]), float(spacing[1]))
            return [stack[at] for at in order], space if min(space) > 0 else None
    return sorted(stack, key=lambda one: int(one.get(_NUMBER)) if one.get(_NUMBER).isdigit() else 0), None


def _numbers(value: bytes, count: int) -> NDArray[np.float64] | None:
    try:
        numbers = np.array([float(part) for part in value.split(b"\\")])
    except ValueError:
        return None
    return numbers if len(numbers) == count and np.isfinite(numbers).all() else None


def _threshold(instance: Instance) -> float | None:
    try:
        low, high = np.percentile(decoded(instance).shown(), (1, 99))
    except Unreadable:
        return None
    return float(low + _BODY * (high - low))


def _eight(frame: NDArray) -> NDArray[np.uint8]:
    """Eight bits over the range in which 99 % of the values lie; text at either end is at an end here, too."""
    if frame.dtype == np.uint8:
        return frame
    low, high = np.percentile(frame, (0.5, 99.5))
    scaled = (frame.astype(np.float32) - low) * (255 / max(high - low, 1e-9))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _shaded(depth: NDArray, down: float, across: float) -> NDArray[np.uint8]:
    """A surface lit from where it is seen; black where there is none."""
    if min(depth.shape) < 2:
        return np.zeros(depth.shape, np.uint8)
    from scipy.ndimage import gaussian_filter

    # Depths are whole voxels: unsmoothed, a cheek is a flight of steps.
    there = ~np.isnan(depth)
    weight = gaussian_filter(there.astype(float), 1)
    smooth = gaussian_filter(np.where(there, depth, 0.0), 1) / np.maximum(weight, 1e-6)
    steep_down, steep_across = np.gradient(smooth, down, across)
    light = 1 / np.sqrt(1 + steep_down**2 + steep_across**2)
    return np.where(there, np.rint(255 * light), 0).astype(np.uint8)


def _png(picture: NDArray[np.uint8], tall: float = 1.0) -> bytes:
    """The bytes of a PNG, each pixel `tall` times as high as it is wide."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(picture))
    size = (image.width, max(round(image.height * tall), 1))
    scale = min(_LONGEST / max(size), 1.0)
    size = (max(round(size[0] * scale), 1), max(round(size[1] * scale), 1))
    file = io.BytesIO()
    (image if size == image.size else image.resize(size, Image.Resampling.BILINEAR)).save(file, "PNG")
    return file.getvalue()

"""Where a picture shows text: the network's word and the form of what is drawn, joined and widened.

    boxes = find_text(picture)        picture: uint8, grey (rows, columns) or RGB (rows, columns, 3)
    [(12, 8, 31, 204), …]             top, left, bottom, right

The network looks at the picture as it is and at twice its size with local contrast made even, because it misses small
and faint text at the first and large text at the second; what is drawn (`strokes`) finds some that both miss. A box is
widened along its line while pieces of the same height and strength follow. More is found than is text: a picture loses
some pixels too many rather than a name too few. Not here: what a box says, and whether it may stay (`marks`).
"""

import numpy as np
from numpy.typing import NDArray

from residency.deid.dicom.ocr import reader
from residency.deid.dicom.strokes import Box, Ink, ink_of, islands, rows_in, turned

_LIKELY, _SURE = 0.2, 0.45
_TALLEST, _TALLEST_SHARE = 72, 0.08
_SMALL_ENOUGH, _LARGE = 1_600_000, 1_000_000
"""Pixels up to which a picture is looked at twice its size, and from which on also at half its size."""


def find_text(picture: NDArray[np.uint8], *, thorough: bool = True) -> list[Box]:
    """Boxes of text, in no order; they overlap where both ways found the same. Raises OcrMissing and OcrFailed.

    Not `thorough` leaves out the looks at other sizes: for the frames of a film whose whole was looked at before.
    """
    shape = picture.shape[:2]
    tallest = max(_TALLEST, round(_TALLEST_SHARE * min(shape)))
    boxes = [box for looked in _looks(picture, thorough) for box in _likely(looked, tallest)]
    pieces = []
    for plane in _planes(picture):
        ink = ink_of(plane)
        boxes += rows_in(ink) + islands(plane)
        pieces.append(ink)
    return [_widened(box, pieces, shape) for box in boxes]


def _looks(picture: NDArray[np.uint8], thorough: bool) -> list[NDArray[np.float32]]:
    pixels = picture.shape[0] * picture.shape[1]
    looks = [reader().likelihood(picture)]
    if thorough and pixels <= _SMALL_ENOUGH:
        looks.append(reader().likelihood(evened(picture), 2.0))
    if thorough and pixels > _SMALL_ENOUGH:
        looks.append(reader().likelihood(evened(picture)))
    if thorough and pixels > _LARGE:
        looks.append(reader().likelihood(picture, 0.5))
    return looks


def evened(picture: NDArray[np.uint8], across: int = 31) -> NDArray[np.uint8]:
    """The picture with the same brightness and contrast in every neighbourhood of so many pixels."""
    import cv2

    values = picture.astype(np.float32)
    mean = cv2.blur(values, (across, across))
    spread = np.sqrt(np.maximum(cv2.blur(values * values, (across, across)) - mean * mean, 0))
    return np.clip(128 + 45 * (values - mean) / (spread + 1.5), 0, 255).astype(np.uint8)


def _planes(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    if picture.ndim == 2:
        return [picture]
    planes = [np.ascontiguousarray(picture[..., colour]) for colour in range(3)]
    return planes[:1] if all(np.array_equal(planes[0], plane) for plane in planes[1:]) else planes


def _likely(likelihood: NDArray[np.float32], tallest: int) -> list[Box]:
    """Boxes around what is likely. The network marks the middle of a line: the box is widened by its own size.

    It also takes a body, a rib or a vessel for a giant sign: what is taller than a line, or no bar, is none.
    """
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats((likelihood > _LIKELY).astype(np.uint8), connectivity=8)
    flat = labels.ravel()
    mean = np.bincount(flat, likelihood.ravel(), count) / np.maximum(stats[:, 4], 1)
    boxes = []
    for sure, (x, y, w, h, area) in zip(mean[1:], stats[1:], strict=True):
        more = round(float(area) * 1.6 / (2 * (w + h))) + 1
        bar = area >= 0.45 * w * h and min(w, h) + 2 * more <= tallest
        if sure >= _SURE and area >= 6 and bar:
            boxes.append((int(y) - more, int(x) - more, int(y + h) + more, int(x + w) + more))
    return boxes


def _widened(box: Box, pieces: list[Ink], shape: tuple[int, ...]) -> Box:
    """Along the line while like pieces follow; then by a margin on all sides, within the picture."""
    upright = box[2] - box[0] <= box[3] - box[1]
    for ink in pieces:
        place = ink.place if upright else ink.place[:, [1, 0, 3, 2]]
        line = _followed(box if upright else turned(box), place, ink.strength)
        box = line if upright else turned(line)
    high = min(box[2] - box[0], box[3] - box[1])
    along, across = round(0.5 * high) + 2, round(0.15 * high) + 2
    down, right = (across, along) if upright else (along, across)
    return max(box[0] - down, 0), max(box[1] - right, 0), min(box[2] + down, shape[0]), min(box[3] + right, shape[1])


def _followed(box: Box, place: NDArray[np.int32], strength: NDArray[np.float32]) -> Box:
    top, left, bottom, right = box
    high = bottom - top
    tall = place[:, 2] - place[:, 0]
    middle = (place[:, 0] + place[:, 2]) / 2
    level = (middle >= top) & (middle <= bottom) & (tall >= 0.3 * high) & (tall <= 1.4 * high)
    inside = level & (place[:, 1] >= left) & (place[:, 3] <= right)
    if not inside.any():
        return box
    usual = float(np.median(strength[inside]))
    alike = place[level & (np.abs(strength - usual) <= 0.3 * usual + 3)]
    for _ in range(64):
        near = alike[(alike[:, 1] <= right + 1.2 * high) & (alike[:, 3] >= left - 1.2 * high)]
        new = (min(left, near[:, 1].min(initial=left)), max(right, near[:, 3].max(initial=right)))
        if new == (left, right):
            break
        left, right = int(new[0]), int(new[1])
        top = min(top, int(near[:, 0].min(initial=top)))
        bottom = max(bottom, int(near[:, 2].max(initial=bottom)))
    return top, left, bottom, right

"""Which text may stay in a picture: side marks, directions and units that the recipe lists, standing alone.

    without_marks(picture, boxes, frozenset({"R", "L"}))     the boxes, but for those that say "R" or "L" and no more

A mark stays only if all that its boxes say together is on the list, the reading is sure, they are no longer than what
they say, and nothing else stands beside them: "R" before a surname is an initial. Numbers of one or two digits stay as
a scale's. All else is painted over, whether it could be read or not. Not here: where text is (`textfinding`).
"""

import re

import numpy as np
from numpy.typing import NDArray

from residency.deid.dicom.ocr import reader
from residency.deid.dicom.strokes import Box

_SURE_ENOUGH = 0.95
_WIDEST_SIGN = 1.1
_LONGEST, _FAINT = 3, 0.08
_ALONE = 2.5
_SCALE = re.compile(r"\d{1,2}")


def without_marks(picture: NDArray[np.uint8], boxes: list[Box], marks: frozenset[str]) -> list[Box]:
    """The boxes that must be painted over; those that overlap are judged as one."""
    if not marks:
        return boxes
    heaps = _heaps(boxes)
    around = [_drawn(picture, _around(heap)) for heap in heaps]
    must: list[Box] = []
    for heap, box in zip(heaps, around, strict=True):
        others = [other for other in around if other is not box]
        if not _is_mark(picture, box, others, marks):
            must += heap
    return must


def _heaps(boxes: list[Box]) -> list[list[Box]]:
    heaps: list[list[Box]] = []
    for box in boxes:
        touched = [heap for heap in heaps if any(_overlap(box, other) for other in heap)]
        heaps = [heap for heap in heaps if heap not in touched]
        heaps.append([box, *(other for heap in touched for other in heap)])
    return heaps


def _overlap(box: Box, other: Box) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def _around(heap: list[Box]) -> Box:
    top, left, bottom, right = zip(*heap, strict=True)
    return min(top), min(left), max(bottom), max(right)


def _drawn(picture: NDArray[np.uint8], box: Box) -> Box:
    """What is drawn inside the box, however faint, with two pixels of ground; in texture that is the whole box."""
    top, left, bottom, right = box
    part = picture[top:bottom, left:right].astype(np.int16)
    part = part if part.ndim == 3 else part[..., None]
    apart = np.abs(part - np.median(part, axis=(0, 1))).max(axis=2)
    rows, columns = np.nonzero(apart > max(6, _FAINT * float(apart.max())))
    if not len(rows):
        return box
    return (
        max(top + int(rows.min()) - 2, top),
        max(left + int(columns.min()) - 2, left),
        min(top + int(rows.max()) + 3, bottom),
        min(left + int(columns.max()) + 3, right),
    )


def _is_mark(picture: NDArray[np.uint8], box: Box, others: list[Box], marks: frozenset[str]) -> bool:
    top, left, bottom, right = box
    high, wide = bottom - top, right - left
    if wide > (_LONGEST + 1) * high or any(_beside(box, other) for other in others):
        return False
    text, sure, _ = reader().read(picture[top:bottom, left:right])
    listed = text in marks or _SCALE.fullmatch(text) is not None
    return listed and sure >= _SURE_ENOUGH and wide <= (len(text) + 1) * _WIDEST_SIGN * high


def _beside(box: Box, other: Box) -> bool:
    """Whether the other is so near that both may be one line, or two lines of one text."""
    high = box[2] - box[0]
    apart_down = max(other[0] - box[2], box[0] - other[2])
    apart_along = max(other[1] - box[3], box[1] - other[3])
    return apart_down < 0.5 * high and apart_along < _ALONE * high

"""Which text may stay in a picture: side marks, directions and units that the recipe lists, standing alone.

    may_stay(picture, (12, 8, 31, 24), boxes, frozenset({"R", "L"}))    True where the box says "R" and no more

A box stays only if all that it says is on the list, the reading is sure, the box is no longer than what it says, and
nothing else stands beside it: "R" before a surname is an initial. Numbers of one or two digits stay as a scale's. All
else is painted over, whether it could be read or not. Not here: where text is (`textfinding`).
"""

import re

import numpy as np
from numpy.typing import NDArray

from residency.deid.dicom.ocr import reader
from residency.deid.dicom.strokes import Box

_SURE_ENOUGH = 0.97
_WIDEST_SIGN = 1.1
_LONGEST = 3
_ALONE = 2.5
_SCALE = re.compile(r"\d{1,2}")


def may_stay(picture: NDArray[np.uint8], box: Box, boxes: list[Box], marks: frozenset[str]) -> bool:
    """Whether this box of those found is a mark that may stay; `boxes` are all that were found, itself among them."""
    top, left, bottom, right = box
    high, wide = bottom - top, right - left
    if not marks or wide > (_LONGEST + 1) * high or any(_beside(box, other) for other in boxes if other != box):
        return False
    text, sure, _ = reader().read(picture[top:bottom, left:right])
    listed = text in marks or _SCALE.fullmatch(text) is not None
    return listed and sure >= _SURE_ENOUGH and wide <= (len(text) + 1) * _WIDEST_SIGN * high


def _beside(box: Box, other: Box) -> bool:
    """Whether the other is so near that both may be one line, or two lines of one text; inside each other is one."""
    high = box[2] - box[0]
    apart_down = max(other[0] - box[2], box[0] - other[2])
    apart_along = max(other[1] - box[3], box[1] - other[3])
    same = apart_down < 0 and apart_along < 0 and _share(box, other) > 0.5
    return not same and apart_down < 0.5 * high and apart_along < _ALONE * high


def _share(box: Box, other: Box) -> float:
    """How much of the larger box both have in common."""
    down = min(box[2], other[2]) - max(box[0], other[0])
    along = min(box[3], other[3]) - max(box[1], other[1])
    return down * along / max((one[2] - one[0]) * (one[3] - one[1]) for one in (box, other))

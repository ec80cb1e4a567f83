"""Where a picture shows text: the network's word and the form of what is drawn, joined and widened.

    boxes = find_text(picture)        picture: uint8, grey (rows, columns) or RGB (rows, columns, 3)
    [(12, 8, 31, 204), …]             top, left, bottom, right

The network looks at the picture as it is and at one and a half times its size with local contrast made even, because it
misses small and faint text at the first and large text at the second; what is drawn (`strokes`) finds some that both
miss. Neither is believed alone where it often errs: the network takes a rib for a giant sign, and speckle makes short
rows. Such a box must be found both ways, or a second network must read signs in it, rightly or not. A box is widened
along its line while pieces of the same height and strength follow. Not here: what a box says, and whether it may stay
(`marks`).
"""

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from residency.deid.dicom.ocr import opencv, reader
from residency.deid.dicom.strokes import Box, Ink, grown_together, ink_of, islands, rows_in, turned

_LIKELY, _SURE = 0.2, 0.45
_TALLEST, _TALLEST_SHARE = 72, 0.08
_TINY, _SMALL_ENOUGH, _LARGE = 400_000, 1_600_000, 1_000_000
"""Pixels up to which a picture is looked at doubled and enlarged, and from which on also at half its size."""
_ENLARGED = 1.5
_LOW, _LINE, _LONG = 12, 24, 5
"""No more proof is asked of a box of the network this low, one this low that two looks saw, and a row this long."""
_SURE_OF_MANY, _SURE_OF_FEW = 0.45, 0.6
"""How sure three signs must be on average, and fewer, to prove a text. A row needs two: a dash is read as 1."""
_TALL, _SIGNS_OF_TALL, _SURE_OF_TALL = 24, 3, 0.6
"""Taller ones are asked for more: an organ is read as O, a vessel as JX."""
_MOST_ASKED = 60
"""So many short rows are read, the largest. Where more islands are in doubt, their ground is the dark of a body."""


def find_text(
    picture: NDArray[np.uint8],
    *,
    thorough: bool = True,
    painted: NDArray[np.bool_] | None = None,
    again: bool = False,
) -> list[Box]:
    """Boxes of text, in no order; they overlap where both ways found the same. Raises OcrMissing and OcrFailed.

    Not `thorough` leaves out the looks at other sizes: for the frames of a film whose whole was looked at before.
    `painted` (rows, columns) is what was painted over before, and the picture there something smooth: what lies inside
    is no text. `again`: after a first look, only what the reading network sees signs in; edges and noise would be found
    for ever.
    """
    shape = picture.shape[:2]
    tallest = max(_TALLEST, round(_TALLEST_SHARE * min(shape)))
    under = painted if painted is not None else np.zeros(shape, bool)
    looks = [
        [box for box in (_within(box, shape) for box in _likely(look, tallest)) if not _covered(box, under, 0.8)]
        for look in _looks(picture, thorough)
    ]
    planes = _planes(picture)
    pieces = [ink_of(plane) for plane in planes]
    by_form = [box for ink in pieces for box in rows_in(ink) if not _covered(box, under, 0.8)]
    sure = [] if again else _sure(looks, by_form)
    found = [_widened(box, pieces, shape) for box in sure]
    doubtful = by_form if again or not thorough else by_form + _doubtful(pieces)
    covered = _mask(found, shape) | under
    asked = [box for box in chain.from_iterable(looks) if not _covered(box, covered) and _says(picture, box)]
    asked += [box for box in doubtful if not _covered(box, covered) and _says(picture, box, fewest=2)]
    found += [_widened(box, pieces, shape) for box in asked]
    if again:
        return found
    covered = _mask(found, shape)
    alone = [box for plane in planes for box in islands(plane) if not _covered(box, covered)]
    if len(alone) <= _MOST_ASKED:
        found += [_widened(box, pieces, shape) for box in alone if _says(picture, box)]
    return found


def _doubtful(pieces: list[Ink]) -> list[Box]:
    """The largest of the rows of three and of the words whose signs touch."""
    boxes = sorted((box for ink in pieces for box in (*rows_in(ink, 3), *grown_together(ink))), key=_size)
    return boxes[-_MOST_ASKED:]


def _sure(looks: list[list[Box]], by_form: list[Box]) -> list[Box]:
    """The boxes of which no more proof is asked."""
    by_network = [box for look in looks for box in look]
    sure = [box for box in by_network if _short(box) <= _LOW or any(_agree(box, row) for row in by_form)]
    again = looks[1] if len(looks) > 1 else []
    sure += [box for box in looks[0] if _short(box) <= _LINE and any(_agree(box, other) for other in again)]
    return sure + [box for box in by_form if _long(box)]


def _looks(picture: NDArray[np.uint8], thorough: bool) -> list[NDArray[np.float32]]:
    pixels = picture.shape[0] * picture.shape[1]
    looks = [reader().likelihood(picture)]
    if thorough:
        looks.append(reader().likelihood(evened(picture), _ENLARGED if pixels <= _SMALL_ENOUGH else 1.0))
    if thorough and pixels <= _TINY:
        looks.append(reader().likelihood(picture, 2.0))
    if thorough and pixels > _LARGE:
        looks.append(reader().likelihood(picture, 0.5))
    return looks


def evened(picture: NDArray[np.uint8], across: int = 31) -> NDArray[np.uint8]:
    """The picture with the same brightness and contrast in every neighbourhood of so many pixels."""
    cv2 = opencv()
    values = picture.astype(np.float32)
    mean = cv2.blur(values, (across, across))
    spread = np.sqrt(np.maximum(cv2.blur(values * values, (across, across)) - mean * mean, 0))
    return np.clip(128 + 45 * (values - mean) / (spread + 3), 0, 255).astype(np.uint8)


def _planes(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    if picture.ndim == 2:
        return [picture]
    planes = [np.ascontiguousarray(picture[..., colour]) for colour in range(3)]
    return planes[:1] if all(np.array_equal(planes[0], plane) for plane in planes[1:]) else planes


def _likely(likelihood: NDArray[np.float32], tallest: int) -> list[Box]:
    """Boxes around what is likely. The network marks the middle of a line: the box is widened by its own size.

    What is taller than a line, or no bar, is none.
    """
    cv2 = opencv()
    count, labels, stats, _ = cv2.connectedComponentsWithStats((likelihood > _LIKELY).astype(np.uint8), connectivity=8)
    mean = np.bincount(labels.ravel(), likelihood.ravel(), count) / np.maximum(stats[:, 4], 1)
    boxes = []
    for sure, (x, y, w, h, area) in zip(mean[1:], stats[1:], strict=True):
        more = round(float(area) * 1.6 / (2 * (w + h))) + 1
        bar = area >= 0.45 * w * h and min(w, h) + 2 * more <= tallest
        if sure >= _SURE and area >= 6 and bar:
            boxes.append((int(y) - more, int(x) - more, int(y + h) + more, int(x + w) + more))
    return boxes


def _size(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _short(box: Box) -> int:
    return min(box[2] - box[0], box[3] - box[1])


def _agree(box: Box, row: Box) -> bool:
    """Whether the other box is the line that the network found, or a good part of it."""
    down = min(box[2], row[2]) - max(box[0], row[0])
    along = min(box[3], row[3]) - max(box[1], row[1])
    high, row_high = _short(box), _short(row)
    part = 0.15 * (box[2] - box[0]) * (box[3] - box[1])
    return down > 0 and along > 0 and down * along >= part and 0.35 * high <= row_high <= 1.6 * high


def _long(box: Box) -> bool:
    return max(box[2] - box[0], box[3] - box[1]) >= _LONG * _short(box)


def _says(picture: NDArray[np.uint8], box: Box, fewest: int = 1) -> bool:
    """Whether the reading network sees so many signs in the box, upright or, if it stands, turned to either side."""
    top, left, bottom, right = box
    part = picture[top:bottom, left:right].astype(np.float32)
    part = ((part - part.min()) * (255 / max(float(np.ptp(part)), 1.0))).astype(np.uint8)
    ways = (part,) if bottom - top <= 1.3 * (right - left) else (part, np.rot90(part), np.rot90(part, 3))
    for way in ways:
        line = reader().read(np.ascontiguousarray(way))
        enough = _SURE_OF_MANY if len(line.text) > 2 else _SURE_OF_FEW
        if _short(box) > _TALL:
            enough = _SURE_OF_TALL if len(line.text) >= _SIGNS_OF_TALL else 1.0
        if len(line.text) >= fewest and line.mean >= enough:
            return True
    return False


def _mask(boxes: list[Box], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    for top, left, bottom, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def _covered(box: Box, mask: NDArray[np.bool_], share: float = 0.9) -> bool:
    return float(mask[box[0] : box[2], box[1] : box[3]].mean()) >= share


def _within(box: Box, shape: tuple[int, ...]) -> Box:
    return max(box[0], 0), max(box[1], 0), min(box[2], shape[0]), min(box[3], shape[1])


def _widened(box: Box, pieces: list[Ink], shape: tuple[int, ...]) -> Box:
    """Along the line while like pieces follow; then by a margin on all sides, within the picture."""
    upright = box[2] - box[0] <= box[3] - box[1]
    for ink in pieces:
        place = ink.place if upright else ink.place[:, [1, 0, 3, 2]]
        line = _followed(box if upright else turned(box), place, ink.strength)
        box = line if upright else turned(line)
    high = _short(box)
    along, across = round(1.2 * high) + 3, round(0.15 * high) + 2
    down, right = (across, along) if upright else (along, across)
    return _within((box[0] - down, box[1] - right, box[2] + down, box[3] + right), shape)


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
    most = max(3 * high, (right - left) // 2)
    least_left, most_right = left - most, right + most
    for _ in range(64):
        near = alike[(alike[:, 1] <= right + 1.2 * high) & (alike[:, 3] >= left - 1.2 * high)]
        near = near[(near[:, 1] >= least_left) & (near[:, 3] <= most_right)]
        new = (min(left, near[:, 1].min(initial=left)), max(right, near[:, 3].max(initial=right)))
        if new == (left, right):
            break
        left, right = int(new[0]), int(new[1])
        top = min(top, int(near[:, 0].min(initial=top)))
        bottom = max(bottom, int(near[:, 2].max(initial=bottom)))
    return top, left, bottom, right

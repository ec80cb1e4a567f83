"""Text found by its form, without a network: small things on flat ground, and rows of strokes of one brightness.

    ink = ink_of(grey)                          everything thin that stands out, both ways, as a table of pieces
    rows_in(ink) + islands(grey)                boxes (top, left, bottom, right) of what looks like text

Burned-in text is drawn: its strokes are thin, of one brightness, and stand in rows, upright or turned by 90°. Bodies,
vessels and noise are not; where they look like it, they are taken for text, and painted over. A single sign over a body
is not seen here. Not here: the network that finds text by another way (`ocr`), and what both make together
(`textfinding`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from residency.deid.dicom.ocr import opencv

Box = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels; the last two are not inside."""

_WIDTHS = (5, 9)
"""Strokes thinner than this many pixels: one set for signs up to about 20 pixels, one for larger."""
_FAINTEST, _OVER_TEXTURE, _TEXTURE_ACROSS = 12, 3.0, 61
_LOWEST, _HIGHEST, _WIDEST, _MOST = 4, 52, 64, 5000
_HIGHEST_WORD = 14
_OFF_THE_LINE = 0.12
"""By how much of its height a sign may stand off the line of the others (some have tails, and some hang)."""
_FLAT_SHARE, _GROUND_SHARE, _TOLERANCE = 0.01, 0.004, 3


@dataclass(frozen=True, slots=True)
class Ink:
    """Pieces of thin strokes: `place` is (pieces, 4) of boxes, `strength` how far each stands out from its ground.

    `layer` tells pieces of one brightness, direction and stroke width from those of others.
    """

    place: NDArray[np.int32]
    strength: NDArray[np.float32]
    layer: NDArray[np.int8]


def ink_of(grey: NDArray[np.uint8]) -> Ink:
    """All pieces of strokes, brighter or darker than their ground, in both widths."""
    cv2 = opencv()
    layers = []
    for number, (kind, width) in enumerate((kind, width) for kind in ("TOPHAT", "BLACKHAT") for width in _WIDTHS):
        out = cv2.morphologyEx(grey, getattr(cv2, f"MORPH_{kind}"), np.ones((width, width), np.uint8))
        texture = cv2.blur(out, (_TEXTURE_ACROSS, _TEXTURE_ACROSS)).astype(np.float32)
        mask = out > np.maximum(_FAINTEST, _OVER_TEXTURE * texture)
        layers.append((number, *_pieces(mask, out)))
    return Ink(
        np.concatenate([place for _, place, _ in layers]),
        np.concatenate([strength for _, _, strength in layers]),
        np.concatenate([np.full(len(place), number, np.int8) for number, place, _ in layers]),
    )


def _pieces(mask: NDArray[np.bool_], out: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    cv2 = opencv()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    x, y, w, h, area = stats.T
    long, short = np.maximum(w, h), np.minimum(w, h)
    fits = (area >= 4) & (long >= _LOWEST) & (short <= _HIGHEST) & (long <= _WIDEST)
    fits[0] = False
    top = np.zeros(count, np.uint8)
    inside = mask.nonzero()
    np.maximum.at(top, labels[inside], out[inside])
    core = out[inside] >= 0.7 * top[labels[inside]]
    mine = labels[inside][core]
    strength = np.bincount(mine, out[inside][core], count) / np.maximum(np.bincount(mine, minlength=count), 1)
    place = np.stack([y, x, y + h, x + w], axis=1)[fits]
    return place.astype(np.int32), strength[fits].astype(np.float32)


def rows_in(ink: Ink, fewest: int = 4) -> list[Box]:
    """Boxes of rows of at least so many pieces, alike in height and strength, side by side or one below the other."""
    found = []
    for layer in np.unique(ink.layer):
        mine = ink.layer == layer
        place, strength = ink.place[mine], ink.strength[mine]
        if len(place) <= _MOST:
            found += _rows(place, strength, fewest)
            found += [turned(box) for box in _rows(place[:, [1, 0, 3, 2]], strength, fewest)]
    return found


def grown_together(ink: Ink) -> list[Box]:
    """Boxes of single pieces that may be a small word whose signs touch: low, and at least twice as long."""
    high, wide = ink.place[:, 2] - ink.place[:, 0], ink.place[:, 3] - ink.place[:, 1]
    short, long = np.minimum(high, wide), np.maximum(high, wide)
    words = (short >= _LOWEST) & (short <= _HIGHEST_WORD) & (long >= 2 * short)
    return [(top, left, bottom, right) for top, left, bottom, right in ink.place[words].tolist()]


def _rows(place: NDArray[np.int32], strength: NDArray[np.float32], fewest: int) -> list[Box]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    high = place[:, 2] - place[:, 0]
    kept = (high >= _LOWEST) & (high <= _HIGHEST)
    order = np.flatnonzero(kept)[np.argsort(place[kept, 1], kind="stable")]
    top, left, bottom, right = place[order].T
    high, strength = high[order], strength[order]
    ones, others = [], []
    for ahead in range(1, min(len(order), 80)):
        a, b = slice(0, len(order) - ahead), slice(ahead, len(order))
        larger, smaller = np.maximum(high[a], high[b]), np.minimum(high[a], high[b])
        near = left[b] <= right[a] + larger
        if not near.any():
            break
        level = np.minimum(bottom[a], bottom[b]) - np.maximum(top[a], top[b]) >= 0.6 * smaller
        alike = np.abs(strength[a] - strength[b]) <= 0.2 * np.maximum(strength[a], strength[b]) + 3
        linked = np.flatnonzero(near & level & alike & (larger <= 1.9 * smaller + 1))
        ones.append(linked)
        others.append(linked + ahead)
    if not ones:
        return []
    i, j = np.concatenate(ones), np.concatenate(others)
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(order), len(order)))
    count, row = connected_components(graph, directed=False)
    boxes = []
    for number in np.flatnonzero(np.bincount(row, minlength=count) >= fewest):
        of = row == number
        box = (int(top[of].min()), int(left[of].min()), int(bottom[of].max()), int(right[of].max()))
        usual = float(np.median(high[of]))
        on_line = np.abs(bottom[of] - np.median(bottom[of])) <= max(1.0, _OFF_THE_LINE * usual)
        if box[2] - box[0] <= 1.8 * usual + 3 and box[3] - box[1] >= box[2] - box[0] and on_line.mean() >= 0.6:
            boxes.append(box)
    return boxes


def turned(box: Box) -> Box:
    """The box with rows and columns exchanged."""
    return box[1], box[0], box[3], box[2]


def islands(grey: NDArray[np.uint8]) -> list[Box]:
    """Small things that stand alone on ground of one value: nothing of a body is drawn so. Near ones are one box."""
    cv2 = opencv()
    small = np.zeros(grey.shape, np.uint8)
    for mask in _grounds(grey):
        _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=8)
        long, short = stats[:, 2:4].max(axis=1), stats[:, 2:4].min(axis=1)
        area = stats[:, 4]
        is_small = ((long <= 72) | ((short <= 40) & (long <= 240))) & (area >= 3) & (area < 0.02 * grey.size)
        is_small[0] = False
        small |= is_small[labels].astype(np.uint8)
    joined = cv2.dilate(small, np.ones((3, 9), np.uint8)) | cv2.dilate(small, np.ones((9, 3), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = [(int(y), int(x), int(y + h), int(x + w)) for x, y, w, h, _ in stats[1:]]
    return [box for box in boxes if max(box[2] - box[0], box[3] - box[1]) >= 12]


def _grounds(grey: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """For each of the three most frequent values that fill a flat stretch: where the ground is."""
    cv2 = opencv()
    often = np.bincount(grey.ravel(), minlength=256)
    grounds, seen = [], np.zeros(256, bool)
    for value in np.argsort(often)[::-1][:3].tolist():
        near = slice(max(value - _TOLERANCE, 0), value + _TOLERANCE + 1)
        if often[value] < _FLAT_SHARE * grey.size or seen[near].any():
            continue
        seen[near] = True
        flat = (np.abs(grey.astype(np.int16) - value) <= _TOLERANCE).astype(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.erode(flat, np.ones((5, 5), np.uint8)))
        large = stats[:, 4] >= _GROUND_SHARE * grey.size
        large[0] = False
        grounds.append(cv2.dilate(large[labels].astype(np.uint8), np.ones((9, 9), np.uint8)) & flat)
    return grounds

"""Stored values as pictures of eight bits, in every way in which text in them may come out.

    views(decoded(instance), instance)     list of uint8 arrays: (frames, rows, columns) or (frames, rows, columns, 3)

Eight bits are looked at as they are. Of more, a text may stand out in one window and drown in another: the whole range
shows text at the highest value over a body, the header's window what a reader sees, the middle 98 % faint text. A view
that shows no more than another is left out. Not here: looking (`textfinding`).
"""

import numpy as np
from numpy.typing import NDArray

from residency.deid.dicom.decoding import Frames
from residency.deid.dicom.elements import Instance

_CENTRE, _WIDTH, _SLOPE, _INTERCEPT = 0x00281050, 0x00281051, 0x00281053, 0x00281052
_ALIKE = 0.8
"""A window that is this share of a wider one around it shows nothing new."""
_LEAST = 8.0
"""Values that fill the range from black to white at least: stretched further, the noise of an empty frame looks like
writing (one of three levels of grey was painted over to its half)."""


def views(frames: Frames, instance: Instance) -> list[NDArray[np.uint8]]:
    """At least one view; frames of a film have the same window."""
    shown = frames.shown()
    if shown.ndim == 4 or (shown.dtype.itemsize == 1 and np.ptp(shown) > 32):
        return [_eight(shown, float(shown.min()), float(shown.max())) if shown.dtype.itemsize > 1 else _unsigned(shown)]
    windows = [(float(shown.min()), float(shown.max()))]
    low, high = np.percentile(shown[:: max(len(shown) // 8, 1)], (1, 99))
    for window in ((float(low), float(high)), _told(instance)):
        if window and window[1] > window[0] and not any(_shows(other, window) for other in windows):
            windows.append(window)
    return [_eight(shown, *window) for window in windows]


def _unsigned(shown: NDArray) -> NDArray[np.uint8]:
    return shown if shown.dtype.kind == "u" else (shown.astype(np.int16) + 128).astype(np.uint8)


def _shows(wide: tuple[float, float], window: tuple[float, float]) -> bool:
    share = (window[1] - window[0]) / max(wide[1] - wide[0], 1e-9)
    return wide[0] <= window[0] and window[1] <= wide[1] and share >= _ALIKE


def _told(instance: Instance) -> tuple[float, float] | None:
    """The first window of the header, in stored values (PS3.3 C.11.2.1.2); None where it says none."""
    try:
        centre, width, slope, intercept = (
            float(instance.get(tag).split(b"\\")[0] or default)
            for tag, default in ((_CENTRE, b"nan"), (_WIDTH, b"nan"), (_SLOPE, b"1"), (_INTERCEPT, b"0"))
        )
    except ValueError:
        return None
    if not np.isfinite([centre, width, slope, intercept]).all() or not slope:
        return None
    ends = ((centre - width / 2 - intercept) / slope, (centre + width / 2 - intercept) / slope)
    return min(ends), max(ends)


def _eight(shown: NDArray, low: float, high: float) -> NDArray[np.uint8]:
    scaled = (shown.astype(np.float32) - low) * (255 / max(high - low, _LEAST))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)

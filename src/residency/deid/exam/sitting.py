"""One sitting: series are planted into, cleaned, and searched for what was planted.

    sitting = Sitting(recipe, random.Random(7))
    sitting.take(files)
    sitting.seen, sitting.held           what became of every identifier; what was held back, by reason

Cleaning is the very function that `deid run` calls, with names under a key that ends with the sitting. Not here: whose
files (`sit`), counting (`figures`).
"""

import io
import os
import random
import warnings
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pydicom

from residency.deid.dicom.series import SeriesResult, deidentify_series
from residency.deid.exam.figures import Seen
from residency.deid.exam.looking import Look
from residency.deid.exam.planting import NotPlanted, Planted, Screen, plant
from residency.deid.pseudonyms import Identity, Pseudonyms
from residency.deid.recipe import Recipe


class Sitting:
    """Counts while series are taken; `series` were planted into, `captured` of them also as screens."""

    def __init__(self, recipe: Recipe, draw: random.Random) -> None:
        self.seen: list[Seen] = []
        self.held: Counter = Counter()
        self.series = self.captured = self.unread = 0
        self._recipe, self._draw = recipe, draw
        self._names = Pseudonyms(os.urandom(32))

    def take(self, files: Sequence[bytes]) -> None:
        """One series, as copies."""
        try:
            planted = plant(files, self._draw)
        except NotPlanted:
            self.unread += 1
            return
        self.series += 1
        self._files(planted, self._clean(planted, planted.files))
        if planted.screen is not None:
            self.captured += 1
            self._letters(planted.screen, self._clean(planted, [planted.screen.data]))

    def _clean(self, planted: Planted, files: list[bytes]) -> SeriesResult:
        who = Identity("exam", planted.number)
        result = deidentify_series(files, self._recipe, self._names, who, name=planted.name)
        if result.quarantine is not None:
            self.held[result.quarantine.code] += 1
        return result

    def _files(self, planted: Planted, result: SeriesResult) -> None:
        if result.quarantine is not None:
            self.seen += [Seen(one.kind, one.place, "held") for one in planted.plants]
            return
        look, left = Look({word for one in planted.plants for word in one.words}), set()
        for name, data in result.outputs:
            left |= look(name.encode()) | look(data)
        self.seen += [Seen(p.kind, p.place, "left" if left & set(p.words) else "found") for p in planted.plants]

    def _letters(self, screen: Screen, result: SeriesResult) -> None:
        pixels = None if result.quarantine is not None else _pixels(result.outputs[0][1])
        for kind, line in zip(screen.kinds, screen.captured.strings, strict=True):
            fate = "held" if pixels is None else "left" if line.left_in(pixels) else "found"
            self.seen.append(Seen(kind, "pixels", fate))


def _pixels(data: bytes) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(io.BytesIO(data)).pixel_array

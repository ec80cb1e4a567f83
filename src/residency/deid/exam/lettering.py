"""A captured screen with an invented person's lines in its pixels, and whether they can be seen afterwards.

    captured = capture(slice_, ["KURAB, ODEFI", "8305561"], draw)        captured.pixels, captured.strings
    captured.strings[0].left_in(result)

Arrays are uint8 (rows, columns). Not here: the object that holds the pixels (`planting`).
"""

import random
from dataclasses import dataclass, field

import numpy as np

_SIZES = (11, 12, 14, 16, 18, 20, 24)
_LEFT = 0.15
"""A string is left if more than this share of its letters' pixels is as it was drawn."""


@dataclass(frozen=True, slots=True)
class Line:
    """One string: where it lies, the pixels of its letters, and all pixels of the box as they were drawn."""

    top: int
    left: int
    letters: np.ndarray = field(repr=False)
    drawn: np.ndarray = field(repr=False)

    def left_in(self, result: np.ndarray) -> bool:
        """Whether letters, and the ground between them, are as they were drawn: paint of one tone hides both."""
        high, wide = self.letters.shape
        same = result[self.top : self.top + high, self.left : self.left + wide] == self.drawn
        return float(min(same[self.letters].mean(), same[~self.letters].mean())) > _LEFT


@dataclass(frozen=True, slots=True)
class Captured:
    """The picture and what was written on it."""

    pixels: np.ndarray = field(repr=False)
    strings: tuple[Line, ...] = field(repr=False)


def capture(body: np.ndarray, lines: list[str], draw: random.Random) -> Captured:
    """Write the lines over a picture of any numbers, in a corner; raises ValueError where they do not fit."""
    pixels, size = _grey(body), draw.choice(_SIZES)
    bright, outlined = draw.choice((255, 255, 230, 180)), draw.random() < 0.3
    covers = [_cover(line, size) for line in lines]
    high, wide = sum(c.shape[0] + 3 for c in covers) + 6, max(c.shape[1] for c in covers) + 8
    if pixels.shape[0] < high or pixels.shape[1] < wide:
        raise ValueError("The picture has no room for the lines.")
    top = draw.choice((4, pixels.shape[0] - high))
    left = draw.choice((4, pixels.shape[1] - wide))
    found = []
    for cover in covers:
        rows, columns = slice(top, top + cover.shape[0]), slice(left, left + cover.shape[1])
        ground = pixels[rows, columns] * (0.0 if outlined else 1.0)
        pixels[rows, columns] = np.rint(ground * (1 - cover) + bright * cover).astype(np.uint8)
        found.append(Line(top, left, cover > 0.5, pixels[rows, columns].copy()))
        top += cover.shape[0] + 3
    return Captured(pixels, tuple(found))


def _grey(body: np.ndarray) -> np.ndarray:
    low, high = np.percentile(body, (1, 99))
    return np.rint(np.clip((body - low) / max(high - low, 1), 0, 1) * 200).astype(np.uint8)


def _cover(text: str, size: int) -> np.ndarray:
    """How much of each pixel the letters cover, 0 to 1, cut to their edges."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(edge) for edge in font.getbbox(text))
    image = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, font=font, fill=255)
    return np.asarray(image, np.float32) / 255

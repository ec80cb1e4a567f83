"""Pictures for the exam of burned-in text: bodies that nobody has, and invented names in letterings the code never saw.

    picture = planted(seed)        picture.clean, picture.dirty, picture.strings[0].left_in(result)

The same seed gives the same picture. Everything is drawn here; the letterings come with Pillow, matplotlib and OpenCV.
"""

import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

KINDS = ("ct", "ultrasound", "radiograph", "angiogram", "mr", "screen")
SIZES = (8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 28, 32, 40)
_TTF = Path(matplotlib.get_data_path()) / "fonts/ttf"
_NAMED = (
    *("DejaVuSans", "DejaVuSansMono", "DejaVuSerif", "DejaVuSans-Bold", "DejaVuSans-Oblique"),
    *("STIXGeneral", "cmr10", "cmss10", "cmtt10"),
)
LETTERINGS = (*_NAMED, "pillow", "pillow-bitmap", "hershey", "hershey")
_WORDS = "va ko mi ren tas bel or dun sha li per gon zu et hal wim ost ny qua fer"
_SYLLABLES = _WORDS.split()
_COLOURS = ((255, 255, 0), (0, 255, 0), (255, 80, 80), (0, 255, 255), (80, 120, 255))


@dataclass(frozen=True)
class Planted:
    """One string: where it lies, which of its pixels can be seen, and what it says."""

    place: tuple[slice, slice]
    seen: np.ndarray
    ground: np.ndarray
    text: str
    about: str

    def left_in(self, result: np.ndarray, dirty: np.ndarray) -> float:
        """The share of its letters' visible pixels, or of the ground between them, that is as it was drawn.

        The smaller of both: black letters on black paint are as they were, and gone. Arrays (rows, columns[, 3]).
        """
        same = result[self.place] == dirty[self.place]
        same = same if same.ndim == 2 else same.all(axis=2)
        return float(min(same[self.seen].mean(), same[self.ground].mean()))


@dataclass(frozen=True)
class Picture:
    """The same body without and with text, uint8, grey or RGB."""

    kind: str
    clean: np.ndarray
    dirty: np.ndarray
    strings: list[Planted]


def planted(seed: int, *, shape: tuple[int, int] | None = None, colour: bool | None = None) -> Picture:
    """The picture of this seed; kinds of bodies take turns."""
    chance, rng = random.Random(seed), np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    shape = shape or chance.choice([(256, 256), (384, 512), (512, 512), (480, 640)])
    clean = body(kind, rng, *shape)
    if chance.random() < 0.35 if colour is None else colour:
        clean = np.stack([clean] * 3, axis=-1)
    dirty, strings = clean.copy(), []
    taken = np.zeros(shape, bool)
    for _ in range(30):
        if len(strings) == 4:
            break
        one = _plant(clean, dirty, taken, chance)
        if one is not None:
            strings.append(one)
    return Picture(kind, clean, dirty, strings)


def body(kind: str, rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """A picture without text, uint8 (rows, columns)."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    noise = rng.normal(0, rng.uniform(3, 9), (rows, columns))
    smooth = ndimage.gaussian_filter(rng.standard_normal((rows, columns)), rows / 12)
    smooth /= smooth.std()
    if kind == "ct":
        trunk = ((y / rows - 0.5) / 0.36) ** 2 + ((x / columns - 0.5) / 0.42) ** 2 < 1
        grey = np.where(trunk, 110.0, 0.0)
        for _ in range(14):
            side = rng.uniform(0.02, 0.14) * columns
            down, right = rng.uniform(0.25, 0.75) * rows, rng.uniform(0.2, 0.8) * columns
            organ = ((y - down) / (side * rng.uniform(0.5, 1.5))) ** 2 + ((x - right) / side) ** 2 < 1
            grey[organ & trunk] = rng.choice([20, 90, 130, 150, 240])
        grey = ndimage.gaussian_filter(grey, 1) + trunk * noise
    elif kind == "ultrasound":
        radius, angle = np.hypot(y - 0.1 * rows, x - columns / 2), np.arctan2(x - columns / 2, y - 0.1 * rows)
        speckle = np.abs(ndimage.gaussian_filter(rng.standard_normal((rows, columns)), (0.9, 2)))
        sector = (radius > 0.05 * rows) & (radius < 0.8 * rows) & (np.abs(angle) < 0.7)
        grey = np.where(sector, 30 + rng.uniform(200, 400) * speckle * np.exp(-radius / rows), 0)
    elif kind == "radiograph":
        grey = 128 + 40 * smooth + noise
        for _ in range(12):
            rib = rng.uniform(0, 1) * rows + rng.uniform(20, 80) * np.sin(x / columns * 3 + rng.uniform(0, 3))
            grey += 35 * np.exp(-(((y - rib) / rng.uniform(5, 12)) ** 2))
    elif kind == "angiogram":
        grey = 150 + 25 * smooth + noise - 0.35 * _vessels(rng, rows, columns)
    elif kind == "mr":
        head = ((y / rows - 0.5) / 0.4) ** 2 + ((x / columns - 0.5) / 0.33) ** 2 < 1
        fine = ndimage.gaussian_filter(rng.standard_normal((rows, columns)), 4)
        grey = head * (90 + 25 * fine / fine.std() + 25 * smooth) + np.abs(rng.normal(0, 6, (rows, columns)))
    else:
        grey = np.full((rows, columns), float(rng.choice([0, 0, 40, 128, 255])))
    return np.clip(grey, 0, 255).astype(np.uint8)


def _vessels(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    tree = np.zeros((rows, columns), np.uint8)
    for _ in range(9):
        at, angle, path = rng.uniform(0.1, 0.9, 2) * [columns, rows], rng.uniform(0, 6.28), []
        for _ in range(60):
            angle += rng.normal(0, 0.25)
            at = at + 4 * np.array([np.cos(angle), np.sin(angle)])
            path.append(at)
        cv2.polylines(tree, [np.int32(path)], False, 255, int(rng.integers(1, 7)), cv2.LINE_AA)
    return ndimage.gaussian_filter(tree.astype(np.float32), 1)


def said(chance: random.Random) -> str:
    """Something that names an invented person, place or day."""
    day, month = f"{chance.randint(1, 28):02d}", f"{chance.randint(1, 12):02d}"
    year, number = str(chance.randint(1921, 2024)), chance.randint(10000, 9999999)
    name, other = ("".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(2, 3))) for _ in range(2))
    return chance.choice([
        f"{name.title()}, {other.title()}", f"{name.upper()}^{other.upper()}", f"MRN {number}", f"{year}{month}{day}",
        f"{day}.{month}.{year}", f"DOB {year}-{month}-{day}", f"{name.title()} Clinic", f"ID: K{number}",
        f"Dr. {name.title()}  {day}/{month}/{year}",
        f"{name.upper()} {other.upper()}  {number}  {day}-{month}-{year[2:]}",
        name.title(),
    ])  # fmt: skip


def drawn(text: str, lettering: str, size: int, chance: random.Random) -> np.ndarray:
    """How much of each pixel the text covers, 0 to 1, cut to its edges."""
    if lettering == "hershey":
        face = chance.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX])
        thick = 1 if size < 22 else chance.choice([1, 2])
        scale = cv2.getFontScaleFromHeight(face, max(5, int(size * 0.72)), thick)
        (wide, high), below = cv2.getTextSize(text, face, scale, thick)
        cover = np.zeros((high + below + 4, wide + 6), np.uint8)
        cv2.putText(cover, text, (2, high + 1), face, scale, 255, thick, chance.choice([cv2.LINE_AA, cv2.LINE_8]))
    else:
        if lettering == "pillow-bitmap":
            font = ImageFont.load_default_imagefont()
        else:
            font = ImageFont.load_default(size) if lettering == "pillow" else _font(lettering, size)
        right, bottom = font.getbbox(text)[2:]
        image = Image.new("L", (int(right) + 4, int(bottom) + 4), 0)
        ImageDraw.Draw(image).text((2, 1), text, fill=255, font=font)
        cover = np.array(image)
        if lettering == "pillow-bitmap" and size >= 20:
            cover = np.kron(cover, np.ones((2, 2), np.uint8))
    rows, columns = np.nonzero(cover)
    return cover[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] / 255


def _font(lettering: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_TTF / f"{lettering}.ttf"), size)


def _plant(clean: np.ndarray, dirty: np.ndarray, taken: np.ndarray, chance: random.Random) -> Planted | None:
    """Draw one string into `dirty` where nothing stands yet; None where it finds no room or cannot be seen."""
    size, lettering, text = chance.choice(SIZES), chance.choice(LETTERINGS), said(chance)
    cover = drawn(text, lettering, size, chance)
    upright = chance.random() >= 0.08
    cover = cover if upright else np.rot90(cover, chance.choice([1, 3]))
    (high, wide), (rows, columns) = cover.shape, taken.shape
    if high + 4 >= rows or wide + 4 >= columns:
        return None
    top, left = chance.randint(1, rows - high - 2), chance.randint(1, columns - wide - 2)
    if chance.random() < 0.5:
        edge = chance.choice([chance.randint(1, 30), rows - high - 2 - chance.randint(0, 30)])
        top = min(max(edge, 1), rows - high - 2)
    place = (slice(top, top + high), slice(left, left + wide))
    if taken[max(0, top - 3) : top + high + 3, max(0, left - 6) : left + wide + 6].any():
        return None
    ground = clean[place].astype(float)
    ink = _ink(ground, chance)
    part = cover if ground.ndim == 2 else cover[..., None]
    new = np.round(ground * (1 - part) + ink * part).astype(np.uint8)
    apart = np.abs(new.astype(int) - clean[place]).reshape(*cover.shape, -1).max(axis=2)
    seen = (cover > 0.3) & (apart >= 20)
    if seen.sum() < 0.6 * (cover > 0.3).sum():
        return None
    dirty[place], taken[place] = new, True
    return Planted(place, seen, cover < 0.05, text, f"{lettering} {size} px{'' if upright else ' turned'}, '{text}'")


def _ink(ground: np.ndarray, chance: random.Random) -> np.ndarray:
    """A colour that stands out from its ground by 40 to 255, and by three times the ground's own spread."""
    light = ground.mean(axis=-1) if ground.ndim == 3 else ground
    usual, spread = float(np.median(light)), float(light.std())
    apart = max(chance.choice([40, 60, 90, 130, 200, 255]), 3 * spread + 25)
    value = usual + apart if usual < 128 else usual - apart
    value = float(np.clip(value, 0, 255))
    if ground.ndim == 3 and chance.random() < 0.6:
        colour = np.array(chance.choice(_COLOURS), float)
        if abs(colour @ [0.3, 0.59, 0.11] - usual) >= min(apart, 80):
            return colour
    return np.full(3, value) if ground.ndim == 3 else np.array(value)

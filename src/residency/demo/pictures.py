"""Pictures with a person's name burned into their pixels: an ultrasound frame and a captured screen.

    ultrasound(person, rng).shape      # (240, 320, 3), uint8

The lettering is DejaVu Sans, which comes with matplotlib, so that the text is the same everywhere and readable by eye
and by OCR. What is behind the text is generated; no ultrasound of a person is in here. Not here: the object around a
picture (`defects`).
"""

from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from residency.demo.anatomy import Volume
from residency.demo.people import Person

Picture = NDArray[np.uint8]


def ultrasound(person: Person, rng: np.random.Generator) -> Picture:
    """A generated sector of speckle under a banner with name, number and birth date; (240, 320, 3) RGB."""
    y, x = np.mgrid[0:240, 0:320].astype(np.float32)
    radius, angle = np.hypot(y - 30, x - 160), np.arctan2(x - 160, y - 30)
    speckle = np.abs(ndimage.gaussian_filter(rng.standard_normal((240, 320)), (0.7, 1.6)))
    sector = (radius > 20) & (radius < 200) & (np.abs(angle) < 0.7)
    grey = np.where(sector, np.clip(30 + 260 * speckle * np.exp(-radius / 260), 0, 255), 0).astype(np.uint8)
    return burn(np.stack([grey] * 3, axis=-1), person, size=14)


def screen(person: Person, hu: Volume) -> Picture:
    """One CT slice (y, x) as a screen shows it, window 400/40, four times as large, with the banner; uint8."""
    grey = np.clip((hu.astype(np.float32) + 160) / 400 * 255, 0, 255).astype(np.uint8)
    return burn(np.kron(grey, np.ones((4, 4), np.uint8)), person, size=18)


def burn(picture: Picture, person: Person, *, size: int) -> Picture:
    """The picture with two lines of text in its upper left: name and number, birth date and sex."""
    image = Image.fromarray(picture)
    font = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), size)
    draw = ImageDraw.Draw(image)
    white: tuple[int, ...] | int = (255, 255, 255) if picture.ndim == 3 else 255
    for row, text in enumerate(banner(person)):
        draw.text((4, 2 + row * (size + 3)), text, fill=white, font=font)
    return np.asarray(image)


def banner(person: Person) -> tuple[str, str]:
    """What is burned in."""
    return (
        f"{person.family.upper()}, {person.given}  {person.patient_id}",
        f"DOB {person.birth:%d.%m.%Y}  {person.sex}",
    )

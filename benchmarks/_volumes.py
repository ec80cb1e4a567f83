"""The two volumes that the storage benchmarks read, both int16 and of 256 × 512 × 512 voxels: `synthetic`, `real`.

    volumes = {"synthetic": synthetic(), "real": real(series(package()))}

`synthetic` is a body of smooth tissue under correlated noise of 18 HU. `real` is the 20-slice Siemens series of the
source distribution of TotalSegmentator 2.18.0, raw values as stored, laid end to end: each copy turned by 90°, then
mirrored, then shifted, so that no chunk holds the same voxels twice.
"""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pydicom
from scipy import ndimage

from residency.demo.anatomy import load_series

SHAPE = (256, 512, 512)


def synthetic(seed: int = 1, shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """A generated volume; the same seed gives the same voxels."""
    rng = np.random.default_rng(seed)
    y, x = np.ogrid[-1 : 1 : 1j * shape[1], -1 : 1 : 1j * shape[2]]
    body = ((y / 0.62) ** 2 + (x / 0.82) ** 2 < 1).astype(np.float32)
    coarse = rng.standard_normal([extent // 16 for extent in shape], np.float32)
    tissue = ndimage.zoom(coarse, 16, order=1) * 60 + 40
    noise = ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), 0.8)
    noise *= 18 / noise.std()
    return np.clip(np.where(body, tissue + noise, -1024 + noise * 0.3), -1024, 3071).astype(np.int16)


def series(source: Path) -> np.ndarray:
    """The real slices as they are stored, (20, 512, 512), z towards the head."""
    slices = [pydicom.dcmread(io.BytesIO(data)) for data in load_series(source).files.values()]
    slices.sort(key=lambda slice_: float(slice_.ImagePositionPatient[2]))
    return np.stack([slice_.pixel_array for slice_ in slices]).astype(np.int16)


def real(slices: np.ndarray, depth: int = SHAPE[0]) -> np.ndarray:
    """The real slices end to end, each copy laid otherwise, up to this depth."""
    copies = []
    for number in range(-(-depth // len(slices))):
        copy = np.rot90(slices, number % 4, (1, 2))
        copy = copy[:, :, ::-1] if number // 4 % 2 else copy
        copies.append(np.roll(copy, (37 * (number // 8), 53 * (number // 8)), (1, 2)))
    return np.ascontiguousarray(np.concatenate(copies)[:depth])


def package() -> Path:
    """Where the Makefile put the source distribution with the real series."""
    named = os.environ.get("RESIDENCY_DEMO_PACKAGE", "")
    if not Path(named).is_file():
        sys.exit("RESIDENCY_DEMO_PACKAGE names no file: run `make bench`, which fetches it.")
    return Path(named)

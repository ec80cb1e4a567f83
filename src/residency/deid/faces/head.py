"""The average head that every head is laid upon: its picture, its face and its brain, on one grid.

    head = average_head()
    head.average, head.face, head.brain      arrays [x, y, z] of one shape
    head.at(head.brain, points)              what lies at points in mm (left, posterior, superior) of the head

`head.npz` is built by `tools/make_head.py` from openly licensed averages; `head.json` beside it names its sources,
their licences and digests, and the digest of the file, which is checked before its first use. Not here: where a
subject's head lies (`register`).
"""

import hashlib
import io
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from scipy import ndimage

from residency.deid.faces.outline import solid
from residency.errors import Broken


class HeadBroken(Broken):
    """The average head is not the one that was built."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The maps, and where their first voxel lies; below `seen_from` the average was not scanned.

    `solid` is the head with all that is in it.
    """

    average: np.ndarray
    solid: np.ndarray
    face: np.ndarray
    brain: np.ndarray
    spacing: float
    origin: np.ndarray
    seen_from: float

    def at(self, values: np.ndarray, points: np.ndarray) -> np.ndarray:
        """What a map of this grid has at points [3, n] in mm: the nearest voxel; beyond the grid as at its edge."""
        places = np.rint((points - self.origin[:, None]) / self.spacing).astype(np.int32)
        x, y, z = np.clip(places, 0, np.array(values.shape, np.int32)[:, None] - 1)
        return values[x, y, z]

    def distance_from(self, thing: np.ndarray) -> np.ndarray:
        """How far, in mm, each voxel lies from a mask of this grid."""
        return np.asarray(ndimage.distance_transform_edt(~thing, sampling=self.spacing))


@cache
def average_head() -> Head:
    """The head that comes with the product; raises HeadBroken if its digest is not the recorded one."""
    folder = files("residency.deid.faces")
    about = json.loads(folder.joinpath("head.json").read_text("utf-8"))
    data = folder.joinpath("head.npz").read_bytes()
    if hashlib.sha256(data).hexdigest() != about["sha256"]:
        raise HeadBroken("The average head is not the file that was built.", remedy="Install the product again.")
    with np.load(io.BytesIO(data), allow_pickle=False) as maps:
        deep = about["shape"][2]
        face, brain = (np.unpackbits(maps[kind], axis=-1, count=deep).astype(bool) for kind in ("face", "brain"))
        average, origin = maps["average"], np.array(about["origin_mm"])
    whole = solid(average / 255.0)
    return Head(average, whole, face, brain, about["spacing_mm"], origin, about["seen_from_mm"])

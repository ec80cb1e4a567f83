"""One volume of a head, without its face, or the reason why it is held back.

    made = deface_series(voxels, affine, "CT")
    made.voxels, made.altered       the volume, and a mask of what became air
    made.code                       "FACE", if it is a Reason

Voxels are [z, y, x]; for a DICOM series the affine leads from (column, row, slice) to LPS mm, CT voxels are HU. Nothing
is let through that `check` does not believe. Not here: which series are of heads, and what is written back to files.
"""

from dataclasses import dataclass, field

import numpy as np

from residency.deid.faces.check import contradiction, residue, second_look
from residency.deid.faces.deface import FACE, NOTHING, regions, without_face
from residency.deid.faces.register import register
from residency.deid.faces.skull import brain_in
from residency.deid.faces.volume import Modality, Volume
from residency.deid.reason import Reason

_LEAST_EXTENT = 60.0
"""mm: in less of a head than this no face can be found, and none be recognised as missing."""


@dataclass(frozen=True, slots=True, eq=False)
class Defaced:
    """The volume as air where the face was; the mask of those voxels [z, y, x]; what the check measured."""

    voxels: np.ndarray = field(repr=False)
    altered: np.ndarray = field(repr=False)
    likeness: float
    outline: float
    apart: float


def deface_series(voxels: np.ndarray, affine: np.ndarray, modality: Modality) -> Defaced | Reason:
    """A head without its face, of the same shape and number type; a Reason of code FACE if that is not certain."""
    volume = Volume(voxels, np.asarray(affine, np.float64))
    reason = unfit(volume)
    if reason is not None:
        return reason
    look = second_look(register(volume, modality))
    if look.objection is not None:
        return look.objection
    region = regions(volume, look.motion)
    if modality == "CT":
        brain = brain_in(volume, look.grid)
        wrong = contradiction(region, brain)
        if wrong is not None:
            return wrong
        region[brain & (region == FACE)] = NOTHING
    clean = without_face(volume, region, modality)
    left = residue(volume, clean, look, modality)
    if left is not None:
        return left
    return Defaced(clean, region == FACE, look.likeness, look.outline, look.apart)


def unfit(volume: Volume) -> Reason | None:
    """Why no head can be looked for in a volume at all."""
    voxels = volume.voxels
    if voxels.ndim != 3 or min(voxels.shape) < 4 or (volume.spacing * voxels.shape[::-1]).min() < _LEAST_EXTENT:
        return Reason(code="FACE", sentence="Too little is seen to find the head in it.")
    if not np.isfinite(voxels).all() or not np.isfinite(volume.affine).all():
        return Reason(code="FACE", sentence="The volume has values that are no numbers.")
    if abs(np.linalg.det(volume.affine[:3, :3])) < 1e-6:
        return Reason(code="FACE", sentence="Where the volume lies is not told.")
    if voxels.min() == voxels.max():
        return Reason(code="FACE", sentence="The volume is empty.")
    return None

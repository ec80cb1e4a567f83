"""Taking the face off: every voxel of the warped face region, air before the skin included, becomes background.

    region = regions(volume, motion)         what lies where, one byte per voxel
    clean = without_face(volume, region, "CT")

The region reaches from deep under the skin to the edge of the picture, so that neither skin nor ghosts in the air
before it tell its form, and it keeps at least MARGIN_AT_SKIN mm from the average brain. Ears go with it. Not here:
where the head lies (`register`), whether the result may leave (`check`). It does not reach behind the head, where a
picture that is too small may fold the nose.
"""

from functools import cache

import numpy as np
from scipy import ndimage

from residency.deid.faces.head import average_head
from residency.deid.faces.volume import Modality, Volume

MARGIN, MARGIN_AT_SKIN, SKIN = 15.0, 7.0, 12.0
"""mm of the average head around its brain that are never touched: less in the skin, which lies near to it at the brow
and must go; and how deep the skin is taken.
"""
NOTHING, FACE, BRAIN = 0, 1, 2


def regions(volume: Volume, motion: np.ndarray) -> np.ndarray:
    """For each voxel [z, y, x] whether it is NOTHING, FACE or BRAIN, by a motion from the volume to the head."""
    head = average_head()
    into = motion @ volume.affine
    into[:3, 3] -= head.origin
    into[:3] /= head.spacing
    shape = volume.voxels.shape[::-1]
    lain = ndimage.affine_transform(
        _labels(), into[:3, :3], into[:3, 3], output_shape=shape, output=np.uint8, order=0, mode="nearest"
    )
    return lain.T


def without_face(volume: Volume, region: np.ndarray, modality: Modality) -> np.ndarray:
    """A copy of the voxels with the face as air: -1000 HU in CT, what is darkest in MR."""
    voxels = volume.voxels.copy()
    voxels[region == FACE] = background(volume.voxels, modality)
    return voxels


def background(voxels: np.ndarray, modality: Modality) -> float:
    """The value of air: -1000 HU where the numbers reach so far, else the lowest that a hundredth of a scan has."""
    if modality == "CT":
        return max(-1000.0, float(voxels.min()))
    thin = voxels[:: max(1, voxels.shape[0] // 40), ::4, ::4]
    dark = float(np.percentile(thin, 1))
    return round(dark) if np.issubdtype(voxels.dtype, np.integer) else dark


@cache
def _labels() -> np.ndarray:
    head = average_head()
    away, depth = head.distance_from(head.brain), head.distance_from(~head.solid)
    far_enough = (away > MARGIN) | ((away > MARGIN_AT_SKIN) & (depth < SKIN))
    labels = np.where(head.face & far_enough, FACE, NOTHING).astype(np.uint8)
    labels[head.brain] = BRAIN
    return labels

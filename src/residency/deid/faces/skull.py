"""The brain that a CT itself shows, whatever the average head says: `brain_in(volume, grid)`.

Soft tissue is peeled by 8 mm, which parts the brain from everything outside the skull; the largest piece is grown back
as far as soft tissue goes, and one step more. Measured on a real CT it covers the brain but for thin rims. Not here:
MR, where no range of values is brain in every contrast.
"""

import numpy as np
from scipy import ndimage

from residency.deid.faces.volume import Even, Volume

_SOFT = (0.37, 0.6)
"""From -15 to 100 HU, as an even grid has them."""
_PEELED = 2


def brain_in(volume: Volume, grid: Even) -> np.ndarray:
    """Where a CT shows brain, [z, y, x] of the volume; `grid` is the same volume on 4 mm. All, if nothing is found."""
    soft = (grid.values > _SOFT[0]) & (grid.values < _SOFT[1])
    labels, count = ndimage.label(ndimage.binary_erosion(soft, iterations=_PEELED))
    if count == 0:
        return np.ones(volume.voxels.shape, bool)
    largest = labels == np.argmax(np.bincount(labels.ravel())[1:]) + 1
    brain = ndimage.binary_dilation(ndimage.binary_dilation(largest, iterations=_PEELED) & soft)
    into = volume.affine.copy()
    into[:3, 3] -= grid.origin
    into[:3] /= grid.spacing
    shape = volume.voxels.shape[::-1]
    lain = ndimage.affine_transform(
        brain.astype(np.uint8), into[:3, :3], into[:3, 3], output_shape=shape, output=np.uint8, order=0, mode="nearest"
    )
    return lain.T.astype(bool)

"""Label maps of a series, made anew: voxels, affine and voxel sizes, and nothing else of the file.

    clean = deidentify_label(data)        NIfTI, compressed or not, in; NIfTI, compressed, out

The header's free texts (descrip, aux_file, db_name, intent_name), its extensions and the name that gzip carries are
not copied, because nothing is: the file is written from the array. Not here: whether they fit their series (`ingest`).
"""

import gzip
import zlib

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from residency.errors import BadInput


class LabelUnreadable(BadInput):
    """The bytes are no NIfTI label map."""


_UNREADABLE = (OSError, EOFError, ValueError, zlib.error, HeaderDataError, ImageFileError, WrapStructError)


def deidentify_label(nifti_bytes: bytes) -> bytes:
    """The label map as a new compressed NIfTI-1 file; the same voxels give the same bytes."""
    try:
        plain = gzip.decompress(nifti_bytes) if nifti_bytes[:2] == b"\x1f\x8b" else nifti_bytes
        original = nibabel.Nifti1Image.from_bytes(plain)
        voxels = np.asanyarray(original.dataobj)
    except _UNREADABLE as broken:
        raise LabelUnreadable(
            "The label map cannot be read as NIfTI.", remedy="Give .nii or .nii.gz files."
        ) from broken
    image = nibabel.Nifti1Image(voxels, original.affine, dtype=voxels.dtype)
    image.header.set_zooms(original.header.get_zooms()[: voxels.ndim])
    image.header.set_xyzt_units(*original.header.get_xyzt_units())
    return gzip.compress(image.to_bytes(), 6, mtime=0)

"""A label map leaves with its voxels and nothing else."""

import gzip
import io

import nibabel
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Extension

from residency.deid.labels import LabelUnreadable, deidentify_label

DIRTY = b"Zwetschkenbaum"


def label() -> nibabel.Nifti1Image:
    affine = np.array([[-0.7, 0, 0, 10], [0, -0.7, 0, 20], [0, 0, 1.5, -30], [0, 0, 0, 1.0]])
    image = nibabel.Nifti1Image(np.arange(24, dtype=np.uint8).reshape(2, 3, 4), affine)
    for field in ("descrip", "aux_file", "db_name", "intent_name"):
        image.header[field] = DIRTY
    image.header.extensions.append(Nifti1Extension("comment", DIRTY))
    return image


def test_voxels_and_geometry_stay_and_every_text_goes() -> None:
    raw = io.BytesIO()
    with gzip.GzipFile(filename=DIRTY.decode(), mode="wb", fileobj=raw) as packed:
        packed.write(label().to_bytes())
    clean = deidentify_label(raw.getvalue())
    plain = gzip.decompress(clean)
    assert DIRTY not in clean
    assert DIRTY not in plain
    after, before = nibabel.Nifti1Image.from_bytes(plain), label()
    assert np.array_equal(np.asanyarray(after.dataobj), np.asanyarray(before.dataobj))
    assert after.get_data_dtype() == np.uint8
    assert np.allclose(after.affine, before.affine)
    assert after.header.get_zooms() == before.header.get_zooms()
    assert clean == deidentify_label(label().to_bytes())


@pytest.mark.parametrize("data", [b"", b"no label", b"\x1f\x8bbroken", label().to_bytes()[:360], b"\0" * 400])
def test_what_is_no_label_map_is_refused(data: bytes) -> None:
    with pytest.raises(LabelUnreadable):
        deidentify_label(data)

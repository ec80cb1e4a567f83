"""A NIfTI file leaves with its voxels bit for bit and none of its texts, in whatever version, order and packing."""

import gzip
import io

import nibabel
import numpy as np
import pytest
from nibabel.nifti1 import Nifti1Extension

from residency.deid.nifti.image import NiftiUnreadable, read_image

DIRTY = b"Zwetschkenbaum"


def dirty(kind: type, order: str = "<") -> nibabel.Nifti1Image:
    voxels = np.arange(2 * 3 * 4 * 2, dtype=f"{order}i2").reshape(2, 3, 4, 2) - 7
    affine = np.array([[-0.7, 0, 0, 10], [0, 0.7, 0, 20], [0, 0, 1.5, -30], [0, 0, 0, 1.0]])
    image = kind(voxels, affine, kind.header_class(endianness=order))
    image.header.set_data_dtype(f"{order}i2")
    for field in ("descrip", "aux_file", "db_name", "intent_name"):
        if field in image.header:
            image.header[field] = DIRTY
    image.header.extensions.append(Nifti1Extension("comment", DIRTY))
    return image


def scaled(plain: bytes, order: str) -> bytes:
    """With a slope and an intercept, which nibabel writes only where it needs them itself."""
    place, kind = (112, f"{order}f4") if 348 in np.frombuffer(plain[:4], f"{order}i4") else (176, f"{order}f8")
    slope = np.array([2.5, -1024.0], kind).tobytes()
    return plain[:place] + slope + plain[place + len(slope) :]


def packed(plain: bytes) -> bytes:
    raw = io.BytesIO()
    with gzip.GzipFile(filename=DIRTY.decode(), mode="wb", fileobj=raw, mtime=1_700_000_000) as stream:
        stream.write(plain)
    return raw.getvalue()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
def test_single_files_keep_their_voxels_and_scaling_and_lose_every_text(kind, order) -> None:
    plain = scaled(dirty(kind, order).to_bytes(), order)
    before = kind.from_bytes(plain)
    for data in (plain, plain + DIRTY, packed(plain)):
        clean, nothing = read_image(data).written()
        assert nothing is None
        assert (clean[:2] == b"\x1f\x8b") == (data[:2] == b"\x1f\x8b")
        bare = gzip.decompress(clean) if clean[:2] == b"\x1f\x8b" else clean
        assert DIRTY not in clean + bare
        after = kind.from_bytes(bare)
        assert after.header.endianness == order
        size = 48 * 2
        assert bare[-size:] == plain[-size:]
        assert len(bare) == after.header.sizeof_hdr + 4 + size
        assert np.array_equal(after.dataobj, before.dataobj)
        assert (after.dataobj.slope, after.dataobj.inter) == (2.5, -1024.0)
        assert np.allclose(after.affine, before.affine)
        assert len(after.header.extensions) == 0


@pytest.mark.parametrize("kind", [nibabel.Nifti1Pair, nibabel.Nifti2Pair])
def test_a_header_and_its_voxels_are_cleaned_as_one(kind) -> None:
    files = kind.make_file_map({"header": io.BytesIO(), "image": io.BytesIO()})
    dirty(kind).to_file_map(files)
    header, voxels = files["header"].fileobj.getvalue(), files["image"].fileobj.getvalue()
    clean, body = read_image(header, packed(voxels)).written()
    assert body is not None
    assert DIRTY not in clean + gzip.decompress(body)
    assert gzip.decompress(body) == voxels
    with pytest.raises(NiftiUnreadable):
        read_image(header)


def test_colour_cut_files_and_analyze_are_refused() -> None:
    plain = dirty(nibabel.Nifti1Image).to_bytes()
    colour = bytearray(plain)
    colour[70:72] = (128).to_bytes(2, "little")
    analyze = bytearray(plain)
    analyze[344:348] = bytes(4)
    for data in (
        b"",
        b"no image",
        bytes(400),
        plain[:-1],
        plain[:200],
        bytes(colour),
        bytes(analyze),
        packed(plain)[:-9],
    ):
        with pytest.raises(NiftiUnreadable):
            read_image(data)


@pytest.mark.parametrize("start", [float("nan"), -8.0, 1e30, 352.5, 100.0])
def test_voxels_that_begin_nowhere_are_refused(start: float) -> None:
    plain = bytearray(dirty(nibabel.Nifti1Image).to_bytes())
    plain[108:112] = np.array(start, "<f4").tobytes()
    with pytest.raises(NiftiUnreadable):
        read_image(bytes(plain))

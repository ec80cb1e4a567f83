"""One NIfTI image, taken apart into what may stay, and written anew from that alone.

    image = read_image(data)                 .nii or .nii.gz, or a .hdr with its .img (each compressed or not)
    image.frames                             [t, z, y, x] as stored; a view that must be copied to be changed
    image.written()                          the files anew, of the same kind: bytes, or a pair of bytes

Kept are the fields that say how the numbers lie, scale and are spaced, and the voxels bit for bit. All texts (descrip,
aux_file, db_name, intent_name, data_type), the extensions, unused fields, bytes between header and voxels and after
them, and name, time and comment of gzip are not copied. It refuses Analyze 7.5, colour, complex and bit images, and
files that are cut short. Not here: whether a face is in it (`scan`).
"""

import gzip
import io
import zlib
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from residency.errors import BadInput

_KEPT = [
    "sizeof_hdr",
    "dim_info",
    "dim",
    "intent_p1",
    "intent_p2",
    "intent_p3",
    "intent_code",
    "datatype",
    "bitpix",
    "slice_start",
    "pixdim",
    "scl_slope",
    "scl_inter",
    "cal_max",
    "cal_min",
    "slice_duration",
    "toffset",
    "slice_end",
    "slice_code",
    "xyzt_units",
    "qform_code",
    "sform_code",
    "quatern_b",
    "quatern_c",
    "quatern_d",
    "qoffset_x",
    "qoffset_y",
    "qoffset_z",
    "srow_x",
    "srow_y",
    "srow_z",
    "magic",
    "eol_check",
]
"""Every field of nifti1.h and nifti2.h that is a number and in use; `regular` and the like are Analyze's."""
_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}
_MOST = 1 << 34
_ORDERS: tuple[Literal["<", ">"], ...] = ("<", ">")


class NiftiUnreadable(BadInput):
    """The bytes are no NIfTI image that this chapter understands."""


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """The kept header, the stored voxels [t, z, y, x], and how the files were packed."""

    header: np.ndarray = field(repr=False)
    frames: np.ndarray = field(repr=False)
    affine: np.ndarray = field(repr=False)
    slope: float
    intercept: float
    paired: bool
    packed: tuple[bool, bool]

    def with_frames(self, frames: np.ndarray) -> "Image":
        """The same image with other voxels of the same shape and type."""
        return replace(self, frames=frames)

    def written(self) -> tuple[bytes, bytes | None]:
        """The file, or header and voxels; equal images give equal bytes."""
        head = self.header.tobytes()
        body = np.ascontiguousarray(self.frames).tobytes()
        if self.paired:
            return _repacked(head + bytes(4), self.packed[0]), _repacked(body, self.packed[1])
        return _repacked(head + bytes(4) + body, self.packed[0]), None


def read_image(data: bytes, voxels: bytes | None = None) -> Image:
    """A NIfTI-1 or -2 image; `voxels` is the .img of a pair. Raises NiftiUnreadable."""
    plain, body = _unpacked(data), None if voxels is None else _unpacked(voxels)
    header = _header(plain)
    paired = header["magic"].tobytes().startswith(b"ni")
    if paired != (body is not None):
        raise NiftiUnreadable("A NIfTI header and its voxels belong together.", remedy="Give .hdr and .img as one.")
    start = float(header["vox_offset"])
    if not (np.isfinite(start) and 0 <= start < _MOST and start == int(start)):
        raise NiftiUnreadable("Where the voxels begin is not told.")
    if body is None and start < header.nbytes:
        raise NiftiUnreadable("The voxels would begin within the header.")
    frames = _frames(header, plain if body is None else body, int(start))
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    scaled = np.isfinite(slope) and slope != 0 and np.isfinite(intercept)
    return Image(
        _kept(header, paired),
        frames,
        _affine(plain),
        slope if scaled else 1.0,
        intercept if scaled else 0.0,
        paired,
        (data[:2] == b"\x1f\x8b", bool(voxels) and voxels[:2] == b"\x1f\x8b"),
    )


def _unpacked(data: bytes) -> bytes:
    if data[:2] != b"\x1f\x8b":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as broken:
        raise NiftiUnreadable("The compressed image is broken or has bytes after its end.") from broken


def _repacked(plain: bytes, packed: bool) -> bytes:
    return gzip.compress(plain, 6, mtime=0) if packed else plain


def _header(plain: bytes) -> np.ndarray:
    """The raw header in its own byte order; its size stands first and tells the version and the order."""
    from nibabel.nifti1 import header_dtype as first
    from nibabel.nifti2 import header_dtype as second

    for size, kind, magic in ((348, first, (b"ni1", b"n+1")), (540, second, (b"ni2", b"n+2"))):
        for order in _ORDERS:
            if plain[:4] == np.array(size, f"{order}i4").tobytes() and len(plain) >= size:
                header = np.frombuffer(plain[:size], kind.newbyteorder(order))[0]
                if header["magic"].tobytes().rstrip(b"\0") in magic:
                    return header
    raise NiftiUnreadable("The bytes are no NIfTI-1 or NIfTI-2 image.", remedy="Analyze 7.5 files are not taken.")


def _kept(header: np.ndarray, paired: bool) -> np.ndarray:
    new = np.zeros((), header.dtype)
    for name in _KEPT:
        if name in (header.dtype.names or ()):
            new[name] = header[name]
    new["vox_offset"] = 0 if paired else header.nbytes + 4
    return new


def _frames(header: np.ndarray, body: bytes, start: int) -> np.ndarray:
    dims = header["dim"]
    rank = int(dims[0])
    sizes = [int(n) for n in dims[1 : 1 + rank]] if 1 <= rank <= 7 else []
    if not sizes or min(sizes) < 1 or max(sizes) > _MOST:
        raise NiftiUnreadable("The image has no size.")
    kind = _TYPES.get(int(header["datatype"]))
    if kind is None:
        raise NiftiUnreadable("Colour, complex and bit images are not taken.")
    order = next(order for order in _ORDERS if header.dtype["dim"].base.newbyteorder(order) == header.dtype["dim"].base)
    stored = np.dtype(kind).newbyteorder(order)
    sizes += [1] * (4 - len(sizes))
    count = int(np.prod(sizes, dtype=object))
    if int(header["bitpix"]) != 8 * stored.itemsize or start + count * stored.itemsize > len(body):
        raise NiftiUnreadable("The image is cut short.")
    beyond = int(np.prod(sizes[3:], dtype=object))
    return np.frombuffer(body, stored, count, start).reshape(beyond, sizes[2], sizes[1], sizes[0])


def _affine(plain: bytes) -> np.ndarray:
    """From the index (x, y, z) to LPS mm, as nibabel reads sform, qform and steps."""
    from nibabel import Nifti1Header, Nifti2Header
    from nibabel.spatialimages import HeaderDataError

    kind = Nifti2Header if plain[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") else Nifti1Header
    try:
        with np.errstate(all="ignore"):
            affine = kind.from_fileobj(io.BytesIO(plain), check=False).get_best_affine()
    except (HeaderDataError, ValueError) as broken:
        raise NiftiUnreadable("Where the image lies is not told.") from broken
    return np.diag([-1.0, -1, 1, 1]) @ np.asarray(affine, np.float64)

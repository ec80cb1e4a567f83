"""One label map: the grid on which it lies, from its NIfTI header, and whether its voxels are all there.

    grid = read_grid(data)             # raises LabelBroken; then geometry.same_grid(series, grid)

Voxels are not looked at, but a compressed map is unpacked once, piece by piece, to see that it is whole. Not here: a
clean copy of it (`deid.labels`).
"""

import io
import zlib

import numpy as np

from residency.errors import BadInput
from residency.ingest.geometry import Grid

_HEADER = 540  # of NIfTI-2; NIfTI-1 needs 348
_PIECE = 1 << 20


class LabelBroken(BadInput):
    """The bytes are no whole NIfTI image."""


def read_grid(data: bytes) -> Grid:
    """Where the voxels of a NIfTI-1 or -2 file lie, compressed or not; raises LabelBroken."""
    from nibabel import Nifti1Header, Nifti2Header

    try:
        start, length = _unpacked(data)
        kind = Nifti2Header if start[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") else Nifti1Header
        header = kind.from_fileobj(io.BytesIO(start))
        shape = tuple(int(n) for n in header.get_data_shape())
        needs = int(header["vox_offset"]) + int(np.prod(shape)) * header.get_data_dtype().itemsize
        affine = np.asarray(header.get_best_affine(), float)
    except Exception as error:  # a parser of foreign bytes fails in every way there is
        raise LabelBroken("A label map is no NIfTI image.", remedy="Give .nii or .nii.gz files.") from error
    shape = shape[:3] if all(n == 1 for n in shape[3:]) else shape
    if len(shape) != 3 or length < needs or not np.isfinite(affine).all():
        raise LabelBroken("A label map is cut short or has no three axes.", remedy="Export it again.")
    return Grid(affine, (shape[0], shape[1], shape[2]))


def _unpacked(data: bytes) -> tuple[bytes, int]:
    """The header's bytes and the length of the whole; memory stays at one piece."""
    if data[:2] != b"\x1f\x8b":
        return data[:_HEADER], len(data)
    unpack, start, length, rest = zlib.decompressobj(31), b"", 0, data
    while rest and not unpack.eof:
        piece = unpack.decompress(rest, _PIECE)
        rest = unpack.unconsumed_tail
        start += piece[: _HEADER - len(start)]
        length += len(piece)
    length += len(unpack.flush())
    if not unpack.eof:
        raise EOFError
    return start, length

"""One series and its label map as two arrays on one grid, in the axes of the patient.

    scan = assemble(data for _, data in read_pack(…))     # int16 HU of shape (z, y, x), spacing in mm
    label = label_on(scan, nifti_bytes)                   # uint8 of the same shape

The convention: z runs to the head, y to the back, x to the left of the patient (DICOM's patient axes, PS3.3
C.7.6.2.1.1, last axis first). Slices are sorted by their place along the normal, whatever they are numbered;
acquisitions that are not axial are permuted and flipped to the nearest of these axes, never resampled. Refused is what
makes no CT volume, or a label that is not on its voxels. Uneven distances, which a person accepted before, are taken as
even and said in `Scan.doubts`. Not here: judging what comes in (`ingest.geometry`).
"""

import gzip
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.orientations import apply_orientation, axcodes2ornt, inv_ornt_aff, io_orientation, ornt_transform
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset

from residency.errors import BadInput
from residency.ingest.dicom import CT, Head, quietly
from residency.ingest.geometry import Grid, fault_of, grid_of, in_order, same_grid

_TAGS = [
    *("SOPClassUID", "SOPInstanceUID", "ImageType", "InstanceNumber", "NumberOfFrames", "PixelSpacing"),
    *("ImageOrientationPatient", "ImagePositionPatient", "Rows", "Columns", "SamplesPerPixel", "BitsAllocated"),
    *("BitsStored", "HighBit", "PixelRepresentation", "PhotometricInterpretation", "RescaleSlope", "RescaleIntercept"),
    "PixelData",
]
_AXES = axcodes2ornt(("L", "P", "S"))
_ACCEPTED = frozenset({"MISSING-SLICE", "SPACING-CONTRADICTS"})
_UNREADABLE = (OSError, EOFError, ValueError, zlib.error, HeaderDataError, ImageFileError, WrapStructError)


class VolumeRefused(BadInput):
    """A series makes no volume, or its label does not fit; `reason` is the code under which it is counted."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, remedy="Look at the series where it came from, and bring it in anew.")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Scan:
    """Voxels (z, y, x) in HU, their spacing in mm, the grid in the order of acquisition, and what is in doubt."""

    voxels: NDArray[np.int16]
    spacing_mm: tuple[float, float, float]
    grid: Grid
    doubts: str = ""


def assemble(files: Iterable[bytes]) -> Scan:
    """The volume of one series of CT slices, in any order; raises VolumeRefused."""
    slices = [_slice(data) for data in files]
    heads = [head for head, _ in slices]
    doubts = _judge(heads)
    grid = grid_of(heads)
    if grid is None:
        raise VolumeRefused("NO-GEOMETRY", "The slices do not say where they lie.")
    stack = np.empty((len(slices), *slices[0][1].shape), np.int16)
    for place, number in enumerate(in_order(heads)):
        stack[place] = slices[number][1]
    voxels = _turned(stack.transpose(2, 1, 0), _to_patient(grid))
    return Scan(voxels, _spacing(grid), grid, doubts)


def label_on(scan: Scan, nifti: bytes) -> NDArray[np.uint8]:
    """The label map on the voxels of the scan, whatever the order and direction of its own axes.

    Raises VolumeRefused: LABEL-UNREADABLE, LABEL-GEOMETRY, LABEL-VALUES (whole numbers from 0 to 254 are labels).
    """
    values, affine = _read_label(nifti)
    shape = (values.shape[0], values.shape[1], values.shape[2])
    if not same_grid(scan.grid, Grid(affine, shape)):
        raise VolumeRefused("LABEL-GEOMETRY", "The label map does not lie on the voxels of its series.")
    # What the label's axes are in those of the scan: a permutation with signs, as `same_grid` has checked.
    step = np.rint(np.linalg.inv(scan.grid.affine) @ affine)[:3, :3]
    to_scan = np.array([(np.flatnonzero(column)[0], column.sum()) for column in step.T])
    return _turned(apply_orientation(values, to_scan), _to_patient(scan.grid))


def _slice(data: bytes) -> tuple[Head, NDArray[np.int16]]:
    with quietly():
        try:
            ds = dcmread(BytesIO(data), specific_tags=_TAGS)
            head = _head(ds)
            if head.sop_class != CT or head.frames != 1:
                raise VolumeRefused("NOT-CT", "Only CT slices, one to a file, make a volume here.")
            return head, _hounsfield(ds)
        except VolumeRefused:
            raise
        except Exception:  # a parser of foreign bytes fails in every way there is
            raise VolumeRefused("UNREADABLE", "A slice cannot be read.") from None


def _head(ds: Dataset) -> Head:
    return Head(
        sop_class=str(ds.get("SOPClassUID", "")),
        instance=str(ds.get("SOPInstanceUID", "")),
        image_type=tuple(str(part).upper() for part in ds.get("ImageType") or ()),
        number=int(ds.get("InstanceNumber") or 0),
        rows=int(ds.Rows),
        columns=int(ds.Columns),
        frames=int(ds.get("NumberOfFrames") or 1),
        spacing=_numbers(ds, "PixelSpacing"),
        orientation=_numbers(ds, "ImageOrientationPatient"),
        position=_numbers(ds, "ImagePositionPatient"),
    )


def _numbers(ds: Dataset, name: str) -> tuple[float, ...]:
    return tuple(float(value) for value in ds.get(name) or ())


def _hounsfield(ds: Dataset) -> NDArray[np.int16]:
    """Stored values times slope plus intercept (PS3.3 C.11.1.1.2), rounded to whole HU."""
    slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    stored = ds.pixel_array
    if slope == 1 and intercept.is_integer():
        values = stored.astype(np.int32) + int(intercept)
    else:
        values = np.rint(stored * slope + intercept)
    limits = np.iinfo(np.int16)
    if not (values.min() >= limits.min and values.max() <= limits.max):
        raise VolumeRefused("OUT-OF-RANGE", "A slice holds values that are no Hounsfield units.")
    return values.astype(np.int16)


def _judge(heads: Sequence[Head]) -> str:
    """The code of what a person must have accepted, or none; raises VolumeRefused for what cannot be stacked."""
    if not heads:
        raise VolumeRefused("EMPTY", "The series has no slices.")
    fault = fault_of(heads, waived=_ACCEPTED)
    if fault is not None:
        raise VolumeRefused(fault.code, "The slices make no single volume.")
    spacings = np.array([head.spacing for head in heads])
    if len({(head.rows, head.columns) for head in heads}) > 1 or np.ptp(spacings, axis=0).max() > 1e-3:
        raise VolumeRefused("SPACING-CONTRADICTS", "The slices differ in extent or in the size of their pixels.")
    doubt = fault_of(heads)
    return doubt.code if doubt else ""


def _to_patient(grid: Grid) -> NDArray:
    """From (column, row, slice) to the nearest of left, posterior, superior."""
    return ornt_transform(io_orientation(grid.affine), _AXES)


def _turned(array: NDArray, turn: NDArray) -> NDArray:
    """(column, row, slice) as (z, y, x), contiguous."""
    return np.ascontiguousarray(apply_orientation(array, turn).transpose(2, 1, 0))


def _spacing(grid: Grid) -> tuple[float, float, float]:
    turned = grid.affine @ inv_ornt_aff(_to_patient(grid), grid.shape)
    x, y, z = (round(float(length), 6) for length in np.linalg.norm(turned[:3, :3], axis=0))
    return z, y, x


def _read_label(nifti: bytes) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    try:
        plain = gzip.decompress(nifti) if nifti[:2] == b"\x1f\x8b" else nifti
        image = nibabel.Nifti1Image.from_bytes(plain)
        raw = np.asanyarray(image.dataobj)
    except _UNREADABLE:
        raise VolumeRefused("LABEL-UNREADABLE", "The label map cannot be read as NIfTI.") from None
    if raw.ndim < 3 or any(extent != 1 for extent in raw.shape[3:]):
        raise VolumeRefused("LABEL-GEOMETRY", "The label map does not have three axes.")
    raw = raw.reshape(raw.shape[:3])
    with np.errstate(invalid="ignore"):
        values = raw.astype(np.uint8)
    if (values != raw).any() or values.max() > 254:
        raise VolumeRefused("LABEL-VALUES", "The label map holds other values than whole numbers from 0 to 254.")
    return values, np.asarray(image.affine, np.float64)

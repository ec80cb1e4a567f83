"""CT series made for the tests from known arrays, as files and as label maps."""

import gzip
import io

import nibabel
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

AXIAL = ((1, 0, 0), (0, 1, 0))
SPACING = (3.0, 1.5, 0.75)


def slices(hu, *, spacing=SPACING, axes=AXIAL, origin=(-10.0, -20.0, 30.0), intercept=-1024, slope=1, **changes):
    """Files of a volume given in order of acquisition (slice, row, column); what is changed is changed in all."""
    row, column = np.array(axes[0], float), np.array(axes[1], float)
    normal = np.cross(row, column)
    files = []
    for number, plane in enumerate(hu):
        place = np.array(origin) + normal * spacing[0] * number
        ds = Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = CTImageStorage, f"2.25.{number + 1}", "CT"
        ds.SeriesInstanceUID, ds.InstanceNumber = "2.25.999", number + 1
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.ImagePositionPatient = [f"{v:.6g}" for v in place]
        ds.ImageOrientationPatient = [f"{v:.6g}" for v in (*row, *column)]
        ds.PixelSpacing = [spacing[1], spacing[2]]
        set_pixels(ds, plane, intercept, slope)
        for keyword, value in changes.items():
            setattr(ds, keyword, value)
        files.append(ds)
    return files


def set_pixels(ds, plane, intercept=-1024, slope=1):
    """Stored values of one plane of HU."""
    stored = np.rint((np.asarray(plane, float) - intercept) / slope).astype("<i2")
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = *stored.shape, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.RescaleIntercept, ds.RescaleSlope = str(intercept), str(slope)
    ds.PixelData = stored.tobytes()


def as_file(ds):
    """One data set as a DICOM file."""
    ds.file_meta = meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    buffer = io.BytesIO()
    dcmwrite(buffer, ds, enforce_file_format=True)
    return buffer.getvalue()


def files_of(hu, **how):
    """Files of a volume, in order."""
    return [as_file(ds) for ds in slices(hu, **how)]


def affine(*, spacing=SPACING, axes=AXIAL, origin=(-10.0, -20.0, 30.0)):
    """From (column, row, slice) to NIfTI's millimetres."""
    row, column = np.array(axes[0], float), np.array(axes[1], float)
    lps = np.eye(4)
    lps[:3] = np.column_stack([row * spacing[2], column * spacing[1], np.cross(row, column) * spacing[0], origin])
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ lps


def nifti(values, to_mm):
    """A label map whose array is indexed as its affine says."""
    return gzip.compress(nibabel.Nifti1Image(np.ascontiguousarray(values), to_mm).to_bytes(), 1, mtime=0)


def label_for(values, **how):
    """A label map of an array in order of acquisition (slice, row, column)."""
    return nifti(values.transpose(2, 1, 0), affine(**how))

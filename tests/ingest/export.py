"""Small exports of a hospital, built file by file: a series of eight by eight pixels that is sound unless changed."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

SIZE = 8
Change = Callable[[list[Dataset]], None]


def uid(*what: object) -> str:
    """A UID that is the same for the same words."""
    return str(generate_uid(entropy_srcs=["ingest-tests", *map(str, what)]))


def series(patient: str = "4711", *, slices: int = 6, name: str = "", spacing: float = 2.0) -> list[Dataset]:
    """The instances of an axial CT series, feet first."""
    return [_instance(patient, name, k, spacing) for k in range(slices)]


def write(folder: Path, instances: list[Dataset]) -> list[Path]:
    """Write instances below a folder, in the order given."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{n:04d}.dcm" for n in range(1, len(instances) + 1)]
    for path, one in zip(paths, instances, strict=True):
        one.file_meta = FileMetaDataset()
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.save_as(path, enforce_file_format=True)
    return paths


def export(folder: Path, *patients: str, change: Change | None = None, slices: int = 6) -> Path:
    """One series for each patient, each in a folder of its own; `change` spoils every one of them."""
    for patient in patients:
        instances = series(patient, slices=slices)
        if change:
            change(instances)
        write(folder / "ct" / patient, instances)
    return folder / "ct"


def label(folder: Path, one: Dataset, *, slices: int = 6, shift: float = 0.0, flip: bool = False) -> Path:
    """A label map for the series of an instance, on its grid unless shifted."""
    import nibabel

    dz = 2.0
    affine = np.array([[-1.0, 0, 0, 10], [0, -1, 0, 20 + shift], [0, 0, dz, 0], [0, 0, 0, 1]])
    if flip:
        affine[:3, 3] += affine[:3, 2] * (slices - 1)
        affine[:3, 2] *= -1
    image: Any = nibabel.Nifti1Image(np.zeros((SIZE, SIZE, slices), np.uint8), affine)
    path = folder / "labels" / f"{one.SeriesInstanceUID}.nii.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(image.to_bytes()))
    return path


def table(folder: Path, *lines: str, header: str = "patient_id,issuer,sex,birth_date,race,ethnicity,anatomy") -> Path:
    """The hospital's table of subjects."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "subjects.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def _instance(patient: str, name: str, k: int, spacing: float) -> Dataset:
    one = Dataset()
    one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, uid(patient, name, k)
    one.Modality, one.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    one.BodyPartExamined = "ABDOMEN"
    one.StudyInstanceUID, one.SeriesInstanceUID = uid(patient, name, "study"), uid(patient, name, "series")
    one.PatientName, one.PatientID, one.IssuerOfPatientID = f"Planted^Name{patient}", patient, "HOSPITAL"
    one.PatientSex, one.PatientBirthDate, one.StudyDate = "F", "19700102", "20240303"
    one.Manufacturer, one.ManufacturerModelName, one.DeviceSerialNumber = "MAKER", "Model 1", "SN-1"
    one.InstanceNumber = k + 1
    one.ImagePositionPatient, one.ImageOrientationPatient = [-10, -20, k * spacing], [1, 0, 0, 0, 1, 0]
    one.PixelSpacing, one.SliceThickness = [1, 1], spacing
    one.Rows = one.Columns = SIZE
    one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 1
    one.PixelData = np.full((SIZE, SIZE), k, "<i2").tobytes()
    return one

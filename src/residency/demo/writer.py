"""Files: DICOM instances as archives really hold them, label maps as NIfTI, always the same bytes for the same input.

    write_case(case, Path("incoming/ct"), Path("incoming/labels"))

Most files are Explicit VR Little Endian, some Implicit; some carry a preamble that is not empty, some end in Data Set
Trailing Padding, both with the patient's name in them (PS3.10 7.1, PS3.5 7.2). Not here: what the headers hold.
"""

import gzip
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.charset import convert_encodings
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element, write_file_meta_info
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from residency.demo.anatomy import Labels
from residency.demo.series import Case, affine


@dataclass(frozen=True)
class Written:
    """One patient's folder below `ct/`, the files in it in slice order, and where its label map lies."""

    folder: str
    files: list[str] = field(default_factory=list)
    label: str | None = None


def write_case(case: Case, ct: Path, labels: Path | None) -> Written:
    """Write the instances, and the label map named after the series; returns names relative to `ct` and `labels`."""
    folder = folder_of(case)
    (ct / folder).mkdir(parents=True, exist_ok=True)
    names = _unique([file_name(case, one) for one in case.instances])
    encoded: dict[int, bytes] = {}
    for name, one in zip(names, case.instances, strict=True):
        (ct / folder / name).write_bytes(_file(one, case, encoded))
    label = None
    if labels is not None:
        label = f"{case.at.series_uid}.nii.gz"
        write_label(labels / label, case.body.labels, affine(case.body))
    return Written(folder, names, label)


def folder_of(case: Case) -> str:
    """The patient's folder: the archive of one maker puts the surname into it."""
    folder = case.planted("id", "folder", case.person.patient_id)
    if case.scanner.maker == "SIEMENS" and case.person.family.isascii() and case.person.family.isalpha():
        folder = case.planted("name", "folder", case.person.family.upper()) + "_" + folder
    return folder


def file_name(case: Case, one: Dataset) -> str:
    """How this scanner's archive names an instance."""
    if case.scanner.maker == "SIEMENS":
        return f"CT.{one.SOPInstanceUID}"
    if case.scanner.maker.startswith("GE"):
        return f"i{410000 + 7 * int(one.InstanceNumber)}.CTDC.{one.InstanceNumber}"
    return f"IM{one.InstanceNumber:04d}.dcm"


def write_label(path: Path, labels: Labels, to_mm: NDArray[np.float64]) -> None:
    """A label map given as (z, y, x) as NIfTI-1, indexed (column, row, slice), uint8, gzip without a time in it."""
    import nibabel

    path.parent.mkdir(parents=True, exist_ok=True)
    image: Any = nibabel.Nifti1Image(np.ascontiguousarray(labels.transpose(2, 1, 0)), to_mm)
    image.header.set_xyzt_units("mm")
    image.set_qform(to_mm, 1)
    image.set_sform(to_mm, 1)
    path.write_bytes(gzip.compress(image.to_bytes(), 6, mtime=0))


def _unique(names: list[str]) -> list[str]:
    """Two instances of one number or UID still are two files."""
    return [f"{name}.{names[:i].count(name)}" if name in names[:i] else name for i, name in enumerate(names)]


def _unique(names: list[str]) -> list[str]:
    """Two instances of one number or UID still are two files."""
    return [f"{name}.{names[:i].count(name)}" if name in names[:i] else name for i, name in enumerate(names)]


def _meta(one: Dataset, case: Case, planted: Any) -> FileMetaDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = one.SOPClassUID
    meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if case.at.index % 6 == 4 else ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    meta.ImplementationVersionName = "DEMO_ARCHIVE_1"
    title = planted("device", "file meta SourceApplicationEntityTitle", case.scanner.ae_title)
    meta.SourceApplicationEntityTitle = title
    return meta


def _file(one: Dataset, case: Case, encoded: dict[int, bytes]) -> bytes:
    """One DICOM file with its meta header, and with the residues that this subject's archive leaves."""
    index, planted = case.at.index, case.planted
    name = case.person.family.encode(planted.encoding)
    preamble = b"\x00" * 128
    planted("uid", "SOPInstanceUID", str(one.SOPInstanceUID))
    if index % 5 == 2:
        planted("name", "preamble", case.person.family)
        preamble = (b"II*\x00\x08\x00\x00\x00" + name).ljust(128, b"\x00")
    if index % 7 == 3:
        planted("name", "trailing padding", case.person.family)
        one.add_new(0xFFFCFFFC, "OB", name + b"\x00" * (24 - len(name) % 2))
    implicit = index % 6 == 4
    return preamble + b"DICM" + _meta(one, case, implicit) + _elements(one, implicit, encoded)


def _meta(one: Dataset, case: Case, implicit: bool) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = one.SOPClassUID
    meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    meta.ImplementationVersionName = "DEMO_ARCHIVE_1"
    title = case.planted("device", "file meta SourceApplicationEntityTitle", case.scanner.ae_title)
    meta.SourceApplicationEntityTitle = title
    buffer = DicomBytesIO()
    write_file_meta_info(buffer, meta)
    return buffer.getvalue()


def _elements(one: Dataset, implicit: bool, encoded: dict[int, bytes]) -> bytes:
    """The data set's bytes. What the instances of a series share is encoded once: it is most of the time."""
    charset = convert_encodings(one.get("SpecificCharacterSet", "ISO_IR 6"))
    parts = []
    for element in one:
        if id(element) not in encoded:
            buffer = DicomBytesIO()
            buffer.is_little_endian, buffer.is_implicit_VR = True, implicit
            write_data_element(buffer, element, charset)
            encoded[id(element)] = buffer.getvalue()
        parts.append(encoded[id(element)])
    return b"".join(parts)

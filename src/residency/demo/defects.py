"""What goes wrong in real archives, planted on patients of its own, with the reason that an intake should find.

    for defect in plant(anatomy, seed=7, first=48, ct=..., labels=...):
        defect.reason, defect.at_fault

One row of `DEFECTS` is one folder. The good subjects are never touched, so that what is quarantined can be counted.

Not here: judging any of it; that is what intake and de-identification are tested with.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import SecondaryCaptureImageStorage, UltrasoundImageStorage

from residency.demo.anatomy import Anatomy
from residency.demo.pictures import Picture, banner, burn, screen, ultrasound
from residency.demo.series import Case, affine, compose, set_pixels
from residency.demo.writer import Written, write_case, write_label

SLICES = 24  # of a spoiled series: enough to see what is wrong with it


@dataclass(frozen=True)
class Defect:
    """One spoiled folder: the reason expected, the files at fault (empty: the fault is what is not there)."""

    reason: str
    what: str
    written: Written
    at_fault: list[str]
    case: Case | None


def plant(anatomy: Anatomy, seed: int, first: int, ct: Path, labels: Path) -> list[Defect]:
    """Write every row of DEFECTS below `ct`, on subjects numbered from `first`, and one folder of no patient."""
    planted = []
    for n, (reason, what, spoil) in enumerate(DEFECTS):
        case = compose(anatomy, seed, first + n, SLICES)
        written, at_fault = spoil(case, ct, labels)
        planted.append(Defect(reason, what, written, at_fault, case))
    return [*planted, _no_dicom(ct, seed)]


def _missing_slice(case: Case, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    del case.instances[SLICES // 2]
    return write_case(case, ct, labels), []


def _repeated_position(case: Case, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    again = deepcopy(case.instances[SLICES // 3])
    again.SOPInstanceUID = case.at.uid("again")
    again.InstanceNumber = SLICES + 1
    return _with_more(case, again, ct, labels)


def _repeated_uid(case: Case, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    again = deepcopy(case.instances[SLICES // 3])
    set_pixels(again, np.ascontiguousarray(case.body.hu[SLICES // 3][:, ::-1]), case.scanner)
    return _with_more(case, again, ct, labels)


def _localizer(case: Case, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    view = deepcopy(case.instances[0])
    view.SOPInstanceUID = case.at.uid("localizer")
    view.ImageType, view.InstanceNumber = ["ORIGINAL", "PRIMARY", "LOCALIZER"], SLICES + 1
    view.ImageOrientationPatient = ["1", "0", "0", "0", "0", "-1"]
    dz, _, dx = case.body.spacing_mm
    view.PixelSpacing = [f"{dz:g}", f"{dx:g}"]
    set_pixels(view, np.ascontiguousarray(case.body.hu[::-1].mean(axis=1).astype(np.int16)), case.scanner)
    return _with_more(case, view, ct, labels)


def _contradicting_spacing(case: Case, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    half = SLICES // 2
    wider = f"{case.body.spacing_mm[1] * 1.2:.2f}"
    for k in range(half, SLICES):
        case.instances[k].PixelSpacing = [wider, wider]
    written = write_case(case, ct, labels)
    return written, written.files[half:]


def _truncated(case: Case, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    written = write_case(case, ct, labels)
    cut = written.files[SLICES // 2]
    path = ct / written.folder / cut
    path.write_bytes(path.read_bytes()[: -case.body.hu[0].nbytes // 2])
    return written, [cut]


def _foreign_label(case: Case, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    """The label map has half the slices, fewer rows, and lies ten millimetres away."""
    written = write_case(case, ct, labels)
    dz, dy, dx = case.body.spacing_mm
    x, y, z = case.body.origin_mm
    grid = affine(replace(case.body, spacing_mm=(2 * dz, dy, dx), origin_mm=(x, y + 10, z - 10)))
    write_label(labels / str(written.label), case.body.labels[::2, :-8], grid)
    return written, [str(written.label)]


def _annotated(case: Case, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    """A CT whose every slice says in the header that there is text in the picture, and has it there."""
    for k, one in enumerate(case.instances):
        one.BurnedInAnnotation = "YES"
        text = burn(np.zeros(case.body.hu[k].shape, np.uint8), case.person, size=9)
        set_pixels(one, np.where(text > 90, 2000, case.body.hu[k]).astype(np.int16), case.scanner)
    written = write_case(case, ct, labels)
    return written, written.files


def _ultrasound(case: Case, ct: Path, _: Path) -> tuple[Written, list[str]]:
    rng = np.random.default_rng([*case.at.seed, 1])
    frame = ultrasound(case.person, rng)
    return _capture(case, frame, UltrasoundImageStorage, "US", ct)


def _screen(case: Case, ct: Path, _: Path) -> tuple[Written, list[str]]:
    frame = screen(case.person, case.body.hu[SLICES // 2])
    return _capture(case, frame, SecondaryCaptureImageStorage, "OT", ct)


DEFECTS: tuple[tuple[str, str, Callable[[Case, Path, Path], tuple[Written, list[str]]]], ...] = (
    ("MISSING-SLICE", "one slice in the middle is not there", _missing_slice),
    ("DUPLICATE-SLICE", "two instances at one position", _repeated_position),
    ("DUPLICATE-SLICE", "two different instances with one SOPInstanceUID", _repeated_uid),
    ("LOCALIZER", "a coronal localizer inside the axial series", _localizer),
    ("SPACING-CONTRADICTS", "PixelSpacing changes half-way", _contradicting_spacing),
    ("TRUNCATED", "one file ends in the middle of its pixels", _truncated),
    ("LABEL-GEOMETRY", "the label map lies on another grid", _foreign_label),
    ("BURNED-IN", "a CT that declares burned-in text", _annotated),
    ("BURNED-IN", "an ultrasound frame with name and number in its pixels", _ultrasound),
    ("BURNED-IN", "a captured screen with name and number in its pixels, not declared", _screen),
)

# fmt: off
_ONLY_CT = (
    "KVP", "XRayTubeCurrent", "ExposureTime", "ConvolutionKernel", "GantryDetectorTilt", "SliceThickness",
    "SliceLocation", "PixelSpacing", "ImagePositionPatient", "ImageOrientationPatient", "FrameOfReferenceUID",
    "PositionReferenceIndicator", "RescaleSlope", "RescaleIntercept", "RescaleType", "WindowCenter",
    "WindowWidth",
)
# fmt: on


def _with_more(case: Case, more: Dataset, ct: Path, labels: Path) -> tuple[Written, list[str]]:
    case.instances.append(more)
    written = write_case(case, ct, labels)
    return written, written.files[-1:]


def _capture(case: Case, frame: Picture, sop_class: str, modality: str, ct: Path) -> tuple[Written, list[str]]:
    """The picture as the patient's only instance, under the headers of the same visit."""
    one = deepcopy(case.instances[0])
    for keyword in _ONLY_CT:
        delattr(one, keyword)
    one.SOPClassUID, one.Modality = sop_class, modality
    one.ImageType = ["ORIGINAL" if modality == "US" else "DERIVED", "SECONDARY", "CAPTURE"]
    if modality == "US":
        one.Manufacturer, one.ManufacturerModelName, one.BurnedInAnnotation = "PHILIPS", "EPIQ 7C", "YES"
    else:
        one.ConversionType = "WSD"
    one.Rows, one.Columns = frame.shape[:2]
    one.SamplesPerPixel, one.PhotometricInterpretation = (3, "RGB") if frame.ndim == 3 else (1, "MONOCHROME2")
    if frame.ndim == 3:
        one.PlanarConfiguration = 0
    one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 8, 8, 7, 0
    one.add_new("PixelData", "OB", frame.tobytes())
    case.planted.forget("FrameOfReferenceUID")
    case.instances = [one]
    written = write_case(case, ct, None)
    for line in banner(case.person):
        case.planted("pixels", "PixelData", line)
    return written, written.files


def _no_dicom(ct: Path, seed: int) -> Defect:
    """Two files that lie about in every export: a note with the ending of an image, and a viewer's cache."""
    folder = ct / "export-2024-11-04"
    folder.mkdir(parents=True)
    rng = np.random.default_rng([seed, 0xD0CF])
    (folder / "README.dcm").write_text("Export list\r\n1. ABDOMEN CT, all series\r\n2. ask archive for the rest\r\n")
    (folder / "Thumbs.db").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + rng.bytes(3000))
    files = ["README.dcm", "Thumbs.db"]
    what = "a text and a thumbnail cache among the images"
    return Defect("NOT-DICOM", what, Written(folder.name, files), files, None)

"""Objects whose pixels may name or show somebody do not pass."""

import numpy as np
import pytest

from residency.deid.dicom.elements import read
from residency.deid.dicom.pixels import burned_in_risk
from residency.deid.dicom.regions import reach_of
from residency.deid.dicom.series import deidentify_series
from tests.deid.ct_files import NAMES, SHIFTED, SUBJECT, ct, item, to_bytes


def code(ds, **how) -> str | None:
    reason = burned_in_risk(read(to_bytes(ds, **how)))
    return reason and reason.code


def test_a_plain_slice_of_the_body_passes() -> None:
    assert code(ct()) is None
    assert code(ct(SeriesDescription="Hip right, femoral head 2.0", StudyDescription="Brain")) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.6.1"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.3.1"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.1"},
        {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.1.1"},
        {"BurnedInAnnotation": "YES"},
        {"ImageType": ["DERIVED", "SECONDARY", "REFORMATTED"]},
        {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]},
        {"ImageType": ["DERIVED", "PRIMARY", "SCREEN SAVE"]},
        {"SeriesDescription": "Dose Report"},
        {"ConversionType": "WSD"},
        {"PhotometricInterpretation": "RGB"},
    ],
)
def test_pictures_that_may_carry_text_are_held_back(changes: dict) -> None:
    assert code(ct(**changes)) == "BURNED-IN"


@pytest.mark.parametrize(
    "changes",
    [
        {"BodyPartExamined": "HEAD"},
        {"BodyPartExamined": "HEADNECK"},
        {"SeriesDescription": "Schädel nativ 1.0"},
        {"ProtocolName": "01_HeadRoutine Brain"},
        {"BodyPartExamined": "", "StudyDescription": "CT Paranasal sinuses"},
        {"RecognizableVisualFeatures": "YES"},
        {"AnatomicRegionSequence": [item(CodeValue="69536005", CodingSchemeDesignator="SCT", CodeMeaning="Head")]},
    ],
)
def test_a_head_may_show_a_face(changes: dict) -> None:
    assert code(ct(**changes)) == "FACE"


@pytest.mark.parametrize("end", ["88.11", "11.1", "104.1", "66.4", "481.3", "9.1.1"])
def test_objects_that_are_no_sections_are_not_supported(end: str) -> None:
    assert code(ct(SOPClassUID=f"1.2.840.10008.5.1.4.1.1.{end}")) == "OBJECT-NOT-SUPPORTED"


FACED = (
    "CSPINE CERVICALSPINE NECKCHESTABDPELV NASOPHARYNX SALIVARYGLAND LARYNX THYROID HALS SCHAEDEL WHOLEBODY SPINE XYZ"
)


@pytest.mark.parametrize("part", FACED.split())
def test_a_body_part_that_is_not_known_to_have_no_face_may_show_one(part: str) -> None:
    assert code(ct(BodyPartExamined=part)) == "FACE"


@pytest.mark.parametrize("part", ["ABDOMEN", "CHEST ABD PELVIS", "Thorax", "LSPINE", "UPPER EXTREMITY", "HÜFTE"])
def test_a_body_part_without_a_face_passes(part: str) -> None:
    assert code(ct(BodyPartExamined=part, SpecificCharacterSet="ISO_IR 100")) is None


SILENT = {"BodyPartExamined": None, "ProtocolName": None, "SeriesDescription": None, "StudyDescription": None}
FACES = [
    {"SeriesDescription": "AX 1.0 H31s"},
    {"SeriesDescription": "Routine"},
    {"StudyDescription": "CT Stroke", "SeriesDescription": "AX 1.0"},
    {"SeriesDescription": "Stroke CTA"},
    {"ProtocolName": "Abdomen", "SeriesDescription": "Neck/Chest/Abdomen"},
    {"StudyDescription": "CT c-spine and chest", "SeriesDescription": "Chest 1.0"},
    {"SeriesDescription": "Ganzkörper CT, Thorax"},
    {"SeriesDescription": "PET/CT body, eyes to thigh"},
    {"SeriesDescription": "Feet first"},
    {"SeriesDescription": "Halswirbelsäule"},
    {},
]


@pytest.mark.parametrize("said", FACES, ids=lambda said: " ".join(said.values()))
def test_without_a_body_part_silence_and_a_face_in_any_title_hold_the_object_back(said: dict) -> None:
    assert code(ct(**(SILENT | said))) == "FACE"
    assert code(ct(**(SILENT | said | {"BodyPartExamined": "PARTIALBODY"}))) == "FACE"


@pytest.mark.parametrize(
    "said",
    [
        {"SeriesDescription": "Abdomen 3.0 axial"},
        {"ProtocolName": "01_ThoraxRoutine"},
        {"StudyDescription": "CT Lunge low dose", "SeriesDescription": "AX 1.0 Br38"},
        {"SeriesDescription": "Hip right, femoral head 2.0"},
        {"AnatomicRegionSequence": [item(CodeValue="1", CodingSchemeDesignator="SCT", CodeMeaning="Kidney")]},
        {"BodyPartExamined": "PARTIALBODY", "SeriesDescription": "CT Body 3.0", "ProtocolName": "FDG_TK_KM"},
    ],
    ids=str,
)
def test_a_title_that_names_a_region_without_a_face_is_enough(said: dict) -> None:
    assert code(ct(**(SILENT | said))) is None


def test_a_stack_called_body_passes_only_if_it_is_too_short_to_reach_a_face() -> None:
    def stack(step: float) -> list:
        said = SILENT | {"BodyPartExamined": "PARTIALBODY", "SeriesDescription": "CT Body 3.0"}
        return [read(to_bytes(ct(**said, ImagePositionPatient=[0, 0, n * step]))) for n in range(20)]

    assert burned_in_risk(stack(3.0)[0], reach_mm=reach_of(stack(3.0))) is None
    assert burned_in_risk(stack(50.0)[0], reach_mm=reach_of(stack(50.0))).code == "FACE"
    assert reach_of([*stack(3.0), read(to_bytes(ct(ImagePositionPatient=None)))]) == float("inf")
    said = SILENT | {"SeriesDescription": "Body"}
    ends = [ct(**said, SOPInstanceUID=f"1.2.{n}", ImagePositionPatient=[0, 0, n * 600]) for n in (1, 2)]
    assert deidentify_series([to_bytes(end) for end in ends], SHIFTED, NAMES, SUBJECT).quarantine.code == "FACE"


def test_an_overlay_in_the_unused_bits_of_the_pixels_is_seen() -> None:
    pixels = np.arange(256, dtype="<u2")
    assert code(ct(PixelData=pixels.tobytes())) is None
    pixels[7] |= 0x8000
    assert code(ct(PixelData=pixels.tobytes())) == "BURNED-IN"
    signed = np.full(256, -100, "<i2")
    assert code(ct(PixelData=signed.tobytes(), PixelRepresentation=1)) is None
    planted = ct()
    planted.add_new(0x60000102, "US", 12)
    assert code(planted) == "BURNED-IN"


HIGH = {"BitsStored": 12, "HighBit": 15}
LOW = {"BitsStored": 12, "HighBit": 11}
SIGNED = {"PixelRepresentation": 1}


@pytest.mark.parametrize(
    ("changes", "word", "hidden"),
    [
        (HIGH, 0x7FF0, False),
        (HIGH, 0x7FF1, True),
        (HIGH | SIGNED, 0xFFF0, False),
        (HIGH | SIGNED, 0xFFF8, True),
        (LOW | {"HighBit": 12}, 0x1FFE, False),
        (LOW | {"HighBit": 12}, 0x1FFF, True),
        (LOW | {"HighBit": 12}, 0x2000, True),
        (LOW | SIGNED, 0xFFF8, False),
        (LOW | SIGNED, 0x0FF8, False),
        (LOW | SIGNED, 0x1FF8, True),
        (LOW | {"HighBit": 5}, 0x0001, True),
        (LOW | {"HighBit": 16}, 0x0001, True),
        ({"BitsStored": 16, "HighBit": 15}, 0xFFFF, False),
        ({"BitsAllocated": 8, "Columns": 32, "BitsStored": 7, "HighBit": 6}, 0x7F7F, False),
        ({"BitsAllocated": 8, "Columns": 32, "BitsStored": 7, "HighBit": 6}, 0x80FF, True),
        ({"BitsAllocated": 32, "Columns": 8, "BitsStored": 24, "HighBit": 23}, 0x01FF, True),
        ({"BitsAllocated": 32, "Columns": 8, "BitsStored": 32, "HighBit": 31}, 0x00FF, False),
    ],
)
def test_a_bit_outside_the_image_may_be_an_overlay_wherever_the_image_lies(changes, word: int, hidden: bool) -> None:
    pixels = np.zeros(256, "<u2")
    pixels[77] = word
    assert code(ct(PixelData=pixels.tobytes(), **changes)) == ("BURNED-IN" if hidden else None)


def test_what_a_person_let_pass_passes_and_nothing_else() -> None:
    head = read(to_bytes(ct(BodyPartExamined="HEAD", ImageType=["DERIVED", "SECONDARY"])))
    assert burned_in_risk(head, frozenset({"BURNED-IN"})).code == "FACE"
    assert burned_in_risk(head, frozenset({"BURNED-IN", "FACE"})) is None

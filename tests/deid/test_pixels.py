"""Objects whose pixels may name or show somebody do not pass."""

import numpy as np
import pytest

from residency.deid.elements import read
from residency.deid.pixels import burned_in_risk
from tests.deid.ct_files import ct, item, to_bytes


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


def test_what_a_person_let_pass_passes_and_nothing_else() -> None:
    head = read(to_bytes(ct(BodyPartExamined="HEAD", ImageType=["DERIVED", "SECONDARY"])))
    assert burned_in_risk(head, frozenset({"BURNED-IN"})).code == "FACE"
    assert burned_in_risk(head, frozenset({"BURNED-IN", "FACE"})) is None

"""Which kinds of objects pass under which recipe, and what they still are afterwards."""

import pytest
from pydicom.dataset import Dataset

from residency.deid.dicom.directory import directory
from residency.deid.dicom.elements import Unreadable, read
from residency.deid.dicom.needs import in_class, inside
from residency.deid.dicom.series import SeriesResult, deidentify_series
from residency.deid.recipe import load_recipe
from tests.deid.ct_files import BASIC, NAMES, SUBJECT, ct, from_bytes, item, to_bytes
from tests.deid.dicom.objects import (
    STORAGE,
    dose,
    key_objects,
    mask,
    plan,
    report,
    slices,
    state,
    structure_set,
    waves,
    whole_set,
)

WHOLE = load_recipe("basic", "clean-structured-content", "clean-graphics")
IMAGES = slices()
OBJECTS = {"SR": report(IMAGES), "KO": key_objects(IMAGES), "PR": state(IMAGES), "ECG": waves(), "SEG": mask(IMAGES)}
OBJECTS |= {"RTSTRUCT": structure_set(IMAGES), "RTDOSE": dose(ct()), "RTPLAN": plan(ct())}


def result_of(ds: Dataset, recipe=WHOLE, **how) -> SeriesResult:
    return deidentify_series([to_bytes(ds)], recipe, NAMES, SUBJECT, **how)


@pytest.mark.parametrize("kind", sorted(OBJECTS))
def test_structured_documents_need_the_option_and_the_others_pass_with_dummies(kind: str) -> None:
    result = result_of(OBJECTS[kind], BASIC)
    assert (result.quarantine is not None) == (kind in ("SR", "KO"))
    if result.quarantine is not None:
        assert "clean-structured-content" in result.quarantine.sentence
    else:
        assert b"asquez" not in result.outputs[0][1]


@pytest.mark.parametrize("name", ["BODY", "External", "Skin", "Haut", "outer contour", "Patient Outline"])
def test_a_contour_of_the_skin_passes_only_where_no_face_can_be(name: str) -> None:
    for make in (structure_set, mask):
        faceless, faced = make(IMAGES, name), make(IMAGES, name)
        faced.BodyPartExamined = "HEAD"
        assert result_of(faceless).quarantine is None
        held = result_of(faced).quarantine
        assert (held is not None and held.code == "FACE") == (name != "outer contour")
        assert result_of(faced, accepted=frozenset({"FACE"})).quarantine is None


@pytest.mark.parametrize("kind", ["SR", "PR", "ECG", "RTSTRUCT"])
def test_a_picture_in_an_object_that_shows_none_is_held(kind: str) -> None:
    ds = from_bytes(to_bytes(OBJECTS[kind]))
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.BitsAllocated = 2, 2, 1, 8
    ds.add_new(0x7FE00010, "OB", b"\1\2\3\4")
    assert result_of(ds).quarantine.code == "OBJECT-NOT-SUPPORTED"


def test_a_grid_with_bits_to_hide_in_is_held() -> None:
    ds = dose(ct())
    ds.BitsStored, ds.HighBit = 12, 11
    assert result_of(ds).quarantine.code == "OBJECT-NOT-SUPPORTED"


def test_a_picture_that_calls_itself_a_dose_or_a_mask_is_held() -> None:
    for end in ("481.2", "66.4"):
        head = ct(SOPClassUID=STORAGE + end, BodyPartExamined="HEAD", BitsStored=16, HighBit=15)
        assert result_of(head).quarantine.code == "OBJECT-NOT-SUPPORTED"
    shaded = mask(IMAGES)
    shaded.SegmentationType, shaded.BodyPartExamined = "FRACTIONAL", "HEAD"
    shaded.BitsAllocated, shaded.BitsStored, shaded.HighBit = 8, 8, 7
    shaded.PixelData = bytes(3 * 256)
    assert result_of(shaded).quarantine.code == "FACE"


def test_what_the_kind_of_object_must_have_stays_though_the_profile_removes_it() -> None:
    state_, report_ = (from_bytes(result_of(OBJECTS[kind]).outputs[0][1]) for kind in ("PR", "SR"))
    assert state_.PresentationCreationDate == "19000101"
    assert state_.PresentationCreationTime == "000000"
    assert report_.ReferencedRequestSequence[0].RequestedProcedureID == ""
    image = from_bytes(result_of(ct(PresentationCreationDate="20240229")).outputs[0][1])
    assert "PresentationCreationDate" not in image
    assert in_class("1.2.840.10008.5.1.4.1.1.2") == {}
    assert inside(0x0040A370)[0x00401001] == 2


@pytest.mark.parametrize("kind", sorted(OBJECTS))
def test_no_required_attribute_is_lost_and_none_is_emptied_that_must_speak(kind: str) -> None:
    before, after = OBJECTS[kind], from_bytes(result_of(OBJECTS[kind]).outputs[0][1])
    common = "SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality PatientName PatientID StudyDate"
    common += " StudyTime AccessionNumber StudyID PatientBirthDate PatientSex ReferringPhysicianName InstanceNumber"
    special = "ContentLabel CompletionFlag VerificationFlag ValueType StructureSetLabel RTPlanLabel WaveformSequence"
    for keyword in common.split():
        assert keyword in after, keyword
    for keyword in (*common.split()[:7], *special.split()):
        if keyword in before:
            assert after.get(keyword), keyword


def test_a_value_that_is_not_of_its_kind_leaves_its_attribute_empty() -> None:
    raw = to_bytes(ct()).replace(b"DS\x04\x00120 ", b"DS\x04\x00LEE ")
    after = from_bytes(deidentify_series([raw], BASIC, NAMES, SUBJECT).outputs[0][1])
    assert after.KVP is None


def test_a_local_code_keeps_the_words_that_are_known_and_an_open_one_all() -> None:
    local = item(CodeValue="K7", CodingSchemeDesignator="99HOSP", CodeMeaning="CT liver of Okonkwo")
    open_ = item(CodeValue="10200004", CodingSchemeDesignator="SCT", CodeMeaning="Zwischenname structure")
    after = from_bytes(result_of(ct(ProcedureCodeSequence=[local], AnatomicRegionSequence=[open_])).outputs[0][1])
    assert after.ProcedureCodeSequence[0].CodeMeaning == "CT liver"
    assert after.AnatomicRegionSequence[0].CodeMeaning == "Zwischenname structure"


def test_a_cleaner_from_elsewhere_is_asked_instead_of_our_own() -> None:
    asked: list[str] = []
    result = result_of(OBJECTS["SR"], clean=lambda text: asked.append(text) or "kidney")
    finding = from_bytes(result.outputs[0][1]).ContentSequence[2]
    assert finding.TextValue == "kidney"
    assert any("cyst of 12 mm" in text for text in asked)


def test_a_directory_refuses_names_that_it_cannot_hold_and_lists_every_kind() -> None:
    named = {f"DICOM/S{n:07d}/I0000001": to_bytes(series[0]) for n, series in enumerate(whole_set())}
    kinds = {record.DirectoryRecordType for record in from_bytes(directory(named, "2.25.1")).DirectoryRecordSequence}
    assert kinds >= {"PATIENT", "STUDY", "SERIES", "IMAGE", "SR DOCUMENT", "PRESENTATION", "KEY OBJECT DOC"}
    assert kinds >= {"RT DOSE", "RT PLAN", "RT STRUCTURE SET", "WAVEFORM"}
    assert read(directory(named, "2.25.1")).trailing == 0
    with pytest.raises(Unreadable):
        directory({"dicom/slice.dcm": to_bytes(ct())}, "2.25.1")

"""Every place in a CT header where a name, a date or a UID may hide."""

import struct

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from residency.deid.dicom.elements import Unreadable, read
from residency.deid.dicom.headers import scrub
from residency.deid.recipe import load_recipe
from tests.deid.ct_files import (
    BASIC,
    NAMES,
    SHIFTED,
    SUBJECT,
    ct,
    encapsulated,
    from_bytes,
    item,
    nested,
    run_length,
    to_bytes,
)

DIRTY = b"Zwetschkenbaum"
HALVED = "YBR_FULL_422"
KEPT_SEQUENCE = 0x00289110  # Pixel Measures Sequence: in no row of the table, so its items are cleaned and kept


def cleaned(ds: Dataset, recipe=SHIFTED, **how) -> tuple[bytes, Dataset]:
    """The bytes of the cleaned file, and what pydicom reads from them."""
    data = scrub(read(to_bytes(ds, **how)), recipe, NAMES, SUBJECT).data
    return data, from_bytes(data)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize("depth", [0, 1, 5])
def test_a_name_is_removed_at_every_depth(depth: int, syntax: str) -> None:
    planted = item(PatientName=DIRTY.decode(), PatientComments=DIRTY.decode(), OperatorsName=DIRTY.decode(), KVP="90")
    ds = ct()
    ds.update(nested(planted, depth, KEPT_SEQUENCE))
    data, after = cleaned(ds, syntax=syntax)
    assert DIRTY not in data
    for _ in range(depth):
        after = after[KEPT_SEQUENCE].value[0]
    assert after.KVP == 90


def test_functional_groups_of_an_enhanced_image_are_cleaned_inside() -> None:
    ds = ct(SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1")
    content = item(FrameAcquisitionDateTime="20240229101530", FrameComments=DIRTY.decode())
    groups = item(FrameContentSequence=[content], PatientName=DIRTY.decode(), AcquisitionDate="20240229")
    ds.SharedFunctionalGroupsSequence = [groups]
    data, after = cleaned(ds)
    assert DIRTY not in data
    assert b"20240229" not in data
    assert "FrameAcquisitionDateTime" in after.SharedFunctionalGroupsSequence[0].FrameContentSequence[0]


def test_a_person_in_an_attribute_that_the_table_forgot_goes() -> None:
    ds = ct(EvaluatorName=DIRTY.decode(), ProcedureCreationDate="20240229")
    ds.PatientBirthDateInAlternativeCalendar = "Showa 6-7-4"
    data, _ = cleaned(ds)
    assert b"Showa" not in data
    assert DIRTY not in data
    assert b"20240229" not in data


def test_private_elements_go_with_and_without_a_creator_and_in_sequences() -> None:
    ds = ct()
    ds.add_new(0x00090010, "LO", "ACME 1.0")
    ds.add_new(0x00091001, "LO", DIRTY.decode())
    ds.add_new(0x000B1001, "LO", DIRTY.decode())
    ds.add_new(0x00291010, "SQ", [item(PatientName=DIRTY.decode())])
    ds.add_new(0x00291020, "OB", DIRTY + b"\0" * (len(DIRTY) % 2))
    data, after = cleaned(ds)
    assert DIRTY not in data
    assert not [element for element in after if element.tag.is_private]


def test_a_listed_private_element_stays_under_any_block_and_only_if_it_is_what_the_list_says(tmp_path) -> None:
    entry = "{creator: ACME 1.0, group: '0029', offset: '10', vr: DS, because: a calibration factor in mm}"
    path = tmp_path / "site.yaml"
    path.write_text(f"name: site\nversion: 1\nprofiles: [basic]\nprivate:\n  - {entry}\n")
    recipe = load_recipe(path)
    ds = ct()
    for block, creator in ((0x10, "ACME 1.0"), (0x11, "OTHER"), (0x12, "ACME 1.0")):
        ds.add_new(0x00290000 | block, "LO", creator)
    ds.add_new(0x00291010, "DS", "1.25")
    ds.add_new(0x00291011, "DS", "9.9")
    ds.add_new(0x00291110, "DS", "9.9")
    ds.add_new(0x00291210, "LO", DIRTY.decode())
    data, after = cleaned(ds, recipe)
    assert DIRTY not in data
    assert {int(element.tag) for element in after if element.tag.is_private} == {0x00290010, 0x00291010, 0x00290012}
    assert after[0x00120064].value[-1].CodeValue == "113111"


def test_a_sequence_written_as_unknown_is_opened_and_cleaned() -> None:
    inner = struct.pack("<HHI", 0x0010, 0x0010, len(DIRTY)) + DIRTY
    inner += struct.pack("<HHI", 0x0018, 0x0060, 4) + b"120 "
    items = struct.pack("<HHI", 0xFFFE, 0xE000, len(inner)) + inner
    raw = to_bytes(ct())
    pixels = raw.index(b"\xe0\x7f\x10\x00")
    raw = raw[:pixels] + struct.pack("<HH2sHI", 0x0028, 0x9110, b"UN", 0, len(items)) + items + raw[pixels:]
    data = scrub(read(raw), SHIFTED, NAMES, SUBJECT).data
    assert DIRTY not in data
    assert from_bytes(data)[KEPT_SEQUENCE].value[0].KVP == 120


def test_unknown_public_tags_overlays_curves_and_group_lengths_go() -> None:
    ds = ct()
    for tag, vr, value in (
        (0x0012ABCC, "LO", DIRTY.decode()),
        (0x60000022, "LO", DIRTY.decode()),
        (0x60003000, "OW", DIRTY),
        (0x50003000, "OW", DIRTY),
        (0x50004000, "UN", DIRTY),
    ):
        ds.add_new(tag, vr, value)
    data, after = cleaned(ds)
    assert DIRTY not in data
    assert not [element for element in after if element.tag.group in range(0x5000, 0x6100)]
    assert 0x0012ABCC not in after


def test_what_once_was_and_what_is_signed_goes_with_the_icon() -> None:
    icon = item(Rows=2, Columns=2)
    icon.add_new(0x7FE00010, "OW", b"\1\2\3\4")
    before = item(ModifiedAttributesSequence=[item(PatientName=DIRTY.decode())], SourceOfPreviousValues="X")
    ds = ct(IconImageSequence=[icon], OriginalAttributesSequence=[before])
    picture = item(KVP="1")
    picture.add_new(0x7FE00010, "OW", b"\1\2\3\4")
    ds.add_new(KEPT_SEQUENCE, "SQ", [picture])
    data, after = cleaned(ds)
    assert DIRTY not in data
    assert "IconImageSequence" not in after
    assert "OriginalAttributesSequence" not in after
    assert "PixelData" not in after[KEPT_SEQUENCE].value[0]


def test_preamble_head_and_whatever_follows_the_pixels_are_made_anew() -> None:
    ds = ct()
    ds.add_new(0xFFFCFFFC, "OB", DIRTY)
    raw = to_bytes(ds, preamble=DIRTY.ljust(128, b"\0")) + DIRTY
    head = struct.pack("<HH2sH", 2, 0x16, b"AE", len(DIRTY)) + DIRTY
    raw = raw[:132] + raw[132:144] + head + raw[144:]
    original = read(raw)
    assert original.trailing == len(DIRTY)
    data = scrub(original, SHIFTED, NAMES, SUBJECT).data
    assert data.count(DIRTY) == 0
    assert data[:128] == bytes(128)
    after = from_bytes(data)
    assert {element.tag.element for element in after.file_meta} == {0, 1, 2, 3, 0x10, 0x12, 0x13}
    assert after.file_meta.MediaStorageSOPInstanceUID == after.SOPInstanceUID


def test_pixels_leave_as_they_came() -> None:
    _, after = cleaned(ct())
    assert after.PixelData == ct().PixelData
    assert after.pixel_array.shape == (16, 16)


NOTE = b"SMITHSON^JANE 48213377"


def test_what_stands_behind_the_last_pixel_is_cut() -> None:
    raw = to_bytes(ct(Rows=8, Columns=8, PixelData=bytes(range(128)) + NOTE))
    original = read(raw)
    assert original.trailing == 0
    scrubbed = scrub(original, SHIFTED, NAMES, SUBJECT)
    assert NOTE[:8] not in scrubbed.data
    assert from_bytes(scrubbed.data).PixelData == bytes(range(128))
    assert sum(times for (tag, _), times in scrubbed.counts.items() if tag == 0xFFFCFFFC) == 1


@pytest.mark.parametrize(
    ("changes", "length"),
    [
        ({"Rows": 3, "Columns": 3, "BitsAllocated": 8}, 9),
        ({"Rows": 3, "Columns": 3, "BitsAllocated": 1}, 2),
        ({"Rows": 3, "Columns": 3, "BitsAllocated": 1, "NumberOfFrames": "3"}, 4),
        ({"NumberOfFrames": "2", "Rows": 2, "Columns": 2}, 16),
        ({"SamplesPerPixel": 3, "Rows": 2, "Columns": 2, "BitsAllocated": 8}, 12),
        ({"SamplesPerPixel": 3, "Rows": 2, "Columns": 2, "BitsAllocated": 8, "PhotometricInterpretation": HALVED}, 8),
    ],
)
def test_every_shape_of_picture_is_kept_to_its_last_bit_and_no_further(changes: dict, length: int) -> None:
    pixels = bytes(range(1, length + 1))
    after = cleaned(ct(**changes, PixelData=pixels + b"Ng" * 4))[1]
    assert after.PixelData == pixels + bytes(length % 2)
    with pytest.raises(Unreadable):
        cleaned(ct(**changes, PixelData=pixels[: (length - 1) // 2 * 2]))


@pytest.mark.parametrize("changes", [{"Rows": 0}, {"NumberOfFrames": "1\\2"}, {"SamplesPerPixel": None}])
def test_a_file_that_does_not_say_how_large_its_picture_is_is_refused(changes: dict) -> None:
    with pytest.raises(Unreadable):
        cleaned(ct(**changes))


def test_pixels_that_contradict_their_transfer_syntax_are_refused() -> None:
    native, runs = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0"
    packed = to_bytes(encapsulated(run_length(ct().PixelData)), syntax=RLELossless)
    scrub(read(packed), SHIFTED, NAMES, SUBJECT)
    for contradicting in (to_bytes(ct()).replace(native, runs), packed.replace(runs, native)):
        with pytest.raises(Unreadable):
            scrub(read(contradicting), SHIFTED, NAMES, SUBJECT)


def test_a_name_in_the_place_of_a_number_or_of_bytes_goes() -> None:
    raw = to_bytes(ct()).replace(b"DS\x04\x00120 ", b"DS\x04\x00LEE ")
    assert b"LEE " in raw
    assert b"LEE " not in scrub(read(raw), SHIFTED, NAMES, SUBJECT).data
    ds = ct()
    ds.add_new(0x00280106, "LO", "Lee ")
    assert b"Lee" not in scrub(read(to_bytes(ds)), SHIFTED, NAMES, SUBJECT).data


@pytest.mark.parametrize("root", ["2.16.840.1.113883.3.4711.", "1.2.840.10008.5.1.4.1.1.2."])
def test_a_study_numbered_under_the_root_of_hl7_or_dicom_gets_new_uids(root: str) -> None:
    refer = item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=root + "10.0")
    own = {k: root + f"77.{n}" for n, k in enumerate(("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"))}
    data, after = cleaned(ct(SOPInstanceUID=root + "10.1", ReferencedImageSequence=[refer], **own))
    assert root.encode() + b"77" not in data
    assert root.encode() + b"10" not in data
    assert after.ReferencedImageSequence[0].ReferencedSOPClassUID == "1.2.840.10008.5.1.4.1.1.2"


def test_a_class_and_a_coding_scheme_keep_their_uids_and_nothing_else_may_stand_there() -> None:
    scheme = item(CodingSchemeDesignator="SCT", CodingSchemeUID="2.16.840.1.113883.6.96")
    refer = item(ReferencedSOPClassUID="1.3.12.2.1107.5.9.1", ReferencedSOPInstanceUID="1.3.12.2.1107.1.5")
    after = cleaned(ct(CodingSchemeIdentificationSequence=[scheme], ReferencedImageSequence=[refer]))[1]
    assert after.CodingSchemeIdentificationSequence[0].CodingSchemeUID == "2.16.840.1.113883.6.96"
    assert after.ReferencedImageSequence[0].ReferencedSOPClassUID == "1.3.12.2.1107.5.9.1"
    raw = to_bytes(ct(ReferencedImageSequence=[refer])).replace(b"1.3.12.2.1107.5.9.1", b"Zwetschkenbaum.1.2 ")
    assert DIRTY not in scrub(read(raw), SHIFTED, NAMES, SUBJECT).data


def test_the_required_attributes_say_what_was_done() -> None:
    _, after = cleaned(ct(BurnedInAnnotation="NO"))
    assert after.PatientIdentityRemoved == "YES"
    assert [code.CodeValue for code in after.DeidentificationMethodCodeSequence] == ["113100", "113107"]
    assert after.LongitudinalTemporalInformationModified == "MODIFIED"
    assert "2026d" in after.DeidentificationMethod[0]
    assert cleaned(ct(), BASIC)[1].LongitudinalTemporalInformationModified == "REMOVED"
    assert "BurnedInAnnotation" not in cleaned(ct())[1]


def test_what_the_input_says_of_an_earlier_cleaning_is_not_carried_on() -> None:
    data, after = cleaned(ct(DeidentificationMethod=DIRTY.decode(), PatientIdentityRemoved="NO"))
    assert DIRTY not in data
    assert after.PatientIdentityRemoved == "YES"


def test_ages_of_ninety_and_more_become_one_category_where_ages_are_kept() -> None:
    recipe = load_recipe("basic", "keep-characteristics")
    assert cleaned(ct(), recipe)[1].PatientAge == "090Y"
    assert cleaned(ct(PatientAge="089Y"), recipe)[1].PatientAge == "089Y"
    assert "PatientAge" not in cleaned(ct())[1]
    assert cleaned(ct(), recipe)[1].PatientSex == "F"


def test_required_attributes_stay_present_so_that_the_image_stays_valid() -> None:
    _, after = cleaned(ct())
    required = "SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality ImageType Rows Columns PixelData"
    present = "PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime AccessionNumber StudyID"
    for keyword in required.split():
        assert after.get(keyword)
    for keyword in present.split():
        assert keyword in after
    assert after.PatientID == NAMES.code("SITE-A", "MRN0042731") == str(after.PatientName)


@pytest.mark.parametrize("cut", [140, 200, 400, 900, -10])
def test_a_torn_file_is_refused(cut: int) -> None:
    with pytest.raises(Unreadable):
        scrub(read(to_bytes(ct())[:cut]), SHIFTED, NAMES, SUBJECT)


def test_something_else_is_no_dicom_file() -> None:
    with pytest.raises(Unreadable):
        read(b"this is a text" * 40)


def test_a_deflated_file_is_read_and_written_plain() -> None:
    data, after = cleaned(ct(), syntax=DeflatedExplicitVRLittleEndian)
    assert after.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert after.PixelData == ct().PixelData
    assert b"Vasquez" not in data

"""Every pitfall of DICOM that was found in use or in other programs, each above the test that falls into it on purpose.

UIDs in nested and in listed private sequences:
    test_uids_in_nested_and_in_private_sequences_are_changed
UIDs in structured content and in every reference:
    test_every_reference_that_led_to_an_object_of_the_set_leads_to_it_afterwards
several UIDs in one value:
    test_every_uid_of_a_value_is_changed
UIDs, dates and numbers in descriptions:
    test_uids_dates_and_numbers_in_a_description_go
file meta information, preamble, bytes behind the end:
    test_preamble_head_and_whatever_follows_the_pixels_are_made_anew
private information in the file meta information:
    test_titles_and_private_words_of_the_file_head_go
DICOMDIR:
    test_a_directory_is_made_anew_and_lists_what_was_cleaned
bytes behind the last pixel:
    test_what_stands_behind_the_last_pixel_is_cut
private elements without a creator:
    test_private_elements_go_with_and_without_a_creator_and_in_sequences
private blocks moved (10xx, 11xx):
    test_a_listed_private_element_stays_under_any_block_and_only_if_it_is_what_the_list_says
sequences carried as UN:
    test_a_sequence_written_as_unknown_is_opened_and_cleaned
CSA headers with names:
    test_a_makers_header_with_names_goes_as_a_whole
overlays and curves:
    test_unknown_public_tags_overlays_curves_and_group_lengths_go
overlays in the high bits:
    test_an_overlay_in_the_high_bits_of_the_pixels_is_held
icon images, original attributes, modified attributes:
    test_what_once_was_and_what_is_signed_goes_with_the_icon
digital signatures, MACs of what was:
    test_signatures_and_macs_go
encapsulated PDF, CDA, STL, video, recorded voices:
    test_objects_that_nobody_can_look_into_are_held
structured displays, slide labels, captures:
    test_objects_that_nobody_can_look_into_are_held
text and observers of structured reports:
    test_nothing_that_was_planted_is_left_in_any_kind_of_object
text of presentation states, waveform annotations:
    test_nothing_that_was_planted_is_left_in_any_kind_of_object
comments in JPEG code streams, EXIF:
    test_comments_exif_and_extensions_in_jpeg_are_blanked_wherever_they_stand
extended offset tables:
    test_an_extended_offset_table_stays_only_if_it_is_one
character sets: ISO 2022, GB18030, three groups:
    test_names_in_every_character_set_go_and_clean_words_stay
normal forms and transliterations of names:
    test_a_name_in_another_normal_form_or_spelling_is_found
age of 94 years:
    test_ages_of_ninety_and_more_become_one_category_where_ages_are_kept
age of 94 by birth date and study date:
    test_no_birth_date_stays_beside_a_study_date
ages in text:
    test_an_age_in_words_or_digits_goes_from_a_text
ages in content items, under any code:
    test_an_age_of_ninety_in_a_content_item_is_capped_under_any_code
addresses with ZIP codes:
    test_an_address_goes_with_its_zip_code
times with offset, leap day, partial dates, time zone:
    test_dates_of_every_form_move_by_the_same_days
times of injection and acquisition (SUV):
    test_the_time_between_injection_and_scan_stays
dates in UIDs:
    test_every_uid_of_a_value_is_changed
file and folder names:
    test_a_directory_is_made_anew_and_lists_what_was_cleaned
items that a report names by their place:
    test_items_that_a_report_names_by_their_place_keep_it
values in exceptions and representations:
    test_no_value_of_a_patient_stands_in_an_error
one shift for all patients:
    test_two_subjects_move_by_different_days
"""

import io
import re
from datetime import date
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from residency.deid.dicom.elements import read
from residency.deid.dicom.headers import scrub
from residency.deid.dicom.series import SeriesResult, deidentify_series
from residency.deid.pseudonyms import Identity
from residency.deid.recipe import load_recipe
from tests.deid.ct_files import NAMES, ROOT, SHIFTED, SUBJECT, ct, from_bytes, item, nested, to_bytes
from tests.deid.dicom.objects import SR, STORAGE, code, content, report, slices

DIRTY = "Zwetschkenbaum"
TEXTS = load_recipe("basic", "shift-dates", "clean-descriptors", "clean-structured-content")


def cleaned(ds: Dataset, recipe=TEXTS, **how) -> tuple[bytes, Dataset]:
    data = scrub(read(to_bytes(ds, **how)), recipe, NAMES, SUBJECT).data
    return data, from_bytes(data)


def whole(ds: Dataset, recipe=TEXTS) -> SeriesResult:
    return deidentify_series([to_bytes(ds)], recipe, NAMES, SUBJECT)


def test_every_pitfall_has_its_test() -> None:
    here = Path(__file__).parent
    written = "".join(path.read_text() for path in [*here.glob("test_*.py"), *here.parent.glob("test_*.py")])
    named = re.findall(r"  (test_\w+)$", __doc__, re.MULTILINE)
    assert len(named) > 30
    assert [name for name in named if f"def {name}(" not in written] == []


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_uids_in_nested_and_in_private_sequences_are_changed(depth: int, tmp_path) -> None:
    entry = "{creator: ACME, group: '0029', offset: '10', vr: SQ, because: a list of references}"
    (tmp_path / "site.yaml").write_text(f"name: site\nversion: 1\nprofiles: [basic]\nprivate:\n  - {entry}\n")
    inner = item(ReferencedSOPInstanceUID=ROOT + "10.1")
    inner.add_new(0x00290010, "LO", "ACME")
    inner.add_new(0x00291010, "SQ", [item(ReferencedSOPInstanceUID=ROOT + "10.1", PatientName=DIRTY)])
    ds = ct()
    ds.update(nested(inner, depth, 0x00289110))
    data, after = cleaned(ds, load_recipe(tmp_path / "site.yaml"))
    for _ in range(depth):
        after = after[0x00289110].value[0]
    assert after.ReferencedSOPInstanceUID == NAMES.uid(ROOT + "10.1")
    assert after[0x00291010].value[0].ReferencedSOPInstanceUID == NAMES.uid(ROOT + "10.1")
    assert DIRTY.encode() not in data
    assert ROOT.encode() not in data


def test_every_uid_of_a_value_is_changed() -> None:
    old = [f"{ROOT}20240229.{n}" for n in range(3)]
    data, after = cleaned(ct(RelatedSeriesSequence=[item(SeriesInstanceUID=old[0])], FailedSOPInstanceUIDList=old))
    assert list(after.FailedSOPInstanceUIDList) == [NAMES.uid(uid) for uid in old]
    assert b"20240229" not in data


def test_uids_dates_and_numbers_in_a_description_go() -> None:
    text = f"abdomen {ROOT}10.1 of MRN0042731 ACC7788123 on 2024-02-29, tel 555-010-4477"
    data, after = cleaned(ct(SeriesDescription=text[:64], StudyComments=text))
    assert after.SeriesDescription == "abdomen"
    assert after.StudyComments.startswith("abdomen of on 202")
    for part in ("10.1 ", "0042731", "7788123", "2024-02-29", "555", "4477"):
        assert part.encode() not in data


def test_titles_and_private_words_of_the_file_head_go() -> None:
    raw = to_bytes(ct())
    ds = from_bytes(raw)
    ds.file_meta.SourceApplicationEntityTitle = "ZWETSCHKEN"
    ds.file_meta.PrivateInformationCreatorUID, ds.file_meta.PrivateInformation = ROOT + "1", b"Zwetsch "
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    data = scrub(read(out.getvalue()), SHIFTED, NAMES, SUBJECT).data
    assert b"ZWETSCH" not in data.upper()


def test_a_makers_header_with_names_goes_as_a_whole() -> None:
    ds = ct()
    ds.add_new(0x00290010, "LO", "SIEMENS CSA HEADER")
    ds.add_new(0x00291010, "OB", b"SV10\4\3\2\1" + DIRTY.encode() + b"\0\0")
    ds.add_new(0x00291020, "OB", b"<ParamMap><Patient>" + DIRTY.encode() + b"</Patient>\0\0")
    data, after = cleaned(ds, load_recipe("basic", "safe-private"))
    assert DIRTY.encode() not in data
    assert not [element for element in after if element.tag.is_private]


def test_an_overlay_in_the_high_bits_of_the_pixels_is_held() -> None:
    pixels = bytearray(ct().PixelData)
    pixels[1] |= 0xF0
    assert whole(ct(PixelData=bytes(pixels))).quarantine.code == "BURNED-IN"


def test_signatures_and_macs_go() -> None:
    mac = item(MACAlgorithm="SHA256", MAC=DIRTY.encode())
    refer = item(ReferencedSOPInstanceUID=ROOT + "10.1", ReferencedSOPInstanceMACSequence=[mac])
    ds = ct(MACParametersSequence=[item(MACIDNumber=1)], ReferencedImageSequence=[refer])
    ds.DigitalSignaturesSequence = [item(CertificateOfSigner=DIRTY.encode(), Signature=b"\1\2")]
    data, after = cleaned(ds)
    assert DIRTY.encode() not in data
    assert "DigitalSignaturesSequence" not in after
    assert "ReferencedSOPInstanceMACSequence" not in after.ReferencedImageSequence[0]


HELD = "104.1 104.2 104.3 104.4 104.5 9.4.1 9.4.2 66 66.5 68.1 131 77.1.6 77.1.4.1 7 7.4 6.1 38.1 481.10 30"


@pytest.mark.parametrize("end", HELD.split())
def test_objects_that_nobody_can_look_into_are_held(end: str) -> None:
    result = whole(ct(SOPClassUID=STORAGE + end, EncapsulatedDocument=b"%PDF-1.7 /Author (Zwetschkenbaum)"))
    assert result.quarantine.code in ("OBJECT-NOT-SUPPORTED", "BURNED-IN")
    assert result.outputs == []


@pytest.mark.parametrize(
    ("charset", "name", "said"),
    [
        ("ISO_IR 100", "Müller^Jörg", "Schädel Müller 3 mm"),
        ("ISO_IR 192", "Wáng^Xiǎo=王^小=わん", "abdomen 王小"),
        ("GB18030", "Wang^XiaoDong=王^小东=", "腹部 abdomen 王小东"),
        ("ISO_IR 144", "Иванов^Иван", "abdomen Иванов"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "abdomen 山田"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "abdomen 홍길동"),
    ],
)
def test_names_in_every_character_set_go_and_clean_words_stay(charset, name: str, said: str) -> None:
    ds = ct(SpecificCharacterSet=charset, PatientName=name, StudyDescription=said, OperatorsName=name)
    result = whole(ds)
    assert result.quarantine is None, result.hits
    after = from_bytes(result.outputs[0][1])
    assert after.SpecificCharacterSet == ds.SpecificCharacterSet
    assert after.StudyDescription in ("abdomen", "Schädel 3 mm")


@pytest.mark.parametrize("said", ["Mu\u0308ller", "MUELLER", "muller", "Mueller^Joerg"])
def test_a_name_in_another_normal_form_or_spelling_is_found(said: str) -> None:
    ds = ct(SpecificCharacterSet="ISO_IR 192", PatientName="Müller^Jörg", ScanOptions="HELIX", FilterMaterial="AL")
    ds.ImageFilter = said
    assert whole(ds).quarantine.code == "RESIDUAL"


def test_no_birth_date_stays_beside_a_study_date() -> None:
    data, after = cleaned(ct(PatientBirthDate="19290101"), load_recipe("basic", "keep-dates", "keep-characteristics"))
    assert after.PatientBirthDate == ""
    assert after.PatientAge == "090Y"
    assert b"1929" not in data


@pytest.mark.parametrize(
    "said", ["94F", "94 y", "aged 94", "age 94", "a nonagenarian", "94-year-old", "94yo", "94 female"]
)
def test_an_age_in_words_or_digits_goes_from_a_text(said: str) -> None:
    after = cleaned(ct(StudyDescription=f"abdomen pain, {said}, fracture"))[1]
    assert "94" not in after.StudyDescription
    assert "nonagen" not in after.StudyDescription
    assert after.StudyDescription.startswith("abdomen pain")


@pytest.mark.parametrize(("value", "unit", "left"), [("94", "a", 90), ("1128", "mo", 1080), ("89", "a", 89)])
@pytest.mark.parametrize(
    "name", [("121033", "DCM", "Subject Age"), ("397669002", "SCT", "Age"), ("30525-0", "LN", "Age")]
)
def test_an_age_of_ninety_in_a_content_item_is_capped_under_any_code(name, value: str, unit: str, left: int) -> None:
    number = item(
        NumericValue=value, FloatingPointValue=float(value), MeasurementUnitsCodeSequence=[code(unit, "UCUM", "y")]
    )
    age = content("NUM", name, MeasuredValueSequence=[number])
    recipe = load_recipe("basic", "clean-structured-content", "keep-characteristics")
    tree = cleaned(report(slices(), age), recipe)[1].ContentSequence
    measured = next(one for one in tree if one.ConceptNameCodeSequence[0].CodeValue == name[0] and one is tree[-1])
    assert float(measured.MeasuredValueSequence[0].NumericValue) == left
    tree = cleaned(report(slices(), age))[1].ContentSequence
    assert name[0] not in [one.ConceptNameCodeSequence[0].CodeValue for one in tree]


def test_an_address_goes_with_its_zip_code() -> None:
    data, _ = cleaned(
        ct(PatientAddress="77 Lantern Street, Elsewhere 03601-1234", StudyComments="abdomen 03601 03601-1234")
    )
    assert b"036" not in data


def test_dates_of_every_form_move_by_the_same_days() -> None:
    ds = ct(StudyDate="20240229", AcquisitionDateTime="20240229235959.5-0500", TimezoneOffsetFromUTC="-0500")
    ds.DateOfSecondaryCapture, ds.FrameAcquisitionDateTime = "20240301", "202402"
    ds.StudyComments = "abdomen 2024-02-29 and 29.02.2024 and 29 Feb 2024"
    after = cleaned(ds)[1]
    day = after.StudyDate
    assert after.AcquisitionDateTime == f"{day}235959.5-0500"
    assert after.TimezoneOffsetFromUTC == "-0500"
    assert len(after.FrameAcquisitionDateTime) == 6
    year, month, of_month = day[:4], day[4:6], day[6:]
    assert f"{year}-{month}-{of_month} and {of_month}.{month}.{year} and {int(of_month)} " in after.StudyComments


def test_the_time_between_injection_and_scan_stays() -> None:
    dose = item(RadiopharmaceuticalStartTime="090000", RadiopharmaceuticalStartDateTime="20240228230000")
    ds = ct(RadiopharmaceuticalInformationSequence=[dose], SeriesDate="20240229", SeriesTime="000500")
    before, after = from_bytes(to_bytes(ds)), cleaned(ds)[1]
    spans = []
    for one in (before, after):
        injected = one.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime
        spans.append(days(one.SeriesDate) - days(injected[:8]))
        assert injected[8:] == "230000"
        assert one.SeriesTime == "000500"
    assert spans == [1, 1]


def days(day: str) -> int:
    return date(int(day[:4]), int(day[4:6]), int(day[6:8])).toordinal()


def test_items_that_a_report_names_by_their_place_keep_it() -> None:
    ds = report(slices())
    refer = item(RelationshipType="INFERRED FROM")
    refer.add_new(0x0040DB73, "UL", [1, 8, 1])
    ds.ContentSequence[5].ContentSequence = [refer]
    data, after = cleaned(ds)
    assert len(after.ContentSequence) == len(ds.ContentSequence)
    assert after.ContentSequence[1].TextValue == "ANONYMIZED"
    assert after.ContentSequence[2].ValueType == "TEXT"
    assert after.ContentSequence[5].ContentSequence[0][0x0040DB73].value == [1, 8, 1]
    assert b"ACC7788" not in data


def test_no_value_of_a_patient_stands_in_an_error() -> None:
    ds = ct(PatientName=DIRTY, PatientID=DIRTY, StudyDescription=DIRTY)
    raw = to_bytes(ds)
    for cut in range(150, len(raw), 97):
        result = deidentify_series([raw[:cut]], TEXTS, NAMES, Identity("S", DIRTY))
        assert DIRTY not in repr(result) + str(result.quarantine)


def test_two_subjects_move_by_different_days() -> None:
    dates = {scrub_for(Identity("S", str(number))) for number in range(20)}
    assert len(dates) > 15


def scrub_for(who: Identity) -> str:
    return from_bytes(scrub(read(to_bytes(ct())), SHIFTED, NAMES, who).data).StudyDate


def test_a_report_written_in_implicit_form_is_cleaned_alike() -> None:
    data, after = cleaned(report(slices()), syntax=ImplicitVRLittleEndian)
    assert after.SOPClassUID == SR
    assert b"asquez" not in data

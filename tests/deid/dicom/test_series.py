"""A whole series: everything out, or nothing and a reason."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

from residency.deid.dicom.elements import write
from residency.deid.dicom.series import deidentify_series
from residency.deid.identifiers import of_number
from residency.deid.pseudonyms import Identity, Pseudonyms
from residency.deid.recipe import load_recipe
from residency.deid.report import report_of
from tests.deid.ct_files import BASIC, KEY, NAMES, ROOT, SHIFTED, SUBJECT, ct, from_bytes, to_bytes


def series(count: int = 4, **changes) -> list[bytes]:
    refer = Dataset()
    refer.ReferencedSOPClassUID, refer.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", ROOT + "10.0"
    return [
        to_bytes(ct(SOPInstanceUID=f"{ROOT}10.{n}", InstanceNumber=n, ReferencedImageSequence=[refer], **changes))
        for n in range(count)
    ]


def test_a_series_comes_out_whole_under_new_names_with_its_references_intact() -> None:
    result = deidentify_series(series(), SHIFTED, NAMES, SUBJECT)
    assert result.quarantine is None
    files = [from_bytes(data) for _, data in result.outputs]
    assert len({ds.SeriesInstanceUID for ds in files}) == 1
    assert len({ds.SOPInstanceUID for ds in files}) == 4
    assert {ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID for ds in files} == {files[0].SOPInstanceUID}
    assert [name for name, _ in result.outputs] == [f"{result.series}/{ds.SOPInstanceUID}.dcm" for ds in files]
    assert result.outputs == deidentify_series(series(), SHIFTED, Pseudonyms(KEY), SUBJECT).outputs


def test_two_projects_share_no_name_of_anything() -> None:
    words = []
    for key in (KEY, bytes(32)):
        ds = from_bytes(deidentify_series(series(1), SHIFTED, Pseudonyms(key), SUBJECT).outputs[0][1])
        words.append(
            {str(ds[k].value) for k in ("PatientID", "StudyInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID")}
        )
    assert not words[0] & words[1]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"BodyPartExamined": "HEAD"}, "FACE"),
        ({"BurnedInAnnotation": "YES"}, "BURNED-IN"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.22"}, "OBJECT-NOT-SUPPORTED"),
        ({"ConvolutionKernel": "Vasquez"}, "RESIDUAL"),
    ],
)
def test_one_doubtful_file_holds_its_whole_series_back(changes: dict, code: str) -> None:
    files = [*series(2), to_bytes(ct(SOPInstanceUID=ROOT + "10.9", **changes))]
    result = deidentify_series(files, SHIFTED, NAMES, SUBJECT)
    assert result.quarantine.code == code
    assert result.outputs == []
    assert "asquez" not in result.quarantine.sentence


def test_torn_mixed_and_doubled_files_hold_the_series_back() -> None:
    torn = deidentify_series([*series(2), series(1)[0][:700]], SHIFTED, NAMES, SUBJECT)
    mixed = deidentify_series([*series(2), to_bytes(ct(PatientID="OTHER99"))], SHIFTED, NAMES, SUBJECT)
    doubled = deidentify_series([*series(2), series(1)[0]], SHIFTED, NAMES, SUBJECT)
    assert [r.quarantine.code for r in (torn, mixed, doubled)] == ["UNREADABLE", "SUBJECT-MIXED", "DUPLICATE"]


@pytest.mark.parametrize("uid", [b"1.2.840.10008.99\xe9\xe9", b"..\x2f..\x2fetc\x2fpasswd"])
@pytest.mark.parametrize("kept", [False, True])
def test_a_broken_uid_is_replaced_or_stops_its_own_series_and_never_the_run(tmp_path, uid: bytes, kept: bool) -> None:
    path = tmp_path / "keep.yaml"
    path.write_text("name: keep\nversion: 1\nprofiles: [basic]\noptions: [retain_uids]\n")
    raw = to_bytes(ct(StudyInstanceUID="1.2.3." + "4" * (len(uid) - 6))).replace(b"1.2.3." + b"4" * (len(uid) - 6), uid)
    result = deidentify_series([raw], load_recipe(path) if kept else SHIFTED, NAMES, SUBJECT)
    assert (result.quarantine.code if result.quarantine else "") == ("UNREADABLE" if kept else "")


def test_what_a_person_accepted_passes_but_never_a_residue() -> None:
    accepted = frozenset({"FACE", "RESIDUAL"})
    head = deidentify_series(series(BodyPartExamined="HEAD"), SHIFTED, NAMES, SUBJECT, accepted=accepted)
    left = deidentify_series(series(ConvolutionKernel="Vasquez"), SHIFTED, NAMES, SUBJECT, accepted=accepted)
    assert head.quarantine is None
    assert left.quarantine.code == "RESIDUAL"


def test_a_series_without_uids_takes_them_from_its_head_and_its_name() -> None:
    ds = ct(StudyInstanceUID="", SeriesInstanceUID="", PatientID="")
    raw = to_bytes(ds)
    bare = struct.pack("<HH2sH", 8, 0x16, b"UI", 26)
    raw = raw.replace(bare + b"1.2.840.10008.5.1.4.1.1.2\0", struct.pack("<HH2sH", 8, 0x16, b"UI", 0))
    who = Identity("SITE-A", "folder-12")
    one, two = (deidentify_series([raw], SHIFTED, NAMES, who, name=name) for name in ("folder-12", "folder-13"))
    assert from_bytes(one.outputs[0][1]).SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"
    assert one.series.startswith("2.25.")
    assert one.series != two.series
    assert deidentify_series([raw], SHIFTED, NAMES, who).quarantine.code == "UNREADABLE"


def test_identifiers_from_elsewhere_are_searched_for_too() -> None:
    files = series(1, ConvolutionKernel="EPIC5566778")
    assert deidentify_series(files, SHIFTED, NAMES, SUBJECT).quarantine is None
    known = of_number("EPIC5566778")
    assert deidentify_series(files, SHIFTED, NAMES, SUBJECT, known=known).quarantine.code == "RESIDUAL"


def test_what_a_recipe_keeps_on_purpose_is_no_residue(tmp_path) -> None:
    path = tmp_path / "keep.yaml"
    options = "[retain_uids, retain_device_identity, retain_institution_identity, retain_longitudinal_full_dates]"
    path.write_text(f"name: keep\nversion: 1\nprofiles: [basic]\noptions: {options}\n")
    result = deidentify_series(series(1), load_recipe(path), NAMES, SUBJECT)
    assert result.quarantine is None
    after = from_bytes(result.outputs[0][1])
    assert after.StudyInstanceUID == ROOT + "1.1"
    assert after.StudyDate == "20240229"
    assert after.StationName == "CTROOM7X"


TEXT = [
    tag for tag, entry in DicomDictionary.items() if entry[0] in ("LO", "SH", "LT", "ST", "UT", "PN") and tag > 0x90000
]
PLACES = st.one_of(st.sampled_from(TEXT), st.integers(0x00090000, 0x7FDFFFFF).filter(lambda tag: tag >> 16 >= 9))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(PLACES, st.sampled_from([b"LO", b"LT", b"PN", b"UN", b"OB"]), max_size=8), st.integers(0, 4))
def test_a_name_planted_anywhere_is_removed_or_holds_the_file_back(places: dict, depth: int) -> None:
    item = [(tag, vr, b"for Vasquez ", 0) for tag, vr in sorted(places.items())]
    for _ in range(depth):
        item = [(0x00289110, b"SQ", [item], 0)]
    raw = to_bytes(ct())
    at = raw.index(b"\xe0\x7f\x10\x00")
    planted = raw[:at] + write(item, True) + raw[at:]
    result = deidentify_series([planted], SHIFTED, NAMES, SUBJECT)
    assert result.quarantine is not None or b"asquez" not in result.outputs[0][1]
    if result.quarantine is not None:
        assert result.quarantine.code in ("RESIDUAL", "UNREADABLE", "BURNED-IN", "FACE")


def test_the_report_counts_every_file_and_tells_no_value() -> None:
    good = deidentify_series(series(), SHIFTED, NAMES, SUBJECT)
    bad = deidentify_series(series(2, ConvolutionKernel="Vasquez"), SHIFTED, NAMES, SUBJECT)
    report = report_of([good, bad], SHIFTED)
    assert report.files_received == report.files_released + sum(report.files_quarantined.values()) == 6
    assert report.residual_hits == {"name in 0018,1210 as bytes": 2, "name in 0018,1210 as text": 2}
    assert report.recipe_digest == SHIFTED.digest()
    said = report.model_dump_json()
    for value in ("asquez", "MRN0042731", "20240229", ROOT, "Elsewhere", NAMES.code("SITE-A", "MRN0042731")):
        assert value not in said
    assert {row.row for row in report.rows} >= {"0010,0010", "0008,0020", "0008,0018"}


def test_shifted_dates_are_not_safe_harbor_and_neither_are_keyed_codes() -> None:
    shifted = report_of([], SHIFTED).letters
    assert list(shifted) == list("ABCDEFGHIJKLMNOPQR")
    assert not shifted["C"].ticked
    assert not shifted["R"].ticked
    assert report_of([], BASIC).letters["C"].ticked
    assert not report_of([], BASIC).safe_harbor
    assert not report_of([], SHIFTED, frozenset({"FACE"})).letters["Q"].ticked


def test_pictures_that_a_person_let_pass_may_break_every_letter_that_text_can_break() -> None:
    ticked = {
        codes: "".join(letter for letter, said in report_of([], BASIC, frozenset(codes)).letters.items() if said.ticked)
        for codes in ((), ("FACE",), ("BURNED-IN",), ("FACE", "BURNED-IN"))
    }
    assert ticked == {
        (): "ABCDEFGIJKLMNOPQ",
        ("FACE",): "BCDEFGIJKLMNOP",
        ("BURNED-IN",): "",
        ("FACE", "BURNED-IN"): "",
    }

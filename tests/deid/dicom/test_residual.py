"""The search finds what was left, wherever it stands, and accuses nobody of having a short name."""

import base64
import random
from base64 import b64encode
from datetime import date, timedelta

import numpy as np
import pytest
from pydicom.uid import RLELossless

from residency.deid.dicom.elements import read
from residency.deid.dicom.harvest import harvest
from residency.deid.dicom.headers import scrub
from residency.deid.dicom.residual import search
from residency.deid.dicom.series import deidentify_series
from residency.deid.pseudonyms import Pseudonyms
from tests.deid.ct_files import (
    NAMES,
    ROOT,
    SHIFTED,
    SUBJECT,
    ct,
    encapsulated,
    from_bytes,
    item,
    run_length,
    to_bytes,
)

SHORT = [
    "Li^Xu",
    "Ng^Mai",
    "Lee^Ann",
    "May^Theo",
    "Ho^An",
    "Wu^Bo",
    "Cross^Axel",
    "Head^Ina",
    "Long^Ed",
    "Bone^Al",
    "Hu^Xa",
]


def of(**changes):
    """The identifiers of the patient of one file."""
    return harvest([read(to_bytes(ct(**changes)))])


def left(ds, identifiers, **how) -> list:
    return search([(to_bytes(ds, **how), frozenset())], identifiers)


def neutral(**changes):
    """A file of nobody: what the pass leaves of another patient's file."""
    other = ct(PatientName="Quxley^Zephyrine", PatientID="Q1", OperatorsName="", ReferringPhysicianName="")
    ds = from_bytes(scrub(read(to_bytes(other)), SHIFTED, Pseudonyms(bytes(32)), SUBJECT).data)
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return ds


PLANTS = [
    ("name", {"ImageComments": "seen by Vasquez at noon"}),
    ("name", {"ImageComments": "MARISOL"}),
    ("name", {"ContrastBolusAgent": "vasquez,marisol"}),
    ("name", {"Manufacturer": "Okonkwo"}),
    ("name", {"ConvolutionKernel": "Ulf"}),
    ("id", {"ImageComments": "mrn0042731"}),
    ("id", {"ImageComments": "ACC7788123/2"}),
    ("birth date", {"ImageComments": "DOB: 4 Jul 1931"}),
    ("birth date", {"ImageComments": "born 04.07.1931"}),
    ("birth date", {"ImageComments": "1931-07-04"}),
    ("birth date", {"ImageComments": "* 040731"}),
    ("date", {"ImageComments": "29/02/2024"}),
    ("date", {"AcquisitionDate": "20240229"}),
    ("address", {"ImageComments": "lives at 77 lantern street"}),
    ("phone", {"ImageComments": "call 15550104477"}),
    ("uid", {"ImageComments": f"see {ROOT}1.2."}),
    ("uid", {"FrameOfReferenceUID": ROOT + "1.3"}),
    ("device", {"StationName": "CTROOM7X"}),
    ("institution", {"ImageComments": "ST ELSEWHERE CLINIC"}),
]


@pytest.mark.parametrize(("kind", "plant"), PLANTS, ids=[str(plant) for _, plant in PLANTS])
def test_what_was_left_is_found_and_its_kind_is_told(kind: str, plant: dict) -> None:
    identifiers = of()
    assert left(neutral(), identifiers) == []
    assert kind in {hit.kind for hit in left(neutral(**plant), identifiers)}


DISGUISES = ["utf-16-le", "utf-16-be", "base64 0", "base64 1", "base64 2", "base64 after letters 0", "upper", "lower"]


@pytest.mark.parametrize("as_", DISGUISES)
@pytest.mark.parametrize("shift", [0, 1])
def test_a_name_is_found_in_bytes_under_every_disguise(as_: str, shift: int) -> None:
    name = "Vasquez^Marisol"
    if as_.startswith("base64"):
        disguised = base64.b64encode(b"abc"[: int(as_[-1])] + name.encode() + b"!?")
        disguised = b"xyz" + disguised if "letters" in as_ else disguised
    elif as_.startswith("utf"):
        disguised = name.encode(as_)
    else:
        disguised = getattr(name, as_)().encode()
    ds = neutral()
    ds.add_new(0x00282000, "OB", b"\x01\x02\x03"[: 2 + shift] + disguised + b"\0\0")
    hits = left(ds, of())
    assert {hit.kind for hit in hits} == {"name"}


def test_a_hit_tells_the_place_and_never_the_value() -> None:
    hits = left(neutral(ImageComments="Vasquez"), of())
    assert {(hit.kind, hit.tag) for hit in hits} == {("name", "0020,4000")}
    assert "asquez" not in repr(hits) + repr(of())
    raw = bytearray(to_bytes(neutral()))
    raw[10:25] = b"Vasquez^Marisol"
    assert {hit.tag for hit in search([(bytes(raw), frozenset())], of())} == {"file head"}


@pytest.mark.parametrize(
    ("charset", "name", "left_as"),
    [
        ("ISO_IR 192", "Müller^Jörg", "mueller"),
        ("ISO_IR 192", "Müller^Jörg", "MULLER, J."),
        ("ISO_IR 100", "Éluard^Zoë", "ÉLUARD"),
        ("ISO_IR 144", "Люксембург^Роза", "люксембург"),
        ("ISO_IR 192", "Wang^XiaoDong=王^小東=", "王小東 / 小東"),
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう", "山田 太郎"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "길동"),
        ("GB18030", "Zhang^XiaoDong=张^小东=", "小东"),
    ],
)
def test_every_component_group_is_found_in_its_own_letters(charset, name: str, left_as: str) -> None:
    identifiers = of(SpecificCharacterSet=charset, PatientName=name)
    dirty = neutral(ImageComments=left_as, SpecificCharacterSet=charset)
    assert "name" in {hit.kind for hit in left(dirty, identifiers)}
    assert left(neutral(), identifiers) == []


def test_a_decomposed_accent_is_the_same_name() -> None:
    identifiers = of(SpecificCharacterSet="ISO_IR 192", PatientName="Éluard^Zoë")
    assert left(neutral(SpecificCharacterSet="ISO_IR 192", ImageComments="E\u0301LUARD"), identifiers)


@pytest.mark.parametrize("name", SHORT)
def test_nobody_is_lost_for_a_short_name_over_a_thousand_random_pictures(name: str) -> None:
    chance = random.Random(20261123)
    ds = ct(
        PatientName=name, BodyPartExamined="CHEST", ScanOptions="AXIAL MODE", ConvolutionKernel="BONE", RescaleType="HU"
    )
    ds.ImageType, ds.SliceThickness = ["ORIGINAL", "PRIMARY", "AXIAL"], "1.0"
    identifiers = harvest([read(to_bytes(ds))])
    files = []
    for _ in range(100):
        picture = encapsulated(run_length(chance.randbytes(4000)), Rows=40, Columns=50)
        ds.Rows, ds.Columns = 40, 50
        ds["PixelData"] = picture["PixelData"]
        one = scrub(read(to_bytes(ds, syntax=RLELossless)), SHIFTED, NAMES, SUBJECT)
        files.append((one.data, one.minted))
    assert search(files, identifiers) == []
    for part in name.split("^"):
        found = left(neutral(ImageComments=f"({part.lower()})"), identifiers)
        assert {hit.kind for hit in found} == {"name"}, part


@pytest.mark.parametrize("name", ["Siemens^Eva", "Medici^Lorenzo", "Linear^Li", "Reconst^Ann", "Near^Li", "Primar^Jo"])
def test_a_name_like_a_word_of_the_trade_quarantines_nobody(name: str) -> None:
    ds = ct(PatientName=name, VOILUTFunction="LINEAR", CodeMeaning="Reconstruction medicine")
    result = deidentify_series([to_bytes(ds)], SHIFTED, NAMES, SUBJECT)
    assert result.quarantine is None
    assert left(neutral(ImageComments=f"for {name.split('^', maxsplit=1)[0]}"), of(PatientName=name))


@pytest.mark.parametrize("number", ["113100", "703125", "100000", "1024", "0000", "512", "20240229"])
def test_a_number_that_is_also_a_measure_quarantines_nobody(number: str) -> None:
    ds = ct(PatientID=number, PixelSpacing=["0.703125", "0.703125"], XRayTubeCurrentInuA=100000)
    assert deidentify_series([to_bytes(ds)], SHIFTED, NAMES, SUBJECT).quarantine is None


def test_new_uids_that_hold_an_old_number_by_chance_are_no_residue() -> None:
    for number in range(300):
        ds = ct(PatientID=f"{number:02d}{number % 100:02d}", SOPInstanceUID=f"{ROOT}7.{number}")
        assert deidentify_series([to_bytes(ds)], SHIFTED, NAMES, SUBJECT).quarantine is None


def test_a_shifted_date_that_meets_another_visit_and_a_stand_in_for_a_number_are_no_residue() -> None:
    moved = date(2024, 2, 29) + timedelta(days=NAMES.shift_days(SUBJECT.issuer, SUBJECT.patient_id))
    ds = ct(AcquisitionDate=moved.strftime("%Y%m%d"), PatientID="ANONYMIZED")
    result = deidentify_series([to_bytes(ds)], SHIFTED, NAMES, SUBJECT)
    assert result.quarantine is None
    assert from_bytes(result.outputs[0][1]).StudyDate == ds.AcquisitionDate


@pytest.mark.parametrize("root", ["2.16.840.1.113883.3.4711.", "1.2.840.10008.99."])
def test_a_uid_is_the_patients_under_whichever_root_it_was_numbered(root: str) -> None:
    identifiers = of(StudyInstanceUID=root + "1.77")
    assert {hit.kind for hit in left(neutral(ImageComments=f"study {root}1.77"), identifiers)} == {"uid"}
    assert left(neutral(), identifiers) == []


JANE = {"PatientName": "SMITHSON^JANE", "PatientID": "48213377"}
WRITTEN = b"SMITHSON^JANE 48213377"


def picture(text: bytes, at: int = 0) -> bytes:
    """512 bytes of a section with a text among them."""
    pixels = np.arange(1000, 1256, dtype="<u2").tobytes()
    return pixels[:at] + text + pixels[at + len(text) :]


@pytest.mark.parametrize("at", [0, 1, 99, 490])
@pytest.mark.parametrize("text", [WRITTEN, WRITTEN.lower(), "Smithson".encode("utf-16-le"), b64encode(WRITTEN)])
def test_a_name_written_over_native_pixels_is_found(text: bytes, at: int) -> None:
    hits = left(neutral(PixelData=picture(text, min(at, 512 - len(text)))), of(**JANE))
    assert {hit.tag for hit in hits} == {"7FE0,0010"}
    assert {hit.kind for hit in hits} in ({"name"}, {"name", "id"})
    assert left(neutral(PixelData=picture(b"")), of(**JANE)) == []


def test_six_signs_are_enough_among_sixteen_bits_and_eight_among_eight() -> None:
    short = of(PatientName="Smithy^Jo")
    assert left(neutral(PixelData=picture(b"smithy")), short)
    small = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "Columns": 32}
    assert left(neutral(PixelData=picture(b"smithy"), **small), short) == []
    assert left(neutral(PixelData=picture(b"smithy^jo"), **small), short)


def test_text_between_compressed_pixels_and_in_their_offset_table_is_found() -> None:
    for ds in (encapsulated(picture(WRITTEN, 100)), encapsulated(picture(b""), table=b"SMITHSON")):
        hits = left(ds, of(**JANE), syntax=RLELossless)
        assert "name" in {hit.kind for hit in hits if hit.tag == "7FE0,0010"}


@pytest.mark.parametrize("name", ["Ким^Ян=", "Иванов^Пётр", "Smiths^Ab", "Ng^Mai", "Li^Xu"])
@pytest.mark.parametrize("level", [0x61, 0x41, 0x430, 0x410])
def test_nobody_is_lost_because_grey_values_are_also_letters(name: str, level: int) -> None:
    chance = np.random.default_rng(20261123)
    noise = chance.integers(level, level + 32, (512, 512), dtype=np.uint16).astype("<u2")
    identifiers = of(SpecificCharacterSet="ISO_IR 192", PatientName=name)
    assert left(neutral(Rows=512, Columns=512, PixelData=noise.tobytes()), identifiers) == []


LEFTOVERS = [
    ("id", {"PatientID": "4821337"}, "MRN4821337"),
    ("id", {"PatientID": "4821337"}, "no 0004821337"),
    ("id", {"PatientID": "482133"}, b64encode(b"482133").decode()),
    ("id", {"PatientID": "12-34"}, "id 12-34"),
    ("id", {"PatientID": "12-34"}, "mrn12-34"),
    ("id", {"PatientID": "A17"}, "id A17"),
    ("id", {"PatientID": "77"}, "id 77"),
    ("id", {"PatientID": "AB-7"}, "ab 7"),
    ("id", {"PatientID": "X4711"}, "PTX4711Y"),
    ("name", {"PatientName": "LEE^J"}, "LEE1"),
    ("name", {"PatientName": "SMITH^J"}, "SMITH2024"),
    ("name", {"PatientName": "SMITH^J"}, "PTSMITH"),
    ("name", {"PatientName": "NG^J"}, "for ng"),
]


@pytest.mark.parametrize(("kind", "who", "text"), LEFTOVERS, ids=[text for _, _, text in LEFTOVERS])
def test_a_leftover_glued_to_other_signs_is_found_where_text_can_stand(kind: str, who: dict, text: str) -> None:
    hits = left(neutral(WindowCenterWidthExplanation=text), of(**who))
    assert {hit.kind for hit in hits} == {kind}
    assert left(neutral(WindowCenterWidthExplanation="WINDOW1"), of(**who)) == []


def test_a_number_of_seven_digits_is_found_in_bytes_and_as_a_whole_number() -> None:
    identifiers = of(PatientID="4821337")
    profile = neutral()
    profile.add_new(0x00282000, "OB", b"\x01\x02acsp 4821337 \0")
    assert {hit.tag for hit in left(profile, identifiers)} == {"0028,2000"}
    assert {hit.tag for hit in left(neutral(InstanceNumber="4821337"), identifiers)} == {"0020,0013"}
    assert {hit.kind for hit in left(neutral(FrameOfReferenceUID="1.2.826.4821337.1"), identifiers)} == {"id"}


@pytest.mark.parametrize("shift", [0, 1, 2])
@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_base_64_of_utf_16_is_read(order: str, shift: int) -> None:
    text = b64encode(b"abc"[:shift] + "Vasquez^Marisol".encode(order)).decode()
    assert {hit.kind for hit in left(neutral(ImageComments=text), of())} == {"name"}


CODES = {
    "ConvolutionKernel": "Br38f",
    "SoftwareVersions": "syngo CT 2004V VA44A_SP1",
    "ManufacturerModelName": "Aquilion 64",
    "ReceiveCoilName": "HE1-4;NE1,2;BO1",
    "SequenceName": "*tse_h2d1",
    "ScanOptions": "LI2 MAY1",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"],
    "CorrectedImage": ["DECY", "LIN", "RAN"],
}


PEOPLE_AND_NUMBERS = [
    {"PatientName": f"{name}^J"} for name in ("He", "Bo", "Tse", "Som", "Li", "May", "Sp", "Lin", "Ran")
]
PEOPLE_AND_NUMBERS += [{"PatientID": number} for number in ("64", "064", "38", "2004", "B-1", "H-2")]


@pytest.mark.parametrize("who", PEOPLE_AND_NUMBERS, ids=str)
def test_nobody_is_lost_because_a_machine_writes_codes(who: dict) -> None:
    ds = ct(**who, **CODES)
    assert deidentify_series([to_bytes(ds)], SHIFTED, NAMES, SUBJECT).quarantine is None
    assert left(neutral(**CODES), of(**who)) == []


def test_a_sequence_item_is_searched_like_the_top() -> None:
    deep = item(CodeValue="1", CodingSchemeDesignator="L", CodeMeaning="Pain, says Vasquez")
    hits = left(neutral(ProcedureCodeSequence=[deep]), of())
    assert {hit.tag for hit in hits} == {"0008,0104"}

"""Who the subjects are, from the hospital's table and from the heads, and what is never kept of them."""

import pytest

from residency.ingest.source import Codes, canonical_id
from residency.ingest.subjects import People, Person, SubjectsWrong, read_people, subject_row
from tests.ingest.export import table

ALL = ("sex", "age_band", "race", "ethnicity", "scanner")


def row(person=None, *, scanners=("MAKER One #abcde",), **head):
    return subject_row("sub-x", person, [{"PatientBirthDate": "", "StudyDate": "20240303", **head}], set(scanners), ALL)


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ("19700102", "50-59"),
        ("19340304", "80-89"),
        ("19340303", "90+"),
        ("19200101", "90+"),
        ("20240303", "0-9"),
        ("20250101", "unknown"),
        ("1970", "unknown"),
        ("", "unknown"),
    ],
)
def test_ages_are_bands_of_ten_years_with_one_from_ninety_on(born, band):
    assert row(PatientBirthDate=born).age_band == band


@pytest.mark.parametrize(("age", "band"), [("064Y", "60-69"), ("018M", "0-9"), ("099Y", "90+"), ("old", "unknown")])
def test_a_stated_age_counts_where_a_date_is_missing(age, band):
    assert row(PatientAge=age).age_band == band


def test_a_birth_date_that_the_first_series_lacks_is_taken_from_another():
    heads = [{"PatientBirthDate": born, "StudyDate": "20240303"} for born in ("", "unknown", "19700102")]
    assert subject_row("sub-x", None, heads, set(), ALL).age_band == "50-59"


def test_the_hospitals_table_goes_before_the_heads():
    person = Person("1", sex="male", birth_date="1944-05-06", race="Asian", ethnicity="Hispanic or Latino")
    made = row(person, PatientSex="F", PatientBirthDate="19700102", EthnicGroup="White")
    assert (made.sex, made.age_band, made.race, made.ethnicity) == ("M", "70-79", "Asian", "Hispanic or Latino")


def test_what_nobody_states_is_unknown():
    made = row(scanners=())
    assert {made.sex, made.age_band, made.race, made.ethnicity, made.scanner} == {"unknown"}


def test_free_text_of_a_head_is_kept_as_race_only_where_it_names_a_known_category():
    assert row(EthnicGroup="Black or African").race == "Black or African American"
    assert row(EthnicGroup="ask Ms Miller").race == "unknown"


def test_a_subject_of_which_nothing_else_is_said_is_its_own_anatomy():
    assert row().anatomy == "sub-x"
    assert row(Person("1", anatomy="real CT 1")).anatomy == "real CT 1"


def test_two_machines_of_one_model_are_told_apart_without_their_serial_numbers():
    codes = Codes(bytes(32))
    one, two = (
        {"Manufacturer": "M", "ManufacturerModelName": "X", "DeviceSerialNumber": n} for n in ("77001", "77002")
    )
    assert codes.machine(one) != codes.machine(two)
    assert codes.machine(one) == codes.machine(one | {"DeviceSerialNumber": " 077001 "})
    assert "7700" not in codes.machine(one)


@pytest.mark.parametrize(("text", "same"), [(" 00042 ", "42"), ("ab\0", "AB"), ("000", "0"), ("", "")])
def test_one_number_has_one_spelling(text, same):
    assert canonical_id(text) == canonical_id(same)


def test_a_number_that_two_issuers_gave_needs_its_issuer():
    people = People([Person("1", "A", sex="F"), Person("1", "B", sex="M")])
    assert people.find("b", "01").sex == "M"
    assert people.find("", "1") is None
    assert People([Person("1", "A", sex="F")]).find("", "1").sex == "F"
    assert People([Person("1", "A", sex="F")]).find("B", "1") is None


@pytest.mark.parametrize(
    ("lines", "header", "says"),
    [
        (["1,H,F,02.01.1970,,,"], None, "Line 2"),
        (["1,H,F,1970-01-02,,,", "1,H,M,1970-01-02,,,"], None, "Lines 2 and 3"),
        ([",H,F,1970-01-02,,,"], None, "Line 2"),
        (["1,H,F,1970-01-02,,,,extra"], None, "Line 2"),
        (["1"], "number", "1 columns"),
        (["H"], "issuer", "patient_id"),
    ],
)
def test_a_wrong_line_of_the_table_is_named_without_its_values(tmp_path, lines, header, says):
    path = table(tmp_path, *lines, **({"header": header} if header else {}))
    with pytest.raises(SubjectsWrong, match=says) as raised:
        read_people(path)
    assert "1970" not in str(raised.value)


def test_a_table_that_is_no_text_is_named(tmp_path):
    (tmp_path / "subjects.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SubjectsWrong):
        read_people(tmp_path / "subjects.csv")

"""Whose an identifier is: one person is one subject in every kind of data, and nobody is two."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.ingest.crosswalk import (
    Crosswalk,
    CrosswalkContradicts,
    CrosswalkWrong,
    Holder,
    Unresolved,
    read_crosswalk,
)
from residency.ingest.source import Codes

HEADER = "patient_id,issuer,fhir_patient,omop_person,meds_subject,sample,other_id,other_issuer"
TABLE = """
0042,NORTHGATE,f3a8-11,17,17,NA12878_T,,
0042,NORTHGATE,,,,NA12878_N,A-77,SOUTHGATE
0043,NORTHGATE,f3a8-12,18,,,,
0042,SOUTHGATE,F3A8-11,19,18,na12878_t,,
"""
SYSTEMS = {"urn:oid:1.2.3": "NORTHGATE", "http://southgate.example/mrn": "SOUTHGATE"}
FIRST, SECOND = Holder("NORTHGATE", "42"), Holder("SOUTHGATE", "42")


@pytest.fixture
def table(tmp_path):
    """Reads lines below a header as the hospital's table."""

    def read(text: str, header: str = HEADER, **more: str) -> Crosswalk:
        path = tmp_path / "crosswalk.csv"
        path.write_text(f"{header}\n{text.strip()}\n", "utf-8-sig")
        return read_crosswalk(path, **more)

    return read


def fhir(identifier: str, *numbers: tuple[str, str], **more) -> dict:
    said = [{"system": system, "value": value, **more} for system, value in numbers]
    return {"resourceType": "Patient", "id": identifier, "identifier": said}


def test_one_person_is_one_subject_in_every_kind_of_data(table):
    crosswalk, codes = table(TABLE), Codes(bytes(32))
    asked = [
        ("patient", "42", "northgate"),
        ("patient", "a-77", "SOUTHGATE "),
        ("patient", "A-77", ""),
        ("fhir", "f3a8-11", ""),
        ("fhir", "Patient/f3a8-11", ""),
        ("omop", 17, ""),
        ("meds", "017", ""),
        ("sample", "NA12878_T", ""),
        ("sample", "NA12878_N", ""),
    ]
    found = [crosswalk.find(*one) for one in asked]
    assert set(found) == {FIRST}
    assert {one.patient_id for one in found} == {"0042"}, "as the hospital writes it: so it is searched for later"
    assert len({codes.subject(one.issuer, one.patient_id) for one in found}) == 1


def test_two_persons_of_one_number_and_of_names_alike_stay_two(table):
    crosswalk = table(TABLE)
    second = [("patient", "42", "SOUTHGATE"), ("fhir", "F3A8-11", ""), ("omop", 19, ""), ("meds", 18, "")]
    assert {crosswalk.find(*one) for one in [*second, ("sample", "na12878_t", "")]} == {SECOND}
    assert crosswalk.find("omop", 18) == Holder("NORTHGATE", "43")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("omop", 99, ""), Unresolved.NOT_LINKED),
        (("sample", "NA12878", ""), Unresolved.NOT_LINKED),
        (("fhir", "0042", ""), Unresolved.NOT_LINKED),
        (("meds", 19, ""), Unresolved.NOT_LINKED),
        (("omop", "17.0", ""), Unresolved.NOTHING),
        (("fhir", "urn:uuid:f3a8-11", ""), Unresolved.NOTHING),
        (("sample", " ", ""), Unresolved.NOTHING),
        (("patient", " \0", "NORTHGATE"), Unresolved.NOTHING),
        (("patient", "42", ""), Unresolved.AMBIGUOUS),
    ],
)
def test_what_leads_nowhere_or_to_two_leads_to_a_reason(table, asked, why):
    assert table(TABLE).find(*asked) is why


def test_a_number_that_the_table_does_not_know_is_a_patient_of_its_own(table):
    crosswalk = table(TABLE)
    assert crosswalk.find("patient", "0077", "NORTHGATE") == Holder("NORTHGATE", "77")
    assert crosswalk.find("patient", "77", "") == Holder("", "77")
    assert crosswalk.find("patient", "43", "EASTGATE") == Holder("EASTGATE", "43")
    assert crosswalk.find("patient", "43", "") == Holder("NORTHGATE", "43")


def test_a_table_without_issuers_says_nothing_of_a_number_whose_issuer_is_stated(table):
    crosswalk = table("42,17", "patient_id,omop_person")
    assert crosswalk.find("patient", "42") == crosswalk.find("omop", 17) == Holder("", "42")
    assert crosswalk.find("patient", "42", "NORTHGATE") is Unresolved.AMBIGUOUS
    said = table("42,17", "patient_id,omop_person", issuer="NORTHGATE")
    assert said.find("patient", "42") == said.find("patient", "42", "northgate") == said.find("omop", 17) == FIRST


def test_a_line_without_an_issuer_has_the_only_one_that_other_lines_name(table):
    crosswalk = table("42,NORTHGATE,17,\n42,,18,", "patient_id,issuer,omop_person,sample")
    assert crosswalk.find("omop", 18) == FIRST


def test_another_number_without_an_issuer_is_one_of_the_same_hospital(table):
    crosswalk = table("42,NORTHGATE,77", "patient_id,issuer,other_id")
    assert crosswalk.find("patient", "77", "NORTHGATE") == FIRST
    assert crosswalk.find("patient", "77", "SOUTHGATE") == Holder("SOUTHGATE", "77")


@pytest.mark.parametrize(
    ("lines", "places"),
    [
        ("42,N,f1,,,,,\n43,N,f1,,,,,", "Line 2 of the crosswalk and Line 3 of the crosswalk lead one fhir_patient"),
        ("42,N,,17,,,,\n43,N,,017,,,,", "Line 2 of the crosswalk and Line 3 of the crosswalk lead one omop_person"),
        ("42,N,,,17,,,\n42,N,,,,,,\n43,N,,,17,,,", "Line 2 of the crosswalk and Line 4 of the crosswalk lead one meds"),
        ("42,N,,,,s1,,\n42,S,,,,s1,,", "Line 2 of the crosswalk and Line 3 of the crosswalk lead one sample"),
        ("42,N,,,,,77,S\n43,N,,,,,77,S", "Line 2 of the crosswalk and Line 3 of the crosswalk lead one number"),
        ("42,N,,,,,77,S\n77,S,,9,,,,", "Line 2 of the crosswalk and Line 3 of the crosswalk lead one number"),
        ("77,S,,9,,,,\n42,N,,,,,077,s", "Line 2 of the crosswalk and Line 3 of the crosswalk lead one number"),
    ],
)
def test_one_identifier_that_leads_to_two_patients_is_named_by_its_lines(table, lines, places):
    with pytest.raises(CrosswalkContradicts, match=places):
        table(lines)


@pytest.mark.parametrize(
    ("lines", "header", "says"),
    [
        ("SECRETNAME,1", "patient_name,patient_id", "has 1 columns that are not known"),
        ("17", "omop_person", "lacks 'patient_id'"),
        ("42,17,18", "patient_id,omop_person,omop_person", "a column twice"),
        (",17", "patient_id,omop_person", "Line 2 of the crosswalk is not one patient"),
        ("42,17\n43,SECRETNAME", "patient_id,omop_person", "Line 3 of the crosswalk has no usable omop_person"),
        ("42,17.0", "patient_id,omop_person", "Line 2 of the crosswalk has no usable omop_person"),
        ("42,SECRET NAME", "patient_id,fhir_patient", "Line 2 of the crosswalk has no usable fhir_patient"),
        ("42,17,SECRETNAME", "patient_id,omop_person", "Line 2 of the crosswalk is not one patient"),
        ("42,SECRETNAME", "patient_id,other_issuer", "Line 2 of the crosswalk is not one patient"),
        ('42,"SECRETNAME', "patient_id,sample", "cannot be read"),
        ("42,N\n42,S\n42,", "patient_id,issuer", "Line 4 of the crosswalk has a number that several issuers gave"),
    ],
)
def test_a_wrong_line_is_named_and_its_values_are_not(table, lines, header, says):
    with pytest.raises(CrosswalkWrong, match=says) as caught:
        table(lines, header)
    assert "SECRET" not in str(caught.value)


def test_a_table_that_is_no_text_is_named(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"patient_id\n\xff\xfe\x00")
    with pytest.raises(CrosswalkWrong, match="cannot be read"):
        read_crosswalk(tmp_path / "x.csv")
    with pytest.raises(CrosswalkWrong, match="cannot be read"):
        read_crosswalk(tmp_path / "not there.csv")


def test_a_fhir_patient_leads_to_the_subject_of_its_number(table):
    crosswalk = table(TABLE)
    crosswalk.fhir_patients([fhir("new", ("urn:oid:1.2.3", "43"))], SYSTEMS)
    assert crosswalk.find("fhir", "new") == Holder("NORTHGATE", "43")


def test_a_fhir_patient_of_two_numbers_is_one_subject_under_the_first_system():
    crosswalk = Crosswalk()
    crosswalk.fhir_patients([fhir("p", ("http://southgate.example/mrn", "9"), ("urn:oid:1.2.3", "5"))], SYSTEMS)
    found = crosswalk.find("fhir", "p")
    assert found == Holder("NORTHGATE", "5")
    assert found == crosswalk.find("patient", "9", "SOUTHGATE") == crosswalk.find("patient", "5", "NORTHGATE")


def test_numbers_of_other_systems_and_temporary_ones_lead_nowhere():
    crosswalk = Crosswalk()
    told = [
        fhir("ssn", ("http://hl7.org/fhir/sid/us-ssn", "42")),
        fhir("temp", ("urn:oid:1.2.3", "42"), use="temp"),
        fhir("odd", ("urn:oid:1.2.3", 42)),
        fhir("empty", ("urn:oid:1.2.3", " ")),
        {"resourceType": "Patient", "id": "none"},
        {"resourceType": "Patient", "id": "broken", "identifier": ["42", None]},
        {"resourceType": "Patient", "identifier": "42"},
    ]
    crosswalk.fhir_patients(told, SYSTEMS)
    assert [crosswalk.find("fhir", p["id"]) for p in told[:-1]] == [Unresolved.NOT_LINKED] * 6
    assert repr(crosswalk) == "Crosswalk(0 identifiers)"


def test_a_fhir_patient_without_an_id_still_says_that_two_numbers_are_one_patient():
    crosswalk, told = Crosswalk(), fhir("p", ("urn:oid:1.2.3", "5"), ("http://southgate.example/mrn", "9"))
    del told["id"]
    crosswalk.fhir_patients([told], SYSTEMS)
    assert crosswalk.find("patient", "9", "SOUTHGATE") == Holder("NORTHGATE", "5")


def test_the_table_and_the_data_that_contradict_each_other_are_named_by_their_places(table):
    both = [fhir("x", ("urn:oid:1.2.3", "43")), fhir("f3a8-11", ("urn:oid:1.2.3", "43"))]
    with pytest.raises(CrosswalkContradicts, match="Line 2 of the crosswalk and Patient 2 of the FHIR data lead"):
        table(TABLE).fhir_patients(both, SYSTEMS)
    merged = [fhir("x", ("urn:oid:1.2.3", "42"), ("urn:oid:1.2.3", "43"))]
    with pytest.raises(CrosswalkContradicts, match="and Patient 1 of the FHIR data lead one number to two patients"):
        table(TABLE).fhir_patients(merged, SYSTEMS)


def test_a_number_that_the_table_has_without_an_issuer_leaves_its_fhir_patient_unlinked(table):
    crosswalk = table("42,17", "patient_id,omop_person")
    crosswalk.fhir_patients([fhir("p", ("urn:oid:1.2.3", "42"))], SYSTEMS)
    assert crosswalk.find("fhir", "p") is Unresolved.NOT_LINKED


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(2, 12))
def test_the_order_of_an_export_changes_no_subject(seed, count):
    people = [fhir(f"p{n}", ("urn:oid:1.2.3", str(n)), ("http://southgate.example/mrn", f"{n}9")) for n in range(count)]
    people += [fhir(f"q{n}", ("http://southgate.example/mrn", f"{n}9")) for n in range(count)]
    mixed = random.Random(seed).sample(people, len(people))
    found = []
    for order in (people, mixed):
        crosswalk = Crosswalk()
        crosswalk.fhir_patients(order, SYSTEMS)
        found.append({p["id"]: crosswalk.find("fhir", p["id"]).key for p in people})
    assert found[0] == found[1]
    assert len(set(found[0].values())) == count


def test_nothing_that_is_shown_shows_a_number(table):
    crosswalk = table(TABLE)
    holder = crosswalk.find("omop", 17)
    for shown in (repr(crosswalk), repr(holder), str(holder), f"{[holder]}"):
        assert "42" not in shown
        assert "NORTHGATE" not in shown

"""What a value may become by its kind: ZIP codes, ages, states; and who is over 89."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.deid.tables import kinds
from residency.deid.tables.fhir_rules import rules
from residency.deid.tables.subjects import Told

_SAID = "036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893"
FEW_LIVE_THERE = _SAID.split()


@given(st.from_regex(r"[0-9]{5}([- ]?[0-9]{4})?", fullmatch=True))
def test_a_zip_code_of_any_form_keeps_three_digits_or_none(text):
    want = "000" if text[:3] in FEW_LIVE_THERE else text[:3]
    assert kinds.zip3(text) == want


def test_the_seventeen_restricted_prefixes_are_those_of_the_census_of_2000():
    assert sorted(kinds.table().restricted_zip3) == FEW_LIVE_THERE
    assert [kinds.zip3(f"{prefix}01-1234") for prefix in FEW_LIVE_THERE] == ["000"] * 17


@pytest.mark.parametrize("text", ["", "3601", "0360", "036011", "SW1A 1AA", "D-10115", "03601-12", "03601x", "036"])
def test_what_is_no_zip_code_goes(text):
    assert kinds.zip3(text) is None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        *(("0", "0"), ("89", "89"), ("89.5", "90+"), ("90", "90+"), ("103", "90+"), ("45 years", "45"), ("090", "90+")),
        *(("90+", "90+"), (">89", "90+"), ("094Y", "90+"), ("old", None), ("-3", None), ("1990", None), ("", None)),
    ],
)
def test_an_age_over_89_is_one_category(said, shown):
    assert kinds.capped_age(said) == shown


@pytest.mark.parametrize(
    ("said", "shown"), [("CA", "CA"), (" Ohio ", "Ohio"), ("Bavaria", None), ("Cook County", None)]
)
def test_nothing_smaller_than_a_state_passes_for_one(said, shown):
    assert kinds.state(said) == shown


@given(st.dates(date(1900, 1, 1), date(2010, 1, 1)), st.dates(date(2010, 1, 2), date(2026, 1, 1)))
def test_who_is_over_89_is_told_by_birthdays(born, on):
    told = Told(born=born)
    birthday = date(born.year + 90, 3, 1) if (born.month, born.day) == (2, 29) else born.replace(year=born.year + 90)
    assert told.over_89(on) == (on >= birthday)


def test_age_counts_until_death_and_until_the_last_event():
    assert not Told(born=date(1920, 1, 1), died=date(1990, 1, 1)).over_89(date(2025, 1, 1))
    assert Told(born=date(1930, 1, 1), last=date(2020, 2, 1)).over_89(date(2010, 1, 1))
    assert not Told().over_89(date(2025, 1, 1))


def test_every_kind_has_a_letter_and_every_identifying_letter_a_kind():
    letters = {kind.letter for kind in kinds.table().kinds.values()}
    assert letters == set("ABCDEFGHIJKLMNOPQR-")
    gone = {"name", "place", "phone", "fax", "mail", "ssn", "record-number", "device", "url", "ip", "photo", "remove"}
    for years_only in (True, False):
        assert {kinds.action_of(kind, years_only=years_only) for kind in gone} == {"remove"}
    assert kinds.action_of("date", years_only=True) == "year"
    assert kinds.action_of("date", years_only=False) == "move"


@pytest.mark.parametrize("text", ["101.5", "-3", "<0.01", ">=5", "1e-3", " 12 "])
def test_a_number_stays_as_it_is_written(text):
    assert kinds.plain_number(text) == text.strip()


@pytest.mark.parametrize("text", ["", ".", "12 mg", "1234567890123456", "five", "1-2", "+", "NaN"])
def test_what_is_no_number_goes(text):
    assert kinds.plain_number(text) is None


def test_the_rules_for_fhir_name_every_common_type_and_nothing_that_identifies():
    known = rules().resources
    common = "Patient Encounter Condition Observation MedicationRequest MedicationAdministration MedicationStatement "
    common += "Procedure DiagnosticReport DocumentReference AllergyIntolerance Immunization CarePlan CareTeam Claim "
    common += "ExplanationOfBenefit Practitioner PractitionerRole Organization Location Device ImagingStudy Specimen "
    common += "FamilyMemberHistory Provenance Coverage"
    assert set(common.split()) <= set(known)
    for name, elements in known.items():
        assert not {"text", "telecom", "photo", "contact", "modifierExtension", "udiCarrier", "serialNumber"} & set(
            elements
        ), name
    assert not {"name", "alias", "position"} & (
        set(known["Patient"]) | set(known["Practitioner"]) | set(known["Location"])
    )

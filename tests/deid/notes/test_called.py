"""Names that only their sentence tells apart, and codes, days and places in the forms of wards; and what is none."""

import pytest

from residency.deid.notes.allow import allowed_off
from residency.deid.notes.dates import find_dates
from residency.deid.notes.institutions import find_institutions
from residency.deid.notes.numbers import find_numbers
from residency.deid.notes.people import find_people
from residency.deid.notes.places import find_places
from residency.deid.notes.spans import Span


def covered(text: str, spans) -> str:
    """The letters and digits that some span covers, in order, the rest as spaces."""
    inside = {at for span in spans for at in range(span.start, span.end)}
    return " ".join("".join(sign if at in inside else " " for at, sign in enumerate(text)).split())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Autumn is a 16 y.o. girl.", "Autumn"),
        ("Came with Marlowe Sky, 9 months old.", "Marlowe Sky"),
        ("Brought by stepfather Cliff Rivers after a fall.", "Cliff Rivers"),
        ('FOB Tyrell "Ty" Boone is away.', 'Tyrell "Ty" Boone'),
        ("Her colleague Summer Fields drove.", "Summer Fields"),
        ("They asked whether Theo could come.", "Theo"),
        ("OPERATED BY DR. MAY.", "MAY"),
        ("MR JONES WITH WIFE CAME TO CLINIC.", "JONES"),
        ("SEEN WITH MR SMITH/DR PATEL.", "SMITH PATEL"),
        ("Wound clean. -LT, RN", "LT"),
    ],
)
def test_a_name_is_told_by_its_sentence(text: str, name: str) -> None:
    assert covered(text, find_people(text)) == name


@pytest.mark.parametrize(
    "text",
    [
        "Patient is a 16 y.o. girl.",
        "Stroke, 45 years ago.",
        "Her mother Has Diabetes.",
        "EXAM: MR L-SPINE ACC",
        "Given for Asthma, 3 months.",
    ],
)
def test_what_only_stands_where_a_name_would_is_none(text: str) -> None:
    assert covered(text, find_people(text)) == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("the plate for the parking pass 7KXJ992 was seen", "7KXJ992"),
        ("BY UNIT MEDIC 12 AT NOON", "MEDIC 12"),
        ("interpreter Lupe #40218 was there", "#40218"),
        ("Specimen 24:SP-10993", "24:SP-10993"),
        ("HPD CASE 2024-118820-T", "2024-118820-T"),
        ("hospital number R three four four seven one.", "R three four four seven one"),
        ("on the landline 5127 4410", "5127 4410"),
        ("HCN N9 442 118", "N9 442 118"),
        ("Key safe code 4471", "4471"),
        ("MRN: 0700-1900", "0700-1900"),
    ],
)
def test_a_code_is_known_as_wards_write_it(text: str, code: str) -> None:
    assert covered(text, find_numbers(text)) == code


@pytest.mark.parametrize("text", ["NURSING 0700-1900, settled", "one, two and three were said", "Lungs MEDIC reviewed"])
def test_hours_and_counting_are_no_code(text: str) -> None:
    assert covered(text, find_numbers(text)) == ""


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("sample received 2024-W07", "2024-W07"),
        ("12-24 23:40 called", "12-24"),
        ("Consent dated 30.11. is filed", "30.11."),
        ("discussed at conference 3/5.", "3/5"),
        ("to come in: TCI 1/3", "1/3"),
    ],
)
def test_a_day_is_known_as_wards_write_it(text: str, day: str) -> None:
    assert covered(text, [found.span for found in find_dates(text)]) == day


def test_corners_and_saints_and_shops_are_places():
    assert covered("fell at the corner of Elm & 5th today", find_places("fell at the corner of Elm & 5th today")) == (
        "Elm & 5th"
    )
    for text, name in (
        ("was in St. Brannoc's ED", "St. Brannoc's"),
        ("picked up at Costco pharmacy", "Costco pharmacy"),
        ("Mom works nights @ Kroger.", "Kroger"),
        ("attends Jefferson HS", "Jefferson HS"),
    ):
        assert covered(text, find_institutions(text)) == name
    assert covered("seen in the hospital school", find_institutions("seen in the hospital school")) == ""


@pytest.mark.parametrize(("text", "goes"), [("BRCA1 c.68_69delAG found", True), ("asked r.AG about it", False)])
def test_letters_of_a_change_of_a_gene_are_nobody_and_a_small_initial_is_somebody(text: str, goes: bool) -> None:
    at = text.index("AG")
    assert (allowed_off(text, Span(at, at + 2, "name", "tagger")) is None) == goes

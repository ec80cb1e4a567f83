"""Forms of numbers, days, addresses and words that are nobody: each found whole, or left whole."""

import pytest

from residency.deid.notes.dates import find_dates
from residency.deid.notes.headings import is_nobody
from residency.deid.notes.rules import find_by_rules
from residency.deid.notes.spans import Span


def covered(text: str, planted: str) -> bool:
    spans = [*find_by_rules(text), *(found.span for found in find_dates(text))]
    taken = {at for span in spans for at in range(span.start, span.end)}
    start = text.index(planted)
    return all(at in taken for at in range(start, start + len(planted)) if text[at].isalnum())


@pytest.mark.parametrize(
    ("text", "planted"),
    [
        ("Specimen S24-11902/B received.", "S24-11902/B"),
        ("Tracking 1Z-EX-99-00412.", "1Z-EX-99-00412"),
        ("Chart: BD*40917  PHN", "BD*40917"),
        ("hosp num k 90 4471 , transfer", "k 90 4471"),
        ("pn 0391/07. bp 158/100", "0391/07"),
        ("Medicare 4299 55017 3 ref 1", "4299 55017 3 ref 1"),
        ("Driving licence NWACH 902149 CE9ZZ given up", "NWACH 902149 CE9ZZ"),
        ("Crew unit M-6 on scene", "M-6"),
        ("cook on the F/V Marie-Soleil", "Marie-Soleil"),
        ("CPF 123.456.789-09 seen", "123.456.789-09"),
        ("writes as @harriet_w there", "@harriet_w"),
    ],
)
def test_a_code_is_found_with_all_that_is_glued_to_it(text: str, planted: str) -> None:
    assert covered(text, planted)


@pytest.mark.parametrize(
    "text",
    ["VA 6/9 R, 6/12 L", "grip 14/15/14 kg", "G3P1L1A1 at term", "pH 7.35, INR 2.3. K 3.5", "BP 120-130 / 70-80"],
)
def test_a_value_is_no_code_and_no_day(text: str) -> None:
    assert [text[span.start : span.end] for span in find_by_rules(text)] == []
    assert find_dates(text) == []


@pytest.mark.parametrize(
    ("text", "planted"),
    [
        ("Seen on 7.III.2024 by us", "7.III.2024"),
        ("prochaine visite 18 avril.", "18 avril"),
        ("Visit: March 5/24\n", "March 5/24"),
        ("Tues. 12.03. wk 3", "12.03"),
        ("flies in wensday.", "wensday"),
        ("away 11/3-11/7 with family", "11/7"),
        ("given fri. partner", "fri"),
        ("Found on St Valentine's Day.", "St Valentine's Day"),
    ],
)
def test_a_day_is_found_in_the_forms_of_other_lands_and_other_hands(text: str, planted: str) -> None:
    assert covered(text, planted)


@pytest.mark.parametrize(
    ("text", "planted"),
    [
        ("lives at 6/41 Cassowary Cres, Edmundton QLD 4899 now", "Edmundton QLD 4899"),
        ("Children's Hospital, Private Bag X41, Bloemvlei", "Private Bag X41"),
        ("at Hwy 264 milepost 438, no phone", "Hwy 264 milepost 438"),
        ("Killadangan, F99 X4T2; age", "F99 X4T2"),
        ("was shot on Rue des Tilleuls.", "Rue des Tilleuls"),
        ("From Convent of the Holy Thorn, 301", "Convent of the Holy Thorn"),
        ("listed at Tres Palmas Transplant. Ride", "Tres Palmas Transplant"),
    ],
)
def test_an_address_or_a_house_is_found_as_it_is_written_there(text: str, planted: str) -> None:
    assert covered(text, planted)


@pytest.mark.parametrize(
    ("text", "planted"),
    [
        ('Nomvuyo Ntshinga, "Vuvu" to her friends', "Vuvu"),
        ("Seen by: Winona Two Bulls, MD  Consult", "Winona Two Bulls"),
        ("Mrs ap Rhisiart fell", "ap Rhisiart"),
        ("Ms. do Amaral is 57", "do Amaral"),
        ("asks us to call her Pebbles please", "Pebbles"),
    ],
)
def test_a_name_is_found_by_its_particle_its_quotes_and_its_degree(text: str, planted: str) -> None:
    assert covered(text, planted)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("LABOUR WARD\n", "WARD"),
        ("GROSS: tan tissue", "GROSS"),
        ("Will he need surgery?", "Will"),
        ("Marcus Gunn: nil", "Gunn"),
        ("GENETICS CLINIC SUMMARY", "GENETICS CLINIC"),
        ("I've rung the service", "I've"),
    ],
)
def test_headings_grammar_and_eponyms_of_two_words_are_nobody(text: str, said: str) -> None:
    start = text.index(said)
    assert is_nobody(text, Span(start, start + len(said), "name", "tagger"))


def test_a_heading_says_nothing_about_a_name_beside_a_name() -> None:
    assert not is_nobody("MR WARD SEEN", Span(3, 7, "name", "tagger"))

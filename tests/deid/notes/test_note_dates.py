"""Dates in sentences: found in every form, moved in their own form, left alone where they are values."""

from datetime import date, timedelta

import pytest

from residency.deid.dates import Dates
from residency.deid.notes.dates import find_dates


def rewritten(text: str, shift: int | None) -> str:
    out, at = [], 0
    for found in find_dates(text):
        out += [text[at : found.span.start], found.rewritten(Dates(shift)) or "[DATE]"]
        at = found.span.end
    return "".join(out) + text[at:]


@pytest.mark.parametrize(
    ("written", "moved", "year"),
    [
        ("03/14/2023", "02/02/2023", "2023"),
        ("3/4/23", "1/23/23", "2023"),
        ("14.03.2023", "02.02.2023", "2023"),
        ("2023-03-14", "2023-02-02", "2023"),
        ("2023-03-14T08:30:00Z", "2023-02-02T08:30:00Z", "2023"),
        ("20230314", "20230202", "2023"),
        ("March 14, 2023", "February 2, 2023", "2023"),
        ("Mar 14 2023", "Feb 2 2023", "2023"),
        ("14th of March 2023", "2nd of February 2023", "2023"),
        ("14-MAR-2023", "2-FEB-2023", "2023"),
        ("14MAR2023", "2FEB2023", "2023"),
        ("Tuesday, March 14, 2023", "Thursday, February 2, 2023", "2023"),
        ("Jan 2023", "Dec 2022", "2023"),
        ("March 3-7, 2023", "January 22-26, 2023", "2023"),
        ("14:35 on 29 Feb 2024", "14:35 on 20 Jan 2024", "2024"),
        ("03/04/2024 at 10:15 am", "01/24/2024 at 10:15 am", "2024"),
        ("the twenty-third of April 2023", "the fourteenth of March 2023", "the 2023"),
        ("7/2018", "6/2018", "2018"),
    ],
)
def test_a_date_keeps_its_form_when_it_moves(written: str, moved: str, year: str) -> None:
    assert rewritten(f"Seen {written}.", -40) == f"Seen {moved}."
    assert rewritten(f"Seen {written}.", None) == f"Seen {year}."


@pytest.mark.parametrize(
    "text",
    [
        "strength 5/5 throughout",
        "2/6 systolic murmur",
        "pain 3/10",
        "BP 120/80",
        "GCS 15/15",
        "vision 20/40",
        "1/2 NS at 75",
        "Apgars 8/9",
        "2/14 lymph nodes",
        "she may go home",
        "he will march on",
        "T 98.6",
        "in 2019",
        "2 days ago",
        "yesterday",
        "POD#2",
        "L4-5 disc",
        "Gleason 3+4=7",
        "4-6 weeks",
        "ratio 3.10",
        "D5 1/2NS",
        "motor 4/5 in the left arm",
        "INR 2.3 on 5 mg",
        "q4-6h",
        "3/4 cup of water",
        "24/7",
        "1:1000",
        "grade 3/6",
    ],
)
def test_values_and_relative_dates_stay(text: str) -> None:
    assert rewritten(text, -40) == text


@pytest.mark.parametrize(
    "text",
    [
        "Seen on 3/4 in clinic",
        "labs 3/4: normal",
        "f/u 4/12",
        "admitted 12/30",
        "CT 7/9 showed",
        "03-Apr",
        "since May",
        "on Christmas Eve",
        "until Thanksgiving",
        "on the 14th",
        "spring 2021",
        "over Labor Day weekend",
        "14:05 5/6",
    ],
)
def test_a_partial_date_or_a_holiday_does_not_stay(text: str) -> None:
    for shift in (-40, None):
        assert rewritten(text, shift) != text


def test_where_only_years_may_stay_nothing_else_of_a_date_does() -> None:
    assert rewritten("Seen Mon 3/4, 03/05/2024 14:30 and in May.", None) == "Seen [DATE], 2024 and in [DATE]."


def test_every_interval_survives_in_whatever_form_the_dates_are_written() -> None:
    forms = ("%m/%d/%Y", "%B %d, %Y", "%Y-%m-%d", "%d-%b-%Y", "%b %d %Y")
    for days in range(0, 800, 17):
        first, second = date(2020, 2, 27), date(2020, 2, 27) + timedelta(days=days)
        for form in forms:
            text = f"from {first.strftime(form)} to {second.strftime('%m/%d/%Y')}"
            moved = find_dates(rewritten(text, -111))
            assert [found.day for found in moved] == [first - timedelta(days=111), second - timedelta(days=111)]


def test_a_note_that_puts_the_day_first_is_read_so() -> None:
    assert [found.day for found in find_dates("13/02/2022 then 03/02/2022")] == [date(2022, 2, 13), date(2022, 2, 3)]
    assert [found.day for found in find_dates("02/13/2022 then 03/02/2022")] == [date(2022, 2, 13), date(2022, 3, 2)]


def test_a_year_of_birth_ninety_years_back_goes_whole() -> None:
    assert rewritten("DOB: 03/14/1931. Seen 2023-05-01", None) == "DOB: [DATE]. Seen 2023"
    assert rewritten("Born in 1928. Seen 2023-05-01", -40) == "Born in [DATE]. Seen 2023-03-22"
    assert rewritten("DOB: 03/14/1961. Seen 2023-05-01", None) == "DOB: 1961. Seen 2023"

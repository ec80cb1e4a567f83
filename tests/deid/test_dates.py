"""What becomes of dates: one shift in every form, or the year alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.deid.dates import Dates

FORMS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.000+02:00", "%Y%m%d", "%Y%m%d%H%M%S", "%Y/%m/%d")
DAYS = st.dates(date(1901, 1, 1), date(2090, 1, 1))


@given(one=DAYS, other=DAYS, shift=st.integers(-365, -1), form=st.sampled_from(FORMS))
def test_the_interval_between_two_dates_survives_in_every_form(one, other, shift, form):
    dates = Dates(shift)
    new = [date.fromisoformat(_digits(dates.text(day.strftime(form)))) for day in (one, other)]
    assert new[1] - new[0] == other - one
    assert (new[0] - one).days == shift


def _digits(text: str) -> str:
    bare = text.replace("-", "").replace("/", "")
    return f"{bare[:4]}-{bare[4:6]}-{bare[6:8]}"


@pytest.mark.parametrize(
    ("value", "shifted", "year"),
    [
        ("2024-03-01T08:30:00+01:00", "2024-01-21T08:30:00+01:00", "2024"),
        ("2024-03-01 08:30", "2024-01-21 08:30", "2024"),
        ("2024-03-01T08:30:00.123Z", "2024-01-21T08:30:00.123Z", "2024"),
        ("202403010830", "202401210830", "2024"),
        ("20240301083000.5-0500", "20240121083000.5-0500", "2024"),
        ("2024-03", "2024-02", "2024"),
        ("2024", "2024", "2024"),
        ("2024/3/1", "2024/1/21", "2024"),
        ("2024-02-29", "2024-01-20", "2024"),
    ],
)
def test_a_date_keeps_its_form_its_time_and_how_coarse_it_is(value, shifted, year):
    assert Dates(-40).text(value) == shifted
    assert Dates(None).text(value) == year


@pytest.mark.parametrize("value", ["", "yesterday", "2023-02-29", "2024-13-01", "20241301", "12345", "0001-01-01T"])
def test_what_is_no_date_gives_nothing(value):
    assert Dates(-40).text(value) is None
    assert Dates(None).text(value) is None


def test_a_shift_is_not_shown():
    assert "40" not in repr(Dates(-40))

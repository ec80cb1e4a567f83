"""Dates keep their intervals, ages their categories, dummies their shape."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.deid.dicom.values import cap_age, dummy, shift

DAYS = st.dates(date(1901, 1, 1), date(2099, 12, 31))


@given(DAYS, DAYS, st.integers(-365, -1))
def test_the_interval_between_two_dates_of_a_subject_stays(one: date, two: date, days: int) -> None:
    moved = [date.fromisoformat(shift(d.strftime("%Y%m%d").encode(), b"DA", days).decode()) for d in (one, two)]
    assert moved[1] - moved[0] == two - one
    assert moved[0] == one + timedelta(days=days)


@pytest.mark.parametrize(
    ("before", "vr", "after"),
    [
        (b"20240229", b"DA", b"20240228"),
        (b"2024.03.01", b"DA", b"20240229"),
        (b"20240301\\20240302", b"DA", b"20240229\\20240301 "),
        (b"20240101120000.123456+0100", b"DT", b"20231231120000.123456+0100"),
        (b"20240101-0500", b"DT", b"20231231-0500 "),
        (b"202401", b"DT", b"202401"),
        (b"2024", b"DT", b"2024"),
        (b"101530.25", b"TM", b"101530.25 "),
        (b"+0100 ", b"SH", b"+0100 "),
        (b"", b"DA", b""),
    ],
)
def test_each_form_of_date_moves_by_one_day_and_keeps_its_form(before: bytes, vr: bytes, after: bytes) -> None:
    assert shift(before, vr, -1) == after


@pytest.mark.parametrize(
    ("value", "vr"),
    [
        (b"20240230", b"DA"),
        (b"Mai 2024", b"DA"),
        (b"Ng", b"TM"),
        (b"Berlin", b"SH"),
        (b"20241301", b"DT"),
        (b"x", b"LO"),
    ],
)
def test_what_is_no_date_is_not_passed_off_as_one(value: bytes, vr: bytes) -> None:
    assert shift(value, vr, -1) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"094Y", b"090Y"),
        (b"090Y", b"090Y"),
        (b"089Y", b"089Y"),
        (b"010M", b"010M"),
        (b"1100M", b"090Y"),
        (b"Ng", None),
    ],
)
def test_ninety_and_older_is_one_category(before: bytes, after: bytes | None) -> None:
    assert cap_age(before) == after


def test_every_dummy_is_there_and_of_even_length() -> None:
    for (
        vr
    ) in b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SS ST SV TM UC UL UN UR US UT UV".split():
        assert dummy(vr)
        assert len(dummy(vr)) % 2 == 0

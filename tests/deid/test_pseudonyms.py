"""Names that the project's key gives: the same everywhere for one project, unlike for two."""

import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.deid.dates import Dates
from residency.deid.dicom.values import shift
from residency.deid.pseudonyms import Identity, Pseudonyms, WeakKey, alias
from tests.contracts.names import NamesContract

KEY = bytes(range(32))
WORDS = st.text(max_size=20)
DAYS = st.dates(date(1901, 1, 1), date(2090, 1, 1))
GIVEN = """
import sys
from residency.deid.pseudonyms import Pseudonyms
names = Pseudonyms(bytes.fromhex(sys.stdin.readline()))
for line in sys.stdin:
    issuer, number = line.rstrip("\\n").split("|")
    print(names.code(issuer, number), names.thing("visit", number), names.uid(number), names.shift_days(issuer, number))
"""


class TestPseudonyms(NamesContract):
    """Under a key: nothing is kept, and the next run begins from the key alone."""

    def project(self, number: int) -> Pseudonyms:
        return Pseudonyms(bytes(range(number, number + 32)))

    def next_run(self, names: Pseudonyms) -> Pseudonyms:
        return self.project(1)


def test_every_process_gives_the_same_names_whatever_it_named_before() -> None:
    """Hashing of strings differs between processes (PYTHONHASHSEED), and so does the order of the work."""
    who = [("SITE-A" if number % 3 else "", f"0{number * 7919 % 10_000}") for number in range(200)]
    orders = [who, who[100:] + who[:100][::-1]]
    asked = [KEY.hex() + "\n" + "".join(f"{issuer}|{number}\n" for issuer, number in order) for order in orders]
    program = [sys.executable, "-c", GIVEN]
    running = [subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in orders]
    said = [one.communicate(ask)[0].splitlines() for one, ask in zip(running, asked, strict=True)]
    names = Pseudonyms(KEY)
    here = {
        (i, n): f"{names.code(i, n)} {names.thing('visit', n)} {names.uid(n)} {names.shift_days(i, n)}" for i, n in who
    }
    assert [dict(zip(order, lines, strict=True)) for order, lines in zip(orders, said, strict=True)] == [here] * 2


def test_threads_share_the_names_of_a_key() -> None:
    names, numbers = Pseudonyms(KEY), [str(number) for number in range(2000)]
    alone = [Pseudonyms(KEY).code("A", number) for number in numbers]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda number: names.code("A", number), numbers)) == alone


def test_the_names_of_a_key_are_those_of_its_last_release() -> None:
    """Written down: a change of these would give every subject of a running protocol a second code."""
    names = Pseudonyms(KEY)
    assert names.code("SITE-A", "42") == "T4DI7TPMAR5BACMF"
    assert names.uid("1.2.3.4") == "2.25.152426718915886907667011794634292363124"
    assert names.thing("visit", "42") == "JJXLE3BKC4NFEL6G"
    assert names.shift_days("SITE-A", "42") == -335


def test_shifts_are_whole_days_never_zero_and_spread_evenly_over_a_year() -> None:
    """Chi square over 365 days has a mean of 364 and a deviation of 27; the key is fixed, so the figure is, too."""
    names, patients = Pseudonyms(KEY), 73_000
    counts = Counter(names.shift_days("A", str(number)) for number in range(1, patients + 1))
    assert set(counts) == set(range(-365, 0))
    even = patients / 365
    assert sum((count - even) ** 2 / even for count in counts.values()) < 364 + 4 * 27


@given(WORDS, WORDS, DAYS, DAYS)
def test_the_interval_between_any_two_dates_of_a_subject_survives_in_every_kind_of_data(issuer, number, one, other):
    dates = alias(Pseudonyms(KEY), Identity(issuer, number)).dates
    days = dates.shift
    in_text = [date.fromisoformat(dates.text(day.isoformat())) for day in (one, other)]
    in_compact = [date.fromisoformat(dates.text(day.strftime("%Y%m%d"))) for day in (one, other)]
    in_dicom = [
        date.fromisoformat(shift(day.strftime("%Y%m%d").encode(), b"DA", days).decode()) for day in (one, other)
    ]
    assert in_text == in_compact == in_dicom == [dates.moved(day) for day in (one, other)]
    assert in_text[1] - in_text[0] == other - one
    assert in_text[0] < one
    assert in_text[0] - one == timedelta(days=days)


def test_the_shift_of_another_visit_of_a_patient_is_the_shift_of_the_first() -> None:
    """Seen from the outside: the shift hangs on the patient and on nothing else."""
    names = Pseudonyms(KEY)
    assert Dates(names.shift_days("A", "042")) == Dates(names.shift_days(" a", "42"))


def test_a_short_key_is_refused_and_no_key_is_shown() -> None:
    with pytest.raises(WeakKey) as caught:
        Pseudonyms(b"short")
    assert "short" not in str(caught.value)
    assert repr(Pseudonyms(KEY)) == "Pseudonyms(…)"

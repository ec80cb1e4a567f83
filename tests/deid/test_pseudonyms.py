"""Names that the project's key gives: the same everywhere for one project, unlike for two."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.deid.pseudonyms import Pseudonyms, WeakKey, canonical_id

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
UIDS = st.from_regex(r"1\.2\.(826|392)(\.[1-9][0-9]{0,8}){2,5}", fullmatch=True)


@given(UIDS)
def test_a_new_uid_is_valid_and_another(original: str) -> None:
    new = Pseudonyms(KEY).uid(original)
    assert new.startswith("2.25.")
    assert len(new) <= 64
    assert int(new[5:]) < 2**128
    assert str(int(new[5:])) == new[5:]
    assert new != original


@given(st.text("0123456789ABCab", min_size=1, max_size=12), st.text("AB", max_size=3))
def test_two_projects_cannot_be_linked(patient: str, issuer: str) -> None:
    one, two = Pseudonyms(KEY), Pseudonyms(OTHER_KEY)
    assert one.code(issuer, patient) != two.code(issuer, patient)
    assert one.uid(f"1.2.3.{len(patient)}") != two.uid(f"1.2.3.{len(patient)}")


def test_another_process_gives_the_same_names() -> None:
    program = (
        "from residency.deid.pseudonyms import Pseudonyms; p = Pseudonyms(bytes(range(32)));"
        "print(p.code('A', '42'), p.uid('1.2.3.4'), p.shift_days('A', '42'))"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    here = Pseudonyms(KEY)
    assert said == [here.code("A", "42"), here.uid("1.2.3.4"), str(here.shift_days("A", "42"))]


@pytest.mark.parametrize("spelling", ["00042ab", " 42AB ", "42ab", "042Ab\0"])
def test_one_patient_in_many_spellings_has_one_code(spelling: str) -> None:
    assert Pseudonyms(KEY).code("site-a ", spelling) == Pseudonyms(KEY).code("SITE-A", "42AB")


def test_the_issuer_tells_two_patients_with_one_number_apart() -> None:
    names = Pseudonyms(KEY)
    assert names.code("A", "1") != names.code("B", "1")
    assert names.code("A1", "2") != names.code("A", "12")
    assert canonical_id("0000") == "0"


def test_shifts_are_whole_days_never_zero_and_differ_between_subjects() -> None:
    names = Pseudonyms(KEY)
    shifts = [names.shift_days("A", str(number)) for number in range(1, 3000)]
    assert all(-365 <= shift <= -1 for shift in shifts)
    assert len(set(shifts)) > 350


def test_only_a_uid_that_the_standard_lists_keeps_its_meaning() -> None:
    for known in ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.4.1.1"):
        assert Pseudonyms(KEY).uid(known) == known
    for own in ("1.2.840.100081.5", "1.2.840.10008.99.4711", "2.16.840.1.113883.3.4711.20240229"):
        assert Pseudonyms(KEY).uid(own).startswith("2.25.")


def test_a_short_key_is_refused_and_no_key_is_shown() -> None:
    with pytest.raises(WeakKey):
        Pseudonyms(b"short")
    assert repr(Pseudonyms(KEY)) == "Pseudonyms(…)"

"""Attacks on what is released. Each one works on a careless tool, fails on ours, and works on ours with the secret.

Numbers have seven digits and are tried one by one; days are known from the newspaper; two releases are laid side by
side. What names cannot hide is attacked, too, and said: those tests succeed in attacking.
"""

import base64
import random
import re
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from residency.deid import pseudonyms
from residency.deid.dates import Dates
from residency.deid.pseudonyms import Names, Pseudonyms
from residency.deid.vault import Vault
from tests.deid.attacker import (
    ISSUER,
    SPACE,
    Careless,
    Patient,
    Released,
    guess_of,
    guesses,
    patients,
    release,
    study_uid,
    try_numbers,
    try_uids,
    uid_guess_of,
    uid_guesses,
)
from tests.deid.ct_files import BASIC

SEED = random.SystemRandom().randrange(2**32)
BLOCK = range(4_200_000, 4_202_500)
MANY = 3000
SAID = " ".join((pseudonyms.__doc__ or "").split())
"""What the documentation of keyed names admits."""


@pytest.fixture(autouse=True)
def _seeded(request):
    """Every test prints the seed of this run; a failure is repeated by writing it in place of SEED."""
    print(f"seed {SEED}")


@pytest.fixture(scope="module")
def secret() -> bytes:
    return key("ours")


@pytest.fixture(scope="module")
def ours(secret) -> Pseudonyms:
    return Pseudonyms(secret)


@pytest.fixture(scope="module")
def vault() -> Vault:
    return Vault()


@pytest.fixture(scope="module")
def people() -> list[Patient]:
    return patients(chance("people"), 6, BLOCK)


@pytest.fixture(scope="module")
def released(ours, people) -> Released:
    return release(ours, people)


@pytest.fixture(scope="module")
def released_at_random(vault, people) -> Released:
    return release(vault, people, BASIC)


@pytest.fixture(scope="module")
def careless(people) -> Released:
    return release(Careless(), people)


def chance(what: str) -> random.Random:
    """One for each purpose, so that a test alone draws what it draws among the others."""
    return random.Random(f"{SEED} {what}")


def key(what: str) -> bytes:
    return chance(what).randbytes(32)


def numbers_of(names: Names, people: list[Patient]) -> dict[str, str]:
    return {names.code(ISSUER, who.number): who.number for who in people}


# ---- every number of the hospital is tried


def test_trying_numbers_leads_back_from_a_bare_hash(careless, people):
    assert try_numbers(careless.codes, BLOCK, guesses()) == numbers_of(Careless(), people)


def test_trying_numbers_leads_back_from_no_code_of_ours(released, released_at_random):
    assert try_numbers(released.codes + released_at_random.codes, BLOCK, guesses()) == {}


def test_trying_numbers_with_the_key_leads_back_from_every_code(released, ours, people):
    assert try_numbers(released.codes, BLOCK, {"the key": guess_of(ours)}) == numbers_of(ours, people)


def test_trying_numbers_with_another_projects_key_leads_back_from_none(released, released_at_random, secret):
    others = [secret[:-1] + bytes([secret[-1] ^ 1]), secret[::-1], secret + b"\0", key("another")]
    tried = {str(place): guess_of(Pseudonyms(other)) for place, other in enumerate(others)}
    assert try_numbers(released.codes + released_at_random.codes, BLOCK, tried) == {}


def test_trying_numbers_with_the_opened_vault_leads_back_and_with_another_does_not(released_at_random, vault, people):
    held = Vault.open(vault.dump())
    assert try_numbers(released_at_random.codes, BLOCK, {"held": guess_of(held)}) == numbers_of(vault, people)
    assert try_numbers(released_at_random.codes, BLOCK[:500], {"another": guess_of(Vault())}) == {}


@pytest.mark.long
def test_trying_every_number_of_seven_digits_leads_back_from_no_code_of_ours(released, released_at_random, careless):
    likely = ("md5 of number", "sha256 of number", "HMAC b'' of number")
    quick = {name: guesses()[name] for name in likely}
    found = try_numbers(released.codes + released_at_random.codes + careless.codes, range(SPACE), quick)
    assert set(found) == set(careless.codes)


# ---- every UID that the scanner could have made is tried


def uids_of_block(day: date):
    """The attacker knows the day of an examination and how the scanner numbers studies, and tries every patient."""
    return (study_uid(str(number), day) for number in BLOCK)


def led_back(released: Released, people: list[Patient], tried) -> set[str]:
    new = [uid for studies in released.studies.values() for uid in studies]
    return {original for who in people for original in try_uids(new, uids_of_block(who.visits[0]), tried).values()} & {
        who.studies[0] for who in people
    }


def test_trying_uids_leads_back_from_those_of_a_careless_tool(careless, people):
    assert led_back(careless, people[:2], {"uuid5": uid_guesses()["uuid5"]}) == {who.studies[0] for who in people[:2]}


def test_trying_uids_leads_back_from_none_of_ours(released, released_at_random, people):
    for found in (released, released_at_random):
        assert led_back(found, people[:1], uid_guesses()) == set()


def test_trying_uids_with_the_secret_leads_back_from_all(released, released_at_random, ours, vault, people):
    for found, names in ((released, ours), (released_at_random, Vault.open(vault.dump()))):
        tried = {"the secret": uid_guess_of(names)}
        assert led_back(found, people[:2], tried) == {who.studies[0] for who in people[:2]}


def test_no_file_holds_a_number_a_birth_date_or_a_uid_of_the_hospital(released, released_at_random, people):
    said = [said for who in people for said in (who.number, f"{who.born:%Y%m%d}", *map(re.escape, who.studies))]
    sought = re.compile(rf"(?<!\d)({'|'.join(said)})(?!\d)".encode())  # longer numbers hold any other by chance
    assert sought.search(b"of " + people[0].number.encode())
    assert [found for data in released.files + released_at_random.files if (found := sought.search(data))] == []


# ---- a day that stood in the newspaper


def shift_from_newspaper(released: Released, code: str, true: date) -> timedelta:
    """The patient of a known accident is found by other means; the day in the file tells the shift."""
    return date.fromisoformat(released.days[code][0]) - true


def dated(released: Released, shift: timedelta, names: Names, people: list[Patient]) -> list[Patient]:
    """Those whose true days come out if this shift is taken back."""
    found = []
    for who in people:
        days = [date.fromisoformat(day) - shift for day in released.days[names.code(ISSUER, who.number)]]
        found += [who] if tuple(days) == who.visits else []
    return found


def test_the_shift_of_one_patient_dates_everybody_where_all_have_one_shift(careless, people):
    shift = shift_from_newspaper(careless, Careless().code(ISSUER, people[0].number), people[0].visits[0])
    assert dated(careless, shift, Careless(), people) == people


def test_the_shift_of_one_patient_dates_nobody_else(ours):
    """Of 3000 others 3000/365 have the same shift by chance, and nobody can say which: more than 30 never happen."""
    many = patients(chance("many"), MANY)
    first = Dates(ours.shift_days(ISSUER, many[0].number)).moved(many[0].visits[0]) - many[0].visits[0]
    hit = [who for who in many[1:] if timedelta(days=ours.shift_days(ISSUER, who.number)) == first]
    assert len(hit) <= 30


def test_with_the_key_every_day_of_every_patient_comes_out(released, ours, people):
    for who in people:
        shift = timedelta(days=ours.shift_days(ISSUER, who.number))
        assert dated(released, shift, ours, [who]) == [who]


def test_neighbours_in_the_numbering_and_in_issuers_say_nothing_of_a_shift(ours):
    """Differences of the shifts of neighbours are as spread as those of strangers: no step stands out."""
    for near in (
        [(ISSUER, str(number)) for number in range(MANY)],
        [(f"SITE-{number}", "4711") for number in range(MANY)],
        [(ISSUER, f"{number}00") for number in range(MANY)],
    ):
        shifts = [ours.shift_days(*who) for who in near]
        steps = Counter((one - other) % 365 for one, other in pairwise(shifts))
        assert max(steps.values()) <= 35  # 8.2 on average


def test_a_code_does_not_tell_the_shift_of_its_subject(ours):
    """The code lies open: were both cut from one HMAC, its bytes would be the shift."""
    for cut in (slice(0, 8), slice(0, 4), slice(2, 10)):
        offsets = Counter()
        for number in map(str, range(MANY)):
            said = int.from_bytes(base64.b32decode(ours.code(ISSUER, number))[cut], "big")
            offsets[(said + ours.shift_days(ISSUER, number)) % 365] += 1
        assert max(offsets.values()) <= 35


def test_a_birth_date_cannot_be_told_from_364_others_without_the_key(ours):
    """Every day of a year before fits the released one equally, and the likeliest guess is right as often as any."""
    many = patients(chance("many"), MANY)
    offs = Counter()
    for who in many:
        moved = Dates(ours.shift_days(ISSUER, who.number)).moved(who.born)
        offs[(who.born - moved).days] += 1
    assert len(offs) > 350
    assert max(offs.values()) <= 35
    with_key = [
        Dates(ours.shift_days(ISSUER, who.number)).moved(who.born) - timedelta(ours.shift_days(ISSUER, who.number))
        for who in many
    ]
    assert with_key == [who.born for who in many]


def test_a_code_does_not_hang_on_a_birth_date_or_a_day(ours, people):
    """What is not in the message cannot be tried out of it."""
    who = people[0]
    older = Patient(who.number, who.born - timedelta(days=9000), tuple(day - timedelta(days=50) for day in who.visits))
    assert release(ours, [older]).codes == release(ours, [who]).codes


def test_a_vault_releases_no_day_at_all(released_at_random, people):
    years = {str(day.year) for who in people for day in who.visits}
    days = {day for days in released_at_random.days.values() for day in days}
    assert days <= {"", *years}


# ---- two releases side by side


def linked(one: Released, other: Released) -> set[str]:
    """Codes of the first release that the second has, too, by code or by any study."""
    theirs = {uid for studies in other.studies.values() for uid in studies}
    return {code for code, studies in one.studies.items() if code in other.studies or theirs & set(studies)}


def test_two_releases_of_a_careless_tool_are_one(careless, people):
    assert linked(careless, release(Careless(), people)) == set(careless.codes)


def test_two_projects_share_no_code_and_no_uid(released, released_at_random, people):
    second, at_random = release(Pseudonyms(key("another")), people), release(Vault(), people, BASIC)
    releases = [released, second, released_at_random, at_random]
    for place, one in enumerate(releases):
        for other in releases[place + 1 :]:
            assert linked(one, other) == set()


def test_shifts_of_two_projects_do_not_go_together():
    """Who knows a patient's shift in one project knows nothing of the other: no offset between the two stands out."""
    one, two = Pseudonyms(key("one")), Pseudonyms(key("two"))
    offsets = Counter((one.shift_days("", str(n)) - two.shift_days("", str(n))) % 365 for n in range(MANY))
    assert max(offsets.values()) <= 35


def test_who_holds_both_keys_links_two_projects(released, ours, people):
    other = Pseudonyms(key("another"))
    second = release(other, people)
    tried = ({"": guess_of(names)} for names in (ours, other))
    mine, theirs = (try_numbers(r.codes, BLOCK, t) for r, t in zip((released, second), tried, strict=True))
    assert sorted(mine.values()) == sorted(theirs.values()) == sorted(who.number for who in people)


def test_the_order_of_codes_says_nothing_of_the_order_of_numbers(ours, vault):
    """A careless tool that counts its patients through gives their order away; ranks of ours do not go together."""
    numbers = [str(number) for number in range(1, MANY + 1)]
    counted = [f"SUBJECT-{place:05}" for place in range(MANY)]
    assert agreement(counted) > 0.99
    for names in (ours, vault):
        assert abs(agreement([names.code(ISSUER, number) for number in numbers])) < 5 / MANY**0.5


def agreement(codes: list[str]) -> float:
    """Spearman's rank correlation of the codes with the order in which they stand."""
    ranks = {code: rank for rank, code in enumerate(sorted(codes))}
    squares = sum((place - ranks[code]) ** 2 for place, code in enumerate(codes))
    return 1 - 6 * squares / (len(codes) * (len(codes) ** 2 - 1))


# ---- one shift for everybody


def test_no_shift_is_that_of_many(ours):
    careless = Counter(Careless().shift_days(ISSUER, str(number)) for number in range(MANY))
    assert max(careless.values()) == MANY
    shifts = Counter(ours.shift_days(ISSUER, str(number)) for number in range(MANY))
    assert 0 not in shifts
    assert len(shifts) > 350
    assert max(shifts.values()) <= 35


# ---- what names do not hide: these attacks succeed, and the documentation says so


def test_two_releases_under_one_key_are_linked_by_code_uid_and_shift(released, secret, people):
    second = release(Pseudonyms(secret), people)
    assert linked(released, second) == set(released.codes)
    assert (second.studies, second.days) == (released.studies, released.days)
    assert "Two releases under one key can" in SAID


def test_one_known_day_of_a_patient_dates_all_others_of_the_same_patient(released, ours, people):
    for who in people:
        shift = shift_from_newspaper(released, ours.code(ISSUER, who.number), who.visits[0])
        assert dated(released, shift, ours, [who]) == [who]
    assert "one known day of a subject dates all others of theirs" in SAID


def test_equal_pictures_and_equal_intervals_link_two_projects_whatever_their_names(released, people):
    second = release(Pseudonyms(key("another")), people)
    by_picture = {
        mine: code
        for mine, pictures in released.pictures.items()
        for code, theirs in second.pictures.items()
        if pictures == theirs
    }
    assert len(by_picture) == len(people)
    for mine, code in by_picture.items():
        assert _intervals(released.days[mine]) == _intervals(second.days[code])
    assert "pictures and intervals stay what they were" in SAID


def test_a_long_record_kept_on_weekdays_alone_tells_its_shift_modulo_seven(ours):
    """A clinic closed on Sundays leaves one day of the week empty, wherever the shift has moved it."""
    days = [date(2020, 1, 6) + timedelta(days=number) for number in range(700)]
    open_days = [day for day in chance("days").sample(days, 300) if day.weekday() != 6]
    for number in range(20):
        shift = ours.shift_days(ISSUER, str(number))
        seen = {Dates(shift).moved(day).weekday() for day in open_days}
        (empty,) = set(range(7)) - seen
        assert (6 + shift) % 7 == empty
    assert "tells its shift modulo 7" in SAID


def _intervals(days: list[str]) -> list[timedelta]:
    dates = [date.fromisoformat(day) for day in days]
    return [later - earlier for earlier, later in pairwise(dates)]

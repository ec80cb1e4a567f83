"""What was kept as long as its protocol allows is forgotten, not a day earlier; doctor says when it is time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from residency.dataset.expire import NothingKept, ProtocolAmended, RetentionRuns, due, kept_until
from residency.dataset.version import DatasetVersion, find
from residency.govern.forgetting import Withdrawal
from residency.govern.gate import NotAllowed
from residency.govern.terms import Terms
from residency.kernel.clock import system_clock
from residency.protocol.people import Nothing
from residency.protocol.protocol import Amend, Approve, NamedProtocol, Protocol
from residency.store.arrays import open_volume
from residency.store.keys import KeyGroup, KeySpace
from residency.store.sealed import KeyNotHeld
from residency.wiring import open_site
from tests.dataset.test_version import items_of, keys_of
from tests.dataset.test_withdraw import member, withdraw
from tests.fakes.clinic import NUMBER, Clinic

AT = datetime(2031, 12, 31, 23, 59, 59, 999999, UTC)
OVER = AT + timedelta(days=3650)
"""The last moment at which images may be kept under the clinic's protocol."""
TODAY = system_clock()
CHECK = "Nothing is kept longer than its protocol allows"
MOMENT = timedelta(microseconds=1)


class Later(Clinic):
    """The same clinic on another day, which the test sets."""

    def __init__(self, clinic, now):
        clinic.site.ledger.close()
        self.now = now
        super().__init__(open_site(clinic.site.folder, clock=lambda: self.now))


@pytest.fixture
def later(frozen_clinic):
    clinic = Later(frozen_clinic, OVER + MOMENT)
    yield clinic
    clinic.site.ledger.close()


@pytest.fixture
def studied_later(studied_clinic):
    clinic = Later(studied_clinic, OVER + MOMENT)
    yield clinic
    clinic.site.ledger.close()


def expired(clinic, by="data-steward"):
    return clinic.do(by, "protocol.expire", NamedProtocol(protocol=NUMBER))


def in_time(clinic):
    rows = {row["check"]: row for row in clinic.do("root", "site.doctor", Nothing()).rows}
    return rows[CHECK]


def living(clinic):
    return {group.id: group for group in clinic.site.ledger.all(KeyGroup) if not group.destroyed}


def test_when_the_time_is_over_no_key_of_any_subject_is_left_and_every_list_is(later):
    version, lists = find(later.site, "liver-ct"), {n for n, g in living(later).items() if g.subject.startswith("-")}
    before, gone = living(later), expired(later)
    assert set(living(later)) == lists
    assert set(gone.groups) == set(before) - lists
    kinds = {later.site.ledger.get(KeySpace, space).owner.partition("-")[0] for space in gone.spaces}
    assert kinds == {"source", "deid", "dataset"}
    assert all(row["holds"] for row in later.do("root", "site.doctor", Nothing()).rows)
    later.now = TODAY  # when the manifest may be read
    keys, items = keys_of(later, version), items_of(later, version)
    assert items
    for item in items:
        with pytest.raises(KeyNotHeld):
            open_volume(later.site.sealed, item.array("image"), keys)


def test_nothing_is_destroyed_at_the_last_moment_of_its_time_and_the_refusal_says_from_when(later):
    before, generations = living(later), later.site.ring.generations()
    for now in (AT, AT + timedelta(days=3649), OVER):
        later.now = now
        with pytest.raises(RetentionRuns, match="imaging is kept until 2041-12-28"):
            expired(later)
        assert in_time(later)["holds"]
    assert (living(later), later.site.ring.generations()) == (before, generations)
    later.now = OVER + MOMENT
    assert expired(later).groups


def test_the_record_names_the_data_type_the_protocol_and_all_that_saw_the_data(studied_later):
    clinic = studied_later
    gone = expired(clinic)
    protocol = clinic.site.ledger.get(Protocol, NUMBER)
    assert (gone.subject, gone.data_type, gone.protocol) == ("", "imaging", protocol.id)
    assert set(gone.versions) == {version.digest() for version in clinic.site.ledger.all(DatasetVersion)}
    kinds = {line.partition(" ")[0] for line in gone.saw}
    assert {"dataset-version", "run", "model", "evaluation-plan", "evaluation"} <= kinds
    assert gone.reason == f"Retention under {NUMBER} is over."


def test_the_doctor_names_the_command_until_it_was_given(later):
    found = in_time(later)
    assert (found["holds"], found["detail"]) == (False, f"Destroy the keys: residency protocol expire {NUMBER}")
    expired(later)
    assert in_time(later)["holds"]


def test_to_expire_again_destroys_nothing_more_and_returns_the_record_that_is_there(later):
    first, generations = expired(later), later.site.ring.generations()
    assert expired(later) == first
    assert later.site.ring.generations() == generations
    assert later.site.ledger.all(Withdrawal) == [first]


def test_who_withdrew_before_is_not_destroyed_twice(later):
    later.now = TODAY
    withdrawn = withdraw(later, member(later))
    later.now = OVER + MOMENT
    gone = expired(later)
    assert withdrawn.groups
    assert not set(withdrawn.groups) & set(gone.groups)
    assert in_time(later)["holds"]


def test_only_those_who_may_forget_do(later):
    generations = later.site.ring.generations()
    for person in ("marsh", "silva", "abbas", "ito", "root"):
        with pytest.raises(NotAllowed):
            expired(later, by=person)
    assert later.site.ring.generations() == generations
    assert expired(later, by="privacy-officer").groups


def test_a_protocol_that_was_amended_to_go_on_keeps_what_came_in_before(later, tmp_path):
    amend(later, tmp_path, AT + timedelta(days=1))
    with pytest.raises(RetentionRuns, match="2041-12-29"):
        expired(later)
    later.now += timedelta(days=1)
    assert expired(later).groups


def test_an_amendment_that_comes_in_between_saves_the_data(later, tmp_path):
    """The clock is read when the record is made: the last moment before the transaction."""
    folder, amended = later.site.folder, []

    def now():
        if not amended and len(other.site.ring.generations()) > 1:
            amended.append(True)
            amend(later, tmp_path, AT + timedelta(days=900))
        return OVER + MOMENT

    other = Clinic(open_site(folder, clock=now))
    before = living(later)
    with pytest.raises(ProtocolAmended):
        expired(other)
    assert amended
    assert set(living(later)) == set(before)
    other.site.ledger.close()


def test_a_protocol_without_data_has_nothing_to_expire(clinic):
    later = Later(clinic, OVER + MOMENT)
    assert in_time(later)["holds"]
    with pytest.raises(NothingKept):
        expired(later)
    later.site.ledger.close()


def test_of_several_protocols_the_one_whose_time_ends_first_counts_for_each_data_type():
    late_but_short = protocol(2035, imaging=365)
    early_but_long = protocol(2030, imaging=3650, notes=30)
    both = kept_until([late_but_short, early_but_long])
    assert both == {
        "imaging": late_but_short.terms.ends + timedelta(days=365),
        "notes": early_but_long.terms.ends + timedelta(days=30),
    }
    assert kept_until([protocol(2030, imaging=10**9)])["imaging"].year == 9999


@given(st.data())
def test_what_is_said_of_a_subject_goes_with_the_last_of_their_data_and_never_before(data):
    kinds, codes = ("imaging", "notes", "genomes"), ("A", "B", "C")
    over = data.draw(st.sets(st.sampled_from(kinds), min_size=1))
    groups = [group("-manifest", "manifest")]
    for code in codes:
        for kind in data.draw(st.sets(st.sampled_from(kinds))):
            groups.append(group(code, kind, destroyed=data.draw(st.booleans())))
        groups.append(group(code, "subject", destroyed=data.draw(st.booleans())))
    going = due(groups, over, everything=over == set(kinds))
    assert not any(g.destroyed or g.subject.startswith("-") for g in going)
    for code in codes:
        theirs = [g for g in groups if g.subject == code and g.data_type != "subject"]
        stays = [g for g in theirs if not g.destroyed and g not in going]
        assert {g.data_type for g in stays}.isdisjoint(over)
        said = next(g for g in groups if g.subject == code and g.data_type == "subject")
        if not said.destroyed:
            never_had = not theirs and over != set(kinds)
            assert (said in going) == (not stays and not never_had)


def amend(clinic, folder, ends):
    letter = folder / "letter.txt"
    letter.write_text("Approved.")
    clinic.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="It goes on.", ends=ends))
    clinic.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=letter))


def protocol(year, **days):
    """A protocol of data types that may not be known yet."""
    words = {"protocols": ("p",), "purposes": (), "people": (), "classes": {}, "attributes": (), "countries": ()}
    end = datetime(year, 12, 31, tzinfo=UTC)
    terms = Terms.model_construct(**words, starts=end, ends=end, retention_days=days)
    return Protocol.model_construct(id=f"protocol-{year}", number=str(year), title="", terms=terms)


def group(subject, data_type, *, destroyed=False):
    wrapped, about = "" if destroyed else "w", {"made_at": AT, "made_by": "x", "space": "s"}
    return KeyGroup(id=f"{subject} {data_type}", subject=subject, data_type=data_type, wrapped=wrapped, **about)

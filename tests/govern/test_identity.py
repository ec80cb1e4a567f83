"""A person is a key: sessions end, the retired are turned away, and no administrator's path leads around it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from residency.govern.identity import (
    SESSION_HOURS,
    NotSignedIn,
    Person,
    PersonKey,
    PersonRetired,
    SigningKey,
    holds,
    key_of,
    make_person,
    sign_in,
    unlock,
    who,
)
from residency.govern.schema import sessions
from residency.kernel.note import PublicKey
from residency.protocol.people import NamedPerson
from residency.store.ring import RingDamaged, WrongPassphrase
from residency.store.rings import load_ring
from tests.fakes.records import AT


@pytest.fixture(scope="module")
def made() -> tuple[Person, PersonKey]:
    return make_person(
        name="rao",
        printed_name="Dr Rao",
        roles=("data-steward",),
        passphrase="correct horse",
        at=AT,
        by="system",
        memory_kib=8192,
    )


@pytest.fixture(scope="module")
def person(made) -> Person:
    return made[0]


@pytest.fixture(scope="module")
def key(made) -> PersonKey:
    return made[1]


@pytest.fixture
def home(ledger, person, key):
    with ledger.writing() as book:
        book.save(person.model_copy())
        book.save(key.model_copy())
    return ledger


def key_and_person(clinic, name: str) -> tuple[Person, PersonKey]:
    with clinic.site.ledger.reading() as book:
        person = book.get(Person, name)
        return person, key_of(book, person)


def test_a_passphrase_opens_the_key_that_belongs_to_the_public_one(person, key):
    opened = SigningKey("residency/person/rao", unlock(person, key, "correct horse"))
    assert str(opened.public) == person.public_key
    assert holds(PublicKey.parse(person.public_key), opened.sign(b"yes"), b"yes")
    assert not holds(PublicKey.parse(person.public_key), opened.sign(b"yes"), b"no")


@pytest.mark.parametrize("typed", ["", "Correct horse", "correct horse ", "passphrase of the site"])
def test_another_passphrase_opens_nothing(person, key, typed):
    with pytest.raises(WrongPassphrase, match="rao"):
        unlock(person, key, typed)


def test_a_sealed_key_moved_to_another_person_does_not_open(person, key):
    moved = person.model_copy(update={"id": "person-other"})
    with pytest.raises(WrongPassphrase):
        unlock(moved, key, "correct horse")


def test_whoever_holds_the_sites_key_ring_cannot_open_a_persons_key(clinic):
    person = clinic.site.ledger.get(Person, "silva")
    with clinic.site.ledger.reading() as book:
        key = key_of(book, person)
    ring = load_ring(clinic.site.ring.export())
    for wrapped in (key.sealed, f"g1.{key.sealed}"):
        with pytest.raises(RingDamaged):
            ring.unwrap(wrapped, purpose=person.id)
    development = (clinic.site.folder / "development.key").read_text()
    with pytest.raises(WrongPassphrase):
        unlock(person, key, development)


def test_a_session_says_who_it_is_until_it_ends(home, person):
    with home.writing() as book:
        token = sign_in(book, person, "correct horse", AT)
    with home.reading() as book:
        assert who(book, token, AT + timedelta(hours=SESSION_HOURS, seconds=-1)).id == person.id
        for later in (timedelta(hours=SESSION_HOURS), timedelta(days=9)):
            with pytest.raises(NotSignedIn):
                who(book, token, AT + later)


def test_the_ledger_keeps_no_token(home, person):
    with home.writing() as book:
        token = sign_in(book, person, "correct horse", AT)
        kept = book.connection.execute(select(sessions.c.token)).scalar()
    assert token not in kept
    assert kept.startswith("sha256:")


@pytest.mark.parametrize("token", ["", "AAAA", "' OR 1=1 --", "sha256:" + "0" * 64])
def test_a_token_that_was_not_given_signs_nobody_in(home, token):
    with home.reading() as book, pytest.raises(NotSignedIn):
        who(book, token, AT)


def test_a_wrong_passphrase_begins_no_session(home, person):
    with pytest.raises(WrongPassphrase), home.writing() as book:
        sign_in(book, person, "wrong", AT)
    with home.reading() as book:
        assert book.connection.execute(select(sessions)).all() == []


def test_sessions_that_have_ended_are_forgotten_at_the_next_sign_in(home, person):
    for day in range(3):
        with home.writing() as book:
            sign_in(book, person, "correct horse", AT + timedelta(days=day))
    with home.reading() as book:
        assert len(book.connection.execute(select(sessions)).all()) == 1


def test_a_retired_person_is_turned_away_at_once_and_for_good(clinic):
    site, person = clinic.site, clinic.site.ledger.get(Person, "silva")
    with site.ledger.writing() as book:
        token = sign_in(book, person, clinic.passphrase("silva"), site.clock())
    clinic.do("root", "person.retire", NamedPerson(name="silva"))
    with site.ledger.reading() as book, pytest.raises(NotSignedIn, match="retired"):
        who(book, token, site.clock())
    with site.ledger.reading() as book, pytest.raises(PersonRetired):
        unlock(book.get(Person, "silva"), key_of(book, person), clinic.passphrase("silva"))


def test_an_actor_in_the_log_has_no_name(person):
    assert "rao" not in str({k: v for k, v in person.actor().body().items() if k != "id"})
    assert set(person.actor().body()) == {"kind", "id", "roles"}


def test_a_signing_key_survives_its_journey_through_bytes(person, key):
    opened = SigningKey("residency/person/rao", unlock(person, key, "correct horse"))
    assert SigningKey.load(opened.export()).public == opened.public
    assert opened.export().hex()[20:60] not in repr(opened) + str(opened)


def test_the_record_of_a_person_that_goes_into_bundles_holds_no_sealed_key(made):
    person, key = made
    assert key.sealed not in str(person.body())
    assert key.salt not in str(person.body())

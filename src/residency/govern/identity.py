"""Who acts: people, each with a key of their own; runs; and the session that says who is signed in.

    person, key = make_person(name="rao", printed_name="Dr A. Rao", roles=["data-steward"], passphrase=…, …)
    private = unlock(person, key, passphrase)      # asked again at every signature
    token = sign_in(book, person, passphrase, now)  # good for a working day

A person is a key, not a row: the private key is sealed under the person's own passphrase (argon2id), and no
administrator's path leads around it. Not here: what somebody may do (`govern.policy`).
"""

import base64
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import delete, insert, select

from residency.errors import Refused
from residency.govern.ledger import Book
from residency.govern.schema import sessions
from residency.kernel.digest import digest
from residency.kernel.ids import new_id
from residency.kernel.note import PublicKey
from residency.kernel.record import Record
from residency.store.ring import ARGON2_MEMORY_KIB, RingDamaged, WrongPassphrase, derive, unwrap_under, wrap_under

SESSION_HOURS = 10

Role = Literal[
    "principal-investigator",
    "data-steward",
    "data-scientist",
    "ml-engineer",
    "clinical-reviewer",
    "privacy-officer",
    "irb-administrator",
    "system-administrator",
    "auditor",
]


class NotSignedIn(Refused):
    """No session, or one that has ended."""


class PersonRetired(Refused):
    """The person has left; the name is never given to somebody else."""


@dataclass(frozen=True)
class Actor:
    """Who calls an act: a person, or a run that a person submitted."""

    kind: Literal["person", "run", "system"]
    id: str
    name: str
    roles: tuple[str, ...] = ()

    def body(self) -> dict:
        """What the log keeps: identifiers and roles, no names of people."""
        return {"kind": self.kind, "id": self.id, "roles": sorted(self.roles)}


class Person(Record):
    """A member of the workforce: `name` to type, `printed_name` to show beside signatures, public key to check them."""

    kind: ClassVar[str] = "person"
    name: str
    printed_name: str
    roles: tuple[Role, ...]
    public_key: str
    state: Literal["active", "retired"] = "active"

    @property
    def handle(self) -> str:
        """People are found by the name they type."""
        return self.name

    def actor(self) -> Actor:
        """The person as one who acts."""
        return Actor("person", self.id, self.name, self.roles)


class PersonKey(Record):
    """A person's private key under their passphrase: apart from the person, whose record goes into bundles."""

    kind: ClassVar[str] = "person-key"
    person: str
    sealed: str
    salt: str
    memory_kib: int

    @property
    def scope(self) -> str:
        """Found by the person."""
        return self.person


def make_person(
    *,
    name: str,
    printed_name: str,
    roles: tuple[Role, ...],
    passphrase: str,
    at: datetime,
    by: str,
    memory_kib: int = ARGON2_MEMORY_KIB,
) -> tuple[Person, PersonKey]:
    """A new person, and a fresh Ed25519 key under the passphrase."""
    private, salt, identifier = Ed25519PrivateKey.generate(), os.urandom(16), new_id("person", at)
    sealed = wrap_under(derive(passphrase, salt, memory_kib), private.private_bytes_raw(), identifier)
    public = str(PublicKey(f"residency/person/{name}", private.public_key().public_bytes_raw()))
    about = {"made_at": at, "made_by": by}
    person = Person(id=identifier, name=name, printed_name=printed_name, roles=roles, public_key=public, **about)
    kept = {"person": identifier, "sealed": sealed, "salt": salt.hex(), "memory_kib": memory_kib}
    return person, PersonKey(id=new_id("person-key", at), **kept, **about)


def key_of(book: Book, person: Person) -> PersonKey:
    """The sealed key of a person."""
    return book.all(PersonKey, scope=person.id)[-1]


def unlock(person: Person, key: PersonKey, passphrase: str) -> Ed25519PrivateKey:
    """The person's private key; raises WrongPassphrase, PersonRetired."""
    if person.state != "active":
        raise PersonRetired(f"{person.name} is retired.", remedy="Somebody else must act.")
    under = derive(passphrase, bytes.fromhex(key.salt), key.memory_kib)
    try:
        return Ed25519PrivateKey.from_private_bytes(unwrap_under(under, key.sealed, person.id))
    except RingDamaged:
        raise WrongPassphrase(f"This passphrase is not that of {person.name}.", remedy="Try again.") from None


def signing_key(book: Book, person: Person, passphrase: str) -> "SigningKey":
    """The key with which a person signs; raises WrongPassphrase, PersonRetired."""
    return SigningKey(PublicKey.parse(person.public_key).name, unlock(person, key_of(book, person), passphrase))


def sign_in(book: Book, person: Person, passphrase: str, now: datetime) -> str:
    """A token for a working day; the ledger keeps only its digest. Raises WrongPassphrase, PersonRetired."""
    unlock(person, key_of(book, person), passphrase)
    token = base64.urlsafe_b64encode(os.urandom(32)).decode()
    ends = (now + timedelta(hours=SESSION_HOURS)).isoformat()
    book.connection.execute(delete(sessions).where(sessions.c.ends < now.isoformat()))
    book.connection.execute(insert(sessions).values(token=digest(token.encode()), person=person.id, ends=ends))
    return token


def who(book: Book, token: str, now: datetime) -> Person:
    """The person whose session this is; raises NotSignedIn."""
    row = book.connection.execute(select(sessions).where(sessions.c.token == digest(token.encode()))).first()
    if row is None or datetime.fromisoformat(row.ends) <= now:
        raise NotSignedIn("Nobody is signed in here, or the session has ended.", remedy="Run 'residency sign-in NAME'.")
    person = book.get(Person, row.person)
    if person.state != "active":
        raise NotSignedIn(f"{person.name} is retired.", remedy="Sign in as somebody else.")
    return person


class SigningKey:
    """An Ed25519 key with the name it signs under: the site's, or a person's once unlocked."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = PublicKey(name, private.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """64 bytes of signature."""
        return self._private.sign(data)

    def export(self) -> bytes:
        """Name and private bytes, to be sealed by the key ring or handed over a descriptor."""
        return json.dumps([self.public.name, self._private.private_bytes_raw().hex()]).encode()

    @classmethod
    def load(cls, data: bytes) -> "SigningKey":
        """The key that `export` wrote."""
        name, private = json.loads(data)
        return cls(name, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private)))


def holds(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether this key signed these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, data)
    except InvalidSignature:
        return False
    return True

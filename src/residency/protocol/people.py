"""People: add, list, retire; and the file of public keys that an auditor pins.

    person = perform(site, admin, "person.add", AddPerson(name="rao", …))

A person's key is theirs: it is made here under their own passphrase and nobody else can use it. Not here: signing in
(`govern.identity`), what roles may do (`govern.policy`).
"""

from typing import ClassVar

from pydantic import Field, SecretStr

from residency.errors import Conflict
from residency.govern.identity import Actor, Person, Role, make_person
from residency.kernel.record import Part
from residency.site import Site
from residency.store.files import write_atomically

KEY_FILE = "public-keys.txt"


class PersonExists(Conflict):
    """A name is given once and never again."""


class AddPerson(Part):
    """A new member of the workforce."""

    name: str = Field(description="The name to type.", pattern=r"^[a-z][a-z0-9-]{1,30}$")
    printed_name: str = Field(description="The name shown beside signatures.")
    role: tuple[Role, ...] = Field(description="A role; repeat for several.", min_length=1)
    new_passphrase: SecretStr = Field(description="The person's own passphrase.", min_length=8)


class NamedPerson(Part):
    """One person."""

    name: str = Field(description="The name to type.")


class Nothing(Part):
    """No question to ask."""


class PersonCard(Part):
    """What is shown of a person."""

    id: str
    name: str
    printed_name: str
    roles: tuple[str, ...]
    state: str
    public_key: str


class People(Part):
    """Everyone on record."""

    kind: ClassVar[str] = "people"
    people: tuple[PersonCard, ...]


def add(site: Site, by: Actor, ask: AddPerson) -> Person:
    """Add a person with a fresh key under their passphrase; raises PersonExists."""
    person, key = make_person(
        name=ask.name,
        printed_name=ask.printed_name,
        roles=ask.role,
        passphrase=ask.new_passphrase.get_secret_value(),
        at=site.clock(),
        by=by.id,
        memory_kib=site.settings.keys.argon2_memory_kib,
    )
    with site.gate.act(by, "person.add", person) as act:
        if any(known.name == ask.name for known in site.ledger.all(Person)):
            raise PersonExists(f"There is a person named {ask.name} already.", remedy="Choose another name.")
        act.save(person, key)
    publish_keys(site)
    return person


def people(site: Site, by: Actor, ask: Nothing) -> People:
    """Who is here."""
    with site.gate.act(by, "person.list"):
        pass
    return People(people=tuple(_card(person) for person in site.ledger.all(Person)))


def retire(site: Site, by: Actor, ask: NamedPerson) -> Person:
    """Let a person go: no more sessions, no more signatures; what they signed still verifies."""
    person = site.ledger.get(Person, ask.name)
    with site.gate.act(by, "person.retire", person) as act:
        retired = person.model_copy(update={"state": "retired"})
        act.save(retired)
    return retired


def publish_keys(site: Site) -> None:
    """Write the public keys of the site and of everyone, one per line, for those who verify."""
    lines = [
        "# Public keys of this site and its people. Whoever verifies gets this file by another way than the bundle.",
        str(site.log_key.public),
        *(person.public_key for person in site.ledger.all(Person)),
    ]
    write_atomically(site.folder / KEY_FILE, ("\n".join(lines) + "\n").encode(), mode=0o644)


def _card(person: Person) -> PersonCard:
    return PersonCard(**{name: getattr(person, name) for name in PersonCard.model_fields})

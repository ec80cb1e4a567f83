"""A clinic: a small site with all nine roles and an approved protocol, where tests act as its people do."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from residency.govern.identity import Actor, Person
from residency.protocol.people import AddPerson
from residency.protocol.protocol import Approve, DraftProtocol
from residency.site import Site, perform
from residency.wiring import make_site, open_site

PEOPLE = {
    "okoye": "principal-investigator",
    "rao": "data-steward",
    "lind": "data-scientist",
    "marsh": "ml-engineer",
    "silva": "clinical-reviewer",
    "weber": "privacy-officer",
    "abbas": "irb-administrator",
    "root": "system-administrator",
    "ito": "auditor",
}
NUMBER = "IRB-2026-014"
PROTOCOL = """
number: IRB-2026-014
title: Liver volumes on routine CT
purposes: [research]
people: [okoye, rao, marsh, weber, silva]
classes: {imaging: deidentified}
attributes: [sex, age_band, race, ethnicity, scanner]
starts: 2026-01-01
ends: 2031-12-31
countries: [US]
retention_days: {imaging: 3650}
"""


@dataclass
class Clinic:
    """A site and its people."""

    site: Site

    def person(self, name_or_role: str) -> Actor:
        """The one of this name, or of this role."""
        name = next((n for n, role in PEOPLE.items() if role == name_or_role), name_or_role)
        return self.site.ledger.get(Person, name).actor()

    def passphrase(self, name_or_role: str) -> str:
        """What this person types."""
        return f"passphrase of {self.person(name_or_role).name}"

    def do(self, name_or_role: str, act: str, ask):
        """Perform an act as this person."""
        return perform(self.site, self.person(name_or_role), act, ask)


def open_clinic(folder: Path, *, ledger: str = "") -> Clinic:
    """A site with everybody in it and no protocol."""
    root = ("root", "R. Oot", "passphrase of root")
    site = make_site(folder, country="US", administrator=root, passphrase=None, ledger=ledger, argon2_memory_kib=8192)
    clinic = Clinic(site)
    for name, role in PEOPLE.items():
        if name != "root":
            ask = AddPerson(name=name, printed_name=name.title(), role=(role,), new_passphrase=f"passphrase of {name}")
            clinic.do("root", "person.add", ask)
    return clinic


def copy_clinic(made: Path, folder: Path, *, ledger: tuple[str, str] = ("", "")) -> Clinic:
    """A clinic like one that was made before and closed; `ledger` names its database and the copy's."""
    shutil.copytree(made, folder)
    file = folder / "site.toml"
    file.write_text(file.read_text().replace(*ledger) if ledger[0] else file.read_text())
    return Clinic(open_site(folder))


def approve_protocol(clinic: Clinic, folder: Path, text: str = PROTOCOL) -> None:
    """Draft the protocol and have it approved by somebody else."""
    file, letter = folder / "protocol.yaml", folder / "letter.txt"
    file.write_text(text)
    letter.write_text("Approved.")
    clinic.do("okoye", "protocol.draft", DraftProtocol(file=file))
    clinic.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=letter))

"""The nine people of the tour: who they are, and the folder in which each keeps a passphrase and a session.

    cast = assemble(Path("demo-out/people"))
    cast["rao"].environment()      # what rao's shell knows: site, session and passphrase file, nobody else's

All invented. On a real site nine people sit at nine desks and type; here their passphrases lie in files that only
their owner can read, so that the tour can play all of them. Not here: what they do (`scenes`).
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

TEMPORARY = "temporary"
"""Beside the site: where its processes would leave what they write in passing."""


@dataclass(frozen=True)
class Part:
    """A role to play: the name to type, the name beside signatures, the role, and what that means."""

    name: str
    printed_name: str
    role: str
    does: str


PARTS = (
    Part("root", "Robin Oot", "system-administrator", "keeps the machine and the list of people; sees no patient"),
    Part("okoye", "Dr Ada Okoye", "principal-investigator", "answers for the study"),
    Part("rao", "Priya Rao", "data-steward", "brings data in and settles what is held back"),
    Part("weber", "Jonas Weber", "privacy-officer", "records what takes the names out, and who vouched for it"),
    Part("marsh", "Kit Marsh", "ml-engineer", "trains the model"),
    Part("silva", "Dr Inês Silva", "clinical-reviewer", "looks at the result, and signs or does not"),
    Part("abbas", "Noor Abbas", "irb-administrator", "speaks for the review board that approves studies"),
    Part("lind", "Maja Lind", "data-scientist", "works next door and is on no protocol"),
    Part("ito", "Ken Ito", "auditor", "trusts nobody, professionally"),
)


@dataclass(frozen=True)
class Person:
    """One of the cast with a desk: a folder of their own."""

    part: Part
    desk: Path

    @property
    def passphrase_file(self) -> Path:
        """Only its owner may read it."""
        return self.desk / "passphrase"

    def environment(self, site: Path) -> dict[str, str]:
        """The variables of this person's shell."""
        return {
            "RESIDENCY_SITE": str(site),
            "TMPDIR": str(site.parent / TEMPORARY),
            "RESIDENCY_SESSIONS": str(self.desk),
            "RESIDENCY_PASSPHRASE_FILE": str(self.passphrase_file),
        }


def assemble(folder: Path) -> dict[str, Person]:
    """Give everybody a desk and a passphrase nobody has chosen before."""
    cast = {}
    for part in PARTS:
        person = Person(part, folder / part.name)
        person.desk.mkdir(parents=True, mode=0o700)
        descriptor = os.open(person.passphrase_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{part.name}-{secrets.token_urlsafe(12)}")
        cast[part.name] = person
    return cast

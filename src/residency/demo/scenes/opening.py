"""Scenes of the beginning: the hospital's folders, a site with nine people, a protocol that somebody else approves.

Not here: data coming in (`arrival`).
"""

import shutil
from concurrent.futures import ThreadPoolExecutor

from residency.demo import papers
from residency.demo.cast import PARTS, Part
from residency.demo.cohort import generate
from residency.demo.visit import AUDITOR, COHORT, KEYS, NUMBER, Visit
from residency.kernel.clock import system_clock

AT_ONCE = 2


def hospital(visit: Visit) -> None:
    """The originals, outside of the site: generated, with deliberate defects."""
    tell = visit.stage.tell
    if visit.package is None:
        tell(
            "NO REAL CT HERE: the package with the real volumes is absent, so every body below is a generated phantom."
        )
    made = generate(
        visit.folder / "hospital", seed=visit.size.seed, package=visit.package, subjects=visit.size.subjects
    )
    visit.facts["cohort"] = made
    tell(f"{made.subjects} subjects in {made.files} files lie in hospital/, as an archive would export them.")
    tell(f"They are {made.generated_from} ({made.provenance}); every name, number and address is invented.")
    tell(f"Their label maps are {made.labels_are}.")
    planted = ", ".join(f"{count} × {code}" for code, count in made.defects)
    tell(f"Planted among them, because real exports have them too: {planted}.")
    tell(f"hospital/external holds {made.external_files} files from elsewhere, for the last word on the model.")
    caveats = (made.generated_from, f"labels are {made.labels_are}".replace(",", " -"))
    papers.write(visit.folder, visit.size, today=system_clock().date(), caveats=caveats)


def site(visit: Visit) -> None:
    """A site, the people in it, and what the auditor keeps at home."""
    stage = visit.stage
    root = PARTS[0]
    (visit.folder / AUDITOR).mkdir()
    stage.run(
        "root", "site", "init", "site", "--country", "US", "--administrator", root.name,
        "--printed-name", root.printed_name, "--heads", f"../{AUDITOR}", "--passphrase-file", _passphrase(root),
        "--development-key",
    )  # fmt: skip
    stage.tell("DEVELOPMENT KEY: the key of this site lies open beside it, so that the tour runs by itself.")
    stage.tell("That is fine for invented patients and for nobody else. With a passphrase, the folder is a locked box.")
    stage.run("root", "sign-in", root.name, "--passphrase-file", _passphrase(root))
    with ThreadPoolExecutor(AT_ONCE) as desks:
        list(desks.map(lambda part: _join(visit, part), PARTS[1:]))
    for part in PARTS:
        stage.row(f"{part.name:<6} {part.printed_name}, {part.role.replace('-', ' ')}: {part.does}.")
    stage.tell(
        "Each has a signing key under a passphrase of their own. Whoever holds the site's key can sign for nobody."
    )
    shutil.copyfile(visit.site / "public-keys.txt", visit.folder / KEYS)
    stage.tell(
        f"The auditor takes a copy of everyone's public keys home ({KEYS}): one day this will be the only thing "
        "that Ken Ito trusts."
    )


def protocol(visit: Visit) -> None:
    """A draft under which nothing is read, an approval that is not one's own, and one that is."""
    stage = visit.stage
    visit.facts["draft"] = stage.run("okoye", "protocol", "draft", "protocol.yaml")
    stage.tell("A protocol says who may use which data, what for and until when. So far it is only a wish.")
    gates = ("PROTOCOL-NOT-APPROVED",)
    stage.refused("NotAllowed", "rao", *ingest_words("incoming", COHORT), gates=gates)
    stage.tell("Nothing was read: under a draft the door stays shut, even for the right person.")
    gates = ("ROLE", "SELF-APPROVAL")
    approve = ("protocol", "approve", NUMBER, "letter.txt")
    stage.refused("NotAllowed", "okoye", *approve, gates=gates)
    stage.tell("Nobody approves their own protocol. All reasons are named at once, not one per attempt.")
    visit.facts["protocol"] = stage.run("abbas", *approve)
    stage.tell("The board approved it; the digest (a fingerprint) of its letter stands in the record. Now it counts.")


def ingest_words(folder: str, name: str) -> tuple[str, ...]:
    """The command that brings a folder of the hospital in."""
    root = f"hospital/{folder}"
    beside = ("--labels", f"{root}/labels", "--subjects", f"{root}/subjects.csv")
    return ("ingest", f"{root}/ct", NUMBER, name, *beside)


def _join(visit: Visit, part: Part) -> None:
    """Two commands per person: added by the administrator, then signed in at their own desk."""
    words = ("person", "add", part.name, part.printed_name, "--role", part.role)
    visit.stage.run("root", *words, "--passphrase-file", _passphrase(part))
    visit.stage.run(part.name, "sign-in", part.name, "--passphrase-file", _passphrase(part), quiet=True)


def _passphrase(part: Part) -> str:
    return f"people/{part.name}/passphrase"

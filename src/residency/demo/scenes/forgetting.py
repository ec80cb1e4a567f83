"""Scenes of what is lost: a patient who withdraws is forgotten for good, and files that a disk lost come back.

Not here: the end of a whole protocol (`closing`).
"""

import csv

from residency.demo.stage import StepWentWrong
from residency.demo.visit import COHORT, Visit
from residency.kernel.clock import stopwatch
from residency.store.named import SUFFIX

LETTER = "letter-of-withdrawal.txt"
BACKUP = "backup"


def withdraw(visit: Visit) -> None:
    """A letter arrives; keys are destroyed; everything that saw the patient is listed; the others stay."""
    stage, facts = visit.stage, visit.facts
    with (visit.folder / "hospital/incoming/subjects.csv").open(encoding="utf-8", newline="") as file:
        patient = next(csv.DictReader(file))
    (visit.folder / LETTER).write_text(f"{patient['issuer']},{patient['patient_id']}\n")
    stage.tell(
        "A patient writes that nothing of theirs shall be used any more. The letter stays a file: no number is typed."
    )
    words = ("dataset", "withdraw", "Consent revoked by letter.", "--patient", LETTER)
    stage.refused("NotAllowed", "marsh", *words, gates=("ROLE",))
    facts["withdrawal"] = gone = stage.run("rao", *words)
    stage.tell(
        f"{len(gone['groups'])} keys in {len(gone['spaces'])} places are destroyed: from the scan as it came in to the "
        "volume in the data set. No file was touched, and with the key ring of today no backup of any age opens them."
    )
    stage.tell("What may have learned from them cannot be taken back. It is listed instead:")
    for line in gone["saw"]:
        stage.row(line)
    again = ("run", "submit", COHORT, "study.yaml")
    stage.refused("NotAllowed", "marsh", *again, gates=("SUBJECT-WITHDRAWN",))
    facts["version after"] = after = stage.run("rao", "dataset", "freeze", COHORT)
    found = stage.run("rao", "dataset", "diff", f"{COHORT}@1", f"{COHORT}@2")
    left = [row for row in found["rows"] if row["change"] == "removed"]
    if after["number"] != 2 or {row["change"] for row in found["rows"]} != {"removed"}:
        raise StepWentWrong("Freezing again changed more than it should.", remedy="See 'residency dataset diff'.")
    stage.tell(
        f"Frozen again, {COHORT}@2 is the same without {len(left)} series of one subject; no volume was written anew, "
        f"and {COHORT}@1 still verifies."
    )


def restore(visit: Visit) -> None:
    """A backup is made; a disk loses one object in twenty; the loss is named, and repaired."""
    stage, facts = visit.stage, visit.facts
    facts["backup"] = stage.run("root", "site", "backup", BACKUP)
    stage.tell(
        "A backup is made while the site works: the ledger under a key of its own, every object as it lies. The key "
        "ring is never in it: whoever finds the backup has found nothing."
    )
    objects = [path for path in sorted((visit.site / "objects").rglob("*")) if path.is_file()]
    lost = [path for path in objects if path.suffix != SUFFIX][::20]
    for path in lost:
        path.unlink()
    stage.tell(f"Now a disk loses {len(lost)} of {len(objects)} files.")
    stage.refused("ObjectsDamaged", "root", "store", "scrub")
    began = stopwatch()
    facts["restored"] = stage.run("root", "site", "restore", BACKUP)
    seconds = stopwatch() - began
    whole = stage.run("root", "store", "scrub")
    stage.tell(
        f"Restored in {seconds:.1f} s: only what was missing was copied. All {whole['rows'][0]['objects']} objects are "
        "whole again, by the hash at the end of each; that took no key."
    )

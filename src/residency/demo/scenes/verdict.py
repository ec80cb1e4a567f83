"""Scenes of the verdict: how good the model is, for whom, who signs for it, and what leaves the house.

Not here: training it (`training`).
"""

import shutil
from pathlib import Path
from typing import Any

from residency.demo.stage import StepWentWrong
from residency.demo.visit import BUNDLE, COHORT, EXTERNAL, FIGURES, HEAD, KEYS, Visit

FORGED = "forged.residency"


def evaluate(visit: Visit) -> None:
    """Measured on those held back and on the series from elsewhere; the plan was fixed before either was opened."""
    stage = visit.stage
    words = ("evaluate", "study.yaml", "--version", COHORT, "--version", EXTERNAL, "--figures", FIGURES)
    visit.facts["evaluation"] = evaluation = stage.run("marsh", *words)
    for result in evaluation["results"]:
        where = "from elsewhere" if result["external"] else "held back"
        stage.tell(
            f"{result['name']} ({where}, {result['table']['subjects']} subjects, look number {result['looks']}):"
        )
        for row in result["table"]["rows"]:
            if row["by"] == "overall":
                stage.row(f"{_spoken(row)}")
        for verdict in result["verdicts"]:
            stage.row(
                f"{verdict['sentence']} "
                "What is missed is counted as missed, not averaged away. Groups of fewer than five are not shown."
            )
    caveats = dict.fromkeys(c for result in evaluation["results"] for c in result["caveats"])
    for caveat in caveats:
        stage.row(f"“{caveat}”")


def sign(visit: Visit) -> None:
    """Two signatures that are refused, and the one that counts."""
    stage = visit.stage
    words = ("review", "sign", visit.facts["evaluation"]["id"])
    stage.refused("NotAllowed", "marsh", *words, gates=("ROLE", "TRAINER-SIGNS"))
    stage.tell("Whoever trained a model is the last person who should review it.")
    stage.refused("WrongPassphrase", "silva", *words, "--passphrase-file", "site/development.key")
    stage.tell(
        "Somebody at Dr Silva's unlocked desk, with the key of the whole site in hand, still cannot sign for her."
    )
    visit.facts["signature"] = signature = stage.run("silva", *words)
    stage.tell(f"{signature['person_name']} signed, with her own passphrase: “{signature['meaning']}”")


def release(visit: Visit) -> None:
    """One file that leaves the house."""
    stage = visit.stage
    visit.facts["release"] = card = stage.run("okoye", "model", "release", COHORT, BUNDLE)
    size = (visit.folder / BUNDLE).stat().st_size / 1e6
    stage.tell(
        f"{BUNDLE} ({size:.1f} MB) holds the model, its evaluation, the signatures and the proof of all of it: "
        f"no scan, and nobody's name but of those who had a hand in it. Its digest begins {card['digest'][7:19]}."
    )


def verify(visit: Visit) -> None:
    """The auditor checks it without the site; then somebody improves one digit."""
    stage, facts = visit.stage, visit.facts
    check = ("--key", KEYS, "--head", HEAD)
    facts["verified"] = stage.run("ito", "verify", BUNDLE, *check)
    stage.tell(
        "Verified from the file, the keys that Ken Ito took home and the head of the log that he kept: without "
        "asking the site. It also says what it cannot prove:"
    )
    for line in facts["verified"].get("cannot_prove", ()):
        stage.row(f"– {line}")
    was, now = facts["kinder"] = forge(visit.folder / BUNDLE, visit.folder / FORGED)
    stage.tell(f"Now a copy in which one byte is kinder to the model: a {was} has become a {now}.")
    facts["forged"] = forged = stage.run("ito", "verify", FORGED, *check, code=7)
    damages = forged.get("damages", [])
    if not damages:
        raise StepWentWrong("The changed byte was not found.", remedy="Keep the folder; this is a finding.")
    for damage in damages[:3]:
        stage.row(f"✗ {damage['says']}")


def forge(bundle: Path, copy: Path) -> tuple[str, str]:
    """Copy a bundle, with one digit of its first Dice made better; returns the number before and after."""
    shutil.copyfile(bundle, copy)
    data = bytearray(copy.read_bytes())
    start = data.index(b'"value":0.', data.index(b'"dice":{'))
    place = start + len(b'"value":0.')
    place += chr(data[place]) == "9"
    was = data[start + len(b'"value":') : place + 1].decode()
    data[place] = ord("9") if data[place] != ord("9") else ord("8")
    now = data[start + len(b'"value":') : place + 1].decode()
    copy.write_bytes(data)
    return was, now


def _spoken(row: dict[str, Any]) -> str:
    """A row of the table as a sentence."""
    if row["dice"] is None:
        return f"{row['structure']:<8} {row['reason'] or 'nothing to measure'}"
    dice, hd95 = row["dice"], row["hd95_mm"]
    between = (
        "no interval: one subject"
        if not dice["interval"]
        else "95 %: {low:.3f} to {high:.3f}".format(**dice["interval"])
    )
    surface = f"; surface distance {hd95['value']:.1f} mm" if hd95 else ""
    missed = f"; {row['missed']} missed" if row["missed"] else ""
    return f"{row['structure']:<8} Dice (overlap, 1 is perfect) {dice['value']:.3f} ({between}){surface}{missed}"

"""Scenes of the end: who is turned away, what a protocol's end stops, and what can be checked afterwards.

Not here: the report (`residency.demo.report`).
"""

import shutil

from residency.demo.cast import TEMPORARY
from residency.demo.search import search
from residency.demo.stage import StepWentWrong
from residency.demo.visit import COHORT, HEAD, KEYS, NUMBER, Visit
from residency.demo.watching import Watch
from residency.kernel.clock import stopwatch, system_clock
from residency.runs.run import FINAL

SECOND = ("run", "submit", COHORT, "second-training.yaml")
ALLOWED_SECONDS = 60


def stranger(visit: Visit) -> None:
    """Somebody on no protocol asks for data, for a purpose nobody approved."""
    stage = visit.stage
    gates = ("PERSON-NOT-ON-PROTOCOL", "PURPOSE")
    stage.refused("NotAllowed", "lind", "run", "submit", COHORT, "study.yaml", "--purpose", "advertising", gates=gates)
    stage.refused("NotAllowed", "lind", "quarantine", "show", f"{COHORT}/NOT-DICOM", gates=("ROLE", gates[0]))
    events = stage.run("ito", "audit", "log")["rows"]
    refused = [event for event in events if event["outcome"] == "refused"]
    visit.facts["refused events"] = refused
    stage.tell(
        f"Both attempts are in the log, beside the other {len(refused) - 2} refusals of today. It can explain itself:"
    )
    visit.facts["explained"] = explained = stage.run("ito", "explain", str(refused[-2]["number"]))
    for row in explained["rows"]:
        stage.row(f"{row['gate']}: {row['says']} {row['remedy']}")


def expiry(visit: Visit) -> None:
    """A second training runs; its protocol's end is brought forward; it checkpoints and stops."""
    stage, watch = visit.stage, Watch(visit.site)
    identifier = stage.run("marsh", *SECOND, "--detach")["id"]
    started = watch.until(identifier, lambda run, said: run.step > 0, "its first checkpoint")
    stage.tell(f"A second, longer training has come to step {started.step}. Meanwhile the study is called off:")
    now = system_clock().strftime("%Y-%m-%dT%H:%M:%S")
    stage.run("okoye", "protocol", "amend", NUMBER, "The study is closed early.", "--ends", now)
    stage.run("abbas", "protocol", "approve", NUMBER, "letter-of-change.txt")
    began = stopwatch()
    ended = watch.until(identifier, lambda run, said: run.state in FINAL, "its end")
    seconds = stopwatch() - began
    if ended.state != "stopped" or seconds > ALLOWED_SECONDS:
        raise StepWentWrong(
            f"The run is '{ended.state}' after {seconds:.0f} s; it should have stopped. {ended.why}",
            remedy=f"See site/logs/{identifier}.log.",
        )
    visit.facts["stopped"] = {"seconds": round(seconds, 1), "limit": ALLOWED_SECONDS, "run": ended.body()}
    stage.tell(f"{seconds:.0f} s after the approval it had stopped by itself, at step {ended.step} ({ended.why}).")
    stage.refused("NotAllowed", "marsh", *SECOND, gates=("PROTOCOL-EXPIRED",))


def afterwards(visit: Visit) -> None:
    """What can be asked when it is all over."""
    stage, facts = visit.stage, visit.facts
    facts["audit"] = audit = stage.run("ito", "audit", "verify", "--key", KEYS, "--head", HEAD)
    stage.tell(
        f"{audit['rows'][0]['events']} events, hashed again from first to last, against a head kept outside the site."
    )
    facts["doctor"] = doctor = stage.run("root", "site", "doctor")
    bad = [row["check"] for row in doctor["rows"] if not row["holds"]]
    if bad:
        raise StepWentWrong(f"The doctor found: {'; '.join(bad)}", remedy="See 'residency site doctor'.")
    for row in doctor["rows"]:
        stage.row(f"✓ {row['check']}{': ' + row['detail'] if row['detail'] else ''}")
    facts["lineage"] = lineage = stage.run("ito", "lineage", facts["release"]["release"])
    stage.tell(f"{lineage['title']}: {len(lineage['rows'])} links, back to the folders it came from.")


def visitor(visit: Visit) -> None:
    """The command a visitor can use on a folder of their own."""
    stage, originals = visit.stage, visit.folder / "hospital/incoming/ct"
    mine = visit.folder / "visitor/scans"
    for number, folder in enumerate(sorted(path for path in originals.iterdir() if path.is_dir())[:2], start=1):
        shutil.copytree(folder, mine / f"patient-{number}")
    stage.run("ito", "deid", "folder", "visitor/scans", "visitor/clean")
    files = sum(path.is_file() for path in (visit.folder / "visitor/clean").rglob("*")) - 1
    stage.tell(
        f"The same cleaning works on any folder, without a site: {files} files in visitor/clean, and what was done to "
        "them in visitor/clean/residency-report.json. Bring your own."
    )


def look_around(visit: Visit) -> None:
    """Search what lies open in the site for everything that was planted."""
    found = visit.facts["search"] = search(
        [visit.site, visit.folder / TEMPORARY], visit.folder / "hospital/planted.json"
    )
    if found.hits or not found.control_found:
        raise StepWentWrong(
            f"{found.hits} planted identifiers lie open in the site (control found: {found.control_found}).",
            remedy="Keep the folder; this is a finding.",
        )
    visit.facts["searched"] = said = (
        f"{found.identifiers} planted identifiers were searched for in the {found.files} files that are not sealed "
        f"({found.size / 1e6:.1f} MB): 0 found. A marker planted as a control was found."
    )
    visit.stage.tell(said)

"""Scenes of the data: files come in or are held back, lose their names, and become data sets that never change.

Not here: the protocol under which this is allowed (`opening`), training (`training`).
"""

from datetime import timedelta
from typing import Any

from residency.demo.scenes.opening import ingest_words
from residency.demo.story import Examined
from residency.demo.visit import COHORT, DEID_REPORT, EXPERT, EXTERNAL, KEYS, Visit
from residency.kernel.clock import system_clock

RECIPE = ("--recipe", "basic", "--recipe", "shift-dates", "--recipe", "clean-pixels")
LABELS = ("--label", "1=liver", "--label", "2=spleen", "--label", "3=kidneys")
SETTLED = {
    "LOCALIZER": "Scout images are made for planning; the series itself is sound.",
    "DUPLICATE-SLICE": "Sent twice by the archive; the first copy of each will do.",
}
"""What the steward lets through, and why; everything else that intake held back is excluded."""
EXAMINED = 4
"""Copies that the exam makes of the cohort's series."""
EXCLUDED = "Back to the hospital: this cannot be mended here without guessing."


def ingest(visit: Visit) -> None:
    """Both folders; what is not sound waits."""
    stage, facts = visit.stage, visit.facts
    facts["intake"] = _counted(visit, stage.run("rao", *ingest_words("incoming", COHORT)))
    facts["quarantine"] = waiting = _list(visit, COHORT)
    stage.tell("Nothing is dropped quietly. What is not sound waits, in groups, with a reason:")
    for group in waiting:
        stage.row(f"{group['group']:<30} {group['files']:>4} files  {group['says']}")
    shown = waiting[-1]["group"]
    facts["held"] = stage.run("rao", "quarantine", "show", shown)
    stage.tell("A group can be looked at before it is decided, and whom the decision would thin out is shown as well.")
    facts["external intake"] = _counted(visit, stage.run("rao", *ingest_words("external", EXTERNAL)))


def settle(visit: Visit) -> None:
    """Accept what can be mended by leaving something out; exclude the rest; until nothing waits."""
    stage = visit.stage
    decisions: list[dict[str, Any]] = visit.facts.setdefault("decisions", [])
    for group in _list(visit, COHORT, quiet=True):
        if note := SETTLED.get(group["code"]):
            decisions.append(stage.run("rao", "quarantine", "accept", group["group"], "--note", note))
    stage.tell("Accepted means: sent through the same checks once more. What has a second fault is held for that.")
    for group in _list(visit, COHORT, quiet=True):
        decisions.append(stage.run("rao", "quarantine", "reject", group["group"], "--note", EXCLUDED))
    stage.tell(
        f"{len(decisions)} decisions, each with Priya Rao's name on it. Excluded files are counted, not forgotten."
    )


def deid(visit: Visit) -> None:
    """Names out of headers and pixels, and searched for; what cannot be cleaned is held back."""
    stage, facts = visit.stage, visit.facts
    facts["deid"] = _cleaned(visit, stage.run("rao", "deid", "run", COHORT, *RECIPE))
    stage.tell("Text that machines had written into pictures was found and painted over, and the pictures read again.")
    held = facts["deid held"] = _list(visit, COHORT)
    for group in held:
        stage.row(f"{group['group']:<30} {group['files']:>4} files  {group['says']}")
        note = "This cannot be cleaned by the recipe, so it stays out."
        facts["decisions"].append(stage.run("rao", "quarantine", "reject", group["group"], "--note", note))
    if held:
        stage.tell("What was rejected counts as excluded now. Cleaning once more finds nothing to do, and says so:")
        facts["deid"] = _cleaned(visit, stage.run("rao", "deid", "run", COHORT, *RECIPE))
    stage.tell(
        "Every table entry of the DICOM standard's profile was applied, and then each subject's own names, numbers "
        "and addresses were searched for in the output, byte by byte."
    )
    facts["external deid"] = _cleaned(visit, stage.run("rao", "deid", "run", EXTERNAL, *RECIPE))


def examine(visit: Visit) -> None:
    """How well does it work on these data? Names of nobody are planted, and what cleaning leaves is counted."""
    stage, facts = visit.stage, visit.facts
    stage.tell(
        "“Clean” is a claim. So names of nobody, shaped like this hospital's, are planted into copies, and sought:"
    )
    facts["exams"] = []
    for source, copies in ((COHORT, EXAMINED), (EXTERNAL, EXAMINED // 2)):
        exam = stage.run("rao", "deid", "exam", source, *RECIPE, "--items", str(copies))
        facts["exams"].append(exam)
        recall = exam["recall"]
        if recall is None:
            stage.row(f"{source}: everything was held back.")
            continue
        least = Examined(source, recall["found"], recall["of"], recall["low"]).at_least
        stage.row(f"{source}: {recall['found']} of {recall['of']} found; with 95 % confidence at least {least}.")
    stage.tell("The protocol asks for 80 %, for few copies are made here. Below it, no data set could be frozen.")


def judge(visit: Visit) -> None:
    """An invented expert has the last word, and the privacy officer signs what was done."""
    stage, facts = visit.stage, visit.facts
    expires = (system_clock() + timedelta(days=365)).date().isoformat()
    for name in (COHORT, EXTERNAL):
        facts["determination"] = stage.run(
            "weber", "deid", "determine", name, EXPERT, "invented: a statistician for this tour",
            "invented: nothing was measured", "invented: risk very small", expires, "--invented",
        )  # fmt: skip
    stage.tell(
        "Shifted dates and keyed codes are not Safe Harbor (the US list of eighteen things to remove): they need an "
        "expert's judgement. This expert is INVENTED, and so is the judgement; the record says so, and so do we."
    )
    words = ("deid", "report", COHORT, DEID_REPORT, "--passphrase-file", "people/weber/passphrase")
    facts["deid report"] = signed = stage.run("weber", *words)
    met = sum(letter["ticked"] for letter in signed["letters"].values())
    stage.tell(f"What was done about each of the eighteen stands on a signed page, {DEID_REPORT}: {met} are met.")
    stage.run("ito", "verify", DEID_REPORT, "--key", KEYS)


def dataset(visit: Visit) -> None:
    """A draft that is refused for a good reason, the same said openly, and two frozen versions."""
    stage, facts = visit.stage, visit.facts
    cohort = facts["cohort"]
    shares = ("--train", "0.5", "--tune", "0.1", "--test", "0.4", "--seed", "7")
    caveats = ("--caveat", cohort.generated_from, "--caveat", f"labels are {cohort.labels_are}")
    draft = ("dataset", "draft", COHORT, "--source", COHORT, *shares, *LABELS, *caveats)
    stage.run("rao", *draft)
    stage.refused("AnatomyShared", "rao", "dataset", "freeze", COHORT)
    stage.tell(
        "All these subjects are copies of one body. Learning from some and testing on others proves little, so it "
        "takes a person to allow it, openly, and then every figure carries the remark."
    )
    stage.run("rao", *draft, "--allow-shared-anatomy")
    facts["version"] = version = stage.run("rao", "dataset", "freeze", COHORT)
    counts = ", ".join(f"{split} {held['subjects']}" for split, held in version["counts"].items())
    stage.tell(f"{version['name']}@{version['number']} is frozen. Subjects: {counts}. Beside every result will stand:")
    for caveat in version["caveats"]:
        stage.row(f"“{caveat}”")
    caveats = ("--caveat", f"labels are {cohort.labels_are}")
    stage.run("rao", "dataset", "draft", EXTERNAL, "--source", EXTERNAL, "--external", *LABELS, *caveats)
    facts["external version"] = stage.run("rao", "dataset", "freeze", EXTERNAL)
    stage.tell("The series from elsewhere is a data set of its own, all of it held back.")


def _list(visit: Visit, source: str, *, quiet: bool = False) -> list[dict[str, Any]]:
    return list(visit.stage.run("rao", "quarantine", "list", "--source", source, quiet=quiet)["groups"])


def _counted(visit: Visit, intake: dict[str, Any]) -> dict[str, Any]:
    counts = {name: intake[name] for name in ("received", "accepted", "excluded", "quarantined")}
    visit.stage.tell(
        "{received} files received = {accepted} accepted + {excluded} excluded + {quarantined} held back.".format(
            **counts
        )
    )
    return intake


def _cleaned(visit: Visit, deid: dict[str, Any]) -> dict[str, Any]:
    said = "{received} files in = {released} clean + {excluded} excluded + {quarantined} held back".format(**deid)
    visit.stage.tell(f"{said}; {deid['people']} people are now codes.")
    return deid

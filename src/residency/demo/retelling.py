"""The visit retold as a story for the report: what the commands said, nothing computed anew.

    write_report(visit.folder / "report.html", retell(visit, at=system_clock()))

Not here: how the report looks (`report`), what happened (`scenes`).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from residency.demo.cast import PARTS
from residency.demo.scenes.verdict import FORGED
from residency.demo.stage import Refusal
from residency.demo.story import (
    Answer,
    Counted,
    Examined,
    Held,
    Letter,
    Link,
    Refused,
    Story,
    Training,
    Verification,
)
from residency.demo.visit import BUNDLE, CHECK, COHORT, EXPERT, EXTERNAL, FIGURES, HEAD, KEYS, REPORT, Visit
from residency.evaluate.evaluation import Evaluation
from residency.govern.heads import newest
from residency.govern.policy import gate_text

TRAINING_FIGURE = "training"


def retell(visit: Visit, at: datetime) -> Story:
    """The story of a visit, as far as it came."""
    facts, cohort = visit.facts, visit.facts["cohort"]
    figures = {path.stem: path.read_bytes() for path in sorted((visit.folder / FIGURES).glob("*.png"))}
    curve = figures.pop(TRAINING_FIGURE, None)
    signature = facts.get("signature")
    return Story(
        title="From a hospital's folder to a signed model",
        made_at=f"{at.day} {at:%B %Y}",
        lead=f"{cohort.subjects} invented patients, {cohort.generated_from}; nine invented people; real commands. "
        "Every refusal below was wanted, and everything else ended as it should.",
        caveats=(cohort.generated_from, f"labels are {cohort.labels_are}"),
        expert=f"expert determination: {EXPERT}; nobody judged the risk",
        chapters=tuple(visit.chapters),
        counted=tuple(_counted(facts)),
        held=tuple(_held(group) for group in facts.get("decisions", ())),
        letters=tuple(_letters(facts)),
        exams=tuple(_exams(facts)),
        refusals=tuple(_refused(refusal) for refusal in visit.stage.refusals),
        training=_training(facts, curve) if "proof" in facts else None,
        evaluation=_evaluation(facts["evaluation"]) if "evaluation" in facts else None,
        figures=figures,
        signature=f"{signature['person_name']}: “{signature['meaning']}”" if signature else "",
        lineage=tuple(Link(row["made"], row["of"]) for row in facts.get("lineage", {}).get("rows", ())),
        verification=_verification(facts) if "forged" in facts else None,
        search=facts.get("searched", ""),
        head=newest((visit.folder / HEAD).parent),
        paths={"report": visit.folder / REPORT, "bundle": visit.folder / BUNDLE, "public keys": visit.folder / KEYS},
        check=CHECK,
    )


def _counted(facts: dict[str, Any]) -> Iterator[Counted]:
    """Intake and de-identification of both sources, as they were counted when they ended."""
    for name, key in ((COHORT, "intake"), (EXTERNAL, "external intake")):
        if key in facts:
            said = facts[key]
            parts = {"accepted": said["accepted"], "excluded": said["excluded"], "held back": said["quarantined"]}
            yield Counted(name, "ingest", said["received"], parts)
    for name, key in ((COHORT, "deid"), (EXTERNAL, "external deid")):
        if key in facts:
            said = facts[key]
            parts = {"clean": said["released"], "excluded": said["excluded"], "held back": said["quarantined"]}
            yield Counted(name, "de-identification", said["received"], parts)


def _letters(facts: dict[str, Any]) -> Iterator[Letter]:
    for name, said in facts.get("deid report", {}).get("letters", {}).items():
        yield Letter(name, said["of"], said["done"], said["ticked"])


def _exams(facts: dict[str, Any]) -> Iterator[Examined]:
    for exam in facts.get("exams", ()):
        recall = exam["recall"] or {"found": 0, "of": 0, "low": 0.0}
        yield Examined(exam["name"], recall["found"], recall["of"], recall["low"])


def _held(group: dict[str, Any]) -> Held:
    return Held(group["code"], group["says"], group["files"], group["state"], group["note"])


def _refused(refusal: Refusal) -> Refused:
    part = next(part for part in PARTS if part.name == refusal.who)
    gates = tuple((gate, gate_text(gate).says) for gate in refusal.gates)
    who = f"{part.printed_name}, {part.role.replace('-', ' ')}"
    return Refused(who, refusal.command, gates, "" if gates else refusal.message, refusal.remedy)


def _training(facts: dict[str, Any], curve: bytes | None) -> Training:
    run, proof, kill = facts["run"], facts["proof"], facts["kill"]
    spec = run["spec"]
    channels = "–".join(map(str, spec["network"]["channels"]))
    return Training(
        sentences=("Two processes learned from sealed data, with a ticket that cannot open what is held back.",),
        facts={
            "steps": str(run["step"]),
            "attempts": str(run["attempt"]),
            "processes": str(spec["processes"]),
            "network": f"{spec['network']['name']}, {channels} channels",
        },
        curve=curve,
        killed_at=kill["step"],
        resumed_from=kill["resumed_at"],
        back_after_seconds=kill["seconds"],
        replayed=(proof["from_step"], proof["to_step"]),
        bit_equal=proof["bit_equal"],
        weights=proof["got"],
        environment={name: str(value) for name, value in proof["environment"].items()},
        stopped_in_seconds=facts["stopped"]["seconds"] if "stopped" in facts else None,
    )


def _evaluation(said: dict[str, Any]) -> Evaluation:
    """The record as it was printed: with its digest."""
    return Evaluation.parse({name: value for name, value in said.items() if name != "digest"})


def _verification(facts: dict[str, Any]) -> Verification:
    verified, forged = facts["verified"], facts["forged"]
    answers = tuple(Answer(check["name"], check["passed"], check["says"]) for check in verified["checks"])
    was, now = facts["kinder"]
    return Verification(
        answers=answers,
        cannot_prove=tuple(verified["cannot_prove"]),
        changed=f"In a copy ({FORGED}) one byte was made kinder to the model: {was} became {now}.",
        found=tuple(damage["says"] for damage in forged["damages"]),
    )

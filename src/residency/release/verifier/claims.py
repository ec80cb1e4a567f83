"""Whether what the release claims follows from what the log proves: records, lineage, weights, evaluation, replay.

Each function is one question and returns one `Check` whose sentence names the thing that fails.
Not here: questions about people (`people`) and about the log's head (`heads`).
"""

from collections.abc import Iterator
from typing import Any

from residency.release.verifier.evidence import CHECKPOINT, WEIGHTS, Evidence, Record, items, saves, text
from residency.release.verifier.verdict import Check

ROOTS = ("source", "intake", "protocol", "amendment")
SECRETS = ("sealed_key", "private_key", "passphrase")
_KINDS = {
    "model": "model",
    "dataset_version": "dataset-version",
    "run": "run",
    "evaluation": "evaluation",
    "evaluation_plan": "evaluation-plan",
    "protocol": "protocol",
    "release": "release",
}
_ANYTHING = ("spec", "code", "environment")
_SHOWN = 10


def log_holds_the_events(evidence: Evidence) -> Check:
    """Every event in the bundle is in the tree whose root the site signed."""
    name = "The events are in the site's log"
    if evidence.head is None:
        return Check(name, False, f"{CHECKPOINT} is no head of this site's log. {evidence.head_says}")
    wrong = [f"event {number}, '{text(evidence.leaves[number], 'act')}'" for number in evidence.unproven]
    size = f"{evidence.head.size:,} events"
    if wrong:
        return Check(name, False, f"{len(wrong)} of those shown are not in the signed log of {size}.", _some(wrong))
    return Check(name, True, f"{len(evidence.leaves):,} events, each proven to stand in the signed log of {size}.")


def records_are_in_the_log(evidence: Evidence) -> Check:
    """Every record is where its name says, and an event saved its very digest."""
    saved = set().union(*map(saves, evidence.leaves.values()))
    wrong = []
    for record in evidence.records.values():
        stem = f"records/{record.kind}/{record.id}"
        if record.member != f"{stem}.json" and not record.member.startswith(f"{stem}."):
            wrong.append(
                f"{record.member} holds another record: {record.kind or 'no kind'} {record.id or 'without id'}"
            )
        if record.digest not in saved:
            wrong.append(f"{record.member}: no event in the log saved this record")
        if any(secret in record.body for secret in SECRETS):
            wrong.append(f"{record.member} gives away a secret")
    name, count = "The records are those of the log", len(evidence.records)
    if wrong or not count:
        return Check(name, False, f"{len(wrong)} of {count} records fail." if count else "There is none.", _some(wrong))
    return Check(name, True, f"{count} records, each saved by an event that names its digest.")


def statement_is_covered(evidence: Evidence) -> Check:
    """Every digest of the statement is a record of the right kind, a member, or declared external."""
    wrong = []
    for key, kind in _KINDS.items():
        found = evidence.named(key)
        if found is None or found.kind != kind:
            what = f"a {found.kind}" if found else "nothing that is in this bundle"
            wrong.append(f"'{key}' names {what}")
    known = evidence.records.keys() | set(evidence.members.values()) | external(evidence)
    wrong += [
        f"'{key}' names nothing that is in this bundle" for key in _ANYTHING if evidence.statement.get(key) not in known
    ]
    wrong += _release_in_doubt(evidence)
    name = "The statement is covered"
    if text(evidence.statement, "site") != evidence.site.name:
        wrong.append(
            f"it speaks for the site '{text(evidence.statement, 'site')[:80]}', not for '{evidence.site.name}'"
        )
    if wrong:
        return Check(name, False, f"{len(wrong)} of its claims lead nowhere.", _some(wrong))
    declared = [f"declared to be outside: {text(item, 'what')[:200]}" for item in items(evidence.statement, "external")]
    return Check(name, True, "every digest it names is in this bundle, or declared to be outside.", _some(declared))


def lineage_is_closed(evidence: Evidence) -> Check:
    """From the model down, every path ends at a source, and each step is what an event of the log says."""
    name, model = "The lineage is closed", evidence.named("model")
    if model is None:
        return Check(name, False, "there is no model to begin from.")
    below = ancestors(evidence, model.digest)
    known = evidence.records.keys() | external(evidence)
    wrong = [f"{_short(digest)} is named and not in this bundle" for digest in sorted(below - known)]
    made = {edge.made for edge in evidence.edges}
    wrong += [
        f"{_named(evidence, digest)} is said to be made of nothing: the lineage is cut there"
        for digest in sorted(below & evidence.records.keys())
        if digest not in made and evidence.records[digest].kind not in ROOTS
    ]
    wrong += _steps_in_doubt(evidence, below)
    for key in ("run", "dataset_version"):
        if text(evidence.statement, key) not in below:
            wrong.append(f"the statement's {key.replace('_', ' ')} is not among what the model was made of")
    if wrong:
        return Check(name, False, f"{len(wrong)} steps of the lineage fail.", _some(wrong))
    ends = [record for record in evidence.records.values() if record.digest in below and record.kind in ROOTS]
    return Check(name, True, f"from the model down to {len(ends)} sources and intakes, {len(below) - 1} steps.")


def weights_are_the_models(evidence: Evidence) -> Check:
    """The weights in the bundle are those that the model's record names."""
    name, model = "The weights are the model's", evidence.named("model")
    claimed = text(model.body, "weights") if model else ""
    if evidence.members[WEIGHTS] != claimed:
        return Check(name, False, f"the model's record names {_short(claimed)}; {WEIGHTS} is something else.")
    return Check(name, True, f"{WEIGHTS} has the digest that the model's record names.")


def evaluation_is_of_this_model(evidence: Evidence) -> Check:
    """The evaluation measured this model by this plan, on this data set version and perhaps on others beside it."""
    name, evaluation = "The evaluation is of this model", evidence.named("evaluation")
    body, wrong = evaluation.body if evaluation else {}, []
    for key, in_record in (("model", "model"), ("evaluation_plan", "plan")):
        if not evaluation or text(body, in_record) != text(evidence.statement, key):
            wrong.append(f"it names another {key.replace('_', ' ')}: {_short(text(body, in_record))}")
    if text(evidence.statement, "dataset_version") not in items(body, "versions"):
        wrong.append("it did not measure on the data set version that the statement names")
    if wrong:
        return Check(name, False, "it is the evaluation of something else.", _some(wrong))
    beside = len(items(body, "versions")) - 1
    more = f" Measured beside it: {beside} more." if beside else ""
    return Check(name, True, f"it names this model, this data set version and this plan.{more}")


def figures_are_the_evaluations(evidence: Evidence) -> Check:
    """Every figure in the bundle is one whose digest the evaluation's record holds."""
    name, evaluation = "The figures are the evaluation's", evidence.named("evaluation")
    kept = evaluation.body.get("pngs") if evaluation else None
    drawn = set(map(str, kept.values())) if isinstance(kept, dict) else set()
    shown = {member: digest for member, digest in evidence.members.items() if member.startswith("figures/")}
    wrong = [
        f"{member} is not among the figures of the evaluation"
        for member, digest in shown.items()
        if digest not in drawn
    ]
    if wrong:
        return Check(name, False, f"{len(wrong)} of {len(shown)} figures come from elsewhere.", _some(wrong))
    return Check(name, True, f"{len(shown)} shown of {len(drawn)} drawn.")


def plan_came_first(evidence: Evidence) -> Check:
    """Plan and model were fixed before the held-back data were opened, and only an evaluation opened them."""
    name, evaluation = "The plan came before the look", text(evidence.statement, "evaluation")
    calls = {text(leaf, "call") for leaf in evidence.leaves.values() if evaluation in saves(leaf)}
    looks = {n: leaf for n, leaf in evidence.leaves.items() if _is_look(leaf) and _concerns(evidence, leaf)}
    own = min((n for n, leaf in looks.items() if text(leaf, "call") in calls), default=None)
    if own is None:
        return Check(name, False, "no event shows when the held-back data were opened for this evaluation.")
    wrong = [
        f"'{text(leaf, 'act')}' opened the held-back data at event {number}"
        for number, leaf in looks.items()
        if text(leaf, "act") != "evaluate"
    ]
    fixed = {key: evidence.saved_at(text(evidence.statement, key)) for key in ("evaluation_plan", "model")}
    for key, number in fixed.items():
        if number is None or number > own:
            when = "never" if number is None else f"at event {number}"
            wrong.append(f"the {key.replace('_', ' ')} was fixed {when}, the data were opened at event {own}")
    if wrong:
        return Check(name, False, "the held-back data were opened too early, or by the wrong act.", _some(wrong))
    earlier = [number for number in looks if number < own]
    if earlier and min(earlier) < (fixed["evaluation_plan"] or 0):
        says = f"the held-back data had been opened at event {min(earlier)}, before this plan was made."
        return Check(name, None, says)
    leases = {text(looks[number], "detail", "lease") or number for number in earlier}  # one that was lengthened is one
    times = f"; they had been opened {len(leases)} times before" if leases else ""
    return Check(
        name, True, f"plan and model were fixed before event {own}, when the held-back data were opened{times}."
    )


def external(evidence: Evidence) -> set[str]:
    """Digests that the statement declares to be outside."""
    return {text(item, "digest") for item in items(evidence.statement, "external")} - {""}


def ancestors(evidence: Evidence, digest: str) -> set[str]:
    """The digest and everything it was made of."""
    below: dict[str, list[str]] = {}
    for edge in evidence.edges:
        below.setdefault(edge.made, []).append(edge.of)
    seen, waiting = {digest}, [digest]
    while waiting:
        fresh = set(below.get(waiting.pop(), [])) - seen
        seen |= fresh
        waiting += fresh
    return seen


def _release_in_doubt(evidence: Evidence) -> Iterator[str]:
    """Where the record of the release, or the log, says otherwise than the statement."""
    release, by = evidence.named("release"), text(evidence.statement, "released_by")
    for key in ("model", "evaluation"):
        if release and text(release.body, key) != text(evidence.statement, key):
            yield f"the release is one of another {key}"
    if by not in evidence.actors("model.release", evidence.named("model")):
        yield f"no event shows that {by[:80] or 'anybody'} released this model"


def _is_look(leaf: dict[str, Any]) -> bool:
    """Whether an event is the right to read held-back data."""
    held_back = "test" in items(leaf, "detail", "splits") or text(leaf, "act") == "evaluate"
    return held_back and text(leaf, "outcome") == "lease"


def _concerns(evidence: Evidence, leaf: dict[str, Any]) -> bool:
    """Whether a look may have been at data that the evaluation measured on; one that does not say at what is."""
    plan, evaluation = evidence.records.get(text(leaf, "thing", "digest")), evidence.named("evaluation")
    opened = set(map(str, items(plan.body, "versions"))) if plan else set()
    measured = set(map(str, items(evaluation.body, "versions"))) if evaluation else set()
    names = {text(v.body, "name") for v in evidence.of_kind("dataset-version") if v.digest in measured} - {""}
    family = {v.digest for v in evidence.of_kind("dataset-version") if text(v.body, "name") in names}
    return not opened or bool(opened & (measured | family))


def _steps_in_doubt(evidence: Evidence, below: set[str]) -> Iterator[str]:
    """Steps that no event of the log says, and steps that one says and the lineage leaves out."""
    said = {
        (text(item, "digest"), of, number)
        for number, leaf in evidence.leaves.items()
        for item in (items(leaf, "made") if text(leaf, "outcome") == "done" else [])
        for of in items(item, "of")
        if isinstance(of, str)
    }
    drawn = {(edge.made, edge.of, edge.act) for edge in evidence.edges if isinstance(edge.act, int)}
    for made, of, number in sorted(drawn - said):
        yield f"event {number} does not say that {_named(evidence, made)} was made of {_named(evidence, of)}"
    for made, of, number in sorted(said - drawn):
        if made in below:
            yield f"event {number} says that {_named(evidence, made)} was made of {_named(evidence, of)}: left out"


def _named(evidence: Evidence, digest: str) -> str:
    record: Record | None = evidence.records.get(digest)
    return f"{record.kind} {record.id}" if record else _short(digest)


def _short(digest: str) -> str:
    return f"{digest[:19]}…" if digest else "nothing"


def _some(lines: list[str]) -> tuple[str, ...]:
    return (*lines[:_SHOWN], f"and {len(lines) - _SHOWN} more") if len(lines) > _SHOWN else tuple(lines)

"""Which duties were carried by whom, as events and records show, and whether the bundle names what was lost.

A separation that is lost does not fail: a small site may have no other way. A bundle that does not name it does.
Not here: signatures, and the two separations without which nothing holds (`people`).
"""

from itertools import combinations
from typing import Any

from residency.release.verifier.claims import ancestors
from residency.release.verifier.evidence import Evidence, items, saves, text
from residency.release.verifier.people import approvals, printed, trained
from residency.release.verifier.verdict import Check

_Lost = set[tuple[str, str, str]]  # person, and two duties in the order of their names

_PREPARING = ("ingest", "quarantine.accept", "quarantine.reject", "deid.run", "dataset.draft", "dataset.freeze")
_ONE_ROLE = ("drafted the protocol", "released the model")


def duties_are_separate(evidence: Evidence) -> list[Check]:
    """Whether different people carried each pair of duties, and whether the bundle says where not; who holds roles."""
    name, carried = "Separation of duties", _carried(evidence)
    pairs = [pair for pair in combinations(sorted(carried), 2) if pair != _ONE_ROLE]
    lost = {(person, *pair) for pair in pairs for person in carried[pair[0]] & carried[pair[1]]}
    lines = [f"LOST: {printed(evidence, person)} {one} and {other}" for person, one, other in sorted(lost)]
    lines += [f"no event shows who {duty}" for duty, people in sorted(carried.items()) if not people]
    claimed, release = _named(evidence.statement), evidence.named("release")
    if claimed != lost or not _named(release.body if release else {}) <= lost:
        passed, says = False, f"{len(lost)} are lost; the bundle names {len(claimed)}, or others."
    elif lost:
        passed, says = None, f"{len(lost)} of {len(pairs)} are lost, as the bundle says."
    else:
        passed, says = True, f"no two of {len(carried)} duties lay with one person."
    several = {p.id: items(p.body, "roles") for p in evidence.of_kind("person") if len(items(p.body, "roles")) > 1}
    who = tuple(f"{printed(evidence, person)}: {', '.join(map(str, roles))}" for person, roles in several.items())
    roles = Check("One role per person", None, f"LOST: {len(several)} people hold several roles.", who)
    return [Check(name, passed, says, tuple(lines)), *([roles] if several else [])]


def _carried(evidence: Evidence) -> dict[str, set[str]]:
    model, evaluation = evidence.named("model"), text(evidence.statement, "evaluation")
    under = items(model.body, "terms", "protocols") if model else []
    approved = [approval for protocol in map(str, under) for approval in approvals(evidence, protocol)]
    below = ancestors(evidence, text(evidence.statement, "model")) | ancestors(evidence, evaluation)
    prepared = [leaf for leaf in evidence.leaves.values() if saves(leaf) & below]
    measured = {evaluation, text(evidence.statement, "evaluation_plan")}
    found = {
        "drafted the protocol": set().union(*(drafters for _, _, drafters in approved)),
        "approved the protocol": {approver for _, approver, _ in approved},
        "prepared the data": {_actor(leaf) for leaf in prepared if text(leaf, "act") in _PREPARING},
        "determined that they name nobody": {
            _actor(leaf) for leaf in prepared if text(leaf, "act") == "deid.determine"
        },
        "trained the model": trained(evidence),
        "evaluated the model": {
            _actor(leaf)
            for leaf in evidence.leaves.values()
            if text(leaf, "act") in ("evaluate", "evaluate.plan") and saves(leaf) & measured
        },
        "reviewed the evaluation": {
            text(review.body, "person")
            for review in evidence.of_kind("signature")
            if text(review.body, "of") == evaluation
        },
        "released the model": evidence.actors("model.release", model) | {text(evidence.statement, "released_by")},
        "added the people": {
            _actor(leaf) for leaf in evidence.leaves.values() if text(leaf, "act") == "person.add" and saves(leaf)
        },
    }
    return {duty: people - {""} for duty, people in found.items()}


def _actor(leaf: dict[str, Any]) -> str:
    return text(leaf, "actor", "id")


def _named(body: dict[str, Any]) -> _Lost:
    """The lost separations that a statement or a release names."""
    named = [(text(one, "person"), sorted(map(str, items(one, "duties")))) for one in items(body, "separations_lost")]
    return {(person, duties[0], duties[-1]) for person, duties in named if duties}

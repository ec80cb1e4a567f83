"""Who carried which duty on the way to a release, and which separations were lost on it.

    separations_lost(told, model, evaluation, by=by.id)
    (Lost(person="person-01k…", duties=("trained the model", "evaluated it")),)

Duties are pairs of different roles, so one person in two of them checks their own work. A small site may have no other
way; it is named, in the record of the release and in the statement of the bundle. The verifier finds the same without
this module. Not here: the two that are refused outright (approving one's own draft, reviewing one's own training).
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import Any

from residency.evaluate.evaluation import Evaluation
from residency.kernel.record import Part
from residency.release.telling import Told
from residency.runs.run import Model

DRAFTED, APPROVED = "drafted the protocol", "approved the protocol"
PREPARED, DETERMINED = "prepared the data", "determined that they name nobody"
TRAINED, EVALUATED = "trained the model", "evaluated the model"
REVIEWED, RELEASED, VOUCHED = "reviewed the evaluation", "released the model", "added the people"
ONE_ROLE = {DRAFTED, RELEASED}
"""Both are the investigator's: no separation to lose."""

_PREPARING = {"ingest", "quarantine.accept", "quarantine.reject", "deid.run", "dataset.draft", "dataset.freeze"}


class Lost(Part):
    """A person who carried two duties that two people should."""

    person: str
    duties: tuple[str, str]


def separations_lost(told: Told, model: Model, evaluation: Evaluation, *, by: str) -> tuple[Lost, ...]:
    """Every pair of duties that one person carried, where the person of identifier `by` releases the model."""
    carried = _carried(told, model, evaluation)
    carried[RELEASED].add(by)
    return tuple(
        Lost(person=person, duties=(one, other))
        for one, other in combinations(sorted(carried), 2)
        if {one, other} != ONE_ROLE
        for person in sorted(carried[one] & carried[other])
    )


def _carried(told: Told, model: Model, evaluation: Evaluation) -> dict[str, set[str]]:
    done = [event for _, event in told.leaves if event["outcome"] == "done"]
    approvals = [e for e in done if e["act"] == "protocol.approve" and _ids(e) & {*model.terms.protocols}]
    proposals = {e["thing"]["digest"] for e in approvals}
    below = _ancestors(told, {model.digest(), evaluation.digest()})
    prepared = [e for e in done if _touches(e, below)]
    measured = {evaluation.digest(), evaluation.plan}
    signatures = [body for body in told.bodies.values() if body["kind"] == "signature"]
    return {
        DRAFTED: _who(e for e in done if _digests(e) & proposals),
        APPROVED: _who(approvals),
        PREPARED: _who(e for e in prepared if e["act"] in _PREPARING),
        DETERMINED: _who(e for e in prepared if e["act"] == "deid.determine"),
        TRAINED: {model.trainer, evaluation.trainer, *_who(e for e in done if _submitted(e, model.run_id))},
        EVALUATED: _who(e for e in done if e["act"].startswith("evaluate") and _digests(e) & measured),
        REVIEWED: {body["person"] for body in signatures if body["of"] == evaluation.digest()},
        RELEASED: _who(e for e in done if e["act"] == "model.release" and e["thing"]["id"] == model.id),
        VOUCHED: _who(e for e in done if e["act"] == "person.add"),
    }


def _submitted(event: Mapping[str, Any], run: str) -> bool:
    return event["act"] == "run.submit" and run in _ids(event)


def _who(events: Iterable[Mapping[str, Any]]) -> set[str]:
    return {event["actor"]["id"] for event in events}


def _ids(event: Mapping[str, Any]) -> set[str]:
    return {item["id"] for item in event["saved"]}


def _digests(event: Mapping[str, Any]) -> set[str]:
    return {item["digest"] for item in event["saved"]}


def _touches(event: Mapping[str, Any], below: Collection[str]) -> bool:
    return not _digests(event).isdisjoint(below)


def _ancestors(told: Told, starts: set[str]) -> set[str]:
    of: dict[str, set[str]] = {}
    for edge in told.edges:
        of.setdefault(edge.made, set()).add(edge.of)
    found, waiting = set(starts), list(starts)
    while waiting:
        fresh = of.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found

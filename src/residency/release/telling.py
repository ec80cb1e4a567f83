"""Which part of the ledger tells a release: its records, the steps between them, and the events that prove both.

    told = tell(book, starts, model, evaluation)
    told.bodies, told.edges, told.leaves

Told is what the model and its evaluation descend from, the protocols they stand under with every amendment, each look
at the test split of a data set that was measured on, and the people who acted in any of this, with the events that
vouch for their keys. Nothing of another study, and nobody who had no hand in it. Records that hold keys stay at home.
Not here: the members of the file (`contents`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from residency.dataset.version import DatasetVersion
from residency.evaluate.evaluation import Evaluation
from residency.govern import audit, lineage
from residency.govern.identity import Person
from residency.govern.ledger import Book
from residency.runs.run import Model

STAY_HOME = {"key-space", "key-group", "person-key", "site-key"}
PROTOCOL_ACTS = {"protocol.draft", "protocol.amend", "protocol.approve"}

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """The part of the ledger that tells a release."""

    bodies: dict[str, dict[str, Any]]
    edges: list[lineage.Edge]
    leaves: list[tuple[int, dict[str, Any]]]


def tell(book: Book, starts: Iterable[str], model: Model, evaluation: Evaluation) -> Told:
    """What must be shown so that the records with these digests can be believed."""
    edges = list(dict.fromkeys(edge for start in starts for edge in lineage.ancestors(book, start)))
    wanted = {*starts, *(edge.made for edge in edges), *(edge.of for edge in edges), evaluation.plan}
    events = dict(audit.events(book))
    protocols = {*model.terms.protocols, *evaluation.terms.protocols}
    shown = {number for number, event in events.items() if _is_about(book, event, protocols)}
    wanted |= {one for number in shown for one in _saved(events[number])} | _reports(book, events, wanted)
    looks = _looks(book, events, _family(book, evaluation))
    wanted |= set().union(*looks.values())
    shown |= looks.keys() | {n for n, event in events.items() if _saves(event, model.run_id) or _released(event, model)}
    people = _People(book)
    while True:  # whoever vouched for the key of one who acted has acted too
        leaves = {n for n, event in events.items() if n in shown or wanted & {*_saved(event), *_made(event)}}
        more = people.who_acted(events[number] for number in leaves) - wanted
        if not more:
            break
        wanted |= more
    bodies = {one: book.body(one) for one in sorted(wanted)}
    return Told(
        {one: body for one, body in bodies.items() if body["kind"] not in STAY_HOME},
        edges,
        [(number, events[number]) for number in sorted(leaves)],
    )


class _People:
    """Who is who, by the identifier that stands in events."""

    def __init__(self, book: Book) -> None:
        self._known = {person.id: person for person in book.all(Person)}

    def who_acted(self, events: Iterable[Event]) -> set[str]:
        """Digests of those who acted, and of whoever bears the same printed name: a reader must be able to see that."""
        acted = [self._known[actor] for event in events if (actor := event["actor"]["id"]) in self._known]
        names = {_spoken(person) for person in acted}
        return {person.digest() for person in self._known.values() if _spoken(person) in names}


def _spoken(person: Person) -> str:
    return " ".join(person.printed_name.casefold().split())


def _is_about(book: Book, event: Event, protocols: set[str]) -> bool:
    """Whether an event drafted, amended or approved one of these protocols, or was refused to."""
    if event["act"] not in PROTOCOL_ACTS:
        return False
    named = [item for item in (event["thing"], *event["saved"]) if item]
    amended = {book.body(item["digest"])["protocol"] for item in named if item["kind"] == "amendment"}
    return bool(protocols & (amended | {item["id"] for item in named}))


def _reports(book: Book, events: Mapping[int, Event], wanted: set[str]) -> set[str]:
    """The reports on the runs of de-identification that are wanted; no edge leads to a report."""
    reports = {item["digest"] for e in events.values() for item in e["saved"] if item["kind"] == "deid-report"}
    runs = {body["id"] for body in map(book.body, wanted) if body["kind"] == "deid"}
    return {report for report in reports if book.body(report)["deid"] in runs}


def _family(book: Book, evaluation: Evaluation) -> set[str]:
    """Every version of the data sets that were measured on: a look at one is a look at the others."""
    known = book.all(DatasetVersion)
    names = {version.name for version in known if version.digest() in evaluation.versions}
    return {version.digest() for version in known if version.name in names}


def _looks(book: Book, events: Mapping[int, Event], family: set[str]) -> dict[int, set[str]]:
    """Events that opened a test split of the family, each with the records that say so: the plan and its versions."""
    looks = {}
    for number, event in events.items():
        if event["outcome"] != "lease" or "test" not in event["detail"].get("splits", []) or not event["thing"]:
            continue
        at = event["thing"]["digest"]
        body = book.body(at)
        seen = {*body.get("versions", []), body.get("version", ""), at} & family
        if seen:
            looks[number] = {at, *seen}
    return looks


def _saves(event: Event, identifier: str) -> bool:
    return any(item["id"] == identifier for item in event["saved"])


def _released(event: Event, model: Model) -> bool:
    """Whether the model went out then, perhaps again."""
    return (event["act"], event["outcome"]) == ("model.release", "done") and event["thing"]["id"] == model.id


def _saved(event: Event) -> set[str]:
    return {item["digest"] for item in event["saved"] if item["kind"] not in STAY_HOME}


def _made(event: Event) -> set[str]:
    return {item["digest"] for item in event["made"]}

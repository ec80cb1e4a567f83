"""FHIR R4 in, FHIR R4 out: a resource, a Bundle or lines, each resource by the rules of its type.

    outcome = clean_fhir(source, sink, desk, harvest_fhir([source]))

A resource of a type without rules, of nobody who is known, with an element that would change what the rest means, or in
which the last search still finds its subject, is held back; every other one comes out under a new id, with references
that lead where they led. Lines are written as they come, so that a bulk export needs the memory of what it names. Of a
Bundle its type stays. What a reference leads to may be held back itself; such a reference then leads nowhere, as it
does in every export of a part. Not here: the elements (`fhir_elements`), the first reading (`fhir_harvest`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from residency.deid.reason import Reason
from residency.deid.search import Seeker
from residency.deid.tables.fhir_elements import Withheld, Work, contained_of
from residency.deid.tables.fhir_harvest import FhirHarvest, harvest_fhir
from residency.deid.tables.fhir_rules import rules
from residency.deid.tables.outcome import NO_RULE, NO_SUBJECT, RESIDUAL, Held, Outcome, Seen, torn
from residency.deid.tables.references import Links, listed
from residency.deid.tables.subjects import Desk, Subject, Subjects
from residency.ingest.ehr.fhir import Entry, FhirFile, open_fhir
from residency.ingest.ehr.strict_json import dumps

_TWICE = Reason(code="DUPLICATE", sentence="Two resources of one type have ids that differ only in case or zeros.")
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
_LONG_NUMBER = 8


def clean_fhir(source: BinaryIO, sink: BinaryIO, desk: Desk, harvest: FhirHarvest | None = None) -> Outcome:
    """Clean one file that can be read twice; `harvest` is the first reading of all files that belong together.

    Raises EhrUnreadable or EhrTooLarge where the file is no FHIR JSON; nothing is written then.
    """
    found = harvest or harvest_fhir([source])
    source.seek(0)
    file = open_fhir(source)
    room = _Room(desk, found, Links(desk.names, Subjects(desk, found.told), found.index, file.form == "bundle"))
    written = _written(file, room)
    for piece in _framed(file, written):
        sink.write(piece.encode("utf-8"))
    return Outcome(room.received, room.received - len(room.held), tuple(room.held), room.counts, room.seen.rare())


@dataclass(slots=True)
class _Room:
    desk: Desk
    harvest: FhirHarvest
    links: Links
    counts: Counter = field(default_factory=Counter)
    held: list[Held] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    ids: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False)
    received: int = 0


def _framed(file: FhirFile, written: Iterator[str]) -> Iterator[str]:
    if file.form != "bundle":
        yield from (f"{text}\n" for text in written)
        return
    kind = file.envelope.get("type")
    yield f'{{"resourceType":"Bundle","type":{dumps(kind if kind in rules().words else "collection")},"entry":['
    for number, text in enumerate(written):
        yield f",\n{text}" if number else f"\n{text}"
    yield "]}\n"


def _written(file: FhirFile, room: _Room) -> Iterator[str]:
    for record in file.records:
        room.received += 1
        made = _cleaned(record, room) if isinstance(record, Entry) else torn(record)
        if isinstance(made, Held):
            room.held.append(made)
        elif file.form == "bundle" and isinstance(record, Entry):
            yield dumps(_entry(record, made, room.links))
        else:
            yield dumps(made)


def _entry(record: Entry, resource: dict[str, Any], links: Links) -> dict[str, Any]:
    made: dict[str, Any] = {}
    url, request = record.around.get("fullUrl"), record.around.get("request")
    if isinstance(url, str) and (new := links.full_url(url)) is not None:
        made["fullUrl"] = new
    made["resource"] = resource
    if isinstance(request, dict) and request.get("method") in _METHODS:
        path = request.get("url")
        new = path if path in rules().resources else links.rewritten(path) if isinstance(path, str) else None
        made |= {"request": {"method": request["method"], "url": new}} if new else {}
    return made


def _cleaned(entry: Entry, room: _Room) -> dict[str, Any] | Held:
    original, kind = entry.resource, entry.resource["resourceType"]
    if kind not in rules().resources:
        return Held(entry.record, NO_RULE)
    subject, needed = _subject(original, room)
    if subject is None and needed:
        return Held(entry.record, NO_SUBJECT)
    work = Work(room.desk, room.links, subject, kind, Counter())
    try:
        made = work.resource(original)
    except Withheld as reason:
        return Held(entry.record, Reason(code="OBJECT-NOT-SUPPORTED", sentence=reason.message))
    if _is_taken(original, made, room):
        return Held(entry.record, _TWICE)
    if not _is_clean(made, work.minted, _seeker(original, subject, room)):
        return Held(entry.record, RESIDUAL)
    room.counts.update(work.counts)
    for system, code in _codes(made) if subject else ():
        room.seen.add(system, code, subject.alias.code if subject else "")
    return made


def _subject(resource: dict[str, Any], room: _Room) -> tuple[Subject | None, bool]:
    """Whose resource it is, and whether it may not go on without somebody."""
    kind, where = resource["resourceType"], rules().subjects[resource["resourceType"]]
    subjects = room.links.subjects
    if where == "self":
        return subjects.find("fhir", str(resource.get("id", ""))), True
    if kind == "Binary":
        patient = room.harvest.index.binaries.get(str(resource.get("id", "")))
        return (subjects.find("fhir", patient) if patient else None), False
    if where == "none":
        return None, False
    said = listed(resource.get(where.rstrip("?")))
    patients = [room.links.patient_of(reference, contained_of(resource)) for reference in said]
    known = next((patient for patient in patients if patient), None)
    needed = not where.endswith("?") or known is not None
    return (subjects.find("fhir", known) if known else None), needed


def _is_taken(original: dict[str, Any], made: dict[str, Any], room: _Room) -> bool:
    """Whether another resource has this new id: names know no case and no leading zeros, FHIR's ids do."""
    if "id" not in made:
        return False
    if made["resourceType"] == "Patient":  # several records of one subject are one Patient to the crosswalk
        return False
    key = (made["resourceType"], made["id"])
    exact = hashlib.blake2b(str(original["id"]).encode(), digest_size=8).digest()
    return room.ids.setdefault(key, exact) != exact


def _seeker(original: dict[str, Any], subject: Subject | None, room: _Room) -> Seeker | None:
    if subject is not None:
        return subject.seeker
    told = room.harvest.house.get((original["resourceType"], str(original.get("id", ""))))
    return Seeker(told.identifiers()) if told else None


def _is_clean(made: dict[str, Any], minted: set[str], seeker: Seeker | None) -> bool:
    return seeker is None or all(seeker.is_clean(text) for text in _texts(made) if text not in minted)


def _texts(value: Any) -> Iterator[str]:
    """Every text of a resource, and every number that is long enough to name somebody."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "resourceType":
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
    elif not isinstance(value, bool) and len(str(value)) >= _LONG_NUMBER:
        yield str(value)


def _codes(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if "system" in value and "code" in value and "value" not in value:
            yield value["system"], value["code"]
        for inner in value.values():
            yield from _codes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _codes(inner)

"""What FHIR resources name: a first reading of all files, before any is cleaned.

    found = harvest_fhir([open("Patient.ndjson", "rb"), open("Encounter.ndjson", "rb")])
    found.told[("fhir", "P-17")].identifiers()

A subject is named by the Patient, by RelatedPersons, and in every resource of theirs: identifiers, displays of
references, contained people, contacts; practitioners, organizations and locations count for those whose resources lead
to them. Names, addresses and contacts are known by their form, wherever they stand. Not here: free text.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO

from residency.deid.tables.fhir_rules import rules
from residency.deid.tables.references import Index, listed, rest_of, token_of
from residency.deid.tables.subjects import Key, Told
from residency.ingest.ehr.fhir import Entry, open_fhir

PEOPLE = frozenset(("Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Person"))
_HOUSE = frozenset(("Practitioner", "Organization", "Location"))
_DEVICE = ("serialNumber", "lotNumber", "deviceIdentifier", "carrierHRF", "distinctIdentifier")
_SHORTEST_ID = 4
"""Shorter numbers stand everywhere by chance."""


@dataclass(slots=True)
class FhirHarvest:
    """What was told of each Patient (key ("fhir", id)), of the house's people and places, and where references lead."""

    told: dict[Key, Told] = field(default_factory=dict, repr=False)
    house: dict[tuple[str, str], Told] = field(default_factory=dict, repr=False)
    index: Index = field(default_factory=Index, repr=False)

    def of(self, patient: str) -> Told:
        """What is told of one Patient."""
        return self.told.setdefault(("fhir", patient), Told())


def harvest_fhir(sources: Iterable[BinaryIO]) -> FhirHarvest:
    """Read files of FHIR JSON once, each from its beginning; they are left there again."""
    files, found = list(sources), FhirHarvest()
    for file in files:  # first who there is: what others say of them may stand before they do
        for entry in _entries(file):
            if entry.resource["resourceType"] == "Patient":
                _learn_patient(entry, found)
    met: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for file in files:
        for entry in _entries(file):
            _learn(entry.resource, found, met)
    for patient, things in met.items():
        for thing in things & found.house.keys():
            found.of(patient).facts |= found.house[thing].facts
    return found


def _entries(file: BinaryIO) -> Iterator[Entry]:
    file.seek(0)
    for record in open_fhir(file).records:
        if isinstance(record, Entry):
            yield record
    file.seek(0)


def _learn_patient(entry: Entry, found: FhirHarvest) -> None:
    name, url = entry.resource.get("id"), entry.around.get("fullUrl")
    if not isinstance(name, str):
        return
    for address in (url, f"urn:uuid:{name}"):
        if isinstance(address, str):
            found.index.by_url[address] = name
    for identifier in listed(entry.resource.get("identifier")):
        if isinstance(identifier, dict) and identifier.get("value"):
            found.index.by_identifier[token_of(identifier)] = name
    told = found.of(name)
    told.born = _day(entry.resource.get("birthDate"), last=False)
    told.died = _day(entry.resource.get("deceasedDateTime"), last=True)
    told.add("birth", _digits(entry.resource.get("birthDate")))
    told.add("date", _digits(entry.resource.get("deceasedDateTime")))


def _learn(resource: dict[str, Any], found: FhirHarvest, met: dict[str, set[tuple[str, str]]]) -> None:
    kind, name = resource["resourceType"], resource.get("id")
    if kind in _HOUSE and isinstance(name, str):
        told = found.house.setdefault((kind, name), Told())
        _name_all(resource, told, kind)
        return
    patient = _patient_of(resource, found.index)
    if patient is None:
        return
    told = found.of(patient)
    _name_all(resource, told, kind)
    if isinstance(name, str) and len(name) >= _SHORTEST_ID:
        told.add("number", name, "id")
    for url in _urls(resource):
        leads = rest_of(url)
        if leads is not None and leads[0] == "Binary":
            found.index.binaries[leads[1]] = patient
        elif leads is not None and leads[0] in _HOUSE:
            met[patient].add(leads)


def _patient_of(resource: Mapping[str, Any], index: Index) -> str | None:
    """The Patient whose resource it is, by the element that says so."""
    kind = resource["resourceType"]
    where = rules().subjects.get(kind, "subject").rstrip("?")
    if where == "self":
        return resource.get("id") if isinstance(resource.get("id"), str) else None
    for reference in listed(resource.get(where)):
        url = reference.get("reference") if isinstance(reference, dict) else None
        if isinstance(url, str):
            leads = rest_of(url)
            patient = leads[1] if leads and leads[0] == "Patient" else index.by_url.get(url)
            patient = patient or index.by_identifier.get(url.partition("?identifier=")[2])
            if patient:
                return patient
    return None


def _urls(value: Any) -> Iterator[str]:
    for one in _objects(value):
        for name in ("reference", "url"):
            if isinstance(one.get(name), str):
                yield one[name]


def _name_all(value: Any, told: Told, kind: str) -> None:
    """Every name, address, contact, identifier and display in a resource, known by its form."""
    for one in _objects(value):
        _name_by_form(one, told)
        _name_by_place(one, told)
    if kind in ("Organization", "Location") and isinstance(value.get("name"), str):
        told.add("parts", value["name"], "institution")
        for alias in listed(value.get("alias")):
            told.add("parts", alias, "institution")


def _name_by_form(one: Mapping[str, Any], told: Told) -> None:
    if "family" in one or "given" in one:
        given = [part for part in listed(one.get("given")) if isinstance(part, str)]
        told.add("name", "^".join([str(one.get("family") or ""), " ".join(given)]))
        told.add("name", one.get("text"))
    if "line" in one or "city" in one or "postalCode" in one:
        for part in [*listed(one.get("line")), one.get("city"), one.get("district"), one.get("text")]:
            told.add("parts", part, "address")
        if len(str(one.get("postalCode") or "")) > 5:
            told.add("phone", one.get("postalCode"))
    if one.get("system") in ("phone", "fax", "email", "url", "pager", "sms", "other"):
        told.add("phone", one.get("value"))
    if "reference" in one or "display" in one:
        _name_of_reference(one, told)
    for name in _DEVICE:
        told.add("number", one.get(name), "device")


def _name_by_place(one: Mapping[str, Any], told: Told) -> None:
    for name, inner in one.items():
        if name == "identifier" or name.endswith("Identifier"):
            for identifier in listed(inner):
                said = identifier.get("value") if isinstance(identifier, dict) else None
                if isinstance(said, str) and len(said.strip()) >= _SHORTEST_ID:
                    told.add("number", said.removeprefix("urn:oid:").removeprefix("urn:uuid:"), "id")
        elif name == "authorString" or (name == "valueString" and "mothersMaidenName" in str(one.get("url"))):
            told.add("name", inner)
        elif name == "name" and isinstance(inner, list):  # HumanNames that have a text alone
            for human in inner:
                told.add("name", human.get("text") if isinstance(human, dict) else None)


def _name_of_reference(one: Mapping[str, Any], told: Told) -> None:
    display, url = one.get("display"), one.get("reference")
    if "system" in one or "code" in one or not isinstance(display, str):
        return
    leads = rest_of(url) if isinstance(url, str) else None
    kind = leads[0] if leads else str(one.get("type") or str(url or "").partition("?")[0])
    if kind in PEOPLE or str(url).startswith(("urn:uuid:", "#")):
        told.add("name", display)
    elif kind in ("Organization", "Location"):
        told.add("parts", display, "institution")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _digits(value: Any) -> str:
    return value[:10].replace("-", "") if isinstance(value, str) and len(value) >= 10 else ""


def _day(value: Any, *, last: bool) -> date | None:
    """A date of FHIR, coarse ones at their first or last day: what makes the subject older."""
    if not isinstance(value, str):
        return None
    padded = value[:10] + ("-12-28" if last else "-01-01")[len(value) - 4 :] if len(value) < 10 else value[:10]
    try:
        return date.fromisoformat(padded)
    except ValueError:
        return None

"""A population that never lived, with something to be found in every place where records hide it.

People, streets and towns are made of syllables; codes are real ones. `literals` is everything that may not come out.
"""

import base64
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

_SAID = "bra cho dwel fen gru hol jip kor lum mav nef pog quil rath sov tud vex wim yor zan"
SYLLABLES = _SAID.split()
RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"
CONDITIONS = (("44054006", "Diabetes mellitus type 2"), ("38341003", "Hypertensive disorder"), ("195967001", "Asthma"))
FIRST_DAY = date(2015, 1, 1)


@dataclass
class Person:
    """One subject with everything that identifies them, and what happened to them."""

    number: int
    family: str
    given: str
    born: date
    zip: str
    town: str
    street: str
    mrn: str
    ssn: str
    phone: str
    mail: str
    kin: str
    fhir_id: str
    uuid: str
    events: list[date] = field(default_factory=list)

    @property
    def literals(self) -> list[str]:
        return [
            *(self.family, self.given, self.kin, self.town, self.street, self.mrn, self.ssn, self.phone, self.mail),
            *(self.fhir_id, self.uuid, self.zip, self.born.isoformat(), self.born.strftime("%m/%d/%Y")),
        ]


@dataclass
class House:
    """One practitioner with their organization and location."""

    practitioner: str = "Dr-Zanquilrath"
    family: str = "Zanquilrath"
    npi: str = "9941277305"
    organization: str = "Sovwim Memorial Infirmary"
    org_id: str = "ORG-SOVWIM-1"
    location: str = "Tudvex Wing 4711"

    @property
    def literals(self) -> list[str]:
        return [self.practitioner, self.family, self.npi, self.organization, self.org_id, self.location]


HOUSE = House()


def population(seed: int, size: int) -> list[Person]:
    """That many people; every seventh is over 89 on 1 January 2025."""
    dice = random.Random(seed)

    def name(parts: int) -> str:
        return "".join(dice.choice(SYLLABLES) for _ in range(parts)).capitalize()

    people = []
    for number in range(size):
        year = dice.randrange(1920, 1934) if number % 7 == 0 else dice.randrange(1945, 2010)
        family, given = name(3), name(3)
        person = Person(
            number=number,
            family=family,
            given=given,
            born=date(year, 1, 1) + timedelta(days=dice.randrange(365)),
            zip=dice.choice(("03601", "89301-1234", "94110-2231", "60614", "82101")),
            town=f"{name(2)}burgh",
            street=f"{dice.randrange(10, 99)} {name(2)} Lane",
            mrn=f"MRN-{dice.randrange(10**6, 10**7)}",
            ssn=f"{dice.randrange(900, 999)}-{dice.randrange(10, 99)}-{dice.randrange(1000, 9999)}",
            phone=f"555-{dice.randrange(200, 999)}-{dice.randrange(1000, 9999)}",
            mail=f"{given}.{family}@mail.example".lower(),
            kin=name(4),
            fhir_id=f"{family}-{number}".lower(),
            uuid=f"{dice.randrange(16**8):08x}-0000-4000-8000-{dice.randrange(16**12):012x}",
        )
        person.events = [FIRST_DAY + timedelta(days=dice.randrange(3600)) for _ in range(3)]
        people.append(person)
    return people


def note(person: Person, day: date) -> str:
    return (
        f"{person.given} {person.family} ({person.mrn}) was seen on {day.isoformat()} by Dr {HOUSE.family}; "
        f"sister {person.kin} called from {person.phone}."
    )


def reference(person: Person, style: int, kind: str = "Patient") -> dict:
    """A reference to the person in one of the ways in which exports write it."""
    urls = (
        f"Patient/{person.fhir_id}",
        f"https://ehr.sovwim.example/fhir/Patient/{person.fhir_id}/_history/3",
        f"urn:uuid:{person.uuid}",
        f"Patient?identifier=http://sovwim.example/mrn|{person.mrn}",
    )
    return {"reference": urls[style % 4], "display": f"{person.given} {person.family}", "type": kind}


def patient(person: Person) -> dict:
    return {
        "resourceType": "Patient",
        "id": person.fhir_id,
        "meta": {"versionId": "3", "lastUpdated": "2024-05-06T07:08:09.123+02:00", "source": f"#{person.mrn}"},
        "text": {"status": "generated", "div": f"<div>{person.given} {person.family}</div>"},
        "extension": [
            {
                "url": RACE,
                "extension": [
                    {
                        "url": "ombCategory",
                        "valueCoding": {
                            "system": "urn:oid:2.16.840.1.113883.6.238",
                            "code": "2106-3",
                            "display": "White",
                        },
                    },
                    {"url": "text", "valueString": f"White, says {person.kin}"},
                ],
            },
            {
                "url": "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName",
                "valueString": person.kin,
            },
            {"url": f"http://sovwim.example/ext/{person.family}", "valueString": person.ssn},
        ],
        "identifier": [
            {"system": "http://sovwim.example/mrn", "value": person.mrn, "assigner": {"display": HOUSE.organization}},
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": person.ssn},
        ],
        "name": [{"family": person.family, "given": [person.given], "text": f"{person.given} {person.family}"}],
        "telecom": [{"system": "phone", "value": person.phone}, {"system": "email", "value": person.mail}],
        "gender": "female",
        "birthDate": person.born.isoformat(),
        "_birthDate": {"extension": [{"url": "http://x", "valueDateTime": f"{person.born}T04:05:00Z"}]},
        "address": [
            {"line": [person.street], "city": person.town, "state": "CA", "postalCode": person.zip, "country": "US"}
        ],
        "contact": [{"name": {"text": person.kin}, "telecom": [{"system": "phone", "value": person.phone}]}],
        "photo": [{"contentType": "image/png", "data": base64.b64encode(person.family.encode() * 9).decode()}],
        "generalPractitioner": [{"reference": f"Practitioner/{HOUSE.practitioner}", "display": f"Dr {HOUSE.family}"}],
        "managingOrganization": {"reference": f"Organization/{HOUSE.org_id}", "display": HOUSE.organization},
    }


def clinical(person: Person) -> list[dict]:
    """What happened: an encounter with a condition, an observation, a report and a document for every event."""
    made = []
    for turn, day in enumerate(person.events):
        tail = f"{person.mrn}-{turn}"
        code, display = CONDITIONS[(person.number + turn) % 3]
        coded = {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}], "text": display}
        encounter = {"reference": f"Encounter/enc-{tail}", "display": f"Visit of {person.family}"}
        made += [
            {
                "resourceType": "Encounter",
                "id": f"enc-{tail}",
                "status": "finished",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                "subject": reference(person, turn),
                "participant": [{"individual": {"reference": f"Practitioner?identifier=http://npi|{HOUSE.npi}"}}],
                "period": {"start": f"{day}T08:30:00+01:00", "end": f"{day}T09:00:00.250Z"},
                "location": [{"location": {"reference": "Location/loc-tudvex", "display": HOUSE.location}}],
            },
            {
                "resourceType": "Condition",
                "id": f"cond-{tail}",
                "contained": [
                    {"resourceType": "Practitioner", "id": person.kin, "name": [{"family": person.kin}]},
                    {"resourceType": "Basic", "id": "b", "code": {"text": person.family}},
                ],
                "code": {
                    **coded,
                    "coding": [*coded["coding"], {"system": "http://sovwim.example", "code": person.mrn}],
                },
                "subject": reference(person, turn + 1),
                "encounter": encounter,
                "onsetDateTime": day.isoformat(),
                "abatementString": f"after {person.family} moved to {person.town}",
                "asserter": {"reference": f"#{person.kin}", "display": person.kin},
                "note": [{"authorString": person.kin, "time": f"{day}", "text": note(person, day)}],
            },
            {
                "resourceType": "Observation",
                "id": f"obs-{tail}",
                "status": "final",
                "code": {
                    "coding": [{"system": "http://loinc.org", "code": "30525-0", "display": "Age"}],
                    "text": "Age",
                },
                "subject": reference(person, turn + 2),
                "encounter": encounter,
                "effectiveDateTime": day.isoformat(),
                "issued": f"{day}T10:00:00.000-05:00",
                "valueQuantity": {"value": day.year - person.born.year, "unit": "a", "code": "a"},
                "component": [{"code": coded, "valueString": note(person, day)}],
            },
            {
                "resourceType": "DocumentReference",
                "id": f"doc-{tail}",
                "masterIdentifier": {
                    "system": "urn:ietf:rfc:3986",
                    "value": f"urn:oid:1.2.3.{person.number + 77}.99812{turn}",
                },
                "status": "current",
                "subject": reference(person, turn + 3),
                "description": f"Letter about {person.given}",
                "content": [
                    {
                        "attachment": {
                            "contentType": "text/plain; charset=utf-8",
                            "data": base64.b64encode(note(person, day).encode()).decode(),
                            "title": f"{person.family}.txt",
                            "url": f"https://ehr.sovwim.example/files/{person.mrn}.txt",
                        }
                    },
                    {
                        "attachment": {
                            "contentType": "application/pdf",
                            "data": base64.b64encode(b"%PDF " + note(person, day).encode()).decode(),
                        }
                    },
                ],
            },
            {
                "resourceType": "DiagnosticReport",
                "id": f"rep-{tail}",
                "status": "final",
                "code": coded,
                "subject": reference(person, turn),
                "effectiveDateTime": day.strftime("%Y-%m"),
                "result": [{"reference": f"Observation/obs-{tail}"}],
                "conclusion": note(person, day),
            },
        ]
    return made


def house() -> list[dict]:
    address = {"line": ["1 Sovwim Square"], "city": "Sovwimburgh", "state": "CA", "postalCode": "94110"}
    return [
        {
            "resourceType": "Practitioner",
            "id": HOUSE.practitioner,
            "identifier": [{"system": "http://npi", "value": HOUSE.npi}],
            "name": [{"family": HOUSE.family, "given": ["Porvex"]}],
        },
        {"resourceType": "Organization", "id": HOUSE.org_id, "name": HOUSE.organization, "address": [address]},
        {
            "resourceType": "Location",
            "id": "loc-tudvex",
            "name": HOUSE.location,
            "position": {"latitude": 37.771234, "longitude": -122.41},
            "managingOrganization": {"reference": f"https://ehr.sovwim.example/fhir/Organization/{HOUSE.org_id}"},
        },
    ]


def bundle(people: list[Person]) -> dict:
    """Everything in one Bundle, Patients under UUIDs, the rest under the hospital's addresses."""
    entries = []
    for person in people:
        request = {"method": "PUT", "url": f"Patient?identifier=http://sovwim.example/mrn|{person.mrn}"}
        entries.append({"fullUrl": f"urn:uuid:{person.uuid}", "resource": patient(person), "request": request})
    for resource in [*house(), *(one for person in people for one in clinical(person))]:
        url = f"https://ehr.sovwim.example/fhir/{resource['resourceType']}/{resource['id']}"
        entries.append({"fullUrl": url, "resource": resource})
    return {"resourceType": "Bundle", "id": people[0].mrn, "type": "collection", "entry": entries}

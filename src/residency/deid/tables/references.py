"""References between FHIR resources, written anew so that they still lead to the same resource.

    links.rewritten("https://host/fhir/Encounter/E-77/_history/2")     ->  "Encounter/<code>"
    links.rewritten("urn:uuid:5c1d…")                                  ->  "urn:uuid:<another>", as its fullUrl is
    links.rewritten("Practitioner?identifier=http://npi|99")           ->  "Practitioner?identifier=<coded>"
    links.patient_of({"reference": "urn:uuid:…"})                      ->  the Patient's id in the original

A server's address goes, a display goes, and so does every other search. A reference to a type that no rule knows leads
nowhere afterwards, and is removed. Identifiers become codes under one system, the same in the resource that bears them.
Not here: which resource is whose (`fhir`).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from residency.deid.pseudonyms import Names
from residency.deid.tables.fhir_rules import rules
from residency.deid.tables.subjects import Subjects

CODED = "urn:residency:coded"
"""The system of identifiers that this product gave."""
BASE = "https://deidentified.invalid/fhir/"
"""Where a Bundle says that its resources live: RFC 2606 keeps the name from being anybody's."""
_REST = re.compile(
    r"(?:https?://[^?#]*?/)?([A-Z][A-Za-z]{1,40})/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?"
)
_SEARCH = re.compile(r"(?:https?://[^?#]*?/)?([A-Z][A-Za-z]{1,40})\?identifier=([^&#]+)")
_UUID = re.compile(r"urn:uuid:([0-9A-Fa-f-]{36})")
_OID = re.compile(r"urn:oid:([0-9]+(?:\.[0-9]+)+)")


@dataclass(slots=True)
class Index:
    """What a file's references lead to: Patients by fullUrl and by identifier, and whose the Binaries are."""

    by_url: dict[str, str] = field(default_factory=dict, repr=False)
    by_identifier: dict[str, str] = field(default_factory=dict, repr=False)
    binaries: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Links:
    """How the references of one file are written anew."""

    names: Names = field(repr=False)
    subjects: Subjects = field(repr=False)
    index: Index = field(repr=False)
    bundled: bool = True

    def id_of(self, kind: str, original: str) -> str | None:
        """The new id of a resource: a Patient's is the subject's code; None for one whom nobody knows."""
        if kind != "Patient":
            return self.names.thing(kind, original)
        subject = self.subjects.find("fhir", original)
        return subject.alias.code if subject else None

    def rewritten(self, url: str) -> str | None:
        """A literal reference written anew; None if it leads nowhere afterwards."""
        if (match := _UUID.fullmatch(url)) is not None:
            if not self.bundled and url in self.index.by_url:  # outside a Bundle no fullUrl takes up the UUID
                return self.rewritten(f"Patient/{self.index.by_url[url]}")
            return f"urn:uuid:{self._uuid(match[1])}"
        if (match := _OID.fullmatch(url)) is not None:
            return f"urn:oid:{self.names.uid(match[1])}"
        if (match := _REST.fullmatch(url)) is not None and match[1] in rules().resources:
            new = self.id_of(match[1], match[2])
            return f"{match[1]}/{new}" if new else None
        if (match := _SEARCH.fullmatch(url)) is not None and match[1] in rules().resources:
            return f"{match[1]}?identifier={CODED}|{self.coded(unquote(match[2]))}"
        return None

    def coded(self, token: str) -> str:
        """The code of an identifier given as "system|value"."""
        return self.names.thing("identifier", token)

    def identifier(self, value: Mapping[str, Any]) -> dict[str, Any] | None:
        """An identifier as a code; a UID of DICOM as the UID that the images bear afterwards."""
        said, system = value.get("value"), value.get("system")
        if not isinstance(said, str) or not said.strip():
            return None
        if system == "urn:dicom:uid":
            return {"system": system, "value": f"urn:oid:{self.names.uid(said.removeprefix('urn:oid:'))}"}
        return {"system": CODED, "value": self.coded(token_of(value))}

    def full_url(self, url: str) -> str | None:
        """The address of an entry: a UUID stays one, a server's becomes one of nobody's."""
        new = self.rewritten(url)
        return f"{BASE}{new}" if new and not new.startswith("urn:") else new

    def patient_of(self, reference: Any, contained: Mapping[str, dict] | None = None) -> str | None:
        """The original id of the Patient to whom a Reference leads; None if it leads to none that is known."""
        if not isinstance(reference, dict):
            return None
        url, identifier = reference.get("reference"), reference.get("identifier")
        if isinstance(url, str):
            if url.startswith("#"):
                return self._by_identifier((contained or {}).get(url[1:], {}))
            return self._by_url(url)
        if isinstance(identifier, dict):
            return self.index.by_identifier.get(token_of(identifier))
        return None

    def _by_url(self, url: str) -> str | None:
        if (match := _REST.fullmatch(url)) is not None:
            return match[2] if match[1] == "Patient" else None
        if (match := _SEARCH.fullmatch(url)) is not None and match[1] == "Patient":
            return self.index.by_identifier.get(unquote(match[2]))
        return self.index.by_url.get(url)

    def _by_identifier(self, patient: Mapping[str, Any]) -> str | None:
        if patient.get("resourceType") != "Patient":
            return None
        tokens = [token_of(one) for one in listed(patient.get("identifier")) if isinstance(one, dict)]
        return next((self.index.by_identifier[token] for token in tokens if token in self.index.by_identifier), None)

    def _uuid(self, text: str) -> UUID:
        number = int.from_bytes(hashlib.sha256(self.names.thing("urn:uuid", text).encode()).digest()[:16], "big")
        number = number & ~(0xF << 76) | (0x8 << 76)  # UUID version 8: bits chosen by the application (RFC 9562)
        return UUID(int=number & ~(0x3 << 62) | (0x2 << 62))


def token_of(identifier: Mapping[str, Any]) -> str:
    """An identifier as a search writes it: "system|value"."""
    return f"{identifier.get('system') or ''}|{identifier.get('value') or ''}"


def listed(value: Any) -> list[Any]:
    """The values of an element, one or several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def rest_of(url: str) -> tuple[str, str] | None:
    """Type and id of a reference to a server's resource."""
    match = _REST.fullmatch(url)
    return (match[1], match[2]) if match else None

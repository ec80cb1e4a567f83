"""FHIR R4 in JSON: one resource, a Bundle, or a resource on every line (NDJSON), as records in their order.

    file = open_fhir(source)
    file.form                       "resource", "bundle" or "lines"
    for record in file.records:     Entry(number, resource, around) or Torn(number, fault)

The form is seen from the bytes. Lines are read one at a time, so that a bulk export of any length needs the memory of
one line; a Bundle is one document and is read whole. A torn line costs itself. XML is refused. Not here: what elements
mean (`deid.tables`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, BinaryIO, Literal

from residency.ingest.ehr.strict_json import JsonWrong, parse
from residency.ingest.ehr.torn import EhrTooLarge, EhrUnreadable, Fault, Torn

LONGEST_LINE = 64 << 20
LARGEST_DOCUMENT = 256 << 20
Form = Literal["resource", "bundle", "lines"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource, its number in the file, and what a Bundle says of it besides (fullUrl, request)."""

    record: int
    resource: dict[str, Any] = field(repr=False)
    around: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class FhirFile:
    """The records of one file; `envelope` is a Bundle without its entries."""

    form: Form
    records: Iterator[Entry | Torn] = field(repr=False)
    envelope: dict[str, Any] = field(default_factory=dict, repr=False)


def open_fhir(source: BinaryIO) -> FhirFile:
    """The records of a file; raises EhrUnreadable where it is no FHIR JSON, EhrTooLarge where a Bundle is too long."""
    head = _first_line(source)
    try:
        first = parse(head)
    except JsonWrong as wrong:
        return _whole(head + source.read(LARGEST_DOCUMENT + 1 - len(head)), wrong.fault)
    others = _split(source)
    second = next(others, b"")
    if second:
        return FhirFile("lines", _lines(chain([head, second], others)))
    return _document(first)


def _first_line(source: BinaryIO) -> bytes:
    """The next line that is not empty; the end of the file is an empty line."""
    while line := source.readline(LONGEST_LINE + 1):
        if line.strip():
            return line
    return b""


def _whole(data: bytes, fault: Fault) -> FhirFile:
    if len(data) > LARGEST_DOCUMENT:
        raise EhrTooLarge("The document is too long to be read whole.", remedy="Export it as NDJSON.")
    try:
        return _document(parse(data))
    except JsonWrong as wrong:
        lines = [line for line in data.split(b"\n") if line.strip()]
        if any(_is_resource(line) for line in lines[1:]):
            return FhirFile("lines", _lines(lines))
        said = wrong.message if fault == "NOT-JSON" else JsonWrong(fault).message
        raise EhrUnreadable(f"The file is no FHIR JSON. {said}", remedy="Export JSON or NDJSON of FHIR R4.") from None


def _document(value: Any) -> FhirFile:
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        raise EhrUnreadable("The file is JSON but no FHIR resource.", remedy="Export JSON or NDJSON of FHIR R4.")
    if value["resourceType"] != "Bundle":
        return FhirFile("resource", iter([Entry(0, value)]))
    entries = value.pop("entry", [])
    if not isinstance(entries, list):
        raise EhrUnreadable("The Bundle's entry is no list.", remedy="Export it again.")
    return FhirFile("bundle", (_entry(number, entry) for number, entry in enumerate(entries)), value)


def _entry(number: int, entry: Any) -> Entry | Torn:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
        return Torn(number, "NOT-A-RESOURCE")
    return Entry(number, resource, {key: value for key, value in entry.items() if key != "resource"})


def _lines(lines: Iterable[bytes]) -> Iterator[Entry | Torn]:
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            yield Torn(number, "TOO-LARGE")
            continue
        try:
            value = parse(line)
        except JsonWrong as wrong:
            yield Torn(number, wrong.fault)
            continue
        whole = isinstance(value, dict) and isinstance(value.get("resourceType"), str)
        yield Entry(number, value) if whole else Torn(number, "NOT-A-RESOURCE")


def _split(source: BinaryIO) -> Iterator[bytes]:
    """The lines that are not empty; of one that is too long only its beginning, and the rest of it is passed over."""
    while line := source.readline(LONGEST_LINE + 1):
        over = line
        while len(over) > LONGEST_LINE and not over.endswith(b"\n"):
            over = source.readline(LONGEST_LINE + 1)
        if line.strip():
            yield line


def _is_resource(line: bytes) -> bool:
    try:
        value = parse(line)
    except JsonWrong:
        return False
    return isinstance(value, dict) and "resourceType" in value

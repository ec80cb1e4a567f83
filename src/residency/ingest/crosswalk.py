"""Whose an identifier is: one subject over all types of data, before anything gets a code.

    crosswalk = read_crosswalk(Path("incoming/crosswalk.csv"), issuer="NORTHGATE-MPI")
    crosswalk.fhir_patients(resources, {"urn:oid:2.16.840.1.113883.3.1.42": "NORTHGATE-MPI"})
    whose = crosswalk.find("omop", 4711)
    if isinstance(whose, Unresolved): …         hold it back; whose.value says why
    codes.subject(whose.issuer, whose.patient_id)

The table is one that a data manager has or can join from the person table and the sample sheet: CSV in UTF-8 with a
header line, a line for each patient, and more lines where a patient has several identifiers of one kind. Columns that
are not needed are left out; only patient_id must be there.

    patient_id,issuer,fhir_patient,omop_person,meds_subject,sample,other_id,other_issuer
    0042,NORTHGATE-MPI,f3a8-11,17,17,NA12878_T,,
    0042,NORTHGATE-MPI,,,,NA12878_N,A-77,SOUTHGATE-MPI

`other_id` is another number of the same patient (of another hospital, or from before a merge); without an issuer of its
own it has that of the line. Numbers and issuers are spelled as everywhere (`canonical_id`); ids of FHIR and names of
samples count to the letter, and those of OMOP and MEDS are whole numbers.

Ids of a server, a database or a laboratory mean nothing outside of it: a crosswalk is that of one source. All links are
made before anything is looked for. Nothing is guessed: what leads nowhere, or may lead to two, is Unresolved and waits
in quarantine; one identifier that leads to two patients stops the reading. Not here: the issuer under which a patient
came in before (`issuers`), codes (`source`).
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Literal

from residency.errors import BadInput
from residency.ingest.issuers import Issuers
from residency.kernel.spelling import canonical_id

Kind = Literal["patient", "fhir", "omop", "meds", "sample"]
_KINDS: dict[str, Kind] = {"fhir_patient": "fhir", "omop_person": "omop", "meds_subject": "meds", "sample": "sample"}
_COLUMNS = {"patient_id", "issuer", "other_id", "other_issuer", *_KINDS}
_NUMBER, _FHIR_ID = re.compile(r"[+-]?[0-9]{1,19}"), re.compile(r"[A-Za-z0-9.-]{1,64}")


class CrosswalkWrong(BadInput):
    """A line of the crosswalk cannot be used."""


class CrosswalkContradicts(BadInput):
    """One identifier leads to two patients."""


class Unresolved(Enum):
    """Why an identifier leads to no subject: its data are held back."""

    NOTHING = "names no patient."
    NOT_LINKED = "has an identifier that neither the crosswalk nor the data lead to a patient."
    AMBIGUOUS = "has a number of which it is not clear who issued it."


@dataclass(frozen=True, slots=True)
class Holder:
    """The patient of an identifier, as first written; two are the same where issuer and number are."""

    issuer: str = field(repr=False, compare=False)
    patient_id: str = field(repr=False, compare=False)
    key: tuple[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", (canonical_id(self.issuer), canonical_id(self.patient_id)))


class Crosswalk:
    """Identifiers and their patients; CrosswalkContradicts is raised while links are made, never by a look."""

    def __init__(self) -> None:
        self._leads: dict[tuple[Kind, str, str], tuple[Holder, str]] = {}
        self._stated: dict[str, set[tuple[str, str]]] = {}

    def __repr__(self) -> str:
        return f"Crosswalk({len(self._leads)} identifiers)"

    def find(self, kind: Kind, identifier: str | int, issuer: str = "") -> Holder | Unresolved:
        """Whose identifier this is. A number that nothing is linked to stands for a patient of its own, if clearly."""
        spelled = _spelled(kind, str(identifier))
        if not spelled:
            return Unresolved.NOTHING
        if kind != "patient":
            there = self._leads.get((kind, "", spelled))
            return there[0] if there else Unresolved.NOT_LINKED
        number = str(identifier)
        said = self._issuer(issuer, number)
        there = self._leads.get((kind, canonical_id(said), spelled))
        if there:
            return there[0]
        known = {stated for stated, _ in self._stated.get(spelled, ())}
        # One without an issuer, here or there, may be anybody of this number.
        unclear = known and (not canonical_id(said) or "" in known)
        return Unresolved.AMBIGUOUS if unclear else Holder(said, number)

    def knows(self, holder: Holder) -> bool:
        """Whether some line or resource stated this patient."""
        return holder.key in self._stated.get(holder.key[1], ())

    def patient(self, holder: Holder, at: str) -> Holder:
        """Say that this is a patient; `at` is the place that says so, and no value."""
        self._stated.setdefault(holder.key[1], set()).add(holder.key)
        return self._link("patient", *holder.key, holder, at)

    def link(self, kind: Kind, identifier: str, holder: Holder, at: str, *, issuer: str = "") -> None:
        """Say whose this is; raises CrosswalkWrong for what is no identifier of its kind."""
        spelled = _spelled(kind, identifier)
        if not spelled:
            raise CrosswalkWrong(f"{at} has no usable {_said(kind)}.", remedy="Correct it, or leave it empty.")
        if kind == "patient":
            self._stated.setdefault(spelled, set()).add((canonical_id(issuer), spelled))
        self._link(kind, canonical_id(issuer), spelled, holder, at)

    def fhir_patients(self, patients: Iterable[Mapping[str, Any]], systems: Mapping[str, str]) -> None:
        """Links that FHIR Patient resources state of themselves: `identifier` values of these systems.

        `systems` leads from the URI of a system to its issuer, the one that names the subject first; other systems
        are not read, nor are temporary numbers (use: temp) and Patient.link. A patient whom the table knows keeps the
        subject that it says. Raises CrosswalkContradicts; a resource without any number stays unlinked.
        """
        order = {issuer: rank for rank, issuer in enumerate(systems.values())}
        read = [(*_stated_by(patient, systems), place) for place, patient in enumerate(patients, 1)]
        # In an order of their own, so that an export in another order gives the same subjects.
        for identifier, numbers, place in sorted(read, key=lambda one: [(order[i], n) for i, n in one[1]]):
            if numbers:
                self._fhir_patient(identifier, numbers, f"Patient {place} of the FHIR data")

    def _fhir_patient(self, identifier: str, numbers: list[tuple[str, str]], at: str) -> None:
        found = [self.find("patient", number, issuer) for issuer, number in numbers]
        if any(isinstance(one, Unresolved) for one in found):
            return
        keys: list[tuple[Kind, str, str]] = [("patient", canonical_id(i), canonical_id(n)) for i, n in numbers]
        keys.append(("fhir", "", identifier))
        known = [self._leads[key][0] for key in keys if key in self._leads]
        holder = known[0] if known else self.patient(Holder(*numbers[0]), at)
        for issuer, number in numbers:
            self.link("patient", number, holder, at, issuer=issuer)
        if identifier:
            self.link("fhir", identifier, holder, at)

    def _issuer(self, issuer: str, number: str) -> str:
        """The issuer of a number; where none is said, the only one that the table knows for it."""
        return Issuers(self._stated.get(canonical_id(number), ())).stated(issuer, number)

    def _link(self, kind: Kind, issuer: str, spelled: str, holder: Holder, at: str) -> Holder:
        there, before = self._leads.setdefault((kind, issuer, spelled), (holder, at))
        if there != holder:
            raise CrosswalkContradicts(
                f"{before} and {at} lead one {_said(kind)} to two patients.",
                remedy="Correct one of the two, or write the second number of a patient as other_id.",
            )
        return there


def read_crosswalk(path: Path, *, issuer: str = "") -> Crosswalk:
    """The hospital's table; `issuer` is that of the lines that name none.

    Raises CrosswalkWrong and CrosswalkContradicts with the line, never with a value.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            _check_columns(rows.fieldnames or ())
            lines = [(rows.line_num, _line(rows.line_num, row, issuer)) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CrosswalkWrong("The crosswalk cannot be read as CSV in UTF-8.", remedy="Export it again.") from error
    crosswalk, pairs = Crosswalk(), [pair for _, line in lines for pair in _pairs(line)]
    stated, named = Issuers(pairs), {canonical_id(number) for issuer, number in pairs if canonical_id(issuer)}
    for place, line in lines:
        for said, number in (("issuer", "patient_id"), ("other_issuer", "other_id")):
            line[said] = stated.stated(line[said], line[number])
            if not line[said] and canonical_id(line[number]) in named:
                says = f"Line {place} of the crosswalk has a number that several issuers gave."
                raise CrosswalkWrong(says, remedy="Name the issuer in that line.")
        _take(crosswalk, f"Line {place} of the crosswalk", line)
    return crosswalk


def _take(crosswalk: Crosswalk, at: str, line: dict[str, str]) -> None:
    """One line: the patient, and whatever it leads to them."""
    holder = crosswalk.patient(Holder(line["issuer"], line["patient_id"]), at)
    for column, kind in _KINDS.items():
        if line[column]:
            crosswalk.link(kind, line[column], holder, at)
    if line["other_id"]:
        crosswalk.link("patient", line["other_id"], holder, at, issuer=line["other_issuer"])


def _pairs(line: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield line["issuer"], line["patient_id"]
    if line["other_id"]:
        yield line["other_issuer"], line["other_id"]


def _line(number: int, row: dict, issuer: str) -> dict[str, str]:
    line = {name: (row.get(name) or "").strip() for name in _COLUMNS}
    alone = bool(line["other_issuer"]) and not line["other_id"]
    if None in row or not _spelled("patient", line["patient_id"]) or alone:
        raise CrosswalkWrong(f"Line {number} of the crosswalk is not one patient.", remedy="Correct that line.")
    line["issuer"] = line["issuer"] or issuer
    line["other_issuer"] = line["other_id"] and (line["other_issuer"] or line["issuer"])
    return line


def _check_columns(names: Iterable[str]) -> None:
    listed = list(names)
    missing, unknown = {"patient_id"} - set(listed), set(listed) - _COLUMNS
    if missing or unknown or len(set(listed)) < len(listed):
        # A file without a header line would show its first patient here: only the number of odd columns is said.
        what = (
            f"has {len(unknown)} columns that are not known" if unknown else "lacks 'patient_id' or has a column twice"
        )
        raise CrosswalkWrong(f"The crosswalk {what}.", remedy=f"Its columns are: {', '.join(sorted(_COLUMNS))}.")


def _stated_by(patient: Mapping[str, Any], systems: Mapping[str, str]) -> tuple[str, list[tuple[str, str]]]:
    """A resource's own id, and (issuer, number) for each number of these systems, in their order."""
    identifiers = patient.get("identifier")
    said = [one for one in identifiers if isinstance(one, Mapping)] if isinstance(identifiers, list) else []
    ranks = {system: rank for rank, system in enumerate(systems)}
    numbers = [
        (ranks[one["system"]], one["value"])
        for one in said
        if one.get("system") in ranks and isinstance(one.get("value"), str) and one.get("use") != "temp"
    ]
    issuers = list(systems.values())
    found = [(issuers[rank], number) for rank, number in sorted(numbers) if canonical_id(number)]
    own = patient.get("id")
    return _spelled("fhir", own) if isinstance(own, str) else "", found


def _spelled(kind: Kind, identifier: str) -> str:
    """One spelling for one identifier of this kind; empty where it is none."""
    bare = identifier.strip()
    if kind == "patient":
        return canonical_id(identifier)
    if kind == "fhir":
        bare = bare.removeprefix("Patient/")
        return bare if _FHIR_ID.fullmatch(bare) else ""
    if kind == "sample":
        return bare
    return str(int(bare)) if _NUMBER.fullmatch(bare) else ""


def _said(kind: Kind) -> str:
    return next((column for column, of in _KINDS.items() if of == kind), "number")

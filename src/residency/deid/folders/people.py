"""Whose the files of a folder are, over all kinds of data.

    people = People(names, crosswalk, kinds=3)
    people.who("omop", "4711")            the subject's new name, or None: the record is held back
    people.owner(Path("notes/0042/a.txt"))

With a crosswalk, only what it links is somebody's. Without one, each identifier stands for a subject of its own, but
only in a folder of one kind of identifiers: in a mixture the same person would become two, with two shifts of their
dates, so that records of the other kinds are held back until a crosswalk says who is who. Not here: the crosswalk's
form (`ingest.crosswalk`), subjects of DICOM files without one (`pictures`).
"""

import re
from dataclasses import replace
from pathlib import Path

from residency.deid.dates import Dates
from residency.deid.pseudonyms import Alias, Identity, Names, alias
from residency.ingest.crosswalk import Crosswalk, Holder
from residency.kernel.spelling import canonical_id

_KINDS = ("patient", "fhir", "omop", "meds", "sample")
_PART = re.compile(r"[^\s_/\\.,;()\[\]-]+")
_SHORTEST = 4


class People:
    """Who is who in one folder. `alone` says that it holds one kind of identifiers; `dated` that dates are kept."""

    def __init__(self, names: Names, crosswalk: Crosswalk | None, *, alone: bool, dated: bool = False) -> None:
        self.names = names
        self._crosswalk, self._alone, self._dated = crosswalk, alone, dated
        self._known: dict[tuple[str, str], Alias] = {}
        self._late: dict[tuple[str, str], Alias] = {}
        self._numbers: dict[str, set[tuple[str, str]]] = {}
        self._closed = False

    def close(self) -> None:
        """All was read: who is named from now on owns no file by its path, in whatever order files are cleaned."""
        self._closed = True

    def named(self, issuer: str, number: str) -> Alias:
        """The new name of a patient, who may own notes from now on."""
        key = canonical_id(issuer), canonical_id(number)
        there = self._known.get(key) or self._late.get(key)
        if there is None:
            there = alias(self.names, Identity(issuer, number))
            there = replace(there, dates=Dates(0)) if self._dated else there
            (self._late if self._closed else self._known)[key] = there
        if not self._closed:
            self._numbers.setdefault(key[1], set()).add(key)
        return there

    def patient(self, issuer: str, number: str) -> Identity | None:
        """Who a patient of this issuer and number is; None where the crosswalk cannot tell two apart."""
        if self._crosswalk is None:
            return Identity(issuer, number)
        found = self._crosswalk.find("patient", number, issuer)
        return Identity(found.issuer, found.patient_id) if isinstance(found, Holder) else None

    def who(self, kind: str, identifier: str) -> Alias | None:
        """The subject of an identifier of this kind; None if nobody can say."""
        called = kind if kind in _KINDS else "patient"
        if self._crosswalk is None:
            own = called if called != "patient" else ""
            return self.named(own, identifier) if self._alone and canonical_id(identifier) else None
        found = self._crosswalk.find(called, identifier)
        if not isinstance(found, Holder) or (kind == "bids" and not self._crosswalk.knows(found)):
            return None
        return self.named(found.issuer, found.patient_id)

    def owner(self, place: Path) -> Alias | None:
        """Whose a file without a subject in it is: the one patient whose number stands in its path.

        Without a crosswalk, whose says who else there is, the only subject of a folder owns what is in it.
        """
        if self._crosswalk is None and len(self._known) == 1:
            return next(iter(self._known.values()))
        return self.named_in(place)

    def named_in(self, place: Path) -> Alias | None:
        """The one patient whose number stands in a path."""
        found: dict[tuple[str, str], Alias] = {}
        for part in _parts(place):
            said = self._crosswalk.find("patient", part) if self._crosswalk else None
            if isinstance(said, Holder) and self._crosswalk and self._crosswalk.knows(said):
                found[said.key] = self.named(said.issuer, said.patient_id)
            found |= {key: self._known[key] for key in self._numbers.get(canonical_id(part), ())}
        return next(iter(found.values())) if len(found) == 1 else None


def _parts(place: Path) -> list[str]:
    """The names of the folders and of the file, and what stands in them between signs: there "12" is mostly a count."""
    whole = [part for name in place.parts for part in (name, Path(name).stem)]
    return whole + [part for name in place.parts for part in _PART.findall(name) if len(part) >= _SHORTEST]

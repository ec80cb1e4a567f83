"""The work on one folder in units that share nothing but names: a series, a scan, a file, or the tables of OMOP.

    bench = read(source, found, rules, telling, notes, crew)           everything once: whose it is, what it names
    for unit in bench.units(): results = bench.clean(unit, stream)     in any process, in any order
    kept = Keeper(bench, drafts).clean(unit)                           the same, with the bytes in drafts

Not here: the processes (`crew`), what is remembered of units that are done (`remembered`).
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, reduce
from operator import or_
from pathlib import Path

from residency.deid.folders.crew import Crew
from residency.deid.folders.drafts import Drafts, Stream
from residency.deid.folders.genomes import clean_genome
from residency.deid.folders.notes import Notes
from residency.deid.folders.outcome import Kept, Result
from residency.deid.folders.people import People
from residency.deid.folders.pictures import Pictures, Series
from residency.deid.folders.records import Records
from residency.deid.folders.scans import Scans
from residency.deid.folders.sorting import Found
from residency.deid.identifiers import Identifiers
from residency.deid.reason import Reason
from residency.deid.recipe import FULL_DATES, Recipe
from residency.deid.tables.column_map import ColumnMap
from residency.ingest.crosswalk import Crosswalk

_IDENTIFIED_BY = {
    "dicom": "patient",
    "genome": "sample",
    "nifti": "bids",
    "fhir": "fhir",
    "omop": "omop",
    "meds": "meds",
}
_UNKNOWN = Reason(code="OBJECT-NOT-SUPPORTED", sentence="The file is of no kind that is cleaned here.")


@dataclass(frozen=True, slots=True)
class Unit:
    """Files that are cleaned together; the key is the same in every call on the same input."""

    kind: str
    paths: tuple[Path, ...] = field(repr=False)
    key: str
    series: Series | None = field(default=None, repr=False)


@dataclass
class Bench:
    """What cleaning needs; all of it was read before."""

    source: Path
    found: Found
    rules: Recipe
    people: People
    pictures: Pictures
    records: Records
    scans: Scans
    notes: Notes
    known: Mapping[str, Identifiers] = field(default_factory=dict, repr=False)

    def units(self) -> Iterator[Unit]:
        """Every file that is cleaned, in the order of the output."""
        for series in self.pictures.series:
            yield self._unit("dicom", series.paths, series)
        for kind, paths in self.records.units():
            yield self._unit(kind, paths)
        for path in self.found.files["note"]:
            yield self._unit("note", (path,))
        for group in self.scans.groups:
            yield self._unit("nifti", tuple(group))
        for path in self.found.files["genome"]:
            yield self._unit("genome", (path,))

    def clean(self, unit: Unit, stream: Callable[[], Stream]) -> Iterator[Result]:
        """One unit; what is too large for memory goes into a stream. Raises FolderUnusable."""
        if unit.series is not None:
            yield self.pictures.clean(unit.series, self.rules, self.known)
        elif unit.kind == "note":
            path = unit.paths[0]
            yield self.notes.clean(path, path.relative_to(self.source), self.people, self.known)
        elif unit.kind == "nifti":
            yield self.scans.clean(unit.paths, self.known, faces=self.rules.defaces)
        elif unit.kind == "genome":
            path = unit.paths[0]
            with closing(stream()) as draft:
                result = clean_genome(path, path.relative_to(self.source), self.people, self._everyone, draft)
            yield result
        else:
            yield from self.records.clean(unit.kind, unit.paths, self.known)

    def unknown(self) -> list[Result]:
        """The files of no kind that is cleaned."""
        return [Result("unknown", 1, quarantine=_UNKNOWN)] * len(self.found.files["unknown"])

    def _unit(self, kind: str, paths: Sequence[Path], series: Series | None = None) -> Unit:
        said = b"\0".join([kind.encode(), *(os.fsencode(path.relative_to(self.source)) for path in paths)])
        return Unit(kind, tuple(paths), hashlib.sha256(said).hexdigest()[:32], series)

    @cached_property
    def _everyone(self) -> Identifiers:
        return reduce(or_, self.known.values(), Identifiers())


@dataclass(frozen=True)
class Keeper:
    """A bench whose results are laid into drafts."""

    bench: Bench
    drafts: Drafts

    def clean(self, unit: Unit) -> list[Kept]:
        """One unit; its bytes lie in drafts. Raises FolderUnusable."""
        room = self.drafts.room(unit.key)
        kept = [room.keep(result) for result in self.bench.clean(unit, room.stream)]
        if not any(one.drafts for one in kept):
            self.drafts.drop(unit.key)
        return kept

    def lost(self, unit: Unit, why: str) -> list[Kept]:
        """A unit of which nothing came is held back."""
        self.drafts.drop(unit.key)
        return self.held(unit, why)

    def held(self, unit: Unit, why: str) -> list[Kept]:
        """All files of a unit, held back."""
        reason = Reason(code="UNREADABLE", sentence=f"The cleaning of it broke: {why}")
        return [Kept(Result(unit.kind, len(unit.paths), quarantine=reason))]

    def parted(self, unit: Unit) -> list[Unit]:
        """The files of a unit that can also be cleaned one by one; of any other, none."""
        parts = enumerate(unit.paths) if unit.kind == "omop" else ()
        return [replace(unit, paths=(path,), key=f"{unit.key}-{number}") for number, path in parts]

    def tried(self, unit: Unit) -> None:
        """Clean it and keep nothing: whether anything comes of it."""
        self.clean(unit)
        self.drafts.drop(unit.key)


@dataclass(frozen=True)
class Telling:
    """What says whose things are, beside the files: a crosswalk, maps of columns; `on` is the day of it."""

    crosswalk: Crosswalk | None
    maps: Mapping[str, ColumnMap]
    on: date


def read(source: Path, found: Found, rules: Recipe, telling: Telling, notes: Notes, crew: Crew) -> Bench:
    """Everything once, for whose it is and what it names."""
    scans_told = Scans.labels([path.relative_to(source) for path in found.files["nifti"]])
    nameless = {"unknown", "note"} if scans_told else {"unknown", "note", "nifti"}
    kinds = {_IDENTIFIED_BY.get(kind, "other") for kind in found.kinds() - nameless}
    people = People(crew.names, telling.crosswalk, alone=len(kinds) == 1, dated=rules.keeps(FULL_DATES))
    pictures = Pictures(people, crew)
    pictures.read(found.files["dicom"])
    records = Records(source, found, people, telling.maps, telling.on, notes.text, replace(crew, doing="searching"))
    known: dict[str, Identifiers] = pictures.known()
    for code, mine in records.known().items():
        known[code] = known.get(code, Identifiers()) | mine
    for label in sorted(scans_told):
        people.who("bids", label)
    people.close()
    scans = Scans(source, found.files["nifti"], people)
    return Bench(source, found, rules, people, pictures, records, scans, notes, known)

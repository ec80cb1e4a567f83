"""The work on one folder in units that share nothing but names: a series, a scan, a file, or the tables of OMOP.

    bench = Bench(source, rules, people, pictures, records, known, drafts, …)
    for unit in bench.units(): kept = bench.clean(unit)        in any process, in any order

Not here: the processes (`crew`), what is remembered of units that are done (`remembered`).
"""

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from pathlib import Path

from residency.deid.folders.drafts import Drafts, Room
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
from residency.deid.recipe import Recipe

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
    drafts: Drafts
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

    def clean(self, unit: Unit) -> list[Kept]:
        """One unit; its bytes lie in drafts. Raises FolderUnusable."""
        room = self.drafts.room(unit.key)
        kept = [room.keep(result) for result in self._clean(unit, room)]
        if not any(one.drafts for one in kept):
            self.drafts.drop(unit.key)
        return kept

    def lost(self, unit: Unit, why: str) -> list[Kept]:
        """A unit of which nothing came is held back."""
        self.drafts.drop(unit.key)
        reason = Reason(code="UNREADABLE", sentence=f"The cleaning of it broke: {why}")
        return [Kept(Result(unit.kind, len(unit.paths), quarantine=reason))]

    def unknown(self) -> list[Kept]:
        """The files of no kind that is cleaned."""
        return [Kept(Result("unknown", 1, quarantine=_UNKNOWN))] * len(self.found.files["unknown"])

    def _unit(self, kind: str, paths: Sequence[Path], series: Series | None = None) -> Unit:
        said = b"\0".join([kind.encode(), *(os.fsencode(path.relative_to(self.source)) for path in paths)])
        return Unit(kind, tuple(paths), hashlib.sha256(said).hexdigest()[:32], series)

    def _clean(self, unit: Unit, room: Room) -> Iterator[Result]:
        if unit.series is not None:
            yield self.pictures.clean(unit.series, self.rules, self.known)
        elif unit.kind == "note":
            path = unit.paths[0]
            yield self.notes.clean(path, path.relative_to(self.source), self.people, self.known)
        elif unit.kind == "nifti":
            yield self.scans.clean(unit.paths, self.known, faces=self.rules.defaces)
        elif unit.kind == "genome":
            path = unit.paths[0]
            with closing(room.stream()) as draft:
                result = clean_genome(path, path.relative_to(self.source), self.people, self._everyone, draft)
            yield result
        else:
            yield from self.records.clean(unit.kind, unit.paths, self.known)

    @cached_property
    def _everyone(self) -> Identifiers:
        return reduce(or_, self.known.values(), Identifiers())

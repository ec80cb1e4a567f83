"""Records in a folder: FHIR, OMOP, MEDS and other tables, read once for what they name and then cleaned.

    records = Records(found, people, maps, on)
    known = records.known()                      code of a subject → what the records name of them
    for kind, paths in records.units(): results = records.clean(kind, paths, known)

All files of a kind are read together: a reference, a visit, a person may stand in any of them. Those of OMOP are also
cleaned together, so that two things in different tables never share a number; any other file is cleaned by itself. Not
here: one kind's rules (`deid.tables`).
"""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from residency.deid.folders.crew import Crew, Lost, each
from residency.deid.folders.outcome import Result
from residency.deid.folders.people import People
from residency.deid.folders.sorting import Found
from residency.deid.identifiers import Identifiers
from residency.deid.reason import Reason
from residency.deid.tables.batches import Form
from residency.deid.tables.column_map import ColumnMap
from residency.deid.tables.csv import ColumnMissing, clean_csv
from residency.deid.tables.fhir import clean_fhir
from residency.deid.tables.fhir_harvest import FhirHarvest, harvest_fhir
from residency.deid.tables.harvest import OmopHarvest, harvest_csv, harvest_meds, harvest_omop
from residency.deid.tables.meds import clean_meds
from residency.deid.tables.omop import OmopExport
from residency.deid.tables.outcome import CodesCollide, Outcome
from residency.deid.tables.subjects import Cleaner, Desk, Key, Told
from residency.ingest.ehr.omop import table_of
from residency.ingest.ehr.torn import EhrTooLarge, EhrUnreadable

_Part = tuple[str, tuple[Path, ...]]
"""Files of a kind that are read together."""
_UNREADABLE = Reason(code="UNREADABLE", sentence="The file is not in the format that it seems to be in.")
_NO_MAP = Reason(code="OBJECT-NOT-SUPPORTED", sentence="No map says what the columns of this table are.")
_TWICE = Reason(code="DUPLICATE", sentence="Two things of the file would get one number.")


@dataclass
class Records:
    """The records of one folder; `maps` are column maps, by the name of the table; `text` cleans free text."""

    source: Path
    found: Found
    people: People
    maps: Mapping[str, ColumnMap]
    on: date
    text: Cleaner
    crew: Crew
    _told: dict[Key, Told] = field(default_factory=dict, repr=False)
    _fhir: FhirHarvest = field(default_factory=FhirHarvest, repr=False)
    _omop: OmopHarvest = field(default_factory=OmopHarvest, repr=False)
    _torn: set[Path] = field(default_factory=set)

    def known(self) -> dict[str, Identifiers]:
        """Read everything once; what it names of whom, by the subject's code."""
        self._fhir = self._read_together("fhir") or self._fhir
        self._omop = self._read_together("omop") or self._omop
        apart: list[_Part] = [("meds", (path,)) for path in self.found.files["meds"]]
        apart += [("csv", (path,)) for path in self.found.files["csv"] if self._map(path) is not None]
        for told in self._read(apart):
            self._learn(told)
        known: dict[str, Identifiers] = {}
        for told in (self._told, self._fhir.told, self._omop.told):
            for (kind, identifier), facts in told.items():
                subject = self.people.who(kind, identifier)
                if subject is not None:
                    known[subject.code] = known.get(subject.code, Identifiers()) | facts.identifiers()
        return known

    def units(self) -> Iterator[tuple[str, tuple[Path, ...]]]:
        """Files that are cleaned together, with their kind."""
        for kind in ("fhir", "meds", "csv"):
            yield from ((kind, (path,)) for path in self.found.files[kind])  # pyrefly: ignore[bad-index]
        if self.found.files["omop"]:
            yield "omop", tuple(self.found.files["omop"])

    def clean(self, kind: str, paths: Sequence[Path], known: Mapping[str, Identifiers]) -> Iterator[Result]:
        """The files of one unit; `known` is what all kinds of data name."""
        desk = Desk(self.people.who, self.people.names, self.on, self.text, known)
        export = OmopExport(desk, self._omop) if kind == "omop" else None
        for path in paths:
            if export is not None:
                yield self._clean_omop(path, export)
            elif kind == "fhir":
                yield self._clean(path, "fhir", lambda source, sink: clean_fhir(source, sink, desk, self._fhir))
            elif kind == "meds":
                yield self._clean(path, "meds", lambda source, sink: clean_meds(source, sink, desk, self._told))
            else:
                yield self._clean_csv(path, desk)

    def _clean_csv(self, path: Path, desk: Desk) -> Result:
        chart = self._map(path)
        if chart is None:
            return Result("csv", 1, quarantine=_NO_MAP)
        clean = lambda source, sink: clean_csv(source, sink, desk, chart, self._told)  # noqa: E731
        return self._clean(path, "csv", clean, f"{chart.table}-")

    def _clean_omop(self, path: Path, export: OmopExport) -> Result:
        table, form = table_of(path.name) or "", _form(path)
        return self._clean(path, "omop", lambda source, sink: export.clean(table, source, sink, form), f"{table}-")

    def _clean(self, path: Path, kind: str, clean: Callable[..., Outcome], prefix: str = "") -> Result:
        sink = io.BytesIO()
        if path in self._torn:
            return Result(kind, 1, quarantine=_UNREADABLE)
        try:
            with path.open("rb") as source:
                outcome = clean(source, sink)
        except (EhrUnreadable, EhrTooLarge, ColumnMissing):
            return Result(kind, 1, quarantine=_UNREADABLE)
        except CodesCollide:
            return Result(kind, 1, quarantine=_TWICE)
        records = Counter(held.reason.code for held in outcome.held)
        place = self.people.names.thing("file", str(path.relative_to(self.source)))
        name = f"{kind}/{prefix}{place}{path.suffix.lower()}"
        if outcome.held and not outcome.released:
            return Result(kind, 1, outcome.counts, records, quarantine=outcome.held[0].reason)
        return Result(kind, 1, outcome.counts, records, outputs=[(name, sink.getvalue())])

    def _read_together(self, kind: str) -> Any:
        """All files of a kind at once; where that fails, those that can be read each by itself; None of no file."""
        paths = tuple(self.found.files[kind])  # pyrefly: ignore[bad-index]
        whole = self._all(kind, paths)
        if isinstance(whole, Lost):
            self._read([(kind, (path,)) for path in paths])
            whole = self._all(kind, tuple(path for path in paths if path not in self._torn))
        return None if isinstance(whole, Lost) else whole

    def _all(self, kind: str, paths: tuple[Path, ...]) -> Any:
        return next((said for _, said in each(self._harvest, [(kind, paths)], self.crew)), None) if paths else None

    def _read(self, parts: list[_Part]) -> list[Any]:
        """What each of the parts tells, in processes of their own; one of which nothing comes is torn."""
        said = dict(each(self._harvest, parts, self.crew))
        self._torn |= {path for at, (_, paths) in enumerate(parts) if isinstance(said[at], Lost) for path in paths}
        return [said[at] for at in range(len(parts)) if not isinstance(said[at], Lost)]

    def _harvest(self, part: _Part) -> Any:
        kind, paths = part
        with ExitStack() as stack:
            files = [stack.enter_context(path.open("rb")) for path in paths]
            if kind == "fhir":
                return harvest_fhir(files)
            if kind == "omop":
                named = zip(paths, files, strict=True)
                return harvest_omop([(table_of(path.name) or "", (file, _form(path))) for path, file in named])
            chart = self._map(paths[0]) if kind == "csv" else None
            return harvest_meds(files[0]) if chart is None else harvest_csv(files[0], chart)

    def _learn(self, told: Mapping[Key, Told]) -> None:
        """A subject may be told of in several files."""
        for key, facts in told.items():
            self._told.setdefault(key, Told()).join(facts)

    def _map(self, path: Path) -> ColumnMap | None:
        return self.maps.get(path.stem.lower())


def _form(path: Path) -> Form:
    return "parquet" if path.suffix.lower() == ".parquet" else "csv"

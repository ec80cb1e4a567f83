"""DICOM files in a folder: which belong to one subject and one series, and each series cleaned as a whole.

    pictures = Pictures(people, crew)
    pictures.read(found.files["dicom"])          told apart; pictures.left counts what is no DICOM file, by code
    known = pictures.known()                     code of a subject → what their files name
    for series in pictures.series: result = pictures.clean(series, rules, known)

A patient is who has one number, however it is spelled, and one issuer, which some of their files may leave out. A file
that breaks the process that reads it is unreadable; of a series that breaks it nothing is known, and it is held back.
Not here: one series (`dicom.series`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from residency.deid.dicom.elements import Unreadable, read
from residency.deid.dicom.harvest import harvest
from residency.deid.dicom.kinds import is_directory
from residency.deid.dicom.series import SeriesResult, deidentify_series
from residency.deid.folders.crew import Crew, Lost, each
from residency.deid.folders.outcome import Result
from residency.deid.folders.people import People
from residency.deid.identifiers import Identifiers
from residency.deid.pseudonyms import Identity
from residency.deid.reason import Reason
from residency.deid.recipe import Recipe
from residency.ingest.issuers import Issuers
from residency.kernel.spelling import canonical_id

_PATIENT, _ISSUER, _SERIES = 0x00100020, 0x00100021, 0x0020000E
_TOGETHER = 64
"""Files that are told apart at once."""
Told = tuple[str, str, str] | str
"""Issuer, patient and series as one file says them, or the code for what it is instead."""
_WHOSE = Reason(code="NO-SUBJECT", sentence="Several patients have the number of this one.")
_BROKEN = Reason(code="UNREADABLE", sentence="The process that read the series for what it names broke.")


@dataclass(frozen=True, slots=True)
class Series:
    """The files of one series, and whose it is by its files; where they do not say, the number of their folder."""

    issuer: str = field(repr=False)
    patient: str = field(repr=False)
    name: str = field(repr=False)
    paths: tuple[Path, ...] = field(repr=False)


@dataclass
class Pictures:
    """The series of a folder, those of a subject together; `left` counts files that are none, by code."""

    people: People
    crew: Crew
    series: list[Series] = field(default_factory=list)
    left: Counter = field(default_factory=Counter)
    _broken: set[Series] = field(default_factory=set)

    def read(self, paths: Sequence[Path]) -> None:
        """Read every file once for whose it is."""
        crew = replace(self.crew, doing="reading")
        parts = [tuple(paths[at : at + _TOGETHER]) for at in range(0, len(paths), _TOGETHER)]
        told: dict[Path, Told] = {}
        again: list[tuple[Path, ...]] = []
        for at, said in each(_told, parts, crew):
            if isinstance(said, Lost):
                again += [(path,) for path in parts[at]]
            else:
                told |= zip(parts[at], said, strict=True)
        for at, said in each(_told, again, crew):
            told[again[at][0]] = "UNREADABLE" if isinstance(said, Lost) else said[0]
        folders: dict[Path, int] = {}
        found = []
        for path in paths:
            said = told[path]
            if isinstance(said, str):
                self.left[said] += 1
                continue
            issuer, patient, name = said
            stand_in = f"folder {folders.setdefault(path.parent, len(folders) + 1)}"
            found.append(((issuer, patient or stand_in, name or stand_in), path))
        self.series = _together(found)

    def known(self) -> dict[str, Identifiers]:
        """What the files name, by the code of their subject."""
        known: dict[str, Identifiers] = {}
        codes = [self._code(series) for series in self.series]
        found: dict[int, Identifiers | Lost] = dict(each(_named_in, self.series, replace(self.crew, doing="searching")))
        for at, code in enumerate(codes):
            said = found[at]
            if isinstance(said, Lost):
                self._broken.add(self.series[at])
            elif code:
                known[code] = known.get(code, Identifiers()) | said
        return known

    def clean(self, series: Series, rules: Recipe, known: Mapping[str, Identifiers]) -> Result:
        """One series, searched for what anything of its subject names."""
        who = self.people.patient(series.issuer, series.patient)
        if who is None or series in self._broken:
            result = SeriesResult(len(series.paths), quarantine=_WHOSE if who is None else _BROKEN)
        else:
            result = self._clean(series, who, rules, known)
        plain = replace(result, outputs=[])
        return Result("dicom", result.received, outputs=result.outputs, quarantine=result.quarantine, series=plain)

    def _clean(self, series: Series, who: Identity, rules: Recipe, known: Mapping[str, Identifiers]) -> SeriesResult:
        code = self.people.named(who.issuer, who.patient_id).code
        files = [path.read_bytes() for path in series.paths]
        return deidentify_series(files, rules, self.people.names, who, name=series.name, known=known.get(code))

    def _code(self, series: Series) -> str:
        who = self.people.patient(series.issuer, series.patient)
        return self.people.named(who.issuer, who.patient_id).code if who else ""


def _told(paths: Sequence[Path]) -> list[Told]:
    return [_told_by(path) for path in paths]


def _told_by(path: Path) -> Told:
    data = b""
    try:
        data = path.read_bytes()
        instance = read(data)
    except (OSError, Unreadable) as error:
        return "UNREADABLE" if isinstance(error, OSError) or data[128:132] == b"DICM" else "NOT-DICOM"
    if is_directory(instance):
        return "DIRECTORY"
    issuer, patient, name = (instance.get(tag).decode("latin-1") for tag in (_ISSUER, _PATIENT, _SERIES))
    return issuer, patient, name


def _together(found: Sequence[tuple[tuple[str, str, str], Path]]) -> list[Series]:
    """As intake does it: numbers have one spelling, and an issuer that only some files state is that of all."""
    issuers = Issuers({(issuer, patient) for (issuer, patient, _), _ in found})
    subjects: dict[tuple[str, str], dict[tuple[str, str, str], list[Path]]] = defaultdict(lambda: defaultdict(list))
    for (issuer, patient, name), path in found:
        who = canonical_id(issuers.stated(issuer, patient)), canonical_id(patient)
        subjects[who][*who, name].append(path)
    return [Series(*key, tuple(paths)) for theirs in subjects.values() for key, paths in theirs.items()]


def _named_in(series: Series) -> Identifiers:
    """What the files of a series name; a broken one names nothing here and stops its series when that is cleaned."""
    try:
        return harvest([read(path.read_bytes()) for path in series.paths])
    except (Unreadable, ValueError, OSError):
        return Identifiers()

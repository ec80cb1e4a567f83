"""DICOM files in a folder: which belong to one subject, and each series cleaned as a whole.

    pictures = Pictures(found.files["dicom"], people)
    for result, outputs in pictures.clean(rules, known): …

A patient is who has one number, however it is spelled, and one issuer, which some of their files may leave out. Not
here: one series (`dicom.series`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from residency.deid.dicom.elements import Unreadable, read
from residency.deid.dicom.harvest import harvest
from residency.deid.dicom.kinds import is_directory
from residency.deid.dicom.series import SeriesResult, deidentify_series
from residency.deid.folders.people import People
from residency.deid.identifiers import Identifiers
from residency.deid.pseudonyms import Identity
from residency.deid.reason import Reason
from residency.deid.recipe import Recipe
from residency.ingest.issuers import Issuers
from residency.kernel.spelling import canonical_id
from residency.observe.progress import track

_PATIENT, _ISSUER, _SERIES = 0x00100020, 0x00100021, 0x0020000E
Name = tuple[str, str, str]
"""Issuer, patient, series; where a file does not say, the number of its folder."""
Series = dict[Name, list[Path]]
_WHOSE = Reason(code="NO-SUBJECT", sentence="Several patients have the number of this one.")


@dataclass
class Pictures:
    """The series of a folder by subject; `left` counts files that are none, by code."""

    paths: Sequence[Path]
    people: People
    subjects: list[Series] = field(default_factory=list)
    left: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        found: list[tuple[Name, Path]] = []
        folders: dict[Path, int] = {}
        for path in track(list(self.paths), "reading"):
            data = b""
            try:
                data = path.read_bytes()
                instance = read(data)
            except (OSError, Unreadable) as error:
                torn = isinstance(error, OSError) or data[128:132] == b"DICM"
                self.left["UNREADABLE" if torn else "NOT-DICOM"] += 1
                continue
            if is_directory(instance):
                self.left["DIRECTORY"] += 1
                continue
            issuer, patient, name = (instance.get(tag).decode("latin-1") for tag in (_ISSUER, _PATIENT, _SERIES))
            stand_in = f"folder {folders.setdefault(path.parent, len(folders) + 1)}"
            found.append(((issuer, patient or stand_in, name or stand_in), path))
        self.subjects = self._by_subject(found)

    def known(self) -> dict[str, Identifiers]:
        """What the files name, by the code of their subject."""
        known: dict[str, Identifiers] = {}
        for subject in self.subjects:
            for (issuer, patient, _), paths in subject.items():
                who = self.people.patient(issuer, patient)
                if who is not None:
                    code = self.people.named(who.issuer, who.patient_id).code
                    known[code] = known.get(code, Identifiers()) | _named_in(paths)
        return known

    def clean(self, rules: Recipe, known: Mapping[str, Identifiers]) -> Iterator[SeriesResult]:
        """Every series, searched for what anything of its subject names."""
        for subject in track(self.subjects, "cleaning series"):
            for (issuer, patient, name), paths in subject.items():
                who = self.people.patient(issuer, patient)
                if who is None:
                    yield SeriesResult(len(paths), quarantine=_WHOSE)
                    continue
                yield self._clean(who, name, paths, rules, known)

    def _clean(
        self, who: Identity, name: str, paths: list[Path], rules: Recipe, known: Mapping[str, Identifiers]
    ) -> SeriesResult:
        code = self.people.named(who.issuer, who.patient_id).code
        files = [path.read_bytes() for path in paths]
        return deidentify_series(files, rules, self.people.names, who, name=name, known=known.get(code))

    def _by_subject(self, found: list[tuple[Name, Path]]) -> list[Series]:
        """As intake does it: numbers have one spelling, and an issuer that only some files state is that of all."""
        issuers = Issuers({(issuer, patient) for (issuer, patient, _), _ in found})
        subjects: dict[tuple[str, str], Series] = defaultdict(lambda: defaultdict(list))
        for (issuer, patient, name), path in found:
            who = canonical_id(issuers.stated(issuer, patient)), canonical_id(patient)
            subjects[who][*who, name].append(path)
        return list(subjects.values())


def _named_in(paths: Sequence[Path]) -> Identifiers:
    """What the files of a series name; a broken one names nothing here and stops its series when that is cleaned."""
    try:
        return harvest([read(path.read_bytes()) for path in paths])
    except (Unreadable, ValueError):
        return Identifiers()

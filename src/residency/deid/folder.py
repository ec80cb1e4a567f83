"""`residency deid folder`: take the names out of any folder of DICOM, without a site.

    done = clean_folder(Path("incoming"), Path("clean"), ("basic", "shift-dates"))
    done.quarantined         code → files; nothing of these is in the output

A patient is who has one number, however it is spelled, and one issuer, which some of their files may leave out. The
key for codes and shifts is made for this one call and forgotten, so that nobody, not even who called, can lead a code
back; two calls give different codes. What cannot be cleaned stays out, with a reason. A DICOMDIR of the input is made
anew from what was cleaned, whose files then have the short names that a directory asks for. The report is written last:
an output without it is unfinished. Not here: the governed act (`run`), which remembers.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from residency.deid.dicom.directory import directory
from residency.deid.dicom.elements import Unreadable, read
from residency.deid.dicom.harvest import harvest
from residency.deid.dicom.kinds import is_directory
from residency.deid.dicom.series import SeriesResult, deidentify_series
from residency.deid.pseudonyms import Identity, Pseudonyms, canonical_id
from residency.deid.reason import Reason
from residency.deid.recipe import Recipe, load_recipe
from residency.deid.report import report_of
from residency.errors import Conflict, Missing, Unavailable
from residency.ingest.issuers import Issuers
from residency.kernel.record import Part
from residency.observe.progress import track
from residency.store.files import write_atomically

REPORT = "residency-report.json"
_PATIENT, _ISSUER, _SERIES = 0x00100020, 0x00100021, 0x0020000E


class FolderMissing(Missing):
    """There is no folder to read."""


class FolderTaken(Conflict):
    """The output goes into an empty folder apart from the input, so that nothing uncleaned lies beside it."""


class FolderUnusable(Unavailable):
    """The disk or its permissions do not let a file be read or written."""


class Cleaned(Part):
    """What became of a folder; counts of files."""

    received: int
    released: int
    quarantined: dict[str, int]


def clean_folder(source: Path, target: Path, recipe: tuple[str, ...]) -> Cleaned:
    """Clean every series below a folder.

    Raises FolderMissing, FolderTaken, FolderUnusable, RecipeUnknown, RecipeWrong.
    """
    _check(source, target)
    rules = load_recipe(*recipe)
    try:
        return _clean(source, target, rules)
    except OSError as error:
        # The path that the error names may hold a patient's name.
        why = f"A file can no longer be read or written ({error.strerror})."
        raise FolderUnusable(why, remedy=f"Check disk and permissions, then repeat; remove {target} first.") from None


Name = tuple[str, str, str]
"""Issuer, patient, series; where a file does not say, the number of its folder."""
Series = Mapping[Name, list[Path]]


def _check(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise FolderMissing(f"There is no folder {source}.", remedy="Give the folder that holds the DICOM files.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FolderTaken(f"{target} is not an empty folder.", remedy="Give a new folder for the output.")
    if target.resolve().is_relative_to(source.resolve()):
        raise FolderTaken(f"{target} lies inside the input.", remedy="Give a folder apart from the input.")


def _clean(source: Path, target: Path, rules: Recipe) -> Cleaned:
    pseudonyms, (subjects, left) = Pseudonyms(os.urandom(32)), _sorted(source)
    target.mkdir(parents=True, exist_ok=True)
    output = _Output(target, short=bool(left["DIRECTORY"]))
    results = [
        output.add(result) for subject in track(subjects, "cleaning") for result in _cleaned(subject, rules, pseudonyms)
    ]
    if output.short:
        files = {name: (target / name).read_bytes() for name in output.files}
        (target / "DICOMDIR").write_bytes(directory(files, pseudonyms.uid("the directory of this output")))
    report = report_of(results, rules)
    done = Cleaned(
        received=report.files_received + sum(left.values()),
        released=report.files_released,
        quarantined=dict(Counter(report.files_quarantined) + left),
    )
    body = report.model_dump(mode="json") | done.model_dump(mode="json")
    write_atomically(target / REPORT, json.dumps(body, indent=1).encode(), mode=0o644)
    return done


def _sorted(source: Path) -> tuple[list[Series], Counter]:
    """The series of each subject; and how many files are none, by code. Links are not followed."""
    found: list[tuple[Name, Path]] = []
    left: Counter = Counter()
    folders: dict[Path, int] = {}
    entries = sorted(path for path in source.rglob("*") if path.is_symlink() or not path.is_dir())
    for path in track(entries, "reading"):
        if path.is_symlink() or not path.is_file():
            left["NOT-REGULAR"] += 1
            continue
        data = b""
        try:
            data = path.read_bytes()
            instance = read(data)
        except (OSError, Unreadable) as error:
            torn = isinstance(error, OSError) or data[128:132] == b"DICM"
            left["UNREADABLE" if torn else "NOT-DICOM"] += 1
            continue
        if is_directory(instance):
            left["DIRECTORY"] += 1
            continue
        issuer, patient, name = (instance.get(tag).decode("latin-1") for tag in (_ISSUER, _PATIENT, _SERIES))
        stand_in = f"folder {folders.setdefault(path.parent, len(folders) + 1)}"
        found.append(((issuer, patient or stand_in, name or stand_in), path))
    return _by_subject(found), left


def _by_subject(found: list[tuple[Name, Path]]) -> list[Series]:
    """As intake does it: numbers have one spelling, and an issuer that only some files state is that of all."""
    issuers = Issuers({(issuer, patient) for (issuer, patient, _), _ in found})
    subjects: dict[tuple[str, str], dict[Name, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for (issuer, patient, name), path in found:
        who = canonical_id(issuers.stated(issuer, patient)), canonical_id(patient)
        subjects[who][*who, name].append(path)
    return list(subjects.values())


def _cleaned(subject: Series, rules: Recipe, pseudonyms: Pseudonyms) -> Iterator[SeriesResult]:
    """Every series of a subject, searched for what any of them names."""
    files = {name: [path.read_bytes() for path in paths] for name, paths in subject.items()}
    known = harvest([read(data) for series in files.values() for data in series]) if len(files) > 1 else None
    for (issuer, patient, name), series in files.items():
        yield deidentify_series(series, rules, pseudonyms, Identity(issuer, patient), name=name, known=known)


class _Output:
    """The files of the output, named by their UIDs; or with short names, where a directory will list them."""

    def __init__(self, target: Path, *, short: bool) -> None:
        self.target, self.short = target, short
        self.files: list[str] = []
        self._instances: set[str] = set()

    def add(self, result: SeriesResult) -> SeriesResult:
        """Write a series; the result comes back without its bytes, which lie in the output now."""
        if not self._instances.isdisjoint(name for name, _ in result.outputs):
            sentence = "Files of another series are the same instances."
            return replace(result, outputs=[], quarantine=Reason(code="DUPLICATE", sentence=sentence))
        folder = f"DICOM/S{len({Path(name).parent for name in self.files}) + 1:07d}"
        for number, (name, data) in enumerate(result.outputs, 1):
            self._instances.add(name)
            self.files.append(f"{folder}/I{number:07d}" if self.short else name)
            path = self.target / self.files[-1]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return replace(result, outputs=[])

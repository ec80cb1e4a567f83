"""A whole hospital export, generated: good subjects, spoiled ones, an external series, and the answer key.

    summary = generate(Path("demo-data"), seed=7, package=Path("totalsegmentator-2.18.0.tar.gz"))
    summary.generated_from      # "generated from 1 real anatomy"

What it writes (the same bytes for the same seed and package):

    incoming/ct/<patient>/…             incoming/labels/<SeriesInstanceUID>.nii.gz      incoming/subjects.csv
    external/ct/…                       external/labels/…                               external/subjects.csv
    planted.json                        every planted identifier and defect; not for intake, only for tests

Without the package the bodies are phantoms, and the summary says so. These originals lie outside of any site.
The real external series has no PatientID and no SeriesInstanceUID: the name of its folder stands for both, in
`external/subjects.csv` and as the name of its label map.

Not here: intake, de-identification, or any judgement on what is written.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from residency.demo.anatomy import Anatomy, RealSeries, load, load_series, phantom
from residency.demo.defects import Defect, plant
from residency.demo.series import Case, compose
from residency.demo.writer import Written, write_case, write_label
from residency.errors import Conflict

EXTERNAL_FOLDER = "EXT-0001"
COLUMNS = ("patient_id", "issuer", "sex", "birth_date", "race", "ethnicity", "anatomy")


class FolderNotEmpty(Conflict):
    """The folder to write into already holds something."""


@dataclass(frozen=True)
class CohortSummary:
    """What was written. `files` counts what lies below incoming/ct, spoiled files included."""

    root: Path
    seed: int
    subjects: int
    files: int
    external_files: int
    defects: tuple[tuple[str, int], ...]
    real_anatomies: int
    generated_from: str
    provenance: str
    labels_are: str
    external: str


def generate(out: Path, *, seed: int, package: Path | None, subjects: int = 48) -> CohortSummary:
    """Write the export below `out` (empty or absent); raises FolderNotEmpty, PackageAbsent, PackageUnknown."""
    if out.exists() and any(out.iterdir()):
        raise FolderNotEmpty(f"{out.name} is not empty.", remedy="Name a new folder, or empty it first.")
    anatomy = phantom(seed) if package is None else load(package)
    ct, labels = out / "incoming/ct", out / "incoming/labels"
    key, people = [], []
    for index in range(subjects):
        case = compose(anatomy, seed, index)
        written = write_case(case, ct, labels)
        key.append(_key(case, written))
        people.append(_person(case))
    defects = plant(anatomy, seed, subjects, ct, labels)
    people += [_person(defect.case) for defect in defects if defect.case]
    _write_people(out / "incoming/subjects.csv", people)
    external = _external_phantom(out, seed) if package is None else _external_real(out, load_series(package))
    _write_key(out / "planted.json", seed=seed, anatomy=anatomy, key=key, defects=defects, external=external)
    return _summary(out, seed=seed, subjects=subjects, anatomy=anatomy, defects=defects, external=external)


def _key(case: Case, written: Written) -> dict[str, Any]:
    return {
        "folder": written.folder,
        "files": written.files,
        "label": written.label,
        "patient_id": case.person.patient_id,
        "issuer": case.person.issuer,
        "series_uid": case.at.series_uid,
        "scanner": f"{case.scanner.maker} {case.scanner.model}",
        "site": case.scanner.hospital,
        "anatomy": case.anatomy.name,
        "encoding": case.planted.encoding,
        "identifiers": case.planted.rows,
    }


def _person(case: Case) -> tuple[str, ...]:
    """A row of the hospital's demographic extract."""
    person = case.person
    sex = person.sex or "unknown"
    born = person.birth.isoformat()
    return (person.patient_id, person.issuer, sex, born, person.race, person.ethnicity, case.anatomy.name)


def _write_people(path: Path, people: list[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(sorted(people))


def _external_real(out: Path, series: RealSeries) -> dict[str, Any]:
    """The files of the package as they are; the grid of the labels is read from their headers."""
    folder = out / "external/ct" / EXTERNAL_FOLDER
    folder.mkdir(parents=True)
    for name, data in series.files.items():
        (folder / name).write_bytes(data)
    label = f"{EXTERNAL_FOLDER}.nii.gz"
    write_label(out / "external/labels" / label, series.labels, _affine_of([folder / name for name in series.files]))
    person = (EXTERNAL_FOLDER, "", "unknown", "", "unknown", "unknown", series.name)
    _write_people(out / "external/subjects.csv", [person])
    return {
        "folder": EXTERNAL_FOLDER,
        "files": list(series.files),
        "label": label,
        "patient_id": EXTERNAL_FOLDER,
        "anatomy": series.name,
        "provenance": series.provenance,
        "labels_are": series.labels_are,
    }


def _affine_of(paths: list[Path]) -> np.ndarray:
    """Of an axial series: (column, row, slice towards the head) to NIfTI's millimetres."""
    from pydicom import dcmread

    headers = sorted(
        (dcmread(path, stop_before_pixels=True) for path in paths), key=lambda h: float(h.ImagePositionPatient[2])
    )
    (x, y, z), (_, _, above) = (map(float, headers[i].ImagePositionPatient) for i in (0, 1))
    dy, dx = map(float, headers[0].PixelSpacing)
    return np.array([[-dx, 0, 0, -x], [0, -dy, 0, -y], [0, 0, above - z, z], [0, 0, 0, 1]])


def _external_phantom(out: Path, seed: int) -> dict[str, Any]:
    """Another phantom, on a patient far from the others' numbers."""
    case = compose(phantom(seed + 1), seed, 10_000)
    written = write_case(case, out / "external/ct", out / "external/labels")
    _write_people(out / "external/subjects.csv", [_person(case)])
    said = {"provenance": case.anatomy.provenance, "labels_are": case.anatomy.labels_are}
    return {**_key(case, written), **said}


def _write_key(
    path: Path, *, seed: int, anatomy: Anatomy, key: list[Any], defects: list[Defect], external: dict[str, Any]
) -> None:
    planted = {
        "seed": seed,
        "provenance": anatomy.provenance,
        "labels_are": anatomy.labels_are,
        "subjects": key,
        "defects": [
            {
                "reason": defect.reason,
                "what": defect.what,
                "at_fault": defect.at_fault,
                **(_key(defect.case, defect.written) if defect.case else vars(defect.written)),
            }
            for defect in defects
        ],
        "external": external,
    }
    path.write_text(json.dumps(planted, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _summary(
    out: Path, *, seed: int, subjects: int, anatomy: Anatomy, defects: list[Defect], external: dict[str, Any]
) -> CohortSummary:
    reasons = [defect.reason for defect in defects]
    return CohortSummary(
        root=out,
        seed=seed,
        subjects=subjects,
        files=sum(path.is_file() for path in (out / "incoming/ct").rglob("*")),
        external_files=len(external["files"]),
        defects=tuple((reason, reasons.count(reason)) for reason in dict.fromkeys(reasons)),
        real_anatomies=int(anatomy.real),
        generated_from="generated from 1 real anatomy" if anatomy.real else "generated from a phantom, no real anatomy",
        provenance=anatomy.provenance,
        labels_are=anatomy.labels_are,
        external=external["anatomy"],
    )

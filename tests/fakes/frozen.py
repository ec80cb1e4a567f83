"""A small hospital export made of phantoms, and clinics that carried a study over it as far as freezing, or to its end.

The code that writes the demo's cohort writes it, with few slices and nothing spoiled; whatever is done with it is done
by the acts of the product, so that the log of such a clinic holds everything from the source on.
"""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from residency.deid.determine import Determine
from residency.demo.anatomy import phantom
from residency.demo.cohort import COLUMNS
from residency.demo.series import compose
from residency.demo.writer import write_case
from residency.study import RunStudy, StudyReport
from tests.fakes.clinic import Clinic, approve_protocol, copy_clinic

SUBJECTS, EXTERNAL, SLICES = 12, 2, 8
STUDY = """
study: liver-ct
protocol: IRB-2026-014
sources:
  - {name: incoming, type: imaging, path: incoming/ct, labels: incoming/labels, subjects: incoming/subjects.csv}
  - name: elsewhere
    type: imaging
    path: external/ct
    labels: external/labels
    subjects: external/subjects.csv
    external: true
deidentify: {imaging: [basic, shift-dates]}
dataset:
  name: liver-ct
  labels: {1: liver, 2: spleen, 3: kidneys}
  split: {train: 0.67, tune: 0.08, test: 0.25, by: subject, seed: 7, allow_shared_anatomy: true}
  caveats: [generated from a phantom]
train:
  network: {name: unet, channels: [4, 8]}
  patch: [8, 16, 16]
  batch: 2
  steps: 12
  processes: 1
  checkpoint_every: {steps: 4}
  tune_patches: 2
evaluate:
  endpoints:
    - {metric: dice, of: liver, at_least: 0.75, on: lower_bound}
  subgroups: [sex]
"""
UNET = "{name: unet, channels: [4, 8]}"
PAUSING = '{name: "tests.engine.networks:dropping", options: {pause: %s}}'
"""A network with dropout and batch norm that takes its time: to be killed in the middle."""


@dataclass(frozen=True)
class Carried:
    """The folder of a closed site, the study file, and what each of its people was told on the way."""

    site: Path
    study: Path
    reports: tuple[StudyReport, ...]

    def open(self, folder: Path) -> Clinic:
        """A copy of the clinic as it then stood."""
        return copy_clinic(self.site, folder)


def export(folder: Path, subjects: int = SUBJECTS, external: int = EXTERNAL) -> Path:
    """Write incoming/, external/ and study.yaml; returns the path of the study."""
    for name, anatomy, first, count in (
        ("incoming", phantom(7), 0, subjects),
        ("external", phantom(8), 100, external),
    ):
        cases = [compose(anatomy, 7, index, SLICES) for index in range(first, first + count)]
        (folder / name).mkdir(parents=True)
        for case in cases:
            write_case(case, folder / name / "ct", folder / name / "labels")
        with (folder / name / "subjects.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *(_row(case) for case in cases)])
    study = folder / "study.yaml"
    study.write_text(STUDY)
    return study


def study_like(study: Path, name: str, *changes: tuple[str, str]) -> Path:
    """A study beside another, with some of its text replaced; what is not there cannot be replaced."""
    text = study.read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the study"
        text = text.replace(old, new)
    other = study.with_name(f"{name}.yaml")
    other.write_text(text)
    return other


def carry_to_freezing(clinic: Clinic, study: Path) -> Carried:
    """The steward and the privacy officer by turns, until somebody has to train; the clinic is closed."""
    approve_protocol(clinic, study.parent)
    reports = []
    for source in ("incoming", "elsewhere", None):
        reports.append(clinic.do("rao", "study.run", RunStudy(file=study)))
        if source:
            determine(clinic, source)
    clinic.site.ledger.close()
    return Carried(clinic.site.folder, study, tuple(reports))


def carry_to_the_end(frozen: Carried, folder: Path) -> Carried:
    """A copy of it, trained and evaluated by the engineer; closed."""
    clinic = frozen.open(folder)
    report = clinic.do("marsh", "study.run", RunStudy(file=frozen.study))
    clinic.site.ledger.close()
    return Carried(clinic.site.folder, frozen.study, (*frozen.reports, report))


def determine(clinic: Clinic, source: str) -> None:
    """An expert, invented, finds the risk very small."""
    said = {"expert": "E. X. Pert", "qualifications": "statistician", "method": "by eye", "result": "very small"}
    ask = Determine(source=source, expires=date(2031, 1, 1), invented=True, **said)
    clinic.do("weber", "deid.determine", ask)


def _row(case) -> tuple[str, ...]:
    person = case.person
    born = person.birth.isoformat()
    about = (person.sex or "unknown", born, person.race, person.ethnicity)
    return (person.patient_id, person.issuer, *about, case.anatomy.name)

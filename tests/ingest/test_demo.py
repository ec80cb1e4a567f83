"""The demo's export, with every defect that its generator plants, against the generator's own answer key."""

import json
from collections import Counter

import pytest

from residency.demo.cohort import generate
from residency.ingest.intake import Intake
from residency.ingest.subjects import read_subjects

SEED = 7


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A small export of phantoms."""
    root = tmp_path_factory.mktemp("demo") / "export"
    generate(root, seed=SEED, package=None, subjects=3)
    return root


def test_every_planted_defect_is_held_for_its_reason_and_nothing_else_is(steward, demo):
    folder = demo / "incoming"
    intake = steward.ingest(folder / "ct", labels=folder / "labels", subjects=folder / "subjects.csv")
    key = json.loads((demo / "planted.json").read_text())
    # Burned-in text is judged when pixels are looked at, by de-identification.
    planted = Counter(defect["reason"] for defect in key["defects"] if defect["reason"] != "BURNED-IN")
    planted["NOT-DICOM"] = 2
    assert {code: group["items"] for code, group in steward.held().items()} == dict(planted)
    there = sum(path.is_file() for part in ("ct", "labels") for path in (folder / part).rglob("*"))
    assert intake.received == there == intake.accepted + intake.quarantined
    assert intake.items == 3 + 3


def test_the_external_series_comes_in_with_its_label_map(steward, demo):
    folder = demo / "external"
    intake = steward.ingest(folder / "ct", labels=folder / "labels", subjects=folder / "subjects.csv", name="external")
    assert (intake.items, intake.people, intake.quarantined) == (1, 1, 0)


def test_the_subject_table_tells_three_scanners_and_an_ultrasound_machine_apart(steward, demo):
    folder = demo / "incoming"
    steward.ingest(folder / "ct", labels=folder / "labels", subjects=folder / "subjects.csv")
    intake = steward.clinic.site.ledger.get(Intake, "incoming")
    rows = read_subjects(steward.clinic.site.sealed, intake.subjects, steward.keys(intake)).values()
    assert len({row.scanner for row in rows}) == 4
    assert not {"several", "unknown"} & {row.scanner for row in rows}
    assert all(row.age_band != "unknown" for row in rows)

"""What a bundle says of others: of another study at the same site, nothing; of people, only who had a hand in it."""

import json
import zipfile
from types import SimpleNamespace

import pytest

from residency.deid.run import RunDeid
from residency.evaluate.evaluate import Evaluate
from residency.evaluate.evaluation import Evaluation
from residency.ingest.ingest import Ingest
from residency.protocol.people import AddPerson
from residency.protocol.protocol import Amend, Approve, DraftProtocol
from residency.release.model import ReleaseModel
from residency.release.signing import Sign
from residency.release.verify import read_keys, verify
from residency.runs.run import Model
from tests.dataset.deidentified import series
from tests.evaluate.test_evaluate_act import bring
from tests.fakes.clinic import NUMBER, PROTOCOL
from tests.release.sample_release import failed, noted

OTHER = "IRB-2026-099"


@pytest.fixture
def busy(studied_clinic, frozen, tmp_path):
    """The clinic of the liver study, where another study goes on beside it and somebody looks at other data."""
    clinic, folder = studied_clinic, frozen.study.parent / "external"
    (tmp_path / "other.yaml").write_text(PROTOCOL.replace(NUMBER, OTHER))
    (tmp_path / "letter.txt").write_text("Approved.")
    clinic.do("okoye", "protocol.draft", DraftProtocol(file=tmp_path / "other.yaml"))
    clinic.do("abbas", "protocol.approve", Approve(protocol=OTHER, letter=tmp_path / "letter.txt"))
    clinic.do("okoye", "protocol.amend", Amend(protocol=OTHER, reason="a reason that is nobody's business"))
    clinic.do("abbas", "protocol.approve", Approve(protocol=OTHER, letter=tmp_path / "letter.txt"))
    clinic.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="more readers", add_person=("lind",)))
    ask = Ingest(path=folder / "ct", protocol=OTHER, name="theirs", subjects=folder / "subjects.csv")
    clinic.do("rao", "ingest", ask)
    clinic.do("rao", "deid.run", RunDeid(source="theirs"))
    bring(clinic, "adrenals", series(2))
    (model,) = clinic.site.ledger.all(Model)
    clinic.do("marsh", "evaluate", Evaluate(file=frozen.study, version=("adrenals",), model=model.id))
    for name, printed in (("shade", "SILVA "), ("other", "Other")):
        ask = AddPerson(name=name, printed_name=printed, role=("auditor",), new_passphrase=f"passphrase of {name}")
        clinic.do("root", "person.add", ask)
    return clinic


@pytest.fixture
def told(busy, tmp_path):
    """What its bundle holds."""
    evaluation = busy.site.ledger.all(Evaluation)[0]
    busy.do("silva", "review.sign", Sign(evaluation=evaluation.id, passphrase=busy.passphrase("silva")))
    busy.do("okoye", "model.release", ReleaseModel(model="liver-ct", out=tmp_path / "x.residency"))
    with zipfile.ZipFile(tmp_path / "x.residency") as file:
        records = [json.loads(file.read(name)) for name in file.namelist() if name.startswith("records/")]
        leaves = [leaf["body"] for leaf in json.loads(file.read("audit/leaves.json"))]
    keys = read_keys((busy.site.folder / "public-keys.txt").read_text())
    return SimpleNamespace(records=records, leaves=leaves, verdict=verify(tmp_path / "x.residency", keys))


def test_a_bundle_tells_nothing_of_another_study(busy, told):
    assert failed(told.verdict) == {}
    text = json.dumps([told.records, told.leaves])
    for secret in (OTHER, "nobody's business", "theirs", "adrenals"):
        assert secret not in text
    kinds = [record["kind"] for record in told.records]
    assert [kinds.count(kind) for kind in ("source", "intake", "deid-report", "evaluation-plan")] == [2, 2, 2, 1]
    (amendment,) = [record for record in told.records if record["kind"] == "amendment"]
    assert amendment["reason"] == "more readers"


def test_only_looks_at_the_data_that_were_measured_on_are_told_and_counted(told):
    assert sum(leaf["outcome"] == "lease" and "test" in leaf["detail"]["splits"] for leaf in told.leaves) == 1
    assert "The plan came before the look" not in noted(told.verdict)


def test_a_bundle_names_who_had_a_hand_in_it_and_whoever_could_be_taken_for_them(told):
    people = {record["name"] for record in told.records if record["kind"] == "person"}
    assert people == {"okoye", "abbas", "rao", "weber", "marsh", "silva", "root", "shade"}
    assert "Silva" in noted(told.verdict)["People can be told apart"]

"""A model goes out when everything that a release needs is there, in a file that betrays nothing."""

import csv
import json
import zipfile
from datetime import UTC, datetime

import pytest

from residency.evaluate.evaluate import Evaluate
from residency.evaluate.evaluation import Evaluation
from residency.govern import audit
from residency.govern.gate import NotAllowed
from residency.govern.identity import Person, PersonKey
from residency.kernel.ids import new_id
from residency.protocol.protocol import Amend, Approve
from residency.release.bundle import BundleExists, BundleUnwritable
from residency.release.model import ModelMissing, NotReleasable, Release, ReleaseModel
from residency.release.signing import Sign
from residency.release.verify import read_keys, verify
from residency.runs.prove import Prove
from residency.runs.run import Model
from residency.runs.submit import Submit
from residency.store.keys import KeyGroup, KeySpace
from residency.upkeep.log import NumberedEvent
from residency.wiring import SiteKey, open_site
from tests.fakes.clinic import NUMBER
from tests.fakes.disks import read_only, small_files
from tests.fakes.frozen import study_like
from tests.release.sample_release import failed, noted


def sign(clinic, evaluation=None):
    evaluation = evaluation or clinic.site.ledger.all(Evaluation)[-1]
    ask = Sign(evaluation=evaluation.id, passphrase=clinic.passphrase("silva"))
    clinic.do("silva", "review.sign", ask)


def release(clinic, out, model="liver-ct", person="okoye"):
    return clinic.do(person, "model.release", ReleaseModel(model=model, out=out))


def check(clinic, bundle, head=None):
    return verify(bundle, read_keys((clinic.site.folder / "public-keys.txt").read_text()), head)


def head_of(folder):
    site = open_site(folder)
    with site.ledger.reading() as book:
        note = audit.head_note(book)
    site.ledger.close()
    return note


def newest_event(clinic):
    with clinic.site.ledger.reading() as book:
        return list(audit.events(book))[-1]


@pytest.fixture
def signed(studied_clinic):
    sign(studied_clinic)
    return studied_clinic


@pytest.fixture
def bundle(signed, tmp_path):
    release(signed, tmp_path / "liver.residency")
    return tmp_path / "liver.residency"


def test_without_a_signature_nothing_is_released_and_what_is_missing_is_explained(studied_clinic, tmp_path):
    with pytest.raises(NotReleasable) as refusal:
        release(studied_clinic, tmp_path / "x.residency")
    assert refusal.value.gates == ("SIGNATURE-MISSING",)
    number, event = newest_event(studied_clinic)
    assert (event["outcome"], event["gates"]) == ("refused", ["SIGNATURE-MISSING"])
    (row,) = studied_clinic.do("ito", "explain", NumberedEvent(event=number)).rows
    assert row["gate"] == "SIGNATURE-MISSING"
    assert "residency review sign" in row["remedy"]
    assert not (tmp_path / "x.residency").exists()


def test_a_model_that_nobody_evaluated_lacks_evaluation_and_signature(signed, tmp_path):
    (model,) = signed.site.ledger.all(Model)
    other = Model.model_validate(model.model_dump() | {"id": new_id("model", datetime.now(UTC))})
    with signed.site.ledger.writing() as book:
        book.save(other)
    with pytest.raises(NotReleasable) as refusal:
        release(signed, tmp_path / "x.residency", model=other.id)
    assert refusal.value.gates == ("EVALUATION-MISSING", "SIGNATURE-MISSING")
    number, _ = newest_event(signed)
    assert len(signed.do("ito", "explain", NumberedEvent(event=number)).rows) == 2
    with pytest.raises(ModelMissing):
        release(signed, tmp_path / "x.residency", model="liver-mr")


def evaluate(clinic, study, *versions):
    model = clinic.site.ledger.all(Model)[-1].id
    return clinic.do("marsh", "evaluate", Evaluate(file=study, version=versions, model=model))


def test_an_evaluation_on_other_data_alone_lets_nothing_out(studied_clinic, frozen, tmp_path):
    own = studied_clinic.site.ledger.all(Evaluation)
    elsewhere = evaluate(studied_clinic, frozen.study, "liver-ct-external")
    sign(studied_clinic, elsewhere)
    with pytest.raises(NotReleasable) as refusal:
        release(studied_clinic, tmp_path / "x.residency")
    assert refusal.value.gates == ("SIGNATURE-MISSING",)
    sign(studied_clinic, own[0])
    card = release(studied_clinic, tmp_path / "liver.residency")
    assert studied_clinic.site.ledger.get(Release, card.release).evaluation == own[0].digest()
    assert failed(check(studied_clinic, tmp_path / "liver.residency")) == {}


def test_a_model_evaluated_nowhere_but_elsewhere_is_told_so(frozen_clinic, frozen, tmp_path):
    spec = study_like(frozen.study, "briefly", ("steps: 12", "steps: 4"))
    frozen_clinic.do("marsh", "run.submit", Submit(version="liver-ct", file=spec))
    sign(frozen_clinic, evaluate(frozen_clinic, frozen.study, "liver-ct-external"))
    with pytest.raises(NotReleasable) as refusal:
        release(frozen_clinic, tmp_path / "x.residency")
    assert refusal.value.gates == ("EVALUATION-ELSEWHERE", "SIGNATURE-MISSING")
    number, _ = newest_event(frozen_clinic)
    assert "that version" in frozen_clinic.do("ito", "explain", NumberedEvent(event=number)).rows[0]["remedy"]


def test_a_release_verifies_whichever_version_was_evaluated_first(studied_clinic, frozen, tmp_path):
    sign(studied_clinic, evaluate(studied_clinic, frozen.study, "liver-ct-external", "liver-ct"))
    release(studied_clinic, tmp_path / "liver.residency")
    assert failed(check(studied_clinic, tmp_path / "liver.residency")) == {}


def test_only_the_investigator_releases_and_only_under_a_protocol_in_force(signed, tmp_path):
    with pytest.raises(NotAllowed) as refusal:
        release(signed, tmp_path / "x.residency", person="marsh")
    assert refusal.value.gates == ("ROLE",)
    signed.do("okoye", "protocol.amend", Amend(protocol=NUMBER, reason="closed", ends=datetime.now(UTC)))
    letter = tmp_path / "letter.txt"
    letter.write_text("Closed.")
    signed.do("abbas", "protocol.approve", Approve(protocol=NUMBER, letter=letter))
    with pytest.raises(NotAllowed) as refusal:
        release(signed, tmp_path / "x.residency")
    assert refusal.value.gates == ("PROTOCOL-EXPIRED",)
    assert not (tmp_path / "x.residency").exists()


def test_a_bundle_verifies_with_pinned_keys_and_without_a_complaint(signed, bundle):
    verdict = check(signed, bundle)
    assert failed(verdict) == {}
    assert verdict.passed
    assert verdict.damages == ()
    assert len([c for c in verdict.checks if c.passed]) >= 10
    assert "The log still holds what it held before" in noted(verdict)


def test_that_the_engineer_trained_and_evaluated_is_named_by_record_statement_and_verifier(signed, bundle):
    (record,) = signed.site.ledger.all(Release)
    (lost,) = record.separations_lost
    assert (lost.person, lost.duties) == (signed.person("marsh").id, ("evaluated the model", "trained the model"))
    with zipfile.ZipFile(bundle) as file:
        statement = json.loads(file.read("statement.json"))
    assert statement["separations_lost"] == [lost.model_dump(mode="json")]
    assert statement["release"] == record.digest()
    said = noted(check(signed, bundle))["Separation of duties"]
    assert said == "1 of 35 are lost, as the bundle says. LOST: Marsh evaluated the model and trained the model"


def test_a_bundle_says_which_steps_were_replayed(signed, tmp_path):
    (model,) = signed.site.ledger.all(Model)
    for from_start, says in ((False, "in part: a replay"), (True, "steps 0 to 12 of 12.")):
        signed.do("marsh", "run.prove", Prove(run=model.run_id, from_start=from_start))
        release(signed, tmp_path / f"{from_start}.residency")
        verdict = check(signed, tmp_path / f"{from_start}.residency")
        (replayed,) = [c for c in verdict.checks if c.name == "The training was replayed"]
        assert replayed.passed is (True if from_start else None)
        assert says in replayed.says
    assert failed(verdict) == {}


def test_a_reader_who_has_not_pinned_the_reviewer_is_told_that_the_review_does_not_count(signed, bundle):
    lines = (signed.site.folder / "public-keys.txt").read_text().splitlines()
    for kept in (lines[:2], [line for line in lines if "/person/silva" not in line]):
        verdict = verify(bundle, read_keys("\n".join(kept)))
        assert list(failed(verdict)) == ["A reviewer who did not train it signed"]
        assert "is not among those that you pinned" in failed(verdict)["A reviewer who did not train it signed"]


def test_a_head_that_was_kept_earlier_is_continued_and_that_of_another_log_is_not(signed, bundle, frozen, clinics):
    name = "The log still holds what it held before"
    for kept in (frozen.site, signed.site.folder):
        verdict = check(signed, bundle, head_of(kept))
        assert failed(verdict) == {}
        assert name not in noted(verdict)
    foreign = check(signed, bundle, head_of(clinics / "approved"))
    assert list(failed(foreign)) == [name]


def test_a_bundle_is_never_written_over_another_file(signed, bundle):
    before = bundle.read_bytes()
    with pytest.raises(BundleExists):
        release(signed, bundle)
    assert bundle.read_bytes() == before


def test_a_place_that_takes_no_bundle_is_named_and_nothing_is_recorded(signed, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(BundleUnwritable, match=str(folder)):
            release(signed, folder / "x.residency")
    with read_only(lambda folder: None) as locked, pytest.raises(BundleUnwritable, match=str(locked)):
        release(signed, locked / "x.residency")
    assert signed.site.ledger.all(Release) == []


def test_a_release_that_a_full_disk_broke_off_goes_out_when_there_is_room(signed, tmp_path):
    out = tmp_path / "liver.residency"
    with small_files(200_000), pytest.raises(BundleUnwritable, match="cannot be written"):
        release(signed, out)
    assert list(tmp_path.glob("*liver*")) == []
    (record,) = signed.site.ledger.all(Release)
    assert release(signed, out).release == record.id
    assert failed(check(signed, out)) == {}


def test_released_again_the_same_record_goes_out_at_the_present_head(signed, bundle, tmp_path):
    card = release(signed, tmp_path / "again.residency")
    (record,) = signed.site.ledger.all(Release)
    assert card.release == record.id
    verdict = check(signed, tmp_path / "again.residency")
    assert failed(verdict) == {}
    _, event = newest_event(signed)
    assert (event["saved"], event["reason"]) == ([], f"{record.id} is written out again")


def test_a_bundle_holds_no_key_and_no_identifier_of_a_patient(signed, bundle, frozen):
    data, ledger = bundle.read_bytes(), signed.site.ledger
    secret = [record.wrapped for kind in (KeySpace, KeyGroup, SiteKey) for record in ledger.all(kind)]
    secret += [text for key in ledger.all(PersonKey) for text in (key.sealed, key.salt)]
    secret += [(signed.site.folder / "development.key").read_text(), signed.passphrase("silva")]
    for table in frozen.study.parent.glob("*/subjects.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            secret += [value for row in csv.DictReader(file) for value in (row["patient_id"], row["birth_date"])]
    assert len(secret) > 60
    assert [text for text in secret if len(text) >= 6 and text.encode() in data] == []
    assert ledger.get(Person, "silva").public_key.encode() in data
    with zipfile.ZipFile(bundle) as file:
        kinds = {name.split("/")[1] for name in file.namelist() if name.startswith("records/")}
    assert not kinds & {"key-space", "key-group", "person-key", "site-key"}
    assert {"source", "intake", "deid", "dataset-version", "run", "model", "evaluation", "signature"} <= kinds


def test_one_byte_that_is_kinder_to_the_model_is_found_where_it_stands(signed, bundle, tmp_path):
    data = bytearray(bundle.read_bytes())
    start = data.index(b'"kind":"evaluation","')
    place = data.index(b'"looks":1', data.rindex(b"PK\x03\x04", 0, start)) + len(b'"looks":')
    data[place] = ord("0")
    forged = tmp_path / "forged.residency"
    forged.write_bytes(data)
    verdict = check(signed, forged)
    assert not verdict.passed
    (damage,) = verdict.damages
    assert (damage.offset, damage.field) == (place, "/results/0/looks")
    assert damage.member.startswith("records/evaluation/")
    assert "looks" in damage.says

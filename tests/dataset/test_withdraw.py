"""A subject who withdraws is forgotten, here and in every backup; everyone else's data stay as they are."""

import csv
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from residency.dataset.freeze import Freeze
from residency.dataset.version import DatasetVersion, find
from residency.dataset.withdraw import PatientWrong, Withdraw
from residency.deid.cleaned import Deid
from residency.deid.run import RunDeid
from residency.errors import Refused
from residency.evaluate.evaluate import Evaluate
from residency.govern import audit
from residency.govern.forgetting import SubjectUnknown, Withdrawal, of_subject
from residency.govern.gate import NotAllowed
from residency.ingest.ingest import Ingest
from residency.ingest.intake import Intake
from residency.protocol.people import Nothing
from residency.runs.submit import Submit
from residency.store.arrays import open_volume
from residency.store.keys import KeyGroup, KeySpace
from residency.store.manifest import read_manifest
from residency.store.ring import KeyDestroyed
from residency.store.sealed import KeyNotHeld
from residency.wiring import open_site
from tests.dataset.test_version import items_of, keys_of
from tests.fakes.clinic import Clinic

REASON = "consent revoked"


def withdraw(clinic, subject, by="data-steward", **how):
    return clinic.do(by, "dataset.withdraw", Withdraw(reason=REASON, **{"subject": subject} | how))


def member(clinic, split="train", name="liver-ct"):
    version = find(clinic.site, name)
    return sorted(item.subject for item in items_of(clinic, version) if item.split == split)[0]


def test_a_version_frozen_while_the_clock_was_slow_is_listed_with_the_others(frozen_clinic):
    folder, now = frozen_clinic.site.folder, [frozen_clinic.site.clock()]
    frozen_clinic.site.ledger.close()
    clinic = Clinic(open_site(folder, clock=lambda: now[0]))
    code = member(clinic)
    now[0] -= timedelta(hours=1)
    slow = clinic.do("rao", "dataset.freeze", Freeze(draft="liver-ct", seed=77))
    now[0] += timedelta(hours=2)
    gone = withdraw(clinic, code)
    versions = [version for version in clinic.site.ledger.all(DatasetVersion) if version.name == "liver-ct"]
    assert slow in versions
    assert len(versions) == 2
    assert {version.digest() for version in versions} == set(gone.versions)
    clinic.site.ledger.close()


def test_the_keys_of_a_subject_are_gone_from_the_intake_to_the_data_set_and_no_others(frozen_clinic):
    clinic, version = frozen_clinic, find(frozen_clinic.site, "liver-ct")
    code = member(clinic)
    before = {group.id for group in clinic.site.ledger.all(KeyGroup)}
    gone = withdraw(clinic, code)
    kinds = {clinic.site.ledger.get(KeySpace, space).owner.partition("-")[0] for space in gone.spaces}
    assert kinds == {"source", "deid", "dataset"}
    destroyed = {group.id for group in clinic.site.ledger.all(KeyGroup) if group.destroyed}
    assert destroyed == set(gone.groups) < before
    keys = keys_of(clinic, version)
    for item in items_of(clinic, version):
        if item.subject == code:
            with pytest.raises(KeyNotHeld):
                open_volume(clinic.site.sealed, item.array("image"), keys)
        else:
            assert open_volume(clinic.site.sealed, item.array("image"), keys).whole().size


def test_old_manifests_still_verify(frozen_clinic):
    clinic, version = frozen_clinic, find(frozen_clinic.site, "liver-ct")
    before = items_of(clinic, version)
    withdraw(clinic, member(clinic))
    assert items_of(clinic, version) == before
    assert clinic.site.ledger.get(DatasetVersion, version.id).digest() == version.digest()


def test_no_older_copy_of_the_ledger_opens_what_was_destroyed(frozen_clinic, tmp_path):
    """Last week's ledger with today's ring: the old wrapped keys are there, the generation that wrapped them is not."""
    clinic, code = frozen_clinic, member(frozen_clinic)
    last_week = tmp_path / "ledger.db"
    with closing(sqlite3.connect(clinic.site.folder / "ledger.db")) as now, closing(sqlite3.connect(last_week)) as then:
        now.backup(then)
    gone = withdraw(clinic, code)
    site = clinic.site
    site.ledger.close()
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    shutil.copy(last_week, site.folder / "ledger.db")
    body = {}
    with closing(sqlite3.connect(site.folder / "ledger.db")) as book:
        for kind, text in book.execute("select kind, body from records where newest = 1"):
            body.setdefault(kind, []).append(json.loads(text))
    old = {group["id"]: group for group in body["key-group"]}
    spaces = {space["id"]: space for space in body["key-space"]}
    assert all(old[name]["wrapped"] for name in gone.groups)
    for name in gone.groups:
        with pytest.raises(KeyDestroyed):
            site.ring.unwrap(spaces[old[name]["space"]]["wrapping"], purpose=f"{old[name]['space']} groups")
    with pytest.raises(KeyDestroyed):
        open_site(site.folder)


def test_a_new_version_holds_everyone_else_and_costs_no_new_volume(frozen_clinic):
    clinic, old = frozen_clinic, find(frozen_clinic.site, "liver-ct")
    code = member(clinic)
    withdraw(clinic, code)
    before = set(clinic.site.objects.names("shards/"))
    new = clinic.do("data-steward", "dataset.freeze", Freeze(draft="liver-ct"))
    assert (new.number, new.parent, new.left_out) == (old.number + 1, old.digest(), {"WITHDRAWN": 1})
    assert {item.subject for item in items_of(clinic, old)} - {item.subject for item in items_of(clinic, new)} == {code}
    kept = {item.item: item for item in items_of(clinic, old)}
    assert all(item == kept[item.item] for item in items_of(clinic, new))
    # One shard more: the table of subjects.
    assert len(set(clinic.site.objects.names("shards/")) - before) == 1
    assert clinic.do("data-steward", "dataset.freeze", Freeze(draft="liver-ct")) == new


def test_nobody_trains_or_measures_on_a_version_of_someone_who_withdrew(studied_clinic, studied):
    clinic = studied_clinic
    withdraw(clinic, member(clinic, "test"))
    for by, act, ask in (
        ("marsh", "run.submit", Submit(version="liver-ct", file=studied.study)),
        ("marsh", "evaluate", Evaluate(version=("liver-ct",), file=studied.study.with_name("other.yaml"))),
    ):
        if act == "evaluate":
            text = studied.study.read_text().replace("at_least: 0.75", "at_least: 0.5")
            ask.file.write_text(text)
        with pytest.raises(NotAllowed) as refusal:
            clinic.do(by, act, ask)
        assert "SUBJECT-WITHDRAWN" in refusal.value.gates
        assert "dataset freeze" in refusal.value.remedy


def test_all_that_saw_the_subject_is_listed(studied_clinic):
    clinic = studied_clinic
    gone = withdraw(clinic, member(clinic))
    kinds = {line.partition(" ")[0] for line in gone.saw}
    assert {"dataset-version", "run", "model", "evaluation-plan", "evaluation"} <= kinds
    (run,) = [line for line in gone.saw if line.startswith("run ")]
    assert "checkpoints at steps 4, 8, 12" in run
    assert gone.versions == (find(clinic.site, "liver-ct").digest(),)


def test_a_subject_of_the_external_set_leaves_the_other_set_alone(studied_clinic):
    clinic = studied_clinic
    gone = withdraw(clinic, member(clinic, "test", "liver-ct-external"))
    assert gone.versions == (find(clinic.site, "liver-ct-external").digest(),)


def test_what_of_a_withdrawn_subject_comes_in_again_is_held_for_good(frozen_clinic, frozen):
    clinic, code = frozen_clinic, member(frozen_clinic)
    withdraw(clinic, code)
    incoming = frozen.study.parent / "incoming"
    more = incoming.with_name("again")
    if not more.exists():
        shutil.copytree(incoming, more)
        next(path for path in (more / "labels").rglob("*.nii.gz")).unlink()
    paths = {"path": more / "ct", "labels": more / "labels", "subjects": more / "subjects.csv"}
    intake = clinic.do("data-steward", "ingest", Ingest(name="incoming", protocol="IRB-2026-014", **paths))
    assert intake.people == 11
    assert isinstance(intake, Intake)
    # From another source the same person has another code there, and the same in the protocol.
    other = clinic.do("data-steward", "ingest", Ingest(name="third", protocol="IRB-2026-014", **paths))
    assert other.people == 12
    cleaned = clinic.do("data-steward", "deid.run", RunDeid(source="third"))
    assert cleaned.people == 11
    assert cleaned.quarantined > 0


def test_an_intake_is_cleaned_again_without_who_withdrew(frozen_clinic):
    clinic, code = frozen_clinic, member(frozen_clinic)
    withdraw(clinic, code)
    again = clinic.do("data-steward", "deid.run", RunDeid(source="incoming", recipe=("basic",)))
    before = clinic.site.ledger.all(Deid, scope=again.intake)[0]
    assert (again.people, again.excluded) == (before.people - 1, before.released // before.people)


def test_an_unknown_code_and_a_person_without_the_role_are_refused(frozen_clinic):
    clinic = frozen_clinic
    generations = clinic.site.ring.generations()
    with pytest.raises(SubjectUnknown):
        withdraw(clinic, "NOBODY")
    code = member(clinic)
    for person in ("marsh", "silva", "abbas", "ito", "root"):
        with pytest.raises(Refused):
            withdraw(clinic, code, by=person)
    assert clinic.site.ring.generations() == generations
    assert of_subject(clinic.site.ledger, code)


def test_withdrawing_twice_destroys_nothing_more(frozen_clinic):
    clinic, code = frozen_clinic, member(frozen_clinic)
    assert withdraw(clinic, code).groups
    assert withdraw(clinic, code).groups == ()
    assert len(clinic.site.ledger.all(Withdrawal)) == 2


def test_rotation_changes_every_wrapping_and_no_datum(frozen_clinic):
    clinic, version = frozen_clinic, find(frozen_clinic.site, "liver-ct")
    objects = {name: clinic.site.objects.size(name) for name in clinic.site.objects.names()}
    keys, spaces = keys_of(clinic, version), {space.id: space.wrapped for space in clinic.site.ledger.all(KeySpace)}
    clinic.do("root", "site.rotate", Nothing())
    assert clinic.site.ring.generations() == (2,)
    assert keys_of(clinic, version) == keys
    assert {name: clinic.site.objects.size(name) for name in clinic.site.objects.names()} == objects
    assert all(space.wrapped != spaces[space.id] for space in clinic.site.ledger.all(KeySpace))
    clinic.site.ledger.close()
    again = Clinic(open_site(clinic.site.folder))
    assert keys_of(again, version) == keys
    assert all(row["holds"] for row in again.do("auditor", "site.doctor", Nothing()).rows)
    again.site.ledger.close()


def test_a_site_opens_after_a_rotation_that_broke_off_at_any_point(frozen_clinic):
    site = frozen_clinic.site
    site.ring.advance()
    assert site.ring.generations() == (1, 2)
    site.ledger.close()
    again = Clinic(open_site(site.folder))
    assert again.site.ring.generations() == (1, 2)
    assert items_of(again, find(again.site, "liver-ct"))
    again.do("root", "site.rotate", Nothing())
    assert again.site.ring.generations() == (3,)
    again.site.ledger.close()


def test_manifests_can_be_read_with_no_key_of_any_subject(frozen_clinic):
    version = find(frozen_clinic.site, "liver-ct")
    keys = {version.manifest.group: keys_of(frozen_clinic, version)[version.manifest.group]}
    assert read_manifest(frozen_clinic.site.sealed, version.manifest, keys, root=version.root)


def test_a_patient_is_found_by_the_number_in_a_letter_and_the_number_stands_nowhere(frozen_clinic, frozen, tmp_path):
    clinic = frozen_clinic
    with (frozen.study.parent / "incoming/subjects.csv").open() as file:
        rows = list(csv.DictReader(file))
    letter = tmp_path / "letter.txt"
    letter.write_text(f"{rows[4]['issuer']},{rows[4]['patient_id']}\n")
    gone = withdraw(clinic, "", patient=letter)
    assert len({clinic.site.ledger.get(KeySpace, space).owner.partition("-")[0] for space in gone.spaces}) == 3
    with clinic.site.ledger.reading() as book:
        events = json.dumps([event for _, event in audit.events(book)])
    assert rows[4]["patient_id"] not in events + gone.model_dump_json()


@pytest.mark.parametrize("text", ["", "two\nlines", "NORTHGATE-MPI,999999999", b"\xff\xfe"])
def test_a_letter_that_names_nobody_here_is_refused_without_a_word_of_it(frozen_clinic, tmp_path, text):
    letter = tmp_path / "letter.txt"
    letter.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises((PatientWrong, SubjectUnknown)) as error:
        withdraw(frozen_clinic, "", patient=letter)
    assert "999999999" not in str(error.value)
    assert frozen_clinic.site.ledger.all(Withdrawal) == []


@pytest.mark.parametrize("how", [{}, {"subject": "A", "patient": "letter.txt"}])
def test_who_withdraws_is_said_in_one_way(frozen_clinic, how):
    with pytest.raises(PatientWrong):
        frozen_clinic.do("data-steward", "dataset.withdraw", Withdraw(reason=REASON, **how))


def test_equal_files_of_a_subject_are_stored_once_over_all_intakes_of_a_source(frozen_clinic, frozen):
    clinic, more = frozen_clinic, frozen.study.parent / "once-more"
    if not more.exists():
        shutil.copytree(frozen.study.parent / "incoming", more)
        next(path for path in (more / "labels").rglob("*.nii.gz")).unlink()
    before = set(clinic.site.objects.names())
    paths = {"path": more / "ct", "labels": more / "labels", "subjects": more / "subjects.csv"}
    clinic.do("data-steward", "ingest", Ingest(name="incoming", protocol="IRB-2026-014", **paths))
    new = set(clinic.site.objects.names()) - before
    # Manifest, page, its names, the table of subjects with names and shard, and that of known numbers: no pack again.
    assert len(new) == 7

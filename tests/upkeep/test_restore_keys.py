"""Whoever was forgotten stays forgotten, whichever backup comes back; a ring that is older than what was is named."""

import random
import shutil

import pytest

from residency.dataset.freeze import Freeze
from residency.dataset.version import find
from residency.dataset.withdraw import Withdraw
from residency.deid.run import RunDeid
from residency.errors import ResidencyError
from residency.govern.forgetting import Withdrawal
from residency.govern.gate import NotAllowed
from residency.govern.keys_file import KeysFileDamaged, read_keys_file, write_keys_file
from residency.govern.revival import KeysFileMissing
from residency.ingest.ingest import Ingest
from residency.protocol.people import Nothing
from residency.runs.submit import Submit
from residency.store.arrays import open_volume
from residency.store.keys import KeyGroup, KeySpace
from residency.store.sealed import KeyNotHeld
from residency.upkeep.restore import RingOlder
from tests.dataset.test_version import items_of, keys_of
from tests.upkeep.test_backup import keep_ring, restore, sound, take


def withdraw(clinic, code):
    return clinic.do("rao", "dataset.withdraw", Withdraw(subject=code, reason="consent revoked"))


def members(clinic):
    return sorted({item.subject for item in items_of(clinic, find(clinic.site, "liver-ct"))})


@pytest.fixture
def place(tmp_path):
    return tmp_path / "backup"


@pytest.fixture
def last_week(frozen_clinic, place, tmp_path):
    """A backup and the ring of that day."""
    take(frozen_clinic, place)
    return keep_ring(frozen_clinic.site.folder, tmp_path / "ring of last week")


def opened(clinic, code):
    """Whether the volumes of a subject open, everyone else's being seen to open."""
    version = find(clinic.site, "liver-ct")
    keys, open_codes = keys_of(clinic, version), set()
    for item in items_of(clinic, version):
        try:
            assert open_volume(clinic.site.sealed, item.array("image"), keys).whole().size
            open_codes.add(item.subject)
        except KeyNotHeld:
            assert item.subject == code
    assert open_codes - {code} == set(members(clinic)) - {code}
    return code in open_codes


def test_a_subject_who_withdrew_since_stays_forgotten(frozen_clinic, frozen, last_week, place, tmp_path):
    code = members(frozen_clinic)[0]
    assert opened(frozen_clinic, code)
    gone = withdraw(frozen_clinic, code)
    today = keep_ring(frozen_clinic.site.folder, tmp_path / "ring")
    again, done = restore(tmp_path / "new", place, ring=today)
    assert (done.rows[0]["subjects forgotten again"] > 0, done.rows[0]["spaces closed"]) == (True, 0)
    assert not opened(again, code)
    assert again.site.ring.generations() == (2,)
    assert [one.body() for one in again.site.ledger.all(Withdrawal)] == [gone.body()]
    assert {group.id for group in again.site.ledger.all(KeyGroup) if group.destroyed} == set(gone.groups)
    with pytest.raises(NotAllowed) as refusal:
        again.do("marsh", "run.submit", Submit(version="liver-ct", file=frozen.study))
    assert "SUBJECT-WITHDRAWN" in refusal.value.gates
    version = again.do("rao", "dataset.freeze", Freeze(draft="liver-ct"))
    assert code not in {item.subject for item in items_of(again, version)}
    assert sound(again)
    # And the next generation finds everything where it should be.
    again.do("root", "site.rotate", Nothing())
    assert not opened(again, code)
    again.site.ledger.close()


def test_what_came_and_went_after_the_backup_is_forgotten_too(frozen_clinic, frozen, last_week, place, tmp_path):
    first, second = members(frozen_clinic)[:2]
    export = frozen.study.parent / "incoming"
    paths = {"path": export / "ct", "labels": export / "labels", "subjects": export / "subjects.csv"}
    frozen_clinic.do("rao", "ingest", Ingest(name="third", protocol="IRB-2026-014", **paths))
    frozen_clinic.do("rao", "deid.run", RunDeid(source="third"))
    withdraw(frozen_clinic, first)
    frozen_clinic.do("root", "site.rotate", Nothing())
    frozen_clinic.do("rao", "dataset.freeze", Freeze(draft="liver-ct"))
    withdraw(frozen_clinic, second)
    today = keep_ring(frozen_clinic.site.folder, tmp_path / "ring")
    tombstones = {group.id for group in frozen_clinic.site.ledger.all(KeyGroup) if group.destroyed}
    assert len({group.space for group in frozen_clinic.site.ledger.all(KeyGroup) if group.destroyed}) == 5
    again, _ = restore(tmp_path / "new", place, ring=today)
    assert {group.id for group in again.site.ledger.all(KeyGroup) if group.destroyed} == tombstones
    assert len(again.site.ledger.all(Withdrawal)) == 2
    assert again.site.ring.generations() == (4,)
    assert sound(again)
    again.site.ledger.close()


def test_everyone_is_still_there_after_a_rotation(frozen_clinic, last_week, place, tmp_path):
    keys = keys_of(frozen_clinic, find(frozen_clinic.site, "liver-ct"))
    frozen_clinic.do("root", "site.rotate", Nothing())
    again, done = restore(tmp_path / "new", place, ring=keep_ring(frozen_clinic.site.folder, tmp_path / "ring"))
    assert keys_of(again, find(again.site, "liver-ct")) == keys
    assert done.rows[0]["subjects forgotten again"] == 0
    assert sound(again)
    again.site.ledger.close()


def test_an_old_ledger_put_in_by_hand_is_brought_up_to_the_present_keys(frozen_clinic, last_week, place, tmp_path):
    """A rotation that was killed before its old generation was destroyed: both open, and the tombstones hold."""
    folder, code = frozen_clinic.site.folder, members(frozen_clinic)[0]
    frozen_clinic.site.ledger.close()
    shutil.copy(folder / "ledger.db", tmp_path / "old.db")
    frozen_clinic.do("rao", "dataset.withdraw", Withdraw(subject=code, reason="consent revoked"))
    frozen_clinic.site.ledger.close()
    for path in folder.glob("ledger.db*"):
        path.unlink()
    shutil.copy(tmp_path / "old.db", folder / "ledger.db")
    again, done = restore(folder, place)
    assert done.rows[0]["database"] == "kept"
    assert not opened(again, code)
    again.site.ledger.close()


def test_keys_that_are_gone_and_were_not_kept_are_named(frozen_clinic, last_week, place, tmp_path):
    withdraw(frozen_clinic, members(frozen_clinic)[0])
    today = keep_ring(frozen_clinic.site.folder, tmp_path / "ring")
    (today / "ring.keys.json").rename(tmp_path / "kept")
    with pytest.raises(KeysFileMissing):
        restore(tmp_path / "new", place, ring=today)
    whole = (tmp_path / "kept").read_bytes()
    chance = random.Random(7)
    for at in chance.sample(range(len(whole)), 20):
        (today / "ring.keys.json").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(KeysFileDamaged):
            restore(tmp_path / "new", place, ring=today)
    assert not (tmp_path / "new" / "ledger.db").exists()
    # One that was kept before the last rotation does not open with the ring of today.
    frozen_clinic.do("root", "site.rotate", Nothing())
    shutil.copy(frozen_clinic.site.folder / "ring.json", today / "ring.json")
    (today / "ring.keys.json").write_bytes(whole)
    with pytest.raises(KeysFileMissing):
        restore(tmp_path / "new", place, ring=today)


@pytest.mark.parametrize("known_by", ["the backup", "the file of keys", "the database"])
def test_a_ring_from_before_a_withdrawal_is_known_by_its_generation(
    frozen_clinic, last_week, place, tmp_path, known_by
):
    folder = frozen_clinic.site.folder
    withdraw(frozen_clinic, members(frozen_clinic)[0])
    if known_by == "the backup":
        take(frozen_clinic, place)
    frozen_clinic.site.ledger.close()
    target = folder if known_by == "the database" else tmp_path / "new"
    if known_by == "the file of keys":
        shutil.copy(folder / "ring.keys.json", last_week / "ring.keys.json")
    if known_by == "the database":
        (folder / "ring.keys.json").unlink()
        shutil.copy(last_week / "ring.json", folder / "ring.json")
    with pytest.raises(RingOlder, match="generation 2"):
        restore(target, place, **({} if target == folder else {"ring": last_week}))


def test_a_space_whose_keys_nobody_kept_stays_closed_and_is_named(frozen_clinic, last_week, place, tmp_path):
    """A fork: the site went back to an older ledger and rotated, so that the ring knows nothing of later spaces."""
    withdraw(frozen_clinic, members(frozen_clinic)[0])
    today = keep_ring(frozen_clinic.site.folder, tmp_path / "ring")
    kept = read_keys_file(today / "ring.keys.json")
    lost = find(frozen_clinic.site, "liver-ct-external").space
    fewer = {identifier: space for identifier, space in kept.spaces.items() if identifier != lost}
    write_keys_file(today / "ring.keys.json", kept.model_copy(update={"spaces": fewer}))
    again, done = restore(tmp_path / "new", place, ring=today)
    assert done.rows[0]["spaces closed"] == 1
    assert lost in done.notes[0]
    assert again.site.ledger.get(KeySpace, lost).wrapped.startswith("g1.")
    assert not opened(again, members(again)[0])
    with pytest.raises(ResidencyError, match="generation 1 was destroyed"):
        keys_of(again, find(again.site, "liver-ct-external"))
    again.site.ledger.close()


@pytest.mark.long
def test_a_restored_site_trains_on_a_version_of_everyone_else(frozen_clinic, frozen, last_week, place, tmp_path):
    code = members(frozen_clinic)[0]
    withdraw(frozen_clinic, code)
    again, _ = restore(tmp_path / "new", place, ring=keep_ring(frozen_clinic.site.folder, tmp_path / "ring"))
    again.do("rao", "dataset.freeze", Freeze(draft="liver-ct"))
    done = again.do("marsh", "run.submit", Submit(version="liver-ct", file=frozen.study))
    assert done.state == "finished"
    assert sound(again)
    again.site.ledger.close()

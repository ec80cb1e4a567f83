"""A backup holds all that its ledger needs and says nothing; a restore brings back what is missing, and no more."""

import shutil

import pytest
from sqlalchemy import func, select

from residency.dataset.freeze import Freeze
from residency.dataset.version import find
from residency.dataset.withdraw import Withdraw
from residency.errors import Broken
from residency.govern import audit
from residency.govern.identity import Person, sign_in
from residency.govern.schema import sessions
from residency.protocol.people import Nothing
from residency.restoring import restore_site
from residency.settings import FILE, SettingsWrong
from residency.store.keys import KeyGroup
from residency.store.ring import RingMissing
from residency.upkeep import backups
from residency.upkeep.backup import Backup, BackupIncomplete
from residency.upkeep.backups import BackupMissing, PlaceInside, without_password
from residency.upkeep.log import VerifyLog
from residency.upkeep.restore import BackupForeign, BackupOlder, RingForeign
from residency.wiring import DEVELOPMENT_KEY, RING
from tests.dataset.test_version import items_of, keys_of
from tests.fakes.clinic import PEOPLE, Clinic, open_clinic
from tests.fakes.disks import on_a_small_disk

RING_FILES = (RING, "ring.keys.json", DEVELOPMENT_KEY)


def nobody(keys):
    raise AssertionError("a development site asks for no passphrase")


def take(clinic, place, **how):
    return clinic.do("root", "site.backup", Backup(place=str(place), **how)).rows[0]


def keep_ring(site, folder):
    """The newest copy of ring and keys, where the site keeps it apart."""
    folder.mkdir(exist_ok=True)
    for name in RING_FILES:
        if (site / name).exists():
            shutil.copy(site / name, folder / name)
    return folder


def restore(folder, place, **how):
    site, done = restore_site(folder, str(place), nobody, **how)
    return Clinic(site), done


def sound(clinic):
    assert [row for row in clinic.do("ito", "site.doctor", Nothing()).rows if not row["holds"]] == []
    assert clinic.do("ito", "audit.verify", VerifyLog()).rows[0]["holds"]
    clinic.do("ito", "store.scrub", Nothing())
    return True


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def place(tmp_path):
    return tmp_path / "backup"


def test_a_site_lives_again_in_an_empty_folder(frozen_clinic, place, tmp_path):
    clinic = frozen_clinic
    version, keys = find(clinic.site, "liver-ct"), keys_of(clinic, find(clinic.site, "liver-ct"))
    row = take(clinic, place)
    assert row["copied"] == row["objects"] > 0
    with clinic.site.ledger.reading() as book:
        log = audit.head_note(book)
    again, done = restore(tmp_path / "new", place, ring=keep_ring(clinic.site.folder, tmp_path / "ring"))
    assert done.rows[0] | {"seconds": 0} == {
        "objects checked": row["objects"], "copied": row["objects"], "bytes": row["bytes copied"], "seconds": 0,
        "database": "restored", "events lost": 0, "subjects forgotten again": 0, "spaces closed": 0,
    }  # fmt: skip
    # The log goes on where the backup's own outcome ended: a head kept then is a head of this log.
    (tmp_path / "kept.note").write_text(log)
    again.do("ito", "audit.verify", VerifyLog(head=(tmp_path / "kept.note",)))
    assert sound(again)
    assert keys_of(again, version) == keys
    assert items_of(again, version) == items_of(clinic, version)
    assert (again.site.folder / "public-keys.txt").read_text() == (clinic.site.folder / "public-keys.txt").read_text()
    again.site.ledger.close()


def test_a_second_backup_copies_only_what_is_new(frozen_clinic, place):
    take(frozen_clinic, place)
    before = files(place / "objects")
    row = take(frozen_clinic, place)
    assert (row["copied"], row["bytes copied"]) == (0, 0)
    assert files(place / "objects") == before
    code = items_of(frozen_clinic, find(frozen_clinic.site, "liver-ct"))[0].subject
    frozen_clinic.do("rao", "dataset.withdraw", Withdraw(subject=code, reason="consent revoked"))
    frozen_clinic.do("rao", "dataset.freeze", Freeze(draft="liver-ct"))
    row = take(frozen_clinic, place, verify=True)
    new = files(place / "objects").keys() - before.keys()
    assert row["copied"] == len(new) > 0
    assert all(files(place / "objects")[name] == at for name, at in before.items())


def test_only_what_is_missing_or_damaged_is_brought_back(frozen_clinic, place):
    clinic, folder = frozen_clinic, frozen_clinic.site.folder
    take(clinic, place)
    clinic.site.ledger.close()
    here = sorted(path for path in (folder / "objects").rglob("*") if path.is_file())
    gone, torn = here[::20], here[1::20]
    for path in gone:
        path.unlink()
    for path in torn:
        whole = path.read_bytes()
        path.write_bytes(whole[:9] + bytes([whole[9] ^ 1]) + whole[10:])
    for path in folder.glob("ledger.db*"):
        path.unlink()
    before = files(folder / "objects")
    again, done = restore(folder, place)
    assert (done.rows[0]["copied"], done.rows[0]["database"]) == (len(gone) + len(torn), "restored")
    touched = {path.relative_to(folder / "objects").as_posix() for path in gone + torn}
    after = files(folder / "objects")
    assert {name for name in after if before.get(name) != after[name]} == touched
    assert sound(again)
    again.site.ledger.close()


def test_a_database_that_stands_is_kept(frozen_clinic, place):
    take(frozen_clinic, place)
    frozen_clinic.do("ito", "site.status", Nothing())
    next(path for path in (frozen_clinic.site.folder / "objects").rglob("*") if path.is_file()).unlink()
    again, done = restore(frozen_clinic.site.folder, place)
    assert (done.rows[0]["database"], done.rows[0]["copied"], done.rows[0]["events lost"]) == ("kept", 1, 0)
    assert sound(again)
    again.site.ledger.close()


@pytest.mark.parametrize("lost", [1, 2])
def test_a_restore_that_rolls_the_log_back_must_be_meant_and_leaves_its_evidence(clinic, place, lost):
    """One event lost and that of the restore: the log has the length of the head that was kept, and is another."""
    take(clinic, place)
    for _ in range(lost):
        clinic.do("ito", "site.status", Nothing())
    folder = clinic.site.folder
    with pytest.raises(BackupOlder, match=r"had \d+ events"):
        restore(folder, place, database=True)
    clinic.site.ledger.close()
    (folder / "ledger.db").unlink()
    with pytest.raises(BackupOlder):
        restore(folder, place)
    again, done = restore(folder, place, older=True)
    assert done.rows[0]["events lost"] == lost
    with again.site.ledger.reading() as book:
        (event,) = [event for _, event in audit.events(book) if event["act"] == "site.restore"]
    assert f"{lost} events are lost" in event["reason"]
    with pytest.raises(Broken, match=r"FORKED|ROLLED-BACK"):
        again.do("ito", "audit.verify", VerifyLog())
    # What was put aside no longer stands in the way of the next one.
    take(again, place)
    again.site.ledger.close()
    (folder / "ledger.db").unlink()
    restore(folder, place)[0].site.ledger.close()


def test_a_lost_ring_and_one_of_another_site_are_named(clinic, place, tmp_path):
    take(clinic, place)
    with pytest.raises(RingMissing, match="--ring"):
        restore(tmp_path / "new", place, ring=tmp_path)
    open_clinic(tmp_path / "other").site.ledger.close()
    with pytest.raises(RingForeign):
        restore(tmp_path / "new", place, ring=tmp_path / "other")
    with pytest.raises(RingForeign):
        restore(tmp_path / "other", place)
    assert not (tmp_path / "new" / FILE).exists()


def test_a_backup_of_another_site_does_not_come_over_this_one(clinic, place, tmp_path):
    other = open_clinic(tmp_path / "other")
    take(other, place)
    other.site.ledger.close()
    for name in RING_FILES[::2]:
        shutil.copy(tmp_path / "other" / name, clinic.site.folder / name)
    with pytest.raises(BackupForeign):
        restore(clinic.site.folder, place)


@pytest.mark.parametrize("part", ["note", "ledger", "done"])
def test_no_changed_bit_of_a_backup_goes_unseen(clinic, place, tmp_path, part):
    take(clinic, place)
    (path,) = place.glob(f"backups/*.{part}")
    whole, ring = path.read_bytes(), keep_ring(clinic.site.folder, tmp_path / "ring")
    end = len(whole) - (0 if part == "note" else 32)
    for at in range(0, end, max(end // 12, 1)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(Broken):
            restore(tmp_path / "new", place, ring=ring)
    path.write_bytes(whole[:-40])
    with pytest.raises(Broken):
        restore(tmp_path / "new", place, ring=ring)
    assert not (tmp_path / "new" / "ledger.db").exists()
    path.write_bytes(whole)
    restore(tmp_path / "new", place, ring=ring)[0].site.ledger.close()


def test_an_object_damaged_in_the_backup_is_named_and_everything_else_comes_back(frozen_clinic, place, tmp_path):
    clinic = frozen_clinic
    row = take(clinic, place)
    bad, gone = sorted(path for path in (place / "objects/shards").rglob("*") if path.is_file())[:2]
    bad.write_bytes(bad.read_bytes()[:-1] + b"?")
    gone.unlink()
    ring = keep_ring(clinic.site.folder, tmp_path / "ring")
    again, done = restore(tmp_path / "new", place, ring=ring)
    again.site.ledger.close()
    names = {path.relative_to(place / "objects").as_posix() for path in (bad, gone)}
    assert set(done.absent) == names
    assert done.rows[0]["copied"] == row["objects"] - 2
    # The next backup mends what is missing, one that looks also what has rotted; then the restore goes on.
    assert take(clinic, place)["copied"] == 1
    assert take(clinic, place, verify=True)["copied"] == 1
    again, done = restore(tmp_path / "new", place, ring=ring)
    assert (done.rows[0]["copied"], done.absent) == (2, ())
    assert sound(again)
    again.site.ledger.close()


def test_what_has_rotted_in_the_site_is_named_and_spoils_no_backup(frozen_clinic, place):
    clinic = frozen_clinic
    take(clinic, place)
    first, second = sorted(p for p in (clinic.site.folder / "objects/shards").rglob("*") if p.is_file())[:2]
    first.write_bytes(first.read_bytes()[:-3])
    assert take(clinic, place, verify=True)["copied"] == 0
    name = second.relative_to(clinic.site.folder / "objects").as_posix()
    second.write_bytes(second.read_bytes()[:-1] + b"?")
    (place / "objects" / name).unlink()
    with pytest.raises(BackupIncomplete, match=name):
        take(clinic, place)
    assert backups.find(backups.place_of(str(place), clinic.site.folder)).absent == (name,)


ON_A_FULL_DISK = """
import shutil, sys
from pathlib import Path
from residency.upkeep.backup import Backup
from residency.wiring import open_site
from tests.fakes.clinic import Clinic
from tests.upkeep.test_backup import restore, sound, take
from residency.errors import Unavailable

clinic, place = Clinic(open_site(Path({site!r}))), Path.cwd() / "place"
shutil.copytree({earlier!r}, place)
next(path for path in (place / "objects/shards").rglob("*") if path.is_file()).unlink()
with (Path.cwd() / "filler").open("wb", buffering=0) as file:
    try:
        while file.write(bytes(1024)):
            pass
    except OSError:
        pass
try:
    take(clinic, place)
except Unavailable as error:
    print(type(error).__name__, error.message)
assert len(list(place.glob("backups/*.note"))) == 1
assert list((place / ".tmp").iterdir()) == []
(Path.cwd() / "filler").unlink()
assert take(clinic, place)["copied"] == 1
print("went on")
"""


def test_a_full_disk_is_named_and_the_earlier_backup_stays_good(frozen_clinic, place, tmp_path):
    take(frozen_clinic, place)
    frozen_clinic.site.ledger.close()
    disk = tmp_path / "disk"
    disk.mkdir()
    size = sum(path.stat().st_size + 4096 for path in place.rglob("*"))
    program = ON_A_FULL_DISK.format(site=str(frozen_clinic.site.folder), earlier=str(place))
    done = on_a_small_disk(program, size // 1024 + 256, disk)
    assert done.returncode == 0, done.stderr
    first, last = done.stdout.splitlines()
    assert first.startswith("StoreUnavailable The disk is full: cannot write")
    assert last == "went on"


def test_a_backup_says_nothing_of_anybody(frozen_clinic, place, frozen):
    clinic = frozen_clinic
    take(clinic, place)
    words = {code for group in clinic.site.ledger.all(KeyGroup) if len(code := group.subject) > 4}
    words |= {name for name in PEOPLE if len(name) > 4} | {"Marsh", "IRB-2026-014", "liver-ct", "HOSPITAL", "phantom"}
    table = (frozen.study.parent / "incoming/subjects.csv").read_text().splitlines()[1:]
    words |= {line.split(",")[0] for line in table}
    secrets = [(clinic.site.folder / name).read_bytes() for name in (RING, DEVELOPMENT_KEY)]
    for path in place.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        name = path.relative_to(place).as_posix()
        assert [word for word in words if word.encode() in data or word in name] == [], name
        assert not any(secret in data for secret in secrets)
        assert path.name not in (*RING_FILES, "public-keys.txt")


def test_sessions_are_in_no_backup(clinic, place, tmp_path):
    with clinic.site.ledger.writing() as book:
        sign_in(book, book.get(Person, "rao"), "passphrase of rao", clinic.site.clock())
    take(clinic, place)
    again, _ = restore(tmp_path / "new", place, ring=keep_ring(clinic.site.folder, tmp_path / "ring"))
    with again.site.ledger.reading() as book:
        assert book.connection.execute(select(func.count()).select_from(sessions)).scalar() == 0
    again.site.ledger.close()


def test_the_password_of_a_database_is_left_out_of_the_settings():
    text = 'country = "US"\n[ledger]\nurl = "%s"\n[store]\nurl = ""\n[keys]\nkind = "passphrase"\nring = "ring.json"\n'
    url = "postgresql+psycopg://rao:se:cret@db.example:5432/ledger?sslmode=require&sslpassword=secret"
    bare = "postgresql+psycopg://rao@db.example:5432/ledger?sslmode=require"
    assert without_password(text % url, url) == text % bare
    assert without_password(text % bare, bare) == text % bare
    assert without_password(text % "", "") == text % ""
    with pytest.raises(SettingsWrong):
        without_password(text % url.replace("c", "\\u0063"), url)


def test_a_backup_lies_outside_of_its_site_and_is_where_it_is_looked_for(clinic, place, tmp_path):
    with pytest.raises(PlaceInside):
        take(clinic, clinic.site.folder / "backup")
    with pytest.raises(BackupMissing):
        restore(tmp_path / "new", tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    place.mkdir()
    with pytest.raises(BackupMissing, match="no backup"):
        restore(tmp_path / "new", place)


def test_an_earlier_backup_can_be_chosen(clinic, place, tmp_path):
    first = take(clinic, place)
    clinic.do("ito", "site.status", Nothing())
    take(clinic, place)
    ring = keep_ring(clinic.site.folder, tmp_path / "ring")
    again, _ = restore(tmp_path / "new", place, ring=ring, backup=first["backup"])
    with again.site.ledger.reading() as book:
        assert audit.size(book) == first["events"] + 2
    again.site.ledger.close()
    with pytest.raises(BackupMissing, match="backup-nothing"):
        restore(tmp_path / "new2", place, ring=ring, backup="backup-nothing")

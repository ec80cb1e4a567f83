"""A backup while others work, from one database to another, and from the command line."""

import json
import shutil
import subprocess
import sys
import threading

import pytest
from sqlalchemy import func, select

from residency.dataset.version import find
from residency.govern.dump import LedgerTaken, dump, load
from residency.govern.ledger import Ledger, sqlite_url
from residency.govern.schema import leaves
from residency.protocol.people import Nothing
from residency.upkeep import backups
from residency.upkeep.needed import survey
from residency.upkeep.restore import DatabaseInUse
from residency.wiring import SYSTEM, open_site
from tests.cli.test_commands import Shell
from tests.dataset.test_version import keys_of
from tests.fakes.clinic import Clinic, copy_clinic
from tests.upkeep.test_backup import keep_ring, restore, sound, take
from tests.upkeep.vanishing import Vanishing, name_an_object

TAKING_IN = """
import sys
from pathlib import Path
from residency.ingest.ingest import Ingest
from residency.wiring import open_site
from tests.fakes.clinic import Clinic

clinic, export = Clinic(open_site(Path(sys.argv[1]))), Path(sys.argv[2])
paths = dict(path=export / "ct", labels=export / "labels", subjects=export / "subjects.csv")
clinic.do("rao", "ingest", Ingest(name="third", protocol="IRB-2026-014", **paths))
"""


@pytest.fixture
def place(tmp_path):
    return tmp_path / "backup"


def lines_of(ledger):
    with ledger.snapshot() as book:
        return list(dump(book))


def test_whatever_an_intake_writes_meanwhile_each_backup_holds_what_its_ledger_names(
    frozen_clinic, frozen, place, tmp_path
):
    folder, made = frozen_clinic.site.folder, []
    words = [sys.executable, "-c", TAKING_IN, str(folder), str(frozen.study.parent / "incoming")]
    with subprocess.Popen(words) as working:
        while working.poll() is None:
            made.append(take(frozen_clinic, place)["backup"])
            frozen_clinic.do("root", "store.clean", Nothing())
        assert working.wait() == 0
    made.append(take(frozen_clinic, place)["backup"])
    assert len(made) > 2
    ring = keep_ring(folder, tmp_path / "ring")
    for name in {made[len(made) // 2], made[-1]}:
        again, done = restore(tmp_path / name, place, ring=ring, backup=name)
        assert (done.absent, survey(again.site).missing) == ((), [])
        assert sound(again)
        again.site.ledger.close()


def test_what_goes_away_under_a_backup_is_not_in_the_ledger_that_it_keeps(clinic, place, tmp_path):
    """A record gives up an object after the ledger was copied, and the object is removed before it could be."""
    name_an_object(clinic, "sealed/ab/first", "sealed/ab/second")
    site = Vanishing.under(clinic.site, "sealed/ab/first", then=lambda: name_an_object(clinic, "sealed/ab/second"))
    take(Clinic(site), place)
    found = backups.find(backups.place_of(str(place), clinic.site.folder))
    assert (set(found.objects), found.absent) == ({"sealed/ab/second"}, ())
    assert len(list(place.glob("backups/*.ledger"))) == 1


def test_nothing_moves_within_one_look(both_clinics):
    ledger, gate = both_clinics.site.ledger, both_clinics.site.gate
    with ledger.snapshot() as book:
        count = book.connection.execute(select(func.count()).select_from(leaves)).scalar()
        other = threading.Thread(target=gate.record_event, args=(SYSTEM, "sign-in", "refused"))
        other.start()
        other.join(20)
        assert book.connection.execute(select(func.count()).select_from(leaves)).scalar() == count
    with ledger.snapshot() as book:
        assert book.connection.execute(select(func.count()).select_from(leaves)).scalar() == count + 1


def test_a_ledger_is_the_same_on_every_database(both_clinics, postgres, tmp_path):
    lines = lines_of(both_clinics.site.ledger)
    for url in (sqlite_url(tmp_path / "copy.db"), postgres.new_database()):
        ledger = Ledger.open(url)
        with ledger.writing() as book:
            load(book, lines)
        assert lines_of(ledger) == lines
        with ledger.writing() as book, pytest.raises(LedgerTaken):
            load(book, lines)
        ledger.close()


def test_a_site_on_postgres_lives_again_on_an_empty_database_and_on_none(postgres_clinic, postgres, place, tmp_path):
    made, url = postgres_clinic
    fresh = postgres.new_database(like=url)
    clinic = copy_clinic(made, tmp_path / "site", ledger=(url, fresh))
    take(clinic, place)
    ring, settings = keep_ring(clinic.site.folder, tmp_path / "ring"), (clinic.site.folder / "site.toml").read_text()
    clinic.site.ledger.close()
    with pytest.raises(DatabaseInUse):
        restore(clinic.site.folder, place, database=True)
    for number, other in enumerate((postgres.new_database(), "")):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "site.toml").write_text(settings.replace(fresh, other))
        again, done = restore(folder, place, ring=ring)
        assert done.rows[0]["database"] == "restored"
        assert sound(again)
        again.site.ledger.close()
        # And what stands is left alone.
        again, done = restore(folder, place)
        assert done.rows[0]["database"] == "kept"
        again.site.ledger.close()


def test_the_command_line_backs_up_and_restores(frozen_clinic, place, tmp_path):
    site = frozen_clinic.site.folder
    keys = keys_of(frozen_clinic, find(frozen_clinic.site, "liver-ct"))
    frozen_clinic.site.ledger.close()
    shell = Shell(tmp_path, site).signed_in("root")
    assert shell.run("site", "backup", str(place)).returncode == 0
    ring = keep_ring(site, tmp_path / "ring")
    shutil.rmtree(site)
    done = shell.run("site", "restore", str(place), "--ring", str(ring), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"][0]["database"] == "restored"
    again = Clinic(open_site(site))
    assert keys_of(again, find(again.site, "liver-ct")) == keys
    again.site.ledger.close()

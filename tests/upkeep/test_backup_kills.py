"""kill -9 while a backup is made or brought back: what was whole stays whole, and the next call goes on."""

import itertools
import random
import shutil

import pytest

from residency.govern.forgetting import Withdrawal
from residency.store.frames import intact
from residency.upkeep import backups
from residency.wiring import open_site
from tests.fakes.clinic import Clinic
from tests.fakes.dying import ordered, running
from tests.fakes.kills import kills
from tests.upkeep.test_backup import keep_ring, restore, sound, take
from tests.upkeep.test_restore_keys import members, opened, withdraw


@pytest.fixture(scope="module")
def program():
    """The program that carries and dies, on orders."""
    with running("tests.upkeep.carrying") as program:
        yield program


@pytest.fixture
def order(program):
    def give(what, site, place, ring="", at=None, after=None):
        return ordered(program, what=what, site=str(site), place=str(place), ring=str(ring), at=at, after=after)

    return give


def whole(place, site):
    """The newest backup, every object of which is proven."""
    store = backups.place_of(str(place), site)
    found = backups.find(store)
    assert all(intact(store, backups.OBJECTS + name, called=name) for name in found.objects)
    assert not found.absent
    return found


@pytest.fixture
def killed_backup(frozen_clinic, order, tmp_path):
    """Make a backup at a copy of a place that holds an earlier one without some of the objects, and die."""
    site, earlier, number = frozen_clinic.site.folder, tmp_path / "earlier", itertools.count()
    take(frozen_clinic, earlier)
    first = whole(earlier, site).id
    withdraw(frozen_clinic, members(frozen_clinic)[0])
    frozen_clinic.site.ledger.close()

    def give(at=None, after=None):
        place = tmp_path / str(next(number))
        shutil.copytree(earlier, place)
        for path in sorted(path for path in (place / "objects/sealed").rglob("*") if path.is_file())[::40]:
            path.unlink()
        return (place, first), order("backup", site, place, at=at, after=after)

    return give


def check_backup(frozen_clinic, place, first):
    site = frozen_clinic.site.folder
    store = backups.place_of(str(place), site)
    newest = backups.find(store)
    assert newest.id == first or all(intact(store, backups.OBJECTS + name, called=name) for name in newest.objects)
    clinic = Clinic(open_site(site))
    take(clinic, place)
    clinic.site.ledger.close()
    assert whole(place, site).id > newest.id
    assert not list((place / ".tmp").iterdir())
    shutil.rmtree(place)


@pytest.fixture
def killed_restore(frozen_clinic, order, tmp_path):
    """Restore last week's backup, somebody having withdrawn since, into a folder of its own, and die."""
    place, number = tmp_path / "backup", itertools.count()
    take(frozen_clinic, place)
    code = members(frozen_clinic)[0]
    withdraw(frozen_clinic, code)
    ring = keep_ring(frozen_clinic.site.folder, tmp_path / "ring")

    def give(at=None, after=None):
        folder = tmp_path / str(next(number))
        return (folder, place, ring, code), order("restore", folder, place, ring, at=at, after=after)

    return give


def check_restore(folder, place, ring, code):
    if (folder / "ledger.db").is_file() and (folder / "site.toml").is_file():
        clinic = Clinic(open_site(folder))
        assert [gone.subject for gone in clinic.site.ledger.all(Withdrawal)] == [code]
        assert not opened(clinic, code)
        clinic.site.ledger.close()
    again, done = restore(folder, place, ring=ring)
    assert done.absent == ()
    assert len(again.site.ledger.all(Withdrawal)) == 1
    assert not opened(again, code)
    assert sound(again)
    again.site.ledger.close()
    assert not list(folder.glob("ledger.db.*"))
    shutil.rmtree(folder)


def try_all(killed, check, times, calls):
    """So many kills at random times, and before so many of the calls that make something last."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    place, end = killed()
    assert not end["killed"]
    check(*place)
    for place in kills(killed, chance, end["seconds"], times):
        check(*place)
    for number in sorted(chance.sample(range(end["calls"]), min(calls, end["calls"]))):
        place, ended = killed(at=number)
        assert ended["killed"]
        check(*place)


def test_a_few_kills_of_a_backup_leave_the_earlier_one_good(killed_backup, frozen_clinic):
    try_all(killed_backup, lambda *place: check_backup(frozen_clinic, *place), 2, 3)


def test_a_few_kills_of_a_restore_never_bring_anybody_back(killed_restore):
    try_all(killed_restore, check_restore, 1, 3)


@pytest.mark.long
def test_many_kills_of_a_backup_leave_the_earlier_one_good(killed_backup, frozen_clinic):
    try_all(killed_backup, lambda *place: check_backup(frozen_clinic, *place), 20, 60)


@pytest.mark.long
def test_many_kills_of_a_restore_never_bring_anybody_back(killed_restore):
    try_all(killed_restore, check_restore, 20, 40)

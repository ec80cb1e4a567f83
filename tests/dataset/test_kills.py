"""kill -9 while a draft is frozen: nothing is torn, the log holds, and freezing again succeeds."""

import itertools
import random
import shutil

import pytest

from residency.dataset.version import DatasetVersion
from residency.protocol.people import Nothing
from residency.store.arrays import open_volume
from residency.wiring import open_site
from tests.dataset.deidentified import deidentified, series
from tests.dataset.test_version import draft, freeze, items_of, keys_of
from tests.fakes.clinic import Clinic, approve_protocol, open_clinic
from tests.fakes.dying import ordered, running
from tests.fakes.kills import kills


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The folder of a site with a draft that nobody has frozen yet."""
    folder = tmp_path_factory.mktemp("prepared")
    clinic = open_clinic(folder / "site")
    approve_protocol(clinic, folder)
    deidentified(clinic, series(5, shape=(2, 40, 40)))
    draft(clinic, tune=0.2, test=0.3)
    clinic.site.ledger.close()
    return folder / "site"


@pytest.fixture(scope="module")
def program():
    """The program that freezes and dies, on orders."""
    with running("tests.dataset.freezing") as program:
        yield program


@pytest.fixture
def killed(program, prepared, tmp_path):
    """Freeze in a copy of the site and die at the moment given; returns the copy and how it ended."""
    number = itertools.count()

    def order(at=None, after=None):
        folder = tmp_path / str(next(number))
        shutil.copytree(prepared, folder)
        # Which folders of the store exist decides how many calls there are; with all of them it is always the same.
        for n in range(256):
            (folder / "objects/sealed" / f"{n:02x}").mkdir(parents=True, exist_ok=True)
        return folder, ordered(program, site=str(folder), at=at, after=after)

    return order


def check(folder):
    """What must hold after a kill, and after freezing again."""
    clinic = Clinic(open_site(folder))
    site = clinic.site
    assert list((folder / "objects" / ".tmp").iterdir()) == []
    assert sound(clinic)
    there = site.ledger.all(DatasetVersion)
    version = freeze(clinic)
    assert [version.id for version in there] in ([], [version.id])
    assert version.number == 1
    keys = keys_of(clinic, version)
    for item in items_of(clinic, version):
        whole = {role: open_volume(site.sealed, ref, keys).whole() for role, ref in item.parts.items()}
        assert ((whole["image"] > 500) == whole["label"]).all()
    assert sound(clinic)
    site.ledger.close()
    shutil.rmtree(folder)


def sound(clinic):
    rows = clinic.do("auditor", "site.doctor", Nothing()).rows
    assert all(row["holds"] for row in rows), rows
    return bool(rows)


def test_a_freeze_that_is_not_killed_ends_well(killed):
    folder, end = killed()
    assert not end["killed"]
    assert end["calls"] > 20
    check(folder)


def kill_at(killed, chance, count, calls=None):
    """Kills at random times, and before random calls that make something last (all of them unless told how many)."""
    whole, end = killed()
    shutil.rmtree(whole)
    for folder in kills(killed, chance, end["seconds"], count):
        check(folder)
    for number in sorted(chance.sample(range(end["calls"]), calls or end["calls"])):
        folder, ended = killed(at=number)
        assert ended["killed"]
        check(folder)


def test_a_few_kills_while_freezing_tear_nothing(killed):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    kill_at(killed, random.Random(seed), 5, calls=6)


@pytest.mark.long
def test_fifty_kills_while_freezing_and_one_before_every_lasting_call_tear_nothing(killed):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    kill_at(killed, random.Random(seed), 50)

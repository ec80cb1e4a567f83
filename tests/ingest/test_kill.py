"""kill -9 while a folder is taken in: nothing is torn, the log holds, no name lies about, and a repeat succeeds."""

import itertools
import random
import shutil

import pytest

from residency.ingest.held import Quarantine
from residency.ingest.intake import Intake
from residency.ingest.source import Source
from residency.protocol.people import Nothing
from residency.store.manifest import read_manifest
from residency.store.packs import read_pack
from residency.wiring import open_site
from tests.fakes.clinic import Clinic
from tests.fakes.dying import ordered, running
from tests.fakes.kills import kills
from tests.ingest.conftest import Intaking
from tests.ingest.export import export, label, series, table
from tests.ingest.test_faults import drop_one


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An export of four good patients and a spoiled one, with junk and a label map: 31 files."""
    path = tmp_path_factory.mktemp("killed") / "export"
    export(path, "PLANTED1", "PLANTED2", "PLANTED3", "PLANTED4")
    export(path, "PLANTED5", change=drop_one)
    (path / "ct/junk").write_text("PLANTED")
    label(path, series("PLANTED1")[0])
    table(path, "PLANTED1,HOSPITAL,F,1970-01-02,White,,")
    return path


@pytest.fixture(scope="module")
def program():
    """The program that takes in and dies, on orders."""
    with running("tests.ingest.ingesting") as program:
        yield program


@pytest.fixture
def killed(program, clinics, folder, tmp_path):
    """Take in at a copy of the site and die at the moment given; returns the copy and how it ended."""
    number = itertools.count()

    def order(at=None, after=None):
        site = tmp_path / str(next(number))
        shutil.copytree(clinics / "approved", site)
        # Which folders of the store exist decides how many calls there are; with all of them it is always the same.
        for n in range(256):
            (site / "objects/sealed" / f"{n:02x}").mkdir(parents=True, exist_ok=True)
        return site, ordered(program, site=str(site), path=str(folder), at=at, after=after)

    return order


def check(place, folder):
    """What must hold after a kill, and after taking in again."""
    clinic = Clinic(open_site(place))
    assert list((place / "objects" / ".tmp").iterdir()) == []
    assert_sound(clinic)
    there = whole(clinic)
    steward = Intaking(clinic)
    intake = steward.ingest(folder / "ct", labels=folder / "labels", subjects=folder / "subjects.csv")
    assert [one.id for one in there] in ([], [intake.id])
    assert (intake.received, intake.accepted, intake.excluded, intake.quarantined) == (31, 25, 0, 6)
    assert len(whole(clinic)) == len(clinic.site.ledger.all(Source)) == 1
    assert_sound(clinic)
    clinic.site.ledger.close()
    for file in place.rglob("*"):
        assert not file.is_file() or b"PLANTED" not in file.read_bytes()
    shutil.rmtree(place)


def whole(clinic):
    """The intakes, after reading every byte that they refer to."""
    site, steward = clinic.site, Intaking(clinic)
    intakes = site.ledger.all(Intake)
    for intake in intakes:
        keys = steward.keys(intake)
        items = read_manifest(site.sealed, intake.manifest, keys, root=intake.root)
        for item in items:
            files = [data for _, data in read_pack(site.sealed, item.parts["series"], keys)]
            assert all(b"DICM" in data[:132] for data in files)
            assert len(files) + ("label" in item.parts) == item.files
        assert sum(item.files for item in items) == intake.accepted
        held = site.ledger.all(Quarantine, scope=intake.id)
        assert sum(group.files for group in held) == intake.quarantined
    return intakes


def assert_sound(clinic):
    rows = clinic.do("auditor", "site.doctor", Nothing()).rows
    assert all(row["holds"] for row in rows), rows


def test_an_intake_that_is_not_killed_ends_well(killed, folder):
    place, end = killed()
    assert not end["killed"]
    assert end["calls"] > 30
    check(place, folder)


def kill_at(killed, folder, chance, count, calls=None):
    """Kills at random times, and before random calls that make something last (all of them unless told how many)."""
    place, end = killed()
    shutil.rmtree(place)
    for place in kills(killed, chance, end["seconds"], count):
        check(place, folder)
    for number in sorted(chance.sample(range(end["calls"]), calls or end["calls"])):
        place, ended = killed(at=number)
        assert ended["killed"]
        check(place, folder)


def test_a_few_kills_while_taking_in_tear_nothing(killed, folder):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    kill_at(killed, folder, random.Random(seed), 5, calls=5)


@pytest.mark.long
def test_fifty_kills_at_any_time_and_one_before_every_lasting_call_tear_nothing(killed, folder):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    kill_at(killed, folder, random.Random(seed), 50)

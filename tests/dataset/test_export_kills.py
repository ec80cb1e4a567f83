"""kill -9 while data leave: no folder that looks whole and is not, and the next call finds the place free."""

import hashlib
import itertools
import random
import shutil

import pytest

from residency.dataset.export import DISCLOSURE, Export, ExportDataset
from residency.kernel.digest import digest
from residency.protocol.people import Nothing
from residency.store.outlet import ExportTaken, ExportUnderway, outlet
from residency.wiring import open_site
from tests.dataset.deidentified import deidentified, series
from tests.dataset.test_version import draft, freeze
from tests.fakes.clinic import Clinic, copy_clinic
from tests.fakes.dying import ordered, running
from tests.fakes.kills import kills

MARK = ".residency-partial"


@pytest.fixture(scope="module")
def prepared(template, tmp_path_factory):
    """The folder of a site with a frozen version."""
    clinic = copy_clinic(template, tmp_path_factory.mktemp("prepared") / "site")
    deidentified(clinic, series(5, shape=(2, 40, 40)))
    draft(clinic, tune=0.2, test=0.3)
    freeze(clinic)
    clinic.site.ledger.close()
    return clinic.site.folder


@pytest.fixture(scope="module")
def program():
    """The program that exports and dies, on orders."""
    with running("tests.dataset.exporting") as program:
        yield program


@pytest.fixture
def killed(program, prepared, tmp_path):
    """Export from a copy of the site and die at the moment given; returns the folder of both and how it ended."""
    number = itertools.count()

    def order(at=None, after=None):
        folder = tmp_path / str(next(number))
        shutil.copytree(prepared, folder / "site")
        # Which folders of the store exist decides how many calls there are; with all of them it is always the same.
        for n in range(256):
            (folder / "site/objects/sealed" / f"{n:02x}").mkdir(parents=True, exist_ok=True)
        return folder, ordered(program, site=str(folder / "site"), out=str(folder / "out"), at=at, after=after)

    return order


def whole(out):
    """Whether the sums name every file of a folder, and are right."""
    lines = [line.split("  ") for line in (out / "SHA256SUMS").read_text().splitlines()]
    named = {path: sha256 for sha256, path in lines}
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} - {"SHA256SUMS", MARK}
    return set(named) == there and all(
        hashlib.sha256((out / path).read_bytes()).hexdigest() == sha256 for path, sha256 in named.items()
    )


def check(folder):
    """What must hold after a kill, and after exporting again."""
    clinic = Clinic(open_site(folder / "site"))
    records = clinic.site.ledger.all(Export)
    left = (folder / "out").exists()
    if left:
        assert whole(folder / "out")
        assert [digest((folder / "out" / DISCLOSURE).read_bytes())] == [record.disclosure for record in records]
        shutil.rmtree(folder / "out")
    ask = ExportDataset(version="liver-ct", out=folder / "out", form="nifti", to="Vienna", purpose="research")
    again = clinic.do("rao", "dataset.export", ask)
    assert sorted(path.name for path in folder.iterdir()) == ["out", "site"]
    assert whole(folder / "out")
    assert not (folder / "out" / MARK).exists()
    assert again.items == 4
    rows = clinic.do("auditor", "site.doctor", Nothing()).rows
    assert all(row["holds"] for row in rows), rows
    clinic.site.ledger.close()
    shutil.rmtree(folder)
    return left


def test_an_export_that_is_not_killed_ends_well(killed):
    folder, end = killed()
    assert not end["killed"]
    assert end["calls"] > 30
    assert check(folder)


def kill_at(killed, chance, count, calls=None):
    """Kills at random times, and before random calls that make something last (all of them unless told how many)."""
    done, end = killed()
    shutil.rmtree(done)
    for folder in kills(killed, chance, end["seconds"], count):
        check(folder)
    numbers = range(end["calls"]) if calls is None else sorted(chance.sample(range(end["calls"] - 6), calls))
    # The last calls stand around the rename, where it is decided whether there is a folder.
    for number in dict.fromkeys([*numbers, *range(end["calls"] - 6, end["calls"])]):
        folder, ended = killed(at=number)
        assert ended["killed"]
        check(folder)


def test_a_few_kills_while_data_leave_leave_no_half_folder(killed):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    kill_at(killed, random.Random(seed), 3, calls=4)


@pytest.mark.long
def test_forty_kills_while_data_leave_and_one_before_every_lasting_call_leave_no_half_folder(killed):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    kill_at(killed, random.Random(seed), 40)


def fill(place):
    with outlet(place) as folder:
        folder.put("a/b", b"data")
        folder.settle()
        folder.publish()


def test_an_export_that_is_still_being_written_is_left_alone(tmp_path):
    with outlet(tmp_path / "out") as folder:
        folder.put("a/b", b"data")
        with pytest.raises(ExportUnderway, match="Another export"):
            fill(tmp_path / "out")
        folder.settle()
        folder.publish()
    assert (tmp_path / "out" / "a" / "b").read_bytes() == b"data"
    assert whole(tmp_path / "out")


def test_what_a_dead_process_left_is_removed_and_what_somebody_else_left_is_not(tmp_path):
    for name, left in (("marked", [MARK, "x"]), ("empty", [])):
        partial = tmp_path / f"{name}.partial"
        partial.mkdir()
        for file in left:
            (partial / file).write_text("half")
        fill(tmp_path / name)
        assert not partial.exists()
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == ["SHA256SUMS", "a"]
    for name in ("folder", "file", "link"):
        partial = tmp_path / f"{name}.partial"
        if name == "file":
            partial.write_text("mine")
        elif name == "link":
            partial.symlink_to(tmp_path / "folder.partial")
        else:
            partial.mkdir()
            (partial / "mine").write_text("mine")
        with pytest.raises(ExportTaken, match=f"{name}.partial"):
            fill(tmp_path / name)
    assert (tmp_path / "folder.partial" / "mine").read_text() == "mine"


def test_a_place_that_was_filled_meanwhile_is_not_touched(tmp_path):
    def fill_late():
        with outlet(tmp_path / "out") as folder:
            folder.put("a", b"data")
            folder.settle()
            (tmp_path / "out").mkdir()
            (tmp_path / "out" / "mine").write_text("mine")
            folder.publish()

    with pytest.raises(ExportTaken, match="meanwhile"):
        fill_late()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "mine"]

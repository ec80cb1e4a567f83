"""Disks, permissions and other people while a folder is taken in: a clear error or a group, and nothing half-done."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from residency.errors import Unavailable
from residency.ingest.folder import SourceChanged, SourceMissing, SourceUnreadable, read, walk
from residency.ingest.ingest import SourceTaken
from residency.ingest.intake import Intake
from residency.ingest.series import assemble
from residency.ingest.source import Codes, Source
from residency.ingest.subjects import People
from residency.observe.progress import shown_by
from tests.fakes.disks import NOBODY, small_files
from tests.ingest.export import export, series, write


@contextmanager
def a_folder_of_somebody_else():
    """An export in which this process, meanwhile nobody, may not do everything."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        path = export(Path(folder), "1")
        yield path


@contextmanager
def as_nobody():
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_is_held_alone():
    with a_folder_of_somebody_else() as path:
        (path / "1/0004.dcm").chmod(0)
        with as_nobody():
            units = assemble(walk(path), People(), Codes(bytes(32)))
        assert [(unit.code, len(unit.files)) for unit in units] == [("", 5), ("UNREADABLE", 1)]


def test_a_folder_that_may_not_be_listed_stops_the_intake_because_it_cannot_be_counted():
    with a_folder_of_somebody_else() as path:
        (path / "1").chmod(0)
        with as_nobody(), pytest.raises(SourceUnreadable):
            walk(path)
        (path / "1").chmod(0o755)


@pytest.mark.parametrize("change", [lambda path: path.write_bytes(b"x"), lambda path: path.unlink()])
def test_a_file_that_changes_meanwhile_stops_the_intake(tmp_path, change):
    found = walk(export(tmp_path, "1"))[0]
    change(found.path)
    with pytest.raises(SourceChanged):
        read(found)


def test_a_disk_that_fills_up_leaves_no_intake_and_a_repeat_succeeds(steward, tmp_path):
    instances = series("1")
    for one in instances:
        one.Rows = one.Columns = 512
        one.PixelData = bytes(512 * 512 * 2)
    write(tmp_path / "ct/1", instances)
    with small_files(1 << 20), pytest.raises(Unavailable):
        steward.ingest(tmp_path / "ct")
    site = steward.clinic.site
    assert (site.ledger.all(Intake), site.ledger.all(Source)) == ([], [])
    assert not list((tmp_path / "site/objects/.tmp").iterdir())
    assert steward.ingest(tmp_path / "ct").accepted == 6


def test_two_first_intakes_under_one_name_at_once_make_one_source(steward, tmp_path):
    path, begun = export(tmp_path, "1"), []

    def somebody_else(what, done, total):
        if what == "sealing series" and not begun:
            begun.append(True)
            steward.ingest(path)

    with shown_by(somebody_else), pytest.raises(SourceTaken):
        steward.ingest(path)
    assert len(steward.clinic.site.ledger.all(Source)) == 1
    assert steward.ingest(path).accepted == 6


def test_an_absent_folder_is_not_named_by_its_path_which_may_hold_a_name(steward, tmp_path):
    with pytest.raises(SourceMissing) as raised:
        steward.ingest(tmp_path / "PLANTED")
    assert "PLANTED" not in str(raised.value)
    assert "source incoming" in str(raised.value)

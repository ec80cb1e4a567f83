"""A folder that is cleaned by several processes, of which any may be killed at any time."""

import hashlib
import json
import os
import random
import resource
import signal
import stat
import time
from contextlib import suppress
from multiprocessing import active_children, get_context
from pathlib import Path

import pydicom
import pytest

from residency.deid.folders.clean import FolderTaken, WorkersWrong, clean_folder
from residency.deid.folders.crew import Crew, Lost, each
from residency.deid.folders.drafts import FolderUnusable
from residency.deid.folders.shared import Shared
from residency.deid.folders.told import REPORT
from residency.deid.folders.unfinished import FOLDER, ResumeImpossible, is_unfinished
from residency.deid.pseudonyms import Pseudonyms
from residency.deid.vault import Vault
from residency.errors import Missing
from tests.deid.test_folder_mixed import crosswalk, hospital
from tests.deid.test_folder_scans import scan
from tests.ingest.export import series, write

RECIPE = ("basic", "shift-dates")
KEY = bytes(range(32))
SEED = int(os.environ.get("RESIDENCY_TEST_SEED", "20261201"))


def draw(count: int) -> bytes:
    """The same key in every call."""
    return KEY[:count]


def listing(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def mixture(tmp_path_factory):
    """Images, records, notes, genomes and scans, what they are cleaned to, and how many seconds that takes."""
    root = tmp_path_factory.mktemp("mixture")
    source = hospital(root)
    for number in range(6):
        write(source / f"more/{number}", series("MRN770011", name=f"more {number}"))
        scan(source / f"nifti/sub-MRN770022_run-{number}_T2w.nii.gz", "KNEE")
    copied = series("MRN770011", name="more 3")
    for one in copied:
        one.PatientID = one.PatientName = "MRN770022"
    write(source / "again", copied)
    who = crosswalk(root)
    began = time.monotonic()
    clean_folder(source, root / "undisturbed", RECIPE, crosswalk=who, workers=1, draw=draw)
    return source, who, listing(root / "undisturbed"), time.monotonic() - began


def begun(mixture, target: Path, *, resume: bool = False, limit: int = 0, workers: int = 2, recipe=RECIPE):
    """A process of its own that cleans the mixture; it ends with 7 where the disk is full."""

    def life() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            clean_folder(mixture[0], target, recipe, crosswalk=mixture[1], workers=workers, resume=resume, draw=draw)
        except FolderUnusable:
            os._exit(7)
        except KeyboardInterrupt:
            os._exit(130)
        os._exit(0)

    process = get_context("fork").Process(target=life)
    process.start()
    return process


@pytest.mark.parametrize("workers", [2, 5])
def test_the_result_is_the_same_whatever_the_number_of_workers(mixture, tmp_path, workers):
    source, who, undisturbed, _ = mixture
    done = clean_folder(source, tmp_path / "out", RECIPE, crosswalk=who, workers=workers, draw=draw)
    assert done.quarantined == {"DUPLICATE": 6}
    assert listing(tmp_path / "out") == undisturbed


def _interrupted_until_done(mixture, target: Path, dice: random.Random, times: int) -> int:
    """How many of so many blows fell before the work was done; in the end it is."""
    blows = 0
    for number in range(times):
        process = begun(mixture, target, resume=number > 0)
        time.sleep(dice.uniform(0.02, 1.1 * mixture[3]))
        if process.is_alive():
            os.kill(process.pid, dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT]))
        process.join()
        if process.exitcode == 0:
            break
        blows += 1
        assert (target / FOLDER).exists() or not target.exists()
        _nothing_is_half_written(mixture, target)
    else:
        process = begun(mixture, target, resume=True)
        process.join()
        assert process.exitcode == 0
    return blows


def _nothing_is_half_written(mixture, target: Path) -> None:
    """Whatever has its place is what it will be."""
    for name, digest in listing(target).items() if target.exists() else ():
        if not name.startswith(FOLDER) and not Path(name).name.startswith("."):
            assert mixture[2][name] == digest


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.long)])
def test_a_call_that_is_killed_at_any_moment_goes_on_to_the_same_end(mixture, tmp_path, rounds):
    dice = random.Random(SEED)
    print("seed", SEED)
    blows = 0
    for number in range(rounds):
        target = tmp_path / f"out {number}"
        blows += _interrupted_until_done(mixture, target, dice, 3)
        assert listing(target) == mixture[2]
    assert blows >= rounds


def test_drawn_names_stay_what_they_were_over_an_interruption(mixture, tmp_path):
    target = tmp_path / "out"
    process = begun(mixture, target, recipe=("basic",))
    deadline = time.monotonic() + 60
    while len(list((target / FOLDER / "drafts").glob("*"))) < 5 and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    clean_folder(mixture[0], target, ("basic",), crosswalk=mixture[1], resume=True)
    codes = {path.name.split("-")[0] for kind in ("notes", "genomes") for path in (target / kind).iterdir()}
    codes |= {str(pydicom.dcmread(path).PatientID) for path in target.rglob("*.dcm")}
    codes |= {path.name.split("_")[0].removeprefix("sub-") for path in (target / "nifti").rglob("*.nii.gz")}
    assert len(codes) == 2
    assert len(listing(target)) == len(mixture[2])


def test_a_worker_that_is_killed_costs_its_unit_alone(mixture, tmp_path):
    target = tmp_path / "out"
    process = begun(mixture, target, workers=3)
    drafts = target / FOLDER / "drafts"
    deadline = time.monotonic() + 60
    while len(list(drafts.glob("*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.002)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    with suppress(ProcessLookupError):
        os.kill(int(children[0]), signal.SIGKILL)
    process.join()
    assert process.exitcode == 0
    made, whole = listing(target), mixture[2]
    others = {name for name, digest in made.items() if name != REPORT and whole[name] != digest}
    if others:  # the lost unit was the series of which there is a copy, and the copy is let in instead
        assert json.loads((target / REPORT).read_text())["quarantined"] == {"UNREADABLE": 6}
        assert len(others) == 6
        assert len({Path(name).parent for name in others}) == 1
    assert 0 <= len(whole) - len(made) <= 6


def test_a_full_disk_ends_the_call_and_it_goes_on_when_there_is_space(mixture, tmp_path):
    target = tmp_path / "out"
    process = begun(mixture, target, limit=3000)
    process.join()
    assert process.exitcode == 7
    assert is_unfinished(target)
    clean_folder(mixture[0], target, RECIPE, crosswalk=mixture[1], resume=True, draw=draw)
    assert listing(target) == mixture[2]


def test_what_is_kept_meanwhile_is_sealed_for_its_owner_and_gone_in_the_end(mixture, tmp_path):
    source, who, undisturbed, _ = mixture
    target = tmp_path / "out"
    process = begun(mixture, target, limit=3000)
    process.join()
    state = target / FOLDER / "state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.parent.stat().st_mode) == 0o700
    assert KEY not in state.read_bytes()
    assert KEY.hex().encode() not in state.read_bytes()
    with pytest.raises(FolderTaken, match="interrupted"):
        clean_folder(source, target, RECIPE, crosswalk=who, draw=draw)
    with pytest.raises(ResumeImpossible):
        clean_folder(source, target, (*RECIPE, "clean-faces"), crosswalk=who, resume=True, draw=draw)
    note = next((source / "notes").iterdir())
    about = note.stat()
    note.touch()
    with pytest.raises(ResumeImpossible):
        clean_folder(source, target, RECIPE, crosswalk=who, resume=True, draw=draw)
    os.utime(note, ns=(about.st_atime_ns, about.st_mtime_ns))
    clean_folder(source, target, RECIPE, crosswalk=who, resume=True, draw=draw)
    assert listing(target) == undisturbed
    with pytest.raises(FolderTaken):
        clean_folder(source, target, RECIPE, crosswalk=who, resume=True, draw=draw)


def test_a_draft_that_is_not_as_it_was_written_is_made_again(mixture, tmp_path):
    target = tmp_path / "out"
    process = begun(mixture, target, limit=3000)
    process.join()
    drafts = [path for path in (target / FOLDER / "drafts").rglob("*") if path.is_file()]
    drafts[0].write_bytes(b"cut off")
    clean_folder(mixture[0], target, RECIPE, crosswalk=mixture[1], resume=True, draw=draw)
    assert listing(target) == mixture[2]


def test_fewer_than_one_process_is_refused(tmp_path):
    with pytest.raises(WorkersWrong):
        clean_folder(tmp_path, tmp_path.parent / "out", RECIPE, workers=-1)


class Gone(Missing):
    """Something that all units need is missing."""


def fate(unit: int) -> int:
    if unit == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if unit == 5:
        raise MemoryError
    if unit == 7:
        raise KeyError("Quillfeather")
    return unit * unit


def test_a_unit_that_kills_its_process_or_fails_is_lost_and_the_others_are_done():
    said = dict(each(fate, range(20), Crew(3, Shared(Pseudonyms(KEY)))))
    lost = {at: one.why for at, one in said.items() if isinstance(one, Lost)}
    assert set(said) == set(range(20))
    assert set(lost) == {3, 5, 7}
    assert "Quillfeather" not in str(lost)
    assert all(one == at * at for at, one in said.items() if at not in lost)


def test_what_all_units_need_and_is_missing_ends_the_work():
    def work(unit: int) -> int:
        if unit == 4:
            raise Gone("No tagger is here.", remedy="Install it.")
        return unit

    with pytest.raises(Gone, match="Install it"):
        list(each(work, range(1000), Crew(2, Shared(Pseudonyms(KEY)))))


def test_no_process_is_left_when_the_work_is_done_or_given_up():
    before = set(active_children())
    crew = Crew(3, Shared(Vault()))
    assert sorted(said for _, said in each(abs, [-1, -2, -3, -4, -5], crew)) == [1, 2, 3, 4, 5]
    assert set(active_children()) <= before
    begun = each(abs, [-1, -2, -3, -4, -5], crew)
    next(begun)
    begun.close()
    assert set(active_children()) <= before


def test_names_that_are_drawn_are_the_same_in_all_processes():
    names = Shared(Vault())
    said = [one for _, one in each(lambda _: (names.uid("1.2.3"), names.code("A", "7")), range(40), Crew(4, names))]
    assert len(set(said)) == 1
    assert said[0] == (names.uid("1.2.3"), names.code("A", "7"))

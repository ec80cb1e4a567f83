"""The tour ends well, shows its refusals, names its caveats, and lets no planted identifier slip out."""

import base64
import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from residency.demo import tour
from residency.demo.cast import TEMPORARY
from residency.demo.processes import of_run
from residency.demo.scenes.verdict import forge
from residency.demo.search import search
from residency.demo.stage import StepWentWrong
from residency.demo.tour import FolderNotOurs, FolderUsed, give
from residency.demo.visit import Size
from residency.release.verify import read_keys
from tests.release.flipping import flip
from tests.story.traces import planted as everything_planted
from tests.story.traces import traces

SMALL = Size(subjects=10, steps=24, checkpoint_steps=4)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """Every chapter on a phantom, with little training, and everything that was printed."""
    folder = tmp_path_factory.mktemp("tour") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "116")
        printed = folder.parent / "printed"
        with printed.open("w") as file:
            patch.setattr(sys, "stdout", file)
            visit = give(folder, SMALL, package=None, replace=False)
    return visit, printed.read_text()


def planted(folder: Path) -> set[str]:
    """Every planted identifier that is long enough to mean something in a text."""
    key = json.loads((folder / "hospital/planted.json").read_text())
    cases = [*key["subjects"], *key["defects"], key["external"]]
    values = {row["value"] for case in cases for row in case.get("identifiers", ())}
    return {value for value in values if len(value) >= 6}


def open_texts(folder: Path) -> str:
    """The reports and the logs of a tour."""
    paths = [folder / "report.html", folder / "names-out.note", *(folder / "site/logs").glob("*")]
    return "\n".join(path.read_text() for path in paths)


def test_a_phantom_is_said_loudly(short):
    _, printed = short
    assert "NO REAL CT HERE" in printed
    assert "no real anatomy" in printed


def test_each_refusal_is_shown_with_every_gate_and_what_would_help(short):
    visit, printed = short
    assert [refusal.gates for refusal in visit.stage.refusals][:2] == [
        ("PROTOCOL-NOT-APPROVED",),
        ("ROLE", "SELF-APPROVAL"),
    ]
    assert len(visit.stage.refusals) == 11
    for refusal in visit.stage.refusals:
        assert refusal.remedy or not refusal.gates
        assert refusal.command in printed


def test_the_files_add_up_on_the_screen(short):
    visit, printed = short
    intake = visit.facts["intake"]
    assert intake["received"] == intake["accepted"] + intake["excluded"] + intake["quarantined"]
    assert f"{intake['received']} files received" in printed


def test_pictures_that_machines_wrote_on_are_cleaned_and_not_held(short):
    visit, _ = short
    key = json.loads((visit.folder / "hospital/planted.json").read_text())
    written_on = [case for case in key["defects"] if case["reason"] == "BURNED-IN"]
    cleaned = visit.facts["deid"]
    assert len(written_on) == 3
    assert (cleaned["quarantined"], cleaned["excluded"]) == (0, 0)
    assert cleaned["released"] == cleaned["received"] >= visit.facts["intake"]["accepted"]
    letters = {name: letter["ticked"] for name, letter in visit.facts["deid report"]["letters"].items()}
    assert list(letters) == list("ABCDEFGHIJKLMNOPQR")
    assert letters["A"]


def test_the_report_stands_with_its_caveats(short):
    visit, _ = short
    page = (visit.folder / "report.html").read_text()
    made = visit.facts["cohort"]
    assert made.generated_from in page
    assert made.labels_are in page
    assert "invented" in page


def test_no_planted_identifier_is_printed_logged_or_reported(short):
    visit, printed = short
    told = printed + open_texts(visit.folder)
    values = planted(visit.folder)
    assert len(values) > 100
    assert [value for value in values if value in told] == []


def test_no_form_of_an_identifier_lies_open_anywhere_beside_the_hospital(short):
    assert_no_traces(short[0].folder)


def assert_no_traces(folder: Path) -> None:
    """Nothing in the site, its temporary files, the desks, the report; and a control is found."""
    values = everything_planted(folder / "hospital/planted.json")
    places = [folder / "site", folder / TEMPORARY, folder / "people", folder / "auditor"]
    control = folder / TEMPORARY / "control"
    longest, codec = max(values, key=lambda value: len(value[0]))
    control.write_bytes(base64.b64encode(b"#" + longest.encode(codec)))
    report = folder / TEMPORARY / "report"
    report.write_text(re.sub("base64,[A-Za-z0-9+/=]+", "", (folder / "report.html").read_text()))
    found = traces(values, places)
    control.unlink()
    report.unlink()
    assert {trace.file for trace in found} == {control}


def test_a_changed_bit_of_the_bundle_that_left_the_house_is_found_and_located(short, tmp_path):
    folder = short[0].folder
    copy = tmp_path / "copy.residency"
    copy.write_bytes((folder / "liver-ct.residency").read_bytes())
    flip(copy, read_keys((folder / "auditor/public-keys.txt").read_text()), drawn=20, each=1)


def test_everybody_keeps_a_passphrase_that_only_they_can_read(short):
    visit, printed = short
    for person in visit.stage.cast.values():
        assert person.passphrase_file.stat().st_mode & 0o077 == 0
        assert person.passphrase_file.read_text() not in printed


def test_the_originals_lie_outside_the_site(short):
    visit, _ = short
    assert (visit.folder / "hospital/incoming/ct").is_dir()
    assert not list(visit.site.rglob("*.dcm"))


def test_the_search_finds_an_identifier_that_lies_open(short):
    visit, _ = short
    key = visit.folder / "hospital/planted.json"
    value = sorted(planted(visit.folder))[0]
    beside = visit.folder / TEMPORARY
    assert search([visit.site, beside], key).hits == 0
    texts = (value.encode(), value.upper().encode("utf-16-le"), b"\xff" + value.lower().encode())
    for text in (*texts, base64.b64encode(b"#" + value.encode()), zlib.compress(value.encode())):
        leak = beside / "leak.bin"
        leak.write_bytes(b"\x00" * 7 + text)
        found = search([visit.site, beside], key)
        leak.unlink()
        assert found.hits >= 1
        assert found.control_found


def test_a_step_that_ends_otherwise_stops_the_tour(short):
    visit, _ = short
    with pytest.raises(StepWentWrong, match="RecordMissing"):
        visit.stage.run("okoye", "protocol", "show", "IRB-0000-000")
    with pytest.raises(StepWentWrong, match="should have been stopped"):
        visit.stage.refused("NotAllowed", "okoye", "protocol", "list")


def test_a_refusal_that_names_too_few_gates_stops_the_tour(short):
    visit, _ = short
    with pytest.raises(StepWentWrong, match="SELF-APPROVAL"):
        visit.stage.refused("NotAllowed", "rao", "audit", "log", gates=("ROLE", "SELF-APPROVAL"))


def test_a_folder_of_somebody_else_is_never_touched(tmp_path):
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("four years")
    with pytest.raises(FolderNotOurs):
        give(tmp_path, Size(), package=None, replace=True)
    assert thesis.read_text() == "four years"


def test_an_earlier_tour_is_replaced_only_when_asked(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / tour.MARKER).write_text("ours")
    (folder / "old").write_text("old")
    with pytest.raises(FolderUsed):
        give(folder, Size(), package=None, replace=False)
    assert (folder / "old").exists()


def test_a_forged_copy_differs_in_one_byte(tmp_path):
    bundle, copy = tmp_path / "a", tmp_path / "b"
    bundle.write_bytes(b'..{"dice":{"interval":null,"value":0.912}}..')
    assert forge(bundle, copy) == ("0.91", "0.99")
    before, after = bundle.read_bytes(), copy.read_bytes()
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_a_run_that_is_not_running_has_no_processes():
    assert of_run("run-that-never-was") == (None, [])


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_the_whole_tour_ends_well_on_the_real_anatomy(package, tmp_path):
    folder = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-m", "residency", "demo", str(folder), "--package", str(package)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for word in ("PROTOCOL-NOT-APPROVED", "SELF-APPROVAL", "AnatomyShared", "TRAINER-SIGNS", "WrongPassphrase"):
        assert word in done.stdout
    for word in ("PERSON-NOT-ON-PROTOCOL", "PROTOCOL-EXPIRED", "kill -9", "0 found", "residency verify"):
        assert word in done.stdout
    page = (folder / "report.html").read_text()
    for caveat in ("generated from 1 real anatomy", "same anatomy: no generalisation measured", "not manual"):
        assert caveat in page
    assert_no_traces(folder)
    told = done.stdout + done.stderr + open_texts(folder)
    assert [value for value in planted(folder) if value in told] == []

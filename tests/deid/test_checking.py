"""A recipe checked on a sample: what it would do, what it would hold back, and how another would differ."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from residency.deid.checking.check import Checked, NothingToCheck, check
from residency.deid.checking.rules import differences, load_rules
from residency.deid.checking.sample import SampleMissing
from residency.deid.dicom.actions import plan_of
from residency.deid.folders.clean import REPORT, clean_folder
from residency.deid.ps315 import rows
from residency.deid.recipe import RecipeUnknown, load_recipe
from tests.deid.ct_files import ct, to_bytes
from tests.deid.test_folder_mixed import PEOPLE, crosswalk, hospital
from tests.ingest.export import export, series, write

SHIFTED = ("basic", "shift-dates")
MAP = """
table: labs
version: 1
subject: {column: mrn, called: patient}
columns:
  mrn: {kind: subject}
  drawn: {kind: date}
  remark: {kind: text}
"""


def listing(folder: Path) -> dict:
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()}


def residency(*words, cwd: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "residency", "deid", "check", *map(str, words)]
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    about = {"HOME": str(cwd), "TMPDIR": str(cwd), "COLUMNS": "240"}
    return subprocess.run(command, cwd=cwd, env=kept | about, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def mixture(tmp_path_factory):
    """Images, records, notes and genomes of two people; beside them a burned-in picture and a table."""
    root = tmp_path_factory.mktemp("checking")
    source = hospital(root)
    burned = series("MRN770033")
    for one in burned:
        one.BurnedInAnnotation = "YES"
    write(source / "ct/MRN770033", burned)
    (source / "labs.csv").write_text("mrn,drawn,remark,Oswin Drinkwater\nMRN770011,2024-03-01,seen by Una,x\n")
    (root / "labs.yaml").write_text(MAP)
    (root / "who.csv").write_text(crosswalk(root).read_text() + "MRN770033,HOSPITAL,,\n")
    (source / "Quillfeather.zip").write_bytes(b"PK\3\4")
    return root


@pytest.fixture(scope="module")
def told(mixture) -> Checked:
    recipe = (*SHIFTED, mixture / "labs.yaml")
    return check(recipe, sample=mixture / "in", against=("basic",), crosswalk=mixture / "who.csv")


def said(told: Checked, data: str) -> dict:
    return {(row.row, row.action): (row.times, row.cites) for row in told.rows if row.data == data}


def test_the_command_says_what_would_be_done_and_writes_nothing_and_names_nobody(mixture, told):
    before = listing(mixture)
    words = ("in", "--crosswalk", "who.csv", *(w for r in (*SHIFTED, "labs.yaml") for w in ("--recipe", r)))
    shown = residency(*words, "--against", "basic", cwd=mixture)
    assert shown.returncode == 3, shown.stderr
    assert ("BURNED-IN" in shown.stdout, told.released) == (True, 19)
    assert "Table E.1-1" in shown.stdout
    assert listing(mixture) == before
    text = (shown.stdout + shown.stderr + told.model_dump_json()).lower()
    # "Name" is a word of the table itself; the dates are those of all planted records.
    for number, family, given, fhir in (*PEOPLE, ("MRN770033", "Planted^Name", "NameMRN", "S-p3")):
        for value in (number, family, given, f"S-{fhir}", "Immerzeel", "20240303", "2024-03-01", "19700102", "SN-1"):
            assert value.lower() not in text, value


def test_a_check_falls_as_the_cleaning_that_follows_it(mixture, told, tmp_path):
    who, maps = mixture / "who.csv", (mixture / "labs.yaml",)
    done = clean_folder(mixture / "in", tmp_path / "out", SHIFTED, crosswalk=who, maps=maps)
    assert (told.received, told.released) == (done.received, done.released)
    assert {code: n for code, n in done.quarantined.items() if n} == {one.code: one.files for one in told.held}
    report = json.loads((tmp_path / "out" / REPORT).read_text())
    changed = {(row.row, row.action): row.times for row in told.rows if row.data == "dicom" and row.action != "K"}
    assert changed == {(row["row"], row["action"]): row["times"] for row in report["rows"]}
    other = {(row["kind"], row["what"], row["action"]): row["times"] for row in report["other_data"] if row["times"]}
    assert other == {(row.data, row.row, row.action): row.times for row in told.rows if row.data != "dicom"}


def test_every_action_names_its_row_its_letter_or_its_file_of_rules(told):
    dicom = said(told, "dicom")
    assert dicom["0010,0010", "Z: the subject's code"] == (12, "Table E.1-1: Z")
    option = "Retain Longitudinal Temporal Information Modified Dates Option"
    assert dicom["0008,0020", "C: dates shifted"] == (12, f"Table E.1-1, {option}: C")
    assert dicom["0028,0010", "K"] == (12, "E.1.1: not listed")
    assert ("0008,0100", "K") not in dicom, "what the pass writes itself is nothing of the sample"
    assert said(told, "note")["name", "tag"][1] == "164.514(b)(2)(i)(A)"
    assert said(told, "csv")["drawn", "move"] == (1, "164.514(b)(2)(i)(C)")
    assert said(told, "csv")["(not listed)", "removed"] == (1, "no rule names it")
    assert said(told, "fhir")["Patient.(not listed)", "removed"][1].endswith("fhir.yaml")
    assert all(row.cites for row in told.rows)


def test_what_would_be_held_back_is_told_by_number_with_its_reason(mixture, told):
    paths = sorted(path for path in (mixture / "in").rglob("*") if path.is_file())
    held = {one.code: one for one in told.held}
    assert set(held) == {"BURNED-IN", "OBJECT-NOT-SUPPORTED"}
    first, last = map(int, held["BURNED-IN"].which.split("-"))
    assert {path.parent.name for path in paths[first - 1 : last]} == {"MRN770033"}
    assert paths[int(held["OBJECT-NOT-SUPPORTED"].which) - 1].suffix == ".zip"
    assert held["BURNED-IN"].says == "The object says that text is burned into it."


def test_the_sample_shows_where_two_recipes_part(told):
    differ = {(one.data, one.row): (one.here, one.there) for one in told.differing_sample}
    assert differ["dicom", "0008,0020"] == ("C: dates shifted × 12", "Z × 12")
    assert ("dicom", "0010,0010") not in differ
    assert differ["csv", "drawn"] == ("move × 1", "–")
    assert [(one.code, one.here, one.there) for one in told.differing_held] == [("OBJECT-NOT-SUPPORTED", 1, 2)]


def test_rules_are_compared_without_a_sample_row_by_row_of_the_whole_table():
    told = check(SHIFTED, against=("basic", "keep-uids", "notes-surrogates"))
    assert (told.received, told.rows, told.holds_back) == (None, (), False)
    ours, theirs = plan_of(load_recipe(*SHIFTED)), plan_of(load_recipe("basic", "keep-uids"))
    differ = {one.row: (one.here, one.there) for one in told.differing_rules if one.data == "dicom"}
    for label in rows():
        if "x" not in label and label != "private":
            tag = int(label.replace(",", ""), 16)
            actions = ours[tag].action.value, theirs[tag].action.value
            assert differ.get(label) == (actions if actions[0] != actions[1] else None), label
    assert differ["0020,000D"] == ("U", "K")
    notes = {one.row: one for one in told.differing_rules if one.data == "notes"}
    assert (notes["name"].here, notes["name"].there, notes["name"].cites[-2]) == ("tag", "surrogate", "A")
    assert "date" not in notes
    parts = {(one.part, one.only_in, one.says) for one in told.differing_parts}
    assert ("options", "there", "retain_uids") in parts
    assert ("options", "here", "retain_longitudinal_modified_dates") in parts


def test_a_recipe_differs_from_itself_in_nothing():
    assert differences(load_rules(SHIFTED), load_rules(SHIFTED)) == ([], [])


def test_overrides_private_elements_and_columns_of_a_site_are_told_apart(tmp_path):
    over = '{tag: "0018,1030", action: X, because: "protocol names of ours tell the clinic"}'
    (tmp_path / "ours.yaml").write_text(f"name: ours\nversion: 1\nprofiles: [basic]\noverrides: [{over}]\n")
    (tmp_path / "labs.yaml").write_text(MAP)
    (tmp_path / "new.yaml").write_text(MAP.replace("remark: {kind: text}", "remark: {kind: remove}"))
    recipe = (tmp_path / "ours.yaml", tmp_path / "labs.yaml")
    told = check(recipe, against=("basic", "safe-private", tmp_path / "new.yaml"))
    parts = {(one.part, one.only_in) for one in told.differing_parts}
    assert {("overrides", "here"), ("private elements", "there")} <= parts
    columns = [(one.row, one.here, one.there) for one in told.differing_rules if one.data == "table labs"]
    assert columns == [("remark", "clean (text)", "remove (remove)")]
    (tmp_path / "a.dcm").write_bytes(to_bytes(ct(ProtocolName="Abdomen")))
    cites = {row.row: (row.action, row.cites) for row in check(recipe, sample=tmp_path / "a.dcm").rows}
    assert cites["0018,1030"] == ("X", "override of the recipe: protocol names of ours tell the clinic")


def test_a_single_file_is_a_sample_and_what_is_left_in_it_is_named_by_place_alone(tmp_path):
    path = tmp_path / "Vasquez.dcm"
    path.write_bytes(to_bytes(ct(ConvolutionKernel="Vasquez")))
    told = check(("basic",), sample=path)
    assert (told.received, told.released, told.holds_back) == (1, 0, True)
    assert [(one.code, one.files, one.which) for one in told.held] == [("RESIDUAL", 1, "1")]
    assert any("0018,1210" in one.what for one in told.left)
    assert "vasquez" not in told.model_dump_json().lower()


def test_two_patients_with_one_series_are_told_as_the_cleaning_tells_them(tmp_path):
    source = export(tmp_path, "MRN770011")
    copy = series("MRN770011")
    for one in copy:
        one.PatientID = "MRN770022"
    write(source / "MRN770022", copy)
    told, done = check(SHIFTED, sample=source), clean_folder(source, tmp_path / "out", SHIFTED)
    assert {one.code: one.files for one in told.held} == done.quarantined == {"DUPLICATE": 6}
    assert told.holds_back


def test_what_is_not_there_is_refused_and_a_clean_sample_ends_well(tmp_path):
    source = export(tmp_path, "MRN770011")
    assert not check(SHIFTED, sample=source).holds_back
    with pytest.raises(NothingToCheck):
        check(SHIFTED)
    with pytest.raises(SampleMissing):
        check(SHIFTED, sample=tmp_path / "nowhere")
    with pytest.raises(RecipeUnknown):
        check(SHIFTED, against=("nonsense",))

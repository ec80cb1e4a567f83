"""Any folder of DICOM, cleaned without a site: what comes out, what stays back, and what is told about it."""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest

from residency.deid.folders.clean import FolderMissing, FolderTaken, clean_folder
from residency.deid.folders.told import REPORT
from residency.demo.cohort import generate
from tests.ingest.export import export, series, write
from tests.story.traces import planted, traces

RECIPE = ("basic", "shift-dates")
DATE = re.compile(r"\d{8}")


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """A generated export of phantoms with every defect."""
    root = tmp_path_factory.mktemp("folder") / "hospital"
    generate(root, seed=11, package=None, subjects=4)
    return root


def residency(*words, cwd: Path, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RESIDENCY_")}
    command = [sys.executable, "-m", "residency", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env=environment | variables, capture_output=True, text=True, timeout=300, check=False
    )


def listing(folder):
    return {p.relative_to(folder): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_the_command_cleans_a_hospital_export_and_tells_what_it_held_back(hospital, tmp_path):
    before = listing(hospital)
    private, home = tmp_path / "tmp", tmp_path / "home"
    private.mkdir()
    home.mkdir()
    source, target = hospital / "incoming/ct", tmp_path / "clean"
    words = ("deid", "folder", source, target, "--recipe", "basic", "--recipe", "shift-dates")
    done = residency(*words, cwd=home, TMPDIR=str(private), HOME=str(home))
    assert done.returncode == 3, done.stderr
    said = json.loads((target / REPORT).read_text())
    files = [path for path in target.rglob("*") if path.suffix == ".dcm"]
    assert said["received"] == sum(path.is_file() for path in source.rglob("*"))
    assert said["received"] == said["released"] + sum(said["quarantined"].values())
    assert said["released"] == len(files) > 100
    # Of the series held for text in its pictures, one is an ultrasound; the other holds a localizer, and a scout may
    # carry whatever the console drew on it. Without an intake to leave the scout out, the whole series stays.
    assert said["quarantined"] == {
        "BURNED-IN": 51,
        "DUPLICATE": 25,
        "NOT-DICOM": 1,
        "OBJECT-NOT-SUPPORTED": 1,
        "UNREADABLE": 1,
    }
    assert "BURNED-IN 51" in done.stdout
    assert listing(hospital) == before
    assert list(private.iterdir()) == list(home.iterdir()) == []
    values = planted(hospital / "planted.json")
    assert len(values) > 100
    scratch = tmp_path / "said"
    scratch.mkdir()
    (scratch / "out").write_text(done.stdout + done.stderr)
    assert [t for t in traces(values, [scratch]) if "hospital" not in str(t)] == []


def test_nothing_of_a_held_series_and_no_original_value_is_in_the_output(hospital, tmp_path):
    clean_folder(hospital / "incoming/ct", tmp_path / "clean", RECIPE)
    key = json.loads((hospital / "planted.json").read_text())
    subjects = {defect["patient_id"] for defect in key["defects"] if defect["reason"] == "BURNED-IN"}
    originals = [path for path in (hospital / "incoming/ct").rglob("*.dcm") if path.name != "README.dcm"]
    held = set()
    for path in originals:
        ds = pydicom.dcmread(path, force=True)
        if str(ds.get("PatientID", "")).strip() in subjects:
            held.add(bytes(ds.PixelData)[-4096:])
    assert held
    for path in (tmp_path / "clean").rglob("*.dcm"):
        assert not any(tail in path.read_bytes() for tail in held)
    # By chance the shifted date of one patient is the date of another; each one's own are looked for by the cleaning.
    values = [value for value in planted(hospital / "planted.json") if not DATE.fullmatch(value[0])]
    assert traces(values, [tmp_path / "clean"]) == []


def test_a_clean_folder_leaves_with_nothing_held_back(tmp_path):
    source = export(tmp_path / "in", "MRN770011", "MRN770022")
    done = residency("deid", "folder", source, tmp_path / "out", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    counts = {"received": 12, "released": 12, "quarantined": {}, "records_held": {}}
    assert json.loads(done.stdout) == counts | {"exam": None}
    again = residency("deid", "folder", source, tmp_path / "out", "--json", cwd=tmp_path)
    assert (again.returncode, json.loads(again.stderr)["error"]) == (5, "FolderTaken")
    words = ("deid", "folder", source, tmp_path / "other", "--recipe", "basic", "--recipe", "nonsense")
    assert residency(*words, cwd=tmp_path).returncode == 4
    assert not (tmp_path / "other").exists()


def test_the_output_is_a_new_folder_apart_from_the_input(tmp_path):
    source = export(tmp_path / "in", "MRN770011")
    before = listing(source)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "note").write_text("mine")
    (tmp_path / "link").symlink_to(source)
    for target in (tmp_path / "taken", tmp_path / "taken" / "note", source, source / "out", tmp_path / "link" / "out"):
        with pytest.raises(FolderTaken):
            clean_folder(source, target, RECIPE)
    with pytest.raises(FolderMissing):
        clean_folder(tmp_path / "nowhere", tmp_path / "out", RECIPE)
    assert listing(source) == before
    assert not (tmp_path / "out").exists()


def test_what_is_no_file_or_cannot_be_read_is_counted_and_links_are_not_followed(tmp_path):
    source = export(tmp_path / "in", "MRN770011")
    outside = export(tmp_path / "elsewhere", "MRN770022")
    (source / "link").symlink_to(outside)
    (source / "also").symlink_to(next(outside.rglob("*.dcm")))
    os.mkfifo(source / "pipe")
    (source / "paper.pdf").write_text("%PDF-1.7")
    whole = next(source.rglob("0001.dcm")).read_bytes()
    (source / "torn.dcm").write_bytes(whole[:500])
    done = clean_folder(source, tmp_path / "out", RECIPE)
    assert (done.received, done.released) == (11, 6)
    assert done.quarantined == {"NOT-REGULAR": 3, "OBJECT-NOT-SUPPORTED": 1, "UNREADABLE": 1}


def test_two_calls_share_no_name_but_within_one_a_patient_has_one_code(tmp_path):
    write(tmp_path / "in/a", series("MRN770011"))
    write(tmp_path / "in/b", series("MRN770011", name="second"))
    codes = []
    for name in ("one", "two"):
        clean_folder(tmp_path / "in", tmp_path / name, RECIPE)
        codes.append({str(pydicom.dcmread(path).PatientID) for path in (tmp_path / name).rglob("*.dcm")})
        assert len(codes[-1]) == 1
    assert not codes[0] & codes[1]


def test_a_patient_has_one_code_and_one_date_shift_however_issuer_and_number_are_written(tmp_path):
    instances = series("0042", slices=4)
    for one, issuer, number in zip(
        instances, ("HOSPITAL", "", " hospital", ""), ("0042", "0042", "42", "42"), strict=True
    ):
        one.IssuerOfPatientID, one.PatientID = issuer, number
    write(tmp_path / "in", instances)
    done = clean_folder(tmp_path / "in", tmp_path / "out", RECIPE)
    assert (done.received, done.released) == (4, 4)
    found = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    assert len({(ds.StudyInstanceUID, ds.PatientID, ds.StudyDate) for ds in found}) == 1


def test_a_name_is_looked_for_in_the_patients_other_series_also_where_the_number_has_another_spelling(tmp_path):
    named, other = series("0042"), series("42", name="second")
    for one in named:
        one.PatientName = "Quillfeather^Una"
    for one in other:
        one.ConvolutionKernel = "Quillfeather"
        del one.IssuerOfPatientID
    write(tmp_path / "in/a", named)
    write(tmp_path / "in/b", other)
    assert clean_folder(tmp_path / "in", tmp_path / "out", RECIPE).quarantined == {"RESIDUAL": 6}


def test_two_patients_whose_files_carry_the_same_uids_never_overwrite_each_other(tmp_path):
    write(tmp_path / "in/a", series("MRN770011"))
    other = series("MRN770011")
    for one in other:
        one.PatientID, one.PatientName = "MRN990099", "Another^Person"
    write(tmp_path / "in/b", other)
    done = clean_folder(tmp_path / "in", tmp_path / "out", RECIPE)
    assert (done.received, done.released, done.quarantined) == (12, 6, {"DUPLICATE": 6})
    assert len({pydicom.dcmread(path).PatientID for path in (tmp_path / "out").rglob("*.dcm")}) == 1


def test_a_name_in_one_series_is_looked_for_in_the_patients_others(tmp_path):
    named = series("MRN770011")
    for one in named:
        one.PatientName = "Quillfeather^Una"
    write(tmp_path / "in/a", named)
    other = series("MRN770011", name="second")
    for one in other:
        one.ConvolutionKernel = "Quillfeather"
    write(tmp_path / "in/b", other)
    done = clean_folder(tmp_path / "in", tmp_path / "out", RECIPE)
    assert done.quarantined == {"RESIDUAL": 6}


def test_files_without_patient_or_series_are_grouped_by_their_folder(tmp_path):
    for name in ("first", "second"):
        bare = series("MRN770011", name=name)
        for one in bare:
            one.PatientID = one.SeriesInstanceUID = one.StudyInstanceUID = ""
        write(tmp_path / "in" / name, bare)
    done = clean_folder(tmp_path / "in", tmp_path / "out", RECIPE)
    assert (done.received, done.released) == (12, 12)
    found = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    assert len({ds.PatientID for ds in found}) == len({ds.SeriesInstanceUID for ds in found}) == 2

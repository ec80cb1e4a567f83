"""NIfTI in a folder: whose a scan is, what lies beside it, and what is held back."""

import gzip
import json
import random
from pathlib import Path

import nibabel
import numpy as np
import pytest

from residency.deid.folders.clean import clean_folder
from residency.deid.folders.sorting import sorted_files
from residency.deid.folders.told import REPORT
from tests.deid.dicom.test_facepass import sections
from tests.deid.faces.heads import average_heads, scanned
from tests.deid.nifti.test_scan import nifti
from tests.deid.test_folder_mixed import everything
from tests.ingest.export import series, write

RECIPE = ("basic", "shift-dates")


def scan(path: Path, part: str) -> None:
    """A scan of noise with its sidecar; its header names somebody."""
    path.parent.mkdir(parents=True, exist_ok=True)
    voxels = np.random.default_rng(3).integers(0, 900, (8, 8, 8)).astype(np.int16)
    image = nibabel.Nifti1Image(voxels, np.diag([4.0, 4, 4, 1]))
    image.header["descrip"] = b"Quillfeather"
    path.write_bytes(gzip.compress(image.to_bytes()))
    side = {
        "Modality": "MR",
        "BodyPartExamined": part,
        "EchoTime": 0.03,
        "PatientName": "Quillfeather",
    }
    side["AcquisitionDateTime"] = "2024-03-01T08:30:00"
    path.with_name(path.name.replace(".nii.gz", ".json")).write_text(json.dumps(side))


def bids(root: Path, *labels: str) -> Path:
    rows = ["participant_id\tage\tname"]
    for label in labels:
        scan(root / f"sub-{label}/anat/sub-{label}_T2w.nii.gz", "KNEE")
        rows.append(f"sub-{label}\t93\tQuillfeather")
    (root / "participants.tsv").write_text("\n".join(rows) + "\n")
    return root


def test_a_bids_folder_keeps_its_form_under_new_names(tmp_path):
    source = bids(tmp_path / "in", "Quillfeather", "02")
    done = clean_folder(source, tmp_path / "out", RECIPE)
    assert (done.received, done.released, done.quarantined) == (5, 5, {})
    table = (tmp_path / "out/nifti/participants.tsv").read_text().splitlines()
    assert table[0] == "participant_id\tage"
    codes = {row.split("\t")[0] for row in table[1:]}
    assert {row.split("\t")[1] for row in table[1:]} == {"90+"}
    assert codes == {path.name for path in (tmp_path / "out/nifti").iterdir() if path.is_dir()}
    sidecars = [
        json.loads(path.read_text()) for path in (tmp_path / "out").rglob("*.json") if "report" not in path.name
    ]
    assert all(side["EchoTime"] == 0.03 and side["AcquisitionDateTime"] < "2024-03-01" for side in sidecars)
    assert b"quillfeather" not in everything(tmp_path / "out")


def test_a_head_is_held_back_where_no_recipe_takes_faces_off(tmp_path):
    scan(tmp_path / "in/sub-1/anat/sub-1_T1w.nii.gz", "HEAD")
    scan(tmp_path / "in/sub-1/anat/sub-1_FLAIR.nii.gz", "")
    done = clean_folder(tmp_path / "in", tmp_path / "out", RECIPE)
    assert (done.released, done.quarantined) == (0, {"FACE": 4})


def test_with_the_pass_what_shows_no_head_is_held_back_all_the_same(tmp_path):
    scan(tmp_path / "in/sub-1/anat/sub-1_T1w.nii.gz", "HEAD")
    done = clean_folder(tmp_path / "in", tmp_path / "out", (*RECIPE, "clean-faces"))
    assert (done.released, done.quarantined) == (0, {"FACE": 2})


@pytest.mark.long
def test_heads_leave_a_folder_without_their_faces_as_images_and_as_scans(tmp_path):
    dice = random.Random(4)
    ct, mr = scanned(average_heads()[2], dice, "plain"), scanned(average_heads()[0], dice, "plain")
    write(tmp_path / "in/ct", sections(ct))
    path = tmp_path / "in/nifti/4711_T1w.nii.gz"
    path.parent.mkdir()
    path.write_bytes(nifti(mr))
    held = clean_folder(tmp_path / "in", tmp_path / "held", RECIPE)
    assert held.quarantined == {"FACE": len(ct.voxels) + 1}
    done = clean_folder(tmp_path / "in", tmp_path / "out", (*RECIPE, "clean-faces"))
    assert (done.released, done.quarantined) == (len(ct.voxels) + 1, {})
    after = gzip.decompress(next((tmp_path / "out/nifti").rglob("*.nii.gz")).read_bytes())
    voxels = np.asanyarray(nibabel.Nifti1Image.from_bytes(after).dataobj).T
    assert np.ptp(voxels[mr.face]) < 0.1 * np.ptp(mr.voxels[mr.face])
    said = json.loads((tmp_path / "out" / REPORT).read_text())
    assert "taken off" in said["letters"]["Q"]["done"]


def test_beside_images_a_label_that_names_none_of_their_patients_is_nobodys(tmp_path):
    write(tmp_path / "in/ct", series("MRN770011"))
    bids(tmp_path / "in", "MRN770011", "02")
    done = clean_folder(tmp_path / "in", tmp_path / "out", RECIPE)
    assert done.quarantined == {"NO-SUBJECT": 2}
    table = (tmp_path / "out/nifti/participants.tsv").read_text().splitlines()
    code = table[1].split("\t")[0].removeprefix("sub-")
    assert len(table) == 2
    assert (tmp_path / f"out/nifti/sub-{code}/anat/sub-{code}_T2w.nii.gz").exists()


def test_a_path_that_names_two_subjects_is_held_back(tmp_path):
    scan(tmp_path / "in/sub-1/anat/sub-2_T2w.nii.gz", "KNEE")
    assert clean_folder(tmp_path / "in", tmp_path / "out", RECIPE).quarantined == {"SUBJECT-MIXED": 2}


def test_the_crosswalk_says_whose_a_label_is(tmp_path):
    source = bids(tmp_path / "in", "0042", "77")
    (tmp_path / "who.csv").write_text("patient_id,issuer\n42,HOSPITAL\n")
    done = clean_folder(source, tmp_path / "out", RECIPE, crosswalk=tmp_path / "who.csv")
    assert done.received == 5
    assert done.quarantined == {"NO-SUBJECT": 2}


def test_a_torn_scan_costs_itself_alone(tmp_path):
    source = bids(tmp_path / "in", "1", "2")
    torn = source / "sub-1/anat/sub-1_T2w.nii.gz"
    torn.write_bytes(torn.read_bytes()[:200])
    (source / "sub-2/anat/sub-2_dwi.bval").write_text("0 1000 Quillfeather\n")
    done = clean_folder(source, tmp_path / "out", RECIPE)
    assert (done.released, done.quarantined) == (3, {"UNREADABLE": 2, "OBJECT-NOT-SUPPORTED": 1})


def test_what_lies_beside_a_scan_by_name_belongs_to_it(tmp_path):
    scan(tmp_path / "in/scan.nii.gz", "KNEE")
    (tmp_path / "in/scan.bval").write_text("0\n")
    (tmp_path / "in/other.json").write_text("{}")
    found = sorted_files(tmp_path / "in")
    assert [path.name for path in found.files["nifti"]] == ["scan.bval", "scan.json", "scan.nii.gz"]
    assert [path.name for path in found.files["unknown"]] == ["other.json"]

"""The generated export: the same every time, correct in its geometry, and as full of names as its key says."""

import csv
import hashlib
import tarfile
from collections import Counter
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest

from residency.demo.anatomy import LABELS
from residency.demo.cohort import COLUMNS, FolderNotEmpty, generate
from tests.demo.conftest import SEED, SUBJECTS, Export


def digests(root: Path) -> dict[str, str]:
    files = (p for p in sorted(root.rglob("*")) if p.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def geometry(folder: Path, files: list[str]) -> tuple[tuple[int, ...], np.ndarray]:
    """Shape (columns, rows, slices) and affine in NIfTI's axes, worked out from the headers alone."""
    headers = [pydicom.dcmread(folder / name, stop_before_pixels=True) for name in files]
    headers.sort(key=lambda h: float(h.ImagePositionPatient[2]))
    first, last = (np.array(h.ImagePositionPatient, float) for h in (headers[0], headers[-1]))
    row, column = np.array(headers[0].ImageOrientationPatient, float).reshape(2, 3)
    dy, dx = map(float, headers[0].PixelSpacing)
    lps = np.eye(4)
    step = (last - first) / (len(headers) - 1)
    lps[:3] = np.stack([row * dx, column * dy, step, first], axis=1)
    return (headers[0].Columns, headers[0].Rows, len(headers)), np.diag([-1, -1, 1, 1]) @ lps


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(
    tmp_path: Path, package: Path, export: Export
) -> None:
    for name in ("a", "b"):
        generate(tmp_path / name, seed=SEED + 1, package=package, subjects=1)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    ours, theirs = digests(export.root / "incoming"), digests(tmp_path / "a/incoming")
    assert set(ours.values()) & set(theirs.values()) == {ours["ct/export-2024-11-04/README.dcm"]}


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FolderNotEmpty):
        generate(tmp_path, seed=1, package=None, subjects=1)


def test_the_labels_of_every_good_subject_lie_on_the_grid_of_its_slices(export: Export) -> None:
    for subject in export.key["subjects"]:
        shape, to_mm = geometry(export.ct / subject["folder"], subject["files"])
        label = nibabel.load(export.labels / subject["label"])
        assert label.shape == shape
        assert np.allclose(label.affine, to_mm, atol=0.01)
        assert label.get_data_dtype() == np.uint8
        assert subject["label"] == f"{subject['series_uid']}.nii.gz"


def test_the_liver_of_every_subject_is_where_its_label_says(export: Export) -> None:
    for subject in export.key["subjects"]:
        labels = np.asarray(nibabel.load(export.labels / subject["label"]).dataobj)
        assert set(np.unique(labels)) == {0, *LABELS}
        k = int(np.argmax((labels == 1).sum(axis=(0, 1))))
        slices = [pydicom.dcmread(export.ct / subject["folder"] / name) for name in subject["files"]]
        slices.sort(key=lambda s: float(s.ImagePositionPatient[2]))
        hu = slices[k].pixel_array * float(slices[k].RescaleSlope) + float(slices[k].RescaleIntercept)
        liver = labels[:, :, k].T == 1
        assert liver.sum() > 500
        assert 35 < np.median(hu[liver]) < 60  # unenhanced liver
        assert np.mean((hu[liver] > -20) & (hu[liver] < 120)) > 0.9


def test_every_good_series_is_whole_evenly_spaced_and_of_one_series(export: Export) -> None:
    for subject in export.key["subjects"]:
        slices = [pydicom.dcmread(export.ct / subject["folder"] / n, stop_before_pixels=True) for n in subject["files"]]
        heights = sorted(float(s.ImagePositionPatient[2]) for s in slices)
        assert 40 <= len(slices) <= 56
        assert np.ptp(np.diff(heights)) < 0.011
        assert {str(s.SeriesInstanceUID) for s in slices} == {subject["series_uid"]}
        assert sorted(int(s.InstanceNumber) for s in slices) == list(range(1, len(slices) + 1))
        assert len({s.SOPInstanceUID for s in slices}) == len(slices)
        assert all(s.file_meta.MediaStorageSOPInstanceUID == s.SOPInstanceUID for s in slices)


def test_every_identifier_of_the_key_stands_in_the_bytes_or_the_names_of_the_files(export: Export) -> None:
    """In the whole folder at least once, and in the first file as often as the key names places for it."""
    written = [*export.key["subjects"], *(d for d in export.key["defects"] if "identifiers" in d)]
    for subject in written:
        folder, encoding = export.ct / subject["folder"], subject["encoding"]
        everything = b"".join(p.read_bytes() for p in sorted(folder.iterdir()))
        first = (folder / subject["files"][0]).read_bytes()
        inside = [r for r in subject["identifiers"] if r["where"] not in ("folder", "SOPInstanceUID", "PixelData")]
        for row in subject["identifiers"]:
            value, where = row["value"].encode(encoding), f"{row['where']} of {subject['folder']}"
            if row["where"] == "folder":
                assert row["value"] in subject["folder"], where
            elif row["where"] == "SOPInstanceUID":
                assert value in everything, where
            elif row["kind"] != "pixels":
                assert first.count(value) >= sum(r["value"].count(row["value"]) for r in inside), where


def test_no_element_of_a_person_is_missing_from_the_key(export: Export) -> None:
    """Walk every header: whatever is a name, a UID of an instance, a date or a number of the patient is in the key."""
    told = {"PN", "DA", "UI"}
    keywords = {"PatientID", "OtherPatientIDs", "AccessionNumber", "PatientAddress", "PatientTelephoneNumbers"}
    public = ("1.2.840.10008.",)
    for subject in export.key["subjects"]:
        known = {row["value"] for row in subject["identifiers"]}
        one = pydicom.dcmread(export.ct / subject["folder"] / subject["files"][0])
        for element in one.iterall():
            if element.VR in told or element.keyword in keywords:
                value = str(element.value)
                assert value in known or value.startswith(public), f"{element.tag} of {subject['folder']}"


def test_the_cohort_holds_the_hard_cases(export: Export) -> None:
    subjects = export.key["subjects"]
    rows = [row for s in subjects for row in s["identifiers"]]
    places = {row["where"] for row in rows}
    assert {"Ng^Mai", "Lee^Ann", "Li^Wei", "May^Theresa^Jane^^OBE"} <= {row["value"] for row in rows}
    assert {"preamble", "trailing padding", "private without creator", "folder", "private SIEMENS CSA HEADER"} <= places
    assert {s["encoding"] for s in subjects} == {"ascii", "latin-1", "utf-8", "iso8859-5", "gb18030"}
    assert any(row["where"] == "PatientAge" and row["value"] > "089Y" for row in rows)
    heads = [pydicom.dcmread(export.ct / s["folder"] / s["files"][0], stop_before_pixels=True) for s in subjects]
    assert len({h.file_meta.TransferSyntaxUID for h in heads}) == 2
    assert len({(h.Manufacturer, h.DeviceSerialNumber) for h in heads}) == 3
    assert len({h.InstitutionName for h in heads}) == 2
    assert any(h.preamble.strip(b"\0") for h in heads)


def test_the_extract_has_one_row_for_every_patient_spoiled_ones_included(export: Export) -> None:
    with (export.root / "incoming/subjects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    people = [*export.key["subjects"], *(d for d in export.key["defects"] if "patient_id" in d)]
    assert sorted((r["issuer"], r["patient_id"]) for r in rows) == sorted(
        (p["issuer"], p["patient_id"]) for p in people
    )
    assert len({r["patient_id"] for r in rows}) == len(rows)
    assert {r["anatomy"] for r in rows} == {"totalsegmentator-example-ct"}


def test_the_external_series_is_the_packages_byte_for_byte(export: Export, package: Path) -> None:
    external = export.key["external"]
    folder = export.root / "external/ct" / external["folder"]
    with tarfile.open(package) as archive:
        members = [m for m in archive.getmembers() if "/example_ct_dicom/" in m.name and m.isfile()]
        assert len(members) == len(external["files"]) == 20
        for member in members:
            assert (folder / Path(member.name).name).read_bytes() == archive.extractfile(member).read()


def test_the_external_labels_lie_on_the_grid_of_the_real_series(export: Export) -> None:
    external = export.key["external"]
    folder = export.root / "external/ct" / external["folder"]
    label = nibabel.load(export.root / "external/labels" / external["label"])
    shape, to_mm = geometry(folder, external["files"])
    assert label.shape == shape == (512, 512, 20)
    assert np.allclose(label.affine, to_mm, atol=1e-3)
    assert set(np.unique(np.asarray(label.dataobj))) == {0, 1, 2}  # this body's kidneys lie below the scan


def test_the_summary_counts_what_was_written(export: Export) -> None:
    summary = export.summary
    below = [p for p in export.ct.rglob("*") if p.is_file()]
    in_key = Counter(len(s["files"]) for s in [*export.key["subjects"], *export.key["defects"]])
    assert summary.files == len(below) == sum(n * times for n, times in in_key.items())
    assert (summary.subjects, summary.external_files, summary.real_anatomies) == (SUBJECTS, 20, 1)
    assert summary.generated_from == "generated from 1 real anatomy"
    assert "not manual" in summary.labels_are


def test_without_the_package_everything_is_a_phantom_and_says_so(tmp_path: Path) -> None:
    summary = generate(tmp_path / "p", seed=5, package=None, subjects=1)
    assert summary.real_anatomies == 0
    assert "no real anatomy" in summary.generated_from
    assert summary.external != "totalsegmentator-example-ct-dicom"
    labels = list((tmp_path / "p").rglob("*.nii.gz"))
    assert all(1 in np.asarray(nibabel.load(p).dataobj) for p in labels)

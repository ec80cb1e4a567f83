"""Each planted defect is really there, and is the only thing wrong with its series."""

from collections import Counter
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.errors import InvalidDicomError

from residency.demo.defects import SLICES
from tests.demo.conftest import Export


def read(export: Export, defect: dict[str, Any], **options: Any) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(export.ct / defect["folder"] / name, **options) for name in defect["files"]]


def heights(slices: list[pydicom.Dataset]) -> list[float]:
    return sorted(float(s.ImagePositionPatient[2]) for s in slices)


def test_every_promised_reason_is_planted(export: Export) -> None:
    assert {d["reason"] for d in export.key["defects"]} == {
        "MISSING-SLICE",
        "DUPLICATE-SLICE",
        "LOCALIZER",
        "SPACING-CONTRADICTS",
        "TRUNCATED",
        "NOT-DICOM",
        "LABEL-GEOMETRY",
        "BURNED-IN",
    }


def test_defects_are_on_patients_of_their_own(export: Export) -> None:
    good = {s["folder"] for s in export.key["subjects"]}
    spoiled = [d["folder"] for d in export.key["defects"]]
    assert len(set(spoiled)) == len(spoiled)
    assert not good & set(spoiled)


def test_a_missing_slice_leaves_one_gap_of_two_steps(export: Export) -> None:
    (defect,) = export.defects("MISSING-SLICE")
    steps = np.diff(heights(read(export, defect)))
    assert np.sum(steps > 1.5 * np.median(steps)) == 1
    assert len(defect["files"]) == SLICES - 1


def test_duplicates_share_a_position_and_in_one_case_the_uid_with_other_pixels(export: Export) -> None:
    position, uid = (read(export, d) for d in export.defects("DUPLICATE-SLICE"))
    for slices in (position, uid):
        assert len(slices) == SLICES + 1
        assert len(set(heights(slices))) == SLICES
    assert len({s.SOPInstanceUID for s in position}) == SLICES + 1
    (twice,) = [u for u, n in Counter(s.SOPInstanceUID for s in uid).items() if n == 2]
    one, two = (s for s in uid if s.SOPInstanceUID == twice)
    assert one.PixelData != two.PixelData


def test_the_localizer_says_so_and_lies_across_the_slices(export: Export) -> None:
    (defect,) = export.defects("LOCALIZER")
    (name,) = defect["at_fault"]
    view = pydicom.dcmread(export.ct / defect["folder"] / name)
    others = [s for s in read(export, defect) if s.SOPInstanceUID != view.SOPInstanceUID]
    assert "LOCALIZER" in view.ImageType
    assert view.SeriesInstanceUID == others[0].SeriesInstanceUID
    assert list(view.ImageOrientationPatient) != list(others[0].ImageOrientationPatient)
    assert all("LOCALIZER" not in s.ImageType for s in others)
    assert view.pixel_array.shape == (view.Rows, view.Columns)


def test_pixel_spacing_contradicts_itself_in_the_files_named(export: Export) -> None:
    (defect,) = export.defects("SPACING-CONTRADICTS")
    spacing = {n: tuple(s.PixelSpacing) for n, s in zip(defect["files"], read(export, defect), strict=True)}
    assert len(set(spacing.values())) == 2
    assert len({spacing[n] for n in defect["at_fault"]}) == 1
    assert Counter(spacing.values())[spacing[defect["at_fault"][0]]] == len(defect["at_fault"])


def test_the_truncated_file_lacks_pixels_and_its_neighbours_do_not(export: Export) -> None:
    (defect,) = export.defects("TRUNCATED")
    whole = {(export.ct / defect["folder"] / n).stat().st_size for n in set(defect["files"]) - set(defect["at_fault"])}
    (name,) = defect["at_fault"]
    assert (export.ct / defect["folder"] / name).stat().st_size < min(whole) - 5000


def test_the_files_that_are_no_dicom_are_refused_by_a_reader(export: Export) -> None:
    (defect,) = export.defects("NOT-DICOM")
    for name in defect["at_fault"]:
        with pytest.raises(InvalidDicomError):
            pydicom.dcmread(export.ct / defect["folder"] / name)


def test_the_foreign_label_has_another_shape_and_another_place(export: Export) -> None:
    (defect,) = export.defects("LABEL-GEOMETRY")
    label = nibabel.load(export.labels / defect["label"])
    slices = read(export, defect)
    assert label.shape != (slices[0].Columns, slices[0].Rows, len(slices))
    assert abs(label.affine[2, 3] - heights(slices)[0]) > 5


def test_text_is_burned_into_pixels_and_declared_in_two_cases_of_three(export: Export) -> None:
    ct, echo, capture = export.defects("BURNED-IN")
    first = [read(export, d)[0] for d in (ct, echo, capture)]
    assert [s.get("BurnedInAnnotation") for s in first] == ["YES", "YES", None]
    assert [str(s.SOPClassUID.name) for s in first] == [
        "CT Image Storage",
        "Ultrasound Image Storage",
        "Secondary Capture Image Storage",
    ]
    for defect, image in zip((echo, capture), first[1:], strict=True):
        banner = image.pixel_array[:18]
        assert np.sum(banner > 200) > 300, defect["folder"]  # white strokes where the banner is
        assert {row["value"] for row in defect["identifiers"] if row["kind"] == "pixels"}


def test_every_other_spoiled_series_has_labels_on_its_grid(export: Export) -> None:
    for reason in ("MISSING-SLICE", "TRUNCATED", "SPACING-CONTRADICTS"):
        (defect,) = export.defects(reason)
        assert Path(export.labels / defect["label"]).is_file()

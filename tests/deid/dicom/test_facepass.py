"""A series that may show a face leaves without it, or not at all; the method code stands where it was done."""

import io
import random

import numpy as np
import pydicom
import pytest
from pydicom.uid import MRImageStorage, SecondaryCaptureImageStorage

from residency.deid.dicom.series import deidentify_series
from residency.deid.pseudonyms import Identity, Pseudonyms
from residency.deid.recipe import load_recipe
from tests.deid.faces.heads import Case, average_heads, scanned
from tests.ingest.export import series, write

NAMES, WHO = Pseudonyms(bytes(range(32))), Identity("SITE", "4711")
FACES = load_recipe("basic", "clean-faces")


def sections(case: Case, part: str = "HEAD") -> list[pydicom.Dataset]:
    """A scan as a series of sections, the feet first; CT is stored with an intercept of -1024."""
    made = series("4711", slices=case.voxels.shape[0])
    turn = case.affine[:3, :3] / np.linalg.norm(case.affine[:3, :3], axis=0)
    spacing = np.linalg.norm(case.affine[:3, :3], axis=0)
    for k, one in enumerate(made):
        one.BodyPartExamined = part
        one.Rows, one.Columns = case.voxels.shape[1:]
        one.PixelSpacing = [round(float(spacing[1]), 6), round(float(spacing[0]), 6)]
        one.ImageOrientationPatient = [*map(float, turn[:, 0].round(6)), *map(float, turn[:, 1].round(6))]
        place = case.affine @ np.array([0, 0, k, 1])
        one.ImagePositionPatient = [f"{axis:.4f}" for axis in place[:3]]
        one.RescaleSlope, one.RescaleIntercept = "1", "-1024" if case.modality == "CT" else "0"
        stored = case.voxels[k].astype(np.int32) + (1024 if case.modality == "CT" else 0)
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
        one.PixelData = np.clip(stored, 0, 65535).astype("<u2").tobytes()
        if case.modality == "MR":
            one.SOPClassUID, one.Modality = MRImageStorage, "MR"
    return made


def cleaned(folder, instances, recipe=FACES, **more):
    paths = write(folder, instances)
    return deidentify_series([path.read_bytes() for path in paths], recipe, NAMES, WHO, **more)


def codes(ds: pydicom.Dataset) -> list[str]:
    return [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


@pytest.fixture(scope="module")
def head() -> Case:
    return scanned(average_heads()[2], random.Random(4), "plain")


def test_a_head_leaves_without_its_face_and_says_so(tmp_path, head):
    before = sections(head)
    dice = random.Random(8)
    dice.shuffle(before)
    done = cleaned(tmp_path, before)
    assert done.quarantine is None, done.quarantine
    after = [pydicom.dcmread(io.BytesIO(data)) for _, data in done.outputs]
    assert all("113102" in codes(ds) and ds[0x00280302].value == "NO" for ds in after)
    after.sort(key=lambda ds: float(ds.ImagePositionPatient[2]))
    voxels = np.stack([ds.pixel_array.astype(np.int32) - 1024 for ds in after])
    assert np.median(voxels[head.face]) == -1000
    changed = voxels != np.clip(head.voxels, -1024, None)
    assert (changed & head.brain).sum() == 0
    assert ((voxels > -300) & head.face & ~changed).sum() < 0.01 * head.face.sum()


def test_without_the_pass_a_head_is_held_back(tmp_path, head):
    done = cleaned(tmp_path, sections(head), load_recipe("basic"))
    assert done.quarantine is not None
    assert done.quarantine.code == "FACE"
    let_pass = cleaned(tmp_path, sections(head), load_recipe("basic"), accepted=frozenset({"FACE"}))
    assert "113102" not in codes(pydicom.dcmread(io.BytesIO(let_pass.outputs[0][1])))


def test_a_part_without_a_face_keeps_its_pixels_and_gets_no_code(tmp_path):
    before = series("4711", slices=6)
    for one in before:
        one.BodyPartExamined = "CHEST"
    done = cleaned(tmp_path, before)
    assert done.quarantine is None
    for old, (_, data) in zip(before, done.outputs, strict=True):
        new = pydicom.dcmread(io.BytesIO(data))
        assert new.PixelData == old.PixelData
        assert codes(new)[:1] == ["113100"]
        assert "113102" not in codes(new)


def missing(instances):
    del instances[len(instances) // 2]


def twice(instances):
    for one in instances[1::2]:
        one.ImagePositionPatient = instances[0].ImagePositionPatient


def nowhere(instances):
    for one in instances:
        del one.ImagePositionPatient


def turned(instances):
    instances[-1].ImageOrientationPatient = [0, 1, 0, 0, 0, -1]


def screens(instances):
    for one in instances:
        one.SOPClassUID = SecondaryCaptureImageStorage


def flat(instances):
    for one in instances:
        one.ImageOrientationPatient = [0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("spoil", [missing, twice, nowhere, turned, screens, flat])
def test_what_is_no_even_stack_of_sections_is_held_back(tmp_path, spoil):
    instances = series("4711", slices=9)
    for one in instances:
        one.BodyPartExamined = "HEAD"
    spoil(instances)
    done = cleaned(tmp_path, instances, load_recipe("basic", "clean-faces", "clean-pixels"))
    assert done.quarantine is not None
    assert done.quarantine.code == "FACE"
    assert not done.outputs


def test_a_stack_called_a_head_that_shows_none_is_held_back(tmp_path):
    instances = series("4711", slices=9)
    for one in instances:
        one.BodyPartExamined = "HEAD"
    done = cleaned(tmp_path, instances)
    assert done.quarantine is not None
    assert done.quarantine.code == "FACE"

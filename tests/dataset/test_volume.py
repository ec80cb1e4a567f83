"""One series and its label map as two arrays on one grid."""

import itertools

import nibabel
import numpy as np
import pytest
from nibabel.orientations import apply_orientation, inv_ornt_aff
from pydicom.uid import MRImageStorage

from residency.dataset.volume import VolumeRefused, assemble, label_on
from tests.dataset.ct_series import SPACING, affine, as_file, files_of, label_for, nifti, set_pixels, slices

RANDOM = np.random.default_rng(5)
HU = RANDOM.integers(-1000, 1500, (4, 5, 6)).astype(np.int16)
LABEL = RANDOM.integers(0, 4, HU.shape).astype(np.uint8)
# Rows and columns of the picture, as the direction in which each runs in the patient (left, back, head).
CORONAL = ((1, 0, 0), (0, 0, -1))
SAGITTAL = ((0, 1, 0), (0, 0, -1))
UPSIDE_DOWN = ((-1, 0, 0), (0, -1, 0))


def refusal(files, label=None):
    with pytest.raises(VolumeRefused) as refused:
        label_on(assemble(files), label)
    return refused.value.reason


def test_an_axial_series_is_the_array_it_was_made_of():
    scan = assemble(files_of(HU))
    assert scan.voxels.dtype == np.int16
    assert (scan.voxels == HU).all()
    assert scan.spacing_mm == SPACING
    assert scan.doubts == ""


@pytest.mark.parametrize("order", [[3, 2, 1, 0], [2, 0, 3, 1]])
def test_the_order_in_which_slices_come_changes_nothing(order):
    files = files_of(HU)
    assert (assemble(files[number] for number in order).voxels == HU).all()


def test_slices_numbered_from_the_head_down_are_sorted_by_place():
    found = slices(HU)
    for number, ds in enumerate(found):
        ds.InstanceNumber = len(found) - number
    assert (assemble(map(as_file, found)).voxels == HU).all()


def test_slope_and_intercept_of_each_slice_are_applied():
    found = slices(HU)
    set_pixels(found[1], HU[1], intercept=0, slope=1)
    set_pixels(found[2], HU[2] // 2 * 2, intercept=-1000, slope=2)
    expected = HU.copy()
    expected[2] = HU[2] // 2 * 2
    assert (assemble(map(as_file, found)).voxels == expected).all()


def test_fractions_of_a_hounsfield_unit_are_rounded():
    (one,) = slices(np.zeros((1, 2, 2)), slope=1, intercept=0)
    one.RescaleIntercept, one.RescaleSlope = "-0.6", "0.5"
    one.PixelData = np.array([[0, 1], [2, 3]], "<i2").tobytes()
    assert assemble([as_file(one)]).voxels.tolist() == [[[-1, 0], [0, 1]]]


def test_a_coronal_series_is_turned_to_the_axes_of_the_patient():
    # Columns run down (to the feet), slices to the back: z is the reversed row, y the slice.
    scan = assemble(files_of(HU, axes=CORONAL))
    assert (scan.voxels == HU.transpose(1, 0, 2)[::-1]).all()
    assert scan.spacing_mm == (1.5, 3.0, 0.75)


def test_a_sagittal_series_is_turned_to_the_axes_of_the_patient():
    # Rows run to the back, columns down, slices to the right: x is the reversed slice.
    scan = assemble(files_of(HU, axes=SAGITTAL))
    assert (scan.voxels == HU.transpose(1, 2, 0)[::-1, :, ::-1]).all()
    assert scan.spacing_mm == (1.5, 0.75, 3.0)


@pytest.mark.parametrize("axes", [((1, 0, 0), (0, 1, 0)), CORONAL, SAGITTAL, UPSIDE_DOWN])
def test_a_label_keeps_to_its_voxels_however_its_own_axes_run(axes):
    scan = assemble(files_of(LABEL.astype(np.int16), axes=axes))
    values, to_mm = LABEL.transpose(2, 1, 0), affine(axes=axes)
    for order, flips in itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3)):
        turn = np.array(list(zip(order, flips, strict=True)))
        turned = nifti(apply_orientation(values, turn), to_mm @ inv_ornt_aff(turn, values.shape))
        assert (label_on(scan, turned) == scan.voxels).all(), (order, flips)


def test_a_label_on_a_tilted_grid_keeps_to_its_voxels():
    angle = np.radians(46)
    axes = ((1, 0, 0), (0, np.cos(angle), np.sin(angle)))
    scan = assemble(files_of(LABEL.astype(np.int16), axes=axes))
    assert (label_on(scan, label_for(LABEL, axes=axes)) == scan.voxels).all()


def test_a_label_without_compression_and_in_floating_point_is_read():
    image = nibabel.Nifti1Image(LABEL.transpose(2, 1, 0).astype(np.float32), affine())
    label = label_on(assemble(files_of(HU)), image.to_bytes())
    assert label.dtype == np.uint8
    assert (label == LABEL).all()


def test_one_slice_is_a_volume():
    assert assemble(files_of(HU[:1])).voxels.shape == (1, 5, 6)


def test_uneven_slices_that_a_person_accepted_are_taken_as_even_and_said():
    files = files_of(RANDOM.integers(0, 9, (6, 3, 3)))
    scan = assemble(files[:2] + files[3:])
    assert scan.doubts == "MISSING-SLICE"
    assert scan.voxels.shape == (5, 3, 3)
    assert scan.spacing_mm[0] == pytest.approx(15 / 4)


def test_a_label_of_another_place_size_or_value_is_refused():
    files = files_of(HU)
    shifted = affine(origin=(-10.0, -20.0, 33.0))
    assert refusal(files, nifti(LABEL.transpose(2, 1, 0), shifted)) == "LABEL-GEOMETRY"
    assert refusal(files, label_for(LABEL[:3])) == "LABEL-GEOMETRY"
    assert refusal(files, label_for(LABEL, spacing=(3.0, 1.5, 1.5))) == "LABEL-GEOMETRY"
    assert refusal(files, label_for(LABEL[..., None].repeat(2, -1).astype(np.int16)[..., 0] - 1)) == "LABEL-VALUES"
    assert refusal(files, label_for(LABEL + np.float32(0.5))) == "LABEL-VALUES"
    assert refusal(files, label_for(np.full(HU.shape, np.nan, np.float32))) == "LABEL-VALUES"
    assert refusal(files, b"\x1f\x8bnothing") == "LABEL-UNREADABLE"


def test_what_makes_no_volume_is_refused_with_its_reason():
    wider = slices(HU)
    wider[2].PixelSpacing = [1.5, 0.9]
    assert refusal(map(as_file, wider)) == "SPACING-CONTRADICTS"
    larger = slices(HU)
    set_pixels(larger[3], np.zeros((6, 6)))
    assert refusal(map(as_file, larger)) == "SPACING-CONTRADICTS"
    assert refusal(files_of(HU, SOPClassUID=MRImageStorage)) == "NOT-CT"
    assert refusal(files_of(HU, ImagePositionPatient=None)) == "NO-GEOMETRY"
    assert refusal(files_of(HU, ImagePositionPatient=[0, 0, 0])) == "DUPLICATE-SLICE"
    assert refusal(files_of(HU, RescaleIntercept="-40000")) == "OUT-OF-RANGE"
    assert refusal(files_of(HU, PixelData=b"short")) == "UNREADABLE"
    assert refusal([b"no DICOM"]) == "UNREADABLE"
    assert refusal([]) == "EMPTY"


def test_a_refusal_says_no_value_of_the_file(caplog, recwarn):
    files = [data.replace(b"-1024 ", b"Vasque") for data in files_of(HU)]
    assert refusal(files) == "UNREADABLE"
    with pytest.raises(VolumeRefused) as refused:
        assemble(files)
    said = [str(refused.value), caplog.text, *(str(warning.message) for warning in recwarn)]
    assert not any("Vasque" in text for text in said)

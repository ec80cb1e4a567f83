"""Masks against hand-computed values, against MONAI, and against the ways in which a score can flatter."""

import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.metrics.hausdorff_distance import HausdorffDistanceMetric
from monai.metrics.meandice import DiceMetric
from monai.metrics.surface_dice import SurfaceDiceMetric
from scipy import ndimage

from residency.evaluate.measure import MasksDisagree, measure

LIVER = {1: "liver"}


def cube(shape, start, size):
    volume = np.zeros(shape, dtype=np.uint8)
    volume[tuple(slice(at, at + side) for at, side in zip(start, size, strict=True))] = 1
    return volume


def one(prediction, reference, spacing_mm=(1.0, 1.0, 1.0), tolerance_mm=1.0, **more):
    return measure(
        "s", prediction, reference, structures=LIVER, spacing_mm=spacing_mm, tolerance_mm=tolerance_mm, **more
    )[0]


def blobs(seed, shape=(18, 24, 20)):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal(shape), 2.5)
    return (noise > np.quantile(noise, 0.7)).astype(np.uint8)


def test_two_cubes_shifted_by_two_voxels_score_what_pencil_and_paper_say():
    truth, found = cube((20, 20, 20), (5, 5, 5), (4, 4, 4)), cube((20, 20, 20), (7, 5, 5), (4, 4, 4))
    row = one(found, truth, spacing_mm=(3.0, 1.0, 1.0), tolerance_mm=0.5)
    assert row.status == "present"
    assert row.dice == 2 * 32 / 128
    assert row.reference_ml == row.predicted_ml == 64 * 3 / 1000
    # Each surface has 56 voxels (64 less 8 inside). The cubes share two layers; on each, one cube has a face of 16
    # and the other a rim of 12: 24 voxels coincide. The farthest layer, 16 of 56, lies 2 x 3 mm off.
    assert row.hd95_mm == 6.0
    assert row.nsd == 24 / 56


def test_identical_masks_are_perfect():
    row = one(blobs(1), blobs(1), tolerance_mm=0.0)
    assert (row.dice, row.nsd, row.hd95_mm) == (1.0, 1.0, 0.0)


def test_a_distance_equal_to_the_tolerance_is_within_it_in_spite_of_rounding():
    truth, found = cube((12, 3, 3), (2, 1, 1), (1, 1, 1)), cube((12, 3, 3), (5, 1, 1), (1, 1, 1))
    assert one(found, truth, spacing_mm=(0.1, 1.0, 1.0), tolerance_mm=0.3).nsd == 1.0


def test_what_is_missed_or_invented_counts_with_the_worst_value_and_what_is_absent_has_none():
    nothing, something = np.zeros((10, 20, 30), np.uint8), cube((10, 20, 30), (1, 1, 1), (2, 2, 2))
    diagonal_mm = np.sqrt(30.0**2 + 20.0**2 + 30.0**2)
    for found, truth, status in ((nothing, something, "missed"), (something, nothing, "invented")):
        row = one(found, truth, spacing_mm=(3.0, 1.0, 1.0))
        assert (row.status, row.dice, row.nsd) == (status, 0.0, 0.0)
        assert row.hd95_mm == pytest.approx(diagonal_mm)
    row = one(nothing, nothing)
    assert (row.status, row.dice, row.nsd, row.hd95_mm) == ("absent", None, None, None)


def test_padding_neither_adds_to_a_mask_nor_lengthens_the_diagonal():
    truth, found = cube((8, 16, 16), (2, 2, 2), (3, 3, 3)), cube((8, 16, 16), (2, 2, 2), (3, 3, 3))
    padded = np.pad(truth, 5), np.pad(found, 5)
    padded[1][0:4] = 1
    valid = np.pad(np.ones_like(truth, dtype=bool), 5)
    assert one(padded[1], padded[0], valid=valid) == one(found, truth)
    assert one(np.zeros_like(padded[0]), padded[0], valid=valid) == one(np.zeros_like(truth), truth)


def test_structures_are_measured_apart_and_other_labels_are_not_looked_at():
    truth = cube((10, 10, 10), (1, 1, 1), (3, 3, 3)) + 7 * cube((10, 10, 10), (6, 6, 6), (3, 3, 3))
    named = {7: "spleen", 1: "liver"}
    rows = measure("s", truth * (truth == 1), truth, structures=named, spacing_mm=(1, 1, 1), tolerance_mm=1)
    assert [(row.structure, row.status) for row in rows] == [("spleen", "missed"), ("liver", "present")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"prediction": np.zeros((4, 4, 5), np.uint8)},
        {"prediction": np.full((4, 4, 4), 0.5)},
        {"spacing_mm": (1.0, 0.0, 1.0)},
        {"spacing_mm": (1.0, float("nan"), 1.0)},
        {"tolerance_mm": -1.0},
        {"structures": {0: "background"}},
        {"structures": {1: "liver", 2: "liver"}},
        {"valid": np.zeros((4, 4, 4), bool)},
    ],
)
def test_what_cannot_be_compared_is_refused(wrong):
    right = {"prediction": np.ones((4, 4, 4), np.uint8), "reference": np.ones((4, 4, 4), np.uint8)}
    right |= {"structures": LIVER, "spacing_mm": (1.0, 1.0, 1.0), "tolerance_mm": 1.0}
    with pytest.raises(MasksDisagree):
        measure("s", **(right | wrong))


@pytest.mark.parametrize("seed", range(12))
def test_values_equal_those_of_monai_on_random_blobs(seed):
    truth, found = blobs(seed), blobs(seed) & (1 - cube((18, 24, 20), (0, 0, seed), (18, 24, 3))) | blobs(seed + 100)
    spacing_mm, tolerance_mm = (2.5, 0.8, 1.1), 1.93
    row = one(found, truth, spacing_mm, tolerance_mm)
    oracle = {
        "dice": DiceMetric(),
        "hd95_mm": HausdorffDistanceMetric(percentile=95),
        "nsd": SurfaceDiceMetric(class_thresholds=[tolerance_mm]),
    }
    volumes = [torch.from_numpy(volume)[None, None].float() for volume in (found, truth)]
    for name, metric in oracle.items():
        given_spacing = {} if name == "dice" else {"spacing": spacing_mm}
        theirs = metric(*volumes, **given_spacing).item()
        assert getattr(row, name) == pytest.approx(theirs, abs=1e-6 if name == "dice" else 1e-4), name


def test_a_model_that_misses_a_structure_scores_worse_than_one_that_finds_it_badly():
    truth = cube((24, 24, 24), (4, 4, 4), (8, 8, 8))
    good, bad, nothing = truth, cube((24, 24, 24), (12, 12, 12), (8, 8, 8)), np.zeros_like(truth)
    metric = HausdorffDistanceMetric(percentile=95, reduction="mean")
    theirs, ours = {}, {}
    for name, second in (("bad", bad), ("missed", nothing)):
        pairs = [(good, truth), (second, truth)]
        metric.reset()
        for found, reference in pairs:
            metric(torch.from_numpy(found)[None, None].float(), torch.from_numpy(reference)[None, None].float())
        theirs[name] = metric.aggregate().item()
        ours[name] = np.mean([one(found, reference).hd95_mm for found, reference in pairs])
    assert theirs["missed"] < theirs["bad"], "the trap this module is there for: NaN is dropped, and the mean improves"
    assert ours["missed"] > ours["bad"]


@given(st.integers(0, 10_000), st.tuples(*[st.floats(0.3, 5.0)] * 3), st.floats(0, 8))
@settings(max_examples=40, deadline=None)
def test_agreement_is_symmetric_bounded_and_never_worse_than_missing(seed, spacing_mm, tolerance_mm):
    found, truth = blobs(seed, (9, 11, 10)), blobs(seed + 1, (9, 11, 10))
    there, back = one(found, truth, spacing_mm, tolerance_mm), one(truth, found, spacing_mm, tolerance_mm)
    assert (there.dice, there.nsd, there.hd95_mm) == pytest.approx((back.dice, back.nsd, back.hd95_mm))
    assert 0 <= there.dice <= 1
    assert 0 <= there.nsd <= 1
    missed = one(np.zeros_like(truth), truth, spacing_mm, tolerance_mm)
    assert missed.hd95_mm > there.hd95_mm
    assert missed.dice <= there.dice


def test_four_structures_of_a_usual_volume_are_measured_in_well_under_a_second():
    truth = np.zeros((56, 96, 112), np.uint8)
    for label, at in enumerate(((4, 8, 8), (4, 50, 8), (28, 8, 60), (28, 50, 60)), 1):
        truth[tuple(slice(a, a + side) for a, side in zip(at, (24, 40, 48), strict=True))] = label
    found, named = np.roll(truth, 2, 1), {1: "a", 2: "b", 3: "c", 4: "d"}
    started = time.process_time()
    measure("s", found, truth, structures=named, spacing_mm=(3.0, 1.5, 1.5), tolerance_mm=3.0)
    assert time.process_time() - started < 0.6

"""What is no head, or no head that was found, is held back; and the check sees what the defacing got wrong."""

import random

import numpy as np
import pytest

from residency.deid.faces.check import contradiction, residue, second_look
from residency.deid.faces.deface import BRAIN, FACE, regions, without_face
from residency.deid.faces.head import average_head
from residency.deid.faces.register import Fit, moved, register
from residency.deid.faces.series import deface_series
from residency.deid.faces.volume import Volume
from residency.deid.reason import Reason
from tests.deid.faces.heads import average_heads, scanned


@pytest.fixture(scope="module")
def found() -> tuple:
    case = scanned(average_heads()[0], random.Random(11), "plain")
    volume = Volume(case.voxels, case.affine)
    fit = register(volume, "MR")
    return case, volume, fit, second_look(fit)


def test_a_head_is_found_where_it_lies(found) -> None:
    case, volume, _fit, look = found
    assert look.objection is None
    region = regions(volume, look.motion)
    assert (region[case.brain] == BRAIN).mean() > 0.93
    assert (region[case.face] == FACE).mean() > 0.99


@pytest.mark.parametrize("turn", [(0, 0, np.pi), (np.pi, 0, 0), (0, np.pi, 0), (np.pi / 2, 0, 0)])
def test_a_fit_that_is_back_to_front_or_upside_down_is_not_believed(found, turn) -> None:
    _, _, fit, _ = found
    wrong = moved(fit.motion, np.array([0, 0, 0, *(80.0 * angle for angle in turn), 0]))
    look = second_look(Fit(wrong, fit.likeness, fit.grid, True, 0.0))
    assert look.objection is not None or look.apart > 7


def test_the_check_sees_a_face_that_is_left_and_a_brain_that_was_touched(found) -> None:
    _case, volume, _, look = found
    region = regions(volume, look.motion)
    clean = without_face(volume, region, "MR")
    assert residue(volume, clean, look, "MR") is None
    half = np.where((region == FACE) & (np.indices(clean.shape)[2] > clean.shape[2] // 2), volume.voxels, clean)
    assert residue(volume, half, look, "MR") is not None
    brain = np.argwhere(regions(volume, look.other) == BRAIN)[1000]
    clean[tuple(brain)] += 1
    assert residue(volume, clean, look, "MR") is not None


def test_what_is_no_head_is_held_back() -> None:
    noise = np.random.default_rng(1)
    _z, y, x = np.indices((40, 50, 60)) * 4.0
    trunk = ((x - 118) / 110) ** 2 + ((y - 98) / 80) ** 2 < 1
    spine = (x - 118) ** 2 + (y - 150) ** 2 < 400
    body = np.where(spine, 400, np.where(trunk, 40, -1000)) + noise.normal(0, 20, trunk.shape)
    for modality in ("CT", "MR"):
        made = deface_series(body.astype(np.float32), np.diag([4.0, 4, 4, 1]), modality)
        assert isinstance(made, Reason)
        assert made.code == "FACE"


@pytest.mark.parametrize(
    ("voxels", "affine"),
    [
        (np.zeros((40, 40, 40), np.float32), np.diag([4.0, 4, 4, 1])),
        (np.full((40, 40, 40), np.nan, np.float32), np.diag([4.0, 4, 4, 1])),
        (np.ones((3, 256, 256), np.int16), np.diag([1.0, 1, 5, 1])),
        (np.ones((40, 40, 40), np.int16), np.diag([1.0, 1, 0, 1])),
        (np.ones((40, 40, 40, 3), np.uint8), np.diag([4.0, 4, 4, 1])),
    ],
)
def test_what_no_head_can_be_looked_for_in_is_held_back(voxels, affine) -> None:
    assert isinstance(deface_series(voxels, affine, "MR"), Reason)


def test_the_average_head_is_the_one_that_was_built() -> None:
    head = average_head()
    assert np.array_equal(head.average, head.average[::-1])
    assert not (head.face & head.brain).any()
    assert 1.0e6 < head.brain.sum() * head.spacing**3 < 1.6e6


def test_the_same_volume_is_found_at_the_same_place_to_the_bit(found) -> None:
    _, volume, fit, _ = found
    assert np.array_equal(register(volume, "MR").motion, fit.motion)


def test_a_ct_spares_the_brain_that_it_shows_and_is_held_back_where_that_is_much(found) -> None:
    case, volume, _, look = found
    region = regions(volume, look.motion)
    assert contradiction(region, case.brain) is None
    assert contradiction(region, np.roll(case.brain, 12, axis=1)) is not None or contradiction(
        region, np.roll(case.brain, -12, axis=1)
    )

"""The exam of defacing: many scans of heads, by a seed; what is released has no face and all of its brain.

Short: the average head itself (N = 1), in three contrasts, moved, bent and cut. Long: every kind of scan of every head
at hand, the real ones too where RESIDENCY_HEADS names a folder with them (`heads`). The figures are printed.
"""

import os
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from residency.deid.faces.series import deface_series
from residency.deid.reason import Reason
from tests.deid.faces.heads import Sitter, average_heads, real_heads, scanned

SEED = os.environ.get("RESIDENCY_SEED", "faces 1")
KINDS = ("plain", "shifted", "rotated", "small", "coarse", "slices", "contrast", "cut", "turned axes", "wrong header")
GONE = 0.99


def outcome(sitter: Sitter, kind: str, number: int) -> str:
    """How a scan fared: it is good, or held, or what is wrong with it although it was released."""
    case = scanned(sitter, random.Random(f"{SEED} {sitter.name} {kind} {number}"), kind)
    before = case.voxels.copy()
    made = deface_series(case.voxels, case.affine, case.modality)
    assert np.array_equal(before, case.voxels)
    if isinstance(made, Reason):
        assert made.code == "FACE"
        return "held"
    assert np.array_equal(made.voxels[~made.altered], case.voxels[~made.altered])
    if (made.altered & case.brain).any():
        return f"brain lost: {sitter.name}, {kind}, {number}: {int((made.altered & case.brain).sum())}"
    gone = (made.altered & case.face).sum() / max(1, case.face.sum())
    return "good" if gone >= GONE else f"released with a face: {sitter.name}, {kind}, {number}: {gone:.4f}"


@pytest.mark.parametrize(("which", "kind"), [(0, "rotated"), (1, "cut"), (2, "small")])
def test_a_scan_of_the_average_head_leaves_without_its_face_or_not_at_all(which: int, kind: str) -> None:
    print("seed:", SEED)
    assert outcome(average_heads()[which], kind, 0) in ("good", "held")


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_kind_of_scan_of_every_head_at_hand() -> None:
    folder = os.environ.get("RESIDENCY_HEADS")
    sitters = average_heads() + (real_heads(Path(folder)) if folder else [])
    found = {sitter.name: Counter(outcome(sitter, kind, 0) for kind in KINDS) for sitter in sitters}
    print("seed:", SEED, "heads:", len(sitters), found)
    for counts in found.values():
        assert set(counts) <= {"good", "held"}
        assert counts["good"] >= 0.8 * counts.total()

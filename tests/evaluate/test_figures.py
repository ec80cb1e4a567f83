"""Figures: the same bytes for the same input, readable size, caveats on each, nothing that the table hides."""

import io
import subprocess
import sys

import numpy as np
import pytest
from matplotlib.image import imread

from residency.evaluate import drawing
from residency.evaluate.figures import Stop, curve, strip, subgroups
from residency.evaluate.measure import MasksDisagree, Measured
from residency.evaluate.overlay import Case, overlay, telling
from residency.evaluate.summary import summarise

CAVEATS = ["same anatomy: no generalisation measured", "labels are a model's output"]


def row(subject, structure, dice, status="present"):
    hd95_mm = None if dice is None else 20 * (1 - dice)
    return Measured(
        subject=subject, structure=structure, status=status, dice=dice, nsd=dice, hd95_mm=hd95_mm, tolerance_mm=3,
        reference_ml=1, predicted_ml=1,
    )  # fmt: skip


ROWS = [row(f"s{i}", "liver", 0.6 + i / 50) for i in range(12)]
ROWS += [row(f"s{i}", "spleen", 0.0, "missed") if i < 2 else row(f"s{i}", "spleen", 0.5) for i in range(12)]
ROWS += [row(f"s{i}", "left kidney", None, "absent") for i in range(12)]
SUBJECTS = {f"s{i}": {"sex": "female" if i % 2 else "male", "race": "rare" if i == 3 else "common"} for i in range(12)}


def table(caveats=CAVEATS):
    return summarise(ROWS, SUBJECTS, by=["sex", "race"], min_cell=5, seed=1, resamples=50, caveats=caveats)


def case(title="Median case", shape=(9, 24, 30)):
    rng = np.random.default_rng(1)
    reference = np.zeros(shape, np.uint8)
    reference[2:7, 6:16, 8:20] = 1
    return Case(title, rng.normal(40, 30, shape), np.roll(reference, 2, 2), reference, (3.0, 1.5, 1.5))


FIGURES = {
    "strip": lambda caveats: strip(ROWS, caveats),
    "subgroups": lambda caveats: subgroups(table(caveats), "spleen"),
    "distances": lambda caveats: subgroups(table(caveats), "liver", "hd95_mm"),
    "nobody": lambda caveats: subgroups(table(caveats), "left kidney"),
    "curve": lambda caveats: curve([(s, 1 / s) for s in [*range(1, 30), *range(21, 60)]], [Stop(29, 20)], caveats),
    "empty curve": lambda caveats: curve([], [], caveats),
    "overlay": lambda caveats: overlay([case(), case("Worst case")], {1: "liver"}, caveats),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_the_same_bytes_each_time_and_the_width_of_a_page(name):
    first = FIGURES[name](CAVEATS)
    assert first == FIGURES[name](CAVEATS)
    assert imread(io.BytesIO(first)).shape[1] == drawing.WIDTH_IN * drawing.DPI
    assert b"tIME" not in first
    assert b"Software" not in first


@pytest.mark.parametrize("name", FIGURES)
def test_each_caveat_changes_every_figure(name):
    drawn = FIGURES[name](CAVEATS)
    assert drawn != FIGURES[name]([CAVEATS[0].replace("same", "Same"), CAVEATS[1]])
    assert drawn != FIGURES[name]([CAVEATS[0], CAVEATS[1].replace("labels", "Labels")])


def test_caveats_stand_whole_at_the_foot_however_many_there_are():
    many = [*CAVEATS, *(f"a longer caveat with the number {n} for good measure" for n in range(6))]
    sheet = drawing.Sheet("title", "subtitle", many, body_in=1)
    written = " ".join(text.get_text() for text in reversed(sheet.figure.texts))
    assert all(caveat in " ".join(written.split()) for caveat in many)
    assert all(text.get_window_extent().x1 <= drawing.WIDTH_IN * drawing.DPI for text in sheet.figure.texts)


def test_a_missed_structure_is_a_cross_at_zero():
    def ink_at_zero(rows):
        pixels = imread(io.BytesIO(strip(rows, CAVEATS)))[:, :, :3]
        zero = round((1.35 + 4.1 * 0.02 / 1.04) * drawing.DPI)
        return int((pixels[:, zero - 14 : zero + 14].max(axis=2) < 0.3).sum())

    rosy = [row(r.subject, r.structure, 0.5) if r.status == "missed" else r for r in ROWS]
    title = ink_at_zero(rosy)
    assert ink_at_zero(ROWS) > title + 50


def test_values_of_a_hidden_group_change_nothing_in_the_figure():
    other = {**SUBJECTS, "s3": {**SUBJECTS["s3"], "race": "common"}, "s5": {**SUBJECTS["s5"], "race": "rare"}}
    moved = summarise(ROWS, other, by=["sex", "race"], min_cell=5, seed=1, resamples=50, caveats=CAVEATS)
    assert subgroups(moved, "liver") == subgroups(table(), "liver")


def test_the_telling_cases_are_the_median_and_the_worst_and_a_missed_structure_pulls_down():
    rows = [row("good", "liver", 0.9), row("fair", "liver", 0.8), row("poor", "liver", 0.7)]
    assert telling(rows) == ("fair", "poor")
    rows += [row("good", "spleen", 0.0, "missed"), row("fair", "spleen", 0.8), row("poor", "spleen", None, "absent")]
    assert telling(rows) == ("poor", "good")


def test_an_image_and_labels_of_different_grids_are_not_drawn_over_each_other():
    right = case()
    with pytest.raises(MasksDisagree):
        overlay([right._replace(reference=right.reference[:5])], {1: "liver"}, CAVEATS)


def test_a_case_without_reference_and_without_prediction_can_still_be_looked_at():
    empty = case()._replace(prediction=np.zeros((9, 24, 30), np.uint8), reference=np.zeros((9, 24, 30), np.uint8))
    assert overlay([empty], {1: "liver"}, CAVEATS).startswith(b"\x89PNG")


def test_the_chapter_loads_neither_torch_nor_the_global_state_of_pyplot():
    code = (
        "import sys, residency.evaluate.figures, residency.evaluate.overlay, residency.evaluate.caveats;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'monai', 'matplotlib.pyplot')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

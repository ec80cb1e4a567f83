"""Contours of prediction and reference on CT slices: the median and the worst case, to be looked at.

    typical, worst = telling([row for row in rows if row.structure == "liver"])
    overlay([Case("Median case", image_hu, predicted, reference, spacing_mm), ...], {1: "liver"}, caveats)

These are pictures of patients: handing them out is a disclosure, which the caller logs. Not here: charts (`figures`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from residency.evaluate.drawing import ACCENT, WIDTH_IN, Sheet
from residency.evaluate.measure import MasksDisagree, Measured, Spacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_REFERENCE = "#ffffff"
_HALO = "#10151b"
# Bone ends in a light grey, so that it is not taken for the white line.
_GREYS = ("#000000", "#b4b8bd")
_SOFT_TISSUE_HU = (-160.0, 240.0)
_LEFT_IN, _GAP_IN, _HEAD_IN = 0.22, 0.06, 0.3


class Case(NamedTuple):
    """One subject: CT in HU and label volumes (z, y, x), y towards the back as in DICOM's patient system."""

    title: str
    image_hu: NDArray
    prediction: NDArray
    reference: NDArray
    spacing_mm: Spacing


def telling(rows: Sequence[Measured]) -> tuple[str, str]:
    """The subjects with the (lower) median and with the worst mean Dice over what counts; ties by name."""
    scores: dict[str, list[float]] = {}
    for row in rows:
        if row.dice is not None:
            scores.setdefault(row.subject, []).append(row.dice)
    ranked = sorted(scores, key=lambda subject: (np.mean(scores[subject]), subject))
    return ranked[(len(ranked) - 1) // 2], ranked[0]


def overlay(cases: Sequence[Case], structures: Mapping[int, str], caveats: Sequence[str]) -> bytes:
    """One row per case with three axial slices: the largest of the reference, and half-way to either end of it.

    Raises MasksDisagree where an image and its label volumes are not on one grid.
    """
    for case in cases:
        if not case.image_hu.shape == case.prediction.shape == case.reference.shape:
            raise MasksDisagree(f"{case.title}: image and labels are not on one grid.")
    width_in = (WIDTH_IN - 2 * _LEFT_IN - 2 * _GAP_IN) / 3
    heights_in = [width_in * min(1.2, _aspect(case)) for case in cases]
    body_in = sum(heights_in) + _HEAD_IN * len(cases)
    sheet = Sheet("Prediction on CT", ", ".join(structures.values()), caveats, body_in=body_in)
    _key(sheet)
    top_in = sheet.foot_in + body_in + 0.12
    for case, height_in in zip(cases, heights_in, strict=True):
        sheet.write(_LEFT_IN, top_in - 0.18, case.title, size=9.5, weight="bold")
        top_in -= _HEAD_IN + height_in
        for column, z in enumerate(_slices(np.isin(case.reference, list(structures)), case)):
            left_in = _LEFT_IN + column * (width_in + _GAP_IN)
            box = (left_in / WIDTH_IN, top_in / sheet.height_in, width_in / WIDTH_IN, height_in / sheet.height_in)
            _slice(sheet.figure.add_axes(box), case, z, structures)
    return sheet.png()


def _aspect(case: Case) -> float:
    """Height of a slice over its width."""
    _, rows, columns = case.image_hu.shape
    return rows * case.spacing_mm[1] / (columns * case.spacing_mm[2])


def _key(sheet: Sheet) -> None:
    y_in = sheet.height_in - 0.26
    for right_in, word, colour in ((0.3, "reference", _REFERENCE), (1.22, "prediction", ACCENT)):
        box = {"facecolor": _HALO, "edgecolor": "none", "boxstyle": "round,pad=0.35"}
        style = {"color": colour, "weight": "bold", "va": "center", "ha": "right", "bbox": box}
        sheet.write(WIDTH_IN - right_in, y_in, word, size=8.5, **style)


def _slices(mask: NDArray[np.bool_], case: Case) -> tuple[int, int, int]:
    """Three slices from foot to head; where the reference is empty, those of the prediction, else the middle."""
    areas = mask.sum(axis=(1, 2))
    if not areas.any():
        areas = (case.prediction > 0).sum(axis=(1, 2))
    if not areas.any():
        areas = np.ones(len(areas))
    held = np.flatnonzero(areas)
    largest = int(np.argmax(areas))
    return (int(held[0]) + largest) // 2, largest, (int(held[-1]) + largest + 1) // 2


def _slice(axes: "Axes", case: Case, z: int, structures: Mapping[int, str]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    low, high = _SOFT_TISSUE_HU
    greys = LinearSegmentedColormap.from_list("ct", _GREYS)
    across_mm = case.spacing_mm[1] / case.spacing_mm[2]
    axes.imshow(case.image_hu[z], cmap=greys, vmin=low, vmax=high, aspect=across_mm, interpolation="bilinear")
    axes.set_axis_off()
    for label in structures:
        _outline(axes, case.reference[z] == label, _HALO, 2.8)
        _outline(axes, case.reference[z] == label, _REFERENCE, 1.3)
        _outline(axes, case.prediction[z] == label, ACCENT, 1.3)
    head_mm = z * case.spacing_mm[0]
    _ = axes.text(0.03, 0.03, f"z {head_mm:.0f} mm", transform=axes.transAxes, color="#ffffff", alpha=0.75, fontsize=8)


def _outline(axes: "Axes", mask: NDArray[np.bool_], colour: str, width: float) -> None:
    """The line around a mask, along the edges of its voxels' centres; padded, so that it closes at the border."""
    if mask.any():
        rows, columns = mask.shape
        y, x = np.arange(-1, rows + 1), np.arange(-1, columns + 1)
        axes.contour(x, y, np.pad(mask, 1).astype(float), levels=[0.5], colors=[colour], linewidths=[width])
        axes.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))

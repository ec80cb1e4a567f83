"""The figures of an evaluation and of a training, as PNG bytes.

    strip(rows, caveats)                      every subject's Dice, per structure
    subgroups(table, "liver", "dice")         means with intervals per group, small groups hidden
    curve(losses, stops, caveats)             loss over steps, with each kill and resume

Each reads on a page 700 pixels wide, labels what it shows directly instead of in a legend, and carries the caveats.
Draws only what it is handed: `strip` shows single values without names, `subgroups` only what the table shows.
Not here: pictures of patients (`overlay`).
"""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from residency.evaluate.drawing import ACCENT, FAINT, HAIRLINE, INK, PAPER, QUIET, Sheet
from residency.evaluate.measure import Measured
from residency.evaluate.plan import NAMES
from residency.evaluate.summary import OVERALL, Estimate, Metric, Row, Summary, overall

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW_IN = 0.27
_NAME = 21  # letters on a line of a group's name


class Stop(NamedTuple):
    """A run was killed at a step and went on from an earlier one (None: it did not go on)."""

    killed_at: int
    resumed_from: int | None


def strip(rows: Sequence[Measured], caveats: Sequence[str]) -> bytes:
    """Dice of every subject per structure: dots, a bar from quartile to quartile, the median as a line and a number.

    A structure that was missed or invented is a cross at 0 and is written out.
    """
    structures = list(dict.fromkeys(row.structure for row in rows))
    subjects = len({row.subject for row in rows})
    subtitle = f"{subjects} subject{'s' if subjects != 1 else ''}; bar: quartiles, line: median, cross: counted as 0"
    sheet = Sheet("Dice by structure", subtitle, caveats, body_in=0.55 * len(structures) + 0.3)
    axes = sheet.axes(left_in=1.35, right_in=1.55, below_in=0.3)
    axes.set(xlim=(-0.02, 1.02), ylim=(len(structures) - 0.5, -0.5), xticks=np.linspace(0, 1, 6))
    axes.set_yticks(range(len(structures)), structures, color=INK, fontsize=10)
    axes.grid(axis="x", color=HAIRLINE, linewidth=0.8)
    for height, structure in enumerate(structures):
        _strip_of(axes, height, [row for row in rows if row.structure == structure])
    return sheet.png()


def subgroups(table: Summary, structure: str, metric: Metric = "dice") -> bytes:
    """One line per group: mean and interval of a metric, beside the overall mean; hidden groups say that they are."""
    from matplotlib.ticker import MaxNLocator

    groups = [row for row in table.rows if row.structure == structure and row.by != OVERALL]
    groupings = list(dict.fromkeys(row.by for row in groups))
    lines = len(groups) + 0.9 * len(groupings)
    unit = " in mm" if metric == "hd95_mm" else ""
    title = f"{NAMES[metric]} of {structure} by subgroup"
    hidden = f"under {table.min_cell} subjects, or would reveal such a group"
    subtitle = f"mean{unit}, 95 % interval over subjects; suppressed: {hidden}"
    sheet = Sheet(title, subtitle, table.caveats, body_in=_ROW_IN * (lines + 1.6) + 0.3)
    axes = sheet.axes(left_in=1.75, right_in=2.15, below_in=0.3)
    axes.set(xlim=_range(groups, metric), ylim=(lines - 0.3, -1.9), yticks=[])
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="x", color=HAIRLINE, linewidth=0.8)
    _overall_band(axes, overall(table, structure), metric)
    height = 0.0
    for grouping in groupings:
        _beside(axes, -0.01, height, grouping.replace("_", " "), color=QUIET, ha="right", weight="bold", size=8.5)
        height += 0.9
        for row in (row for row in groups if row.by == grouping):
            _group(axes, height, row, metric)
            height += 1
    return sheet.png()


def curve(losses: Sequence[tuple[int, float]], stops: Sequence[Stop], caveats: Sequence[str]) -> bytes:
    """Loss over steps. `losses` are (step, loss) in the order reported; steps done again are reported again.

    The accent line is the running mean, over a twentieth of the steps, of what became the model: of the steps done
    twice, the later. The steps of a kill that were done again are shaded.
    """
    kept = np.array(sorted(dict(losses).items()), dtype=float).reshape(-1, 2)
    last = max((step for step, _ in losses), default=1)
    kills = {0: "never killed", 1: "killed once"}.get(len(stops), f"killed {len(stops)} times")
    subtitle = f"{last} steps, {kills}; thin: each step, bold: running mean, shaded: done again"
    sheet = Sheet("Training loss", subtitle, caveats, body_in=2.9)
    axes = sheet.axes(left_in=0.7, right_in=0.75)
    axes.set(xlim=(0, last), ylim=(0, max((loss for _, loss in losses), default=1.0) * 1.15))
    axes.set_xlabel("step", color=QUIET, fontsize=9)
    axes.grid(axis="y", color=HAIRLINE, linewidth=0.8)
    for attempt in _attempts(losses):
        axes.plot(attempt[:, 0], attempt[:, 1], color=FAINT, linewidth=0.9)
    for place, stop in enumerate(stops):
        _stop(axes, stop, place, last)
    if len(kept):
        mean = _running_mean(kept[:, 1], max(1, last // 20))
        axes.plot(kept[:, 0], mean, color=ACCENT, linewidth=1.8)
        _beside(axes, last * 1.015, float(mean[-1]), f"{mean[-1]:.2f}", data=True, color=ACCENT, weight="bold")
    return sheet.png()


def _strip_of(axes: "Axes", height: int, rows: Sequence[Measured]) -> None:
    found = np.array([row.dice for row in rows if row.status == "present"])
    lost = sum(row.status in ("missed", "invented") for row in rows)
    absent = sum(row.status == "absent" for row in rows)
    values = np.concatenate([found, np.zeros(lost)])
    if values.size:
        low, median, high = np.percentile(values, [25, 50, 75])
        axes.plot([low, high], [height, height], color=HAIRLINE, linewidth=15, solid_capstyle="butt", zorder=1)
        axes.plot([median, median], [height - 0.28, height + 0.28], color=ACCENT, linewidth=2.2, zorder=4)
        _beside(axes, 1.04, height - (0.14 if lost or absent else 0), f"{median:.2f}", color=ACCENT, weight="bold")
    axes.scatter(found, height + _spread(found), s=16, color=INK, alpha=0.55, linewidth=0, zorder=3)
    axes.scatter(np.zeros(lost), height + _spread(np.zeros(lost)), s=26, marker="x", color=INK, linewidth=1.3, zorder=3)
    counts = {status: sum(row.status == status for row in rows) for status in ("missed", "invented", "absent")}
    words = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    _beside(axes, 1.04, height + (0.2 if values.size else 0), words, color=QUIET, size=8.5)


def _spread(values: NDArray) -> NDArray:
    """Heights that keep near values from covering each other: 0, up, down, further up, … within bins of 0.02."""
    bins = np.round(values / 0.02).astype(int)
    places = np.array([np.count_nonzero(bins[:index] == own) for index, own in enumerate(bins)], dtype=int)
    step = min(0.11, 0.8 / max(1, places.max(initial=0)))
    return (places + 1) // 2 * np.where(places % 2, step, -step)


def _beside(axes: "Axes", x: float, y: float, text: str, *, size: float = 10, data: bool = False, **style: str) -> None:
    """Text that may stand outside the axes: y in data, x in shares of their width or (`data`) in data too."""
    transform = axes.transData if data else axes.get_yaxis_transform()
    axes.text(x, y, text, transform=transform, va="center", fontsize=size, **style)  # type: ignore[arg-type]


def _range(rows: Sequence[Row], metric: Metric) -> tuple[float, float]:
    """Limits around all that is drawn; at least 0.2 wide for a share, so that trifles look like trifles."""
    estimates = [estimate for row in rows if (estimate := getattr(row, metric)) is not None]
    ends = [end for e in estimates for end in ((e.interval.low, e.interval.high) if e.interval else (e.value,))]
    if metric == "hd95_mm":
        return 0.0, max(ends, default=1.0) * 1.05 + 0.1
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    margin = max(0.02, (0.2 - (high - low)) / 2)
    low, high = low - margin, high + margin
    return (low - max(0.0, high - 1.02), min(high, 1.02))


def _overall_band(axes: "Axes", row: Row | None, metric: Metric) -> None:
    estimate: Estimate | None = getattr(row, metric) if row else None
    if row is None or estimate is None:
        return
    if estimate.interval:
        axes.axvspan(estimate.interval.low, estimate.interval.high, color=ACCENT, alpha=0.09, linewidth=0, zorder=0)
    axes.axvline(estimate.value, color=ACCENT, linewidth=1.2, zorder=1)
    _beside(axes, -0.01, -1.15, "overall", color=ACCENT, ha="right", weight="bold")
    _numbers(axes, -1.15, row, metric, ACCENT)


def _group(axes: "Axes", height: float, row: Row, metric: Metric) -> None:
    estimate: Estimate | None = getattr(row, metric)
    name = textwrap.fill(row.group, _NAME)
    _beside(axes, -0.01, height, name, color=INK if estimate else QUIET, ha="right", size=8 if "\n" in name else 10)
    if estimate is None:
        _beside(axes, 1.07, height, row.reason.partition(":")[0], color=QUIET, size=9, style="italic")
        return
    if estimate.interval:
        bounds = [estimate.interval.low, estimate.interval.high]
        axes.plot(bounds, [height, height], color=INK, linewidth=1.6, solid_capstyle="round", zorder=2)
    axes.scatter([estimate.value], [height], s=34, color=INK, edgecolor=PAPER, linewidth=0.8, zorder=3)
    _numbers(axes, height, row, metric, INK)


def _numbers(axes: "Axes", height: float, row: Row, metric: Metric, colour: str) -> None:
    """Three columns beside the axes: value, interval, number of subjects."""
    estimate, digits = getattr(row, metric), 1 if metric == "hd95_mm" else 2
    _beside(axes, 1.16, height, f"{estimate.value:.{digits}f}", color=colour, ha="right", weight="bold", size=9)
    if bounds := estimate.interval:
        _beside(axes, 1.19, height, f"{bounds.low:.{digits}f} – {bounds.high:.{digits}f}", color=colour, size=9)
    _beside(axes, 1.63, height, f"n = {row.counted}", color=colour, ha="right", size=9)


def _attempts(losses: Sequence[tuple[int, float]]) -> list[NDArray]:
    """The stretches in which the step rises: a resume goes back."""
    points = np.array(losses, dtype=float).reshape(-1, 2)
    return np.split(points, np.flatnonzero(np.diff(points[:, 0]) <= 0) + 1) if len(points) else []


def _running_mean(values: NDArray, window: int) -> NDArray:
    """Mean of the last `window` values, of fewer at the start."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(sums))
    starts = np.maximum(0, ends - window)
    return (sums[ends] - sums[starts]) / (ends - starts)


def _stop(axes: "Axes", stop: Stop, place: int, last: int) -> None:
    words = f"killed at {stop.killed_at}"
    if stop.resumed_from is not None:
        words += f", resumed from {stop.resumed_from}"
        axes.axvspan(stop.resumed_from, stop.killed_at, color=HAIRLINE, linewidth=0, zorder=0)
    axes.axvline(stop.killed_at, color=INK, linewidth=1)
    late = stop.killed_at > 0.6 * last
    axes.annotate(
        words,
        (stop.killed_at, axes.get_ylim()[1]),
        (-5 if late else 5, -6 - 14 * (place % 4)),
        textcoords="offset points",
        va="top",
        ha="right" if late else "left",
        color=INK,
        fontsize=9,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
    )

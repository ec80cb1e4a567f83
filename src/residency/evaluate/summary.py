"""The table of results: overall and by subgroup, with intervals, and with small groups hidden.

    table = summarise(rows, {"s-7f3a": {"sex": "female", "race": None}}, by=["sex", "race"], min_cell=5, seed=1)

Every subject has a row for every structure, or the table is refused: a subject that is left out quietly would
flatter the mean. Not here: limits (`plan`), pictures (`figures`), tables of two groupings at once (their cells are
small, and hiding them safely is another problem).
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np
from pydantic import FiniteFloat

from residency.errors import BadInput
from residency.evaluate.measure import Measured
from residency.kernel.record import Part

Metric = Literal["dice", "nsd", "hd95_mm"]
Subjects = Mapping[str, Mapping[str, str | None]]
Values = Sequence[float]

OVERALL = "overall"
UNKNOWN = "unknown"
EVERY_GROUP = "every group"


class RowsIncomplete(BadInput):
    """Some subject is counted twice, or not at all."""


class Interval(Part):
    """Bounds of a 95 % interval."""

    low: FiniteFloat
    high: FiniteFloat


class Estimate(Part):
    """A mean over subjects; no interval where there is one subject."""

    value: FiniteFloat
    interval: Interval | None


class Row(Part):
    """One structure in one group. `reason` says why the values are None, where they are.

    `counted` subjects are in the means: those with status present, missed or invented. `absent` is given for the
    overall row alone: in a small group it would say something about a person.
    """

    structure: str
    by: str
    group: str
    counted: int | None = None
    missed: int | None = None
    invented: int | None = None
    absent: int | None = None
    dice: Estimate | None = None
    nsd: Estimate | None = None
    hd95_mm: Estimate | None = None
    reason: str = ""
    caveats: tuple[str, ...] = ()


class Summary(Part):
    """The whole table, and what is needed to make it again."""

    rows: tuple[Row, ...]
    subjects: int
    min_cell: int
    tolerance_mm: float
    seed: int
    resamples: int
    interval: str = "95 % percentile bootstrap of the mean over subjects"
    caveats: tuple[str, ...] = ()


Estimator = Callable[[Values], Estimate | None]


def interval(values: Values, seed: int, n: int = 2000) -> Interval | None:
    """95 % percentile bootstrap of the mean; None for fewer than two values.

    The order of the values does not matter. With a handful of subjects such an interval is too narrow: show their
    number beside it.
    """
    if len(values) < 2:
        return None
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    draws = np.random.default_rng(seed).integers(0, ordered.size, size=(n, ordered.size))
    low, high = np.percentile(ordered[draws].mean(axis=1), [2.5, 97.5])
    return Interval(low=float(low), high=float(high))


def summarise(
    rows: Sequence[Measured],
    subjects: Subjects,
    *,
    by: Sequence[str],
    min_cell: int,
    seed: int,
    resamples: int = 2000,
    caveats: Sequence[str] = (),
) -> Summary:
    """Overall and per group of each grouping in `by`; "unknown" is always a row, whoever has no value is in it.

    The overall rows are always shown: they are the result. In a grouping, a group of fewer than `min_cell` subjects
    is hidden: no value, no count. As the overall row is shown, one hidden group could be computed from the others, so
    the next smallest is hidden with it, until at least two groups and together at least `min_cell` subjects are
    hidden. The groups hidden for their size are hidden for every structure; a structure that few of a group have is
    hidden for that structure besides. Both kinds carry the same reason, as the difference would tell which is small.
    Below `min_cell` subjects in all, not even the names of the groups are listed.
    What is protected is who is in a small group. How often a structure was missed in a shown group is a result.
    Comparing two tables whose subjects differ by few is not protected against. Raises RowsIncomplete.
    """
    _check(rows, min_cell)
    structures = list(dict.fromkeys(row.structure for row in rows))
    everyone = sorted({row.subject for row in rows})
    estimate = partial(_estimate, seed=seed, resamples=resamples)
    table = [_shown(s, OVERALL, "all", [r for r in rows if r.structure == s], estimate) for s in structures]
    for grouping in by:
        groups = _groups(everyone, subjects, grouping)
        for structure in structures:
            measured = [row for row in rows if row.structure == structure]
            table += _grouped(grouping, groups, measured, min_cell, estimate)
    return Summary(
        rows=tuple(row.model_copy(update={"caveats": tuple(caveats)}) for row in table),
        subjects=len(everyone),
        min_cell=min_cell,
        tolerance_mm=rows[0].tolerance_mm,
        seed=seed,
        resamples=resamples,
        caveats=tuple(caveats),
    )


def overall(table: Summary, structure: str) -> Row | None:
    """The overall row of a structure, if it was measured."""
    return next((row for row in table.rows if row.by == OVERALL and row.structure == structure), None)


def _check(rows: Sequence[Measured], min_cell: int) -> None:
    if not rows:
        raise RowsIncomplete("Nothing was measured.")
    if min_cell < 1:
        raise RowsIncomplete(f"min_cell is {min_cell}.", remedy="Set it to 1 (nothing hidden) or more.")
    if len({row.tolerance_mm for row in rows}) > 1:
        raise RowsIncomplete("Rows were measured at different tolerances.", remedy="Measure all with one.")
    pairs = Counter((row.subject, row.structure) for row in rows)
    expected = len({subject for subject, _ in pairs}) * len({structure for _, structure in pairs})
    twice = sum(1 for times in pairs.values() if times > 1)
    if twice or len(pairs) != expected:
        raise RowsIncomplete(
            f"Of {expected} rows (one per subject and structure) {expected - len(pairs)} are missing, {twice} doubled.",
            remedy="Measure every subject once, for the same structures.",
        )


def _groups(everyone: Sequence[str], subjects: Subjects, grouping: str) -> dict[str, str]:
    """The group of each subject."""
    return {subject: subjects.get(subject, {}).get(grouping) or UNKNOWN for subject in everyone}


def _grouped(
    grouping: str,
    groups: Mapping[str, str],
    measured: Sequence[Measured],
    min_cell: int,
    estimate: Estimator,
) -> list[Row]:
    """The rows of one structure (all of `measured` is of it) in one grouping, "unknown" last."""
    structure = measured[0].structure
    reason = f"suppressed: fewer than {min_cell} subjects, here or in a group that could be computed from this one"
    if len(groups) < min_cell:
        return [Row(structure=structure, by=grouping, group=EVERY_GROUP, reason=reason)]
    names = [*sorted(set(groups.values()) - {UNKNOWN}), UNKNOWN]
    members = {name: [row for row in measured if groups[row.subject] == name] for name in names}
    counted = {name: sum(row.status != "absent" for row in members[name]) for name in names}
    hidden = _hidden({name: len(members[name]) for name in names}, min_cell)
    hidden = _hidden(counted, min_cell, hidden)
    return [
        Row(structure=structure, by=grouping, group=name, reason=reason)
        if name in hidden
        else _shown(structure, grouping, name, members[name], estimate)
        for name in names
    ]


def _hidden(sizes: Mapping[str, int], min_cell: int, already: Collection[str] = ()) -> set[str]:
    """The groups to hide, so that nothing about a small one follows from what is shown (see `summarise`)."""
    if 0 < sum(sizes.values()) < min_cell:
        return set(sizes)
    hidden = {name for name, size in sizes.items() if 0 < size < min_cell} | set(already)
    rest = sorted((name for name, size in sizes.items() if size and name not in hidden), key=lambda n: (sizes[n], n))
    while rest and any(sizes[n] for n in hidden):
        inside = [sizes[name] for name in hidden if sizes[name]]
        if len(inside) >= 2 and sum(inside) >= min_cell:
            break
        hidden.add(rest.pop(0))
    return hidden


def _shown(structure: str, by: str, group: str, rows: Sequence[Measured], estimate: Estimator) -> Row:
    statuses = Counter(row.status for row in rows)
    counted = [row for row in rows if row.status != "absent"]
    return Row(
        structure=structure,
        by=by,
        group=group,
        counted=len(counted),
        missed=statuses["missed"],
        invented=statuses["invented"],
        absent=statuses["absent"] if by == OVERALL else None,
        dice=estimate([row.dice for row in counted if row.dice is not None]),
        nsd=estimate([row.nsd for row in counted if row.nsd is not None]),
        hd95_mm=estimate([row.hd95_mm for row in counted if row.hd95_mm is not None]),
        reason="" if counted else ("not applicable: neither there nor predicted" if rows else "no subjects"),
    )


def _estimate(values: Values, *, seed: int, resamples: int) -> Estimate | None:
    if not values:
        return None
    return Estimate(value=float(np.mean(np.sort(values))), interval=interval(values, seed, resamples))

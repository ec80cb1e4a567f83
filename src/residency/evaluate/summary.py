"""The table of results: overall and by subgroup, with intervals, and with small groups hidden.

    table = summarise(rows, {"s-7f3a": {"sex": "female", "race": None}}, by=["sex", "race"], min_cell=5, seed=1)

Every subject has a row for every structure, or the table is refused: a subject that is left out quietly would
flatter the mean. Not here: which groups are hidden (`hiding`), limits (`plan`), pictures (`figures`), tables of two
groupings at once (their cells are small).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np
from pydantic import FiniteFloat

from residency.errors import BadInput
from residency.evaluate.hiding import betrayed, hidden_groups, told
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

    `counted` subjects are in the means: those with status present, missed or invented. `invented` and `absent`, the
    subjects who lack the structure, are given for the overall row alone: in a small group they would say something
    about a person.
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

    The overall rows are always shown: they are the result. In a grouping, whatever would let somebody read or compute
    a number of fewer than `min_cell` subjects is hidden, values and counts (see `hiding`): small groups, those of which
    few have or few lack a structure, and enough others with them. All carry the same reason, as the difference would
    tell which is small. A grouping whose groups nearly are those of one before it is hidden as a whole, as is every
    grouping below `min_cell` subjects in all; then not even the names of the groups are listed.
    What is protected is who is in a small group. How often a structure was missed in a shown group is a result.
    Raises RowsIncomplete.
    """
    _check(rows, min_cell)
    structures = list(dict.fromkeys(row.structure for row in rows))
    everyone = sorted({row.subject for row in rows})
    estimate = partial(_estimate, seed=seed, resamples=resamples)
    table = [_shown(s, OVERALL, "all", [r for r in rows if r.structure == s], estimate) for s in structures]
    for grouping, groups, hidden, reason in _groupings(rows, subjects, by, min_cell):
        for structure in structures:
            measured = [row for row in rows if row.structure == structure]
            some = hidden[structure] if hidden else None
            table += _grouped(grouping, groups, measured, some, reason, estimate)
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


def _groupings(
    rows: Sequence[Measured], subjects: Subjects, by: Sequence[str], min_cell: int
) -> Iterator[tuple[str, dict[str, str], dict[str, set[str]] | None, str]]:
    """Each grouping: the groups of its subjects, those to hide of each structure (None: every group), and why."""
    counted: dict[str, set[str]] = {row.structure: set() for row in rows}
    for row in rows:
        counted[row.structure] |= {row.subject} if row.status != "absent" else set()
    everyone = sorted({row.subject for row in rows})
    earlier: list[tuple[str, dict[str, list[frozenset[str]]]]] = []
    for grouping in by:
        groups = _groups(everyone, subjects, grouping)
        hidden = {structure: hidden_groups(groups, having, min_cell) for structure, having in counted.items()}
        tells = {structure: told(groups, having, hidden[structure]) for structure, having in counted.items()}
        beside = [name for name, other in earlier if any(betrayed(tells[s], other[s], min_cell) for s in tells)]
        if len(everyone) < min_cell:
            yield grouping, groups, None, f"suppressed: fewer than {min_cell} subjects"
        elif beside:
            yield grouping, groups, None, f"suppressed: beside {beside[0]} it tells of fewer than {min_cell} subjects"
        else:
            earlier.append((grouping, tells))
            kinds = f"fewer than {min_cell} subjects, or few who have or lack it"
            yield grouping, groups, hidden, f"suppressed: {kinds}, here or where it could be computed from this"


def _grouped(
    grouping: str,
    groups: Mapping[str, str],
    measured: Sequence[Measured],
    hidden: Collection[str] | None,
    reason: str,
    estimate: Estimator,
) -> list[Row]:
    """The rows of one structure (all of `measured` is of it) in one grouping, "unknown" last."""
    structure = measured[0].structure
    if hidden is None:
        return [Row(structure=structure, by=grouping, group=EVERY_GROUP, reason=reason)]
    names = [*sorted(set(groups.values()) - {UNKNOWN}), UNKNOWN]
    return [
        Row(structure=structure, by=grouping, group=name, reason=reason)
        if name in hidden
        else _shown(structure, grouping, name, [r for r in measured if groups[r.subject] == name], estimate)
        for name in names
    ]


def _shown(structure: str, by: str, group: str, rows: Sequence[Measured], estimate: Estimator) -> Row:
    statuses = Counter(row.status for row in rows)
    counted = [row for row in rows if row.status != "absent"]
    return Row(
        structure=structure,
        by=by,
        group=group,
        counted=len(counted),
        missed=statuses["missed"],
        invented=statuses["invented"] if by == OVERALL else None,
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

"""k-anonymity, l-diversity and t-closeness of equivalence classes, over all classes at once.

    k_of(classes)                                          the smallest class
    found = diversity(classes, table["diagnosis"])
    found.distinct, found.entropy, found.c, found.t

k: Sweeney 2002. l, distinct, entropy and recursive: Machanavajjhala et al. 2007. t: Li et al. 2007, by the equal
distance for categories and by the ordered distance (the earth mover's along the sorted values) for numbers and dates.
These are the definitions of pycanon 1.3, whose k, l and t are met to 1e-9, but for two of its results: it cuts the l of
entropy to a whole number, which here stays exact, and it sorts counts upwards for (c,l), so that its c is that of the
rarest value, where the paper has the commonest. Records that are suppressed are part of no class and of no
distribution. Not here: the classes (`classes`), the risk of being found again (`attack`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from residency.deid.risk.classes import Classes, Column, arrow, factor

Distance = Literal["equal", "ordered"]
_DENSE = 4


@dataclass(frozen=True)
class Diversity:
    """What the classes tell of one sensitive attribute.

    `distinct` is the l of distinct l-diversity, `entropy` the largest l for which entropy l-diversity holds, `c` the
    smallest whole c for which recursive (c, distinct)-diversity holds (None where distinct is 1), `t` the largest
    distance of a class from all records, between 0 and 1.
    """

    distinct: int
    entropy: float
    c: int | None
    t: float
    distance: Distance


def k_of(classes: Classes) -> int:
    """The size of the smallest class; 0 if everything is suppressed."""
    return int(classes.sizes.min()) if len(classes.sizes) else 0


def diversity(classes: Classes, values: Column, *, distance: Distance | None = None) -> Diversity:
    """What is told of one sensitive attribute; `distance` is by default that of its type. Raises ColumnWrong."""
    array = arrow(values)
    chosen: Distance = distance or ("ordered" if _has_order(array.type) else "equal")
    coded = factor(array, ordered=chosen == "ordered")
    kept = classes.of >= 0
    if not kept.any():
        return Diversity(0, 0.0, None, 0.0, chosen)
    cells = _cells(classes.of[kept], coded.codes[kept], coded.size)
    distinct = int(np.diff(np.append(cells.starts, len(cells.counts))).min())
    closeness = _ordered if chosen == "ordered" else _equal
    return Diversity(distinct, _entropy(cells), _c(cells, distinct), closeness(cells), chosen)


@dataclass(frozen=True)
class _Cells:
    """How often each value occurs in each class, only where it does; sorted by class, then value.

    `starts` is where each class begins, `sizes` its records, `all` how often each value occurs in all of them.
    """

    owner: np.ndarray
    value: np.ndarray
    counts: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    all: np.ndarray


def _cells(of: np.ndarray, codes: np.ndarray, size: int) -> _Cells:
    everything = np.bincount(codes, minlength=size)
    # A value that occurs in no released record is none; pycanon never sees it either.
    names, everything = np.cumsum(everything > 0) - 1, everything[everything > 0]
    size = len(everything)
    joint, counts = _counted(of * size + names[codes], (int(of.max()) + 1) * size)
    owner, value = joint // size, joint % size
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    return _Cells(owner, value, counts, starts, np.add.reduceat(counts, starts), everything)


def _counted(numbers: np.ndarray, span: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers that occur, sorted, and how often."""
    if span <= _DENSE * len(numbers):
        counts = np.bincount(numbers, minlength=span)
        present = np.flatnonzero(counts)
        return present, counts[present]
    ordered = np.sort(numbers)
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[0] - 1))
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def _entropy(cells: _Cells) -> float:
    share = cells.counts / cells.sizes[cells.owner]
    return float(np.exp(-np.add.reduceat(share * np.log(share), cells.starts).max()))


def _c(cells: _Cells, distinct: int) -> int | None:
    """r1 < c (rl + … + rm) for the counts r1 ≥ r2 ≥ … of every class."""
    if distinct < 2:
        return None
    most = int(cells.counts.max())
    falling = np.sort(cells.owner * (most + 1) + (most - cells.counts))
    counts, place = most - falling % (most + 1), np.arange(len(falling)) - cells.starts[cells.owner]
    tail = np.add.reduceat(np.where(place >= distinct - 1, counts, 0), cells.starts)
    return int((counts[cells.starts] // tail).max()) + 1


def _equal(cells: _Cells) -> float:
    """Half the sum of |q - p| over all values; a value that a class lacks adds its p."""
    p = (cells.all / cells.all.sum())[cells.value]
    q = cells.counts / cells.sizes[cells.owner]
    present = np.add.reduceat(np.abs(q - p) - p, cells.starts)
    return float((present.max() + 1) / 2) if len(cells.all) > 1 else 0.0


def _ordered(cells: _Cells) -> float:
    """Sum of |Q - P| over all values but the last, over their number; Q and P are the running sums of q and p.

    Between two values that a class holds Q stands still and P rises, so the sum over the stretch is known from the
    place where P passes Q and from the running sums of P; stretches are as many as cells.
    """
    values, records = len(cells.all), int(cells.all.sum())
    if values == 1:
        return 0.0
    below = np.cumsum(cells.all)
    area = np.concatenate([[0], np.cumsum(below)])
    running = np.cumsum(cells.counts)
    before = np.concatenate([[0], running])[cells.starts]
    reached = running - before[cells.owner]
    q = reached / cells.sizes[cells.owner]
    ends = np.append(cells.value[1:], values)
    ends[np.append(cells.starts[1:], len(ends)) - 1] = values
    # Whole numbers as far as they go: what is subtracted from one another is exact.
    passes = -(-reached * records // cells.sizes[cells.owner])
    cross = np.clip(np.searchsorted(below, passes), cells.value, ends)
    first = q * (cross - cells.value) - (area[cross] - area[cells.value]) / records
    second = (area[ends] - area[cross]) / records - q * (ends - cross)
    total = np.add.reduceat(first + second, cells.starts) + area[cells.value[cells.starts]] / records
    return float(total.max() / (values - 1))


def _has_order(kind: pa.DataType) -> bool:
    """Numbers and dates; a truth value has the same distance either way."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or _is_time(kind)


def _is_time(kind: pa.DataType) -> bool:
    return pa.types.is_temporal(kind)

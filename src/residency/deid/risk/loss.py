"""What making records coarser costs, by five measures, so that a proposal can be weighed.

    loss_of(columns, levels, classes)
    Loss(loss=0.31, iloss=0.3, entropy=0.42, discernibility=0.002, suppressed=0.04)

All lie between 0 (as it was) and 1 (nothing left), over all cells, a suppressed record having lost everything. `loss`
is that of Iyengar 2002 (ARX: loss; granularity is 1 - loss): of the values that occur, how many a group hides behind;
`iloss` that of Xiao and Tao 2006, the same over all values; `entropy` the non-uniform entropy of Gionis and Tassa 2009
over that of having nothing; `discernibility` the penalty of Bayardo and Agrawal 2005 over its largest, which is records
squared. Not here: choosing by it (`propose`).
"""

from collections.abc import Sequence

import numpy as np

from residency.deid.risk.classes import Classes, Factor
from residency.deid.risk.hierarchy import Level
from residency.kernel.record import Part


class Loss(Part):
    """Information that is lost, each from 0 to 1."""

    loss: float
    iloss: float
    entropy: float
    discernibility: float
    suppressed: float


def loss_of(columns: Sequence[Factor], levels: Sequence[Level], classes: Classes) -> Loss:
    """The loss of all records, each column taken to its level and the rows outside of `classes` suppressed."""
    rows, kept = len(classes.of), classes.of >= 0
    if not rows:
        return Loss(loss=0.0, iloss=0.0, entropy=0.0, discernibility=0.0, suppressed=0.0)
    suppressed = classes.suppressed / rows
    cells = [(column, level, level.groups[column.codes[kept]]) for column, level in zip(columns, levels, strict=True)]
    hidden = [(hidden_values(level)[groups], column.size) for column, level, groups in cells]
    lost = [float(((count - 1) / max(size - 1, 1)).sum()) / rows for count, size in hidden]
    inner = [float((np.where(count > 1, count - 1, 0) / size).sum()) / rows for count, size in hidden]
    bits = [_bits(column, level, kept) for column, level, _ in cells]
    sizes = classes.sizes.astype(float)
    return Loss(
        loss=float(np.mean(lost)) + suppressed,
        iloss=float(np.mean(inner)) + suppressed,
        entropy=_share(sum(spent for spent, _ in bits), sum(most for _, most in bits)),
        discernibility=float((sizes**2).sum() / rows**2) + suppressed,
        suppressed=suppressed,
    )


def hidden_values(level: Level) -> np.ndarray:
    """How many of the values that occur are in each group."""
    return np.bincount(level.groups, minlength=level.size)


def _bits(column: Factor, level: Level, kept: np.ndarray) -> tuple[float, float]:
    """The bits that a column lost, and those of losing every value."""
    counts = np.bincount(column.codes, minlength=column.size).astype(float)
    in_group = np.bincount(level.groups, weights=counts, minlength=level.size)
    with np.errstate(divide="ignore"):
        all_of_it = -np.log2(counts / counts.sum())
        within = -np.log2(counts / in_group[level.groups])
    return float(np.where(kept, within[column.codes], all_of_it[column.codes]).sum()), float(
        all_of_it[column.codes].sum()
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0

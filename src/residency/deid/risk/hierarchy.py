"""Hierarchies: the steps by which a quasi-identifier is made coarser, from what stands there to nothing.

    Hierarchy(bands=(5, 10, 20), top=90)          ages: bands of five years, of ten, of twenty; 90 and over is one
    Hierarchy(prefix=(3, 1))                      ZIP codes: three digits, one digit
    Hierarchy(dates=("month", "year", "decade"))
    Hierarchy(tree={"circulation": ["I21", "I50"], "lungs": {"infection": ["J18"], "other": ["J44"]}})

`levels_of` gives for each step which values fall together; the first step changes nothing, the last leaves nothing
("*"). Every step joins whole groups of the one before, which is what the search stands on: bands that do not fit into
the next are refused. A missing value, or one that the rule cannot read (several values of one subject), stays by itself
until the last step. Not here: choosing the steps (`propose`), what they cost (`loss`).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import floor
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
from pydantic import Field, PositiveInt, model_validator

from residency.deid.risk.classes import factor
from residency.errors import BadInput
from residency.kernel.record import Part

Unit = Literal["month", "year", "decade"]
_CUT: dict[Unit, Callable[[str, str], str]] = {
    "month": lambda year, month: f"{year}-{month}",
    "year": lambda year, month: year,
    "decade": lambda year, month: f"{year[:3]}0s",
}
_DATE = re.compile(r"(?P<year>\d{4})(?:[-/]?(?P<month>\d\d).*)?", re.DOTALL)
NOTHING = "*"
"""The last step of every hierarchy."""


class HierarchyWrong(BadInput):
    """A hierarchy does not cover the values that it is for."""


class Hierarchy(Part):
    """One way of making a column coarser; without any, its values stay as they are or go."""

    bands: tuple[PositiveInt, ...] = Field((), description="Widths of bands of numbers, each a multiple of the last.")
    top: int | None = Field(None, description="From this number on one band: 90 for ages, 164.514(b)(2)(i)(C).")
    prefix: tuple[PositiveInt, ...] = Field((), description="How many characters are left, fewer each time.")
    dates: tuple[Unit, ...] = Field((), description="What is left of a date, coarser each time.")
    tree: dict[str, Any] = Field({}, description="Groups of groups of values.")

    @model_validator(mode="after")
    def _is_one_ladder(self) -> Self:
        if sum(map(bool, (self.bands, self.prefix, self.dates, self.tree))) > 1:
            raise ValueError("a hierarchy has one of bands, prefix, dates, tree")
        if any(wide % narrow or wide == narrow for narrow, wide in pairwise(self.bands)):
            raise ValueError("every width of the bands must be a multiple of the one before")
        if any(more <= fewer for more, fewer in pairwise(self.prefix)):
            raise ValueError("every prefix must be shorter than the one before")
        units = list(_CUT)
        if any(units.index(fine) >= units.index(coarse) for fine, coarse in pairwise(self.dates)):
            raise ValueError("dates go from month to year to decade")
        return self


@dataclass(frozen=True)
class Level:
    """A step: `groups[value]` is where a value falls, from 0 to `size` - 1; `says` names the step, not its groups."""

    says: str
    groups: np.ndarray
    size: int


def levels_of(hierarchy: Hierarchy, values: pa.Array) -> list[Level]:
    """All steps for the different values of a column; raises HierarchyWrong if a tree lacks some of them."""
    said = values.to_pylist()
    levels = [Level("as it is", np.arange(len(said)), max(len(said), 1))]
    for says, names in _steps(hierarchy, said):
        found = factor(pa.array(names, pa.string()))
        levels.append(Level(says, found.codes, found.size))
    if levels[-1].size > 1 or len(levels) == 1:
        levels.append(Level(NOTHING, np.zeros(len(said), np.int64), 1))
    return levels


def _steps(hierarchy: Hierarchy, values: list[Any]) -> Iterator[tuple[str, list[str]]]:
    for width in hierarchy.bands:
        yield f"bands of {width}", [_band(value, width, hierarchy.top) for value in values]
    for length in hierarchy.prefix:
        yield f"first {length}", [_alone(value) if value is None else str(value)[:length] for value in values]
    for unit in hierarchy.dates:
        yield unit, [_cut_date(value, unit) for value in values]
    yield from _branches(hierarchy.tree, values)


def _alone(value: Any) -> str:
    """A name that no group has."""
    return "\0missing" if value is None else f"\0{value}"


def _band(value: Any, width: int, top: int | None) -> str:
    try:
        number = float(value)
        low = floor(number / width) * width
    except (TypeError, ValueError, OverflowError):
        return _alone(value)
    return f"{top}+" if top is not None and number >= top else str(low)


def _cut_date(value: Any, unit: Unit) -> str:
    match = _DATE.fullmatch(str(value)) if value is not None else None
    if match is None:
        return _alone(value)
    return _CUT[unit](match["year"], match["month"] or "?")


def _branches(tree: dict[str, Any], values: list[Any]) -> Iterator[tuple[str, list[str]]]:
    """The tree from its leaves up; where a branch is shorter than others, its values wait until the rest has come."""
    paths = dict(_paths(tree, ()))
    lacking = sum(value is not None and str(value) not in paths for value in values)
    if tree and lacking:
        raise HierarchyWrong(f"The tree lacks {lacking} values that occur.", remedy="Name every value in the tree.")
    depth = max(map(len, paths.values()), default=0)
    for kept in range(depth - 1, -1, -1):
        names = [_alone(value) if value is None else "\0".join(paths[str(value)][: kept + 1]) for value in values]
        yield f"groups at depth {kept + 1}", names


def _paths(tree: Any, above: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each leaf with the groups that it is in, the widest first."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield from _paths(inner, (*above, str(name)))
    else:
        for leaf in tree if isinstance(tree, list) else [tree]:
            yield str(leaf), above

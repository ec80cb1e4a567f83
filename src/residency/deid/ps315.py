"""PS3.15 Table E.1-1 as data: every row, its action under the Basic Profile, and its ten option columns.

    rows()["0010,0010"].basic  ->  "Z"

The file `ps315.json` beside this module names its source, its edition and its date; `tools/make_ps315_table.py` writes
it. Not here: what the actions mean for an element (`actions`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Row:
    """One attribute: `basic` is its action code (X, Z, D, U or a compound), `options` the cells that are not empty."""

    tag: str
    name: str
    basic: str
    options: Mapping[str, str]


def edition() -> str:
    """The edition of the standard that the table was read from."""
    return _document()["edition"]


def columns() -> tuple[str, ...]:
    """The names of the ten option columns."""
    return tuple(_document()["row"][5:])


@cache
def rows() -> Mapping[str, Row]:
    """Every row by tag as written: "0010,0010", and "50xx,xxxx", "60xx,3000", "60xx,4000" and "private"."""
    return MappingProxyType({cells[0]: _row(cells) for cells in _document()["rows"]})


def _row(cells: list) -> Row:
    cell_of = {column: cell for column, cell in zip(columns(), cells[5:], strict=True) if cell}
    return Row(cells[0], cells[1], cells[4], MappingProxyType(cell_of))


@cache
def _document() -> dict:
    return json.loads(files("residency.deid").joinpath("ps315.json").read_text("utf-8"))

"""The tables of PS3.15 Annex E as data: E.1-1 for attributes with its ten option columns, E.3.4-1 for content items.

    rows()["0010,0010"].basic                                    ->  "Z"
    content_items()["121033", "DCM", "NUM"].basic                ->  "X"      the subject's age in a structured report

The files `ps315.json` and `content_items.json` beside this module name their source, their edition and their date;
`tools/make_ps315_table.py` writes them. Not here: what the actions mean for an element (`actions`).
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


@dataclass(frozen=True, slots=True)
class ContentItem:
    """One kind of content item: `basic` is its action (X, D or X/D), `options` the cells that are not empty."""

    meaning: str
    basic: str
    options: Mapping[str, str]


def edition() -> str:
    """The edition of the standard that the table was read from."""
    return _document("ps315")["edition"]


def columns() -> tuple[str, ...]:
    """The names of the ten option columns."""
    return tuple(_document("ps315")["row"][5:])


@cache
def rows() -> Mapping[str, Row]:
    """Every row by tag as written: "0010,0010", and "50xx,xxxx", "60xx,3000", "60xx,4000" and "private"."""
    document = _document("ps315")
    return MappingProxyType({row[0]: Row(row[0], row[1], row[4], _options(document, row)) for row in document["rows"]})


@cache
def content_items() -> Mapping[tuple[str, str, str], ContentItem]:
    """Every content item by code, coding scheme and value type."""
    document = _document("content_items")
    return MappingProxyType(
        {(row[0], row[1], row[2]): ContentItem(row[3], row[4], _options(document, row)) for row in document["rows"]}
    )


def _options(document: dict, row: list) -> Mapping[str, str]:
    cells = zip(document["row"][5:], row[5:], strict=True)
    return MappingProxyType({column: cell for column, cell in cells if cell})


@cache
def _document(name: str) -> dict:
    return json.loads(files("residency.deid").joinpath(f"{name}.json").read_text("utf-8"))

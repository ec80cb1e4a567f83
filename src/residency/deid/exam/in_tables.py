"""Identifiers of nobody in the cells of a copy of a table in CSV, by what its map says of each column.

    sown = plant_table("labs.csv", data, draw, chart)

A cell that names somebody gets an invented value of its own shape; a free text gets a sentence more; a column that no
map names gets a name; one that stays is planted into only where the site's own value looks like a name or long number.
The column of the subject stays: it says whose the row is. Not here: cleaning (`folders.examining`).
"""

import csv
import io
import random
import re

from residency.deid.exam.in_notes import sayings
from residency.deid.exam.sown import Seed, Sown, mail_of, spoken
from residency.deid.exam.stranger import invented
from residency.deid.tables.column_map import ColumnMap

_ROWS = 8
_KEPT = ("keep", "code", "number", "concept")
_TWO_WORDS = re.compile(r"[A-Z][a-z]+,? [A-Z][a-z]+")
_NUMBER = re.compile(r"[A-Za-z]{0,4}(?:[ ()+.-]?\d){7,}")
_SHAPE_OF = {
    "name": "name",
    "phone": "phone",
    "fax": "phone",
    "place": "address",
    "institution": "institution",
    **dict.fromkeys(("record-number", "account", "ssn", "plan-number", "id"), "number"),
}


def plant_table(name: str, data: bytes, draw: random.Random, chart: ColumnMap | None) -> Sown | None:
    """None where no map says what the columns are, or the table is no CSV in UTF-8."""
    try:
        sep = "\t" if name.lower().endswith(".tsv") else ","
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=sep))
    except (UnicodeDecodeError, csv.Error):
        return None
    if chart is None or len(rows) < 2:
        return None
    columns, seeds = chart.by_name(), []
    for row in draw.sample(rows[1:], min(_ROWS, len(rows) - 1)):
        for at, title in enumerate(rows[0][: len(row)]):
            column = columns.get(title.strip().lower())
            seed = _into(row, at, column.kind if column else "", draw)
            seeds += [seed] if seed else []
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=sep, lineterminator="\n").writerows(rows)
    return Sown(name, out.getvalue().encode(), tuple(seeds))


def _into(row: list[str], at: int, column: str, draw: random.Random) -> Seed | None:
    """A new value of the cell."""
    shape = _SHAPE_OF.get(column, "") or (_looks_like(row[at]) if column in _KEPT else "")
    who = invented({shape: row[at].replace(" ", "^") if shape == "name" else row[at]} if shape else {}, draw)
    if column == "text":
        kind, sentence, words = draw.choice(sayings(who, draw))
        row[at] = f"{row[at]} {sentence}".strip()
        return Seed(kind, "free text", words)
    if column == "mail":
        row[at] = mail_of(who)
        return Seed("mail", "cell", (row[at],))
    if not shape and column:
        return None
    kind = shape or "name"
    row[at] = spoken(who.name) if kind == "name" else str(getattr(who, kind))
    words = tuple(row[at].split()) if kind == "name" else (row[at],)
    return Seed(kind, _place(column), words)


def _place(column: str) -> str:
    return "kept column" if column in _KEPT else "cell" if column else "unmapped column"


def _looks_like(value: str) -> str:
    """What somebody would take it for."""
    return "name" if _TWO_WORDS.fullmatch(value) else "number" if _NUMBER.fullmatch(value) else ""

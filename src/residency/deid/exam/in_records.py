"""Identifiers of nobody in the texts of a copy of a table of OMOP or of the events of MEDS, in CSV or Parquet.

    sown = plant_omop("note.parquet", data, draw)
    sown = plant_meds("part-0.parquet", data, draw)

Columns are known by the names that the models give them; one that no model has is added, as sites add them. Numbers,
dates and what says whose a row is stay. Parquet is written by pyarrow. Not here: tables of the site's own
(`in_tables`); cleaning (`folders.examining`).
"""

import csv
import io
import random
from collections.abc import Callable
from typing import Any

from residency.deid.exam.in_notes import own, sayings
from residency.deid.exam.sown import Seed, Sown, spoken
from residency.deid.exam.stranger import Stranger, invented

_ROWS = 8
_ADDED = "local_remark"
_TEXTS = frozenset(
    ["note_text", "note_title", "sig", "stop_reason", "value_as_string", "snippet", "lexical_variant", "text_value"]
)
_CELLS = {
    _ADDED: "name",
    "provider_name": "name",
    "care_site_name": "institution",
    **dict.fromkeys(("npi", "dea", "unique_device_id", "production_id", "lot_number"), "number"),
    **dict.fromkeys(("address_1", "address_2", "city", "county"), "address"),
}
Values = dict[str, list[Any]]


def plant_omop(name: str, data: bytes, draw: random.Random) -> Sown | None:
    """None where the table can be read neither as Parquet nor as CSV in UTF-8, or is empty."""
    return _planted(name, data, draw, lambda title: title.endswith("_source_value"))


def plant_meds(name: str, data: bytes, draw: random.Random) -> Sown | None:
    """None where the file is no Parquet, or empty."""
    return _planted(name, data, draw, lambda _: False)


def _planted(name: str, data: bytes, draw: random.Random, source: Callable[[str], bool]) -> Sown | None:
    if data[:4] == b"PAR1":
        return _in_parquet(name, data, draw, source)
    try:
        sep = "\t" if name.lower().endswith(".tsv") else ","
        titles, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=sep)
    except (ValueError, csv.Error):
        return None
    if not rows or any(len(row) != len(titles) for row in rows):
        return None
    columns: Values = {title: [row[at] for row in rows] for at, title in enumerate(titles)}
    if len(columns) != len(titles):
        return None
    seeds = _into(columns, draw, source)
    out = io.StringIO(newline="")
    write = csv.writer(out, delimiter=sep, lineterminator="\n")
    write.writerow(columns)
    write.writerows(zip(*columns.values(), strict=True))
    return Sown(name, out.getvalue().encode(), seeds)


def _in_parquet(name: str, data: bytes, draw: random.Random, source: Callable[[str], bool]) -> Sown | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError):
        return None
    texts = [one.name for one in table.schema if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)]
    columns: Values = {title: table.column(title).to_pylist() for title in texts}
    if not table.num_rows:
        return None
    columns.setdefault(_ADDED, [None] * table.num_rows)
    seeds = _into(columns, draw, source)
    for title, values in columns.items():
        if title in texts:
            at = table.schema.get_field_index(title)
            table = table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))
        else:
            table = table.append_column(title, pa.array(values, pa.string()))
    target = io.BytesIO()
    pq.write_table(table, target)
    return Sown(name, target.getvalue(), seeds)


def _into(columns: Values, draw: random.Random, source: Callable[[str], bool]) -> tuple[Seed, ...]:
    """New values of some rows; a column of the site's own at the end."""
    count = len(next(iter(columns.values())))
    columns.setdefault(_ADDED, [""] * count)
    seeds = []
    for row in sorted(draw.sample(range(count), min(_ROWS, count))):
        who = invented({}, draw)
        for title, values in columns.items():
            made = _value(title.lower(), who, draw, values[row] or "", source)
            if made is not None:
                values[row], seed = made
                seeds.append(seed)
    return tuple(seeds)


def _value(
    title: str, who: Stranger, draw: random.Random, stood: str, source: Callable[[str], bool]
) -> tuple[str, Seed] | None:
    """What a column of this title gets, and what of it may not be seen; None where nothing is planted."""
    name = spoken(who.name)
    if title in _TEXTS:
        kind, sentence, words = draw.choice(sayings(who, draw))
        return f"{stood} {sentence}".strip(), Seed(kind, "free text", words)
    if title == "code":
        return f"{stood} {name}".strip(), Seed("name", "after a code", tuple(name.split()))
    kind = "number" if source(title) else _CELLS.get(title, "")
    if not kind:
        return None
    value = name if kind == "name" else str(getattr(who, kind))
    words = tuple(name.split()) if kind == "name" else own(value) if kind in ("address", "institution") else (value,)
    place = "column of no model" if title == _ADDED else "source value" if source(title) else "cell"
    return value, Seed(kind, place, words)

"""The linked record: everything an attacker may know of a subject, from all tables and images, in one row.

    linked = link(plan, {"images": images_table(subjects), "conditions": conditions})
    classes_of(linked.quasi, list(linked.quasi))

Risk of a table by itself says little: who is one of thousands by sex and age band may be the only one with three visits
in 2019 and a rare code. Every subject of any table has one row; who is absent from a table has no value there, and that
is known too. Where the rows of one subject differ, all their values together are the value, so that joining never makes
anybody look less alone. Two subjects who share one code are one row here, as they are one person to an attacker.
Refuses a table without its column of subjects. Not here: what is taken (`quasi`), who is alike (`classes`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from residency.deid.risk.classes import ColumnWrong, arrow, column, factor
from residency.deid.risk.codes import CodeSets, joined_sets, rare_sets
from residency.deid.risk.quasi import IMAGES, SERIES, Plan, QuasiIdentifier, Sensitive, SubjectColumn
from residency.errors import Missing
from residency.ingest.subjects import ATTRIBUTES, Subject

_DATED = re.compile(r"\d{4}([-/]\d|\d{4}|\d\d$|$)")


class TableMissing(Missing):
    """The plan takes something from a table that is not there."""


@dataclass(frozen=True)
class Linked:
    """One row a subject. `codes` are the sets behind columns of kind codes; `only_in_tables` lack images."""

    subjects: int
    quasi: dict[str, pa.Array]
    sensitive: dict[str, pa.Array]
    codes: dict[str, CodeSets] = field(default_factory=dict)
    only_in_tables: int = 0


def link(plan: Plan, tables: Mapping[str, pa.Table]) -> Linked:
    """Join the tables by subject; raises TableMissing, ColumnWrong."""
    for name in sorted(plan.sources() - tables.keys()):
        raise TableMissing(f"There is no table '{name}'.", remedy="Give its file: --table FILE; its name is its stem.")
    named = {name: _subjects(plan, name, table) for name, table in sorted(tables.items())}
    everybody = factor(pa.concat_arrays(list(named.values())) if named else pa.array([], pa.string()))
    ends = np.cumsum([0, *map(len, named.values())])
    rows = {
        name: _Rows(everybody.codes[a:b], everybody.size, tables[name])
        for name, a, b in zip(named, ends, ends[1:], strict=False)
    }
    codes = {one.name: _codes(one, rows[one.source]) for one in plan.quasi if one.kind == "codes"}
    imaged = np.zeros(everybody.size, bool)
    if IMAGES in rows:
        imaged[rows[IMAGES].of] = True
    return Linked(
        subjects=everybody.size,
        quasi={one.name: _quasi(one, rows[one.source], codes) for one in plan.quasi},
        sensitive={one.name: _value(one, rows[one.source]) for one in plan.sensitive},
        codes=codes,
        only_in_tables=int((~imaged).sum()) if IMAGES in rows else 0,
    )


def images_table(subjects: Iterable[Subject]) -> pa.Table:
    """The sealed table of subjects of an intake or a cleaning; an attribute that may not be kept is null for all."""
    rows = list(subjects)
    columns = {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in ("subject", *ATTRIBUTES)}
    return pa.table(columns)


def series_table(subjects: Iterable[str]) -> pa.Table:
    """One row for each series, of which only the subject is taken."""
    return pa.table({"subject": pa.array(list(subjects), pa.string())})


@dataclass(frozen=True)
class _Rows:
    """A table with the number of the subject of each row."""

    of: np.ndarray
    subjects: int
    table: pa.Table

    def pairs(self, values: pa.Array) -> tuple[np.ndarray, pa.Array]:
        """Each subject with each of their values once, sorted by both; missing values are none."""
        known = values.is_valid()
        found = factor(values.filter(known), ordered=True)
        joint = np.unique(self.of[known.to_numpy(zero_copy_only=False)] * max(found.size, 1) + found.codes)
        return joint // max(found.size, 1), found.values.take(pa.array(joint % max(found.size, 1)))


def _subjects(plan: Plan, name: str, table: pa.Table) -> pa.Array:
    default = SubjectColumn() if name in (IMAGES, SERIES) else plan.tables.get(name, SubjectColumn())
    if default.subject not in table.column_names:
        raise ColumnWrong(
            f"The table '{name}' has no column '{default.subject}' that names the subject.",
            remedy="Say which column does: --subject, or tables: in the plan.",
        )
    values = arrow(column(table, default.subject))
    if values.null_count:
        raise ColumnWrong(
            f"{values.null_count} rows of '{name}' name no subject.", remedy="Give every row its subject."
        )
    return values.cast(pa.string())


def _quasi(one: QuasiIdentifier, rows: _Rows, codes: Mapping[str, CodeSets]) -> pa.Array:
    if one.kind == "count":
        return pa.array(np.bincount(rows.of, minlength=rows.subjects))
    if one.kind == "years":
        return _together(rows, _years(arrow(column(rows.table, one.of)), one.name))
    return rare_sets(codes[one.name], one.rare_below) if one.kind == "codes" else _value(one, rows)


def _value(one: Sensitive, rows: _Rows) -> pa.Array:
    return _together(rows, arrow(column(rows.table, one.of)))


def _together(rows: _Rows, values: pa.Array) -> pa.Array:
    """The value of each subject; a text of all of them if anybody has several, which keeps who has one apart."""
    subject, distinct = rows.pairs(values)
    counts = np.bincount(subject, minlength=rows.subjects)
    if len(counts) and counts.max() > 1:
        return joined_sets(subject, distinct, rows.subjects)
    places = np.full(rows.subjects, -1)
    places[subject] = np.arange(len(subject))
    return distinct.take(pa.array(places, mask=places < 0))


def _years(values: pa.Array, name: str) -> pa.Array:
    if pa.types.is_temporal(values.type) and not pa.types.is_time(values.type):
        return pc.call_function("year", [values])
    texts = values.cast(pa.string())
    found = factor(texts)
    if any(text is not None and not _DATED.match(text) for text in found.values.to_pylist()):
        raise ColumnWrong(f"The column of '{name}' holds what is no date.", remedy="Write dates as YYYY-MM-DD.")
    years = pa.array([None if text is None else int(text[:4]) for text in found.values.to_pylist()], pa.int64())
    return years.take(pa.array(found.codes))


def _codes(one: QuasiIdentifier, rows: _Rows) -> CodeSets:
    subject, distinct = rows.pairs(arrow(column(rows.table, one.of)))
    found = factor(distinct)
    return CodeSets(subject, found.codes, rows.subjects, found.size)

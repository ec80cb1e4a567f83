"""OMOP CDM 5.4: the tables of one export, each by the kinds of its columns.

    export = OmopExport(desk, harvest_omop([("person", file), ("location", file), ("note", file)]))
    outcome = export.clean("visit_occurrence", source, sink, "parquet")

Identifiers become whole numbers, the same in all tables of the export. Where dates move, so do year, month and day of
birth, as one date; of somebody over 89 they are empty. Where only years may stay, a DATE becomes a whole year and a
TIMESTAMP is left empty. Links to an event of any table (`*_event_id`) are left out. Tables that are not in
recipes/tables/omop.yaml are held back. Not here: which table a file holds (`ingest.ehr.omop`).
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute
from pydantic import Field

from residency.deid.tables import kinds
from residency.deid.tables.batches import Form, read_batches, writer
from residency.deid.tables.columns import Column, Whose
from residency.deid.tables.harvest import OmopHarvest
from residency.deid.tables.numbering import Numbers
from residency.deid.tables.outcome import NO_RULE, Held, Outcome
from residency.deid.tables.subjects import Desk, Subjects
from residency.deid.tables.table import Plan, Room, clean_table
from residency.kernel.documents import parse_yaml
from residency.kernel.record import Part

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, so that no checker of types can see them."""
_BIRTH = ("year_of_birth", "month_of_birth", "day_of_birth")
_UNIT = "unit_concept_id"


class OmopTable(Part):
    """What the columns of one table are."""

    subject: str
    via: str = ""
    things: dict[str, str] = Field(default_factory=dict)
    codes: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    instants: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    births: tuple[str, ...] = ()
    birth_years: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    ages: dict[str, str] = Field(default_factory=dict)
    texts: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    zips: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()

    def columns(self) -> dict[str, Column]:
        """Every column by its name."""
        plain = {"codes": "concept", "dates": "date", "instants": "instant", "times": "time", "births": "birth-date"}
        plain |= {"birth_years": "birth-year", "numbers": "number", "texts": "text", "keeps": "keep", "states": "state"}
        plain |= {"zips": "zip", "empty": "remove"}
        made = {name: Column(kind=kind) for group, kind in plain.items() for name in getattr(self, group)}
        made |= {name: Column(kind="thing", thing=thing, whole=True) for name, thing in self.things.items()}
        if self.subject and not self.via:
            made[self.subject] = Column(kind="subject", whole=True)
        return made


class OmopRules(Part):
    """The tables of the model, the concepts that say an age, and that of the unit in which no other value is so old."""

    version: int
    age_concepts: frozenset[int]
    year: int
    tables: dict[str, OmopTable]


@cache
def rules() -> OmopRules:
    """The rules that come with the product."""
    return OmopRules.model_validate(parse_yaml(kinds.rules_text("omop")))


class OmopExport:
    """The tables of one export, cleaned one after another under the same numbers."""

    __slots__ = ("_notes", "_room")

    def __init__(self, desk: Desk, harvest: OmopHarvest) -> None:
        self._room = Room(desk, Subjects(desk, harvest.told), Numbers(desk.names))
        self._notes = harvest.notes

    def clean(self, table: str, source: BinaryIO, sink: BinaryIO, form: Form) -> Outcome:
        """Clean one table; raises EhrUnreadable where the file is of another form, CodesCollide as `Numbers` does."""
        batches = read_batches(source, form)
        rule = rules().tables.get(table)
        if rule is None:
            held = [Held(number, NO_RULE) for batch in batches for number in _numbers(batch)]
            return Outcome(len(held), 0, tuple(held))
        via = self._notes if rule.via else None
        plan = Plan(rule.columns(), rule.subject, "omop", via, shaped=True)

        def amend(before: Any, after: Any, whose: Whose) -> Any:
            made = _ages(before, after, rule.ages)
            return _births(before, made, whose) if table == "person" else made

        with writer(sink, form) as write:
            return clean_table(batches, write, plan, self._room, amend)


def _numbers(batch: Any) -> Iterable[int]:
    return [*batch.numbers, *(torn.record for torn in batch.torn)]


def _ages(before: Any, after: Any, ages: Mapping[str, str]) -> Any:
    """Values over 89 become 90 where the concept beside them says an age, or their unit is the year."""
    places = {name.lower(): number for number, name in enumerate(after.schema.names)}
    for value, concept in ages.items():
        if value not in places or concept not in places:
            continue
        column = after.column(places[value])
        said = pa.array(sorted(rules().age_concepts), pa.int64())
        is_age = pc.is_in(pc.cast(after.column(places[concept]), pa.int64(), safe=False), said)
        if _UNIT in places:
            years = pc.equal(pc.cast(after.column(places[_UNIT]), pa.int64(), safe=False), rules().year)
            is_age = pc.or_(is_age, pc.fill_null(years, False))
        old = pc.and_(is_age, pc.greater(pc.cast(column, pa.float64(), safe=False), kinds.OLDEST))
        capped = pc.if_else(pc.fill_null(old, False), pa.scalar("90"), column.cast(pa.string()))
        after = after.set_column(places[value], after.schema.names[places[value]], capped.cast(column.type))
    return after


def _births(before: Any, after: Any, whose: Whose) -> Any:
    """Year, month and day of birth, moved as one date where dates move."""
    places = {name.lower(): number for number, name in enumerate(after.schema.names)}
    there = {name.lower(): number for number, name in enumerate(before.schema.names)}
    if whose.years_only or not all(name in there and name in places for name in _BIRTH):
        return after
    stood = zip(*(before.column(there[name]).to_pylist() for name in _BIRTH), strict=True)
    moved: list[date | None] = []
    for (year, month, day), number in zip(stood, whose.index.tolist(), strict=True):
        subject = whose.subjects[number]
        born = None if subject.over_89 else _day(year, month, day)
        moved.append(subject.alias.dates.moved(born) if born else None)
    for name, part in zip(_BIRTH, ("year", "month", "day"), strict=True):
        old = after.column(places[name]).to_pylist()
        new = [getattr(day, part) if day else value for day, value in zip(moved, old, strict=True)]
        kind = after.column(places[name]).type
        whole = pa.array([None if value is None else int(value) for value in new], pa.int64())
        after = after.set_column(places[name], after.schema.names[places[name]], whole.cast(kind))
    return after


def _day(year: Any, month: Any, day: Any) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except (TypeError, ValueError):
        return None

"""What tables of rows name: a first reading of OMOP, MEDS and mapped CSV, before any is cleaned.

    found = harvest_omop([("person", (file, "csv")), ("location", (file, "csv"))])
    told = harvest_meds(file)
    told = harvest_csv(file, column_map)

OMOP names little: a source value, an address, a provider. Identifiers shorter than four signs are not looked for: they
stand everywhere by chance. Not here: FHIR (`fhir_harvest`), spellings (`identifiers`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

from residency.deid.tables.batches import Form, of_parquet, read_batches
from residency.deid.tables.column_map import ColumnMap
from residency.deid.tables.columns import Column
from residency.deid.tables.subjects import Key, Told
from residency.ingest.ehr.meds import BIRTH, DEATH, open_meds

_SHORTEST_ID = 4
File = tuple[BinaryIO, Form]


@dataclass(slots=True)
class OmopHarvest:
    """What was told of each person (key ("omop", person_id)), and whose every note is."""

    told: dict[Key, Told] = field(default_factory=dict, repr=False)
    notes: dict[str, str] = field(default_factory=dict, repr=False)

    def of(self, person: str) -> Told:
        """What is told of one person."""
        return self.told.setdefault(("omop", person), Told())


def harvest_omop(files: Iterable[tuple[str, File]]) -> OmopHarvest:
    """Read the tables that name people, and those that say when something happened; a table may come in parts."""
    found, tables = OmopHarvest(), list(files)
    house: dict[str, dict[str, Told]] = {}
    for name, file in tables:
        if name in _HOUSE:
            house.setdefault(name, {}).update(_house(file))
    for name, file in tables:
        if name == "person":
            for row in _rows(file):
                _learn_person(row, found, house)
    for name, file in tables:
        if name not in (*_HOUSE, "person"):
            _learn_events(name, file, found, house)
    return found


def _rows(file: File) -> Iterator[dict[str, Any]]:
    source, form = file
    for batch in read_batches(source, form):
        names = [name.lower() for name in batch.rows.schema.names]
        for values in zip(*(column.to_pylist() for column in batch.rows.columns), strict=True):
            yield dict(zip(names, values, strict=True))
    source.seek(0)


_HOUSE = {
    "location": {"address_1": "parts", "address_2": "parts", "city": "parts", "county": "parts", "zip": "zip"},
    "provider": {"provider_name": "name", "npi": "number", "dea": "number", "provider_source_value": "number"},
    "care_site": {"care_site_name": "institution"},
}


def _house(file: File) -> dict[str, Told]:
    """What the rows of a table of the house name, by their identifiers."""
    made: dict[str, Told] = {}
    for row in _rows(file):
        kind = next((kind for kind in ("provider", "care_site", "location") if _spelled(row.get(f"{kind}_id"))), "")
        if not kind:
            continue
        told = made.setdefault(f"{kind} {_spelled(row[f'{kind}_id'])}", Told())
        for column, fact in _HOUSE[kind].items():
            _add(told, fact, row.get(column))
    return made


def _add(told: Told, fact: str, value: Any) -> None:
    said = _spelled(value)
    if fact == "institution":
        told.add("parts", said, "institution")
    elif fact == "zip":
        told.add("phone", said if len(said) > 5 else "")
    elif fact == "number":
        told.add("number", said if len(said) >= _SHORTEST_ID else "", "id")
    else:
        told.add(fact, said, "address" if fact == "parts" else "")


def _learn_person(row: dict[str, Any], found: OmopHarvest, house: Mapping[str, dict[str, Told]]) -> None:
    person = _spelled(row.get("person_id"))
    if not person:
        return
    told = found.of(person)
    _add(told, "number", person)
    _add(told, "number", row.get("person_source_value"))
    told.born = _born(row)
    if told.born and row.get("day_of_birth") not in (None, ""):
        told.add("birth", told.born.strftime("%Y%m%d"))
    _join_house(told, row, house)


def _join_house(told: Told, row: dict[str, Any], house: Mapping[str, dict[str, Told]]) -> None:
    for kind, known in house.items():
        met = known.get(f"{kind} {_spelled(row.get(f'{kind}_id'))}")
        if met is not None:
            told.facts |= met.facts


def _born(row: dict[str, Any]) -> date | None:
    said = day_of(row.get("birth_datetime"))
    if said is not None:
        return said
    try:
        return date(int(row["year_of_birth"]), int(row.get("month_of_birth") or 1), int(row.get("day_of_birth") or 1))
    except (KeyError, TypeError, ValueError):
        return None


def _learn_events(name: str, file: File, found: OmopHarvest, house: Mapping[str, dict[str, Told]]) -> None:
    """By columns: an event has a day, may lead to the house, and says little else of anybody."""
    source, form = file
    for batch in read_batches(source, form):
        columns = {
            name.lower(): column for name, column in zip(batch.rows.schema.names, batch.rows.columns, strict=True)
        }
        if "person_id" not in columns:
            continue
        people = [_spelled(value) for value in columns["person_id"].to_pylist()]
        for column, array in columns.items():
            pairs = list(zip(people, array.to_pylist(), strict=True)) if column in _TOLD or _is_day(column) else []
            if column == "note_id" and name == "note":
                found.notes.update((_spelled(note), person) for person, note in pairs if person)
            elif _is_day(column):
                _learn_days(name, pairs, found)
            else:
                _learn_links(column, set(pairs), found, house)
    source.seek(0)


_TOLD = {"note_id", "provider_id", "care_site_id", "location_id", "specimen_source_id", "unique_device_id"}


def _is_day(column: str) -> bool:
    return column.endswith("_date")


def _learn_days(name: str, pairs: list[tuple[str, Any]], found: OmopHarvest) -> None:
    last: dict[str, Any] = {}
    for person, day in pairs:
        if person and day is not None and (person not in last or day > last[person]):  # ISO dates sort as texts, too
            last[person] = day
    for person, day in last.items():
        found.of(person).seen(day_of(day))
        if name == "death":
            found.of(person).died = day_of(day)


def _learn_links(
    column: str, pairs: set[tuple[str, Any]], found: OmopHarvest, house: Mapping[str, dict[str, Told]]
) -> None:
    kind = column.removesuffix("_id")
    for person, value in pairs:
        if not person:
            continue
        if kind in house:
            _join_house(found.of(person), {column: value}, house)
        elif column not in ("note_id", "provider_id", "care_site_id", "location_id"):
            _add(found.of(person), "number", value)


def harvest_meds(source: BinaryIO) -> dict[Key, Told]:
    """Births, deaths and last events of the subjects of one file."""
    made: dict[Key, Told] = {}
    source.seek(0)
    for batch in of_parquet(open_meds(source)):
        columns = [batch.rows.column(name).to_pylist() for name in ("subject_id", "time", "code")]
        for subject, time, code in zip(*columns, strict=True):
            told = made.setdefault(("meds", str(subject)), Told())
            day = day_of(time)
            if code == BIRTH and day is not None:
                told.born = day
                told.add("birth", day.strftime("%Y%m%d"))
            elif code == DEATH:
                told.died = day
            elif day is not None:
                told.seen(day)
            _add(told, "number", subject)
    source.seek(0)
    return made


def day_of(value: Any) -> date | None:
    """The day of a date, a time or their text."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def _spelled(value: Any) -> str:
    return "" if value is None or isinstance(value, float | bool) else str(value).strip()


_FACTS = {"name": "name", "place": "parts", "zip": "zip", "birth-date": "birth", "institution": "institution"}
_FACTS |= dict.fromkeys(("phone", "fax", "mail", "url", "ip"), "phone")
_NUMBERED = "ssn record-number plan-number account licence vehicle device id thing subject"
_FACTS |= dict.fromkeys(_NUMBERED.split(), "number")


def harvest_csv(source: BinaryIO, chart: ColumnMap) -> dict[Key, Told]:
    """What the rows of a mapped CSV name of their subjects."""
    made: dict[Key, Told] = {}
    columns, owner = chart.by_name(), chart.subject.column.lower()
    for row in _rows((source, "csv")):
        said = _spelled(row.get(owner))
        if not said:
            continue
        told = made.setdefault((chart.subject.called, said), Told())
        for name, value in row.items():
            column = columns.get(name)
            if column is not None and value:
                _learn_cell(told, column, value)
    return made


def _learn_cell(told: Told, column: Column, value: str) -> None:
    fact = _FACTS.get(column.kind, "")
    day = _day_in(value, column.form) if column.kind in ("birth-date", "date", "instant") else None
    if fact == "birth":
        told.born = told.born or day
        told.add("birth", day.strftime("%Y%m%d") if day else "")
    elif fact:
        _add(told, fact, value)
    else:
        told.seen(day)


def _day_in(value: str, form: str) -> date | None:
    if not form:
        return day_of(value.strip())
    try:
        return datetime.strptime(value.strip(), form).date()
    except ValueError:
        return None

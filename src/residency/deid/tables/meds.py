"""MEDS 0.4: the events of subjects, in and out as Parquet.

    outcome = clean_meds(source, sink, desk)

subject_id becomes the whole number that OMOP's person_id becomes, too; time moves with its subject. The schema knows no
year without a day: where only years may stay, time is the first moment of its year, and the notes of the file say so.
The birth of somebody over 89 keeps its row and loses its time. A code stays if it has the form of codes: letters,
digits, signs, no spaces; what follows a space is text and goes. Text values go through the desk's cleaner. Columns
beyond the schema are left out. Not here: the reading (`ingest.ehr.meds`).
"""

import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute

from residency.deid.tables import kinds
from residency.deid.tables.batches import of_parquet, writer
from residency.deid.tables.columns import Column, Whose
from residency.deid.tables.harvest import harvest_meds
from residency.deid.tables.numbering import Numbers
from residency.deid.tables.outcome import Outcome
from residency.deid.tables.subjects import Desk, Key, Subjects, Told
from residency.deid.tables.table import Plan, Room, clean_table
from residency.ingest.ehr.meds import BIRTH, open_meds

pc: Any = pyarrow.compute
"""Its functions are made when it is imported, so that no checker of types can see them."""
COLUMNS: Mapping[str, Column] = {
    "subject_id": Column(kind="subject", whole=True),
    "time": Column(kind="date"),
    "code": Column(kind="code"),
    "numeric_value": Column(kind="number"),
    "text_value": Column(kind="text"),
}
_AGE = re.compile(r"LOINC//(30525-0|21612-7|29553-5|63900-5)|AGE", re.IGNORECASE)
_TYPES = {"subject_id": pa.int64(), "time": pa.timestamp("us"), "code": pa.string(), "numeric_value": pa.float32()}
_TYPES["text_value"] = pa.large_string()
_YEARS_ONLY = {b"residency:time": b"the first moment of the year; only years may stay (164.514(b)(2)(i)(C))"}


def clean_meds(source: BinaryIO, sink: BinaryIO, desk: Desk, told: Mapping[Key, Told] | None = None) -> Outcome:
    """Clean one file that can be read twice; `told` is the first reading of all files that belong together."""
    found = harvest_meds(source) if told is None else told
    source.seek(0)
    batches = of_parquet(open_meds(source))
    room = Room(desk, Subjects(desk, found), Numbers(desk.names))
    with writer(sink, "parquet") as write:
        return clean_table(batches, write, Plan(COLUMNS, "subject_id", "meds"), room, _amended)


def _amended(before: Any, after: Any, whose: Whose) -> Any:
    """The types of the schema, codes without what follows them, births that may not be told, ages over 89."""
    names = [name for name in before.schema.names if name in COLUMNS]
    columns = {name: before.column(name) if name == "time" else after.column(name) for name in names}
    columns["code"] = _codes(before.column("code"))
    columns["time"] = _times(before.column("time"), columns["code"], after, whose)
    if "numeric_value" in columns:
        old = pc.and_(_matches(columns["code"], _AGE), pc.greater(columns["numeric_value"], kinds.OLDEST))
        capped = pa.scalar(kinds.OLDEST + 1, columns["numeric_value"].type)
        columns["numeric_value"] = pc.if_else(pc.fill_null(old, False), capped, columns["numeric_value"])
    arrays = [columns[name].cast(_TYPES[name]) for name in names]
    notes = _YEARS_ONLY if whose.years_only else None
    fields = [pa.field(name, _TYPES[name]) for name in names]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields, metadata=notes))


def _codes(array: Any) -> Any:
    """Codes up to their first space; one that then has no form of a code is called so."""
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    said = [code.strip().split(" ", 1)[0] for code in coded.dictionary.to_pylist()]
    made = pa.array([code if kinds.is_code(code) else "UNKNOWN" for code in said], pa.string())
    return pc.fill_null(made.take(coded.indices), "UNKNOWN")


def _times(before: Any, codes: Any, after: Any, whose: Whose) -> Any:
    made = after.column("time")
    if whose.years_only:
        made = pc.floor_temporal(before.cast(pa.timestamp("us")), unit="year")
    hidden = pa.array([subject.over_89 for subject in whose.subjects], pa.bool_()).take(pa.array(whose.index))
    hidden = pc.and_(hidden, pc.equal(codes, BIRTH))
    return pc.if_else(hidden, pa.scalar(None, made.type), made)


def _matches(codes: Any, pattern: re.Pattern[str]) -> Any:
    coded = codes.dictionary_encode()
    return pa.array([pattern.fullmatch(code) is not None for code in coded.dictionary.to_pylist()]).take(coded.indices)

"""Events of the MEDS schema 0.4: who, when, what, and the value as a number or as text.

    file = open_meds(source)        the rows of a Parquet file, in batches, once its columns are checked

Columns that the schema leaves open may follow. Not here: what becomes of them (`deid.tables.meds`).
"""

from typing import Any, BinaryIO

from residency.ingest.ehr.parquet import ParquetTable, open_parquet
from residency.ingest.ehr.torn import EhrUnreadable

BIRTH, DEATH = "MEDS_BIRTH", "MEDS_DEATH"
"""Codes that the schema itself gives."""


def open_meds(source: BinaryIO) -> ParquetTable:
    """The events of a file; raises EhrUnreadable where a column of the schema is missing or of another type."""
    table = open_parquet(source)
    wrong = [name for name, fits in _needed() if name not in table.schema.names or not fits(table.schema.field(name))]
    wrong += [name for name, fits in _optional() if name in table.schema.names and not fits(table.schema.field(name))]
    if wrong:
        raise EhrUnreadable(
            f"The file is not of the MEDS schema: {', '.join(wrong)}.",
            remedy="Write subject_id as int64, time as timestamp, code as string (MEDS 0.4).",
        )
    return table


def _needed() -> list[tuple[str, Any]]:
    from pyarrow import types

    return [
        ("subject_id", lambda field: types.is_int64(field.type)),
        ("time", lambda field: types.is_timestamp(field.type)),
        ("code", lambda field: _is_text(field.type)),
    ]


def _optional() -> list[tuple[str, Any]]:
    from pyarrow import types

    return [
        ("numeric_value", lambda field: types.is_floating(field.type)),
        ("text_value", lambda field: _is_text(field.type)),
    ]


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return (
        types.is_string(kind)
        or types.is_large_string(kind)
        or (types.is_dictionary(kind) and _is_text(kind.value_type))
    )

"""Parquet in batches: a table of any length in the memory of some thousand rows.

    file = open_parquet(source)
    file.schema, file.rows
    for batch in file.batches: ...      pyarrow.RecordBatch

A file whose parts unpack to more than fits is refused before it is unpacked. Not here: which columns a table must have
(`omop`, `meds`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from residency.ingest.ehr.torn import EhrTooLarge, EhrUnreadable

ROWS_AT_ONCE = 1 << 15
LARGEST_GROUP = 1 << 30
_DEAR = 1 << 20
_NARROWEST = 4096
"""Bytes that a batch of rows is cut for where rows are long, and the fewest rows of a batch."""


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """The columns and types of a table, the number of its rows, and the rows in batches."""

    schema: Any
    rows: int
    batches: Iterator[Any] = field(repr=False)


def open_parquet(source: BinaryIO) -> ParquetTable:
    """The rows of a file; raises EhrUnreadable where it is no Parquet, EhrTooLarge where a part unpacks to > 1 GiB."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(source)
        meta = file.metadata
        sizes = [meta.row_group(number).total_byte_size for number in range(meta.num_row_groups)]
    except (ArrowException, OSError, ValueError):
        raise EhrUnreadable("The file is no Parquet, or is cut short.", remedy="Export it again.") from None
    if any(size > LARGEST_GROUP or size < 0 for size in sizes):
        raise EhrTooLarge("A row group unpacks to more than 1 GiB.", remedy="Write smaller row groups.")
    return ParquetTable(file.schema_arrow, meta.num_rows, _batches(file, _rows_at_once(sum(sizes), meta.num_rows)))


def _rows_at_once(size: int, rows: int) -> int:
    wide = max(size // max(rows, 1), 1)
    return max(min(ROWS_AT_ONCE, (64 * _DEAR) // wide), min(_NARROWEST, ROWS_AT_ONCE) // 64)


def _batches(file: Any, rows: int) -> Iterator[Any]:
    from pyarrow import ArrowException

    try:
        yield from file.iter_batches(batch_size=rows)
    except (ArrowException, OSError, ValueError):
        raise EhrUnreadable("The Parquet file breaks off among its rows.", remedy="Export it again.") from None

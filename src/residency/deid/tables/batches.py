"""Rows in batches, in from CSV or Parquet and out to the same: what cleaning by columns works on.

    for batch in read_batches(source, "csv"):  batch.rows, batch.numbers, batch.torn
    with writer(sink, "csv") as write:         write(rows)

CSV comes as text; types come with Parquet alone. Not here: what is done to the columns (`columns`).
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import pyarrow as pa
from pyarrow.parquet import ParquetWriter

from residency.ingest.ehr.delimited import CsvFile, Row, open_csv
from residency.ingest.ehr.parquet import ParquetTable, open_parquet
from residency.ingest.ehr.torn import Torn

Form = Literal["csv", "parquet"]
ROWS_AT_ONCE = 1 << 14
_BYTES_AT_ONCE = 32 << 20


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, their numbers in the file from 0, and the records among them that could not be read."""

    rows: Any = field(repr=False)
    numbers: Sequence[int] = field(repr=False)
    torn: Sequence[Torn] = ()


def read_batches(source: BinaryIO, form: Form) -> Iterator[Batch]:
    """The rows of a file from its beginning; raises EhrUnreadable where it is not of this form."""
    source.seek(0)
    return of_csv(open_csv(source)) if form == "csv" else of_parquet(open_parquet(source))


def of_parquet(table: ParquetTable) -> Iterator[Batch]:
    """The rows of a Parquet file; one empty batch where there are none."""
    at = 0
    for rows in table.batches:
        yield Batch(rows, range(at, at + rows.num_rows))
        at += rows.num_rows
    if not at:
        yield Batch(pa.RecordBatch.from_pylist([], schema=table.schema), ())


def of_csv(file: CsvFile) -> Iterator[Batch]:
    """The records of a CSV file, as columns of text; one empty batch where there are none."""
    whole: list[Row] = []
    torn: list[Torn] = []
    size = count = 0
    for record in file.records:
        count += 1
        if isinstance(record, Torn):
            torn.append(record)
        else:
            whole.append(record)
            size += sum(map(len, record.fields))
        if len(whole) + len(torn) >= ROWS_AT_ONCE or size > _BYTES_AT_ONCE:
            yield _batch(file.header, whole, torn)
            whole, torn, size = [], [], 0
    if whole or torn or not count:
        yield _batch(file.header, whole, torn)


def _batch(header: Sequence[str], whole: list[Row], torn: list[Torn]) -> Batch:
    columns = zip(*(row.fields for row in whole), strict=True) if whole else [()] * len(header)
    arrays = [pa.array([text or None for text in column], pa.large_string()) for column in columns]
    return Batch(pa.RecordBatch.from_arrays(arrays, list(header)), [row.record for row in whole], torn)


@contextmanager
def writer(sink: BinaryIO, form: Form, mark: str = ",") -> Iterator[Callable[[Any], None]]:
    """A function that writes batches of one shape; the file is whole when the block ends."""
    if form == "csv":
        yield _csv_writer(sink, mark)
        return
    opened: list[ParquetWriter] = []

    def write(rows: Any) -> None:
        if not opened:
            opened.append(ParquetWriter(sink, rows.schema, compression="zstd"))
        if rows.num_rows:
            opened[0].write_batch(rows)

    try:
        yield write
    finally:
        for one in opened:
            one.close()


def _csv_writer(sink: BinaryIO, mark: str) -> Callable[[Any], None]:
    begun: list[bool] = []

    def write(rows: Any) -> None:
        out = io.StringIO(newline="")
        lines = csv.writer(out, delimiter=mark, lineterminator="\n")
        if not begun:
            begun.append(True)
            lines.writerow(rows.schema.names)
        columns = [["" if value is None else value for value in column.to_pylist()] for column in rows.columns]
        lines.writerows(zip(*columns, strict=True))
        sink.write(out.getvalue().encode("utf-8"))

    return write

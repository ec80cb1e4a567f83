"""CSV: a header line, then records of text.

    file = open_csv(source)
    file.header                     ("mrn", "birth_date", …)
    for record in file.records:     Row(number, fields) or Torn(number, fault)

UTF-8 with or without a byte order mark; the sign between the fields is the one that divides the header line into most
(comma, semicolon, tab, bar); quotes are double quotes. A record that does not fit the header is torn, not mended. An
open quote takes in what follows it up to the next quote, as the format has it; what comes of it is torn, too, unless it
has the right number of fields. Not here: what columns mean (`deid.tables`).
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from residency.ingest.ehr.torn import EhrUnreadable, Torn

LONGEST_FIELD = 16 << 20
_MARKS = ",;\t|"
_LONGEST_HEADER = 1 << 20
_BYTE_ORDERS = (b"\xff\xfe", b"\xfe\xff", b"\x00")


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one record, and its number from 0."""

    record: int
    fields: list[str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """The records of one file under their header; the header is not shown: without one it is data."""

    header: tuple[str, ...] = field(repr=False)
    mark: str
    records: Iterator[Row | Torn] = field(repr=False)


def open_csv(source: BinaryIO) -> CsvFile:
    """The records of a file; raises EhrUnreadable where there is no usable header line."""
    first = source.readline(_LONGEST_HEADER)
    if first.startswith(_BYTE_ORDERS):
        raise EhrUnreadable("The file is not in UTF-8.", remedy="Export it as UTF-8.")
    try:
        line = first.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise EhrUnreadable("The header line is not in UTF-8.", remedy="Export it as UTF-8.") from None
    mark = max(_MARKS, key=line.count)
    try:
        header = tuple(name.strip() for name in next(csv.reader([line], delimiter=mark, strict=True), []))
    except csv.Error:
        raise EhrUnreadable("The header line's quotation marks do not fit together.") from None
    if not header or not all(header):
        raise EhrUnreadable("The header line is empty or leaves a column without a name.", remedy="Name every column.")
    if len({name.casefold() for name in header}) < len(header):
        raise EhrUnreadable("The header line names a column twice.", remedy="Give every column a name of its own.")
    return CsvFile(header, mark, _records(source, mark, len(header)))


def _records(source: BinaryIO, mark: str, width: int) -> Iterator[Row | Torn]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_FIELD))  # the standard 128 KB are less than a long note
    reader = csv.reader(_text(source), delimiter=mark, strict=True)
    number = 0
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Torn(number, "TOO-LARGE" if "field larger" in str(error) else "QUOTES")
            number += 1
            continue
        if not fields:
            continue
        if len(fields) != width:
            yield Torn(number, "RAGGED")
        elif not _is_utf8(fields):
            yield Torn(number, "NOT-UTF-8")
        else:
            yield Row(number, fields)
        number += 1


def _text(source: BinaryIO) -> Iterator[str]:
    """The lines as text; bytes that are no UTF-8 come as lone surrogates, and cost their own record alone."""
    while line := source.readline(LONGEST_FIELD):
        yield line.decode("utf-8", "surrogateescape")


def _is_utf8(fields: list[str]) -> bool:
    try:
        return all(text.isascii() or bool(text.encode("utf-8")) for text in fields)
    except UnicodeEncodeError:
        return False


def write_row(fields: list[str], mark: str) -> str:
    """One record as text, quoted where it must be, ended by a line feed."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=mark, lineterminator="\n").writerow(fields)
    return out.getvalue()

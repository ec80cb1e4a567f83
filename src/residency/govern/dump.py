"""The ledger as lines of text, the same from SQLite and from PostgreSQL, and a fresh database from such lines.

    with ledger.snapshot() as book:
        for line in dump(book): …                  # JSON; a first line about the tables, a last one with the count
    load(book, lines)                              # into an empty database; raises DumpBroken, LedgerTaken

Sessions are left out: whoever is signed in must sign in again after a restore. The lines hold codes of subjects and
names of people, so they rest sealed only (`upkeep.backups`). Not here: keys (`revival`), one record (`ledger`).
"""

import base64
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from sqlalchemy import LargeBinary, Table, delete, func, insert, select

from residency.errors import Broken, Conflict
from residency.govern.ledger import Book
from residency.govern.migrate import present
from residency.govern.schema import head, records, sessions, tables

FORMAT = 1
_ROWS_AT_ONCE = 500


class LedgerTaken(Conflict):
    """The database given holds the records of another site."""


class LedgerOfOtherVersion(Conflict):
    """The tables of a copy are not those of this program."""


class DumpBroken(Broken):
    """The lines are not those of a whole ledger."""


def dump(book: Book) -> Iterator[bytes]:
    """Every row of every table but the sessions, one JSON text a line, each line with its end."""
    columns = {table.name: [column.name for column in table.columns] for table in _dumped()}
    yield _line({"format": FORMAT, "schema": present(book.connection), "tables": columns})
    count = 0
    for table in _dumped():
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_ROWS_AT_ONCE)
        binary = _binary(table)
        for row in book.connection.execute(query):
            values = [base64.b64encode(v).decode() if n in binary else v for n, v in enumerate(row)]
            yield _line([table.name, values])
            count += 1
    yield _line({"rows": count})


def load(book: Book, lines: Iterable[bytes]) -> None:
    """Put the rows into an empty database, in the transaction of this book; raises DumpBroken, LedgerTaken,
    LedgerOfOtherVersion.
    """
    if book.connection.execute(select(func.count()).select_from(records)).scalar():
        raise LedgerTaken("The database holds records already.", remedy="Give the URL of an empty database.")
    known, count = {table.name: table for table in _dumped()}, 0
    try:
        rows = map(json.loads, lines)
        _check_tables(book, next(rows), known)
        book.connection.execute(delete(head))
        for name, values, last in _pieces(rows):
            if last is not None:
                if last != count or next(rows, None) is not None:
                    break
                return
            table = known[name]
            book.connection.execute(insert(table), [_row(table, row) for row in values])
            count += len(values)
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise _broken() from error
    raise _broken()


def _dumped() -> list[Table]:
    return [table for table in tables.sorted_tables if table is not sessions]


def _binary(table: Table) -> set[int]:
    return {number for number, column in enumerate(table.columns) if isinstance(column.type, LargeBinary)}


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _check_tables(book: Book, first: dict, known: dict[str, Table]) -> None:
    if first["format"] != FORMAT or first["schema"] != present(book.connection):
        raise LedgerOfOtherVersion(
            f"The copy of the ledger is of revision {first['schema']}; this program knows {present(book.connection)}.",
            remedy="Restore it with the version of this program that wrote it, then upgrade.",
        )
    if first["tables"] != {name: [column.name for column in table.columns] for name, table in known.items()}:
        raise _broken()


def _pieces(rows: Iterator[Any]) -> Iterator[tuple[str, list, int | None]]:
    """Rows of one table, some hundreds at once; at the end the count that the last line states."""
    name, held = "", []
    for row in chain(rows, [None]):
        last = row["rows"] if isinstance(row, dict) else None
        at = row[0] if isinstance(row, list) else ""
        if held and (at != name or len(held) == _ROWS_AT_ONCE):
            yield name, held, None
            held = []
        if last is not None:
            yield "", [], last
        elif row is not None:
            name = at
            held.append(row[1])


def _row(table: Table, values: list) -> dict[str, Any]:
    binary = _binary(table)
    decoded = [base64.b64decode(v, validate=True) if n in binary else v for n, v in enumerate(values)]
    return dict(zip((column.name for column in table.columns), decoded, strict=True))


def _broken() -> DumpBroken:
    return DumpBroken("The copy of the ledger is not whole.", remedy="Restore from another backup.")

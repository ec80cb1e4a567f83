"""The ledger: one database of records, events and lineage; SQLite or PostgreSQL through the same code.

    ledger = Ledger.open("sqlite:////srv/residency/ledger.db")
    with ledger.writing() as book:                 # short: no file, network or store I/O inside
        book.save(record)
    ledger.get(Source, "source-01k…")

Records are never updated: saving one that exists adds a revision, and two writers of the same revision conflict.
Not here: whether something may be written (`govern.gate`), what the log says (`govern.audit`).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, and_, create_engine, event, func, insert, select, update
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError

from residency.errors import BadInput, Broken, Conflict, Missing, Unavailable
from residency.govern.migrate import upgrade
from residency.govern.schema import head, records
from residency.kernel.digest import digest_of
from residency.kernel.record import Record

R = TypeVar("R", bound=Record)
BUSY_SECONDS = 20
_PARSED = select(records.c.body, records.c.revision)


class RecordMissing(Missing):
    """The ledger holds no such record."""


class RecordChanged(Conflict):
    """Someone else saved this record in the meantime."""


class LedgerUnavailable(Unavailable):
    """The database does not answer, is locked, full or read-only."""


class RecordTooLong(BadInput):
    """The database does not take a value of this length or of these characters."""


class LedgerDamaged(Broken):
    """The database holds something that this program did not write."""


class Book:
    """What may be read and written inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.saved: dict[str, tuple[Record, int]] = {}

    def save(self, record: Record) -> None:
        """Add the next revision of a record; raises RecordChanged if it was not made from the newest."""
        query = select(func.max(records.c.revision)).where(records.c.id == record.id)
        newest = self.connection.execute(query).scalar() or 0
        if record._revision != newest and record.id not in self.saved:
            raise RecordChanged(f"{record.id} was changed in the meantime.", remedy="Look again and repeat.")
        self.connection.execute(update(records).where(records.c.id == record.id).values(newest=0))
        row = {"id": record.id, "revision": newest + 1, "newest": 1, "kind": record.kind}
        row |= {"handle": record.handle, "scope": record.scope, "digest": record.digest()}
        self.connection.execute(insert(records).values(**row, body=record.canonical().decode()))
        self.saved[record.id] = (record, newest + 1)

    def get(self, kind: type[R], identifier: str) -> R:
        """The newest revision of a record, found by identifier, by handle or by digest; raises RecordMissing."""
        named = records.c.digest if identifier.startswith("sha256:") else records.c.id
        newest = [] if identifier.startswith("sha256:") else [records.c.newest == 1]
        for clause in (and_(named == identifier, *newest), and_(records.c.handle == identifier, records.c.newest == 1)):
            where = and_(clause, records.c.kind == kind.kind)
            # Of several with one handle (versions of a data set) the one made last is meant.
            row = self.connection.execute(_PARSED.where(where).order_by(records.c.id.desc())).first()
            if row:
                return _parse(kind, row)
        raise RecordMissing(
            f"There is no {kind.kind} named '{identifier}'.", remedy="Check the name with 'list' or 'lineage'."
        )

    def body(self, identifier: str) -> dict[str, Any]:
        """The newest body of any record by identifier or digest; raises RecordMissing."""
        where = and_(records.c.id == identifier, records.c.newest == 1)
        if identifier.startswith("sha256:"):
            where = records.c.digest == identifier
        row = self.connection.execute(select(records.c.body).where(where)).first()
        if row is None:
            raise RecordMissing(f"There is no record '{identifier}'.", remedy="Give an identifier or a digest.")
        return json.loads(row.body)

    def digest(self, identifier: str) -> str:
        """The digest of the newest revision of any record; raises RecordMissing."""
        return digest_of(self.body(identifier))

    def counts(self) -> list[tuple[str, int]]:
        """How many records there are of each kind."""
        query = select(records.c.kind, func.count()).where(records.c.newest == 1).group_by(records.c.kind)
        return [(row[0], row[1]) for row in self.connection.execute(query.order_by(records.c.kind))]

    def object_names(self) -> Iterator[str]:
        """Names of the sealed objects that the newest records refer to."""
        for row in self.connection.execute(select(records.c.body).where(records.c.newest == 1)):
            yield from _sealed_names(json.loads(row.body))

    def all(self, kind: type[R], *, scope: str | None = None) -> list[R]:
        """The newest revisions of a kind, oldest identifier first; `scope` narrows to what belongs to one record."""
        where = [records.c.kind == kind.kind, records.c.newest == 1]
        if scope is not None:
            where.append(records.c.scope == scope)
        rows = self.connection.execute(_PARSED.where(and_(*where)).order_by(records.c.id))
        return [_parse(kind, row) for row in rows]


class Ledger:
    """Opens transactions on one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> "Ledger":
        """Open a database and bring its tables up to date; raises LedgerUnavailable."""
        with _database_errors():
            engine = create_engine(url, **_options(url))
            if engine.dialect.name == "sqlite":
                _make_sqlite_strict(engine)
            upgrade(engine)
        return cls(engine)

    @contextmanager
    def writing(self) -> Iterator[Book]:
        """One transaction that writes; raises RecordChanged, LedgerUnavailable."""
        with _database_errors(), self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection = connection.execution_options(immediate=True)  # noqa: PLW2901 - the same connection, marked
            with connection.begin():
                # PostgreSQL's writers wait for each other here as SQLite's do at BEGIN IMMEDIATE, so that the order
                # of the log is the order in which things were decided.
                connection.execute(select(head.c.id).with_for_update())
                book = Book(connection)
                yield book
            for record, revision in book.saved.values():
                record._revision = revision

    @contextmanager
    def reading(self) -> Iterator[Book]:
        """One consistent look."""
        with _database_errors(), self.engine.connect() as connection, connection.begin():
            yield Book(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Book]:
        """One look in which nothing moves from query to query, while others go on writing."""
        with _database_errors(), self.engine.connect() as connection:
            if self.engine.dialect.name == "postgresql":  # SQLite reads like this always
                connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
            with connection.begin():
                yield Book(connection)

    def get(self, kind: type[R], identifier: str) -> R:
        """The newest revision of a record, by identifier, handle or digest; raises RecordMissing."""
        with self.reading() as book:
            return book.get(kind, identifier)

    def body(self, identifier: str) -> dict[str, Any]:
        """The newest body of any record by identifier or digest; raises RecordMissing."""
        with self.reading() as book:
            return book.body(identifier)

    def all(self, kind: type[R], *, scope: str | None = None) -> list[R]:
        """The newest revisions of a kind."""
        with self.reading() as book:
            return book.all(kind, scope=scope)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def _sealed_names(value: Any) -> Iterator[str]:
    """Names inside every value that has the shape of a reference to a sealed object."""
    if isinstance(value, dict):
        if {"name", "group", "context", "digest"} <= set(value):
            yield value["name"]
        for inner in value.values():
            yield from _sealed_names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _sealed_names(inner)


def _options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    patience = {"connect_timeout": BUSY_SECONDS, "options": f"-c lock_timeout={BUSY_SECONDS}s"}
    return {"pool_pre_ping": True, "connect_args": patience}


def _make_sqlite_strict(engine: Engine) -> None:
    """WAL, durable commits, and BEGIN said by us: a deferred BEGIN lost 256 of 450 concurrent appends when tried."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _parse(kind: type[R], row: Row) -> R:
    try:
        record = kind.parse(json.loads(row.body))
        record._revision = row.revision
        return record
    except ValueError as error:
        raise LedgerDamaged(
            f"A {kind.kind} in the ledger cannot be read.", remedy="Run 'residency audit verify'."
        ) from error


@contextmanager
def _database_errors() -> Iterator[None]:
    """Name what the database refused, without its statement: statements hold values."""
    try:
        yield
    except IntegrityError as error:
        raise RecordChanged("Someone else changed this at the same moment.", remedy="Look again and repeat.") from error
    except DataError as error:
        raise RecordTooLong("A name is too long or holds forbidden characters.", remedy="Choose another.") from error
    except OperationalError as error:
        reason = str(error.orig).splitlines()[0][:120] if error.orig else "no answer"
        remedy = (
            "Another process holds it: try again." if "lock" in reason else "Check the disk, the server, site.toml."
        )
        raise LedgerUnavailable(f"The ledger does not answer: {reason}.", remedy=remedy) from error
    except DBAPIError as error:
        raise LedgerDamaged(
            "The ledger gave an answer that makes no sense.", remedy="Restore it from a backup."
        ) from error

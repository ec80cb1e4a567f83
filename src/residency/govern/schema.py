"""The tables of the ledger, as SQLAlchemy Core sees them; `migrations/` creates them.

`records` only ever grows: a change is a new revision. `leaves` are the audit log, `head` its one signed head, `edges`
the lineage, `sessions` who is signed in, `progress` the lines of running runs. No table has a row per sample. Not here:
reading and writing them (`ledger`).
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

tables = MetaData()

records = Table(
    "records",
    tables,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("newest", Integer, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("handle", String(200), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("digest", String(71), nullable=False),
    Column("body", Text, nullable=False),
    Index("records_by_kind", "kind", "newest", "handle"),
    Index("records_by_scope", "scope", "kind"),
    Index("records_by_digest", "digest"),
)

leaves = Table(
    "leaves",
    tables,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("body", Text, nullable=False),
)

head = Table(
    "head",
    tables,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("peaks", Text, nullable=False),
    Column("note", Text, nullable=False),
)

edges = Table(
    "edges",
    tables,
    Column("made", String(71), primary_key=True),
    Column("of", String(71), primary_key=True),
    Column("leaf", Integer, nullable=False),
    Index("edges_by_source", "of"),
)

sessions = Table(
    "sessions",
    tables,
    Column("token", String(71), primary_key=True),
    Column("person", String(64), nullable=False),
    Column("ends", String(32), nullable=False),
)

progress = Table(
    "progress",
    tables,
    Column("run", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
)

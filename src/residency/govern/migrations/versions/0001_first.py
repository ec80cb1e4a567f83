"""The first tables: records, audit leaves and their head, lineage edges, sessions, progress."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table."""
    _records()
    _log()
    _around()


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True),
        sa.Column("newest", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("handle", sa.String(200), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(71), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("records_by_kind", "records", ["kind", "newest", "handle"])
    op.create_index("records_by_scope", "records", ["scope", "kind"])
    op.create_index("records_by_digest", "records", ["digest"])


def _log() -> None:
    op.create_table(
        "leaves",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    head = op.create_table(
        "head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("peaks", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "size": 0, "peaks": "", "note": ""}])


def _around() -> None:
    op.create_table(
        "edges",
        sa.Column("made", sa.String(71), primary_key=True),
        sa.Column("of", sa.String(71), primary_key=True),
        sa.Column("leaf", sa.Integer, nullable=False),
    )
    op.create_index("edges_by_source", "edges", ["of"])
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(71), primary_key=True),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("ends", sa.String(32), nullable=False),
    )
    op.create_table(
        "progress",
        sa.Column("run", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )

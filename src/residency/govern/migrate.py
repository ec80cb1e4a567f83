"""Brings the tables of a ledger up to date with alembic; the steps stand in `migrations/versions`.

Not here: what the tables are for (`schema`).
"""

from collections.abc import Iterator
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Engine

from residency.errors import Conflict

_FOLDER = Path(__file__).parent / "migrations"


class LedgerNewer(Conflict):
    """This program is older than the ledger."""


def upgrade(engine: Engine) -> None:
    """Run the migrations that this database lacks."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    with engine.connect() as connection:
        # Most openings find nothing to do, and then no write lock is taken.
        with connection.begin():
            found = present(connection)
        if found == newest(config):
            return
        if found is not None and found not in {step.revision for step in _steps(config)}:
            raise LedgerNewer(
                f"The ledger was written by a newer version of this program (revision {found}).",
                remedy="Install that version or a newer one.",
            )
        if engine.dialect.name == "sqlite":
            connection = connection.execution_options(immediate=True)  # noqa: PLW2901 - the same connection, marked
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def present(connection: Connection) -> str | None:
    """The revision of the tables of a database; None if it has none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest(config: Config) -> str | None:
    """The revision that this program knows as its last."""
    return ScriptDirectory.from_config(config).get_current_head()


def _steps(config: Config) -> Iterator[Script]:
    return ScriptDirectory.from_config(config).walk_revisions()

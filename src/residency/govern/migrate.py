"""Brings the tables of a ledger up to date with alembic; the steps stand in `migrations/versions`.

Every command opens a ledger and nearly every one finds nothing to do, so that alembic is imported only where there is.
Not here: what the tables are for (`schema`).
"""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from residency.errors import Conflict

_FOLDER = Path(__file__).parent / "migrations"
NEWEST = "0001"
"""The last step that this program knows; a test holds it to the files."""


class LedgerNewer(Conflict):
    """This program is older than the ledger."""


def upgrade(engine: Engine) -> None:
    """Run the migrations that this database lacks."""
    with engine.connect() as connection:
        # Most openings find nothing to do, and then no write lock is taken.
        with connection.begin():
            found = present(connection)
        if found != NEWEST:
            _run_steps(engine, connection, found)


def present(connection: Connection) -> str | None:
    """The revision of the tables of a database; None if it has none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def _run_steps(engine: Engine, connection: Connection, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise LedgerNewer(
            f"The ledger was written by a newer version of this program (revision {found}).",
            remedy="Install that version or a newer one.",
        )
    if engine.dialect.name == "sqlite":
        connection = connection.execution_options(immediate=True)
    with connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

"""The tables that the program sees are those that the migrations make."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from residency.govern.ledger import Ledger
from residency.govern.migrate import NEWEST, LedgerNewer, upgrade
from residency.govern.schema import tables


def shape(ledger: Ledger) -> dict:
    look = inspect(ledger.engine)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)],
            look.get_pk_constraint(name)["constrained_columns"],
            sorted((i["name"], tuple(i["column_names"])) for i in look.get_indexes(name)),
        )
        for name in sorted(look.get_table_names())
        if name != "alembic_version"
    }


def test_what_the_migrations_make_is_what_the_program_sees(ledger):
    with ledger.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables) == []


def test_a_ledger_made_by_migrations_equals_one_made_from_the_tables(url, ledger, tmp_path, request):
    from sqlalchemy import create_engine

    other = f"sqlite:///{tmp_path / 'fresh.db'}"
    if not url.startswith("sqlite"):
        other = request.getfixturevalue("postgres").new_database()
    engine = create_engine(other)
    tables.create_all(engine)
    assert shape(Ledger(engine)) == shape(ledger)
    engine.dispose()


def test_the_newest_step_is_the_one_that_the_program_knows():
    config = Config()
    config.set_main_option("script_location", "residency.govern:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_opening_a_ledger_again_changes_nothing(url, ledger):
    before = shape(ledger)
    upgrade(ledger.engine)
    again = Ledger.open(url)
    assert shape(again) == before
    again.close()


def test_a_ledger_of_a_newer_program_is_not_touched(url, ledger):
    with ledger.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerNewer, match="9999"):
        Ledger.open(url)


def test_a_fresh_ledger_has_one_head_and_no_event(ledger):
    with ledger.engine.connect() as connection:
        assert connection.execute(text("SELECT id, size, peaks, note FROM head")).all() == [(1, 0, "", "")]
        assert connection.execute(text("SELECT count(*) FROM leaves")).scalar() == 0

"""Run by alembic: applies the migrations on the connection that `govern.migrate` hands over."""

from alembic import context

from residency.govern.schema import tables

context.configure(
    connection=context.config.attributes["connection"], target_metadata=tables, transaction_per_migration=False
)
context.run_migrations()

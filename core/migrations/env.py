"""How a revision runs: on the connection that `core.upgrade` hands over, in the lineage that it names."""

from alembic import context
from sqlmodel import SQLModel

from core.upgrade import options

given = context.config.attributes
context.configure(connection=given["connection"], target_metadata=SQLModel.metadata, **options(given["lineage"]))
with context.begin_transaction():
    context.run_migrations()

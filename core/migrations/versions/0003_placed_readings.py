"""Each reading proves in whose commune's trail its children stand."""

import sqlalchemy as sa
from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # a reading loaded before has no proof, and `oln audit verify` says so: append-only rows cannot be filled in later
    op.add_column("read_entry", sa.Column("placed", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("read_entry", "placed")

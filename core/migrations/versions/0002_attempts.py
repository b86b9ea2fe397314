"""The read audit also tells who asked for a child by id and was shown nothing."""

import sqlalchemy as sa
from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # what was loaded before was shown; the default stays, since append-only rows cannot be filled in later
    op.add_column("read_subject", sa.Column("shown", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("read_subject", "shown")

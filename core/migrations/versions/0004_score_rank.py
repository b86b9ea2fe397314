"""A place on the list keeps the ministry's own order, which decides where percentiles are equal."""

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("nomina_entry", sa.Column("score_rank", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("nomina_entry", "score_rank")

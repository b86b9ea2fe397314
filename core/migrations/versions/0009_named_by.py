"""A report keeps by what its source named the child: by a number and by a name it learns nothing of each other."""

import sqlalchemy as sa
from alembic import op

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert_report", sa.Column("named_by", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("alert_report", "named_by")

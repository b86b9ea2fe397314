"""A report keeps whom it described, where that is not who holds the number."""

import sqlalchemy as sa
from alembic import op

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert_report", sa.Column("described_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("alert_report", "described_sealed")

"""The readings of a commune's children are found newest first: an office looks at the last of a hundred thousand."""

from alembic import op

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_read_subject_commune", "read_subject", ["commune_code", "at", "entry_id"])
    op.drop_index("ix_read_subject_commune_code", "read_subject")


def downgrade() -> None:
    op.create_index("ix_read_subject_commune_code", "read_subject", ["commune_code"])
    op.drop_index("ix_read_subject_commune", "read_subject")

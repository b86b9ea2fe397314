"""Which household of the files is which family's, month by month, of families whose household is not ever the same.

Of those that changed their household before this revision, which it was is not kept: they bore that of today ever since.
"""

import sqlalchemy as sa
from alembic import op

revision = "core_0010"
down_revision = "core_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "household_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("home", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_household_key_family_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_key")),
    )
    op.create_index(op.f("ix_household_key_commune_code"), "household_key", ["commune_code"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_household_key_commune_code"), table_name="household_key")
    op.drop_table("household_key")

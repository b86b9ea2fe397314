"""The table of notes; written by `core.upgrade.draft` and read before it was kept."""

import sqlalchemy as sa
from alembic import op

revision = "dummy_0001"
down_revision = branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table(
        "dummy_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("nna_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["nna_id"], ["nna.id"], name="fk_dummy_note_nna_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dummy_note"),
    )
    op.create_index("ix_dummy_note_commune_code", "dummy_note", ["commune_code"])
    op.create_index("ix_dummy_note_nna_id", "dummy_note", ["nna_id"])


def downgrade() -> None:
    op.drop_table("dummy_note")

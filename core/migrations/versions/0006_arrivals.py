"""When each file first came to each commune, which tells the later of two files of a month.

What came before this revision is taken to have come to every commune that has a record by then, when it came to any:
so it was compared until now, and where each import could write is not kept.
"""

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None

BEFORE = """
INSERT INTO extract_arrival (kind, period, file_hash, commune_code, arrived_at)
SELECT kind, period, file_hash, places.commune_code, MIN(imported_at)
FROM extract
CROSS JOIN (SELECT commune_code FROM nna UNION SELECT commune_code FROM family) AS places
GROUP BY kind, period, file_hash, places.commune_code
"""


def upgrade() -> None:
    op.create_table(
        "extract_arrival",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "period", "file_hash", "commune_code", name=op.f("pk_extract_arrival")),
    )
    op.execute(BEFORE)


def downgrade() -> None:
    op.drop_table("extract_arrival")

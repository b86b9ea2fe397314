"""A report keeps by what its source named the child, and the number it said: of one it learns nothing by another.

Of the reports of before, those of an institution that opened a record without identifier described the child: in which
words is not known, so that said again they open another. By what the others named it, nothing tells any more.
"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None

AT_ONCE = timedelta(minutes=1)  # a record is written before the report that opened it, in one transaction
NNA = sa.table(
    "nna",
    sa.column("id", sa.Uuid()),
    sa.column("identifier_kind", sa.String()),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
REPORT = sa.table(
    "alert_report",
    sa.column("id", sa.Uuid()),
    sa.column("nna_id", sa.Uuid()),
    sa.column("organization_id", sa.Uuid()),
    sa.column("raised_at", sa.DateTime(timezone=True)),
    sa.column("named_by", sa.String()),
)


def upgrade() -> None:
    op.add_column("alert_report", sa.Column("named_by", sa.String(), nullable=True))
    op.add_column("alert_report", sa.Column("said_index", sa.String(), nullable=True))
    nameless = sa.select(REPORT.c.id, REPORT.c.raised_at, NNA.c.created_at).where(
        NNA.c.id == REPORT.c.nna_id, NNA.c.identifier_kind == "NONE", REPORT.c.organization_id.is_not(None)
    )
    base = op.get_bind()
    opened = [{"one": r.id} for r in base.execute(nameless) if timedelta(0) <= r.raised_at - r.created_at <= AT_ONCE]
    if opened:
        described = sa.update(REPORT).where(REPORT.c.id == sa.bindparam("one")).values(named_by="DESCRIPTION")
        base.execute(described, opened)


def downgrade() -> None:
    op.drop_column("alert_report", "said_index")
    op.drop_column("alert_report", "named_by")

"""Which chains have begun is sealed, and of how many readings nobody proved where their children stood.

It seals what it finds: what was taken out before shows only beside the anchor file.
"""

import hmac

import sqlalchemy as sa
from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None

HEAD = sa.table("audit_head", sa.column("chain"), sa.column("sequence"), sa.column("digest"))
READ = sa.table("read_entry", sa.column("placed"))


def upgrade() -> None:
    base = op.get_bind()
    names = sorted(base.scalars(sa.select(HEAD.c.chain).where(HEAD.c.chain != "anchor")))
    unplaced = base.scalar(sa.select(sa.func.count()).select_from(READ).where(READ.c.placed == ""))
    base.execute(sa.insert(HEAD).values(sealed("chains", len(names), "|".join(names))))
    if unplaced:
        base.execute(sa.insert(HEAD).values(sealed("unplaced", unplaced, "")))


def sealed(chain: str, number: int, last: str) -> dict[str, object]:
    """Return a head made with the key of the installation, as the program makes them."""
    said = b"|".join((b"head", chain.encode(), str(number).encode(), last.encode()))
    config = op.get_context().config
    assert config is not None
    return {
        "chain": chain,
        "sequence": number,
        "digest": hmac.digest(config.attributes["audit_key"], said, "sha256").hex(),
    }


def downgrade() -> None:
    op.execute(sa.delete(HEAD).where(HEAD.c.chain.in_(("chains", "unplaced"))))

"""What keeps the platform honest while it runs: retries, events on their way out, who holds which job."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.models.base import Row, instant


class IdempotencyKey(Row, table=True):
    """A mutation that was carried out: the same key and body give the same answer again, another body is refused."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("user_id", "key", name="uq_idempotency"),)
    user_id: UUID
    key: str
    body_hash: str
    result: dict[str, object] = Field(default_factory=dict, sa_type=JSON)  # ids and code, never bytes of an answer
    created_at: datetime = instant()


class OutboxEvent(Row, table=True):
    """An event that happened and is told after the commit, at least once."""

    __tablename__ = "outbox_event"
    __table_args__ = (Index("ix_outbox_due", "delivered_at", "created_at"),)
    name: str
    commune_code: str = Field(max_length=5)
    body: dict[str, object] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = instant()
    delivered_at: datetime | None = instant(default=None, nullable=True)
    attempts: int = 0
    failed_for: str | None = None  # names of plugins that failed


class Lease(SQLModel, table=True):
    """Who runs a background job now, and until when."""

    name: str = Field(primary_key=True)
    holder: str
    until: datetime = instant()

"""Which plugin a municipality has switched on, and what kind of installation this is."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field

from core.models.base import Row, instant


class ModuleSwitch(Row, table=True):
    """The latest word of a municipality on one plugin; the audit holds the earlier ones."""

    __tablename__ = "module_switch"
    __table_args__ = (UniqueConstraint("commune_code", "plugin", name="uq_module_switch"),)
    commune_code: str = Field(max_length=5, index=True)
    plugin: str
    enabled: bool
    reason: str | None = None
    changed_by: UUID | None = Field(default=None, foreign_key="user_account.id")
    version: int = 1
    created_at: datetime = instant()
    updated_at: datetime = instant()


class Installation(Row, table=True):
    """One row: DEMO or REAL, and the legal checklist that a REAL one is started with."""

    kind: str
    checklist: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    demo_seed: int | None = None
    demo_day: date | None = None  # the day on which the demo country lives
    created_at: datetime = instant()

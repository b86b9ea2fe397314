"""The prioritised list (nómina): a monthly run per commune, frozen, and what people decided about its entries."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from core.models.base import Record, instant, text


class ScoreSource(StrEnum):
    IMPORTED = "IMPORTED"
    ESTIMATED = "ESTIMATED"
    NONE = "NONE"


class RunState(StrEnum):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    SUPERSEDED = "SUPERSEDED"


class EntryState(StrEnum):
    LISTED = "LISTED"
    DISCARDED = "DISCARDED"


class NominaRun(Record, table=True):
    """One commune's list of one month: inputs, rules and model are named by version and hash, so it can be replayed."""

    __tablename__ = "nomina_run"
    __table_args__ = (UniqueConstraint("commune_code", "period", "sequence", name="uq_nomina_run"),)
    period: date
    sequence: int  # 1 for the first run of a month, then 2 …
    state: RunState = text()
    score_source: ScoreSource = text()
    score_version: str | None = None  # the ministry's instrument, or our model's id
    rules_version: str
    inputs_hash: str
    list_hash: str
    cut_on: date
    capacity: int
    listed: int
    excluded: int
    notice: str | None = None
    published_at: datetime | None = instant(default=None, nullable=True)
    published_by: UUID | None = Field(default=None, foreign_key="user_account.id")
    published_name: str | None = None


class NominaEntry(Record, table=True):
    """One child's place, with every key that decided it and the one that put it behind the child before."""

    __tablename__ = "nomina_entry"
    __table_args__ = (
        UniqueConstraint("run_id", "nna_id", name="uq_nomina_entry"),
        Index("ix_nomina_entry_position", "run_id", "position", "id"),
    )
    run_id: UUID = Field(foreign_key="nomina_run.id")
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    family_id: UUID | None = Field(default=None, foreign_key="family.id")
    position: int
    family_position: int  # the line of the family: siblings share it
    within_capacity: bool
    block: str
    has_address: bool
    last_priority: bool
    territorial_alerts: int
    has_chcc_alert: bool
    chcc_alerts: int
    percentile: float | None = None
    score: float | None = None
    score_rank: int | None = None  # the ministry's order of the commune; an estimate has none
    score_low: float | None = None  # the ensemble's interval, ours only
    score_high: float | None = None
    deciding_key: str
    deciding_reason: str
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    state: EntryState = text()


class NominaDiscard(Record, table=True):
    """That somebody took a child off the list, why, and whether it was taken back."""

    __tablename__ = "nomina_discard"
    entry_id: UUID = Field(foreign_key="nomina_entry.id", index=True)
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    reason_code: str
    comment: str
    discarded_by: UUID | None = Field(default=None, foreign_key="user_account.id")
    discarded_at: datetime = instant()
    reverted_by: UUID | None = Field(default=None, foreign_key="user_account.id")
    reverted_at: datetime | None = instant(default=None, nullable=True)
    revert_comment: str | None = None

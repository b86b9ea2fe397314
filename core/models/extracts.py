"""Files that came in: where from, on what legal ground, what became of each row, and the facts they brought."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.models.base import Dated, Fact, Row, instant, text
from core.reference import ListEffect


class Nature(StrEnum):
    ADMINISTRATIVE = "ADMINISTRATIVE"
    SELF_REPORTED = "SELF_REPORTED"


class Extract(Row, table=True):
    """One imported file, with what the law asks to know of it (Ley 21.719 art. 14 ter, 22)."""

    __table_args__ = (Index("ix_extract_file", "file_hash"),)
    kind: str
    period: date  # first day of the month
    provider: str
    agreement: str
    legal_basis: str
    expires_on: date
    nature: Nature = text()
    file_name: str
    file_hash: str
    rows_read: int = 0
    rows_inserted: int = 0
    rows_updated: int = 0
    rows_unchanged: int = 0
    rows_rejected: int = 0
    imported_by: UUID | None = Field(default=None, foreign_key="user_account.id")
    imported_at: datetime = instant()
    synthetic: bool = False


class ExtractArrival(SQLModel, table=True):
    """When a file, known by its hash, first came to a commune: its place among the files of its kind and month there.

    An import writes one for each commune that it may write in and the file tells of, whether or not a row could be
    stored. That it comes again changes nothing; only who insists has it take the place of one that comes now.
    """

    __tablename__ = "extract_arrival"
    kind: str = Field(primary_key=True)
    period: date = Field(primary_key=True)
    file_hash: str = Field(primary_key=True)
    commune_code: str = Field(max_length=5, primary_key=True)
    arrived_at: datetime = instant()


class OfficialScore(Fact, table=True):
    """The ministry's score for one month (Ley 21.430 art. 66 c: its instrument, not ours)."""

    __tablename__ = "official_score"
    __table_args__ = (UniqueConstraint("nna_id", "period", "instrument_version", name="uq_official_score"),)
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    period: date
    score: float
    percentile: float
    rank: int | None = None
    instrument_version: str


class ListStatus(Fact, Dated, table=True):
    """A state of a child that moves its place on the list: excluded, or last priority."""

    __tablename__ = "list_status"
    __table_args__ = (UniqueConstraint("nna_id", "reason_code", "valid_from", name="uq_list_status"),)
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    reason_code: str  # of case_exit_reasons
    effect: ListEffect = text()
    programme: str | None = None

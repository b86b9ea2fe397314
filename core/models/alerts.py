"""Alerts: what somebody saw (a report, several types at once), and each type's own way from there."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from authz.actor import DataClass
from core.models.base import Record, instant, text
from core.reference import AlertKind
from core.rules.alerts import AlertState


class AlertSource(StrEnum):
    TEAM = "TEAM"
    SECTOR_PARTNER = "SECTOR_PARTNER"
    EXTRACT = "EXTRACT"


class NamedBy(StrEnum):
    """By what whoever raised alerts said whom they meant."""

    RECORD = "RECORD"
    JOINED_RECORD = "JOINED_RECORD"  # one that the office joined to that where the alerts stand
    NUMBER = "NUMBER"
    DESCRIPTION = "DESCRIPTION"


class AlertReport(Record, table=True):
    """One act of raising alerts: by whom, when, about which child."""

    __tablename__ = "alert_report"
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    source: AlertSource = text()
    organization_id: UUID | None = Field(default=None, foreign_key="organization.id", index=True)
    raised_by: UUID | None = Field(default=None, foreign_key="user_account.id")
    raised_at: datetime = instant()
    observed_on: date
    described_sealed: bytes | None = Field(
        default=None, sa_type=LargeBinary
    )  # who was meant, where the number is not theirs
    named_by: NamedBy | None = text(default=None)  # what its source knows of the record; a file's report has none
    said_index: str | None = None  # blind index of the number or the words that were said, whatever is known by now
    sector_code: str | None = None  # who saw it, where an extract names a sector and no institution


class Alert(Record, table=True):
    """One alert of one type. `data_class` is that of its type, and decides who may know that it exists."""

    __table_args__ = (
        Index("ix_alert_nna", "nna_id", "created_at", "id"),
        Index("ix_alert_commune_state", "commune_code", "state", "created_at", "id"),
    )
    nna_id: UUID = Field(foreign_key="nna.id")
    report_id: UUID = Field(foreign_key="alert_report.id", index=True)
    organization_id: UUID | None = Field(default=None, foreign_key="organization.id", index=True)
    kind: AlertKind = text()
    type_code: str
    type_version: str
    data_class: DataClass = text()
    state: AlertState = text()
    observed_on: date
    valid_until: date | None = None
    information: str | None = None
    decided_at: datetime | None = instant(default=None, nullable=True)
    decided_by: UUID | None = Field(default=None, foreign_key="user_account.id")
    decision_reason: str | None = None  # whoever sees the alert reads it, the informant too
    decision_note: str | None = None  # stays in the office; no type of the schema may show it
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id")

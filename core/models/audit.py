"""Who changed and who saw what: append-only, chained, verifiable."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from core.models.base import Row, instant


class AuditEntry(Row, table=True):
    """One unit of work's changes in one commune, chained to the entry before by HMAC."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("chain", "sequence", name="uq_audit_sequence"),)
    chain: str = Field(index=True)  # the commune's code, or `CL`
    sequence: int
    at: datetime = instant()
    user_id: UUID | None = Field(default=None, index=True)
    username: str
    purpose: str
    action: str  # the mutation or command
    request_id: str | None = None
    changes: list[dict[str, object]] = Field(default_factory=list, sa_type=JSON)
    previous: str
    digest: str


class AuditHead(SQLModel, table=True):
    """The last link of each chain; locked last, so that writers queue for as short as can be."""

    __tablename__ = "audit_head"
    chain: str = Field(primary_key=True)
    sequence: int
    digest: str


class ReadEntry(Row, table=True):
    """One operation that read records of children, loaded from the journal."""

    __tablename__ = "read_entry"
    __table_args__ = (UniqueConstraint("journal", "sequence", name="uq_read_sequence"),)
    journal: str
    sequence: int
    at: datetime = instant()
    user_id: UUID = Field(index=True)
    username: str
    purpose: str
    operation: str | None = None
    document_hash: str
    request_id: str | None = None
    digest: str
    placed: str  # keyed hash of the communes in its subjects, which the file's line does not tell


class ReadSubject(Row, table=True):
    """That an operation showed a child's record, or was asked to and did not: who has seen a child is an index away."""

    __tablename__ = "read_subject"
    __table_args__ = (
        Index("ix_read_subject_nna", "nna_id", "at"),
        Index("ix_read_subject_commune", "commune_code", "at", "entry_id"),
    )
    entry_id: UUID = Field(foreign_key="read_entry.id", index=True)
    nna_id: UUID
    commune_code: str = Field(max_length=5)
    at: datetime = instant()
    shown: bool = True  # whether; else somebody named the child by id and was shown nothing

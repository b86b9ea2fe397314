"""People who use the platform, what they are where, and what they signed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Index, UniqueConstraint, or_
from sqlmodel import Field

from authz.actor import Role
from authz.scope import TODAY
from core.models.base import Dated, Row, instant, text


class User(Row, table=True):
    """A person with an account. `issuer` and `subject` are what their token says; roles never come from it."""

    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("issuer", "subject", name="uq_user_subject"),)
    username: str = Field(unique=True)
    display_name: str
    email: str | None = None
    issuer: str | None = None
    subject: str | None = None
    active: bool = True
    demo: bool = False
    version: int = 1
    created_at: datetime = instant()
    updated_at: datetime = instant()


class Assignment(Row, Dated, table=True):
    """That somebody holds a role in a territory: a commune (13101), a region (13) or the country (CL)."""

    __table_args__ = (Index("ix_assignment_user", "user_id", "valid_from"),)
    user_id: UUID = Field(foreign_key="user_account.id")
    role: Role = text()
    territory: str = Field(max_length=5, index=True)
    organization_id: UUID | None = Field(default=None, foreign_key="organization.id")
    substitutes_id: UUID | None = Field(default=None, foreign_key="user_account.id", index=True)
    granted_by: UUID | None = Field(default=None, foreign_key="user_account.id")
    reason: str | None = None
    version: int = 1
    created_at: datetime = instant()
    updated_at: datetime = instant()
    revoked_at: datetime | None = instant(default=None, nullable=True)
    revoked_by: UUID | None = Field(default=None, foreign_key="user_account.id")


def not_over(t: FromClause) -> ColumnElement[bool]:
    """Return the condition that an assignment is in force or to come."""
    unended: ColumnElement[bool] = or_(t.c.valid_until.is_(None), t.c.valid_until > TODAY)
    return unended & t.c.revoked_at.is_(None)


class ConfidentialityAgreement(Row, table=True):
    """That a user signed a version of the agreement (OOTT OLN 2020, annex 1, p. 92)."""

    __tablename__ = "confidentiality_agreement"
    __table_args__ = (UniqueConstraint("user_id", "text_version", name="uq_confidentiality"),)
    user_id: UUID = Field(foreign_key="user_account.id")
    text_version: str
    text_hash: str
    signed_on: date
    signed_at: datetime = instant()

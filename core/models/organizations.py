"""Institutions of the sector, and what a child's family has opened to them."""

from uuid import UUID

from sqlmodel import Field

from authz.actor import Purpose
from core.models.base import Dated, Record, bytewise, text


class Organization(Record, table=True):
    """A school, a health centre, a service: whoever may raise an alert or receive a referral."""

    name: str
    name_sort: str = bytewise(index=True)
    type_code: str
    sector_code: str
    identifier: str | None = None  # RBD, DEIS code …


class AccessGrant(Record, Dated, table=True):
    """That an institution may see a child's record: while a referral lives, by consent, or by law."""

    __tablename__ = "access_grant"
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    organization_id: UUID = Field(foreign_key="organization.id", index=True)
    purpose: Purpose = text()
    with_identity: bool = False  # consent given: name and contact too, not only need, age and commune
    source: str

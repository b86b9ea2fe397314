"""Children and adolescents (NNA), where they live, who may be called, school, health, and who works with them."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from core.identity import IdentifierKind
from core.models.base import Dated, Fact, Record, bytewise, text


class Sex(StrEnum):
    FEMALE = "FEMALE"
    MALE = "MALE"
    INTERSEX = "INTERSEX"
    UNKNOWN = "UNKNOWN"


class Nna(Record, table=True):
    """A child or adolescent, from gestation to the day before turning 18, as one commune's record.

    `family_id` is the family of today; `FamilyMember` keeps the history. The RUN stands sealed, and beside it a keyed
    index by which the same RUN is found again within the commune.
    """

    __table_args__ = (
        UniqueConstraint("commune_code", "identifier_index", name="uq_nna_identifier"),
        CheckConstraint("birth_date IS NOT NULL OR expected_birth_date IS NOT NULL", name="born_or_expected"),
        Index("ix_nna_commune_name", "commune_code", "name_sort", "id"),
        Index("ix_nna_commune_sound", "commune_code", "name_sound", "id"),
        Index("ix_nna_commune_birth", "commune_code", "birth_date"),
        Index("ix_nna_commune_expected", "commune_code", "expected_birth_date"),
    )

    identifier_kind: IdentifierKind = text()
    identifier_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    identifier_index: str | None = Field(default=None, max_length=64)
    given_names: str
    first_surname: str
    second_surname: str | None = None
    social_name: str | None = None
    name_sort: str = bytewise()
    name_fold: str = bytewise()
    name_sound: str = bytewise()
    birth_date: date | None = None
    expected_birth_date: date | None = None
    sex: Sex = text()
    nationality: str | None = None  # ISO 3166-1 alpha-3
    indigenous_people: str | None = None
    has_disability: bool | None = None
    protected_address: bool = False
    no_contact: bool = False
    family_id: UUID | None = Field(default=None, foreign_key="family.id", index=True)
    moved_to_id: UUID | None = Field(default=None, foreign_key="nna.id")
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id")


class Address(Record, Dated, table=True):
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    located_in: str = Field(max_length=5)  # CUT of the place itself, which may not be the office's commune
    street: str
    number: str | None = None
    unit: str | None = None
    reference: str | None = None
    source: str
    protected: bool = False
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id")


class Contact(Record, Dated, table=True):
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    name: str
    relationship: str | None = None
    phone: str | None = None
    email: str | None = None
    no_contact: bool = False
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id")


class Schooling(Record, Dated, table=True):
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    school_code: str | None = None  # RBD
    school_name: str | None = None
    level: str | None = None
    grade: str | None = None
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id")


class Attendance(Fact, table=True):
    """School attendance in one month."""

    __table_args__ = (UniqueConstraint("nna_id", "period", name="uq_attendance_month"),)
    nna_id: UUID = Field(foreign_key="nna.id")
    period: date  # the first day of the month
    rate: float  # per cent of school days, 0 to 100


class HealthRegistration(Record, Dated, table=True):
    __tablename__ = "health_registration"
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    insurance: str | None = None
    centre: str | None = None
    background: str | None = None
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id")


class TeamMember(Record, Dated, table=True):
    """Who of the office works with a child: their *own* caseload, and the team that a protected address opens to."""

    __tablename__ = "team_member"
    __table_args__ = (Index("ix_team_member_user", "user_id", "nna_id"),)
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    user_id: UUID = Field(foreign_key="user_account.id")
    duty: str

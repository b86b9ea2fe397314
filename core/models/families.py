"""Families: who belongs to them from when to when, and how people are related."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from core.identity import IdentifierKind
from core.models.base import Dated, Record, Row, bytewise, text
from core.models.people import Sex


class FamilyRole(StrEnum):
    CHILD = "CHILD"
    MOTHER = "MOTHER"
    FATHER = "FATHER"
    STEP_PARENT = "STEP_PARENT"
    GRANDPARENT = "GRANDPARENT"
    SIBLING = "SIBLING"
    UNCLE_OR_AUNT = "UNCLE_OR_AUNT"
    OTHER_RELATIVE = "OTHER_RELATIVE"
    GUARDIAN = "GUARDIAN"
    NOT_RELATED = "NOT_RELATED"


class RelationKind(StrEnum):
    """Directed: *from* is the … of *to*."""

    PARENT_OF = "PARENT_OF"
    ADOPTIVE_PARENT_OF = "ADOPTIVE_PARENT_OF"
    STEP_PARENT_OF = "STEP_PARENT_OF"
    GUARDIAN_OF = "GUARDIAN_OF"
    GRANDPARENT_OF = "GRANDPARENT_OF"
    SIBLING_OF = "SIBLING_OF"
    PARTNER_OF = "PARTNER_OF"
    SPOUSE_OF = "SPOUSE_OF"
    UNCLE_OR_AUNT_OF = "UNCLE_OR_AUNT_OF"
    OTHER_KIN_OF = "OTHER_KIN_OF"


class Family(Record, table=True):
    """A family group: the unit that the office works with.

    The socio-economic columns come from the household extracts and are sensitive by law (Ley 21.719 art. 2 g).
    """

    __table_args__ = (
        UniqueConstraint("commune_code", "source_key", name="uq_family_source"),
        UniqueConstraint("commune_code", "folio", name="uq_family_folio"),
    )
    folio: str  # what people say on the phone; numbered by commune, tells nothing
    source_key: str | None = None  # the household's key in the extracts
    notes: str | None = None
    rsh_bracket: int | None = None  # 40 to 100, Registro Social de Hogares
    household_size: int | None = None
    bedrooms: int | None = None
    income_per_capita: int | None = None  # CLP a month
    head_schooling_years: int | None = None
    tenure: str | None = None
    urban: bool | None = None
    housing_quality: str | None = None
    single_head: bool | None = None
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id")


class HouseholdKey(Row, table=True):
    """That a household of the files is a family's, from a month to a month (`docs/decisions/0013`).

    Of a family that never bore another key than `Family.source_key`, nothing is written here: it bore that ever since.
    """

    __tablename__ = "household_key"
    commune_code: str = Field(max_length=5, index=True)
    source_key: str
    family_id: UUID = Field(foreign_key="family.id")
    home: bool  # what files of homes tell of the household is the family's; of a further one, only who comes there
    since: date | None = None  # first day of a month; null is ever
    until: date | None = None  # first month in which it no longer is


class Relative(Record, table=True):
    """A person of a family who is not an NNA of the office: carers, relatives, those who turned 18."""

    identifier_kind: IdentifierKind = text()
    identifier_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    identifier_index: str | None = Field(default=None, max_length=64, index=True)
    given_names: str
    first_surname: str
    second_surname: str | None = None
    name_sort: str = bytewise()
    birth_date: date | None = None
    death_date: date | None = None
    sex: Sex = text()
    phone: str | None = None
    email: str | None = None
    no_contact: bool = False
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id")


class FamilyMember(Record, Dated, table=True):
    """That a person belongs to a family, from a day to a day: the past stays true."""

    __tablename__ = "family_member"
    __table_args__ = (
        CheckConstraint("(nna_id IS NULL) <> (relative_id IS NULL)", name="one_person"),
        Index("ix_family_member_family", "family_id", "valid_from"),
    )
    family_id: UUID = Field(foreign_key="family.id")
    nna_id: UUID | None = Field(default=None, foreign_key="nna.id", index=True)
    relative_id: UUID | None = Field(default=None, foreign_key="relative.id", index=True)
    role: FamilyRole = text()
    main_carer: bool = False
    lives_with: bool = True


class Relation(Record, Dated, table=True):
    """A typed, dated, directed tie between two people of the office's records."""

    __table_args__ = (
        CheckConstraint("(from_nna_id IS NULL) <> (from_relative_id IS NULL)", name="from_one"),
        CheckConstraint("(to_nna_id IS NULL) <> (to_relative_id IS NULL)", name="to_one"),
    )
    kind: RelationKind = text()
    from_nna_id: UUID | None = Field(default=None, foreign_key="nna.id", index=True)
    from_relative_id: UUID | None = Field(default=None, foreign_key="relative.id", index=True)
    to_nna_id: UUID | None = Field(default=None, foreign_key="nna.id", index=True)
    to_relative_id: UUID | None = Field(default=None, foreign_key="relative.id", index=True)

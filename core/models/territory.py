"""Regions, provinces, communes, and which of them have an office; public, without people."""

from datetime import date
from uuid import UUID

from sqlmodel import Field

from core.models.base import Dated, Row, bytewise


class Region(Row, table=True):
    code: str = Field(max_length=2, unique=True)
    name: str
    name_sort: str = bytewise()
    iso: str
    position: int  # from north to south


class Province(Row, table=True):
    code: str = Field(max_length=3, unique=True)
    name: str
    name_sort: str = bytewise()
    region_id: UUID = Field(foreign_key="region.id", index=True)


class Commune(Row, table=True):
    code: str = Field(max_length=5, unique=True)
    name: str
    name_sort: str = bytewise(index=True)
    time_zone: str
    province_id: UUID = Field(foreign_key="province.id", index=True)
    region_id: UUID = Field(foreign_key="region.id", index=True)
    region_code: str = Field(max_length=2)


class CommuneAlias(Row, table=True):
    """Another spelling of a commune's name."""

    __tablename__ = "commune_alias"
    commune_id: UUID = Field(foreign_key="commune.id", index=True)
    name: str
    name_fold: str = bytewise(index=True)


class OfficePeriod(Row, Dated, table=True):
    """A stretch in which a source says that the commune has an office; sources may disagree, and all are kept."""

    __tablename__ = "office_period"
    commune_id: UUID = Field(foreign_key="commune.id", index=True)
    listed_in: str
    note: str | None = None
    valid_from: date

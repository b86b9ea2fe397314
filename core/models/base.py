"""What every table shares: keys, dates and the way enums and instants are stored."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Dialect, FromClause, String, or_
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from authz.scope import TODAY

# Named constraints, so that a migration can find them again on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# PostgreSQL would order by the language of whoever made the database.
BYTEWISE: Any = String().with_variant(String(collation="C"), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An instant in UTC with microseconds; a naive one is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def text(**options: Any) -> Any:
    """Declare a column for a `StrEnum`, stored as its name."""
    return Field(sa_type=Word, **options)


def bytewise(**options: Any) -> Any:
    """Declare a column of `core.text` keys, compared byte by byte: so that its indexes serve our own order."""
    return Field(sa_type=BYTEWISE, **options)


def instant(**options: Any) -> Any:
    return Field(sa_type=Instant, **options)


class Word(TypeDecorator[str]):
    """A member of a `StrEnum`, stored and read as plain text: the name and the value are the same word."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)


class Row(SQLModel):
    """A row with an opaque id; made with `uow.new_id()`, so that a seeded demo is the same every time."""

    id: UUID = Field(primary_key=True)


class Record(Row):
    """A row of a commune's office that people edit; `version` is what `expectedVersion` is held against."""

    commune_code: str = Field(max_length=5, index=True)
    version: int = Field(default=1)
    created_at: datetime = instant()
    updated_at: datetime = instant()


class Fact(Row):
    """A line of an extract, kept as it came; never edited, only replaced by a later extract."""

    commune_code: str = Field(max_length=5, index=True)
    extract_id: UUID | None = Field(default=None, foreign_key="extract.id", index=True)


class Dated(SQLModel):
    """True from `valid_from` until the day before `valid_until`; None is open."""

    valid_from: date
    valid_until: date | None = None


def in_force(t: FromClause) -> ColumnElement[bool]:
    """Return the condition that a dated row holds today."""
    until: ColumnElement[bool] = or_(t.c.valid_until.is_(None), t.c.valid_until > TODAY)
    started: ColumnElement[bool] = t.c.valid_from <= TODAY
    return started & until


Expression = Callable[[FromClause], ColumnElement[Any]]

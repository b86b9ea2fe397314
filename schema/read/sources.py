"""Where a field comes from, as data: what the words of `schema.read.declare` leave on a field."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import ColumnElement, FromClause, Table

from authz.actor import DataClass

Expression = Callable[[FromClause], ColumnElement[Any]]
Condition = Callable[[FromClause], ColumnElement[bool]]


class DeclarationError(Exception):
    """A part declares what cannot be read, or what somebody else has declared."""


@dataclass(frozen=True)
class Source:
    """Where a field comes from; `data` is the class that a caller needs, `plugin` who added it."""

    data: DataClass
    plugin: str | None = None


@dataclass(frozen=True)
class Value(Source):
    """A single value of the row. `filter` and `order` name the column that serves for them."""

    filter: bool | str = False
    order: bool | str = False


@dataclass(frozen=True)
class Column(Value):
    name: str | None = None


@dataclass(frozen=True)
class Sql(Value):
    expression: Expression | None = None


@dataclass(frozen=True)
class Python(Source):
    """A value that a resolver makes from these columns of the row; its work counts as that of `cost` records."""

    needs: tuple[str, ...] = ()
    cost: int = 0


@dataclass(frozen=True)
class Relation(Source):
    """Rows of another table, tied by a foreign key; `to` says whither where the key is not declared as one."""

    via: SqlColumn[Any] | None = None
    to: SqlColumn[Any] | None = None

    @property
    def key(self) -> SqlColumn[Any]:
        assert self.via is not None
        return self.via


@dataclass(frozen=True)
class One(Relation):
    filter: bool = False


@dataclass(frozen=True)
class Many(Relation):
    order: tuple[str, ...] = ()
    where: Condition | None = None


@dataclass(frozen=True)
class Root:
    """A field of Query; `type_name` is None where any type may answer."""

    type_name: str | None
    plugin: str | None = None


@dataclass(frozen=True)
class RootOne(Root):
    """One row, by its id or by unique columns."""

    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class RootList(Root):
    """One row for each given id, in the order given; null where there is none for this caller."""


@dataclass(frozen=True)
class RootMany(Root):
    order: tuple[str, ...] = ()
    where: Condition | None = None


@dataclass(frozen=True)
class Held(Root):
    """A field of an ordinary type whose value is an id, or a list of ids."""


@dataclass(frozen=True)
class Exposed:
    """Which table a type shows, and the prefix of its ids."""

    table: Table
    prefix: str
    description: str

"""The words in which a type says where its fields come from. Each makes an ordinary strawberry field with metadata."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, dataclass_transform
from uuid import UUID

import strawberry
from sqlalchemy import Column as SqlColumn

from authz.actor import DataClass
from authz.scope import table_of
from schema.read import sources
from schema.read.shapes import Connection, Data, Edge, Node, PageInfo, Record, enumeration
from schema.read.sources import Condition, Exposed, Expression, Root, Source

__all__ = [
    "Connection",
    "Data",
    "Edge",
    "Node",
    "PageInfo",
    "Record",
    "any_node",
    "any_nodes",
    "column",
    "computed",
    "enumeration",
    "expose",
    "held",
    "lazy",
    "many",
    "one",
    "one_by",
    "reading",
    "shown",
    "sql",
    "to_many",
    "to_one",
    "withheld",
]

T = TypeVar("T")
lazy = strawberry.lazy("schema.read.named")


def column(
    data: DataClass,
    description: str,
    *,
    name: str | None = None,
    filter: bool | str = False,
    order: bool | str = False,
    deprecated: str | None = None,
) -> Any:
    """Declare a column of the type's table, of the same name unless `name` says otherwise.

    Parameters
    ----------
    data : DataClass
        What a caller needs to see it, or to filter or order by it.
    description : str
        Spanish.
    name : str, optional
        Name of the column.
    filter, order : bool or str
        Whether lists may be filtered or ordered by it; the name of another column has that one compared instead
        (``filter="name_fold"``: what the client gives is folded too; ``order="name_sort"``).
    deprecated : str, optional
        Why clients should stop asking for it, and what to ask for instead.
    """
    return _field(sources.Column(data, filter=filter, order=order, name=name), description, deprecated)


def sql(
    data: DataClass,
    description: str,
    expression: Expression,
    *,
    filter: bool | str = False,
    order: bool | str = False,
    deprecated: str | None = None,
) -> Any:
    """Declare a value computed by the database from the row: `expression` gets the table, or an alias of it."""
    made = sources.Sql(data, filter=filter, order=order, expression=expression)
    return _field(made, description, deprecated)


def to_one(
    data: DataClass,
    description: str,
    via: Any,
    to: Any = None,
    *,
    filter: bool = False,
    deprecated: str | None = None,
) -> Any:
    """Declare a relation by its foreign key: of this table, or a unique one that points to it.

    Parameters
    ----------
    data : DataClass
    description : str
    via
        The foreign key, ``models.Alert.nna_id``.
    to : optional
        The unique column it points to, where the database does not know it as a foreign key
        (``models.Nna.commune_code, models.Commune.code``).
    filter : bool
        Whether lists may be filtered by the id of the other row; it needs a foreign key of this table to an id.
    deprecated : str, optional
    """
    made = sources.One(data, via=_column(via), to=None if to is None else _column(to), filter=filter)
    return _field(made, description, deprecated)


def to_many(
    data: DataClass,
    description: str,
    via: Any,
    *order: str,
    where: Condition | None = None,
    deprecated: str | None = None,
) -> Any:
    """Declare a connection by the foreign key of the other table that points here.

    Parameters
    ----------
    data : DataClass
    description : str
    via
        The foreign key, ``models.Alert.nna_id``.
    order : str
        GraphQL names of ordered fields of the other type, `-` before those that go down.
    where : callable, optional
        A condition that each row meets, given the other table.
    deprecated : str, optional
    """
    return _field(sources.Many(data, via=_column(via), order=order, where=where), description, deprecated)


def computed(
    data: DataClass,
    description: str,
    *,
    needs: tuple[str, ...] = (),
    cost: int = 0,
    deprecated: str | None = None,
) -> Callable[[Callable[..., Any]], Any]:
    """Declare a value that a resolver makes in Python; it is called only where the row opens this class.

    Parameters
    ----------
    data : DataClass
    description : str
    needs : tuple of str
        Columns of the table that the resolver reads from `self`; `self.key`, the row's id, is always there.
    cost : int
        How many records' worth of work one row is, where the resolver goes to a service.
    deprecated : str, optional
    """

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(
            resolver=resolver,
            description=description,
            directives=[Data(data_class=data)],
            metadata={Source: sources.Python(data, needs=needs, cost=cost)},
            deprecation_reason=deprecated,
        )

    return decorate


def withheld() -> Any:
    """Declare `withheld` on a type without versions, whose interface is `Node`."""
    return strawberry.field(
        description="Clases de dato que existen en este registro y que usted no puede ver.",
        directives=[Data(data_class=DataClass.BASIC)],
    )


def one(description: str, type_name: str) -> Any:
    """Declare a root field that reads one row by its id."""
    return _root(sources.RootOne(type_name), description)


def one_by(description: str, type_name: str, *columns: str) -> Any:
    """Declare a root field that reads one row by unique columns; they become its arguments."""
    return _root(sources.RootOne(type_name, by=columns), description)


def many(description: str, type_name: str, *order: str, where: Condition | None = None) -> Any:
    """Declare a root connection, in this order unless the client gives another."""
    return _root(sources.RootMany(type_name, order=order, where=where), description)


def any_node(description: str) -> Any:
    """Declare the root field that reads a row of any type by its id."""
    return _root(sources.RootOne(None), description)


def any_nodes(description: str) -> Any:
    """Declare the root field that reads rows of any type by their ids."""
    return _root(sources.RootList(None), description)


def reading(description: str, type_name: str) -> Any:
    """Declare a field of an ordinary type whose Python value is a row's id, or a list of ids; see `shown`."""
    return _root(sources.Held(type_name), description)


def held(description: str, type_name: str) -> Callable[[Callable[..., Any]], Any]:
    """Declare a root field whose resolver finds an id, or a list of ids, whose rows the read path then reads.

    For what a service has to find first: the list published last. The resolver is an `async def` that works in a
    thread (`info.context.work`).
    """

    def decorate(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(resolver=resolver, description=description, metadata={Source: sources.Held(type_name)})

    return decorate


def shown(ids: UUID | Iterable[UUID] | None) -> Any:
    """Give a `reading` field its value: ids, whose rows the read path puts in their place."""
    return ids if ids is None or isinstance(ids, UUID) else list(ids)


@dataclass_transform(kw_only_default=True, field_specifiers=(column, sql, to_one, to_many, withheld, strawberry.field))
def expose(model: Any, *, prefix: str, description: str, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Expose a table as the decorated type."""

    def decorate(cls: type[T]) -> type[T]:
        made: Any = strawberry.type(cls, name=name, description=description)
        made.__exposed__ = Exposed(table_of(model), prefix, description)
        return cls

    return decorate


def _column(via: Any) -> SqlColumn[Any]:
    found: SqlColumn[Any] = table_of(via.class_).c[via.key]
    return found


def _field(source: Source, description: str, deprecated: str | None) -> Any:
    return strawberry.field(
        description=description,
        directives=[Data(data_class=source.data)],
        metadata={Source: source},
        deprecation_reason=deprecated,
    )


def _root(source: Root, description: str) -> Any:
    return strawberry.field(description=description, metadata={Source: source})

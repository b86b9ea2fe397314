"""The types that every schema has: nodes, records, pages, and the directive that tells a field's class."""

import enum
from typing import Any, Generic, TypeVar
from uuid import UUID

import strawberry
from strawberry.schema_directive import Location

from authz.actor import DataClass
from schema.read import sources
from schema.read.sources import DeclarationError, Source

T = TypeVar("T")
E = TypeVar("E", bound=enum.EnumMeta)
MOST = 100
MOST_FLAT = 500
COUNTED = 10_000


def enumeration(words: E, description: str, name: str | None = None, **values: str) -> E:
    """Show a `StrEnum` as a GraphQL enum, with a Spanish description of each member.

    Raises
    ------
    DeclarationError
        Where a member has no description, or a description no member.
    """
    if set(values) != set(words.__members__):
        raise DeclarationError(f"{words.__name__}: describe each of {sorted(words.__members__)}")
    made: Any = strawberry.enum(words, name=name, description=description)
    for value in made.__strawberry_definition__.values:
        value.description = values[value.name]
    return words


enumeration(
    DataClass,
    "Clase de dato: qué tan reservado es un valor.",
    BASIC="Datos básicos del registro.",
    CONTACT="Datos de contacto: domicilio, teléfono, correo.",
    IDENTITY="Datos de identidad: nombre, RUN, nacimiento.",
    HEALTH="Datos de salud.",
    JUDICIAL="Datos judiciales y de protección.",
    THERAPY="Datos del proceso terapéutico.",
    RISK="Puntajes y estimaciones de riesgo.",
    AGGREGATE="Cifras agregadas, sin personas.",
)


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="data", description="Clase de dato que exige el campo."
)
class Data:
    data_class: DataClass = strawberry.directive_field(name="class")


@strawberry.interface(description="Todo lo que tiene identificador.")
class Node:
    """`key` is the row's id for resolvers written in Python; clients see `id`."""

    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(
        description="Identificador opaco y estable.", directives=[Data(data_class=DataClass.BASIC)]
    )


@strawberry.interface(description="Registro versionado, del que algunas clases de dato pueden quedar reservadas.")
class Record(Node):
    version: int = strawberry.field(
        description="Versión del registro; se envía como `expectedVersion` al modificarlo.",
        directives=[Data(data_class=DataClass.BASIC)],
        metadata={Source: sources.Column(DataClass.BASIC)},
    )
    withheld: list[DataClass] = strawberry.field(
        description="Clases de dato que existen en este registro y que usted no puede ver.",
        directives=[Data(data_class=DataClass.BASIC)],
    )


@strawberry.type(description="Dónde está la página dentro de la lista.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Si hay más elementos después; solo se calcula con `first`.")
    has_previous_page: bool = strawberry.field(description="Si hay más elementos antes; solo se calcula con `last`.")
    start_cursor: str | None = strawberry.field(description="Cursor del primer elemento de la página.")
    end_cursor: str | None = strawberry.field(description="Cursor del último elemento de la página.")


@strawberry.type(description="Un elemento de la lista y su cursor.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Cursor opaco, para `after` y `before`.")
    node: T = strawberry.field(description="El elemento.")


@strawberry.type(description="Lista por páginas. Se pide con `first` o `last`, de 1 a 100 (500 si no hay subniveles).")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="Los elementos de la página.")
    page_info: PageInfo = strawberry.field(description="Dónde está la página dentro de la lista.")
    total_count: int = strawberry.field(
        description="Cuántos elementos hay con estos filtros; se cuenta hasta 10.000, que significa «10.000 o más»."
    )

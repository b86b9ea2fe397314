"""What the read path knows of the types: tables, fields, relations, and how lists of them may be asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import strawberry
from sqlalchemy import Column as SqlColumn
from sqlalchemy import ColumnElement, FromClause, Table
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryType, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from authz.actor import DataClass
from authz.scope import Scope
from schema.read.filters import order_type, where_type
from schema.read.kinds import kind_of
from schema.read.metrics import ReadMetrics
from schema.read.plan import PlanCache
from schema.read.sources import (
    Column,
    DeclarationError,
    Exposed,
    Many,
    One,
    Relation,
    Root,
    RootList,
    RootMany,
    RootOne,
    Source,
    Sql,
    Value,
)
from schema.read.terms import Term


@dataclass(frozen=True)
class Entity:
    """One type as the read path sees it; `sources` and `fields` are by GraphQL name."""

    name: str
    cls: type
    exposed: Exposed
    scope: Scope
    sources: dict[str, Source]
    fields: dict[str, StrawberryField]

    @property
    def table(self) -> Table:
        return self.exposed.table

    @property
    def prefix(self) -> str:
        return self.exposed.prefix

    @cached_property
    def classes(self) -> set[DataClass]:
        """The classes of this type's fields: those that `withheld` may name."""
        return {source.data for source in self.sources.values()}

    @cached_property
    def values(self) -> dict[str, Value]:
        return {name: source for name, source in self.sources.items() if isinstance(source, Value)}

    @cached_property
    def identity(self) -> Term:
        """The id, by which every order ends."""
        return Term("id", "id", "id", "id", False, None, lambda t: t.c.id, prefix=self.prefix)

    def expression(self, name: str, t: FromClause) -> ColumnElement[Any]:
        source = self.values[name]
        if isinstance(source, Sql):
            assert source.expression is not None
            return source.expression(t)
        assert isinstance(source, Column)
        return t.c[source.name or self.fields[name].python_name]


class Catalogue:
    """The types of one schema.

    Parameters
    ----------
    entities : mapping of str to Entity
    scopes : mapping of str to Scope
        By table name.
    """

    def __init__(self, entities: Mapping[str, Entity], scopes: Mapping[str, Scope]) -> None:
        self.entities, self.scopes = dict(entities), dict(scopes)
        self.by_table = {e.table.name: e for e in entities.values()}
        self.by_prefix = {e.prefix: e for e in entities.values()}
        self.metrics = ReadMetrics()
        self.plans = PlanCache(self.metrics)
        self._asked: dict[str, list[StrawberryArgument]] = {}

    def source_of(self, type_name: str, field_name: str) -> tuple[str, DataClass, str, str | None]:
        """Return resource, class, table and plugin of a field, for `accessExplanation`.

        Raises
        ------
        KeyError
            Where there is no such type, or no such field on it.
        """
        entity = self.entities[type_name]
        if field_name in ("id", "version", "withheld"):
            return entity.scope.resource, entity.scope.data, entity.table.name, entity.scope.plugin
        source = entity.sources[field_name]
        return entity.scope.resource, source.data, entity.table.name, source.plugin or entity.scope.plugin

    def target(self, relation: Relation, owner: Entity) -> Entity:
        """Return the type of the rows at the other end."""
        there, _ = self.ends(relation, owner)
        if there.table.name not in self.by_table:
            raise DeclarationError(f"{owner.name}: {relation.key} leads to {there.table.name}, which no type exposes")
        return self.by_table[there.table.name]

    def ends(self, relation: Relation, owner: Entity) -> tuple[SqlColumn[Any], SqlColumn[Any]]:
        """Return the column over there and the one here; another table's foreign key is read backwards."""
        if relation.to is not None:
            return relation.to, relation.key
        if len(relation.key.foreign_keys) != 1:
            raise DeclarationError(f"{owner.name}: {relation.key} is no foreign key; say where it leads with `to`")
        (key,) = relation.key.foreign_keys
        forwards = isinstance(relation, One) and relation.key.table is owner.table
        return (key.column, relation.key) if forwards else (relation.key, key.column)

    def same_child(self, relation: Relation, owner: Entity) -> bool:
        """Whether the relation joins rows by the very child whose record both are part of."""
        there, here = self.ends(relation, owner)
        target = self.target(relation, owner)
        return None not in (target.scope.subject, owner.scope.subject) and (there.name, here.name) == (
            target.scope.subject,
            owner.scope.subject,
        )

    def term(self, entity: Entity, name: str, *, order: bool) -> Term | None:
        """Return what a list is compared by under this field name, or None where it was not declared so."""
        if name == "id":
            return entity.identity
        source = entity.sources.get(name)
        field_ = entity.fields.get(name)
        if source is None or field_ is None:
            return None
        if isinstance(source, One):
            return self._key_term(entity, name, source, field_) if source.filter and not order else None
        asked = (source.order if order else source.filter) if isinstance(source, Value) else False
        if not asked:
            return None
        expression, label, nullable = self._compared(entity, name, asked)
        kind = kind_of(expression(entity.table).type)
        words = None if isinstance(asked, str) else words_of(field_.type)
        described = (name, field_.python_name, label, kind, nullable, source, expression, field_.description or "")
        prefix = self.prefix_of(entity.table.c[label]) if kind == "id" and label in entity.table.c else ""
        return Term(*described, words, prefix)

    def terms(self, entity: Entity, *, order: bool) -> list[Term]:
        found = (self.term(entity, name, order=order) for name in entity.sources)
        return [term for term in found if term]

    def prefix_of(self, column: SqlColumn[Any]) -> str:
        """Return the prefix of the ids that a column holds."""
        for key in column.foreign_keys:
            if key.column.table.name in self.by_table:
                return self.by_table[key.column.table.name].prefix
        if column.name == "id" and column.table.name in self.by_table:
            return self.by_table[column.table.name].prefix
        raise DeclarationError(f"{column} holds ids of a table that no type exposes")

    def arguments(self, source: Root | Source) -> list[StrawberryArgument]:
        """Return the arguments of a generated field."""
        if isinstance(source, RootList):
            return [_argument("ids", list[strawberry.ID], "Identificadores, a lo más 100.")]
        if isinstance(source, RootOne):
            return self._by(source) if source.by else [_argument("id", strawberry.ID, "Identificador.")]
        if isinstance(source, RootMany):
            return self._page(self.entities[source.type_name or ""])
        return []

    def page_arguments(self, relation: Many, owner: Entity) -> list[StrawberryArgument]:
        return self._page(self.target(relation, owner))

    def _page(self, entity: Entity) -> list[StrawberryArgument]:
        if entity.name not in self._asked:
            where: Any = where_type(entity.name, self.terms(entity, order=False))
            order: Any = order_type(entity.name, self.terms(entity, order=True))
            self._asked[entity.name] = [
                _argument("first", int | None, "Cuántos, desde el principio."),
                _argument("last", int | None, "Cuántos, desde el final."),
                _argument("after", str | None, "Después de este cursor."),
                _argument("before", str | None, "Antes de este cursor."),
                *([_argument("where", where | None, "Filtros.")] if where else []),
                *([_argument("order", list[order] | None, "Orden; el primero manda.")] if order else []),
            ]
        return list(self._asked[entity.name])

    def _by(self, source: RootOne) -> list[StrawberryArgument]:
        entity = self.entities[source.type_name or ""]
        plain = {"text": str, "int": int}
        kinds = ((name, entity.table.c[name]) for name in source.by)
        return [
            _argument(name, plain.get(kind_of(column.type)) or column.type.python_type, "Valor buscado.")
            for name, column in kinds
        ]

    def _key_term(self, entity: Entity, name: str, source: One, field_: StrawberryField) -> Term:
        there, here = self.ends(source, entity)
        if here.table is not entity.table or kind_of(here.type) != "id" or there.name != "id":
            raise DeclarationError(f"{entity.name}.{name}: only a foreign key of {entity.table.name} can be filtered")

        def expression(t: FromClause) -> ColumnElement[Any]:
            return t.c[here.name]

        prefix = self.target(source, entity).prefix
        described = (name, field_.python_name, here.name, "id", True, source, expression, field_.description or "")
        return Term(*described, prefix=prefix)

    def _compared(self, entity: Entity, name: str, asked: bool | str) -> tuple[Any, str, bool]:
        source = entity.values[name]
        column = asked if isinstance(asked, str) else None
        if isinstance(source, Column):
            column = column or source.name or entity.fields[name].python_name
        if column is None:
            return (lambda t: entity.expression(name, t)), f"sql {name}", True
        if column not in entity.table.c:
            raise DeclarationError(f"{entity.name}.{name}: {entity.table.name} has no column {column}")
        return (lambda t: t.c[column]), column, bool(entity.table.c[column].nullable)


def words_of(kind: Any) -> Any:
    """Return the enum of a field's type, or None."""
    while isinstance(kind, StrawberryType) and hasattr(kind, "of_type"):
        kind = kind.of_type
    if isinstance(kind, StrawberryEnumDefinition):
        return kind.wrapped_cls
    return None


def graphql_fields(cls: type) -> dict[str, StrawberryField]:
    """Return the fields of a strawberry class by their GraphQL names."""
    fields = get_object_definition(cls, strict=True).fields
    return {f.graphql_name or to_camel_case(f.python_name): f for f in fields}


def _argument(name: str, kind: Any, description: str) -> StrawberryArgument:
    optional = type(None) in getattr(kind, "__args__", ())
    default = {"default": strawberry.UNSET} if optional else {}
    return StrawberryArgument(name, None, StrawberryAnnotation(kind), description=description, **default)

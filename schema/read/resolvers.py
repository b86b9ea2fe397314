"""The generated resolvers: values are read off a row, everything else is asked of the executor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any
from uuid import UUID

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema
from strawberry.types.field import StrawberryField

from schema.read.catalogue import Catalogue, Entity
from schema.read.checks import check_held
from schema.read.kinds import kind_of
from schema.read.rows import Row
from schema.read.sources import Column, Held, Python, Relation, Root, Source, Sql

DEFINITION = "strawberry-definition"


@dataclass(frozen=True)
class Asked:
    """What a generated resolver answers; the executor, which knows the selection, puts rows in its place."""

    catalogue: Catalogue
    source: Root | Relation
    args: dict[str, Any] = field(default_factory=dict)
    parent: Row | None = None
    ids: tuple[UUID, ...] = ()

    @property
    def named(self) -> Sequence[str]:
        """The records that the client names by their ids, shown or not."""
        return self.args.get("ids") or [text for text in (self.args.get("id"),) if text]

    @property
    def cursors(self) -> Sequence[str]:
        """The records at which the client's page begins or ends."""
        return cursors(self.args)


def cursors(args: dict[str, Any]) -> list[str]:
    return [args[name] for name in ("after", "before") if args.get(name)]


def install(schema: GraphQLSchema, catalogue: Catalogue) -> None:
    """Give every declared field of a finished schema its resolver.

    Raises
    ------
    DeclarationError
        Where a `reading` could not be null.
    """
    for gtype in schema.type_map.values():
        if isinstance(gtype, GraphQLInterfaceType) and gtype.name in ("Node", "Record"):
            gtype.resolve_type = _type_of
        elif isinstance(gtype, GraphQLObjectType):
            entity = catalogue.entities.get(gtype.name)
            if entity is not None:
                gtype.is_type_of = None  # a `Row` knows its type, and is no instance of the strawberry class
            for name, gfield in gtype.fields.items():
                made = _resolver(catalogue, entity, f"{gtype.name}.{name}", name, gfield)
                gfield.resolve = made or gfield.resolve


def _type_of(row: Any, _info: Any, _type: Any) -> str:
    return row.entity.name  # type: ignore[no-any-return]


def _resolver(
    catalogue: Catalogue, entity: Entity | None, where: str, name: str, gfield: GraphQLField
) -> Callable[..., Any] | None:
    declared = (gfield.extensions or {}).get(DEFINITION)
    source = declared.metadata.get(Source) if isinstance(declared, StrawberryField) else None
    if isinstance(source, Held):
        assert declared is not None
        check_held(where, source, declared.type, catalogue)
        written = gfield.resolve if declared.base_resolver else None
        return _held(catalogue, source, declared.python_name, written)
    if isinstance(source, Root):
        return lambda _parent, _info, **args: Asked(catalogue, source, args)
    if entity is None:
        return None
    if isinstance(source, Relation):
        return _relation(catalogue, source)
    if isinstance(source, Python):
        return _guarded(source, gfield.resolve)
    return _value(catalogue, entity, name)


def _held(catalogue: Catalogue, source: Held, python_name: str, written: Any) -> Callable[..., Any]:
    def asked(value: Any) -> Asked | None:
        if value is None:
            return None
        return Asked(catalogue, source, ids=(value,) if isinstance(value, UUID) else tuple(value))

    async def later(value: Any) -> Asked | None:
        return asked(await value)

    def resolve(parent: Any, info: Any, **args: Any) -> Any:
        value = written(parent, info, **args) if written else getattr(parent, python_name)
        return later(value) if isawaitable(value) else asked(value)

    return resolve


def _relation(catalogue: Catalogue, source: Relation) -> Callable[..., Any]:
    def resolve(row: Row, _info: Any, **args: Any) -> Any:
        return Asked(catalogue, source, args, row) if row.opens(source) else None

    return resolve


def _guarded(source: Source, written: Any) -> Callable[..., Any]:
    def resolve(row: Row, info: Any, **args: Any) -> Any:
        return written(row, info, **args) if row.opens(source) else None

    return resolve


def _value(catalogue: Catalogue, entity: Entity, name: str) -> Callable[..., Any]:
    if name in ("id", "withheld"):
        return lambda row, _info: getattr(row, name)
    source = entity.values[name]
    label = source.name if isinstance(source, Column) else f"sql {name}"
    prefix = ""
    if isinstance(source, Column) and kind_of(entity.table.c[label or ""].type) == "id":
        prefix = catalogue.prefix_of(entity.table.c[label or ""])

    def resolve(row: Row, _info: Any) -> Any:
        value = row.raw[label or ""] if row.opens(source) else None
        return f"{prefix}_{value.hex}" if prefix and value is not None else value

    assert isinstance(source, Column | Sql)
    return resolve

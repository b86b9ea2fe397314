"""The classes of one schema, made from those of its parts; always on copies, so that nothing of one schema stays."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import strawberry
from sqlalchemy import Table
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from authz.scope import Scope
from schema.read import named
from schema.read.catalogue import Catalogue, Entity, graphql_fields
from schema.read.checks import check_entity, check_root, check_types
from schema.read.sources import Column, DeclarationError, Held, Many, Root, Source

Bases = Sequence[tuple[type, str | None]]  # classes, each with the plugin that brings it


def merge_types(bases: Mapping[str, Bases], scopes: Mapping[str, Scope]) -> Catalogue:
    """Make one class for each name, and the catalogue of them all.

    Raises
    ------
    DeclarationError
    """
    for name in [n for n in vars(named) if not n.startswith("__")]:
        delattr(named, name)  # of the schema built before
    entities = [_entity(name, _merged(name, parts), scopes) for name, parts in bases.items()]
    check_types(entities)
    catalogue = Catalogue({e.name: e for e in entities}, scopes)
    for entity in entities:
        setattr(named, entity.name, entity.cls)
        check_entity(catalogue, entity)
    for entity in entities:
        for name, source in entity.sources.items():
            if isinstance(source, Many):
                entity.fields[name].arguments = catalogue.page_arguments(source, entity)
    return catalogue


def merge_root(name: str, description: str, bases: Bases, catalogue: Catalogue) -> type:
    """Make a root type of the parts' classes.

    Raises
    ------
    DeclarationError
    """
    seen: dict[str, type] = {}
    for cls, plugin in bases:
        for field_name in graphql_fields(cls):
            if field_name in seen:
                raise DeclarationError(f"{plugin or cls.__name__}: {field_name} is already a field of {name}")
            seen[field_name] = cls
    made = strawberry.type(type(name, tuple(cls for cls, _ in bases), {}), description=description)
    for field in _own_fields(made, bases):
        source = field.metadata.get(Source)
        if isinstance(source, Root):
            check_root(catalogue, field, source)
            if not isinstance(source, Held):
                field.arguments = catalogue.arguments(source)
    return made


def _merged(name: str, bases: Bases) -> type:
    first = bases[0][0]
    exposed = vars(first)["__exposed__"]
    made: Any = type(first.__name__, tuple(cls for cls, _ in bases), {})
    made = strawberry.type(made, name=name, description=exposed.description)
    _own_fields(made, bases)
    return made  # type: ignore[no-any-return]


def _own_fields(made: type, bases: Bases) -> list[StrawberryField]:
    """Put copies of its fields into a class, the core's first, each marked with the plugin that brings it."""
    definition = get_object_definition(made, strict=True)
    plugins = {f.python_name: p for cls, p in bases for f in get_object_definition(cls, strict=True).fields}
    fields = [copy.copy(f) for f in definition.fields]
    for field in fields:
        source = field.metadata.get(Source)
        plugin = plugins.get(field.python_name)
        if source is not None and plugin is not None:
            field.metadata = MappingProxyType({**field.metadata, Source: replace(source, plugin=plugin)})
    places = {f.python_name: n for n, f in enumerate(definition.fields)}
    definition.fields = sorted(fields, key=lambda f: (plugins.get(f.python_name) or "", places[f.python_name]))
    return definition.fields


def _entity(name: str, cls: type, scopes: Mapping[str, Scope]) -> Entity:
    exposed = getattr(cls, "__exposed__")  # noqa: B009  strawberry classes do not declare it
    if exposed.table.name not in scopes:
        raise DeclarationError(f"{name}: {exposed.table.name} has no scope")
    fields = graphql_fields(cls)
    scope = scopes[exposed.table.name]
    sources = {n: _named(f, f.metadata[Source], exposed.table) for n, f in fields.items() if Source in f.metadata}
    if "version" in sources:  # whoever sees the row may name its version
        sources["version"] = replace(sources["version"], data=scope.data)
    return Entity(name, cls, exposed, scope, sources, fields)


def _named(field: StrawberryField, source: Any, table: Table) -> Source:
    if not isinstance(source, Column):
        return source  # type: ignore[no-any-return]
    column = source.name or field.python_name
    if column not in table.c:
        raise DeclarationError(f"{table.name} has no column {column}")
    return replace(source, name=column)

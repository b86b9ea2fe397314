"""What a declaration may not say; everything is refused when the schema is built, never when somebody asks."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import strawberry
from sqlalchemy import UniqueConstraint
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.field import StrawberryField

from schema.read.catalogue import Catalogue, Entity, graphql_fields, words_of
from schema.read.kinds import kind_of
from schema.read.sources import (
    Column,
    DeclarationError,
    Held,
    Many,
    One,
    Python,
    Relation,
    Root,
    RootList,
    RootMany,
    RootOne,
    Source,
    Value,
)

GIVEN_FIELDS = ("id", "withheld")  # of the interfaces, which need no source
PYTHON_TYPES: dict[str, tuple[Any, ...]] = {
    "id": (strawberry.ID,),
    "bool": (bool,),
    "int": (int,),
    "float": (float,),
    "instant": (datetime,),
    "date": (date,),
    "text": (str,),
    "json": (str,),
}


def check_types(entities: Iterable[Entity]) -> None:
    """Refuse two types over one table or with one prefix, and tables that nobody may read."""
    tables: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for e in entities:
        if e.scope.internal:
            raise DeclarationError(f"{e.name}: {e.table.name} is internal: {e.scope.internal}")
        if not re.fullmatch(r"[a-z]{2,8}", e.prefix):
            raise DeclarationError(f"{e.name}: a prefix is two to eight letters, not {e.prefix!r}")
        for known, key in ((tables, e.table.name), (prefixes, e.prefix)):
            if key in known:
                raise DeclarationError(f"{e.name}: {key} already belongs to {known[key]}")
            known[key] = e.name


def check_extension(part: str, name: str, extension: type, bases: Sequence[type]) -> None:
    """Refuse a plugin's field that collides, may not be null, or would let lists be compared by it."""
    taken = {n for base in bases for n in graphql_fields(base)}
    for field_name, field in graphql_fields(extension).items():
        source = field.metadata.get(Source)
        if field_name in taken:
            raise DeclarationError(f"{part}: {field_name} is already a field of {name}")
        if not isinstance(field.type, StrawberryOptional):
            raise DeclarationError(f"{part}: {name}.{field_name} must be nullable")
        if getattr(source, "filter", False) or (isinstance(source, Value) and source.order):
            raise DeclarationError(f"{part}: {name}.{field_name}: lists of the core are not compared by plugin fields")


def check_entity(catalogue: Catalogue, entity: Entity) -> None:
    """Refuse what a type may not say of its fields."""
    for name, field in entity.fields.items():
        source = entity.sources.get(name)
        where = f"{entity.name}.{name}"
        if source is None:
            if name in GIVEN_FIELDS:
                continue
            raise DeclarationError(f"{where}: say where it comes from (column, sql, to_one, to_many, computed)")
        if source.plugin and entity.scope.commune not in entity.table.c:
            raise DeclarationError(f"{where}: {entity.table.name} has no commune, so no plugin can be off in it")
        _check_null(entity, field, source, where)
        if isinstance(source, Value):
            _check_kind(catalogue, entity, name, where)
        elif isinstance(source, Relation):
            _check_relation(catalogue, entity, field, source, where)
        elif isinstance(source, Python):
            _check_needs(entity, source, where)
    for order in (False, True):
        catalogue.terms(entity, order=order)


def check_root(catalogue: Catalogue, field: StrawberryField, source: Root) -> None:
    """Refuse a root field that names what is not there, or that could not be null."""
    where = f"Query.{field.python_name}"
    if source.type_name is not None and source.type_name not in catalogue.entities:
        raise DeclarationError(f"{where}: there is no type {source.type_name}")
    if not isinstance(source, RootList | Held) and not isinstance(field.type, StrawberryOptional):
        raise DeclarationError(f"{where} must be nullable")
    entity = catalogue.entities.get(source.type_name or "")
    if entity is not None and isinstance(source, RootMany):
        _check_order(catalogue, entity, source.order, where)
    if entity is not None and isinstance(source, RootOne) and source.by and not _unique(entity, source.by):
        raise DeclarationError(f"{where}: {', '.join(source.by)} are not unique in {entity.table.name}")


def check_held(where: str, source: Held, kind: Any, catalogue: Catalogue) -> None:
    """Refuse a `reading` that is neither a nullable row nor a list."""
    if source.type_name not in catalogue.entities:
        raise DeclarationError(f"{where}: there is no type {source.type_name}")
    if not isinstance(kind, StrawberryOptional | StrawberryList):
        raise DeclarationError(f"{where} must be nullable, or a list")


def _check_null(entity: Entity, field: StrawberryField, source: Source, where: str) -> None:
    if isinstance(field.type, StrawberryOptional):
        return
    if not isinstance(source, Column) or source.plugin or source.data is not entity.scope.data:
        raise DeclarationError(f"{where} can be hidden: it must be nullable")
    if entity.table.c[source.name or ""].nullable:
        raise DeclarationError(f"{where} is NonNull over a NULL column")


def _check_kind(catalogue: Catalogue, entity: Entity, name: str, where: str) -> None:
    kind = kind_of(entity.expression(name, entity.table).type)
    plain: Any = entity.fields[name].type
    plain = plain.of_type if isinstance(plain, StrawberryOptional) else plain
    listed = isinstance(plain, StrawberryList)
    if kind == "id":
        catalogue.prefix_of(entity.table.c[getattr(entity.sources[name], "name", "")])
    if kind == "text" and words_of(plain):
        return
    found = plain.of_type if isinstance(plain, StrawberryList) else plain
    if listed != (kind == "json") or found not in PYTHON_TYPES.get(kind, ()):
        raise DeclarationError(f"{where}: its column is {kind}, which is not what the annotation says")


def _check_relation(catalogue: Catalogue, entity: Entity, field: StrawberryField, source: Relation, where: str) -> None:
    there, here = catalogue.ends(source, entity)
    target = catalogue.target(source, entity)
    if here.table is not entity.table:
        raise DeclarationError(f"{where}: {source.key} does not tie {entity.table.name} to {there.table.name}")
    if isinstance(source, One) and not there.primary_key and not _unique(target, (there.name,)):
        raise DeclarationError(f"{where}: {there} is not unique, so it is to-many")
    if isinstance(source, Many):
        _check_order(catalogue, target, source.order, where)


def _check_needs(entity: Entity, source: Python, where: str) -> None:
    for column in source.needs:
        if column not in entity.table.c:
            raise DeclarationError(f"{where}: {entity.table.name} has no column {column}")


def _check_order(catalogue: Catalogue, entity: Entity, order: Iterable[str], where: str) -> None:
    for name in order:
        if catalogue.term(entity, name.lstrip("-"), order=True) is None:
            raise DeclarationError(f"{where}: {entity.name} cannot be ordered by {name}")


def _unique(entity: Entity, columns: Sequence[str]) -> bool:
    wanted = set(columns)
    if len(wanted) == 1 and entity.table.c[columns[0]].unique:
        return True
    keys = [c for c in entity.table.constraints if isinstance(c, UniqueConstraint)]
    return any(wanted >= {c.name for c in key.columns} for key in keys)

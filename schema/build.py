"""Parts (the core, each plugin) merged into one schema; any subset of them, any number of times in one process."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.base import get_object_definition

from authz.scope import Scope
from schema.errors import process_errors
from schema.read.catalogue import Catalogue, graphql_fields
from schema.read.checks import check_extension
from schema.read.hook import ReadExecutor, check_hook
from schema.read.merge import merge_root, merge_types
from schema.read.resolvers import install
from schema.read.sources import DeclarationError
from schema.scalars import SCALARS


@dataclass(frozen=True)
class Part:
    """What the core or a plugin brings.

    Parameters
    ----------
    name : str
        Of the plugin, as in `Info`.
    types : tuple of type
        Exposed types, and ordinary ones that nothing else refers to.
    extensions : mapping of str to type
        Name of a core type to a class with more fields for it.
    query, mutation : type, optional
        Classes whose fields join the root types.
    scopes : tuple of Scope
        Of its tables.
    always_on : bool
        Whether no commune can switch it off; always so of the core.
    """

    name: str
    types: tuple[type, ...] = ()
    extensions: Mapping[str, type] = field(default_factory=dict)
    query: type | None = None
    mutation: type | None = None
    scopes: tuple[Scope, ...] = ()
    always_on: bool = False

    @property
    def plugin(self) -> str | None:
        """The name that its fields carry, where a commune can switch it off."""
        return None if self.always_on or self.name == "core" else self.name


class Schema(strawberry.Schema):
    """A strawberry schema that knows where its fields come from, and which plugin brings a mutation."""

    catalogue: Catalogue
    brought_by: dict[str, str]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        process_errors(errors, execution_context)


def build(parts: Sequence[Part], *, extensions: Iterable[Any] = (), config: StrawberryConfig | None = None) -> Schema:
    """Merge the parts into one schema.

    Parameters
    ----------
    parts : sequence of Part
        The core first.
    extensions : iterable
        Of strawberry, as factories.
    config : StrawberryConfig, optional
        Its `scalar_map` is kept, and joined by our scalars.

    Raises
    ------
    DeclarationError
        Where a part declares what cannot be read, or what another has declared.
    """
    check_hook()
    catalogue = _catalogue(parts)
    query = merge_root("Query", "Consultas.", [(p.query, p.plugin) for p in parts if p.query], catalogue)
    changes = [(p.mutation, p.plugin) for p in parts if p.mutation]
    ordinary = [t for p in parts for t in p.types if not hasattr(t, "__exposed__")]
    config = config or StrawberryConfig()
    config.scalar_map = {**config.scalar_map, **SCALARS}
    schema = Schema(
        query,
        mutation=merge_root("Mutation", "Operaciones que cambian datos.", changes, catalogue) if changes else None,
        types=[*(e.cls for e in catalogue.entities.values()), *ordinary],
        extensions=list(extensions),
        config=config,
        execution_context_class=ReadExecutor,
    )
    schema.catalogue = catalogue
    brought = [(part.plugin, part.mutation) for part in parts if part.plugin and part.mutation]
    schema.brought_by = {name: plugin for plugin, made in brought for name in graphql_fields(made)}
    install(schema._schema, catalogue)
    return schema


def _catalogue(parts: Sequence[Part]) -> Catalogue:
    scopes = {scope.table.name: scope for part in parts for scope in part.scopes}
    bases: dict[str, list[tuple[type, str | None]]] = {}
    for part in parts:
        for scope in part.scopes:
            if scope.plugin != part.plugin:
                raise DeclarationError(f"{part.name}: the scope of {scope.table.name} must carry the plugin's name")
        for cls in part.types:
            if hasattr(cls, "__exposed__"):
                name = get_object_definition(cls, strict=True).name
                if name in bases:
                    raise DeclarationError(f"{part.name}: {name} is already a type")
                bases[name] = [(cls, None)]
    for part in parts:
        for name, extension in part.extensions.items():
            if name not in bases:
                raise DeclarationError(f"{part.name}: there is no type {name} to extend")
            check_extension(part.name, name, extension, [cls for cls, _ in bases[name]])
            bases[name].append((extension, part.plugin))
    return merge_types(bases, scopes)

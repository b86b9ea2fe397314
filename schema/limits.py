"""How much a request may ask for, decided from the document alone, before anything is validated or read."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.errors import Refused, Told
from schema.texts import unreadable_literals, unreadable_variables

INTROSPECTION = ("__schema", "__type")
LEVELS = 60  # of nested selections and fragments; a bound for our own recursion, far above every limit
MUTATION = re.compile(r"\bmutation\b")
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True)
class Limits:
    """What one request may ask for, and how many requests run at once.

    Parameters
    ----------
    tokens, characters : int
        Size of the document.
    depth, aliases, directives, root_fields, fields : int
        Shape of an operation, counted through fragments. Leaves add no depth.
    introspection : bool
        Whether `__schema` and `__type` answer.
    introspection_depth : int
        Depth below `__schema` and `__type`, which do not count for `depth`.
    errors : int
        Validation errors told; validation stops there.
    nodes : int
        Records an operation may reach, see `Cost`.
    seconds, body_bytes, body_seconds : number
        Time for an operation; size of a body and time to send it.
    running, writing : int
        Operations at once: those that only read, and those that may change something.
    waiting : int
        In line behind each of them.
    line_seconds : number
        Time in line.
    """

    tokens: int = 1_000
    characters: int = 15_000
    depth: int = 10
    aliases: int = 15
    directives: int = 8
    root_fields: int = 10
    fields: int = 5_000
    introspection: bool = True
    introspection_depth: int = 20
    errors: int = 5
    nodes: int = 20_000
    seconds: float = 10
    body_bytes: int = 1 << 20
    body_seconds: float = 10
    running: int = 8
    writing: int = 4
    waiting: int = 64
    line_seconds: float = 5


@dataclass
class Cost:
    """Records that an operation may reach, told in `extensions.cost`; one per request, as `context.cost`.

    Counted like GitHub does: page sizes multiplied down each path, from the document and before any row is read.
    """

    limit: int = Limits.nodes
    nodes: int = 0

    def add(self, nodes: int) -> None:
        """Count a root field's records.

        Raises
        ------
        Told
            COST_EXCEEDED, above the limit.
        """
        self.nodes += nodes
        if self.nodes > self.limit:
            raise Told(
                "COST_EXCEEDED",
                "La consulta podría alcanzar demasiados registros; pida páginas más cortas o menos niveles.",
                nodes=self.nodes,
                limit=self.limit,
            )


@dataclass
class Weight:
    """What a selection holds, fragments included."""

    top: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    depth: int = 0
    introspection: int = 0

    def take(self, other: "Weight", *, below: bool) -> None:
        """Add what stands in a fragment here, or one level below."""
        self.top += 0 if below else other.top
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.depth = max(self.depth, other.depth + below)
        self.introspection = max(self.introspection, other.introspection)


@dataclass
class Scales:
    """Weighs the operations of a document; each fragment once, however often it is spread."""

    fragments: dict[str, FragmentDefinitionNode]
    known: dict[str, Weight] = field(default_factory=dict)

    def weigh(self, selections: SelectionSetNode, level: int = 0) -> Weight:
        if level > LEVELS:
            raise Told("TOO_DEEP", "La consulta está anidada demasiado profundo.", limit=LEVELS)
        total = Weight()
        for node in selections.selections:
            total.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                self._field(total, node, level)
            elif isinstance(node, InlineFragmentNode):
                total.take(self.weigh(node.selection_set, level + 1), below=False)
            elif isinstance(node, FragmentSpreadNode):
                total.take(self._fragment(node.name.value, level), below=False)
        return total

    def _field(self, total: Weight, node: FieldNode, level: int) -> None:
        total.top += 1
        total.fields += 1
        total.aliases += node.alias is not None
        if not node.selection_set:
            return
        inner = self.weigh(node.selection_set, level + 1)
        if node.name.value in INTROSPECTION:
            inner.introspection, inner.depth = max(inner.introspection, inner.depth + 1), -1
        total.take(inner, below=True)

    def _fragment(self, name: str, level: int) -> Weight:
        if name not in self.known and name in self.fragments:
            self.known[name] = Weight()  # a fragment inside itself weighs nothing; validation refuses it
            self.known[name] = self.weigh(self.fragments[name].selection_set, level + 1)
        return self.known.get(name, Weight())


def check_weight(document: DocumentNode, limits: Limits) -> None:
    """Refuse a document of which any operation asks for too much.

    Raises
    ------
    Told
        TOO_DEEP, TOO_MANY_ALIASES, TOO_MANY_DIRECTIVES, TOO_MANY_ROOT_FIELDS or TOO_MANY_FIELDS.
    """
    parts = document.definitions
    scales = Scales({d.name.value: d for d in parts if isinstance(d, FragmentDefinitionNode)})
    for operation in (d for d in parts if isinstance(d, OperationDefinitionNode)):
        weight = scales.weigh(operation.selection_set)
        declared = sum(len(v.directives or ()) for v in operation.variable_definitions or ())
        directives = weight.directives + len(operation.directives or ()) + declared
        for found, most, code, sentence in (
            (weight.depth, limits.depth, "TOO_DEEP", "niveles de profundidad"),
            (weight.introspection, limits.introspection_depth, "TOO_DEEP", "niveles de introspección"),
            (weight.aliases, limits.aliases, "TOO_MANY_ALIASES", "alias"),
            (directives, limits.directives, "TOO_MANY_DIRECTIVES", "directivas"),
            (weight.top, limits.root_fields, "TOO_MANY_ROOT_FIELDS", "campos raíz"),
            (weight.fields, limits.fields, "TOO_MANY_FIELDS", "campos"),
        ):
            if found > most:
                raise Told(code, f"La consulta pide demasiado: admite hasta {most} {sentence}.", limit=most)


@lru_cache(maxsize=256)
def prepare(schema: GraphQLSchema, text: str, limits: Limits) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
    """Parse, weigh and validate a document once; equal texts give the very same document.

    Returns
    -------
    document, errors
        Errors of validation, at most `limits.errors` and one that says there are more.

    Raises
    ------
    GraphQLError
        Where the text does not parse or weighs too much; such texts are not remembered.
    """
    document = parse(
        text,
        max_lexical_tokens=limits.tokens,
        max_comments=limits.tokens,
        max_source_length=limits.characters,
    )
    check_weight(document, limits)
    rules = RULES if limits.introspection else (*RULES, NoSchemaIntrospectionCustomRule)
    found = validate(schema, document, rules, max_errors=limits.errors, hide_suggestions=True)
    return document, (*found, *unreadable_literals(document))


def may_change(text: str) -> bool:
    """Tell whether any operation of a document could be a mutation, without parsing it: who waits in line costs little.

    Examples
    --------
    >>> may_change("mutation { a }"), may_change("{ a }"), may_change("{ __schema { mutationType { name } } }")
    (True, False, False)
    """
    return MUTATION.search(text) is not None


def changes(schema: GraphQLSchema, text: str, name: str | None, limits: Limits) -> bool:
    """Tell whether the operation that is asked for is a mutation."""
    try:
        return not _is_query(prepare(schema, text, limits)[0], name)
    except GraphQLError:  # it never ran
        return False


def _is_query(document: DocumentNode, name: str | None) -> bool:
    """Whether the operation that is asked for changes nothing."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    asked = [one for one in operations if name is None or (one.name and one.name.value == name)]
    return any(one.operation is OperationType.QUERY for one in asked)


class Limiter(SchemaExtension):
    """Put `prepare` in the place of strawberry's parsing and validation, and tell the cost."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.errors: tuple[GraphQLError, ...] = ()

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        document, self.errors = prepare(context.schema._schema, context.query or "", self.limits)
        operations = sum(isinstance(part, OperationDefinitionNode) for part in document.definitions)
        if operations > 1 and context._provided_operation_name is None:  # strawberry would run the first
            raise Told("UNKNOWN_OPERATION", "Indique en «operationName» cuál de las operaciones ejecutar.")
        context.graphql_document = document
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        asks = context.graphql_document and _is_query(context.graphql_document, context._provided_operation_name)
        unreadable = unreadable_variables(context.variables) if asks else []
        context.pre_execution_errors = [*self.errors, *unreadable]
        yield

    def get_results(self) -> dict[str, Any]:
        cost = getattr(self.execution_context.context, "cost", None)
        return {"cost": {"nodes": cost.nodes, "limit": cost.limit}} if cost else {}


def limit_extensions(limits: Limits) -> list[Any]:
    """Return the extensions that hold a schema to the limits, as factories: strawberry makes them anew per request."""
    return [lambda: Limiter(limits)]


class Admission:
    """At most so many operations at once, so many in line and for so long, and the rest told to come back."""

    def __init__(self, running: int, waiting: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(running)
        self._most, self._line, self._seconds = waiting, 0, seconds

    async def __aenter__(self) -> None:
        if self._free.locked() and self._line >= self._most:
            raise self._refusal()
        self._line += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise self._refusal() from None
        finally:
            self._line -= 1

    def _refusal(self) -> Refused:
        return Refused(503, "BUSY", "Hay demasiadas solicitudes en curso; reintente.", {"Retry-After": "2"})

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free.release()

"""A document parsed, weighed and validated once, in the place of strawberry's own steps."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from schema.errors import Told
from schema.limits import Limits
from schema.texts import unreadable_literals, unreadable_variables
from schema.weights import check_weight

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


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

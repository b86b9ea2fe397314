"""Where the read path meets graphql-core: an executor that puts finished JSON in the place of what was asked for.

`complete_value` is private to graphql-core, whose version is pinned; `check_hook` says at start whether it still is
what we think.
"""

from functools import lru_cache
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    execute,
    parse,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.read.masks import Refusal
from schema.read.reading import MISSED, Reads, in_place, in_vain
from schema.read.resolvers import Asked
from schema.read.sources import Held, Relation


class HookChanged(Exception):
    """graphql-core no longer calls what the read path overrides."""


class ReadExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, which knows what the generated resolvers ask for."""

    _reads: Reads | None = None

    @property
    def reads(self) -> Reads:
        if self._reads is None:
            self._reads = Reads(self)
        return self._reads

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if type(result) is Asked:
            return self._complete(return_type, field_details_list, info, path, result, position_context)
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    async def _complete(
        self, return_type: Any, details: Any, info: Any, path: Any, asked: Asked, position_context: Any
    ) -> Any:
        finished: Any = MISSED
        try:
            if not isinstance(asked.source, Relation):
                field = info.parent_type.fields[info.field_name]
                finished = await self.reads.answer(asked, return_type, field, details, path)
            value = finished if finished is not MISSED else await self.reads.reference(asked.catalogue).resolve(asked)
        except Exception as error:
            self.context_value.named((*asked.named, *(asked.cursors if isinstance(error, Refusal) else ())))
            raise
        vain = set(in_vain(asked.named, value))
        self.context_value.named(vain)
        self.context_value.told(text for text in asked.named if text not in vain)
        if finished is not MISSED:
            return finished
        if isinstance(asked.source, Held):
            value = in_place(return_type, value)
        completed = super().complete_value(return_type, details, info, path, value, position_context)
        return await completed if self.is_awaitable(completed) else completed

    def handle_field_error(self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any) -> None:
        """Tell a refusal once for each path of the document, however many rows it meets."""
        if isinstance(raw_error, Refusal) and not self.reads.refuses_anew(path.as_list()):
            return
        super().handle_field_error(raw_error, return_type, field_details_list, path)


class _Probe(StrawberryGraphQLCoreExecutionContext):
    """Uses everything of the executor that the read path leans on."""

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if result != "probe":
            return super().complete_value(return_type, field_details_list, info, path, result, position_context)
        node = field_details_list[0].node
        grouped = self.collect_subfields(return_type, field_details_list).grouped_field_set
        ((key, below),) = grouped.items()
        made = self.execute_field(return_type, {"b": "made"}, below, path.add_key(key, None), None)
        seen = isinstance(node, FieldNode) and path.as_list() == ["a"] and below[0].defer_usage is None
        seen = seen and self.variable_values.coerced == {"v": "given"} and info.parent_type.name == "Query"
        self.collected_errors.errors.append(GraphQLError("seen" if seen else "unseen", path=["a"]))
        return {key: made}


@lru_cache(maxsize=1)
def check_hook() -> None:
    """Run a small operation through the hook.

    Raises
    ------
    HookChanged
        Where graphql-core or strawberry behave otherwise than the read path needs.
    """
    inner = GraphQLObjectType("Inner", {"b": GraphQLField(GraphQLString)})
    field = GraphQLField(inner, resolve=lambda _source, _info: "probe")
    schema = GraphQLSchema(GraphQLObjectType("Query", {"a": field}))
    try:
        document = parse("query ($v: String) { a { b @include(if: true) c: b @skip(if: true) } }")
        found: Any = execute(schema, document, variable_values={"v": "given"}, executor_class=_Probe)
        held = found.data == {"a": {"b": "made"}} and [e.message for e in found.errors or ()] == ["seen"]
    except Exception as error:
        raise HookChanged("graphql-core's executor has changed; see schema/read/hook.py") from error
    if not held:
        raise HookChanged("graphql-core's executor has changed; see schema/read/hook.py")

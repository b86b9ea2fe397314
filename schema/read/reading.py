"""One operation's reads: what was asked for, its plan, its statement, and the answer made of finished JSON."""

import asyncio
import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from graphql import GraphQLError, GraphQLList, GraphQLNonNull, get_nullable_type
from graphql.pyutils import Path

from authz.denial import Unsigned
from schema.read.after import fill
from schema.read.catalogue import Catalogue, Entity
from schema.read.compile import Compiler
from schema.read.kinds import parse_id
from schema.read.masks import CURSOR_GONE, Reason, Refusal, refusal
from schema.read.outline import Outliner
from schema.read.plan import Arguments, Plan, Remembered, Unsupported
from schema.read.reference import Reference
from schema.read.resolvers import Asked, cursors
from schema.read.saw import strip, take_gone
from schema.read.sources import Held, RootList, RootMany, RootOne
from schema.texts import texts

if TYPE_CHECKING:
    from schema.read.hook import ReadExecutor

MISSED = object()  # the ordinary way answers
MOST_IDS = 100
# The null of a list of finished JSON: orjson 3.13 writes past its buffer where an ordinary null follows a fragment.
NULL = orjson.Fragment(b"null")
Found = dict[str, bytes]  # by the wire form of the id


class Reads:
    """The reads of one operation.

    Parameters
    ----------
    executor : ReadExecutor
    """

    def __init__(self, executor: "ReadExecutor") -> None:
        self.executor, self.context = executor, executor.context_value
        self.access = self.context.access
        self._refused: set[tuple[str, ...]] = set()
        self._batches: dict[Any, tuple[set[UUID], asyncio.Future[Found]]] = {}
        self._making: dict[Any, asyncio.Future[Remembered]] = {}
        self._references: dict[int, Reference] = {}

    def reference(self, catalogue: Catalogue) -> Reference:
        if id(catalogue) not in self._references:
            made = Reference(catalogue, self.access, self.context.connect, self.context.saw)
            self._references[id(catalogue)] = made
        return self._references[id(catalogue)]

    def refuses_anew(self, path: Sequence[str | int]) -> bool:
        """Whether this refusal is the first at its path of the document."""
        place = tuple(key for key in path if isinstance(key, str))
        known = place in self._refused
        self._refused.add(place)
        return not known

    async def answer(self, asked: Asked, return_type: Any, field: Any, details: Any, path: Path) -> Any:
        """Return finished JSON in the place of a generated root field, or MISSED."""
        entities = entities_of(asked)
        if not entities:
            return [None] * len(asked.args["ids"]) if isinstance(asked.source, RootList) else None
        if isinstance(asked.source, RootList) and len(asked.args["ids"]) > MOST_IDS:
            raise GraphQLError(f"«ids» admite hasta {MOST_IDS}.", extensions={"code": "INVALID_INPUT", "field": "ids"})
        if isinstance(asked.source, RootOne | RootList) and asked.source.type_name is None:
            self._tell_to_sign(entities, path)
        known = await self._plan(asked, entities, field, details)
        variables = self.executor.variable_values
        arguments = known.outline.arguments(variables)
        self.context.named(text for args in arguments for _, text in texts(args.get("where"), ""))
        if self.context.cost is not None:
            self.context.cost.add(known.outline.cost(arguments, len(asked.ids)))
        if known.plan is None:
            if known.reason:
                asked.catalogue.metrics.fallbacks[known.reason] += 1
            return MISSED
        if isinstance(asked.source, RootMany | RootOne):
            text = await self.context.reader.value(known.plan, self._values(known.plan, arguments))
            self._tell(known.plan, path)
            self._name(arguments, known.plan.closed if text else range(len(arguments)))
            return await self._finished(known.plan, self._strip(known.plan, arguments, text, path), path)
        if isinstance(asked.source, Held):
            found = await self._batched(asked, known.plan, arguments, details, path)
        else:
            arguments = [*arguments, {"ids": [key for _, key in map(parse_id, asked.args["ids"])]}]
            found = await self._rows(known.plan, arguments, path)
        return await self._placed(asked, known.plan, return_type, found, path)

    async def _plan(self, asked: Asked, entities: list[Entity], field: Any, details: Any) -> Remembered:
        catalogue, context = asked.catalogue, self.context
        kind = context.reader.kind if context.compiled else None
        shape = shape_of(self.executor.variable_values.coerced)
        nodes = tuple(id(d.node) for d in details)
        key = (kind, nodes, tuple(e.name for e in entities), catalogue.plans.shape(self.access), shape)
        known = catalogue.plans.get(key)
        if known is not None:
            return known
        if key not in self._making:  # fields that ask at once, such as the hits of a list, share the making
            self._making[key] = asyncio.ensure_future(self._made(asked, entities, field, details))
        return catalogue.plans.put(key, await self._making[key])

    async def _made(self, asked: Asked, entities: list[Entity], field: Any, details: Any) -> Remembered:
        outliner = Outliner(asked.catalogue, self.executor)
        assert not hasattr(asked.source, "key")
        source: Any = asked.source
        outline = outliner.root(source, entities, field, details)
        if not self.context.compiled:
            return Remembered(outline, None, details)
        arguments = outline.arguments(self.executor.variable_values)
        try:
            plan = Compiler(asked.catalogue, self.access, outliner, arguments).plan(source, entities, field, details)
            await self.context.reader.prepare(plan)
        except Unsupported as reason:
            return Remembered(outline, None, details, str(reason))
        return Remembered(outline, plan, details)

    def _values(self, plan: Plan, arguments: Arguments) -> dict[str, Any]:
        return {**self.access.values, **{name: get(arguments) for name, get in plan.binds.items()}}

    def _tell(self, plan: Plan, path: Path) -> None:
        for closed, below in plan.denied:
            self._refuse(closed.told(self.access), [*path.as_list(), *below])

    def _refuse(self, reason: Reason, place: list[str | int]) -> None:
        if self.refuses_anew(place):
            self.executor.collected_errors.errors.append(Refusal(reason, place))

    def _tell_to_sign(self, entities: list[Entity], path: Path) -> None:
        """Say that a signature is missing where rows of any type are asked for by id: by the type, never by the row."""
        for closed in (refusal(self.access, entity.scope) for entity in entities):
            reason = closed and closed.told(self.access)
            if reason and reason.code == Unsigned.code:
                self._refuse(reason, path.as_list())

    def _name(self, arguments: Arguments, calls: Iterable[int]) -> None:
        """Remember the cursors of pages that were not given: whoever turns a page has been shown its cursor before."""
        self.context.named(text for n in calls for text in cursors(arguments[n]))

    def _strip(self, plan: Plan, arguments: Arguments, text: bytes | None, path: Path) -> bytes | None:
        if text is None:
            return None
        if plan.pages:
            text, gone = take_gone(text)
            for n in sorted(gone):
                place, call = plan.pages[n]
                self._refuse(CURSOR_GONE, [*path.as_list(), *place])
                self._name(arguments, [call])
        text, children = strip(text)
        if children:
            self.context.saw(children)
        return text

    async def _finished(self, plan: Plan, text: bytes | None, path: Path, root: str = "") -> Any:
        fields = [field for field in plan.python if field.root == root]
        if text is None or not fields:
            return None if text is None else orjson.Fragment(text)
        value = orjson.loads(text)
        await fill(self.executor, fields, value, path)
        return value

    async def _batched(self, asked: Asked, plan: Plan, arguments: Arguments, details: Any, path: Path) -> Found:
        """Read the ids of all fields that ask in the same turn of the loop with one statement."""
        loop, key = asyncio.get_running_loop(), (id(plan), id(details))
        if key not in self._batches:
            wanted: set[UUID] = set()
            self._batches[key] = wanted, loop.create_future()

            async def flush() -> None:
                _, future = self._batches.pop(key)
                given = [*arguments, {"ids": sorted(wanted)}]
                try:
                    future.set_result(await self._rows(plan, given, path))
                except Exception as error:
                    future.set_exception(error)

            loop.call_soon(lambda: asyncio.ensure_future(flush()))
        wanted, future = self._batches[key]
        wanted.update(asked.ids)
        return await future

    async def _rows(self, plan: Plan, arguments: Arguments, path: Path) -> Found:
        rows = await self.context.reader.rows(plan, self._values(plan, arguments))
        self._tell(plan, path)
        self._name(arguments, plan.closed if rows else range(len(arguments)))
        return {key.decode(): self._strip(plan, arguments, text, path) or b"null" for key, text in rows}

    async def _placed(self, asked: Asked, plan: Plan, return_type: Any, found: Found, path: Path) -> Any:
        if isinstance(asked.source, RootList):
            ids = [parse_id(text) for text in asked.args["ids"]]
        else:
            ids = [(entities_of(asked)[0].prefix, key) for key in asked.ids]
        texts = [found.get(f"{prefix}_{key.hex}") for prefix, key in ids]
        placed = in_place(return_type, [text and (text, prefix) for text, (prefix, _) in zip(texts, ids, strict=True)])
        if not isinstance(placed, list):
            return await self._finished(plan, placed[0], path, placed[1]) if placed else None
        return [
            await self._finished(plan, one[0], Path(path, n, None), one[1]) if one else NULL
            for n, one in enumerate(placed)
        ]


def in_place(return_type: Any, rows: list[Any]) -> Any:
    """Return the row, or the rows, as the type has them: what is missing is null, or left out where null may not be."""
    nullable = get_nullable_type(return_type)
    if not isinstance(nullable, GraphQLList):
        return rows[0]
    return [row for row in rows if row is not None] if isinstance(nullable.of_type, GraphQLNonNull) else rows


def in_vain(named: Sequence[str], answer: Any) -> Iterator[str]:
    """Yield the ids in whose place there is nothing.

    Examples
    --------
    >>> list(in_vain(["nna_1", "nna_2"], ["a row", NULL])), list(in_vain(["nna_1"], None)), list(in_vain([], None))
    (['nna_2'], ['nna_1'], [])
    """
    placed = answer if isinstance(answer, list) and len(answer) == len(named) else [answer] * len(named)
    return (text for text, one in zip(named, placed, strict=True) if one is None or one is NULL)


def entities_of(asked: Asked) -> list[Entity]:
    """Return the types of the rows that are asked for; for any node, those that the ids name."""
    catalogue, source = asked.catalogue, asked.source
    assert isinstance(source, RootOne | RootList | RootMany | Held)
    if source.type_name is not None:
        return [catalogue.entities[source.type_name]]
    texts = asked.args["ids"] if isinstance(source, RootList) else [asked.args["id"]]
    prefixes = {parse_id(text)[0] for text in texts}
    return [catalogue.by_prefix[p] for p in sorted(prefixes) if p in catalogue.by_prefix]


def shape_of(value: Any) -> Any:
    """Return what of a value decides the form of a statement: keys, nulls, booleans, enums; never text or numbers."""
    if isinstance(value, dict):
        return tuple((key, shape_of(one)) for key, one in value.items())
    if isinstance(value, list):
        shapes = [shape_of(one) for one in value]
        plain = all(isinstance(one, type) for one in shapes)  # of a list of texts or numbers the length does not matter
        return (list, *sorted({one.__name__ for one in shapes})) if plain else tuple(shapes)
    return value if value is None or isinstance(value, bool | enum.Enum) else type(value)

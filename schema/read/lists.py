"""Filters, order and pages on the ordinary way: plain Python over the rows that the caller sees."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schema.read.kinds import parse_id
from schema.read.masks import CURSOR_GONE, SENTENCES, Reason, Refusal, comparable
from schema.read.pages import comparison_value, last_key
from schema.read.rows import Row
from schema.read.shapes import COUNTED, Edge
from schema.read.terms import Key, Term, signed

if TYPE_CHECKING:
    from schema.read.catalogue import Entity
    from schema.read.reference import Reference

FORBIDDEN = Reason("FORBIDDEN", SENTENCES["FORBIDDEN"])


@dataclass
class Ends:
    """The value of a `PageInfo`; the row of an end counts as shown once its cursor is asked for."""

    reference: "Reference"
    rows: list[Row]
    has_next_page: bool
    has_previous_page: bool

    @property
    def start_cursor(self) -> str | None:
        return self._cursor(self.rows[:1])

    @property
    def end_cursor(self) -> str | None:
        return self._cursor(self.rows[-1:])

    def _cursor(self, end: list[Row]) -> str | None:
        self.reference.show(end)
        return end[0].id if end else None


@dataclass
class ListPage:
    """A connection's value; its rows count as shown once its edges are asked for."""

    reference: "Reference"
    rows: list[Row]
    page_info: Ends
    total_count: int

    @property
    def edges(self) -> list[Edge[Any]]:
        self.reference.show(self.rows)
        return [Edge(cursor=row.id, node=row) for row in self.rows]


async def page_of(
    reference: "Reference",
    entity: "Entity",
    rows: Sequence[Row],
    default: Sequence[str],
    args: Mapping[str, Any],
    tie: tuple[str, Any] | None = None,
    *,
    covered: bool = False,
) -> ListPage:
    """Return the page of these rows that the arguments ask for; `tie` is the column and the value that they share.

    `covered` says that the row around them is part of the same child's record.

    Raises
    ------
    Refusal
        Where it is filtered or ordered by what the caller does not see on every row, or begins at a row that is not
        of the list.
    """
    keys = _keys(reference, entity, args.get("order"), default)
    where = {name: ops for name, ops in (args.get("where") or {}).items() if ops}
    for name in where:
        if not comparable(reference.access, entity.scope, entity.sources[name]):
            raise Refusal(FORBIDDEN)
    kept = [row for row in rows if all(_meets(reference, entity, row, name, ops) for name, ops in where.items())]
    total = len(kept)
    kept.sort(key=functools.cmp_to_key(functools.partial(_compare, keys)))
    for name, sign in (("after", 1), ("before", -1)):
        if args.get(name) is not None:
            here = await reference.find(entity, parse_id(args[name], entity.prefix)[1])
            if here is None or (tie and here.raw[tie[0]] != tie[1]) or (covered and not here.tied):
                raise Refusal(CURSOR_GONE)
            kept = [row for row in kept if _compare(keys, row, here) == sign]
    backwards = args.get("last") is not None
    size = args["last"] if backwards else args["first"]
    more = len(kept) > size
    kept = kept[-size:] if backwards else kept[:size]
    info = Ends(reference, kept, more and not backwards, more and backwards)
    return ListPage(reference, kept, info, min(total, COUNTED))


def _keys(reference: "Reference", entity: "Entity", asked: Sequence[Any] | None, default: Sequence[str]) -> list[Key]:
    keys: dict[str, Key] = {}  # as `pages.ordering` has it
    for name, down in map(signed, asked or default):
        term = reference.catalogue.term(entity, name, order=True)
        assert term is not None
        if comparable(reference.access, entity.scope, term.source):
            keys.setdefault(term.label, Key(term, down))
        elif asked:
            raise Refusal(FORBIDDEN)
    return [*keys.values(), last_key(entity, [*keys.values()])]


def _compare(keys: Sequence[Key], one: Row, other: Row) -> int:
    for key in keys:
        a, b = one.raw[key.term.label], other.raw[key.term.label]
        if a == b:
            continue
        if a is None or b is None:
            return 1 if a is None else -1
        return 1 if (a > b) != key.down else -1
    return 0


def _meets(reference: "Reference", entity: "Entity", row: Row, name: str, ops: Mapping[str, Any]) -> bool:
    term = reference.catalogue.term(entity, name, order=False)
    assert term is not None
    return all(_holds(term, row.raw[term.label], op, given) for op, given in ops.items() if given is not None)


def _holds(term: Term, value: Any, op: str, given: Any) -> bool:
    if op == "isNull":
        return (value is None) == bool(given)
    if value is None:
        return False
    one = comparison_value(term)
    if op == "in":
        return value in [one(g) for g in given]
    wanted = one(given)
    if op == "startsWith":
        return str(value).startswith(wanted)
    return bool({"eq": value == wanted, "gte": value >= wanted, "lte": value <= wanted}[op])

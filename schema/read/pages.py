"""Connections: the page first, by keyset, and its JSON after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, get_named_type
from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    case,
    func,
    literal_column,
    select,
)

from authz.scope import within
from schema.read.drawn import Drawn, Make, columns_in
from schema.read.ends import page_info
from schema.read.json_sql import among, json_list, json_object, json_text, wire
from schema.read.kinds import listed, parse_id
from schema.read.masks import Closed, comparable, conditional, seen
from schema.read.saw import HIDDEN, gone_mark
from schema.read.shapes import COUNTED
from schema.read.sources import Condition, Relation, Sql
from schema.read.terms import Key, Term, beyond, signed

if TYPE_CHECKING:
    from schema.read.catalogue import Entity
    from schema.read.compile import Compiler

LAST = "\U0010ffff"  # no text goes on with a greater character
Tie = tuple[str, ColumnElement[Any], FromClause]  # column over there, value here, the row around


@dataclass
class Page:
    """One connection while it is compiled."""

    compiler: "Compiler"
    entity: "Entity"
    path: tuple[str, ...]
    n: int
    args: dict[str, Any]
    keys: list[Key]
    limit: ColumnElement[int]
    conditions: list[ColumnElement[bool]]
    t: FromClause
    tie: Tie | None
    covered: bool
    marked: bool = False  # whether something around its ends, or beside them, tells whose the rows are

    @property
    def outer(self) -> list[FromClause]:
        return [self.tie[2]] if self.tie else []

    @property
    def backwards(self) -> bool:
        return self.args.get("last") is not None


def connection(
    compiler: "Compiler",
    entity: "Entity",
    gfield: GraphQLField,
    details: Any,
    path: tuple[str, ...],
    *,
    order: Sequence[str] = (),
    fixed: Condition | None = None,
    tie: Tie | None = None,
    covered: bool = False,
) -> ColumnElement[Any]:
    """Return the JSON of a connection; `tie` is what its rows share with the row around it."""
    n = compiler.outline.index(details[0].node)
    args = compiler.arguments[n]
    found = ordering(compiler, entity, args.get("order"), order)
    where = {name: ops for name, ops in (args.get("where") or {}).items() if ops}
    if found is None or not all(_filters(compiler, entity, name) for name in where):
        return compiler.deny(Closed("FORBIDDEN"), path)
    t = entity.table.alias()
    scope = [*seen(compiler.access, entity.scope, t, covered=covered), *([fixed(t)] if fixed else [])]
    if tie:
        scope.insert(0, t.c[tie[0]] == tie[1])
    for name, ops in where.items():
        term = compiler.catalogue.term(entity, name, order=False)
        assert term is not None
        scope += [_compare(compiler, term, t, n, op) for op, value in ops.items() if value is not None]
    limit = compiler.bind(Integer(), n, lambda a: a[n].get("first") or a[n]["last"], "size")
    page = Page(compiler, entity, path, n, args, found, limit, scope, t, tie, covered)
    made = _connection(page, get_named_type(gfield.type), details)
    begun = [_begun(page, name).exists() for name in ("after", "before") if args.get(name) is not None]
    if not begun:
        return made
    compiler.pages.append((path, n))
    return case((and_(*begun), made), else_=json_text(literal_column(f"'{gone_mark(len(compiler.pages) - 1)}'")))


def ordering(
    compiler: "Compiler", entity: "Entity", asked: Sequence[Any] | None, default: Sequence[str]
) -> list[Key] | None:
    """Return the keys of an order, or None where the client asks for one that is closed to them.

    Of the order that the schema gives, closed keys are left out: it would tell what they hide.
    """
    keys: dict[str, Key] = {}  # by what is compared: a key named twice orders nothing the second time
    for name, down in map(signed, asked or default):
        term = compiler.catalogue.term(entity, name, order=True)
        assert term is not None
        if comparable(compiler.access, entity.scope, term.source):
            keys.setdefault(term.label, Key(term, down))
        elif asked:
            return None
    return [*keys.values(), last_key(entity, [*keys.values()])]


def last_key(entity: "Entity", keys: Sequence[Key]) -> Key:
    """Return the key that parts equals: ids grow with time, so newest first is so within a day as well.

    Those of children do not (`docs/decisions/0017`): equals among them stand in an order that says nothing.
    """
    return Key(entity.identity, bool(keys) and keys[-1].down)


def _filters(compiler: "Compiler", entity: "Entity", name: str) -> bool:
    return comparable(compiler.access, entity.scope, entity.sources[name])


def _connection(page: Page, gtype: Any, details: Any) -> ColumnElement[Any]:
    fields = list(page.compiler.outliner.fields(gtype, details))
    asked = {name for _, name, _ in fields}
    if not asked & {"edges", "pageInfo"}:
        values = {key: _plain(page, gtype, name) for key, name, _ in fields}
        return select(json_object(values)).scalar_subquery()
    page.marked = page.covered or "edges" in asked
    drawn, reads = _reads(page, gtype, fields)
    rows = _rows(page, reads, numbered=page.backwards or "pageInfo" in asked)
    made = {key: _made(page, drawn, rows, gtype, name, sub, key) for key, name, sub in fields}
    found = drawn.over(rows, also=["~n"]) if drawn.columns else rows
    return select(json_object({key: make(found) for key, make in made.items()})).select_from(found).scalar_subquery()


def _reads(page: Page, gtype: Any, fields: Sequence[tuple[str, str, Any]]) -> tuple[Drawn, set[str]]:
    """Return the drawing of the nodes of a connection, and the columns that its page has to bring."""
    compiler, entity = page.compiler, page.entity
    kept = {"id", *([entity.scope.subject] if entity.scope.subject else [])}
    read = set(kept)
    for _, _, sub in (field for field in fields if field[1] == "edges"):
        edge = get_named_type(gtype.fields["edges"].type)
        for _, _, below in (one for one in compiler.outliner.fields(edge, sub) if one[1] == "node"):
            node = get_named_type(edge.fields["node"].type)
            kept |= compiler.drawn(entity, node, below).names
            read |= _columns(compiler, entity, node, below)
    return Drawn(frozenset(kept)), read


def _columns(compiler: "Compiler", entity: "Entity", gtype: Any, details: Any) -> set[str]:
    """Return the columns that a selection reads in any way: those that a page has to bring."""
    names = set(compiler.drawn(entity, gtype, details).names)
    expressions: list[Any] = []
    for _, name, _ in compiler.outliner.fields(gtype, details):
        source = entity.sources.get(name)
        if name == "withheld":
            expressions += conditional(compiler.access, entity.scope, entity.classes, entity.table).values()
        if source is None:
            continue
        shown = compiler.gate(entity, source, entity.table)
        expressions += [] if isinstance(shown, bool | Closed) else [shown]
        if isinstance(source, Sql):
            expressions.append(entity.expression(name, entity.table))
        elif isinstance(source, Relation):
            names.add(compiler.catalogue.ends(source, entity)[1].name)
            expressions += compiler.led(entity, source, entity.table)
    return names | columns_in(expressions, entity.table)


def _made(page: Page, drawn: Drawn, rows: FromClause, gtype: Any, name: str, details: Any, key: str) -> Make:
    if name == "edges":
        return _edges(page, drawn, rows, get_named_type(gtype.fields[name].type), details, (*page.path, key))
    if name == "pageInfo":
        return lambda found: page_info(page, found, get_named_type(gtype.fields[name].type), details)
    return lambda _: _plain(page, gtype, name)


def _plain(page: Page, gtype: Any, name: str) -> ColumnElement[Any]:
    if name == "__typename":
        return literal_column(f"'{gtype.name}'")
    # `count(*)` beside the rows would count the page; one of its own counts the list, as far as it counts
    counted: Select[Any] = (
        select(literal_column("1")).select_from(page.t).where(*page.conditions).correlate(*page.outer)
    )
    few = counted.limit(literal_column(str(COUNTED))).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def _rows(page: Page, reads: set[str], *, numbered: bool) -> FromClause:
    """Return the page's rows; one more than asked for, and numbered, where somebody wants to know what follows.

    The page is taken before any JSON is made: SQLite would make that of every row before it sorts and cuts.
    """
    plain = reads | {k.term.label for k in page.keys if k.term.label in page.t.c}
    extra = [k.term.labelled(page.t) for k in page.keys if k.term.label not in page.t.c]
    cuts = [_cut(page, name) for name in ("after", "before") if page.args.get(name) is not None]
    few = (
        select(*(page.t.c[name] for name in sorted(plain)), *extra)
        .where(*page.conditions, *cuts)
        .correlate(*page.outer)
        .order_by(*(k.ordering(page.t, reverse=page.backwards) for k in page.keys))
        .limit(page.limit + 1 if numbered else page.limit)
        .subquery()
    )
    if not numbered:
        return few
    again = [k.ordering(few, reverse=page.backwards) for k in page.keys]
    marked = select(few, func.row_number().over(order_by=again).label("~n")).subquery()
    return select(marked).order_by(marked.c["~n"].desc() if page.backwards else marked.c["~n"]).subquery()


def _cut(page: Page, name: str) -> ColumnElement[bool]:
    """Rows behind (or before) the cursor's row, whose keys are read again under the caller's scope."""
    here = _begun(page, name).subquery()
    held = beyond(page.keys, page.t, here, before=name == "before")
    return select(literal_column("1")).select_from(here).where(held).correlate(page.t, *page.outer).exists()


def _begun(page: Page, name: str) -> Select[Any]:
    """Return the keys of the cursor's row, if the caller sees it among the rows of this very list.

    Its filters do not matter: a row that was changed since the last page still tells where to go on.
    """
    entity, n = page.entity, page.n
    cursor = entity.table.alias()
    wanted = page.compiler.bind(cursor.c.id.type, n, lambda a: parse_id(a[n][name], entity.prefix)[1], name)
    where = [cursor.c.id == wanted, *seen(page.compiler.access, entity.scope, cursor, covered=page.covered)]
    if page.tie:
        where.append(cursor.c[page.tie[0]] == page.tie[1])
    return select(*(k.term.labelled(cursor) for k in page.keys)).where(*where).correlate(*page.outer)


def _edges(page: Page, drawn: Drawn, rows: FromClause, edge: Any, details: Any, path: tuple[str, ...]) -> Make:
    entity = page.entity
    made: dict[str, Make] = {}
    shows_node = False
    for key, name, sub in page.compiler.outliner.fields(edge, details):
        if name == "node":
            gtype = get_named_type(edge.fields[name].type)
            place = (*path, key)
            made[key] = page.compiler.object(drawn, entity, rows, gtype, sub, place, covered=page.covered)
            shows_node = True
        else:
            made[key] = _cursor(entity) if name == "cursor" else _literal(edge.name)
    if entity.scope.subject and not shows_node and not page.covered:
        made = {HIDDEN: page.compiler.child(entity.scope.subject), **made}

    def listed_rows(found: FromClause) -> ColumnElement[Any]:
        # without a column of these rows in it, PostgreSQL would take the aggregate for that of an inner query
        keep = found.c["~n"] <= page.limit if "~n" in found.c else found.c.id.is_not(None)
        return json_list(json_object({key: make(found) for key, make in made.items()}), keep)

    return listed_rows


def _cursor(entity: "Entity") -> Make:
    return lambda found: wire(found.c.id, entity.prefix)


def _literal(text: str) -> Make:
    return lambda _: literal_column(f"'{text}'")


def _compare(compiler: "Compiler", term: Term, t: FromClause, n: int, op: str) -> ColumnElement[bool]:
    value = term.expression(t)
    if op == "isNull":
        return value.is_(None) if compiler.arguments[n]["where"][term.name][op] else value.is_not(None)

    def given(make: Callable[[Any], Any] = lambda v: v) -> Any:
        return compiler.bind(value.type, n, lambda a: make(a[n]["where"][term.name][op]), f"{term.python_name}_{op}")

    one = comparison_value(term)
    if op == "in":
        kind = String()
        text = compiler.bind(kind, n, lambda a: listed(one(v) for v in a[n]["where"][term.name][op]), term.python_name)
        return within(value, text) if term.kind in ("id", "text") else among(value, text)
    if op == "startsWith":
        start = given(one)
        return and_(term.of(t) >= start, term.of(t) < given(lambda v: one(v) + LAST))
    return {"eq": value.__eq__, "gte": value.__ge__, "lte": value.__le__}[op](given(one))


def comparison_value(term: Term) -> Callable[[Any], Any]:
    """Return how a given value becomes one that the column can be compared with."""
    if term.kind == "id":
        return lambda text: parse_id(text, term.prefix)[1]
    if term.words is not None:
        return lambda member: str(getattr(member, "value", member))
    return term.normal or (lambda value: value)

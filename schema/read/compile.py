"""From a selection set to one SQL statement that answers JSON. Knows no dialect and no GraphQL text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLField, get_named_type
from sqlalchemy import (
    JSON,
    BindParameter,
    ColumnElement,
    FromClause,
    SelectBase,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.types import TypeEngine

from authz.scope import Access, within
from schema.read.drawn import Drawn, Make
from schema.read.json_sql import json_object, json_text, wire
from schema.read.kinds import kind_of, listed, parse_id
from schema.read.masks import Closed, conditional, gate, refusal, seen, tie
from schema.read.outline import GIVEN, Outline, Outliner
from schema.read.pages import connection
from schema.read.plan import Arguments, Getter, Plan, PythonField, Unsupported, argument
from schema.read.saw import HIDDEN
from schema.read.sources import (
    Column,
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
    Sql,
)

if TYPE_CHECKING:
    from schema.read.catalogue import Catalogue, Entity

Path = tuple[str, ...]


@dataclass
class Compiler:
    """Compiles one root field for callers of one shape.

    Parameters
    ----------
    catalogue : Catalogue
    access : Access
        Its communes and users are bound later; here it gives the form of the conditions.
    outliner : Outliner
        With the outline of the very selection.
    arguments : list of dict
        Of every call, whose nulls, keys, booleans and enums decide the form of the statement.
    """

    catalogue: "Catalogue"
    access: Access
    outliner: Outliner
    arguments: Arguments
    binds: dict[str, Getter] = field(default_factory=dict)
    denied: list[tuple[Closed, Path]] = field(default_factory=list)
    python: list[PythonField] = field(default_factory=list)
    pages: list[tuple[Path, int]] = field(default_factory=list)  # those that begin at a cursor, and their calls
    root: str = ""
    _gates: dict[Any, ColumnElement[bool] | bool | Closed] = field(default_factory=dict)

    @property
    def outline(self) -> Outline:
        return self.outliner.made

    def plan(self, source: Root, entities: "Sequence[Entity]", gfield: GraphQLField, details: Any) -> Plan:
        """Return the plan of a root field, whose rows are of these types."""
        if isinstance(source, RootMany):
            statement = self._many(source, entities[0], gfield, details)
        elif isinstance(source, RootOne):
            statement = self._one(source, entities[0], gfield, details)
        else:
            statement = self._several(source, entities, gfield, details)
        closed = {n for n, call in enumerate(self.outline.calls) if call.most} - {n for _, n in self.pages}
        return Plan(statement, self.binds, self.denied, self.python, self.pages, tuple(sorted(closed)))

    def _many(self, source: RootMany, entity: "Entity", gfield: GraphQLField, details: Any) -> SelectBase:
        if closed := refusal(self.access, entity.scope, source.plugin):
            return select(self.deny(closed, ()))
        value = connection(self, entity, gfield, details, (), order=source.order, fixed=source.where)
        return select(cast(value, Text))

    def _one(self, source: RootOne, entity: "Entity", gfield: GraphQLField, details: Any) -> SelectBase:
        if source.type_name is not None and (closed := refusal(self.access, entity.scope, source.plugin)):
            return select(self.deny(closed, ()))
        n = self.outline.index(details[0].node)
        t = entity.table.alias()
        columns = zip(source.by, gfield.args, strict=False)
        on = [t.c[c] == self.bind(t.c[c].type, n, argument(n, name), c) for c, name in columns]
        if not source.by:
            on = [t.c.id == self.bind(t.c.id.type, n, lambda a: parse_id(a[n]["id"], entity.prefix)[1], "id")]
        gtype = self.outliner.concrete(entity, get_named_type(gfield.type))
        return select(cast(self.row(entity, t, gtype, details, (), on), Text))

    def _several(self, source: Root, entities: "Sequence[Entity]", gfield: GraphQLField, details: Any) -> SelectBase:
        """Rows by a list of ids, as pairs of id and JSON; of one type or of several."""
        assert isinstance(source, RootList | Held)
        parts = []
        for entity in entities:
            ids = self.bind(String(), GIVEN, lambda a: listed(a[GIVEN]["ids"]), "ids")
            gtype = self.outliner.concrete(entity, get_named_type(gfield.type))
            self.root = entity.prefix
            drawn, t = self.drawn(entity, gtype, details), entity.table.alias()
            make = self.object(drawn, entity, t, gtype, details, ())
            found = drawn.over(t, [within(t.c.id, ids), self.access.row(entity.table.name, t)])
            key = wire(found.c.id, entity.prefix).label("k")
            parts.append(select(key, cast(make(found), Text).label("j")).select_from(found))
        return union_all(*parts) if len(parts) > 1 else parts[0]

    def row(
        self,
        entity: "Entity",
        t: FromClause,
        gtype: Any,
        details: Any,
        path: Path,
        on: Sequence[ColumnElement[bool]],
        around: Sequence[FromClause] = (),
        *,
        covered: bool = False,
    ) -> ColumnElement[Any]:
        """Return the JSON of the one row that meets `on`, if the caller sees it; it hangs on the row `around` it."""
        drawn = self.drawn(entity, gtype, details)
        make = self.object(drawn, entity, t, gtype, details, path, covered=covered)
        found = drawn.over(t, [*on, *seen(self.access, entity.scope, t, covered=covered)], around)
        return select(make(found)).select_from(found).scalar_subquery()

    def object(
        self,
        drawn: Drawn,
        entity: "Entity",
        t: FromClause,
        gtype: Any,
        details: Any,
        path: Path,
        *,
        covered: bool = False,
    ) -> Make:
        """Return how the JSON of a row is made of what `drawn` puts around it.

        `covered` says that the row around it is part of the same child's record.
        """
        made: dict[str, Make] = {}
        if entity.scope.subject and not covered:
            made[HIDDEN] = self.child(entity.scope.subject)
        for key, name, sub in self.outliner.fields(gtype, details):
            made[key] = self._value(drawn, entity, t, gtype, name, sub, (*path, key))
        return lambda found: json_object({key: make(found) for key, make in made.items()})

    def gate(self, entity: "Entity", source: Source, t: FromClause) -> ColumnElement[bool] | bool | Closed:
        """As `masks.gate`, once for each row and kind of field: fifty columns share three or four conditions."""
        key = (t, source.data, source.plugin)
        if key not in self._gates:
            self._gates[key] = gate(self.access, entity.scope, source, t)
        return self._gates[key]

    def drawn(self, entity: "Entity", gtype: Any, details: Any) -> Drawn:
        """Return an empty drawing that keeps the columns which a selection shows as they are."""
        names = {"id", *([entity.scope.subject] if entity.scope.subject else [])}
        for _, name, _ in self.outliner.fields(gtype, details):
            source = entity.sources.get(name)
            if isinstance(source, Column):
                names.add(source.name or "")
            elif isinstance(source, Python):
                names.update(source.needs)
        return Drawn(frozenset(names))

    def led(self, entity: "Entity", source: Relation, t: FromClause) -> list[ColumnElement[bool]]:
        """Return the condition that a row leads to the record that it is part of; none where every row does."""
        return tie(self.access, entity.scope, t) if self.catalogue.same_child(source, entity) else []

    def child(self, subject: str) -> Make:
        """Return how a row tells, in a hidden key, of whose record it is part."""
        return lambda found: wire(found.c[subject])

    def deny(self, closed: Closed, path: Path) -> ColumnElement[Any]:
        if (closed, path) not in self.denied:
            self.denied.append((closed, path))
        return null()

    def bind(self, kind: TypeEngine[Any], n: int, getter: Getter, name: str) -> BindParameter[Any]:
        made = bindparam(f"a{n if n >= 0 else 'n'}_{name}_{len(self.binds)}", type_=kind)
        self.binds[made.key] = getter
        return made

    def _value(
        self, drawn: Drawn, entity: "Entity", t: FromClause, gtype: Any, name: str, details: Any, path: Path
    ) -> Make:
        if name == "__typename":
            return lambda _: literal_column(f"'{entity.name}'")
        if name == "id":
            return lambda found: wire(found.c.id, entity.prefix)
        if name == "withheld":
            return self._withheld(drawn, entity, t)
        source = entity.sources.get(name)
        if source is None:
            raise Unsupported(f"unknown field {name}")
        shown = self.gate(entity, source, t)
        if isinstance(shown, Closed):
            denied = self.deny(shown, path)
            return lambda _: denied
        make = self._open(drawn, entity, t, gtype, source, name, details, path)
        if isinstance(shown, bool):
            return make
        mask = drawn.beside((source.data, source.plugin), shown)
        return lambda found: case((mask(found), make(found)))

    def _open(
        self,
        drawn: Drawn,
        entity: "Entity",
        t: FromClause,
        gtype: Any,
        source: Source,
        name: str,
        details: Any,
        path: Path,
    ) -> Make:
        if isinstance(source, Relation):
            related = self._relation(entity, t, gtype.fields[name], source, details, path)
            led = self.led(entity, source, t)
            below = drawn.beside(path, case((and_(*led), related)) if led else related)
            return lambda found: type_coerce(below(found), JSON)
        if isinstance(source, Sql):
            value = drawn.beside(name, entity.expression(name, t))
            return lambda found: wire(value(found))
        if isinstance(source, Column):
            column = entity.table.c[source.name or ""]
            prefix = self.catalogue.prefix_of(column) if kind_of(column.type) == "id" else ""
            return lambda found: wire(found.c[column.name], prefix)
        assert isinstance(source, Python)
        kinds = {column: kind_of(entity.table.c[column].type) for column in ("id", *source.needs)}
        self.python.append(PythonField(path, gtype, details, entity, kinds, self.root))
        # what the resolver needs, in the place where its value will stand
        return lambda found: json_object({column: wire(found.c[column]) for column in kinds})

    def _relation(
        self, entity: "Entity", t: FromClause, gfield: GraphQLField, source: Relation, details: Any, path: Path
    ) -> ColumnElement[Any]:
        target = self.catalogue.target(source, entity)
        if closed := refusal(self.access, target.scope):
            return self.deny(closed, path)
        there, here = self.catalogue.ends(source, entity)
        same = self.catalogue.same_child(source, entity)
        if isinstance(source, Many):
            tie = (there.name, t.c[here.name], t)
            order, fixed = source.order, source.where
            return connection(self, target, gfield, details, path, order=order, fixed=fixed, tie=tie, covered=same)
        assert isinstance(source, One)
        other, gtype = target.table.alias(), get_named_type(gfield.type)
        return self.row(
            target, other, gtype, details, path, [other.c[there.name] == t.c[here.name]], (t,), covered=same
        )

    def _withheld(self, drawn: Drawn, entity: "Entity", t: FromClause) -> Make:
        narrow = conditional(self.access, entity.scope, entity.classes, t)
        if not narrow:
            return lambda _: json_text(literal_column("'[]'"))
        masks = {data: drawn.beside((data, None), condition) for data, condition in narrow.items()}

        def listed_classes(found: FromClause) -> ColumnElement[Any]:
            parts = [case((open_(found), ""), else_=f'"{data.name}",') for data, open_ in masks.items()]
            return json_text("[" + func.rtrim(sum(parts[1:], parts[0]), ",") + "]")

        return listed_classes

"""Random valid documents over the schema, with arguments drawn from rows that exist, so that answers are full."""

import json
from datetime import date, datetime
from enum import Enum
from random import Random
from typing import Any
from uuid import UUID

from graphql import GraphQLObjectType, get_named_type, is_leaf_type, parse, validate

from core.models.people import Nna
from core.text import fold
from schema.build import Schema
from schema.read.catalogue import Entity
from schema.read.sources import Python
from tests.api.read_world import COMMUNES, World

ROOTS = ("node", "nodes", "regions", "communes", "commune", "nna", "family", "alerts")
WORKED_OUT = ("nomina", "searchNna", "viewer")  # a service finds the rows, the read path brings them


class Documents:
    """`one()` gives a document and its variables; the same seed gives the same ones."""

    def __init__(self, schema: Schema, world: World, seed: int) -> None:
        self.schema, self.catalogue, self.types = schema._schema, schema.catalogue, schema._schema.type_map
        self.random, self.world = Random(seed), world

    def one(self) -> tuple[str, dict[str, Any]]:
        while True:  # two fragments may ask for one name in different ways, which no client may
            text, values = self._drawn()
            if not validate(self.schema, parse(text)):
                return text, values

    def _drawn(self) -> tuple[str, dict[str, Any]]:
        self.fragments: list[str] = []
        query: Any = self.types["Query"]
        name = self.random.choice([n for n in (*ROOTS, *WORKED_OUT) if n in query.fields])
        body = self._field(name, query.fields[name], 2 if self.random.random() < 0.8 else 3)
        text = (
            "query ($n: Int!, $yes: Boolean!, $no: Boolean!) { "
            f"{body} again: communes(first: $n) {{ edges {{ cursor }} pageInfo {{ ...Used }} }} }} "
            f"{' '.join(self.fragments)} "
            "fragment Used on PageInfo { endCursor @skip(if: $no) hasPreviousPage @include(if: $yes) }"
        )
        values = {"n": self.random.randrange(1, 6), "yes": self.random.random() < 0.5, "no": self.random.random() < 0.5}
        return text, values

    def _selection(self, kind: GraphQLObjectType, depth: int) -> str:
        entity = self.catalogue.entities.get(kind.name)
        names = [n for n, f in kind.fields.items() if self._fits(entity, n, f, depth)]
        chosen = {"edges"} & set(names) if self.random.random() < 0.95 else set()
        chosen |= set(self.random.sample(names, min(len(names), self.random.randrange(1, 6))))
        parts = [self._field(n, kind.fields[n], depth) for n in sorted(chosen)]
        parts += self.random.choices(("", "__typename"), k=1)
        if entity and self.random.random() < 0.2:
            on = self.random.choice((kind.name, "Node"))
            if on == kind.name:
                self.fragments.append(f"fragment F{len(self.fragments)} on {on} {{ {' '.join(parts)} }}")
                return f"{{ ...F{len(self.fragments) - 1} }}"
            parts.append("... on Node { id again: id }")
        return "{ " + " ".join(parts) + " }"

    def _fits(self, entity: Entity | None, name: str, field: Any, depth: int) -> bool:
        if entity and isinstance(entity.sources.get(name), Python):
            return is_leaf_type(get_named_type(field.type))
        return depth > 0 or is_leaf_type(get_named_type(field.type)) or name in ("edges", "node", "pageInfo")

    def _field(self, name: str, field: Any, depth: int) -> str:
        kind: Any = get_named_type(field.type)
        if kind.name == "Node":
            return self._any(name, depth)
        alias = f"x{self.random.randrange(10**6)}: " if self.random.random() < 0.2 else ""
        args = self._arguments(name, field)
        if kind.name == "PageInfo":
            chosen = self.random.sample(["...Used", "__typename", *kind.fields], self.random.randrange(1, 4))
            return f"{alias}{name} {{ {' '.join(chosen)} }}"
        wrapper = kind.name.endswith(("Connection", "Edge"))
        below = "" if is_leaf_type(kind) else self._selection(kind, depth if wrapper else depth - 1)
        return f"{alias}{name}{args}{below}"

    def _any(self, name: str, depth: int) -> str:
        """Ask for rows of any type: mostly of one, which the selection knows, and sometimes of what is not there."""
        main, other = self.random.sample(sorted(self.catalogue.entities), 2)
        on = " ".join(f"... on {n} {self._selection(self.types[n], depth - 1)}" for n in (main, other))  # type: ignore[arg-type]
        ids = [self._id(main) for _ in range(self.random.randrange(2, 5))] + [self._id(other)]
        given = f"id: {json.dumps(ids[0])}" if name == "node" else f"ids: {json.dumps(ids)}"
        return f"{name}({given}) {{ id __typename ... on Record {{ version withheld }} {on} }}"

    def _arguments(self, name: str, field: Any) -> str:
        if "id" in field.args:
            return f'(id: "{self._id(name.capitalize())}")'
        if "code" in field.args:
            return f"(code: {json.dumps(self.random.choice((*COMMUNES, '99999')))})"
        if "communeCode" in field.args:
            return f"(communeCode: {json.dumps(self.random.choice(COMMUNES))})"
        if "text" in field.args:
            child = self.random.choice(self.world.of(Nna))
            return f"(text: {json.dumps(child['given_names'])}, first: 5)"
        if "first" not in field.args:
            return ""
        entity = self.catalogue.entities[get_named_type(field.type).name.removesuffix("Connection")]
        made = [f"{self.random.choice(('first', 'last'))}: {self.random.choice(('$n', '2', '5'))}"]
        made += [f'{k}: "{self._cursor(entity)}"' for k in ("after", "before") if self.random.random() < 0.12]
        if "order" in field.args and self.random.random() < 0.5:
            # a key may be named twice: the second time it orders nothing
            orders = sorted(get_named_type(field.args["order"].type).values)
            made.append(f"order: [{', '.join(self.random.choices(orders, k=self.random.randrange(1, 4)))}]")
        if "where" in field.args and self.random.random() < 0.25:
            made.append(f"where: {{ {self._comparison(entity, get_named_type(field.args['where'].type))} }}")
        return f"({', '.join(made)})"

    def _comparison(self, entity: Entity, where: Any) -> str:
        name = self.random.choice(sorted(where.fields))
        term = self.catalogue.term(entity, name, order=False)
        assert term is not None
        op = self.random.choice(sorted(get_named_type(where.fields[name].type).fields))
        if op == "isNull":
            return f"{name}: {{ isNull: {self.random.choice(('true', 'false'))} }}"
        found = [r.get(term.label) for r in self.world.rows.get(entity.table.name, [])]
        value = self._literal(self.random.choice([v for v in found if v is not None] or ["x"]), term.prefix, op)
        return f"{name}: {{ {op}: {f'[{value}]' if op == 'in' else value} }}"

    def _literal(self, value: Any, prefix: str, op: str) -> str:
        if op == "startsWith":
            value = fold(value)[:3]
        if isinstance(value, UUID):
            return f'"{prefix}_{value.hex}"'
        if isinstance(value, datetime | date):
            return f'"{value.isoformat()}"'
        if isinstance(value, Enum):
            return value.name
        return json.dumps(value)

    def _id(self, type_name: str) -> str:
        if self.random.random() < 0.1:
            return self.random.choice(("nna_0", "x", "zzz_" + "0" * 32, "fam_" + "0" * 32))
        return self._cursor(self.catalogue.entities[type_name])

    def _cursor(self, entity: Entity) -> str:
        rows = self.world.rows.get(entity.table.name)
        if not rows or self.random.random() < 0.1:
            return f"{entity.prefix}_{'1' * 32}"
        return f"{entity.prefix}_{self.random.choice(rows)['id'].hex}"

"""By every edge and every path up to three long, each role gets exactly the rows and classes that are theirs.

What is theirs is decided again in plain Python (`plain_decision.py`). Not one row more, not one less.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest

from authz.actor import DataClass
from schema.read.catalogue import Catalogue, Entity
from schema.read.sources import Column, Many, One, Python, Relation
from tests.api.plain_decision import PART_OF, Decision
from tests.api.read_world import World, asking, read_schema

PAGE = 100
SKIPPED = (Python,)  # their columns are guarded like any other; the differential test covers them


@pytest.fixture(scope="module")
def schema():
    return read_schema()


@dataclass
class Tree:
    """What is asked of one type: every value, and every relation down to a depth."""

    entity: Entity
    below: dict[str, "Tree"]

    def text(self) -> str:
        names = [n for n, s in self.entity.fields.items() if self._is_value(n)]
        parts = [*names, *(f"{n} {self._relation(n, t)}" for n, t in self.below.items())]
        return "{ " + " ".join(parts) + " }"

    def _is_value(self, name: str) -> bool:
        return not isinstance(self.entity.sources.get(name), (Relation, *SKIPPED))

    def _relation(self, name: str, tree: "Tree") -> str:
        many = isinstance(self.entity.sources[name], Many)
        return f"(first: {PAGE}) {{ totalCount edges {{ node {tree.text()} }} }}" if many else tree.text()


def tree_of(catalogue: Catalogue, entity: Entity, depth: int) -> Tree:
    relations = {n: s for n, s in entity.sources.items() if isinstance(s, Relation)} if depth else {}
    below = {n: tree_of(catalogue, catalogue.target(s, entity), depth - 1) for n, s in relations.items()}
    return Tree(entity, below)


class Judge:
    """Holds an answer against the plain decision."""

    def __init__(self, catalogue: Catalogue, world: World, decision: Decision, counts: Counter) -> None:
        self.catalogue, self.world, self.decision, self.counts = catalogue, world, decision, counts

    def rows(self, entity: Entity) -> dict[str, dict[str, Any]]:
        return {f"{entity.prefix}_{r['id'].hex}": r for r in self.world.rows.get(entity.table.name, [])}

    def depth(self, entity: Entity) -> int:
        """How far to go from a type: nothing hangs below rows that nobody may see."""
        return 2 if any(self.decision.sees(entity.table.name, r) for r in self.rows(entity).values()) else 0

    def judge(self, tree: Tree, row: dict[str, Any], found: dict[str, Any] | None, path: str) -> None:
        """Hold one object against its row, with all that hangs below it."""
        table = tree.entity.table.name
        if not self.decision.sees(table, row):
            assert found is None, f"{path}: a row that is not theirs"
            return
        assert found is not None, f"{path}: a row of theirs is missing"
        self.counts["rows"] += 1
        for name, source in tree.entity.sources.items():
            opens = self.decision.opens(table, row, source.data)
            if name in tree.below:
                self._relation(tree, name, row, found[name], opens, f"{path}.{name}")
            elif name in found:
                self._value(source, row, found[name], opens, f"{path}.{name}")
        if "withheld" in found:
            classes = [c for c in DataClass if c in tree.entity.classes and self.decision.knows(table, c)]
            assert found["withheld"] == [c for c in classes if not self.decision.opens(table, row, c)], path

    def _value(self, source: Any, row: dict[str, Any], found: Any, opens: bool, path: str) -> None:
        self.counts["values" if opens else "masked"] += 1
        if not opens:
            assert found is None, f"{path}: a value that is not theirs"
        elif isinstance(source, Column) and isinstance(row[source.name], (str, int, date)):
            value = row[source.name]
            wire = value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
            same = found == wire if not isinstance(value, datetime) else datetime.fromisoformat(found) == value
            assert same, f"{path}: {found!r} instead of {wire!r}"

    def _relation(self, tree: Tree, name: str, row: Any, found: Any, opens: bool, path: str) -> None:
        source: Any = tree.entity.sources[name]
        target = tree.below[name]
        there, here = self.catalogue.ends(source, tree.entity)
        part = PART_OF.get((tree.entity.name, name), lambda _: True)
        related = {
            wire: other
            for wire, other in self.rows(target.entity).items()
            if row[here.name] is not None and other[there.name] == row[here.name] and part(other)
        }
        if {there.name, here.name} == {"id", "nna_id"}:  # from a child's record to what is part of it, or back
            related = self._told(tree.entity.table.name, row, target.entity.table.name, related)
        if not opens:
            assert found is None, f"{path}: a relation that is not theirs"
        elif isinstance(source, One):
            assert related or found is None, f"{path}: a row that nothing ties to this one"
            for other in related.values():
                self.judge(target, other, found, path)
        else:
            self.several(target, related, found, path)

    def _told(self, table: str, row: Any, part: str, related: dict[str, Any]) -> dict[str, Any]:
        """Leave out the rows of which, or of this one, it is not told that they are of that child."""
        tells = self.decision.tells_whose
        told = {wire: other for wire, other in related.items() if tells(table, row) and tells(part, other)}
        self.counts["untied"] += sum(self.decision.sees(part, related[wire]) for wire in related.keys() - told.keys())
        return told

    def several(self, tree: Tree, expected: dict[str, Any], found: Any, path: str) -> None:
        """Hold a connection against the rows that could stand in it."""
        theirs = {w: r for w, r in expected.items() if self.decision.sees(tree.entity.table.name, r)}
        if found is None:
            assert not theirs, f"{path}: refused, and {len(theirs)} rows are theirs"
            return
        nodes = {edge["node"]["id"]: edge["node"] for edge in found["edges"]}
        assert set(nodes) == set(theirs), f"{path}: {set(nodes) ^ set(theirs)}"
        assert found["totalCount"] == len(theirs) <= PAGE, path
        for wire, node in nodes.items():
            self.judge(tree, theirs[wire], node, f"{path}[{wire}]")


def test_every_path_shows_exactly_what_the_plain_decision_allows(host, database, schema):
    world = World(children=16, seed=3)
    world.fill(host)
    counts = asyncio.run(walk(schema, host, database, world))
    print(database.partition(":")[0], dict(counts), dict(schema.catalogue.metrics.fallbacks))
    assert counts["rows"] > 5_000
    assert counts["masked"] > 1_000
    assert counts["untied"] > 10


async def walk(schema, host, database, world):
    catalogue, counts = schema.catalogue, Counter()
    async with asking(schema, host, database) as asker:
        for actor in world.actors():
            judge = Judge(catalogue, world, Decision(world, actor), counts)
            for entity in catalogue.entities.values():
                await every_path(asker, actor, judge, tree_of(catalogue, entity, judge.depth(entity)))
            await every_root(asker, actor, judge)
            catalogue.plans.clear()
    return counts


async def every_path(asker, actor, judge, tree):
    """From every row of a type by its id, along every relation and every relation of that."""
    rows = judge.rows(tree.entity)
    for start in range(0, len(rows), PAGE):
        ids = list(rows)[start : start + PAGE]
        text = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {tree.entity.name} {tree.text()} }} }}"
        answer = await asker.ask(actor, text, {"ids": ids})
        judge.counts["documents"] += 1
        told = {"FORBIDDEN"} if actor.signed else {"FORBIDDEN", "CONFIDENTIALITY_UNSIGNED"}
        assert {code for _, code in answer.errors} <= told, answer.told
        for wire, found in zip(ids, answer.data["nodes"], strict=True):
            judge.judge(tree, rows[wire], found, f"{actor.username} {actor.hats[0].role} {wire}")


async def every_root(asker, actor, judge):
    """The lists and the single records of Query."""
    for root, name in (("alerts", "Alert"), ("communes", "Commune"), ("regions", "Region")):
        tree = tree_of(judge.catalogue, judge.catalogue.entities[name], 1)
        answer = await asker.ask(actor, f"{{ {root}(first: {PAGE}) {{ totalCount edges {{ node {tree.text()} }} }} }}")
        judge.several(tree, judge.rows(tree.entity), answer.data[root], f"{actor.hats[0].role} {root}")
    for root, name in (("nna", "Nna"), ("family", "Family"), ("node", "Relative")):
        tree = tree_of(judge.catalogue, judge.catalogue.entities[name], 0)
        for wire, row in judge.rows(tree.entity).items():
            text = f"query ($id: ID!) {{ {root}(id: $id) {{ ... on {name} {tree.text()} }} }}"
            answer = await asker.ask(actor, text, {"id": wire})
            judge.judge(tree, row, answer.data[root], f"{actor.hats[0].role} {root} {wire}")

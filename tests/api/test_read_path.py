"""The read path at work: statements counted, pages walked, refusals told once, plugins switched off, plans shared."""

import sqlite3
from typing import Annotated
from uuid import UUID

import asyncpg
import pytest
import strawberry
from anyio import CapacityLimiter

from authz.actor import DataClass, Hat, Role
from core.hooks import Info, hookimpl
from core.models import modules, people
from schema.build import Part, build
from schema.context import Context
from schema.core import core_part
from schema.limits import Cost
from schema.read.declare import Connection, computed, lazy, many, sql
from tests.api.read_world import COMMUNES, World
from tests.api.reads import ToyQuery, coordinator, toy_schema, with_asker
from tests.conftest import make_host


@pytest.fixture(scope="module")
def schema():
    return toy_schema()


@pytest.fixture
def world(host):
    made = World(children=24, seed=5)
    made.fill(host)
    return made


def test_all_hits_of_a_list_cost_one_statement(schema, host, database, world):
    ids = [str(r["id"]) for r in world.of(people.Nna)]

    async def work(asker):
        text = "query ($ids: [UUID!]!) { hits(ids: $ids) { nna { id fullName alerts(first: 2) { totalCount } } } }"
        answer = await asker.ask(coordinator(world), text, {"ids": ids})
        assert [h["nna"]["id"] for h in answer.data["hits"]] == [f"nna_{UUID(i).hex}" for i in ids]
        return asker.reader.statements

    assert with_asker(schema, host, database, work) == 1


def test_hits_that_are_not_theirs_are_null(schema, host, database, world):
    rows = world.of(people.Nna)

    async def work(asker):
        text = "query ($ids: [UUID!]!) { hits(ids: $ids) { nna { communeCode } } }"
        me = coordinator(world, COMMUNES[1])
        return (await asker.ask(me, text, {"ids": [str(r["id"]) for r in rows]})).data["hits"]

    expected = [{"communeCode": COMMUNES[1]} if r["commune_code"] == COMMUNES[1] else None for r in rows]
    assert [hit["nna"] for hit in with_asker(schema, host, database, work)] == expected


def test_what_could_reach_too_much_is_refused_before_any_statement(schema, host, database, world):
    below = "alerts(first: 100) { edges { node { id report { alerts(first: 100) { totalCount } } } } }"
    text = f"{{ nnas(first: 100) {{ edges {{ node {{ id {below} }} }} }} }}"

    async def work(asker):
        context = Context(host, coordinator(world), asker.reader, CapacityLimiter(1), True, Cost(limit=20_000))
        answer = await schema.execute(text, None, context)
        assert [e.extensions["code"] for e in answer.errors] == ["COST_EXCEEDED"]
        assert context.cost.nodes == 100 + 100 * 100 + 100 * 100 + 100 * 100 * 100
        return asker.reader.statements

    assert with_asker(schema, host, database, work) == 0


def test_a_class_closed_to_the_whole_scope_is_told_once(schema, host, database, world):
    me = world.actor(Hat(Role.REGIONAL_COORDINATOR, frozenset(COMMUNES)))
    text = "{ nnas(first: 50) { edges { node { id givenNames x: givenNames sex } } } }"

    async def work(asker):
        both = [await asker.ask(me, text, compiled=compiled) for compiled in (True, False)]
        for answer in both:
            nodes = [e["node"] for e in answer.data["nnas"]["edges"]]
            assert len(nodes) == len(world.of(people.Nna))
            assert {(n["givenNames"], n["x"]) for n in nodes} == {(None, None)}
            path = ("nnas", "edges", "node")
            assert sorted(answer.errors) == [((*path, "givenNames"), "FORBIDDEN"), ((*path, "x"), "FORBIDDEN")]
        asked = (
            "{ nnas(first: 5, order: [fullName_ASC]) { totalCount } "
            "a: nnas(first: 5, where: {birthDate: {isNull: true}}) { totalCount } }"
        )
        answer = await asker.ask(me, asked)
        assert answer.data == {"nnas": None, "a": None}
        assert {code for _, code in answer.errors} == {"FORBIDDEN"}

    with_asker(schema, host, database, work)


def test_two_offices_share_a_plan_and_plans_are_bounded(schema, host, database, world):
    metrics, plans = schema.catalogue.metrics, schema.catalogue.plans
    plans.clear()

    async def work(asker):
        text = "query ($n: Int) { nnas(first: $n) { edges { node { communeCode } } } }"
        for n, commune in enumerate(COMMUNES, 1):
            before = metrics.hits
            answer = await asker.ask(coordinator(world, commune), text, {"n": n})
            assert {e["node"]["communeCode"] for e in answer.data["nnas"]["edges"]} == {commune}
            assert metrics.hits == before + (n > 1)
        assert len(plans) == 1
        plans.most = 3
        for n in range(6):
            await asker.ask(coordinator(world), f"{{ nnas(first: {n + 1}) {{ totalCount }} }}")
        assert len(plans) == 3
        plans.most = 512

    with_asker(schema, host, database, work)


def test_a_key_that_no_column_can_have_goes_the_ordinary_way_and_is_counted(schema, host, database, world):
    key = "k" * 64
    before = schema.catalogue.metrics.fallbacks["long key"]

    async def work(asker):
        answer = await asker.ask(coordinator(world), f"{{ nnas(first: 2) {{ edges {{ node {{ {key}: sex }} }} }} }}")
        return [e["node"][key] for e in answer.data["nnas"]["edges"]]

    assert all(with_asker(schema, host, database, work))
    assert schema.catalogue.metrics.fallbacks["long key"] == before + 1


def test_a_key_named_like_a_part_of_the_statement_does_no_harm(schema, host, database, world):
    text = "{ nnas(first: 2) { n: totalCount edges { o: node { o: sex nna: id j: communeCode value: age } } } }"

    async def work(asker):
        fast, slow = [await asker.ask(coordinator(world), text, compiled=c) for c in (True, False)]
        assert fast.data == slow.data
        assert not fast.errors

    with_asker(schema, host, database, work)


def test_nothing_can_be_written_through_a_reader(schema, host, database, world):
    async def work(asker):
        with pytest.raises((sqlite3.OperationalError, asyncpg.ReadOnlySQLTransactionError)):
            await asker.reader.reader.text("DELETE FROM nna", [])

    with_asker(schema, host, database, work)


class Toy:
    """A plugin of which each commune decides whether it is on."""

    @hookimpl
    def oln_info(self):
        return Info("toy", "Juguete", "1")


@strawberry.type
class NnaToy:
    doubled: int | None = sql(DataClass.BASIC, "El doble de su versión.", lambda t: t.c.version * 2)

    @computed(DataClass.IDENTITY, "Inicial del nombre.", needs=("given_names",))
    def initial(self) -> str | None:
        return self.given_names[:1]


@strawberry.type
class SwitchedQuery:
    toys: Connection[Annotated["Nna", lazy]] | None = many("Los NNA.", "Nna")  # noqa: F821


def test_a_plugin_answers_where_it_is_on(database, tmp_path):
    host = make_host(database, tmp_path, Toy())
    world = World(children=24, seed=5)
    world.add(modules.ModuleSwitch, commune_code=COMMUNES[0], plugin="toy", enabled=True, changed_by=None)
    world.fill(host)
    toy = Part("toy", extensions={"Nna": NnaToy}, query=SwitchedQuery)
    schema = build([core_part(), Part("more", query=ToyQuery, always_on=True), toy])
    values = "communeCode version givenNames doubled initial"
    text = f"{{ nnas(first: 50) {{ edges {{ node {{ {values} }} }} }} toys(first: 1) {{ totalCount }} }}"

    async def work(asker):
        for compiled in (True, False):
            answer = await asker.ask(coordinator(world), text, compiled=compiled)
            assert not answer.errors
            for node in (e["node"] for e in answer.data["nnas"]["edges"]):
                on = node["communeCode"] == COMMUNES[0]
                assert node["doubled"] == (node["version"] * 2 if on else None)
                assert node["initial"] == (node["givenNames"][:1] if on else None)
            off = await asker.ask(coordinator(world, COMMUNES[1]), text, compiled=compiled)
            assert off.data["toys"] is None
            assert {n["node"]["doubled"] for n in off.data["nnas"]["edges"]} == {None}
            node = ("nnas", "edges", "node")
            told = [("toys",), (*node, "doubled"), (*node, "initial")]
            assert sorted(off.errors) == sorted((path, "PLUGIN_DISABLED") for path in told)

    with_asker(schema, host, database, work)
    assert not schema.catalogue.metrics.fallbacks
    host.database.dispose()

"""Fields that services work out (`identifier`, `possibleDuplicates`) show exactly what is theirs, to every role."""

import asyncio
from collections import Counter
from itertools import pairwise

import pytest
from sqlalchemy import update

from authz.actor import DataClass, Hat, Role
from authz.scope import table_of
from core.identity import demo_run
from core.models.people import Nna
from core.rules.names import name_keys
from schema.context import Context
from schema.limits import Cost
from tests.api.plain_decision import Decision
from tests.api.read_world import COMMUNES, World, asking, read_schema
from tests.api.test_read_path_agrees import both

NNA = table_of(Nna)
SAME = ("given_names", "birth_date", "expected_birth_date", "commune_code")
TEXT = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Nna {
  id identifier possibleDuplicates { score reasons nna { id identifier } } } } }"""


@pytest.fixture(scope="module")
def schema():
    return read_schema()


@pytest.fixture
def world(host):
    """A world in which all but a few have a RUN, and every second child the name and birthday of the one before."""
    made = World(children=24, seed=5)
    children = made.of(Nna)
    for before, child in pairwise(children):
        if children.index(child) % 2:
            child |= {key: before[key] for key in SAME}
    for child in children:
        child |= {"first_surname": "Soto", "second_surname": "Rojas", "social_name": None}
        keys = name_keys(child["given_names"], "Soto", "Rojas")
        child |= {"name_sort": keys.sort, "name_fold": keys.fold, "name_sound": keys.sound}
    made.fill(host)
    with host.database.begin() as connection:
        for number, child in enumerate(children):
            child["run"] = demo_run(number) if number % 5 else None
            if child["run"] is None:
                continue
            sealed = host.sealer.seal(child["run"], table="nna", column="identifier_sealed", row_id=child["id"])
            connection.execute(update(NNA).where(NNA.c.id == child["id"]).values(identifier_sealed=sealed))
    return made


def test_every_role_gets_exactly_the_identifiers_and_duplicates_that_are_theirs(schema, host, database, world):
    counts = asyncio.run(walk(schema, host, database, world))
    assert min(counts[key] for key in ("opened", "closed", "hidden", "duplicates")) > 20, counts


async def walk(schema, host, database, world):
    counts = Counter()
    children = {f"nna_{row['id'].hex}": row for row in world.of(Nna)}
    async with asking(schema, host, database) as asker:
        for actor in (*world.actors(), world.actor(Hat(Role.COORDINATOR, frozenset(COMMUNES)))):
            decision = Decision(world, actor)
            named = {i for i, r in children.items() if identified(decision, r)}
            data, _ = await both(asker, actor, TEXT, {"ids": list(children)})
            for wire, found in zip(children, data["nodes"], strict=True):
                counts += judge(decision, children, named, wire, found)
    return counts


def identified(decision, row):
    return decision.sees("nna", row) and decision.opens("nna", row, DataClass.IDENTITY)


def judge(decision, children, named, wire, found):
    """Hold one child's answer against the plain decision."""
    row = children[wire]
    if not decision.sees("nna", row):
        assert found is None
        return Counter(["hidden"])
    if wire not in named:
        assert (found["identifier"], found["possibleDuplicates"]) == (None, None)
        return Counter(["closed"])
    assert found["identifier"] == row["run"]
    alike = {one["nna"]["id"] for one in found["possibleDuplicates"]}
    assert alike <= named - {wire}
    twins = {i for i in named - {wire} if same(children[i], row)}
    assert twins <= alike
    return Counter(["opened"]) + Counter({"duplicates": len(alike)})


def same(one, other):
    return one["birth_date"] is not None and all(one[key] == other[key] for key in SAME)


def test_work_of_services_counts_so_that_a_long_list_of_it_is_refused(schema, host, database, world):
    text = "{ alerts(first: %d) { edges { node { nna { possibleDuplicates { score } } } } } }"
    actor = world.actor(Hat(Role.COORDINATOR, frozenset(COMMUNES)))

    async def asked(size):
        async with asking(schema, host, database) as asker:
            context = Context(host, actor, asker.reader, asker.limiter, cost=Cost())
            return context, await schema.execute(text % size, None, context)

    context, fine = asyncio.run(asked(3))
    assert (fine.errors, context.cost.nodes) == (None, 3 + 3 + 3 * 200 + 0)
    _, refused = asyncio.run(asked(100))
    assert [e.extensions["code"] for e in refused.errors] == ["COST_EXCEEDED"]

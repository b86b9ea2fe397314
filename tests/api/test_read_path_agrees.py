"""The read path and the generated resolvers answer alike, on both databases, for whoever asks."""

import asyncio
import os
from collections import Counter

import pytest

from authz.actor import Hat, Role
from schema.read.sources import Many, One, Python
from tests.api.read_documents import Documents
from tests.api.read_world import COMMUNES, World, asking, read_schema

COUNT = int(os.environ.get("OLN_DOCUMENTS", "300"))
ANSWERS: dict[tuple[int, int], object] = {}  # what the first database answered, for the second


@pytest.fixture(scope="module")
def schema():
    return read_schema()


def principals(world):
    everywhere, here = frozenset(COMMUNES), frozenset(COMMUNES[:2])
    return [
        world.actor(Hat(Role.COORDINATOR, everywhere)),
        world.actor(Hat(Role.CASE_MANAGER, here)),
        world.actor(Hat(Role.SECTOR_PARTNER, everywhere)),
    ]


def test_both_ways_give_the_same_answers(host, database, schema):
    world = World()
    world.fill(host)
    seen = asyncio.run(differential(schema, host, database, world))
    print(database.partition(":")[0], dict(seen), dict(schema.catalogue.metrics.fallbacks))
    assert seen["with rows"] >= 0.6 * seen["answers"]
    assert seen["fell back"] <= 0.05 * seen["answers"]


async def differential(schema, host, database, world):
    documents, seen = Documents(schema, world, 11), Counter()
    async with asking(schema, host, database) as asker:
        for number in range(COUNT):
            text, values = documents.one()
            for who, actor in enumerate(principals(world)):
                before = schema.catalogue.metrics.fell_back
                data, refused = await both(asker, actor, text, values)
                assert ANSWERS.setdefault((number, who), data) == data, ("the other database answers otherwise", text)
                seen["answers"] += 1
                seen["with rows"] += shows_rows({k: v for k, v in data.items() if k != "again"})
                seen["fell back"] += schema.catalogue.metrics.fell_back > before
                seen["refusals"] += bool(refused)
            schema.catalogue.plans.clear()
    return seen


async def both(asker, actor, text, values):
    """Ask both ways and hold one answer against the other: data, refusals, and whose records it shows."""
    fast = await asker.ask(actor, text, values)
    slow = await asker.ask(actor, text, values, compiled=False)
    told = (actor.hats, text, values, fast.told, slow.told)
    assert fast.data == slow.data, told
    assert fast.seen == slow.seen, told
    # a plan knows what is refused before any row is read, the resolvers only where a row is reached
    assert set(slow.errors) <= set(fast.errors) and len(set(fast.errors)) == len(fast.errors), told
    known = {"FORBIDDEN", "CURSOR_GONE"} | (set() if actor.signed else {"CONFIDENTIALITY_UNSIGNED"})
    assert {code for _, code in fast.errors} <= known, told
    return fast.data, fast.errors


def shows_rows(data):
    """Whether anything of a row came: a text that is not the name of a list's type."""
    if isinstance(data, dict | list):
        return any(map(shows_rows, data.values() if isinstance(data, dict) else data))
    return isinstance(data, str) and not data.endswith("Connection")


def test_every_field_of_every_type_comes_with_a_value_and_both_ways_agree_on_it(host, database, schema):
    world = World()
    world.fill(host)
    missing = asyncio.run(sweep(schema, host, database, world))
    assert not missing


async def sweep(schema, host, database, world):
    """Ask for every field of every type; return those that nobody got a value of."""
    everywhere = frozenset(COMMUNES)
    roles = (Role.COORDINATOR, Role.AUDITOR, Role.MUNICIPAL_ADMIN)
    missing = set()
    async with asking(schema, host, database) as asker:
        for entity in schema.catalogue.entities.values():
            names = [*sorted(n for n, s in entity.sources.items() if not isinstance(s, Python)), "id", "withheld"]
            body = " ".join(named(entity, name) for name in names if name in entity.fields)
            ids = [f"{entity.prefix}_{r['id'].hex}" for r in world.rows[entity.table.name]][:100]
            text = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {entity.name} {{ {body} }} }} }}"
            shown = set()
            for role in roles:
                data, _ = await both(asker, world.actor(Hat(role, everywhere)), text, {"ids": ids})
                shown |= {name for node in data["nodes"] for name, value in (node or {}).items() if value is not None}
            missing |= {f"{entity.name}.{name}" for name in names if name in entity.fields and name not in shown}
    return missing


def named(entity, name):
    source = entity.sources.get(name)
    if isinstance(source, Many):
        return f"{name}(first: 3) {{ totalCount edges {{ node {{ id }} }} }}"
    return f"{name} {{ id }}" if isinstance(source, One) else name

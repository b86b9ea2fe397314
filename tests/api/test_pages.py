"""Lists by pages: every row once, sizes within bounds, and cursors that lead nowhere told."""

import pytest

from core.models import alerts, people
from tests.api.read_world import COMMUNES, World
from tests.api.reads import coordinator, toy_schema, with_asker


@pytest.fixture(scope="module")
def schema():
    return toy_schema()


@pytest.fixture
def world(host):
    made = World(children=24, seed=5)
    made.fill(host)
    return made


BAD = ("x", "", f"nna_{'0' * 31}", f"nna_{'g' * 32}")


@pytest.mark.parametrize("order", ["birthDate_ASC", "birthDate_DESC", "fullName_ASC", "createdAt_DESC"])
def test_pages_hold_every_row_once_whichever_way_one_walks(schema, host, database, world, order):
    async def walk(asker, size, cursor, page, edge):
        found, at = [], None
        while True:
            text = (
                f"query ($at: String) {{ nnas({size}: 5, {cursor}: $at, order: [{order}]) {{ totalCount "
                "edges { node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"
            )
            data = (await asker.ask(coordinator(world), text, {"at": at})).data["nnas"]
            ids = [e["node"]["id"] for e in data["edges"]]
            assert data["totalCount"] == len(world.of(people.Nna))
            assert (data["pageInfo"]["startCursor"], data["pageInfo"]["endCursor"]) == (ids[0], ids[-1])
            found = [*found, *ids] if size == "first" else [*ids, *found]
            at = data["pageInfo"][edge]
            if not data["pageInfo"][page]:
                return found

    async def work(asker):
        forwards = await walk(asker, "first", "after", "hasNextPage", "endCursor")
        return forwards, await walk(asker, "last", "before", "hasPreviousPage", "startCursor")

    forwards, backwards = with_asker(schema, host, database, work)
    assert forwards == backwards
    assert sorted(forwards) == sorted(f"nna_{r['id'].hex}" for r in world.of(people.Nna))
    if order.startswith("birthDate"):
        born = {f"nna_{r['id'].hex}": r["birth_date"] for r in world.of(people.Nna)}
        dates = [born[i] for i in forwards]
        known = [d for d in dates if d]
        assert dates == sorted(known, reverse=order.endswith("DESC")) + [None] * (len(dates) - len(known))


@pytest.mark.parametrize("compiled", [True, False])
def test_a_page_needs_one_size_within_bounds(schema, host, database, world, compiled):
    deep, flat = "edges { node { id family { id } } }", "edges { node { id age } }"
    wrong = [f"nnas {{ {flat} }}", f"nnas(first: 1, last: 1) {{ {flat} }}", f"nnas(first: 101) {{ {deep} }}"]
    wrong += [f"nnas(first: 0) {{ {flat} }}", f"nnas(first: 501) {{ {flat} }}"]
    wrong += ["nnas(first: 1) { edges { node { alerts { totalCount } } } }"]

    async def work(asker):
        for body in wrong:
            answer = await asker.ask(coordinator(world), f"{{ {body} }}", compiled=compiled)
            assert (answer.data, answer.errors) == ({"nnas": None}, [(("nnas",), "INVALID_INPUT")]), body
        fine = await asker.ask(coordinator(world), f"{{ nnas(first: 500) {{ {flat} }} }}", compiled=compiled)
        assert not fine.errors

    with_asker(schema, host, database, work)


@pytest.mark.parametrize("compiled", [True, False])
def test_what_can_be_no_cursor_is_refused_before_any_statement(schema, host, database, world, compiled):
    wrong = [f'nnas(first: 2, {key}: "{bad}") {{ edges {{ cursor }} }}' for key in ("after", "before") for bad in BAD]

    async def work(asker):
        for body in wrong:
            answer = await asker.ask(coordinator(world), f"{{ {body} }}", compiled=compiled)
            assert (answer.data, answer.errors) == ({"nnas": None}, [(("nnas",), "INVALID_INPUT")]), body

    with_asker(schema, host, database, work)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_cursor_of_another_list_or_of_a_row_out_of_reach_says_so(schema, host, database, world, compiled):
    """An empty page would pass for the end of the list: whoever walks one that was made anew would lose its rest."""
    me = coordinator(world, COMMUNES[0])
    here = sorted(r["id"] for r in world.of(people.Nna) if r["commune_code"] == COMMUNES[0])
    told = {r["nna_id"]: r["id"] for r in world.of(alerts.Alert) if r["commune_code"] == COMMUNES[0]}
    one, other = [key for key in here if key in told][:2]
    hers = told[one]
    page = "alerts(first: 2, {}) {{ edges {{ cursor }} pageInfo {{ hasNextPage }} }}"
    foreign = next(r["id"] for r in world.of(people.Nna) if r["commune_code"] == COMMUNES[1])

    async def work(asker):
        for key in ("after", "before"):
            for gone in ("1" * 32, foreign.hex):
                text = f'{{ nnas(first: 2, {key}: "nna_{gone}") {{ edges {{ cursor }} totalCount }} }}'
                answer = await asker.ask(me, text, compiled=compiled)
                assert (answer.data, answer.errors) == ({"nnas": None}, [(("nnas",), "CURSOR_GONE")])
            inner = page.format(f'{key}: "alr_{hers.hex}"')
            answer = await asker.ask(me, f'{{ nna(id: "nna_{other.hex}") {{ id a: {inner} }} }}', compiled=compiled)
            assert answer.data == {"nna": {"id": f"nna_{other.hex}", "a": None}}
            assert answer.errors == [(("nna", "a"), "CURSOR_GONE")]
            fine = await asker.ask(me, f'{{ nna(id: "nna_{one.hex}") {{ {inner} }} }}', compiled=compiled)
            assert not fine.errors and fine.data["nna"]["alerts"]["pageInfo"] == {"hasNextPage": False}

    with_asker(schema, host, database, work)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_cursor_of_another_type_is_one_of_another_list(schema, host, database, world, compiled):
    me = coordinator(world, COMMUNES[0])
    held = next(r for r in world.of(alerts.Alert) if r["commune_code"] == COMMUNES[0])
    inner = 'nnas(first: 100) {{ edges {{ node {{ alerts(first: 2, {}: "{}") {{ edges {{ cursor }} }} }} }} }}'

    async def work(asker):
        for key in ("after", "before"):
            for cursor in (f"alr_{held['id'].hex}", f"alt_{'1' * 32}"):
                text = f'{{ nnas(first: 2, {key}: "{cursor}") {{ totalCount }} }}'
                answer = await asker.ask(me, text, compiled=compiled)
                assert (answer.data, answer.errors) == ({"nnas": None}, [(("nnas",), "CURSOR_GONE")])
            cursor = f"nna_{held['nna_id'].hex}"
            text = f"{{ {inner.format(key, cursor)} }}"
            answer = await asker.ask(me, text, compiled=compiled)
            assert [edge["node"] for edge in answer.data["nnas"]["edges"]] == [{"alerts": None}] * len(
                answer.data["nnas"]["edges"]
            )
            assert [code for _, code in answer.errors] == ["CURSOR_GONE"]

    with_asker(schema, host, database, work)

"""A cursor is the id of a row: who is given one has read of the child whose record the row is part of."""

from functools import partialmethod
from typing import Any

import pytest

from schema.context import Context
from tests.api.client import Office
from tests.api.served import Ask, steps
from tests.api.world import COORDINATOR, NAMES

ALERTS = """query %s($n: Int, $m: Int, $a: String) {
    alerts(first: $n, last: $m, after: $a, where: {typeCode: {eq: "LACK_OF_SUPERVISION"}}, order: [createdAt_ASC])
    { %s } }"""
ENTRIES = 'query Hojea { nomina(communeCode: "13101") { entries(first: 1) { pageInfo { endCursor } } } }'
MEMBERS = "query Hojea($id: ID!) { family(id: $id) { members(first: 1) { pageInfo { startCursor endCursor } } } }"
HERE = [name for name in NAMES if name != "far"]


@pytest.fixture(params=[True, False], autouse=True)
def compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read by compiled statements, and once more by the ordinary way."""
    monkeypatch.setattr(Context, "__init__", partialmethod(Context.__init__, compiled=request.param))


@pytest.fixture
def listed(ask: Ask, office: Office) -> list[tuple[str, str]]:
    """The alerts in their order, each with the child whose it is; what is read here is not looked at later."""
    document = ALERTS % ("Ordena", "edges { node { id nna { id } } }")
    edges = ask(COORDINATOR, document, {"n": 100}).json()["data"]["alerts"]["edges"]
    names = {office.id("nna", name): name for name in HERE}
    return [(edge["node"]["id"], names[edge["node"]["nna"]["id"]]) for edge in edges]


def read(ask: Ask, office: Office) -> set[str]:
    """Return the children whose trail tells of a reading of the pages."""
    return {name for name in HERE if ("READ", COORDINATOR, "Hojea") in steps(ask, office, name)}


def page(ask: Ask, fields: str, **given: Any) -> Any:
    answer = ask(COORDINATOR, ALERTS % ("Hojea", f"totalCount pageInfo {{ {fields} }}"), given).json()
    assert "errors" not in answer
    return answer["data"]["alerts"]["pageInfo"]


Listed = list[tuple[str, str]]


@pytest.mark.parametrize("fields", ["endCursor", "startCursor", "a: endCursor hasNextPage", "__typename startCursor"])
def test_the_cursor_of_a_page_of_one_tells_of_its_row(ask: Ask, office: Office, listed: Listed, fields: str) -> None:
    alert, name = listed[0]
    assert alert in page(ask, fields, n=1).values()
    assert read(ask, office) == {name}


@pytest.mark.parametrize("size", ["n", "m"])
@pytest.mark.parametrize("fields", ["startCursor", "endCursor", "endCursor startCursor"])
def test_of_a_page_each_end_is_told_that_is_asked_for_and_no_row_between(
    ask: Ask, office: Office, listed: Listed, fields: str, size: str
) -> None:
    three = listed[:3] if size == "n" else listed[-3:]
    ends = {"startCursor": three[0], "endCursor": three[-1]}
    assert page(ask, fields, **{size: 3}) == {name: ends[name][0] for name in fields.split()}
    assert read(ask, office) == {ends[name][1] for name in fields.split()}


def test_walking_by_ends_alone_reads_every_row(ask: Ask, office: Office, listed: Listed) -> None:
    found, at = [], None
    while (at := page(ask, "endCursor", n=1, a=at)["endCursor"]) is not None:
        found.append(at)
    assert found == [alert for alert, _ in listed]
    assert read(ask, office) == set(HERE)


@pytest.mark.parametrize("fields", ["hasNextPage hasPreviousPage", "__typename"])
def test_whether_there_is_more_tells_of_nobody(ask: Ask, office: Office, fields: str) -> None:
    page(ask, fields, n=1)
    assert read(ask, office) == set()


def test_an_empty_page_has_no_ends(ask: Ask, office: Office, listed: Listed) -> None:
    found = page(ask, "startCursor endCursor", n=1, a=listed[-1][0])
    assert found == {"startCursor": None, "endCursor": None}
    assert read(ask, office) == set()


def test_whose_place_on_the_list_is_an_end_has_been_read_of(ask: Ask, office: Office) -> None:
    end = ask(COORDINATOR, ENTRIES).json()["data"]["nomina"]["entries"]["pageInfo"]["endCursor"]
    assert [office.id("entry", name) for name in read(ask, office)] == [end]


def test_an_end_that_names_no_child_is_told_all_the_same(ask: Ask, office: Office) -> None:
    """A mother's belonging to a family: it was the family that was asked for, so its child has been read of."""
    info = ask(COORDINATOR, MEMBERS, {"id": office.id("family", "ours")}).json()["data"]["family"]["members"][
        "pageInfo"
    ]
    assert info == dict.fromkeys(("startCursor", "endCursor"), office.id("member", "ours"))
    assert read(ask, office) == {"ours"}

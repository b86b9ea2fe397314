"""The whole application over HTTP: who read is written down before the answer, who asked in vain as well."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partialmethod
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from app import create_app
from schema.context import Context
from schema.tokens import DevelopmentIssuer
from tests.api.client import Office, mutation
from tests.api.world import AUDITOR, COORDINATOR, FAR_COORDINATOR, MANAGER, OURS, PARTNER, THEIRS

Ask = Callable[..., httpx.Response]
HOME = "http://127.0.0.1"
RECORD = "query Ficha($id: ID!) { nna(id: $id) { givenNames } }"
NODES = "query Fichas($ids: [ID!]!) { nodes(ids: $ids) { id } }"
TRAIL = "query ($code: String!, $nna: ID) { auditTrail(communeCode: $code, nnaId: $nna) { kind username action } }"


@pytest.fixture
def ask(office: Office) -> Iterator[Ask]:
    """The served application; `ask(who, document, variables)` gives the response."""
    host, before = office.host, office.host.settings
    host.settings = before.model_copy(update={"run_jobs": False})
    issuer = DevelopmentIssuer(host.ring, before.installation, before.audience)
    app = create_app(host)

    async def send(who: str, document: str, variables: Any = None, at: str = "/graphql") -> httpx.Response:
        headers = {"Authorization": f"Bearer {issuer.issue(who, datetime.now(UTC))}"}
        transport = httpx.ASGITransport(app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return await client.post(at, json={"query": document, "variables": variables}, headers=headers)

    yield lambda *given, **at: asyncio.run(send(*given, **at))
    host.settings = before


def steps(ask: Ask, office: Office, name: str = "ours", code: str = OURS) -> list[tuple[str, str, str | None]]:
    given = {"code": code, "nna": office.id("nna", name)}
    found = ask(AUDITOR if code == OURS else FAR_COORDINATOR, TRAIL, given).json()["data"]["auditTrail"]
    return [(s["kind"], s["username"], s["action"]) for s in found if s["kind"] != "WRITE"]


def test_who_is_shown_a_record_stands_in_its_trail_at_once(ask: Ask, office: Office) -> None:
    answer = ask(COORDINATOR, RECORD, {"id": office.id("nna", "ours")})
    assert answer.json()["data"]["nna"] == {"givenNames": "Lautaro"}
    assert steps(ask, office) == [("READ", COORDINATOR, "Ficha")]


@pytest.mark.parametrize("document", [RECORD, NODES])
def test_who_names_a_child_and_is_shown_nothing_stands_there_too(ask: Ask, office: Office, document: str) -> None:
    wanted = office.id("nna", "ours")
    answer = ask(FAR_COORDINATOR, document, {"id": wanted, "ids": [wanted]})
    assert wanted not in answer.text
    assert [(kind, who) for kind, who, _ in steps(ask, office)] == [("ATTEMPT", FAR_COORDINATOR)]


def test_a_role_that_reads_no_child_leaves_its_attempt(ask: Ask, office: Office) -> None:
    assert ask("municipal_admin.13101", RECORD, {"id": office.id("nna", "ours")}).json()["data"] == {"nna": None}
    assert steps(ask, office) == [("ATTEMPT", "municipal_admin.13101", "Ficha")]


def test_of_several_children_each_has_what_happened_to_it(ask: Ask, office: Office) -> None:
    ask(COORDINATOR, NODES, {"ids": [office.id("nna", "ours"), office.id("nna", "far")]})
    assert steps(ask, office) == [("READ", COORDINATOR, "Fichas")]
    assert steps(ask, office, "far", THEIRS) == [("ATTEMPT", COORDINATOR, "Fichas")]


def test_a_change_that_was_refused_leaves_the_attempt(ask: Ask, office: Office) -> None:
    given = {"id": office.id("nna", "far"), "expectedVersion": 1, "givenNames": "Otra"}
    told = ask(MANAGER, mutation("updateNna"), {"input": given}).json()["data"]["updateNna"]
    assert told["code"] == "NOT_FOUND"
    assert [(kind, who) for kind, who, _ in steps(ask, office, "far", THEIRS)] == [("ATTEMPT", MANAGER)]


def test_a_child_named_within_a_list_of_what_was_refused_leaves_the_attempt_too(ask: Ask, office: Office) -> None:
    person = {"givenNames": "Ana", "firstSurname": "Soto", "sex": "FEMALE", "identifierKind": "NONE"}
    given = person | {"communeCode": THEIRS, "birthDate": "2019-05-01", "distinctFrom": [office.id("nna", "far")]}
    told = ask(MANAGER, mutation("registerNna"), {"input": given}).json()["data"]["registerNna"]
    assert told["code"] == "FORBIDDEN"
    assert [(kind, who) for kind, who, _ in steps(ask, office, "far", THEIRS)] == [("ATTEMPT", MANAGER)]


PAGES = [
    "query Lista($of: ID!, $id: String!) { nna(id: $of) { family { children(first: 5, after: $id) { totalCount } } } }",
    "query Lista($of: ID!, $id: String!) { node(id: $of) { ... on Nna { family { children(last: 5, before: $id) "
    "{ edges { node { id } } } } } } }",
    "query Lista($of: ID!, $id: String!) { nodes(ids: [$of]) { ... on Nna { family { children(first: 5, after: $id) "
    "{ edges { cursor } } } } } }",
]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("document", PAGES)
def test_who_names_a_child_as_a_cursor_in_vain_leaves_the_attempt(
    ask: Ask, office: Office, document: str, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Context, "__init__", partialmethod(Context.__init__, compiled=compiled))
    far = office.id("nna", "far")
    assert "CURSOR_GONE" in ask(COORDINATOR, document, {"of": office.id("nna", "ours"), "id": far}).text
    assert steps(ask, office, "far", THEIRS) == [("ATTEMPT", COORDINATOR, "Lista")]


FILTERED = [
    "query Lista($of: ID!, $id: ID!) { nna(id: $of) { family { children(first: 5, where: {family: {eq: $id}}) "
    "{ totalCount } } } }",
    "query Lista($of: ID!, $id: ID!) { nodes(ids: [$of]) { ... on Nna { family { children(first: 5, "
    "where: {family: {in: [$id]}}) { edges { node { id } } } } } } }",
]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("document", FILTERED)
def test_who_names_a_child_in_a_filter_in_vain_leaves_the_attempt(
    ask: Ask, office: Office, document: str, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin may filter by a child; whichever list it is, the child's id is enough."""
    monkeypatch.setattr(Context, "__init__", partialmethod(Context.__init__, compiled=compiled))
    given = {"of": office.id("nna", "ours"), "id": office.id("nna", "far")}
    assert "errors" not in ask(COORDINATOR, document, given).json()
    assert steps(ask, office, "far", THEIRS) == [("ATTEMPT", COORDINATOR, "Lista")]
    ask(COORDINATOR, document, given | {"id": given["of"]})
    assert ("ATTEMPT", COORDINATOR, "Lista") not in steps(ask, office)


@pytest.mark.parametrize("document", PAGES)
def test_a_cursor_below_what_is_not_shown_leaves_the_attempt_too(ask: Ask, office: Office, document: str) -> None:
    ask("municipal_admin.13101", document, {"of": office.id("nna", "mine"), "id": office.id("nna", "ours")})
    assert steps(ask, office) == [("ATTEMPT", "municipal_admin.13101", "Lista")]


@pytest.mark.parametrize("compiled", [True, False])
def test_who_only_turns_the_page_asked_for_nobody_in_vain(
    ask: Ask, office: Office, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Context, "__init__", partialmethod(Context.__init__, compiled=compiled))
    family = (
        PAGES[0].replace("nna(id: $of) { family { children", "family(id: $of) { children").replace("} } } }", "} } }")
    )
    given = {"of": office.id("family", "ours"), "id": office.id("nna", "ours")}
    assert "errors" not in ask(COORDINATOR, family, given).json()
    assert not [step for step in steps(ask, office) if step[0] == "ATTEMPT"]


@pytest.mark.parametrize("field", ["nna", "accessExplanation", "updateNna"])
def test_who_names_a_child_before_signing_leaves_the_attempt(ask: Ask, office: Office, field: str) -> None:
    given = {"id": office.id("nna", "ours"), "expectedVersion": 1, "givenNames": "Otra"}
    why = 'query ($id: ID!) { accessExplanation(id: $id, field: "givenNames") { allowed } }'
    document = {"nna": RECORD, "accessExplanation": why}.get(field) or mutation("updateNna")
    answer = ask(f"{MANAGER}.unsigned", document, {"id": given["id"], "input": given})
    assert "CONFIDENTIALITY_UNSIGNED" in answer.text
    assert [(kind, who) for kind, who, _ in steps(ask, office)] == [("ATTEMPT", f"{MANAGER}.unsigned")]


def test_asking_why_one_may_not_see_a_child_leaves_the_attempt(ask: Ask, office: Office) -> None:
    text = 'query ($id: ID!) { accessExplanation(id: $id, field: "givenNames") { allowed } }'
    assert ask(PARTNER, text, {"id": office.id("nna", "far")}).json()["data"] == {"accessExplanation": None}
    assert [(kind, who) for kind, who, _ in steps(ask, office, "far", THEIRS)] == [("ATTEMPT", PARTNER)]


@pytest.mark.parametrize("name", ["ours", "far"])
def test_what_cannot_be_written_down_is_not_answered(ask: Ask, office: Office, name: str) -> None:
    folder = office.host.settings.journal_folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    try:
        answer = ask(COORDINATOR, RECORD, {"id": office.id("nna", name)})
        assert answer.status_code == 500
        assert answer.json().get("data") is None
        assert "Lautaro" not in answer.text
    finally:
        folder.unlink()


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_while_somebody_writes_for_long_reads_answer_and_a_change_says_that_it_is_busy(
    ask: Ask, office: Office
) -> None:
    """SQLite has one writer at a time; PostgreSQL has as many as come."""
    database = office.host.database
    ask(COORDINATOR, "{ viewer { signed } }")  # who asks is known from here on
    event.listen(database, "begin", _impatient, insert=True)
    try:
        with sqlite3.connect(database.url.database or "") as writer:
            writer.execute("BEGIN IMMEDIATE")
            found = ask(
                COORDINATOR, '{ searchNna(text: "Lautaro") { hits { score } } nomina(communeCode: "13101") { listed } }'
            )
            given = {"id": office.id("nna", "ours"), "expectedVersion": 1, "givenNames": "Otra"}
            told = ask(COORDINATOR, mutation("updateNna"), {"input": given}).json()["data"]["updateNna"]
            writer.rollback()
    finally:
        event.remove(database, "begin", _impatient)
    assert found.json()["data"]["searchNna"]["hits"] and found.json()["data"]["nomina"]
    assert told["code"] == "BUSY"
    assert (
        ask(COORDINATOR, mutation("updateNna"), {"input": given})
        .json()["data"]["updateNna"]["__typename"]
        .endswith("Success")
    )


def _impatient(connection: Any) -> None:
    connection.exec_driver_sql("PRAGMA busy_timeout=50")


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
@pytest.mark.parametrize("late", [False, True])
def test_where_the_base_was_taken_away_nothing_is_answered_or_acknowledged(
    ask: Ask, office: Office, late: bool
) -> None:
    """A server's database is no file of ours."""
    file = Path(office.host.database.url.database or "")
    given = {"id": office.id("nna", "ours"), "expectedVersion": 1, "givenNames": "Otra"}
    asked = ((RECORD, {"id": office.id("nna", "ours")}), (mutation("updateNna"), {"input": given}))
    ask(COORDINATOR, RECORD, {"id": office.id("nna", "ours")})

    def take_away(*_: Any) -> None:
        file.rename(file.with_name("away"))

    for document, variables in asked:
        if late and "mutation" in document:
            event.listen(office.host.database, "before_cursor_execute", take_away, once=True)
        else:
            take_away()
        try:
            answer = ask(COORDINATOR, document, variables)
        finally:
            file.with_name("away").rename(file)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "DATABASE_GONE")
        assert "Lautaro" not in answer.text
        assert not file.with_name("away").exists()
    assert ask(COORDINATOR, *asked[0]).json()["data"]["nna"] == {"givenNames": "Lautaro"}


def test_an_address_with_a_slash_is_the_same_and_another_says_where_to_ask(ask: Ask) -> None:
    document = "{ viewer { username } }"
    assert ask(COORDINATOR, document, at="/graphql/").json() == ask(COORDINATOR, document).json()
    lost = ask(COORDINATOR, document, at="/api")
    assert (lost.status_code, lost.json()["errors"][0]["extensions"]["code"]) == (404, "NO_SUCH_ADDRESS")


def test_no_statement_runs_on_the_event_loop(ask: Ask, office: Office) -> None:
    """One that did would keep everybody else waiting; psycopg and sqlite3 block their thread."""
    blocking: list[str] = []

    def look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        blocking.append(statement)

    event.listen(office.host.database, "before_cursor_execute", look)
    try:
        child = office.id("nna", "ours")
        text = "query ($id: ID!) { nna(id: $id) { identifier possibleDuplicates { nna { id } } } viewer { signed } }"
        assert ask(COORDINATOR, text, {"id": child}).json()["data"]["nna"]["identifier"]
        assert ask(COORDINATOR, '{ searchNna(text: "Lautaro") { hits { nna { id } } } }').json()["data"]
        given = {"id": child, "expectedVersion": 1, "givenNames": "Otra"}
        assert ask(COORDINATOR, mutation("updateNna"), {"input": given}).status_code == 200
        assert steps(ask, office)
    finally:
        event.remove(office.host.database, "before_cursor_execute", look)
    assert blocking == []

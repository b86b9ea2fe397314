"""The whole application over HTTP: what was read is written down before the answer, and nobody waits in vain."""

import asyncio
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.api.client import Office, mutation
from tests.api.served import RECORD, Ask, steps
from tests.api.world import COORDINATOR


def test_who_is_shown_a_record_stands_in_its_trail_at_once(ask: Ask, office: Office) -> None:
    answer = ask(COORDINATOR, RECORD, {"id": office.id("nna", "ours")})
    assert answer.json()["data"]["nna"] == {"givenNames": "Lautaro"}
    assert steps(ask, office) == [("READ", COORDINATOR, "Ficha")]


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

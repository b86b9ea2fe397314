"""PostgreSQL, where somebody holds a row for long: who waits for it is told, and nobody else waits with them."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app import create_app
from core import database
from schema.tokens import DevelopmentIssuer
from tests.api.client import Office, mutation
from tests.api.served import HOME
from tests.api.world import COORDINATOR

pytestmark = pytest.mark.parametrize("office", ["postgresql"], indirect=True)
Asked = tuple[str, Any]
VIEWER = "{ viewer { username } }"
SEARCH = '{ searchNna(text: "Lautaro") { hits { score } } }'


@pytest.fixture
def held(office: Office) -> Iterator[str]:
    """The id of a child whose row somebody holds."""
    nna = office.id("nna", "ours")
    with office.host.database.begin() as holder:
        holder.execute(text("SELECT 1 FROM nna WHERE id = :id FOR UPDATE"), {"id": nna.removeprefix("nna_")})
        yield nna


def together(office: Office, first: list[Asked], then: list[Asked]) -> list[tuple[float, httpx.Response]]:
    """Ask some things at once and, a moment later, others; return of each after how long it was answered."""
    host = office.host
    host.settings = host.settings.model_copy(update={"run_jobs": False})
    issuer, app = DevelopmentIssuer(host.ring, host.settings.installation, host.settings.audience), create_app(host)
    headers = {"Authorization": f"Bearer {issuer.issue(COORDINATOR, datetime.now(UTC))}"}

    async def send(http: httpx.AsyncClient, asked: Asked, after: float) -> tuple[float, httpx.Response]:
        await asyncio.sleep(after)
        begun = time.monotonic()
        answer = await http.post("/graphql", json={"query": asked[0], "variables": asked[1]}, headers=headers)
        return time.monotonic() - begun, answer

    async def every() -> list[tuple[float, httpx.Response]]:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HOME, timeout=60) as http,
        ):
            sent = [send(http, one, 0) for one in first] + [send(http, one, 0.5) for one in then]
            return await asyncio.gather(*sent)

    return asyncio.run(every())


def changes(nna: str, many: int) -> list[Asked]:
    given = {"id": nna, "expectedVersion": 1, "givenNames": "Otra"}
    return [(mutation("updateNna"), {"input": given})] * many


def test_whoever_waits_for_the_row_is_told_that_it_is_busy(office: Office, held: str) -> None:
    ((seconds, answer),) = together(office, changes(held, 1), [])
    assert answer.json()["data"]["updateNna"]["code"] == "BUSY"
    assert seconds < 5


def test_nobody_who_reads_waits_for_those_who_wait_to_write(office: Office, held: str) -> None:
    *waited, viewer, search = together(office, changes(held, 12), [(VIEWER, None), (SEARCH, None)])
    assert viewer[1].json()["data"]["viewer"] == {"username": COORDINATOR}
    assert search[1].json()["data"]["searchNna"]["hits"]
    assert max(viewer[0], search[0]) < 1
    told = [
        (answer.json().get("data") or {}).get("updateNna", {}).get("code") or answer.json()["errors"]
        for _, answer in waited
    ]
    assert "BUSY" in str(told) and all("BUSY" in str(one) for one in told)


def test_a_statement_without_end_is_given_up_and_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "STATEMENT", "300ms")
    with office.host.database.begin() as holder:
        holder.execute(text("LOCK TABLE nna IN ACCESS EXCLUSIVE MODE"))
        monkeypatch.setattr(database, "LOCK", "0")
        ((_, answer),) = together(office, [(SEARCH, None)], [])
    assert answer.json()["errors"][0]["extensions"]["code"] == "BUSY"


def test_what_the_platform_does_for_itself_waits_as_long_as_it_takes(office: Office) -> None:
    with office.host.transaction(None, "import", reason="a test") as uow:
        assert uow.session.execute(text("SHOW lock_timeout")).scalar() == "0"

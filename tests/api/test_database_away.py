"""A PostgreSQL that stops answering: every caller is told so, in Spanish and with a code, and when to come back."""

import asyncio
import errno
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from app import create_app
from core.errors import Busy, DatabaseUnavailable, DiskFull
from core.host import Host
from core.journal import JournalUnwritable
from core.services.access import forget
from schema.outages import outage
from schema.tokens import DevelopmentIssuer
from tests.api.client import Office, mutation
from tests.api.served import HOME, RECORD
from tests.api.world import COORDINATOR
from tests.conftest import administer

Send = Callable[[str, Any], Awaitable[httpx.Response]]
VIEWER = "{ viewer { username } }"


@dataclass
class Line:
    """The way to a server, which a test cuts and mends: a folder of its own that leads to the server's socket."""

    folder: Path
    host: Host
    server: str

    @property
    def socket(self) -> Path:
        return next(Path(str(make_url(self.server).query["host"])).glob(".s.PGSQL.*[0-9]"))

    def mend(self) -> None:
        (self.folder / self.socket.name).symlink_to(self.socket)

    def cut(self) -> None:
        (self.folder / self.socket.name).unlink()
        name = self.host.database.url.database
        others = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        administer(self.server, others)


@pytest.fixture
def line(postgresql_office: Office, postgresql: str, tmp_path: Path) -> Iterator[Line]:
    folder, before = tmp_path / "s", postgresql_office.host
    folder.mkdir()
    address = make_url(before.settings.database).update_query_dict({"host": str(folder)}).render_as_string(False)
    settings = before.settings.model_copy(update={"database_url": address, "run_jobs": False})
    made = Line(folder, replace(before, settings=settings, engine=None, _modules=None), postgresql)
    made.mend()
    yield made
    made.host.database.dispose()


def served(host: Host, use: Callable[[Send], Awaitable[None]]) -> None:
    issuer, app = DevelopmentIssuer(host.ring, host.settings.installation, host.settings.audience), create_app(host)
    headers = {"Authorization": f"Bearer {issuer.issue(COORDINATOR, datetime.now(UTC))}"}

    async def main() -> None:
        transport = httpx.ASGITransport(app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=HOME) as http:

            async def send(document: str, variables: Any = None) -> httpx.Response:
                return await http.post("/graphql", json={"query": document, "variables": variables}, headers=headers)

            await use(send)

    asyncio.run(main())


def told(answer: httpx.Response) -> tuple[int, str, str | None]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"], answer.headers.get("retry-after")


AWAY = (503, "DATABASE_UNAVAILABLE", "5")


def test_while_the_server_is_away_every_caller_is_told_so_and_afterwards_all_goes_on(
    line: Line, postgresql_office: Office
) -> None:
    nna = postgresql_office.id("nna", "ours")
    change = mutation("updateNna"), {"input": {"id": nna, "expectedVersion": 1, "givenNames": "Otra"}}

    async def use(send: Send) -> None:
        assert (await send(RECORD, {"id": nna})).json()["data"]["nna"]
        line.cut()
        assert told(await send(RECORD, {"id": nna})) == AWAY
        changing = await send(*change)
        assert told(changing) == AWAY
        assert "puede haber quedado guardado" in changing.text
        forget(line.host.database)
        asked = await send(VIEWER, None)  # who asks is not known any more
        assert told(asked) == AWAY
        assert "puede haber quedado" not in asked.text
        line.mend()
        assert (await send(RECORD, {"id": nna})).json()["data"]["nna"]
        assert (await send(*change)).json()["data"]["updateNna"]["__typename"] == "UpdateNnaSuccess"

    served(line.host, use)


def test_a_reading_that_the_database_cannot_take_is_told_alike(line: Line, postgresql_office: Office) -> None:
    host, nna = line.host, postgresql_office.id("nna", "ours")
    host.settings = host.settings.model_copy(update={"read_audit": "database"})

    async def use(send: Send) -> None:
        assert (await send(RECORD, {"id": nna})).json()["data"]["nna"]
        line.cut()
        assert told(await send(RECORD, {"id": nna})) == AWAY

    served(host, use)


def wrapped(error: Exception) -> DBAPIError:
    return OperationalError("SELECT 1", {}, error)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
        FileNotFoundError(errno.ENOENT, "no socket"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.AdminShutdownError("terminating connection"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.InterfaceError("the underlying connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        wrapped(psycopg.OperationalError("connection to server failed")),
        wrapped(psycopg.errors.AdminShutdown("terminating connection")),
        wrapped(psycopg.errors.TooManyConnections("sorry, too many clients already")),
        wrapped(psycopg.InterfaceError("the connection is closed")),
        caused(JournalUnwritable("x"), wrapped(psycopg.OperationalError("connection to server failed"))),
    ],
    ids=repr,
)
def test_what_a_driver_says_of_a_server_that_is_away_is_understood(error: Exception) -> None:
    assert isinstance(outage(error), DatabaseUnavailable)


@pytest.mark.parametrize(
    "error",
    [
        wrapped(psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")),
        wrapped(psycopg.errors.QueryCanceled("canceling statement due to statement timeout")),
        asyncpg.QueryCanceledError("canceling statement due to statement timeout"),
        wrapped(sqlite3.OperationalError("database is locked")),
    ],
    ids=repr,
)
def test_what_a_driver_says_of_a_database_that_is_busy_is_understood(error: Exception) -> None:
    assert isinstance(outage(error), Busy)


def test_where_a_reading_finds_no_room_nothing_is_shown_and_afterwards_all_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.host.settings = office.host.settings.model_copy(update={"run_jobs": False})
    nna = office.id("nna", "ours")
    change = (
        mutation("updateNna", "nna { givenNames }"),
        {"input": {"id": nna, "expectedVersion": 1, "givenNames": "Otra"}},
    )

    def no_room(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space")

    async def use(send: Send) -> None:
        with monkeypatch.context() as full:
            full.setattr("core.journal.sinks.os.fdatasync", no_room)
            asked, changed = await send(RECORD, {"id": nna}), await send(*change)
        assert told(asked) == told(changed) == (503, "DISK_FULL", None)
        assert "puede haber quedado guardado" in changed.text and "Lautaro" not in asked.text + changed.text
        assert (await send(RECORD, {"id": nna})).json()["data"]["nna"]

    served(office.host, use)


def full() -> sqlite3.Error:
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as raised:
            base.executescript("CREATE TABLE one (x); CREATE TABLE other (y)")
    return raised.value


@pytest.mark.parametrize(
    "error",
    [
        caused(JournalUnwritable("x"), OSError(errno.ENOSPC, "no space")),
        wrapped(full()),
        wrapped(psycopg.errors.DiskFull("no space")),
    ],
    ids=repr,
)
def test_what_a_driver_says_of_a_disk_without_room_is_understood(error: Exception) -> None:
    assert isinstance(outage(error), DiskFull)


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "no file", "model.json"),
        wrapped(sqlite3.OperationalError("disk I/O error")),
        asyncpg.InterfaceError("cannot perform operation: another operation is in progress"),
        ValueError("x"),
    ],
    ids=repr,
)
def test_no_other_error_is_taken_for_that(error: Exception) -> None:
    assert outage(error) is None

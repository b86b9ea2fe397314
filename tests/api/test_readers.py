"""The read path's own connections: at rest they hold nothing open, and closing them waits for nobody."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import psycopg
import pytest
from sqlalchemy import String, bindparam, column, func, select
from sqlalchemy import cast as sql_cast

from schema.read.plan import Plan
from schema.read.readers import PostgreSQLReader, SQLiteReader, open_reader

STATES = "SELECT state FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = current_database()"
SAID = Plan(select(func.concat("dijo ", sql_cast(bindparam("said", type_=String), String))), {}, [], [])
WRONG = Plan(select(column("nowhere")), {}, [], [])
Reader = PostgreSQLReader | SQLiteReader


def with_reader(address: str, work: Callable[[Reader], Awaitable[None]]) -> None:
    async def run() -> None:
        reader = await open_reader(address)
        try:
            await work(reader)
        finally:
            await asyncio.wait_for(reader.close(), 5)

    asyncio.run(run())


def test_a_connection_that_only_prepared_is_idle_and_closes_at_once(postgresql: str) -> None:
    async def prepare(reader: Reader) -> None:
        await reader.prepare(SAID)
        with psycopg.connect(postgresql) as looking:
            mine = looking.info.backend_pid
            states = looking.execute(f"{STATES} AND pid <> {mine}").fetchall()
        assert states and {state for (state,) in states} == {"idle"}

    with_reader(postgresql, prepare)


def test_a_statement_that_cannot_be_prepared_spoils_no_other(postgresql: str) -> None:
    async def prepare(reader: Reader) -> None:
        for _ in range(6):  # more than there are connections
            with pytest.raises(asyncpg.UndefinedColumnError):
                await reader.prepare(WRONG)
        await reader.prepare(SAID)
        assert await reader.value(SAID, {"said": "hola"}) == b"dijo hola"

    with_reader(postgresql, prepare)

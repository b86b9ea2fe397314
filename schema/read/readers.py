"""The two databases, as readers of finished JSON; a plan keeps its prepared form."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol, TypeVar

import asyncpg
from sqlalchemy import Dialect, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg as postgresql

from schema.read.plan import Plan, Unsupported

T = TypeVar("T")
Rows = Sequence[Sequence[Any]]
SECONDS = 10.0  # a statement that takes longer is stopped
CACHED = 512
PROGRESS = 50_000  # SQLite's steps between two looks at the clock


class Reader(Protocol):
    """One statement at a time, made by the compiler; text comes as bytes."""

    kind: str

    async def prepare(self, plan: Plan) -> None:
        """Make the plan's statement ready.

        Raises
        ------
        Unsupported
            Where this database cannot take it.
        """

    async def value(self, plan: Plan, values: Mapping[str, Any]) -> bytes | None: ...

    async def rows(self, plan: Plan, values: Mapping[str, Any]) -> Rows: ...

    async def text(self, sql: str, arguments: Sequence[Any]) -> bytes | None: ...

    async def close(self) -> None: ...


class Prepared:
    """A statement's text, and how its values are written for the driver."""

    def __init__(self, plan: Plan, dialect: Dialect) -> None:
        compiled: Any = plan.statement.compile(dialect=dialect)
        # lists of constants inside an author's expression (`in_`) are written out here, once
        made = compiled.construct_expanded_state({b.key: None for b in compiled.binds.values() if b.required})
        self.sql: str = made.statement
        self.names: list[str] = list(made.positiontup or ())
        self.constants = {k: v for k, v in made.parameters.items() if v is not None}
        own = {b.key: b.type.dialect_impl(dialect).bind_processor(dialect) for b in compiled.binds.values()}
        self.processors = [own.get(name) or made.processors.get(name) for name in self.names]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        found = [values[n] if n in values else self.constants[n] for n in self.names]
        return [p(v) if p else v for p, v in zip(self.processors, found, strict=True)]


class SQLiteReader:
    """Reading connections in threads of their own: nothing of it runs on the event loop."""

    kind = "sqlite"
    dialect: Dialect = sqlite.dialect()

    def __init__(self, path: str, threads: int) -> None:
        self._address = Path(path).absolute().as_uri() + "?mode=rw"  # or a file that is gone would be made, empty
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="read")

    async def prepare(self, plan: Plan) -> None:
        """Compile, and ask SQLite: its parser's stack holds 100 entries, so it refuses what is nested too deeply."""
        prepared = plan.prepared = Prepared(plan, self.dialect)

        def explain(connection: sqlite3.Connection) -> None:
            connection.execute("EXPLAIN " + prepared.sql, [None] * len(prepared.names)).fetchone()

        try:
            await self._run(explain)
        except sqlite3.OperationalError as error:
            raise Unsupported(f"SQLite: {error}") from error

    async def value(self, plan: Plan, values: Mapping[str, Any]) -> bytes | None:
        return await self.text(plan.prepared.sql, plan.prepared.arguments(values))

    async def rows(self, plan: Plan, values: Mapping[str, Any]) -> Rows:
        sql, arguments = plan.prepared.sql, plan.prepared.arguments(values)
        return await self._run(lambda connection: connection.execute(sql, arguments).fetchall())

    async def text(self, sql: str, arguments: Sequence[Any]) -> bytes | None:
        row = await self._run(lambda connection: connection.execute(sql, arguments).fetchone())
        return row[0] if row else None

    async def close(self) -> None:
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._open:
            connection.close()

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._work, work)

    def _work(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = getattr(self._local, "connection", None) or self._connect()
        until = time.monotonic() + SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > until, PROGRESS)
        return work(connection)

    def _connect(self) -> sqlite3.Connection:
        made = sqlite3.connect(
            self._address,
            timeout=SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED,
            uri=True,
        )
        made.text_factory = bytes
        for pragma in ("query_only=ON", f"mmap_size={1 << 30}"):
            made.execute(f"PRAGMA {pragma}")
        self._local.connection = made
        self._open.append(made)
        return made


class PostgreSQLReader:
    """A pool of asyncpg connections that keep their prepared statements."""

    kind = "postgresql"
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def prepare(self, plan: Plan) -> None:
        prepared = plan.prepared = Prepared(plan, self.dialect)
        try:
            async with self._pool.acquire() as connection:
                await connection.prepare(prepared.sql)
                # asyncpg leaves the protocol's exchange open after it: the server would time it out as a statement
                # that runs, and fail the next one, or keep the connection from closing
                await connection.execute("SELECT 1")
        except (asyncpg.StatementTooComplexError, asyncpg.ProgramLimitExceededError) as error:
            raise Unsupported(f"PostgreSQL: {type(error).__name__}") from error

    async def value(self, plan: Plan, values: Mapping[str, Any]) -> bytes | None:
        return await self.text(plan.prepared.sql, plan.prepared.arguments(values))

    async def rows(self, plan: Plan, values: Mapping[str, Any]) -> Rows:
        arguments = plan.prepared.arguments(values)
        async with self._pool.acquire() as connection:
            found = await connection.fetch(plan.prepared.sql, *arguments)
        return [[one.encode() for one in row] for row in found]

    async def text(self, sql: str, arguments: Sequence[Any]) -> bytes | None:
        async with self._pool.acquire() as connection:
            found = await connection.fetchval(sql, *arguments)
        return None if found is None else found.encode()

    async def close(self) -> None:
        """Close the connections, at the latest when a statement would be stopped: whoever ends waits for no other."""
        try:
            await asyncio.wait_for(self._pool.close(), SECONDS)
        except TimeoutError:
            self._pool.terminate()


async def open_reader(address: str, connections: int = 4) -> SQLiteReader | PostgreSQLReader:
    """Open the read path's own way to the database at `address`; nothing can be written through it."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return SQLiteReader(url.database or "", connections)
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = {
        "statement_timeout": str(int(SECONDS * 1000)),
        "default_transaction_read_only": "on",
        "jit": "off",  # our statements are wide and short: compiling them costs more than running them
        "timezone": "UTC",
    }
    pool = await asyncpg.create_pool(
        dsn, min_size=1, max_size=connections, statement_cache_size=CACHED, server_settings=settings, reset=_keep
    )
    return PostgreSQLReader(pool)


async def _keep(connection: Any) -> None:
    """Leave a released connection as it is: no statement of ours changes its session."""

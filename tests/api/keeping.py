"""How a database is put back as it was made, which is much faster than making it anew for each test."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlmodel import SQLModel

from core.database import make_engine


class Keeper(Protocol):
    """Brings a database back to the world as it was made."""

    def put_back(self) -> None: ...


@dataclass
class SQLiteKeeper:
    """Copies the world's file over the one that is worked on."""

    template: str
    path: Path

    def put_back(self) -> None:
        with closing(sqlite3.connect(self.template)) as source, closing(sqlite3.connect(self.path)) as target:
            source.backup(target)


class PostgreSQLKeeper:
    """Keeps every row a second time in a schema of its own, and puts back the tables that were written.

    A row tells the transaction that wrote it, so only what is younger than the world, or gone, is looked for.
    """

    OTHERS = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid != pg_backend_pid() AND backend_type = 'client backend'"""
    NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"  # no transaction has this number yet
    SEEN = "SELECT '{0}' AS name, count(*) AS rows, coalesce(max(xmin::text::bigint), 0) AS last FROM public.{0}"
    MADE = " UNION ALL ".join(  # moves on with whatever changes a table, an index, a trigger or a function
        f"SELECT count(*), max(xmin::text::bigint) FROM pg_{kind}"
        for kind in ("attribute", "constraint", "trigger", "proc")
    )

    def __init__(self, address: str) -> None:
        self._engine = make_engine(address)
        tables = [table.name for table in SQLModel.metadata.sorted_tables]
        self._look = text(" UNION ALL ".join(self.SEEN.format(name) for name in tables))
        with self._engine.begin() as connection:
            self._rows = {name: rows for name, rows, _ in connection.execute(self._look)}
            connection.execute(text("CREATE SCHEMA world"))
            for name in tables:
                connection.execute(text(f"CREATE TABLE world.{name} AS TABLE public.{name}"))
        with self._engine.connect() as connection:
            self._next = connection.execute(text(self.NEXT)).scalar_one()
            self._made = connection.execute(text(self.MADE)).all()

    def is_altered(self) -> bool:
        """Whether more than rows changed: a table, an index, a trigger or a function was made, altered or dropped."""
        with self._engine.connect() as connection:
            return connection.execute(text(self.MADE)).all() != self._made

    def put_others_out(self) -> None:
        """Close the connections that somebody left open: what they hold would be waited for."""
        with self._engine.connect() as connection:
            connection.execute(text(self.OTHERS))

    def put_back(self) -> None:
        with self._engine.begin() as connection:
            seen = connection.execute(self._look).all()
            written = [name for name, rows, last in seen if last >= self._next or rows != self._rows[name]]
            if written:
                connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no foreign keys
                connection.execute(text("; ".join(f"DELETE FROM public.{name}" for name in written)))
                connection.execute(text("; ".join(f"INSERT INTO public.{n} SELECT * FROM world.{n}" for n in written)))
        with self._engine.connect() as connection:
            self._next = connection.execute(text(self.NEXT)).scalar_one()

    def close(self) -> None:
        self._engine.dispose()

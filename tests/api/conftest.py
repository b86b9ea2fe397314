"""The world of `world.py`, made once for each kind of database and put back as it was after each test."""

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from core.database import make_engine
from schema.build import Schema
from tests.api.client import (
    Office,
    Template,
    make_template,
    schema_of,
    working_on,
    working_on_sqlite,
)
from tests.api.keeping import PostgreSQLKeeper


@pytest.fixture(scope="session")
def sqlite_world(tmp_path_factory: pytest.TempPathFactory) -> Template:
    home = tmp_path_factory.mktemp("world")
    return make_template(f"sqlite:///{home / 'oln.db'}", home)


@pytest.fixture(scope="session")
def oln_schema(sqlite_world: Template) -> Schema:
    """The schema as the application serves it."""
    return schema_of(sqlite_world.host)


@pytest.fixture(scope="session")
def lasting_sqlite_office(
    sqlite_world: Template, oln_schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    with working_on_sqlite(sqlite_world, tmp_path_factory.mktemp("office"), oln_schema) as office:
        yield office


@pytest.fixture(scope="session")
def lasting_postgresql_office(
    postgresql: str, oln_schema: Schema, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    home, engine = tmp_path_factory.mktemp("office"), make_engine(postgresql)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("CREATE DATABASE the_world")
    engine.dispose()
    template = make_template(make_url(postgresql).set(database="the_world").render_as_string(False), home)
    keeper = PostgreSQLKeeper(template.address)
    with working_on(template, template.address, home, oln_schema, keeper) as office:
        yield office
    keeper.close()


@pytest.fixture
def sqlite_office(lasting_sqlite_office: Office) -> Iterator[Office]:
    """The world over SQLite, as it was made."""
    yield lasting_sqlite_office
    lasting_sqlite_office.put_back()


@pytest.fixture
def postgresql_office(lasting_postgresql_office: Office) -> Iterator[Office]:
    """The world over PostgreSQL, as it was made."""
    yield lasting_postgresql_office
    lasting_postgresql_office.put_back()


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest) -> Office:
    """The world as it was made; once for each kind of database."""
    return request.getfixturevalue(f"{request.param}_office")  # type: ignore[no-any-return]

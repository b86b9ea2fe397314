"""The world of `world.py`, made once for each kind of database and put back as it was after each test."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import make_url

from app import create_app
from core.database import make_engine
from schema.build import Schema
from schema.tokens import DevelopmentIssuer
from tests.api.client import (
    Office,
    Template,
    make_template,
    schema_of,
    working_on,
    working_on_sqlite,
)
from tests.api.keeping import PostgreSQLKeeper
from tests.api.served import HOME, Ask


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


@pytest.fixture
def ask(office: Office) -> Iterator[Ask]:
    """The served application; `ask(who, document, variables)` gives the response."""
    host, before = office.host, office.host.settings
    host.settings = before.model_copy(update={"run_jobs": False})
    issuer = DevelopmentIssuer(host.ring, before.installation, before.audience)
    app = create_app(host)

    async def send(who: str, document: str, variables: Any = None, at: str = "/graphql") -> httpx.Response:
        headers = {"Authorization": f"Bearer {issuer.issue(who, datetime.now(UTC))}"}
        transport = httpx.ASGITransport(app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return await client.post(at, json={"query": document, "variables": variables}, headers=headers)

    yield lambda *given, **at: asyncio.run(send(*given, **at))
    host.settings = before

"""Asks the real schema in process, as anybody of the world, which is put back as it was after each test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from typing import Any

import orjson
from anyio import CapacityLimiter
from sqlalchemy import make_url, select
from sqlmodel import SQLModel

from authz.actor import Actor, Purpose
from core.clock import frozen
from core.database import make_engine
from core.host import Host
from core.services.access import forget
from core.settings import Settings
from plugins import OURS
from schema.build import Schema
from schema.context import Context
from schema.core import make_schema
from schema.limits import Limits
from schema.read.readers import open_reader
from tests.api import world
from tests.api.keeping import Keeper, SQLiteKeeper
from tests.conftest import NOW, make_host

Answer = dict[str, Any]
REFUSED = "... on Refusal { code message field details }"
CONFLICTS = "... on Conflict { code message expectedVersion currentVersion fields { field yours current } }"


@dataclass
class Office:
    """One copy of the world, and the schema over it.

    Parameters
    ----------
    host : Host
    world : World
    schema : Schema
    address : str
        Of the database.
    keeper : Keeper
    """

    host: Host
    world: world.World
    schema: Schema
    address: str
    keeper: Keeper
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    _limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(4))
    _actors: dict[Any, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reader = self._runner.run(open_reader(self.address))

    def id(self, kind: str, name: str) -> str:
        return self.world.id(kind, name)

    def actor(self, name: str, purpose: Purpose | str | None = None) -> Actor:
        """Return a person of the world in the roles of this moment."""
        return world.actor(self.host, name, purpose)

    def ask(self, who: str | Actor, document: str, variables: Any = None, *, purpose: str | None = None) -> Answer:
        """Run a document as somebody and return `data` and `errors`, as they would leave."""
        return self.ask_together([(who, document, variables)], purpose=purpose)[0]

    def ask_together(
        self, questions: list[tuple[str | Actor, str, Any]], *, purpose: str | None = None
    ) -> list[Answer]:
        """Run several documents at the same time."""
        known = [(self.actor(w, purpose) if isinstance(w, str) else w, d, v) for w, d, v in questions]

        async def together() -> list[Answer]:
            return await asyncio.gather(*(self._run(*one) for one in known))

        return self._runner.run(together())

    def change(
        self, who: str | Actor, field: str, given: Any, shown: str = "", *, purpose: str | None = None
    ) -> Answer:
        """Run a mutation and return its payload; `shown` is selected of its success."""
        answer = self.ask(who, mutation(field, shown), {"input": given}, purpose=purpose)
        assert answer["errors"] == [], answer["errors"]
        return answer["data"][field]  # type: ignore[no-any-return]

    def rows(self, table: str = "") -> dict[str, list[Any]]:
        """Return what the database holds, by table: two that are equal say that nothing changed."""
        tables = [t for t in SQLModel.metadata.sorted_tables if table in ("", t.name)]
        with self.host.database.connect().execution_options(reading=True) as connection:
            return {t.name: sorted(map(repr, connection.execute(select(t)))) for t in tables}

    def put_back(self) -> None:
        """Bring everything back to the world as it was made."""
        self.keeper.put_back()
        rmtree(self.host.settings.journal_folder, ignore_errors=True)
        forget(self.host.database)
        self.host.forget_modules()

    def close(self) -> None:
        self._runner.run(self._reader.close())
        self._runner.close()
        self.host.database.dispose()

    def raw(self, who: str, document: str, variables: Any = None) -> Any:
        """Run a document as somebody and return its data before it is encoded."""
        return self._runner.run(self._executed(self.actor(who), document, variables)).data

    async def _executed(self, who: Actor, document: str, variables: Any) -> Any:
        context = Context(self.host, who, self._reader, self._limiter)
        return await self.schema.execute(document, variables, context)

    async def _run(self, who: Actor, document: str, variables: Any) -> Answer:
        result = await self._executed(who, document, variables)
        errors = [error.formatted for error in result.errors or ()]
        return {"data": orjson.loads(orjson.dumps(result.data)), "errors": errors}


def mutation(field: str, shown: str = "") -> str:
    """Write a mutation's document; `shown` is what is selected of its success."""
    name = field[0].upper() + field[1:]
    success = f"... on {SHARED.get(name, name + 'Success')} {{ {shown} }}" if shown else ""
    document = f"mutation ($input: {name}Input!) {{ {field}(input: $input)"
    return f"{document} {{ __typename {REFUSED} {CONFLICTS} {success} }} }}"


SHARED = dict.fromkeys(("InviteUser", "GrantAssignment", "RevokeAssignment", "SetSubstitute"), "RightsSuccess")


@dataclass
class Template:
    """A world that is made once, and the host that it was made with."""

    address: str
    world: world.World
    host: Host

    @property
    def file(self) -> str:
        return str(make_url(self.address).database)


def make_template(address: str, home: Path) -> Template:
    engine = make_engine(address)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    host = make_host(address, home, *OURS, world.SwitchableModule())
    try:
        return Template(address, world.build(host), host)
    finally:
        host.database.dispose()


@contextmanager
def working_on(template: Template, address: str, home: Path, schema: Schema, keeper: Keeper) -> Iterator[Office]:
    """Open an office over a copy; what the template's host worked out of policy and people holds for it as well."""
    settings = Settings(home=home, database_url=address)
    clock = frozen(NOW + timedelta(minutes=1), 2)  # later than the world was made, and with other ids
    host = replace(template.host, settings=settings, clock=clock, _modules=None)
    host.guard = template.host.guard  # type: ignore[misc]  # a cached property
    office = Office(host, template.world, schema, address, keeper)
    try:
        yield office
    finally:
        office.close()


@contextmanager
def working_on_sqlite(template: Template, home: Path, schema: Schema) -> Iterator[Office]:
    keeper = SQLiteKeeper(template.file, home / "copy.db")
    keeper.put_back()
    with working_on(template, f"sqlite:///{keeper.path}", home, schema, keeper) as office:
        yield office


def schema_of(host: Host) -> Schema:
    return make_schema(host, Limits())

"""A house with plugins, over a database that its own revisions made, and a way to ask it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import anyio
from anyio import CapacityLimiter
from sqlalchemy import select

from authz.actor import Actor, Role
from authz.guard import Guard
from core.clock import frozen
from core.host import Host
from core.models.modules import ModuleSwitch
from core.services.modules import ModuleSetting, set_module
from core.services.territory import load_territory
from core.upgrade import upgrade
from schema.build import Schema, build
from schema.context import Context
from schema.core import core_part, plugin_parts
from schema.endpoint import encode_json
from schema.read.readers import open_reader
from tests.conftest import NOW, another, make_host
from tests.factories import COLINA, SANTIAGO, a_user, actor


@dataclass(frozen=True)
class Answer:
    """What a client gets: the data, and (path, code) of each error."""

    data: Any
    wrong: list[tuple[str, str]]


@dataclass
class House:
    host: Host
    schema: Schema

    def ask(self, who: Actor, document: str, **variables: Any) -> Answer:
        said = anyio.run(self._ask, who, document, variables)
        wrong = [(".".join(map(str, e.path or ())), (e.extensions or {}).get("code", "")) for e in said.errors or ()]
        return Answer(json.loads(encode_json(said.data)), wrong)

    async def _ask(self, who: Actor, document: str, variables: dict[str, Any]) -> Any:
        reader = await open_reader(self.host.settings.database)
        try:
            context = Context(self.host, who, reader, CapacityLimiter(2))
            return await self.schema.execute(document, variable_values=variables, context_value=context)
        finally:
            await reader.close()

    def switch(self, commune: str, enabled: bool, plugin: str = "dummy") -> None:
        """Decide for a commune as its municipal administrator does."""
        who = actor(Role.MUNICIPAL_ADMIN, commune)
        with self.host.transaction(who, "setModule") as uow:
            said = uow.session.scalars(select(ModuleSwitch))
            version = next((s.version for s in said if (s.commune_code, s.plugin) == (commune, plugin)), 0)
            set_module(uow, ModuleSetting(commune, plugin, enabled, "porque sí", version))
        self.host.forget_modules()


@contextmanager
def a_house(address: str, home: Path, *plugins: object) -> Iterator[House]:
    """Build a house with these plugins over a land, the plugins' tables made by their revisions."""
    host = make_host(address, home, *plugins)
    host.guard = guard_of(*plugins)  # type: ignore[misc]  # a cached property
    try:
        upgrade(host)
        yield House(host, schema_of(*plugins))
    finally:
        host.database.dispose()


@cache
def schema_of(*plugins: object) -> Schema:
    """Build the schema of the core and these plugins, once: it holds nothing of a database."""
    host = make_host("sqlite://", Path(), *plugins)
    return build([core_part(), *plugin_parts(host)])


@cache
def guard_of(*plugins: object) -> Guard:
    """Read the policy of the core and these plugins, once: it changes nothing, and remembers what it was asked."""
    return make_host("sqlite://", Path(), *plugins).guard


def make_land(address: str, home: Path) -> None:
    """Fill a database that no plugin knows yet: tables made by the revisions, and an administrator in two communes."""
    host = another(make_host(address, home), clock=frozen(NOW, 2))  # its ids are not those that the tests draw
    upgrade(host)
    with host.transaction(None, "test") as uow:
        load_territory(uow.session)
        for commune in (SANTIAGO, COLINA):
            a_user(uow, actor(Role.MUNICIPAL_ADMIN, commune))
    host.database.dispose()

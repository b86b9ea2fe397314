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
from tests.conftest import make_host
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
    """Build a house with these plugins, its tables made by the revisions, with two communes."""
    host = make_host(address, home, *plugins)
    try:
        _furnish(host)
        yield House(host, schema_of(*plugins))
    finally:
        host.database.dispose()


@cache
def schema_of(*plugins: object) -> Schema:
    """Build the schema of the core and these plugins, once: it holds nothing of a database."""
    host = make_host("sqlite://", Path(), *plugins)
    return build([core_part(), *plugin_parts(host)])


def _furnish(host: Host) -> None:
    upgrade(host)
    with host.transaction(None, "test") as uow:
        load_territory(uow.session)
        for commune in (SANTIAGO, COLINA):
            a_user(uow, actor(Role.MUNICIPAL_ADMIN, commune))
    host.forget_modules()  # read before there were communes

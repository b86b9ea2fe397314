"""A schema of nothing but children for tests of the read path, and an asker that counts its statements."""

import asyncio
from typing import Annotated
from uuid import UUID

import strawberry

from authz.actor import Hat, Role
from schema.build import Part
from schema.read.declare import Connection, lazy, many, reading, shown
from tests.api.read_world import COMMUNES, asking, read_schema


@strawberry.type
class Hit:
    nna: Annotated["Nna", lazy] | None = reading("El NNA.", "Nna")  # noqa: F821


@strawberry.type
class ToyQuery:
    nnas: Connection[Annotated["Nna", lazy]] | None = many("Los NNA.", "Nna", "fullName")  # noqa: F821
    them: list[Annotated["Nna", lazy]] = reading("Los NNA.", "Nna")  # noqa: F821

    @strawberry.field
    def hits(self, info: strawberry.Info, ids: list[UUID]) -> list[Hit]:
        return [Hit(nna=shown(key)) for key in ids]


def toy_schema():
    return read_schema(Part("toy", query=strawberry.type(type("Toy", (ToyQuery,), {})), always_on=True))


class Counting:
    """A reader that counts what it is asked."""

    def __init__(self, reader):
        self.reader, self.kind, self.statements = reader, reader.kind, 0

    async def prepare(self, plan):
        await self.reader.prepare(plan)

    async def value(self, plan, values):
        self.statements += 1
        return await self.reader.value(plan, values)

    async def rows(self, plan, values):
        self.statements += 1
        return await self.reader.rows(plan, values)


def coordinator(world, *communes):
    return world.actor(Hat(Role.COORDINATOR, frozenset(communes or COMMUNES)))


def with_asker(schema, host, database, work):
    async def run():
        async with asking(schema, host, database) as asker:
            asker.reader = Counting(asker.reader)
            return await work(asker)

    return asyncio.run(run())

"""The front door: every room wired into one ASGI application. Nobody imports it."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from strawberry.http import GraphQLRequestData

from core.database_file import check_file
from core.host import Host
from core.jobs import Worker
from core.journal import Journal, open_journal
from core.services.access import actor_of
from schema.context import Context
from schema.core import make_schema
from schema.endpoint import GraphQLEndpoint
from schema.explorer import explorer_routes
from schema.health import Readiness, check_work, live
from schema.identity import Identity, TokenVerifier
from schema.limits import Cost, Limits
from schema.read.readers import open_reader
from schema.readings import write_down
from schema.tokens import issuers
from schema.wall import elsewhere, middleware

READING, WRITING = 8, 4  # services at once; together fewer than the database's pool lends


def create_app(host: Host) -> Starlette:
    """Wire the rooms; opening the database waits for the first event of the server's life."""
    settings, explore = host.settings, host.settings.shows_explorer
    door = Door(host, Limits(introspection=settings.open_to_explore))
    verifier = TokenVerifier(issuers(host))
    endpoint = GraphQLEndpoint(door.schema, door.context, verifier, door.limits, finish=door.finish, explorer=explore)
    ways = [Route(path, endpoint) for path in ("/graphql", "/graphql/")]
    health = Route("/health/live", live), Route("/health/ready", Readiness(door.check).answer)
    routes = [*ways, *health, *(explorer_routes() if explore else ())]
    lost = {404: elsewhere}
    return Starlette(routes=routes, middleware=middleware(settings), exception_handlers=lost, lifespan=door.lifespan)


class Door:
    """What stands open while the server lives, and what each operation takes from it.

    Parameters
    ----------
    host : Host
    limits : Limits
    """

    reader: Any
    journal: Journal

    def __init__(self, host: Host, limits: Limits) -> None:
        self.host, self.limits, self.schema = host, limits, make_schema(host, limits)
        self.readers, self.writers = CapacityLimiter(READING), CapacityLimiter(WRITING)

    async def context(self, _request: Request, identity: Identity) -> Context:
        check_file(self.host.database)
        who = identity.issuer, identity.subject, identity.purpose

        def known() -> Context:
            actor, cost = actor_of(self.host, *who), Cost(self.limits.nodes)
            return Context(self.host, actor, self.reader, self.readers, cost=cost, writers=self.writers)

        return await to_thread.run_sync(known, limiter=self.readers)

    async def finish(self, operation: GraphQLRequestData, context: Context) -> None:
        check_file(self.host.database)  # what was done meanwhile is not acknowledged
        await write_down(operation, context, self.schema.catalogue, self.journal)

    def check(self) -> None:
        check_work(self.host, self.journal)

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.reader, self.journal = await open_reader(self.host.settings.database), open_journal(self.host)
        worker = Worker(self.host)
        if self.host.settings.run_jobs:
            worker.start()
        gc.freeze()
        try:
            yield
        finally:
            await to_thread.run_sync(worker.stop)
            self.journal.close()
            await self.reader.close()

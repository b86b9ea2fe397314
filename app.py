"""The front door: every room wired into one ASGI application. Nobody imports it."""

import gc
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.http import GraphQLRequestData

from core.database_file import check_file
from core.host import Host
from core.jobs import Worker
from core.journal import ReadRecord, open_journal
from core.services.access import actor_of
from core.settings import InstallationKind
from schema.build import Schema, build
from schema.context import Context
from schema.core import core_part, plugin_parts
from schema.documents import limit_extensions
from schema.endpoint import GraphQLEndpoint
from schema.errors import Refused
from schema.explorer import explorer_routes
from schema.health import Readiness, live
from schema.identity import Identity, Issuer, TokenVerifier
from schema.limits import Cost, Limits
from schema.read.readers import open_reader
from schema.sentences import safe_name
from schema.subjects import subjects
from schema.tokens import DevelopmentIssuer, OidcIssuer
from schema.wall import middleware, problem

# Only where the document begins: further on the same words may stand in a literal, and say whom somebody looks for.
OPERATION = re.compile(r"\s*(?:query|mutation)\s+([_A-Za-z]\w*)")
READING, WRITING = 8, 4  # services at once; together fewer than the database's pool lends


def make_schema(host: Host, limits: Limits) -> Schema:
    return build([core_part(), *plugin_parts(host)], extensions=limit_extensions(limits))


def issuers(host: Host) -> list[Issuer]:
    """Return whose tokens count: the provider of the settings, and in a demo our own."""
    settings, found = host.settings, list[Issuer]()
    if settings.installation is InstallationKind.DEMO:
        found.append(DevelopmentIssuer(host.ring, settings.installation, settings.audience))
    if settings.issuer:
        found.append(OidcIssuer(settings.issuer, settings.audience))
    return found


def create_app(host: Host) -> Starlette:
    """Wire the rooms; opening the database waits for the first event of the server's life."""
    settings = host.settings
    limits = Limits(introspection=settings.open_to_explore)
    schema, readers, writers = make_schema(host, limits), CapacityLimiter(READING), CapacityLimiter(WRITING)
    state: dict[str, Any] = {}

    async def context(_request: Request, identity: Identity) -> Context:
        check_file(host.database)
        who = identity.issuer, identity.subject, identity.purpose

        def known() -> Context:
            cost = Cost(limits.nodes)
            return Context(host, actor_of(host, *who), state["reader"], readers, cost=cost, writers=writers)

        return await to_thread.run_sync(known, limiter=readers)

    async def finish(operation: GraphQLRequestData, context: Context) -> None:
        check_file(host.database)  # what was done meanwhile is not acknowledged
        seen, missed = await subjects(schema.catalogue, context)
        if seen or missed or context.sought:
            await state["journal"].record(read_record(operation, context, seen, missed))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        state.update(reader=await open_reader(settings.database), journal=open_journal(host))
        worker = Worker(host)
        if settings.run_jobs:
            worker.start()
        gc.freeze()
        try:
            yield
        finally:
            await to_thread.run_sync(worker.stop)
            state["journal"].close()
            await state["reader"].close()

    def ready() -> None:
        check_file(host.database)
        with host.database.connect().execution_options(reading=True) as connection:
            connection.execute(text("SELECT 1"))
        state["journal"].check()

    explore = settings.shows_explorer
    verifier = TokenVerifier(issuers(host))
    endpoint = GraphQLEndpoint(schema, context, verifier, limits, finish=finish, explorer=explore)
    ways = [Route(path, endpoint) for path in ("/graphql", "/graphql/")]
    health = Route("/health/live", live), Route("/health/ready", Readiness(ready).answer)
    routes = [*ways, *health, *(explorer_routes() if explore else ())]
    lost = {404: elsewhere}
    return Starlette(routes=routes, middleware=middleware(settings), exception_handlers=lost, lifespan=lifespan)


async def elsewhere(request: Request, _error: Exception) -> Response:
    sentence = "En esta dirección no hay nada: la API está en /graphql."
    return problem(request, Refused(404, "NO_SUCH_ADDRESS", sentence))


def read_record(
    operation: GraphQLRequestData, context: Context, seen: frozenset[UUID], missed: frozenset[UUID]
) -> ReadRecord:
    """Return what the journal keeps; of the document only its hash, since it may hold literals."""
    actor, text = context.actor, (operation.query or "").encode()
    return ReadRecord(
        actor.user_id,
        actor.username,
        actor.purpose,
        operation_name(operation),
        hashlib.sha256(text).hexdigest(),
        context.request_id,
        seen,
        missed,
    )


def operation_name(operation: GraphQLRequestData) -> str | None:
    """Return the name that the client gave the operation, also where it stands only in the document."""
    found = OPERATION.match(operation.query or "")
    return safe_name(operation.operation_name or (found[1] if found else "")) or None

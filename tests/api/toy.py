"""A small schema behind the real endpoint, for what holds whatever the schema is."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, NewType

import anyio
import httpx
import orjson
import strawberry
import uvicorn
from graphql import GraphQLError
from joserfc import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route
from strawberry.schema.config import StrawberryConfig

from authz.guard import AccessDenied
from core.errors import InvalidInput, NotFound
from core.identity import KeyRing
from core.settings import InstallationKind, Settings
from schema.documents import limit_extensions
from schema.endpoint import GraphQLEndpoint
from schema.errors import process_errors
from schema.explorer import explorer_routes
from schema.identity import Identity, TokenVerifier
from schema.limits import Cost, Limits
from schema.scalars import SCALARS
from schema.tokens import DevelopmentIssuer, signing_key
from schema.wall import middleware

RUN = "12.531.909-2"  # invented; any number with a right check digit serves as bait
ISSUER = DevelopmentIssuer(KeyRing.sample(), InstallationKind.DEMO)


def parse_word(text: object) -> str:
    if not isinstance(text, str) or not text.isalpha():
        raise InvalidInput("La palabra lleva solo letras.")
    return text


def parse_number(text: object) -> int:
    return int(str(text))  # its ValueError quotes what it was given


Word = NewType("Word", str)
Number = NewType("Number", int)


@strawberry.enum
class Colour(Enum):
    RED = "RED"
    BLUE = "BLUE"


@strawberry.input
class Inner:
    born: date
    number: Number | None = None


@strawberry.input
class Search:
    word: Word | None = None
    inner: Inner | None = None
    colours: list[Colour] | None = None


@dataclass
class Context:
    identity: Identity
    cost: Cost = field(default_factory=lambda: Cost(100))


@strawberry.type
class Node:
    name: str = "nodo"

    @strawberry.field
    def child(self) -> "Node":
        return Node()

    @strawberry.field
    def children(self, first: int = 1) -> list["Node"]:
        return [Node() for _ in range(first)]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "mundo", times: int = 1) -> str:
        return f"hola {name}" * times

    @strawberry.field
    def me(self, info: strawberry.Info) -> str:
        who = info.context.identity
        return f"{who.subject} {who.purpose}"

    @strawberry.field
    def node(self) -> Node:
        return Node()

    @strawberry.field
    def find(
        self, search: Search | None = None, colour: Colour | None = None, number: Number | None = None
    ) -> str | None:
        return None

    @strawberry.field
    def crash(self, text: str = "") -> str | None:
        raise ValueError(f"no se pudo leer {text}")

    @strawberry.field
    def missing(self) -> str | None:
        raise NotFound()

    @strawberry.field
    def denied(self) -> str | None:
        raise AccessDenied()

    @strawberry.field
    def coded(self) -> str | None:
        raise GraphQLError("Sin permiso.", extensions={"code": "PLUGIN_DISABLED"})

    @strawberry.field
    def bare(self, text: str) -> str | None:
        raise GraphQLError(text)

    @strawberry.field
    def wrong(self, text: str) -> int:
        return text  # type: ignore[return-value]  # a server's mistake: the answer is not what the schema says

    @strawberry.field
    def nothing(self) -> str:
        return None  # type: ignore[return-value]  # same

    @strawberry.field
    async def slow(self) -> str:
        await anyio.sleep_forever()
        return ""

    @strawberry.field
    def dear(self, info: strawberry.Info, nodes: int) -> bool:
        info.context.cost.add(nodes)
        return True

    @strawberry.field
    def ready(self) -> strawberry.scalars.JSON:
        return orjson.Fragment(b'{"listo": [1, 2]}')  # type: ignore[return-value]


@strawberry.type
class Mutation:
    @strawberry.mutation
    def rename(self, search: Search) -> bool:
        return True

    @strawberry.mutation
    async def rename_slowly(self) -> bool:
        await anyio.sleep_forever()
        return True


class ToySchema(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        process_errors(errors, execution_context)


def toy_schema(limits: Limits) -> ToySchema:
    scalars = {
        **SCALARS,
        Word: strawberry.scalar(name="Word", serialize=str, parse_value=parse_word),
        Number: strawberry.scalar(name="Number", serialize=int, parse_value=parse_number),
    }
    return ToySchema(
        Query,
        Mutation,
        extensions=limit_extensions(limits),
        config=StrawberryConfig(disable_field_suggestions=True, scalar_map=scalars),
    )


async def make_context(request: Request, identity: Identity) -> Context:
    return Context(identity)


def toy_app(
    limits: Limits | None = None, *, explorer: bool = False, origins: Sequence[str] = (), make: Any = make_context
) -> Starlette:
    limits = limits or Limits()
    endpoint = GraphQLEndpoint(toy_schema(limits), make, TokenVerifier([ISSUER]), limits, explorer=explorer)
    routes = [Route("/graphql", endpoint), *(explorer_routes() if explorer else [])]
    return Starlette(routes=routes, middleware=middleware(Settings(cors_origins=tuple(origins))))


def token(username: str = "coordinator.13101") -> str:
    return ISSUER.issue(username, datetime.now(UTC))


def connect(app: Starlette | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app or toy_app(), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://oln.test")


def send(
    content: Any = None, app: Starlette | None = None, *, method: str = "POST", path: str = "/graphql", **headers: str
) -> httpx.Response:
    """Send one request with a good token and a good type, unless told otherwise; an empty header is left out."""
    sent = {"authorization": f"Bearer {token()}", "content-type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in sent.items() if value}

    async def main() -> httpx.Response:
        async with connect(app) as http:
            return await http.request(method, path, content=content, headers=sent)

    return anyio.run(main)


def ask(query: str, variables: Any = None, app: Starlette | None = None, **headers: str) -> dict[str, Any]:
    answer: dict[str, Any] = send(orjson.dumps({"query": query, "variables": variables}), app, **headers).json()
    return answer


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """Serve on a free port; the socket listens before the server does, so nobody has to wait for it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await running


NOW = 1_800_000_000
KEY = signing_key(KeyRing.sample().tokens)
CLAIMS = {"iss": "oln-development", "aud": "oln", "sub": "coordinator.13101", "exp": NOW + 600}
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": KEY.kid}


def signed(key: Any = KEY, header: Any = (), **claims: Any) -> str:
    """Return a good token, but for what is given; None leaves a part out."""
    kept = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    head = {name: value for name, value in {**HEADER, **dict(header)}.items() if value is not None}
    return jwt.encode(head, kept, key, algorithms=[head["alg"]], default_type=None)

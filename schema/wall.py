"""What stands before GraphQL: the form of a request and of its answer, and the headers of both."""

import anyio
import orjson
from graphql import GraphQLError
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.http import GraphQLRequestData

from core.settings import Settings
from schema.errors import Refused
from schema.limits import Limits

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


def problem(request: Request, refused: Refused) -> Response:
    """Return the answer to a request that never became an operation."""
    error = GraphQLError(refused.message, extensions={"code": refused.code}).formatted
    body = orjson.dumps({"errors": [error]})
    return Response(body, refused.status, refused.headers, media_type(request.headers))


async def elsewhere(request: Request, _error: Exception) -> Response:
    """Answer who knocks where there is nothing."""
    sentence = "En esta dirección no hay nada: la API está en /graphql."
    return problem(request, Refused(404, "NO_SUCH_ADDRESS", sentence))


def media_type(headers: Headers) -> str:
    """Return the response media type that the client prefers; without a wish, the older one.

    Examples
    --------
    >>> media_type(Headers({"accept": "application/graphql-response+json, application/json;q=0.9"}))
    'application/graphql-response+json'
    >>> media_type(Headers({"accept": "*/*"}))
    'application/json'
    """
    wanted = dict(_quality(part) for part in headers.get("accept", "").lower().split(","))
    new = wanted.get(GRAPHQL, 0.0)
    return GRAPHQL if new > 0 and new >= wanted.get(JSON, 0.0) else JSON


def _quality(part: str) -> tuple[str, float]:
    name, *parameters = (p.strip() for p in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return name, float(parameter[2:])
            except ValueError:
                return name, 0.0
    return name, 1.0


def check_media_type(headers: Headers) -> None:
    """Refuse what is not plain JSON in UTF-8: forms and text would let foreign pages post without asking first."""
    name, *parameters = (p.strip().lower() for p in headers.get("content-type", "").split(";"))
    charsets = {p.partition("=")[2].strip('"') for p in parameters if p.startswith("charset")}
    encoded = headers.get("content-encoding", "identity") != "identity"
    if name != JSON or charsets - {"utf-8", "utf8"} or encoded:
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "El cuerpo debe ser application/json en UTF-8, sin comprimir.")


async def read_body(request: Request, limits: Limits) -> bytes:
    """Read the body, within its size and its time.

    Raises
    ------
    Refused
        413 or 408; the connection is then closed, since the rest of the body is not read.
    """
    too_large = Refused(
        413,
        "PAYLOAD_TOO_LARGE",
        f"La solicitud supera {limits.body_bytes:,} bytes.".replace(",", "."),
        {"Connection": "close"},
    )
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 15 or int(length) > limits.body_bytes:
        raise too_large
    chunks, size = [], 0
    with anyio.move_on_after(limits.body_seconds):
        async for chunk in request.stream():
            size += len(chunk)
            if size > limits.body_bytes:
                raise too_large
            chunks.append(chunk)
        return b"".join(chunks)
    raise Refused(408, "REQUEST_TIMEOUT", "La solicitud tardó demasiado en llegar.", {"Connection": "close"})


def read_operation(body: bytes) -> GraphQLRequestData:
    """Return the one operation of a body.

    orjson holds to the standard by itself: UTF-8 only, no lone surrogates, no NaN, at most 1,024 levels. Of equal keys
    the last one counts.

    Examples
    --------
    >>> read_operation(b'{"query": "{ viewer { id } }"}').query
    '{ viewer { id } }'
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "BAD_REQUEST", "El cuerpo no es JSON válido en UTF-8.") from None
    if not isinstance(data, dict):
        raise Refused(400, "BAD_REQUEST", "El cuerpo debe ser un objeto JSON con una sola operación.")
    query, name = data.get("query"), data.get("operationName")
    variables, extensions = data.get("variables"), data.get("extensions")
    if not isinstance(query, str) or not query.strip():
        raise Refused(400, "BAD_REQUEST", "Falta «query», el texto de la operación.")
    if not isinstance(name, str | None):
        raise Refused(400, "BAD_REQUEST", "«operationName» debe ser un texto.")
    if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
        raise Refused(400, "BAD_REQUEST", "«variables» y «extensions» deben ser objetos.")
    return GraphQLRequestData(query, variables, name or None, extensions)


class SecurityHeaders:
    """Headers that every answer carries, unless a route set its own."""

    headers = (
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers:
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self.app(scope, receive, headed)


def middleware(settings: Settings) -> list[Middleware]:
    """Return what stands around every route: headers, and the foreign pages that may call, named one by one."""
    cross_origin = Middleware(
        CORSMiddleware,
        allow_origins=list(settings.cors_origins),
        allow_methods=["POST"],
        allow_headers=["authorization", "content-type", "oln-purpose"],
        expose_headers=["retry-after", "www-authenticate"],
        max_age=600,
    )
    return [Middleware(SecurityHeaders), cross_origin]

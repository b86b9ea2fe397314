"""Where HTTP ends and GraphQL begins.

A request passes a wall first, cheapest checks first: method, media type, identity, size and time of the body, its
form, a place in line. Who fails is answered in JSON, in Spanish, with a stable code, before any GraphQL. strawberry's
own view is not used: once each step is ours nothing of it is left, and it costs a tenth of a millisecond a request.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLRequestData
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from authz.guard import AccessDenied
from core.errors import Busy, DatabaseGone, DatabaseUnavailable, DiskFull, DomainError
from schema.admission import Admission, may_change
from schema.documents import changes
from schema.errors import Refused, Told, internal, refusal_of
from schema.explorer import explorer_page
from schema.identity import Identity, TokenVerifier
from schema.limits import Limits
from schema.outages import outage
from schema.wall import GRAPHQL, check_media_type, media_type, problem, read_body, read_operation

ContextMaker = Callable[[Request, Identity], Awaitable[Any]]
Finish = Callable[[GraphQLRequestData, Any], Awaitable[None]]
AGAIN = {"Retry-After": "5"}
TOO_LONG = "La operación tardó demasiado y se interrumpió."
DOUBT = "El cambio puede haber quedado guardado: repítalo con la misma idempotencyKey, o revise antes de repetir."
ALLOWED = (OperationType.QUERY, OperationType.MUTATION)


class GraphQLEndpoint:
    """An ASGI application: POST /graphql.

    Parameters
    ----------
    schema : strawberry schema
        With `limit_extensions` and `process_errors`.
    make_context : coroutine function
        From the request and its verified identity to the operation's context; what it raises as `DomainError` or
        `AccessDenied` is answered with 403, and with 503 where the database is gone, busy or away.
    verifier : TokenVerifier
    limits : Limits
    finish : coroutine function
        Called with operation and context once the answer is made and before it leaves: the read journal. What it
        raises keeps the answer back.
    explorer : bool
        Whether a browser that asks for HTML gets the explorer.
    """

    def __init__(
        self,
        schema: BaseSchema,
        make_context: ContextMaker,
        verifier: TokenVerifier,
        limits: Limits,
        *,
        finish: Finish | None = None,
        explorer: bool = False,
    ) -> None:
        self._schema, self._limits, self._explorer = schema, limits, explorer
        self._make_context, self._verifier, self._finish = make_context, verifier, finish
        self._readers = Admission(limits.running, limits.waiting, limits.line_seconds)
        self._writers = Admission(limits.writing, limits.waiting, limits.line_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._admit(request)
        except Refused as refused:
            return problem(request, refused)
        except (DomainError, AccessDenied) as error:
            return problem(request, refused_by(error))
        except ClientDisconnect:
            raise
        except Exception as error:  # the last resort: nothing of it may reach the client
            if away := outage(error):
                return problem(request, refused_by(away))
            told = internal(error, where="http")
            return problem(request, Refused(500, "INTERNAL", told.message))

    async def _admit(self, request: Request) -> Response:
        if request.method != "POST":
            return self._without_operation(request)
        check_media_type(request.headers)
        identity = await self._verifier.identify(request.headers)
        operation = read_operation(await read_body(request, self._limits))
        async with self._writers if may_change(operation.query or "") else self._readers:
            with anyio.move_on_after(self._limits.seconds):
                context = await self._make_context(request, identity)
                return respond(request, await self._run(operation, context))
        raise Refused(504, "TIMEOUT", self._with_doubt(operation, TOO_LONG))

    async def _run(self, operation: GraphQLRequestData, context: Any) -> ExecutionResult:
        """Run an operation and write down what it read; where the database went away, say what is known of a change."""
        try:
            result = await self.execute(operation, context)
            if self._finish:
                await self._finish(operation, context)
        except Exception as error:
            if isinstance(away := outage(error), DatabaseUnavailable | DiskFull):
                raise self._unavailable(operation, away.code, away.message) from error
            raise
        for told in result.errors or ():
            if not (code := _away(told)):
                continue
            if not any((result.data or {}).values()):
                raise self._unavailable(operation, code, told.message)
            told.message = self._with_doubt(operation, told.message)
        return result

    def _unavailable(self, operation: GraphQLRequestData, code: str, sentence: str) -> Refused:
        again = AGAIN if code == DatabaseUnavailable.code else None
        return Refused(503, code, self._with_doubt(operation, sentence), again)

    def _with_doubt(self, operation: GraphQLRequestData, sentence: str) -> str:
        """Add to a sentence that a change may have been kept: its thread goes on, and its commit may go unheard."""
        schema: Any = self._schema
        changing = changes(schema._schema, operation.query or "", operation.operation_name, self._limits)
        return f"{sentence} {DOUBT}" if changing else sentence

    def _without_operation(self, request: Request) -> Response:
        if self._explorer and request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            return explorer_page()
        raise Refused(405, "METHOD_NOT_ALLOWED", "Las operaciones se envían por POST.", {"Allow": "POST"})

    async def execute(self, operation: GraphQLRequestData, context: Any) -> ExecutionResult:
        """Run one operation; a subclass that journals reads wraps this, and answers only when it is durable."""
        try:
            return await self._schema.execute(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
                allowed_operation_types=ALLOWED,
                operation_extensions=operation.extensions,
            )
        except CannotGetOperationTypeError:
            sentence = "Indique en «operationName» una operación de la consulta."
            return ExecutionResult(None, [Told("UNKNOWN_OPERATION", sentence)])
        except InvalidOperationTypeError:
            sentence = "Este punto de acceso admite consultas y mutaciones, no suscripciones."
            return ExecutionResult(None, [Told("OPERATION_NOT_ALLOWED", sentence)])


def respond(request: Request, result: ExecutionResult) -> Response:
    """Answer in the media type that the client prefers; the newer one has a status for operations that never ran."""
    answer: dict[str, Any] = {"data": result.data}
    status, media = 200, media_type(request.headers)
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
        if result.data is None and all(error.path is None for error in result.errors):
            del answer["data"]  # by the specification: not even null, where the operation never ran
            status = 200 if media != GRAPHQL else 500 if _ours(result) else 400
    if result.extensions:
        answer["extensions"] = result.extensions
    return Response(encode_json(answer), status, media_type=media)


def refused_by(error: DomainError | AccessDenied) -> Refused:
    """Return the answer to a request of which no operation came, by what kept it from it."""
    refusal = refusal_of(error)
    if isinstance(error, Busy | DatabaseUnavailable):
        return Refused(503, refusal.code, refusal.message, AGAIN)
    return Refused(503 if isinstance(error, DatabaseGone | DiskFull) else 403, refusal.code, refusal.message)


def _away(error: GraphQLError) -> str | None:
    """Return the code of an error that says that the database is away, or has no room."""
    code = (error.extensions or {}).get("code")
    return code if code in (DatabaseUnavailable.code, DiskFull.code) else None


def _ours(result: ExecutionResult) -> bool:
    return any((error.extensions or {}).get("code") == "INTERNAL" for error in result.errors or ())


def encode_json(data: object) -> bytes:
    """Encode an answer; finished JSON of the read path (`orjson.Fragment`) goes through as it is."""
    return orjson.dumps(data)

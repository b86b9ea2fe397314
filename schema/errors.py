"""What the API says when something goes wrong: stable codes, Spanish sentences, nothing personal.

graphql-core and strawberry quote the offending value in their messages ("Int cannot represent '12.531.909-2'"), and
print the document when such an error becomes text. So none of their sentences reaches a client or a log: each is
written anew here, from names alone. Anything unknown is told as an id and logged in full under it.
"""

import hashlib
import logging
import re
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any
from uuid import uuid4

from graphql import (
    ArgumentNode,
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLSyntaxError,
    Node,
    ObjectFieldNode,
)
from strawberry.types.execution import ExecutionContext

from authz.guard import AccessDenied
from core.errors import DomainError
from core.identity import scrub
from schema.outages import outage
from schema.scalars import WRITTEN
from schema.sentences import expected_type, place_said, safe_name, sentence_for

log = logging.getLogger("oln.api")
MOST_WORDS = 20  # of an enumeration, that an error lists


class Told(GraphQLError):
    """An error written for the client: its code, its sentence and its details leave as they are."""

    def __init__(self, code: str, message: str, error: GraphQLError | None = None, **details: Any) -> None:
        super().__init__(
            message,
            nodes=getattr(error, "nodes", None),
            source=getattr(error, "source", None),
            positions=getattr(error, "positions", None),
            path=getattr(error, "path", None),
            extensions={"code": code, **{k: v for k, v in details.items() if v is not None}},
        )


class Refused(Exception):
    """A request that never becomes an operation: HTTP status, code, sentence."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message, dict(headers or {})


@dataclass(frozen=True)
class RefusalData:
    """A refusal as data, for the `Refusal` member of a mutation's payload."""

    code: str
    message: str
    field: str | None = None
    details: dict[str, Any] = default(default_factory=dict)


def refusal_of(error: DomainError | AccessDenied) -> RefusalData:
    """Return what a mutation answers instead of its success.

    Examples
    --------
    >>> from core.errors import NotFound
    >>> refusal_of(NotFound()).code
    'NOT_FOUND'
    """
    if isinstance(error, DomainError):
        return RefusalData(error.code, error.message, error.field, error.details)
    return RefusalData(error.code, error.message, details=error.details)


def process_errors(errors: list[GraphQLError], context: ExecutionContext | None = None) -> None:
    """Rewrite the errors of an operation in place; a schema's `process_errors` calls this and nothing else.

    Strawberry hands the very list that is answered, before any extension sees it.
    """
    errors[:] = [tell(error, context) for error in errors]


def tell(error: GraphQLError, context: ExecutionContext | None = None) -> Told:
    """Return the same error in our words."""
    if isinstance(error, Told):
        return error
    chain = list(_wrapped(error))
    cause = outage(chain[-1]) or chain[-1]
    if isinstance(cause, DomainError | AccessDenied):
        refusal = refusal_of(cause)
        at = refusal.field or _place(error, context)
        return Told(refusal.code, refusal.message, error, field=at, details=refusal.details or None)
    if isinstance(cause, GraphQLError) and isinstance((cause.extensions or {}).get("code"), str):
        details = dict(cause.extensions or {})
        return Told(details.pop("code"), cause.message, error, **details)
    if isinstance(error, GraphQLSyntaxError):
        return _syntax(error)
    asked_wrongly = error.path is None and (error.nodes or isinstance(cause, GraphQLError))
    if asked_wrongly or any(_is_coercion(link) for link in chain):
        return _request(error, chain, context)
    return internal(cause, error, _where(error, context))


def internal(cause: BaseException, error: GraphQLError | None = None, where: str = "") -> Told:
    """Log the whole story under a new id and return the error that tells only the id."""
    name = uuid4().hex
    log.error("error interno %s %s\n%s", name, where, story(cause))
    sentence = f"Ocurrió un error interno. Si persiste, informe este código: {name}."
    return Told("INTERNAL", sentence, error, id=name)


def story(cause: BaseException) -> str:
    """Return the traceback of an exception and of those behind it, without RUN, document or variables."""
    lines: list[str] = []
    seen: BaseException | None = cause
    while seen is not None and len(lines) < 400:
        lines += [f"{type(seen).__module__}.{type(seen).__qualname__}: {_words(seen)}\n"]
        lines += traceback.format_tb(seen.__traceback__)
        if isinstance(seen, BaseExceptionGroup):
            lines += [story(part) for part in seen.exceptions[:5]]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return scrub("".join(lines))


def _words(error: BaseException) -> str:
    if isinstance(error, GraphQLError):  # what follows a quote or colon is the value, and str() is the document
        return re.split(r"['\":]", error.message, maxsplit=1)[0]
    return str(error).split("DETAIL:", maxsplit=1)[0]  # where PostgreSQL prints the row


def _wrapped(error: BaseException) -> Iterator[BaseException]:
    yield error
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
        yield error


def _is_coercion(error: BaseException) -> bool:
    return isinstance(error, GraphQLError) and error.message.startswith(("Argument '", "Variable '$"))


def _syntax(error: GraphQLSyntaxError) -> Told:
    if "more than" in error.description:
        return Told("DOCUMENT_TOO_LARGE", "La consulta es demasiado larga; divídala o use variables.", error)
    if "nested too deeply" in error.description:
        return Told("TOO_DEEP", "La consulta está anidada demasiado profundo.", error)
    return Told("SYNTAX_ERROR", f"La consulta tiene un error de sintaxis{_line(error)}.", error)


def _request(error: GraphQLError, chain: list[BaseException], context: ExecutionContext | None) -> Told:
    texts = [link.message for link in chain if isinstance(link, GraphQLError)]
    place = _place(error, context) or place_said(texts)
    expected = _expected(texts, context)
    if found := sentence_for(texts):
        code, sentence = found
        return Told(code, sentence + expected if sentence.endswith("válido.") else sentence, error, field=place)
    if place:
        return Told("BAD_ARGUMENT", f"El valor de «{place}» no es válido.{expected}", error, field=place)
    return Told("VALIDATION_FAILED", f"La consulta no es válida{_line(error)}.", error)


def _expected(texts: list[str], context: ExecutionContext | None) -> str:
    """Return what the value should have been, with the words of an enumeration or the form of a date."""
    types = context.schema._schema.type_map if context else {}
    kind = expected_type(texts, types)
    if kind is None:
        return ""
    named = types[kind.strip("[]!")]
    if isinstance(named, GraphQLEnumType) and len(named.values) <= MOST_WORDS:
        return f" Se espera uno de {', '.join(named.values)}."
    form = WRITTEN.get(named.name)
    return f" Se espera {kind} ({form})." if form else f" Se espera {kind}."


def _line(error: GraphQLError) -> str:
    if not error.locations:
        return ""
    return f" en la línea {error.locations[0].line}, columna {error.locations[0].column}"


def _place(error: GraphQLError, context: ExecutionContext | None) -> str | None:
    """Return the path of the argument in which the error's node stands, such as `input.birthDate`."""
    document, node = context and context.graphql_document, error.nodes and error.nodes[0]
    if not document or not node or not node.loc:
        return None
    return ".".join(safe_name(name) for name in _enclosing(document, node.loc.start, node.loc.end)) or None


def _enclosing(document: DocumentNode, start: int, end: int) -> Iterator[str]:
    stack: list[Node] = [document]
    while stack:
        node = stack.pop()
        if node.loc and node.loc.start <= start and end <= node.loc.end:
            if isinstance(node, ArgumentNode | ObjectFieldNode):
                yield node.name.value
            children = [getattr(node, key, None) for key in node.keys]
            flat = [c for child in children for c in (child if isinstance(child, tuple | list) else [child])]
            stack = [c for c in flat if isinstance(c, Node)]


def _where(error: GraphQLError, context: ExecutionContext | None) -> str:
    """Name the field and the operation: schema names and a hash, never an alias, a value or the document."""
    fields = [getattr(getattr(node, "name", None), "value", node.kind) for node in error.nodes or ()]
    text = (context and context.query) or ""
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]
    operation = safe_name((context and context.graphql_document and context.operation_name) or "")
    return f"campo={','.join(map(safe_name, fields))} operacion={operation} documento={digest}"

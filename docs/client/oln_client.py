"""A client of OLN in one file, with Python's standard library alone: copy it into your project."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

NAME = re.compile(r"\b(?:query|mutation)\s+(\w+)")
LONGEST = 1 << 20  # bytes of a request, as the server has it
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]+")  # what a header may carry (RFC 6750)


class Refused(Exception):
    """The platform said no: `code` is stable and for programs, the sentence is for people."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


class NotTheApi(Exception):
    """Something answered, and it is not OLN: the address is another one, or something stands before it."""


class NoAnswer(OSError):
    """Nobody answered, or the connection broke: whether a change was made is not known."""


class NotAToken(ValueError):
    """What was given cannot be a token; it is not repeated, since it may be a secret."""


class Conflict(Refused):
    """Somebody changed the record since you read it: read it again and decide."""


@dataclass(frozen=True)
class Oln:
    """A way to one installation, as one person.

    Parameters
    ----------
    address : str
        Ends in `/graphql`.
    token : str
        Of the municipality's identity provider; in a demonstration, of `oln token USER`. It is never printed, and the
        line end of a file that holds it does no harm.
    purpose : str, optional
        What the person looks for; their main purpose where none is named.

    Raises
    ------
    NotAToken
    """

    address: str
    token: str = field(repr=False)
    purpose: str | None = None

    def __post_init__(self) -> None:
        token = self.token.strip()
        if not TOKEN.fullmatch(token):
            raise NotAToken("Eso no es un token: pida uno nuevo y cópielo entero, sin nada más.")
        object.__setattr__(self, "token", token)

    def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """Send an operation and return its data.

        Raises
        ------
        Refused
            If anything of it is refused.
        NotTheApi
            If what answers at the address is something else.
        NoAnswer
            If nobody does.
        """
        name = NAME.search(document)
        answer = self._post({"query": document, "variables": variables, "operationName": name[1] if name else None})
        for error in answer.get("errors") or ():
            told = error.get("extensions") or {}
            raise Refused(told.get("code", "UNKNOWN"), error.get("message", ""), told.get("field"))
        return dict(answer.get("data") or {})

    def change(self, document: str, tries: int = 3, **fields: Any) -> dict[str, Any]:
        """Send a mutation with one `$input`, and return its success.

        A retry after a broken connection carries the same key, so nothing is done twice. Ask in the document for
        `... on Refusal { code message field }` and `... on Conflict { code message }`.

        Raises
        ------
        Conflict
        Refused
        NoAnswer
            After the last try.
        """
        asked = {"idempotencyKey": str(uuid4()), **fields}
        for left in reversed(range(tries)):
            try:
                (payload,) = self.ask(document, input=asked).values()
                break
            except NoAnswer:
                if not left:
                    raise
                time.sleep(1)
        if not payload or {"code", "message"} & payload.keys():  # empty: a refusal that the document does not ask for
            code = payload.get("code", "UNKNOWN")
            refused = Conflict if code == "CONFLICT" else Refused
            raise refused(code, payload.get("message", "No se hizo."), payload.get("field"))
        return dict(payload)

    def pages(self, document: str, *path: str, **variables: Any) -> Iterator[dict[str, Any]]:
        """Go through a whole connection, page by page: the document takes `$after` and asks for `pageInfo`.

        Raises
        ------
        ValueError
            If it does not ask for `edges { node }` and `pageInfo { hasNextPage endCursor }`.
        """
        after = None
        while True:
            found: Any = self.ask(document, after=after, **variables)
            for name in path:
                found = found and found[name]
            if found is None:  # not theirs to see
                return
            if not {"edges", "pageInfo"} <= found.keys():
                raise ValueError("Pida edges { node { … } } y pageInfo { hasNextPage endCursor }.")
            yield from (edge["node"] for edge in found["edges"])
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        if self.purpose:
            headers["OLN-Purpose"] = self.purpose
        sent = json.dumps(body).encode()
        if len(sent) > LONGEST:  # the server would hang up before all of it is there
            raise Refused("PAYLOAD_TOO_LARGE", "El pedido pasa de 1 MiB: divídalo.", None)
        try:
            found = _send(Request(self.address, sent, headers))  # noqa: S310  # the caller's own
        except (OSError, HTTPException, ValueError) as error:
            sentence = f"{self.address} no responde: revise la dirección, y que el servidor esté en marcha."
            raise NoAnswer(sentence) from error
        return self._read(*found)

    def _read(self, body: bytes, status: int) -> dict[str, Any]:
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not {"data", "errors"} & answer.keys():
            raise NotTheApi(f"{self.address} respondió {status}, y no es la API de OLN: revise la dirección.")
        return answer


def _send(request: Request) -> tuple[bytes, int]:
    try:
        with urlopen(request, timeout=30) as response:  # noqa: S310  # the caller's own address
            return response.read(), response.status
    except HTTPError as error:  # a refusal before GraphQL: the same form of answer
        with error:
            return error.read(), error.code

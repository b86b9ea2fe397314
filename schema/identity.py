"""Who asks: a bearer token verified down to (issuer, subject), and the purpose that the request names.

A token proves who someone is and nothing else: roles and communes come from our assignments, never from a claim.
"""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode
from starlette.datastructures import Headers

from authz.actor import Purpose
from schema.errors import Refused

# No symmetric algorithm, so that a public key can never serve as a shared secret; `none` is not in the list either.
ALGORITHMS = ("RS256", "ES256", "PS256", "Ed25519")
TYPES = frozenset({"at+jwt", "application/at+jwt", "jwt"})
LEEWAY = 30
LONGEST_TOKEN = 8_192

Key = ECKey | OKPKey | RSAKey


@dataclass(frozen=True)
class Identity:
    """A verified subject of a trusted issuer, and what it says the data is for.

    Parameters
    ----------
    issuer, subject : str
        Together they name one person; a subject alone does not.
    purpose : Purpose, optional
        From `OLN-Purpose`; whether the person may wear it is for the policy to say.
    """

    issuer: str
    subject: str
    purpose: Purpose | None = None


class Issuer(Protocol):
    """Someone whose tokens we trust."""

    name: str
    audience: str

    async def key(self, kid: str | None) -> Key | None:
        """Return the public key of that id; None where the issuer has no such key.

        Raises
        ------
        Refused
            503, where the issuer cannot be asked and no keys of it are known.
        """
        ...


class Unauthenticated(Refused):
    """401, with what the client should do about it."""

    def __init__(self, message: str, code: str = "UNAUTHENTICATED", error: str | None = None) -> None:
        challenge = f'Bearer realm="oln", error="{error}"' if error else 'Bearer realm="oln"'
        super().__init__(401, code, message, {"WWW-Authenticate": challenge})


class TokenVerifier:
    """Verifies bearer tokens, and remembers those it verified until they expire.

    Parameters
    ----------
    issuers : iterable of Issuer
    now : callable
        Seconds since 1970.
    remembered : int
        Tokens kept; the least recently used goes first.
    """

    def __init__(
        self, issuers: Iterable[Issuer], now: Callable[[], float] = time.time, remembered: int = 10_000
    ) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._now, self._most = now, remembered
        self._known: OrderedDict[bytes, tuple[Identity, float]] = OrderedDict()

    async def identify(self, headers: Headers) -> Identity:
        """Return who sent these headers, and for what.

        Raises
        ------
        Unauthenticated
            Without a token, or with one that does not verify.
        Refused
            400 for an unknown purpose; 503 where the issuer is out of reach.
        """
        who = await self.verify(bearer_of(headers))
        purpose = purpose_of(headers)
        return who if purpose is None else Identity(who.issuer, who.subject, purpose)

    async def verify(self, token: str) -> Identity:
        """Return the subject of a token.

        Raises
        ------
        Unauthenticated
            Unless signature, algorithm, type, issuer, audience and times are all right.
        """
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known and self._now() < known[1]:
            self._known.move_to_end(digest)
            return known[0]
        self._known.pop(digest, None)
        identity, expires = await self._verify(token)
        self._known[digest] = identity, expires
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return identity

    async def _verify(self, token: str) -> tuple[Identity, float]:
        header, claims = _peek(token)
        issuer = self._issuers.get(claims["iss"]) if isinstance(claims.get("iss"), str) else None
        kid = header.get("kid")
        if issuer is None or not isinstance(kid, str | None) or str(header.get("typ", "")).lower() not in TYPES:
            raise _invalid()
        key = await issuer.key(kid)
        if key is None:
            raise _invalid()
        return self._claims(token, key, issuer)

    def _claims(self, token: str, key: Key, issuer: Issuer) -> tuple[Identity, float]:
        rules = jwt.JWTClaimsRegistry(
            now=int(self._now()),
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer.name},
            aud={"essential": True, "value": issuer.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        # headers that we do not know are ignored, as the standard says; `crit` ones are refused by the library
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            claims = jwt.decode(token, key, algorithms=ALGORITHMS, registry=registry).claims
            rules.validate(claims)
        except ExpiredTokenError:
            raise Unauthenticated("Su sesión venció; ingrese de nuevo.", "TOKEN_EXPIRED", "invalid_token") from None
        except (JoseError, ValueError, TypeError):  # a hostile token may fail anywhere in the libraries
            raise _invalid() from None
        return Identity(issuer.name, claims["sub"]), float(claims["exp"])


def bearer_of(headers: Headers) -> str:
    """Return the token of the one `Authorization` header."""
    given = headers.getlist("authorization")
    if not given:
        raise Unauthenticated("Falta la identificación: envíe «Authorization: Bearer <token>».")
    scheme, _, token = given[0].partition(" ")
    token = token.strip()
    if len(given) > 1 or scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= LONGEST_TOKEN:
        raise _invalid()
    return token


def purpose_of(headers: Headers) -> Purpose | None:
    """Return the purpose that the request names, in upper or lower case.

    Examples
    --------
    >>> purpose_of(Headers({"OLN-Purpose": "care"}))
    <Purpose.CARE: 'CARE'>
    """
    given = headers.get("oln-purpose")
    if given is None:
        return None
    try:
        return Purpose(given.strip().upper())
    except ValueError:
        known = ", ".join(Purpose)
        raise Refused(400, "BAD_PURPOSE", f"«OLN-Purpose» no es una finalidad conocida. Use una de: {known}.") from None


def _peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read header and claims without believing them, to learn whose key to ask for."""
    parts = token.split(".")
    if len(parts) != 3:
        raise _invalid()
    try:
        header, claims = (json.loads(urlsafe_b64decode(part.encode())) for part in parts[:2])
    except (ValueError, RecursionError):
        raise _invalid() from None
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") not in ALGORITHMS:
        raise _invalid()
    return header, claims


def _invalid() -> Unauthenticated:
    return Unauthenticated("La identificación no es válida; ingrese de nuevo.", "UNAUTHENTICATED", "invalid_token")

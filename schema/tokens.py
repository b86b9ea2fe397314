"""Those whose tokens we trust: ourselves while developing, and an OpenID Connect provider."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from joserfc.util import urlsafe_b64decode

from core.host import Host
from core.identity import KeyRing
from core.settings import DEVELOPMENT_ISSUER, InstallationKind, is_secure
from schema.errors import Refused
from schema.identity import Issuer, Key

log = logging.getLogger("oln.identity")

HOUR = 3_600
RETRY = 30  # seconds between two questions to a provider that failed, or that did not know a key
LARGEST_ANSWER = 1 << 20
PATIENCE = 10  # seconds for both questions together
SMALLEST_RSA = 2_048
# What a provider that is away, or is none, may bring about.
FAILURES = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, LookupError, TypeError, ValueError, RecursionError)
# Order of the P-256 group, FIPS 186-5 (SP 800-186, section 3.2.1.3): a private key is a number below it.
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def issuers(host: Host) -> list[Issuer]:
    """Return whose tokens count: the provider of the settings, and in a demo our own."""
    settings, found = host.settings, list[Issuer]()
    if settings.installation is InstallationKind.DEMO:
        found.append(DevelopmentIssuer(host.ring, settings.installation, settings.audience))
    if settings.issuer:
        found.append(OidcIssuer(settings.issuer, settings.audience))
    return found


class DevelopmentIssuer:
    """Signs tokens for demo users, behind `oln token`; there is no password, so it refuses a REAL installation.

    Parameters
    ----------
    keys : KeyRing
        Its `tokens` key becomes the signing key, so nothing more is stored.
    installation : InstallationKind
    audience : str

    Raises
    ------
    ValueError
        In a REAL installation.
    """

    name = DEVELOPMENT_ISSUER

    def __init__(self, keys: KeyRing, installation: InstallationKind, audience: str = "oln") -> None:
        if installation is not InstallationKind.DEMO:
            raise ValueError("the development issuer signs for anyone: it never runs in a REAL installation")
        self.audience = audience
        self._key = signing_key(keys.tokens)
        self._public = ECKey.import_key(self._key.as_dict(private=False))

    async def key(self, kid: str | None) -> Key | None:
        return self._public if kid == self._key.kid else None

    def issue(self, subject: str, now: datetime, lifetime: timedelta = timedelta(hours=12)) -> str:
        """Return an access token for whoever has an account under this subject.

        Parameters
        ----------
        subject : str
            Of demo users it is their name, such as `coordinator.13101`; never a RUN.
        now : datetime
            Aware.
        lifetime : timedelta
        """
        claims = {
            "iss": self.name,
            "aud": self.audience,
            "sub": subject,
            "iat": int(now.timestamp()),
            "exp": int((now + lifetime).timestamp()),
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self._key.kid}
        return jwt.encode(header, claims, self._key, algorithms=["ES256"])


def signing_key(secret: bytes) -> ECKey:
    """Return the ES256 key that follows from a secret; the same secret gives the same key (HKDF, RFC 5869)."""
    # 48 bytes: reducing 128 bits more than the order leaves no bias worth naming (FIPS 186-5, A.2.1)
    seed = HKDF(SHA256(), 48, salt=None, info=b"oln access token signature ES256 v1").derive(secret)
    number = int.from_bytes(seed) % (P256_ORDER - 1) + 1
    key = ECKey.import_key(ec.derive_private_key(number, ec.SECP256R1()))
    key.ensure_kid()
    return key


class OidcIssuer:
    """An OpenID Connect provider, known by discovery; its keys are fetched once for all who wait.

    Parameters
    ----------
    url : str
        Exactly as it stands in the tokens' `iss`.
    audience : str
        What its tokens must be meant for.
    http : httpx.AsyncClient, optional
        Redirects stay off.
    now : callable
        A clock that never runs backwards.

    Raises
    ------
    ValueError
        Where the address is not https (plain http only to the own machine).
    """

    def __init__(
        self,
        url: str,
        audience: str,
        http: httpx.AsyncClient | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.audience = secure(url), audience
        self._http, self._now, self._lock = http or httpx.AsyncClient(), now, asyncio.Lock()
        self._keys: dict[str | None, Key] = {}
        self._fresh_until = self._next_try = float("-inf")

    async def key(self, kid: str | None) -> Key | None:
        if self._wanting(kid):
            async with self._lock:
                if self._wanting(kid):  # whoever held the lock may have brought it
                    await self._refresh()
        if not self._keys:
            raise Refused(
                503,
                "IDENTITY_UNAVAILABLE",
                "El servicio de identidad no responde; reintente en un momento.",
                {"Retry-After": str(RETRY)},
            )
        return self._keys.get(kid)

    def _wanting(self, kid: str | None) -> bool:
        now = self._now()
        return now >= self._next_try and (now >= self._fresh_until or kid not in self._keys)

    async def _refresh(self) -> None:
        self._next_try = self._now() + RETRY
        try:
            keys, headers = await self._fetch(PATIENCE)
        except FAILURES as error:
            log.warning("no se leyeron las claves de %s (%s); siguen las últimas", self.name, type(error).__name__)
            return
        if keys:
            self._keys, self._fresh_until = keys, self._now() + freshness(headers)

    async def trouble(self, patience: float) -> str:
        """Ask the provider once, and say in Spanish what is wrong with it; nothing where all is well."""
        try:
            keys, _ = await self._fetch(patience)
        except FAILURES as error:
            return _reason(error)
        return "" if keys else "no publica ninguna clave que sirva"

    async def _fetch(self, patience: float) -> tuple[dict[str | None, Key], httpx.Headers]:
        async with asyncio.timeout(patience):
            where, _ = await self._get(f"{self.name.rstrip('/')}/.well-known/openid-configuration")
            if where["issuer"] != self.name:
                raise ValueError("the provider calls itself otherwise")
            answer, headers = await self._get(secure(where["jwks_uri"]))
        return usable(answer["keys"]), headers

    async def _get(self, url: str) -> tuple[Any, httpx.Headers]:
        body = bytearray()
        async with self._http.stream("GET", url, headers={"Accept": "application/json"}) as answer:
            answer.raise_for_status()
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise ValueError("the provider's answer is too large")
        return json.loads(body), answer.headers


def usable(keys: list[dict[str, Any]]) -> dict[str | None, Key]:
    """Return the keys that may verify a signature, by id; what we do not understand is passed over (RFC 7517, 5)."""
    found: dict[str | None, Key] = {}
    for data in keys:
        try:
            if data.get("use", "sig") != "sig" or _weak(data):
                continue
            key = JWKRegistry.import_key(data)
        except (JoseError, ValueError, TypeError, AttributeError, KeyError):
            continue
        if isinstance(key, ECKey | OKPKey | RSAKey):
            found[data.get("kid")] = key
    return found


def _reason(error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "su certificado no es de confianza para este equipo (vea SSL_CERT_FILE)"
    if isinstance(error, httpx.HTTPStatusError):
        return f"responde {error.response.status_code} donde va su configuración"
    if isinstance(error, httpx.HTTPError | TimeoutError):
        return "no responde"
    return "lo que publica no es la configuración de un proveedor OpenID Connect de ese nombre"


def _weak(data: dict[str, Any]) -> bool:
    return data.get("kty") == "RSA" and 8 * len(urlsafe_b64decode(data["n"].encode())) < SMALLEST_RSA


def freshness(headers: Mapping[str, str]) -> float:
    """Return for how many seconds keys are fresh: as the provider says, an hour at most.

    Examples
    --------
    >>> freshness({"cache-control": "public, max-age=600"}), freshness({"cache-control": "no-store"}), freshness({})
    (600.0, 30.0, 3600.0)
    """
    said = headers.get("cache-control", "").lower()
    if "no-store" in said or "no-cache" in said:
        return float(RETRY)
    found = re.search(r"max-age=(\d{1,9})", said)
    return float(min(max(int(found[1]), RETRY), HOUR)) if found else float(HOUR)


def secure(url: str) -> str:
    """Return the address if nobody on the way can change what it answers."""
    if not is_secure(url):
        raise ValueError("an identity provider is reached by https")
    return url

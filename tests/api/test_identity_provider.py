"""An OpenID Connect provider: how its keys are found, kept and renewed."""

import base64
import ssl

import anyio
import httpx
import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from app import issuers
from core.settings import InstallationKind
from schema.errors import Refused
from schema.identity import Identity, TokenVerifier, Unauthenticated
from schema.tokens import OidcIssuer, freshness, usable
from tests.api.toy import NOW, signed

URL = "https://id.example.cl/realms/oln"


class Provider:
    """A small provider of ours, behind real HTTP messages."""

    def __init__(self, *keys):
        self.keys, self.asked, self.up = list(keys), 0, True
        self.headers, self.issuer, self.jwks = {}, URL, f"{URL}/certs"

    async def __call__(self, request):
        if not self.up:
            raise httpx.ConnectError("down")
        if request.url.path.endswith("openid-configuration"):
            return httpx.Response(200, json={"issuer": self.issuer, "jwks_uri": self.jwks})
        self.asked += 1
        return httpx.Response(200, json={"keys": self.keys}, headers=self.headers)


def published(key):
    return {**key.as_dict(private=False), "kid": key.kid, "use": "sig"}


def make_key(kind=ECKey, size="P-256"):
    key = kind.generate_key(size)
    key.ensure_kid()
    return key


def trusting(provider, clock):
    http = httpx.AsyncClient(transport=httpx.MockTransport(provider))
    issuer = OidcIssuer(URL, "oln", http, lambda: clock[0])
    return TokenVerifier([issuer], lambda: NOW)


def from_provider(key, alg="ES256", **claims):
    return signed(key, {"alg": alg, "kid": key.kid}, iss=URL, **claims)


@pytest.mark.parametrize(
    ("kind", "size", "alg"),
    [(RSAKey, 2048, "RS256"), (RSAKey, 2048, "PS256"), (ECKey, "P-256", "ES256"), (OKPKey, "Ed25519", "Ed25519")],
)
def test_each_algorithm_of_the_list_verifies(kind, size, alg):
    key = make_key(kind, size)
    verifier = trusting(Provider(published(key)), [0])
    assert anyio.run(verifier.verify, from_provider(key, alg)) == Identity(URL, "coordinator.13101")


def test_many_who_wait_ask_the_provider_once():
    key = make_key()
    provider = Provider(published(key))
    verifier = trusting(provider, [0])

    async def main():
        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(verifier.verify, from_provider(key, sub=f"u{number}"))

    anyio.run(main)
    assert provider.asked == 1


def test_a_new_key_is_fetched_when_first_seen_and_an_invented_one_only_twice_a_minute():
    old, new, invented = make_key(), make_key(), make_key()
    provider, clock = Provider(published(old)), [0.0]
    verifier = trusting(provider, clock)

    async def refused(text):
        with pytest.raises(Unauthenticated):
            await verifier.verify(text)

    async def main():
        await verifier.verify(from_provider(old))
        provider.keys = [published(new)]
        await refused(from_provider(new))
        clock[0] = 30
        await verifier.verify(from_provider(new))
        await refused(from_provider(old, sub="otro"))
        for _ in range(10):
            await refused(from_provider(invented))
        assert provider.asked == 2
        clock[0] = 60
        await refused(from_provider(invented))
        assert provider.asked == 3

    anyio.run(main)


def test_while_the_provider_is_down_the_last_good_keys_serve():
    key = make_key()
    provider, clock = Provider(published(key)), [0.0]
    verifier = trusting(provider, clock)

    async def main():
        await verifier.verify(from_provider(key))
        provider.up = False
        clock[0] = 10_000
        await verifier.verify(from_provider(key, sub="otro"))

    anyio.run(main)


def test_a_provider_never_reached_is_503_and_not_a_bad_token():
    provider, clock, key = Provider(), [0.0], make_key()
    provider.up = False
    with pytest.raises(Refused) as refused:
        anyio.run(trusting(provider, clock).verify, from_provider(key))
    assert (refused.value.status, refused.value.code) == (503, "IDENTITY_UNAVAILABLE")


@pytest.mark.parametrize(
    ("attribute", "value"),
    [("issuer", "https://otro.example.cl"), ("jwks", "http://id.example.cl/certs"), ("keys", None), ("keys", [])],
)
def test_a_provider_that_says_something_odd_is_not_believed(attribute, value):
    key = make_key()
    provider = Provider(published(key))
    setattr(provider, attribute, value)
    with pytest.raises(Refused) as refused:
        anyio.run(trusting(provider, [0]).verify, from_provider(key))
    assert refused.value.status == 503


def test_keys_are_asked_for_again_when_they_are_no_longer_fresh():
    key = make_key()
    provider, clock = Provider(published(key)), [0.0]
    provider.headers = {"cache-control": "max-age=120"}
    verifier = trusting(provider, clock)

    async def main():
        for second, asked in ((0, 1), (119, 1), (120, 2)):
            clock[0] = second
            await verifier.verify(from_provider(key, sub=f"s{second}"))
            assert provider.asked == asked

    anyio.run(main)


def test_no_header_keeps_keys_for_more_than_an_hour():
    assert freshness({"cache-control": "max-age=999999"}) == 3_600
    assert freshness({}) == 3_600
    assert freshness({"cache-control": "no-cache, max-age=600"}) == 30


def test_keys_that_cannot_verify_are_passed_over():
    key = make_key()
    weak = {"kty": "RSA", "n": base64.urlsafe_b64encode(b"\xff" * 128).decode(), "e": "AQAB", "kid": "weak"}
    odd = [weak, {"kty": "ML-DSA", "kid": "q"}, {"kid": "x"}, {**published(key), "kid": "enc", "use": "enc"}]
    shared = {**OctKey.generate_key(256).as_dict(), "kid": "oct"}
    assert set(usable([*odd, shared, published(key)])) == {key.kid}


@pytest.mark.parametrize("url", ["http://id.example.cl", "ftp://id.example.cl", "id.example.cl", "https://"])
def test_a_provider_is_reached_by_https(url):
    with pytest.raises(ValueError, match="https"):
        OidcIssuer(url, "oln", httpx.AsyncClient())


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({}, ""),
        ({"up": False}, "no responde"),
        ({"issuer": "https://other.example"}, "lo que publica no es la configuración"),
        ({"keys": []}, "no publica ninguna clave que sirva"),
        ({"failing": 404}, "responde 404 donde va su configuración"),
        ({"failing": ssl.SSLCertVerificationError("CERTIFICATE_VERIFY_FAILED")}, "su certificado no es de confianza"),
    ],
)
def test_what_is_wrong_with_a_provider_is_said_in_words(spoilt, said):
    provider = Provider(published(make_key()))
    failing = spoilt.get("failing")
    vars(provider).update(spoilt)

    async def answer(request):
        if isinstance(failing, int):
            return httpx.Response(failing)
        if failing:
            raise httpx.ConnectError(str(failing))
        return await provider(request)

    issuer = OidcIssuer(URL, "oln", httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    told = anyio.run(issuer.trouble, 5)
    assert told.startswith(said) and bool(told) == bool(said)


@pytest.mark.parametrize("kind", InstallationKind)
@pytest.mark.parametrize("url", ["", URL])
def test_whom_the_settings_trust_is_whose_tokens_the_server_takes(host, kind, url):
    told = host.settings.model_copy(update={"installation": kind, "issuer": url})
    object.__setattr__(host, "settings", told)
    assert sorted(one.name for one in issuers(host)) == sorted(told.trusted_issuers)

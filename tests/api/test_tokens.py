"""Who may ask: which tokens verify, and which never do."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import anyio
import orjson
import pytest
from starlette.datastructures import Headers

from authz.actor import Purpose
from core.identity import KeyRing
from core.settings import InstallationKind
from schema.errors import Refused
from schema.identity import Identity, TokenVerifier, Unauthenticated, purpose_of
from schema.tokens import DevelopmentIssuer, signing_key
from tests.api.toy import CLAIMS, HEADER, ISSUER, KEY, NOW, ask, codes, send, signed, token


def part(data):
    return base64.urlsafe_b64encode(orjson.dumps(data)).rstrip(b"=").decode()


def verify(text, issuers=(ISSUER,), now=NOW):
    return anyio.run(TokenVerifier(issuers, lambda: now).verify, text)


def test_a_good_token_names_its_subject_and_issuer():
    assert verify(signed()) == Identity("oln-development", "coordinator.13101")


def test_roles_of_a_token_are_not_looked_at():
    assert verify(signed(roles=["auditor"], realm_access={"roles": ["COORDINATOR"]})) == verify(signed())


@pytest.mark.parametrize(
    "text",
    [
        signed(aud="otra"),
        signed(aud=["otra"]),
        signed(aud=None),
        signed(iss="https://oln-development"),
        signed(iss=None),
        signed(iss=["oln-development"]),
        signed(sub=None),
        signed(sub=""),
        signed(sub=7),
        signed(exp=None),
        signed(exp="mañana"),
        signed(exp=True),
        signed(nbf=NOW + 31),
        signed(iat=NOW + 31),
        signed(header={"typ": "JOSE"}),
        signed(header={"typ": None}),
        signed(header={"kid": "otra"}),
        signed(header={"kid": None}),
        signed(key=signing_key(b"x" * 32), header={"kid": KEY.kid}),
        signed()[:-4] + "AAAA",
        signed().rpartition(".")[0] + ".",
        signed() + ".x",
        "x",
        "..",
        "a.b.c",
        "é.é.é",
        part({"alg": "none", "typ": "at+jwt"}) + "." + part(CLAIMS) + ".",
        part({"alg": "NONE", "typ": "at+jwt", "kid": KEY.kid}) + "." + part(CLAIMS) + ".",
        part([1]) + "." + part(CLAIMS) + ".x",
        part(HEADER) + "." + part("claims") + ".x",
        part({**HEADER, "kid": {"a": 1}}) + "." + part(CLAIMS) + ".x",
        part({**HEADER, "crit": ["exp"], "exp": 1}) + "." + part(CLAIMS) + ".x",
    ],
)
def test_a_token_with_one_thing_wrong_is_refused(text):
    with pytest.raises(Unauthenticated) as refused:
        verify(text)
    assert refused.value.status == 401


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_a_public_key_does_not_serve_as_a_shared_secret(algorithm):
    head = part({"alg": algorithm, "typ": "at+jwt", "kid": KEY.kid}) + "." + part(CLAIMS)
    mac = hmac.digest(KEY.as_pem(private=False), head.encode(), "sha256")
    with pytest.raises(Unauthenticated):
        verify(head + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode())


def test_clocks_may_differ_by_half_a_minute():
    assert verify(signed(exp=NOW - 29))
    assert verify(signed(nbf=NOW + 29))
    with pytest.raises(Unauthenticated) as expired:
        verify(signed(exp=NOW - 31))
    assert expired.value.code == "TOKEN_EXPIRED"


def test_a_verified_token_is_remembered_until_it_expires():
    asked = []

    class Counting(DevelopmentIssuer):
        async def key(self, kid):
            asked.append(kid)
            return await super().key(kid)

    clock = [NOW]
    verifier = TokenVerifier([Counting(KeyRing.sample(), InstallationKind.DEMO)], lambda: clock[0], remembered=2)
    first = signed()

    async def main():
        for text in (first, first, first):
            await verifier.verify(text)
        assert len(asked) == 1
        for text in (signed(sub="b"), signed(sub="c"), first):
            await verifier.verify(text)
        assert len(asked) == 4
        clock[0] = NOW + 631
        with pytest.raises(Unauthenticated):
            await verifier.verify(first)

    anyio.run(main)


def test_the_development_issuer_never_runs_in_a_real_installation():
    with pytest.raises(ValueError, match="never"):
        DevelopmentIssuer(KeyRing.sample(), InstallationKind.REAL)


def test_the_signing_key_follows_from_the_ring():
    assert signing_key(b"a" * 32).kid == signing_key(b"a" * 32).kid
    assert signing_key(b"a" * 32).kid != signing_key(b"b" * 32).kid


def test_an_issued_token_verifies_for_its_lifetime():
    text = ISSUER.issue("coordinator.13101", datetime.fromtimestamp(NOW, UTC), timedelta(minutes=5))
    assert verify(text, now=NOW + 299).subject == "coordinator.13101"
    with pytest.raises(Unauthenticated):
        verify(text, now=NOW + 331)


# The header and the answer


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Token x", "Bearer a b", "Bearer " + "x" * 9_000]
)
def test_without_a_token_that_verifies_the_answer_is_401(header):
    answer = send(b'{"query": "{ __typename }"}', authorization=header)
    assert (answer.status_code, codes(answer.json())) == (401, ["UNAUTHENTICATED"])
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_the_scheme_is_read_in_any_case():
    assert send(b'{"query": "{ me }"}', authorization="bearer " + token()).status_code == 200


def test_two_authorization_headers_are_one_too_many():
    headers = Headers(raw=[(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")])
    with pytest.raises(Unauthenticated):
        anyio.run(TokenVerifier([ISSUER]).identify, headers)


@pytest.mark.parametrize("given", ["care", "CARE", " Care "])
def test_the_purpose_is_read_in_any_case(given):
    assert purpose_of(Headers({"oln-purpose": given})) is Purpose.CARE


def test_the_purpose_reaches_the_context():
    assert ask("{ me }", oln_purpose="supervision")["data"]["me"] == "coordinator.13101 SUPERVISION"
    assert ask("{ me }")["data"]["me"] == "coordinator.13101 None"


@pytest.mark.parametrize("given", ["", "pedro", "care, audit"])
def test_an_unknown_purpose_is_a_bad_request_that_does_not_repeat_it(given):
    with pytest.raises(Refused) as refused:
        purpose_of(Headers({"oln-purpose": given}))
    assert (refused.value.status, refused.value.code) == (400, "BAD_PURPOSE")
    assert "pedro" not in refused.value.message
    assert refused.value.message.endswith(f"Use una de: {', '.join(Purpose)}.")

"""The whole application over HTTP, and what its tests ask of it."""

from collections.abc import Callable

import httpx

from tests.api.client import Office
from tests.api.world import AUDITOR, FAR_COORDINATOR, OURS

Ask = Callable[..., httpx.Response]
HOME = "http://127.0.0.1"
RECORD = "query Ficha($id: ID!) { nna(id: $id) { givenNames } }"
NODES = "query Fichas($ids: [ID!]!) { nodes(ids: $ids) { id } }"
TRAIL = "query ($code: String!, $nna: ID) { auditTrail(communeCode: $code, nnaId: $nna) { kind username action } }"


def steps(ask: Ask, office: Office, name: str = "ours", code: str = OURS) -> list[tuple[str, str, str | None]]:
    """Return who read or asked for a child."""
    given = {"code": code, "nna": office.id("nna", name)}
    found = ask(AUDITOR if code == OURS else FAR_COORDINATOR, TRAIL, given).json()["data"]["auditTrail"]
    return [(s["kind"], s["username"], s["action"]) for s in found if s["kind"] != "WRITE"]

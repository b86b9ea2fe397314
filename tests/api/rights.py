"""What the tests of inviting, granting, revoking and covering ask, and as whom."""

from collections.abc import Callable

from tests.api.client import Answer, Office
from tests.api.world import OURS

RIGHTS = """user { username assignments(first: 9) { totalCount } } done
    assignments { role territory validFrom validUntil revokedAt substitutes { username } organization { id } }
    preview { username purpose validFrom elsewhere reaches { table dataClass direction before after exact } }"""
Act = Callable[..., Answer]
TODAY, LATER = "2026-11-20", "2026-12-20"
WHO_AM_I = "{ viewer { username roles { role communes } signed } }"


def a_role(role: str = "FAMILY_THERAPIST", territory: str = OURS, **over: object) -> dict[str, object]:
    return {"role": role, "territory": territory, "validFrom": TODAY, "reason": "Reemplazo"} | over


def invite(office: Office, who: str, grant: dict[str, object] | None = None, **over: object) -> Answer:
    person = {"username": "paula.rojas", "displayName": "Paula Rojas", "issuer": "oln-development", "subject": "paula"}
    return office.change(who, "inviteUser", person | {"grant": grant or a_role()} | over, RIGHTS)


def grant(office: Office, who: str, name: str, role: dict[str, object] | None = None, **over: object) -> Answer:
    given = {"userId": office.id("user", name), "grant": role or a_role()}
    return office.change(who, "grantAssignment", given | over, RIGHTS)


def revoke(office: Office, who: str, name: str, **over: object) -> Answer:
    given = {"assignmentId": office.id("assignment", name), "reason": "Dejó la oficina."}
    return office.change(who, "revokeAssignment", given | over, RIGHTS)


def cover(office: Office, who: str, absent: str, substitute: str = "relief", **over: object) -> Answer:
    people = {"absentId": office.id("user", absent), "substituteId": office.id("user", substitute)}
    given = people | {"validFrom": TODAY, "validUntil": LATER, "reason": "Licencia"}
    return office.change(who, "setSubstitute", given | over, RIGHTS)


def roles(office: Office, who: str) -> list[str]:
    return [worn["role"] for worn in office.ask(who, WHO_AM_I)["data"]["viewer"]["roles"]]

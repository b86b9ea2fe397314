"""The operations of `operations.csv`, and how each is asked of the schema about a record of some relation.

- `needs`: `nna`, `family`, `alert`, `entry`, `user`: to see such a record, and the right on it · `detail`: the same of
  a child, to see their addresses and contacts · `kin`: the same of a family, to see its people's names · `listed`: the
  right where a public record is · `worker`, `team`: to see the child, or who is on its team, and the
  right in the whole commune · `commune`: the right in the whole commune that is named · `public`: a commune, and no
  right · `none`: an account.
- `refusal`: what shows where the right is missing. With two: the first where the record is not theirs to know of, the
  second where they know of it (mutations) or where the policy opens no such record to them at all (queries).
- `absent`: what a record or commune that does not exist answers, if not the `same` as another commune's.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tests.api import world
from tests.api.client import Answer, Office, mutation
from tests.api.world import OURS, RUNS, THEIRS

RELATIONS = {
    "nna": ("mine", "ours", "protected", "referred", "consented", "far", "nobody", "unsigned"),
    "family": ("mine", "ours", "referred", "consented", "far", "nobody", "unsigned"),
    "alert": ("mine", "ours", "referred", "consented", "raised", "far", "nobody", "unsigned"),
    "entry": ("mine", "ours", "far", "nobody", "unsigned"),
    "detail": ("mine", "ours", "referred", "consented", "far", "nobody", "unsigned"),
    "kin": ("mine", "ours", "referred", "consented", "far", "nobody", "unsigned"),
    "listed": ("ours", "far", "nobody", "unsigned"),
    "worker": ("mine", "ours", "far", "nobody", "unsigned"),
    "team": ("mine", "ours", "far", "nobody", "unsigned"),
    "user": ("ours", "far", "nobody", "unsigned"),
    "commune": ("ours", "far", "nobody", "unsigned"),
    "public": ("ours", "far", "nobody", "unsigned"),
    "none": ("ours", "unsigned"),
}


class Operation(NamedTuple):
    """A line of `operations.csv`."""

    operation: str
    kind: str
    resource: str
    action: str
    data: str
    needs: str
    refusal: str
    absent: str

    @property
    def title(self) -> str:
        return f"{self.operation}({self.needs})"


def operations() -> list[Operation]:
    with Path(__file__).with_name("operations.csv").open(encoding="utf-8", newline="") as file:
        return [Operation(*line) for line in list(csv.reader(file))[1:]]


CODES = {"ours": OURS, "far": THEIRS, "nobody": "99999"}
QUERIES = {
    "node": "query ($id: ID!) { node(id: $id) { id __typename } }",
    "nodes": "query ($id: ID!) { nodes(ids: [$id]) { id __typename } }",
    "regions": "{ regions(first: 20) { totalCount edges { node { code name } } } }",
    "communes": "{ communes(first: 5) { totalCount edges { node { code name } } } }",
    "commune": "query ($code: String!) { commune(code: $code) { code name } }",
    "discardReasons": "{ discardReasons { code label definition } }",
    "nna": "query ($id: ID!) { nna(id: $id) { id version age } }",
    "family": "query ($id: ID!) { family(id: $id) { id folio } }",
    "alerts": "query { alerts(first: 50) { totalCount edges { node { id } } } }",
    "organizations": "{ organizations(first: 5) { totalCount edges { node { id name } } } }",
    "nomina": "query ($code: String!) { nomina(communeCode: $code) { communeCode listed } }",
    "searchNna": "query ($text: String!) { searchNna(text: $text) { hits { score nna { id } } } }",
    "viewer": "{ viewer { username signed may { resource action ambit } } }",
    "overdueBirths": "query ($code: String!) { overdueBirths(communeCode: $code) { id } }",
    "users": "query ($code: String!) { users(communeCode: $code) { id username } }",
    "modules": "query ($code: String!) { modules(communeCode: $code) { name enabled } }",
    "accessExplanation": (
        'query ($id: ID!) { accessExplanation(id: $id, field: "givenNames") { allowed dataClass sentences rules } }'
    ),
    "auditTrail": "query ($code: String!) { auditTrail(communeCode: $code) { kind username action tables } }",
    "indicators": "query ($code: String!) { indicators(communeCode: $code) { code value } }",
}
PERSON = {
    "identifierKind": "RUN",
    "identifier": RUNS["nobody"],
    "givenNames": "Kuyen",
    "firstSurname": "Painevilu",
    "sex": "FEMALE",
    "birthDate": "2019-01-02",
}
FROM_TODAY = {"validFrom": "2026-11-20", "validUntil": "2026-12-20"}
ITEM = [{"typeCode": "FAMILY_CONFLICT", "information": "Lo contó en clases."}]


def family_member(office: Office, relation: str) -> dict[str, Any]:
    relative = {"givenNames": "Domingo", "firstSurname": "Painevilu", "phone": world.PHONE}
    return {"familyId": office.id("family", relation), "role": "FATHER", "relative": relative}


def tie(office: Office, relation: str) -> dict[str, Any]:
    ends = {"fromRelativeId": office.id("relative", relation), "toNnaId": office.id("nna", relation)}
    return {"kind": "GUARDIAN_OF"} | ends


def organization(_office: Office, relation: str) -> dict[str, Any]:
    return {"communeCode": CODES[relation], "name": "Liceo Ñielol", "typeCode": "SCHOOL", "sectorCode": "EDUCATION"}


def worker(office: Office, relation: str) -> dict[str, Any]:
    return {"nnaId": office.id("nna", relation), "userId": office.id("user", "relief"), "duty": "CASE_MANAGER"}


def ending(kind: str, **more: str) -> "Input":
    return lambda office, relation: {"id": office.id(kind, relation), "expectedVersion": 1} | more


def grant(commune: str) -> dict[str, Any]:
    return {"role": "FAMILY_THERAPIST", "territory": commune, "reason": "Reemplazo"} | FROM_TODAY


def invitation(_office: Office, relation: str) -> dict[str, Any]:
    person = {"username": "nueva.persona", "displayName": "Persona Nueva", "subject": "nueva.persona"}
    return person | {"grant": grant(CODES[relation])}


def agreement(_office: Office, _relation: str) -> dict[str, Any]:
    text = world.agreement_text()
    return {"version": text.version, "hash": text.hash}


def spare_module(_office: Office, relation: str) -> dict[str, Any]:
    return {"communeCode": CODES[relation], "plugin": "spare", "enabled": True, "reason": "La comuna lo usará."}


def absence(office: Office, relation: str) -> dict[str, Any]:
    stand_in = office.id("user", "relief")
    return {"absentId": office.id("user", relation), "substituteId": stand_in} | FROM_TODAY


Input = Callable[[Office, str], dict[str, Any]]
INPUTS: dict[tuple[str, str], Input] = {
    ("registerNna", "commune"): lambda _, r: PERSON | {"communeCode": CODES[r]},
    ("updateNna", "nna"): lambda o, r: {"id": o.id("nna", r), "expectedVersion": 1, "socialName": "Kuyen"},
    ("assignWorker", "worker"): worker,
    ("releaseWorker", "team"): ending("worker", on=str(world.DECEMBER)),
    ("closeAddress", "detail"): ending("address"),
    ("closeContact", "detail"): ending("contact"),
    ("registerFamily", "commune"): lambda _, r: {"communeCode": CODES[r], "notes": "Llegó derivada."},
    ("addFamilyMember", "family"): family_member,
    ("leaveFamily", "family"): ending("member"),
    ("updateRelative", "kin"): ending("relative", secondSurname="Painevilu"),
    ("addRelation", "kin"): tie,
    ("endRelation", "kin"): ending("relation"),
    ("registerOrganization", "commune"): organization,
    ("updateOrganization", "listed"): ending("organization", identifier="RBD 12345"),
    ("raiseAlert", "nna"): lambda o, r: {"nnaId": o.id("nna", r), "items": ITEM},
    ("raiseAlert", "commune"): lambda _, r: {"described": PERSON | {"communeCode": CODES[r]}, "items": ITEM},
    ("validateAlert", "alert"): lambda o, r: {"id": o.id("alert", r), "expectedVersion": 1, "reason": "Se visitó."},
    ("dismissAlert", "alert"): lambda o, r: {"id": o.id("alert", r), "expectedVersion": 1, "reason": "Sin base."},
    ("publishNomina", "commune"): lambda _, r: {"communeCode": CODES[r], "period": "2026-11-10"},
    ("discardFromNomina", "entry"): lambda o, r: {
        "entryId": o.id("entry", r),
        "reasonCode": "WRONG_ADDRESS",
        "comment": "Se mudó.",
    },
    ("revertDiscard", "entry"): lambda o, r: {"entryId": o.id("discarded", r), "comment": "Fue un error."},
    ("inviteUser", "commune"): invitation,
    ("grantAssignment", "user"): lambda o, r: {"userId": o.id("user", r), "grant": grant(CODES[r])},
    ("revokeAssignment", "user"): lambda o, r: {"assignmentId": o.id("assignment", r), "reason": "Dejó la oficina."},
    ("setSubstitute", "user"): absence,
    ("setModule", "commune"): spare_module,
    ("signConfidentiality", "none"): agreement,
}


def question(one: Operation, office: Office, relation: str) -> tuple[str, dict[str, Any]]:
    if one.kind == "mutation":
        return mutation(one.operation), {"input": INPUTS[one.operation, one.needs](office, relation)}
    known = {"code": CODES.get(relation), "text": RUNS.get(relation)}
    known["id"] = office.id(one.needs, relation) if one.needs in ("nna", "family") else None
    document = QUERIES[one.operation]
    return document, {name: value for name, value in known.items() if f"${name}" in document}


def outcome(one: Operation, answer: Answer, wanted: str) -> str:
    """Say in a word what an answer is; `wanted` is the id that a list may hold."""
    if answer["errors"]:
        return str(answer["errors"][0]["extensions"]["code"])
    found = answer["data"][one.operation]
    if one.kind == "mutation":
        return "yes" if found["__typename"].endswith("Success") else str(found.get("code"))
    if one.operation == "alerts":
        return "yes" if wanted in [edge["node"]["id"] for edge in found["edges"]] else "left out"
    if one.operation == "searchNna":
        return "yes" if wanted in [hit["nna"]["id"] for hit in found["hits"]] else "left out"
    return "null" if found in (None, [None]) else "yes"

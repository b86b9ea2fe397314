"""What the policy lets whom do to which record, worked out by hand: nothing here is of the guard or the scopes."""

from pathlib import Path
from typing import NamedTuple

import authz.guard
from tests.api.operations import RELATIONS, Operation
from tests.authz.oracle import Oracle

POLICY = Oracle(Path(authz.guard.__file__).with_name("policy.csv"))
PERSONAL = {"nna", "family", "alert", "nomina"}  # closed until the confidentiality agreement is signed
UNSIGNED = "CONFIDENTIALITY_UNSIGNED"
ALERT_CLASSES = ("BASIC", "HEALTH", "JUDICIAL", "RISK")
# What must be seen before anything is done to it: resource and class.
SIGHT = {
    "nna": ("nna", "BASIC"),
    "family": ("family", "BASIC"),
    "alert": ("alert", "RISK"),  # the class of the type of the world's alerts
    "entry": ("nomina", "RISK"),
    "detail": ("nna", "CONTACT"),
    "kin": ("family", "IDENTITY"),
    "worker": ("nna", "BASIC"),
    "team": ("nna", "BASIC"),
    "user": ("user", "BASIC"),
}

HIDDEN = {"team": {"REFERRED"}}  # ambits that open no such row: who works with a child is no institution's business


class Cell(NamedTuple):
    role: str
    purpose: str
    relation: str


def people() -> list[tuple[str, str]]:
    """Every role under each purpose that the policy gives it; the main one first."""
    roles = dict.fromkeys(rule[0] for rule in POLICY.rules)
    return [(role.removeprefix("role:"), purpose) for role in roles for purpose in _purposes(role)]


def _purposes(role: str) -> list[str]:
    worn = [role, *sorted(POLICY.includes.get(role, ()))]
    return list(dict.fromkeys(rule[5] for one in worn for rule in POLICY.rules if rule[0] == one))


def reached(needs: str, data: str, found: set[str], relation: str) -> bool:
    """Whether ambits that the policy gives reach a record of this relation."""
    at_home = set(RELATIONS[needs]) - {"far", "nobody", "unsigned"}
    referred = {"raised"} if needs == "alert" else {"consented"} if data != "BASIC" else {"referred", "consented"}
    everywhere = at_home | {"far"} | ({"nobody"} if needs == "commune" else set())
    far = {"OWN": {"mine"}, "REFERRED": referred, "COMMUNE": at_home, "NATIONAL": everywhere}
    return any(relation in far[ambit] for ambit in found)


def expected(one: Operation, cell: Cell) -> str:
    """Work out an outcome from the policy alone."""
    signed, relation = cell.relation != "unsigned", subject(one.needs, cell)
    if relation == "nobody" and one.absent not in ("same", ""):
        return one.absent
    if one.needs in ("none", "public"):
        return "yes"

    def given(resource: str, action: str, *classes: str, asked_signed: bool = signed) -> set[str]:
        closed = resource in PERSONAL and not asked_signed
        asked = [POLICY.ambits(cell.role, resource, action, data, cell.purpose) for data in classes]
        return set() if closed else set().union(*asked) - HIDDEN.get(one.needs, set())

    def missing(resource: str, action: str, *classes: str) -> bool:
        """Whether the signature alone keeps all of a resource from them."""
        return not given(resource, action, *classes) and bool(given(resource, action, *classes, asked_signed=True))

    unseen, _, known = one.refusal.partition("|")
    right = given(one.resource, one.action, one.data)
    if one.kind == "query" or one.needs in ("commune", "listed"):
        if reached(one.needs, one.data, right, relation):
            return "yes"
        classes = ALERT_CLASSES if one.needs == "alert" else (one.data,)  # an alert has the class of its type
        signing = given(one.resource, one.action, *classes, asked_signed=True)
        would = (
            bool(signing)
            if one.kind == "query" and one.needs != "commune"
            else reached(one.needs, one.data, signing, relation)
        )
        if would and missing(one.resource, one.action, *classes):
            return UNSIGNED
        return known if known and not given(one.resource, one.action, *classes) else unseen
    resource, data = SIGHT[one.needs]
    if missing(resource, "read", *(ALERT_CLASSES if one.needs == "alert" else (data,))):
        return UNSIGNED
    if not reached(one.needs, data, given(resource, "read", data), relation):
        return unseen
    whole = right - {"OWN", "REFERRED"}  # working with a child lets nobody decide who does
    return (
        "yes" if reached(one.needs, one.data, whole if one.needs in ("worker", "team") else right, relation) else known
    )


def subject(needs: str, cell: Cell) -> str:
    """The record that a cell asks for: without a signature, the one that they would reach first."""
    if cell.relation != "unsigned":
        return cell.relation
    if needs in ("nna", "family", "kin", "alert", "entry", "detail", "worker", "team"):
        partner = dict.fromkeys(("nna", "family", "kin", "detail"), "consented") | {"alert": "raised"}
        return partner.get(needs, "mine") if cell.role == "SECTOR_PARTNER" else "mine"
    return "ours"

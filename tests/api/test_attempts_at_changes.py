"""Whom a change that was refused was about: an attempt on whoever is not theirs, and on nobody else."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from authz.scope import table_of
from core.identity import format_run
from core.journal import load_journals
from core.models.people import Nna
from tests import factories as make
from tests.api.client import Office, mutation
from tests.api.rights import a_role
from tests.api.served import RECORD, Ask, steps
from tests.api.world import ADMIN, COORDINATOR, MANAGER, OURS, PARTNER, RUNS, THEIRS, THERAPIST

ANA = {
    "givenNames": "Ana",
    "firstSurname": "Soto",
    "sex": "FEMALE",
    "identifierKind": "NONE",
    "birthDate": "2019-05-01",
}
CHANGES = [
    ("updateNna", "NOT_FOUND", {"id": "FAR", "expectedVersion": 1, "givenNames": "Otra"}),
    ("registerNna", "FORBIDDEN", ANA | {"communeCode": THEIRS, "distinctFrom": ["FAR"]}),
]


@pytest.mark.parametrize(("name", "code", "asked"), CHANGES)
def test_a_change_that_was_refused_leaves_the_attempt(
    ask: Ask, office: Office, name: str, code: str, asked: dict[str, Any]
) -> None:
    given = json.loads(json.dumps(asked).replace("FAR", office.id("nna", "far")))
    assert ask(MANAGER, mutation(name), {"input": given}).json()["data"][name]["code"] == code
    assert [(kind, who) for kind, who, _ in steps(ask, office, "far", THEIRS)] == [("ATTEMPT", MANAGER)]


MIXED = [
    ("updateNna", {"expectedVersion": 1, "address": {"locatedIn": OURS, "street": "Uno", "replaces": ["address far"]}}),
    ("addFamilyMember", {"familyId": "family far", "role": "CHILD"}),
]


@pytest.mark.parametrize(("name", "asked"), MIXED)
def test_who_names_somebody_elses_beside_her_own_child_attempts_nothing_on_her_own(
    ask: Ask, office: Office, name: str, asked: dict[str, Any]
) -> None:
    given = json.dumps(asked).replace("address far", office.id("address", "far"))
    given = given.replace("family far", office.id("family", "far"))
    own = {"id" if name == "updateNna" else "nnaId": office.id("nna", "mine")}
    assert ask(MANAGER, mutation(name), {"input": json.loads(given) | own}).json()["data"][name]["code"] == "NOT_FOUND"
    assert [(kind, who) for kind, who, _ in steps(ask, office, "far", THEIRS)] == [("ATTEMPT", MANAGER)]
    assert steps(ask, office, "mine") == []


def test_what_is_forbidden_is_an_attempt_on_her_own_child_as_well(ask: Ask, office: Office) -> None:
    worker = office.id("user", THERAPIST)
    given = {"nnaId": office.id("nna", "mine"), "userId": worker, "duty": "COORDINATOR", "validFrom": "2026-11-30"}
    assert (
        ask(MANAGER, mutation("assignWorker"), {"input": given}).json()["data"]["assignWorker"]["code"] == "FORBIDDEN"
    )
    assert [(kind, who) for kind, who, _ in steps(ask, office, "mine")] == [("ATTEMPT", MANAGER)]


def test_an_account_by_which_somebody_asked_in_vain_is_given_to_nobody_else(ask: Ask, office: Office) -> None:
    """Else the child's trail would tell later that somebody innocent asked."""
    who = {"username": "paula.rojas", "subject": "paula.rojas", "displayName": "Paula", "issuer": "oln-development"}
    ask(ADMIN, mutation("inviteUser"), {"input": who | {"grant": a_role()}})
    anew = who | {"username": "otra.persona", "grant": a_role(), "correct": True, "validateOnly": True}

    def told() -> str | None:
        found: dict[str, str] = ask(ADMIN, mutation("inviteUser"), {"input": anew}).json()["data"]["inviteUser"]
        return found.get("code")

    assert told() is None
    ask("paula.rojas", RECORD, {"id": office.id("nna", "ours")})
    assert told() == "ACCOUNT_IN_USE"
    with office.host.unit_of_work(None, "test") as uow:
        load_journals(uow.session, office.host.settings.journal_folder, office.host.ring.audit, office.host.clock)
        uow.session.commit()
    assert told() == "ACCOUNT_IN_USE"


def test_who_names_somebody_unknown_beside_her_own_family_attempts_nothing_on_its_children(
    ask: Ask, office: Office
) -> None:
    given = {"familyId": office.id("family", "mine"), "role": "MOTHER", "relativeId": office.id("relative", "nobody")}
    sibling = _sibling(office)
    assert ask(MANAGER, mutation("addFamilyMember"), {"input": given}).json()["data"]["addFamilyMember"]["code"]
    assert steps(ask, office, "mine") == steps(ask, office, sibling) == []


def test_who_would_take_somebody_from_under_a_protection_attempts_it_on_the_child_whom_it_guards(
    ask: Ask, office: Office
) -> None:
    sibling = _sibling(office, protected_address=True)
    given = {"id": office.id("member", "mine"), "expectedVersion": 1}
    told = ask(MANAGER, mutation("leaveFamily"), {"input": given}).json()["data"]["leaveFamily"]
    assert told["code"] == "PROTECTION_STAYS"
    assert [(kind, who) for kind, who, _ in steps(ask, office, sibling)] == [("ATTEMPT", MANAGER)]


def test_to_be_told_that_who_holds_a_number_is_of_age_is_a_reading(ask: Ask, office: Office) -> None:
    grown = (
        update(table_of(Nna))
        .where(table_of(Nna).c.id == office.world.key("nna", "ours"))
        .values(birth_date=date(2005, 1, 2))
    )
    with office.host.database.begin() as connection:
        connection.execute(grown)
    described = {"communeCode": OURS, "identifierKind": "RUN", "identifier": format_run(RUNS["ours"])}
    described |= {"givenNames": "Zacarías", "firstSurname": "Quilodrán", "birthDate": "2015-01-01", "sex": "UNKNOWN"}
    given = {"items": [{"typeCode": "FAMILY_CONFLICT"}], "described": described}
    told = [
        ask(who, mutation("raiseAlert"), {"input": given}).json()["data"]["raiseAlert"]
        for who in (COORDINATOR, PARTNER)
    ]
    assert [one.get("code") for one in told] == ["NOT_AN_NNA", None]
    assert [(kind, who) for kind, who, _ in steps(ask, office)] == [("READ", COORDINATOR)]


def _sibling(office: Office, **over: Any) -> str:
    """Add a child of nobody's caseload to the family of `mine`."""
    family_id = office.world.key("family", "mine")
    with office.host.unit_of_work(None, "test") as uow:
        child = make.an_nna(uow, family_id=family_id, **over)
        office.world.rows["nna", "sibling"] = child.id
        uow.session.commit()
    return "sibling"

"""`users`: who works in a commune, for whoever gives and takes roles there; and a substitute named from it."""

import pytest

from tests.api.client import Answer, Office
from tests.api.test_users_api import cover, revoke, roles
from tests.api.world import ADMIN, AUDITOR, COORDINATOR, FAR_COORDINATOR, MANAGER, OURS, THEIRS

STAFF = """query ($code: String!) { users(communeCode: $code) { id username currentAssignments(first: 20) {
    edges { node { id version role territory validFrom validUntil substitutes { username } } } } } }"""
REFUSED = {"code": "FORBIDDEN"}


def staff(office: Office, who: str, commune: str = OURS) -> dict[str, Answer]:
    answer = office.ask(who, STAFF, {"code": commune})
    assert answer["errors"] == []
    return {one["username"]: one for one in answer["data"]["users"]}


def held(one: Answer) -> list[Answer]:
    return [edge["node"] for edge in one["currentAssignments"]["edges"]]


@pytest.mark.parametrize("who", [COORDINATOR, ADMIN])
def test_who_gives_or_covers_roles_finds_everybody_of_the_office(office: Office, who: str) -> None:
    people = staff(office, who)
    assert {MANAGER, COORDINATOR, ADMIN, "relief.13101", "worker.13101"} <= people.keys()
    assert not [name for name in people if name.endswith(THEIRS)]
    (mine,) = held(people["worker.13101"])
    assert (mine["id"], mine["version"], mine["role"]) == (office.id("assignment", "ours"), 1, "CASE_MANAGER")


@pytest.mark.parametrize("who", [MANAGER, AUDITOR, FAR_COORDINATOR])
def test_who_may_change_nobodys_roles_there_sees_no_list(office: Office, who: str) -> None:
    for commune in (OURS, "99999"):
        answer = office.ask(who, STAFF, {"code": commune})
        assert answer["data"]["users"] is None
        assert [error["extensions"] for error in answer["errors"]] == [REFUSED]


def test_another_purpose_is_named_where_it_would_show_the_list(office: Office) -> None:
    answer = office.ask(COORDINATOR, STAFF, {"code": OURS}, purpose="CARE")
    (error,) = answer["errors"]
    assert error["message"] == (
        "No tiene permiso con la finalidad CARE; sus roles lo permiten con OLN-Purpose: SUPERVISION."
    )
    assert error["extensions"]["details"] == {"purpose": "CARE", "purposes": ["SUPERVISION"]}
    far = office.ask(COORDINATOR, STAFF, {"code": THEIRS}, purpose="CARE")
    assert far["errors"][0]["extensions"] == REFUSED


def test_a_substitute_is_named_and_let_go_by_what_the_list_says(office: Office) -> None:
    people = staff(office, COORDINATOR)
    given = {"absentId": people[MANAGER]["id"], "substituteId": people["relief.13101"]["id"]}
    cover(office, COORDINATOR, MANAGER, **given)
    own, covering = held(staff(office, COORDINATOR)["relief.13101"])
    assert (own["substitutes"], covering["substitutes"]) == (None, {"username": MANAGER})
    assert covering["validUntil"] == "2026-12-20"
    ended = {"assignmentId": covering["id"], "expectedVersion": covering["version"]}
    assert revoke(office, COORDINATOR, "ours", **ended)["done"] is True
    assert roles(office, "relief.13101") == ["CASE_MANAGER"]
    assert held(staff(office, COORDINATOR)["relief.13101"]) == [own]


def test_a_role_that_is_over_is_not_listed_and_one_to_come_is(office: Office) -> None:
    revoke(office, ADMIN, "ours")
    assert "worker.13101" not in staff(office, ADMIN)
    cover(office, COORDINATOR, MANAGER, validFrom="2026-12-01")
    assert len(held(staff(office, ADMIN)["relief.13101"])) == 2


def test_postgresql_lists_the_same_people(office: Office, postgresql_office: Office) -> None:
    assert staff(postgresql_office, COORDINATOR).keys() == staff(office, COORDINATOR).keys()

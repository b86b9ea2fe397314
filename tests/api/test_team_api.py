"""`assignWorker` and `releaseWorker`: they work · another commune · a role without permission · the rules."""

import pytest

from tests.api.client import Answer, Office
from tests.api.world import COORDINATOR, FAR_COORDINATOR, MANAGER, PARTNER, REGIONAL, THERAPIST

SHOWN = "member { id version duty validFrom validUntil user { username } nna { id } }"
NAMED = "query ($id: ID!) { nna(id: $id) { givenNames addresses(first: 5) { totalCount } } }"


def assign(office: Office, who: str, name: str, worker: str = MANAGER, **over: object) -> Answer:
    given = {"nnaId": office.id("nna", name), "userId": office.id("user", worker), "duty": "CASE_MANAGER"}
    return office.change(who, "assignWorker", given | over, SHOWN)


def release(office: Office, who: str, member: str, **over: object) -> Answer:
    given = {"id": member, "expectedVersion": 1}
    return office.change(who, "releaseWorker", given | over, SHOWN)


def named(office: Office, who: str, name: str) -> object:
    return office.ask(who, NAMED, {"id": office.id("nna", name)})["data"]["nna"]


def test_who_is_put_in_charge_of_a_child_sees_their_name_and_no_longer_once_released(office: Office) -> None:
    assert named(office, MANAGER, "ours") == {"givenNames": None, "addresses": None}
    member = assign(office, COORDINATOR, "ours")["member"]
    assert (member["duty"], member["validFrom"], member["user"]) == (
        "CASE_MANAGER",
        "2026-11-20",
        {"username": MANAGER},
    )
    assert named(office, MANAGER, "ours") == {"givenNames": "Lautaro", "addresses": {"totalCount": 1}}
    assert release(office, COORDINATOR, member["id"])["member"]["validUntil"] == "2026-11-20"
    assert named(office, MANAGER, "ours") == {"givenNames": None, "addresses": None}


def test_a_protected_address_opens_to_the_team_of_the_child(office: Office) -> None:
    assert named(office, THERAPIST, "protected") is None
    assign(office, COORDINATOR, "protected", THERAPIST, duty="FAMILY_THERAPIST")
    assert named(office, THERAPIST, "protected") == {"givenNames": "Rayén", "addresses": {"totalCount": 1}}


def test_a_case_manager_works_for_a_time_that_is_said(office: Office) -> None:
    member = assign(office, COORDINATOR, "ours", validFrom="2026-12-01", validUntil="2027-03-01")["member"]
    assert (member["validFrom"], member["validUntil"]) == ("2026-12-01", "2027-03-01")
    assert named(office, MANAGER, "ours") == {"givenNames": None, "addresses": None}


def test_nobody_puts_themselves_in_charge(office: Office) -> None:
    before = office.rows()
    assert {assign(office, MANAGER, name)["code"] for name in ("mine", "ours")} == {"FORBIDDEN"}
    assert release(office, MANAGER, office.id("worker", "mine"))["code"] == "FORBIDDEN"
    assert office.rows() == before


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER])
def test_a_child_of_another_commune_is_not_found_like_one_that_is_not(office: Office, who: str) -> None:
    for told in (
        [assign(office, who, name) for name in ("far", "nobody")],
        [release(office, who, office.id("worker", name)) for name in ("far", "nobody")],
    ):
        assert told[0] == told[1]
        assert told[0]["code"] == "NOT_FOUND"
    assert release(office, FAR_COORDINATOR, office.id("worker", "far"), on="2026-12-01")["member"]


@pytest.mark.parametrize("who", [MANAGER, REGIONAL])
def test_who_sees_a_child_and_leads_no_office_is_told_so(office: Office, who: str) -> None:
    before = office.rows()
    assert assign(office, who, "ours")["code"] == "FORBIDDEN"
    assert release(office, who, office.id("worker", "ours"), expectedVersion=9)["code"] == "FORBIDDEN"
    assert office.rows() == before


def test_only_who_holds_the_role_in_the_office_is_put_in_charge(office: Office) -> None:
    for worker, duty in ((MANAGER, "FAMILY_THERAPIST"), (PARTNER, "SECTOR_PARTNER")):
        told = assign(office, COORDINATOR, "ours", worker, duty=duty)
        assert (told["code"], told["field"]) == ("NOT_IN_THE_OFFICE", "input.userId")
    assert assign(office, COORDINATOR, "ours", "far")["code"] == "NOT_FOUND"


def test_nobody_is_put_twice_in_charge_for_the_same_days(office: Office) -> None:
    made = assign(office, COORDINATOR, "ours")["member"]["id"]
    told = assign(office, COORDINATOR, "ours", validFrom="2026-12-01")
    assert (told["code"], told["details"]) == ("ALREADY_IN_THE_TEAM", {"id": made})
    release(office, COORDINATOR, made)
    assert assign(office, COORDINATOR, "ours")["member"]


def test_dates_that_cannot_be_are_refused_with_their_field(office: Office) -> None:
    told = assign(office, COORDINATOR, "ours", validUntil="2026-11-20")
    assert (told["code"], told["field"]) == ("WRONG_DATES", "input.validUntil")
    told = release(office, COORDINATOR, office.id("worker", "ours"))
    assert (told["code"], told["field"]) == ("WRONG_DATES", "input.on")


def test_the_team_that_opens_a_record_is_not_changed_backwards(office: Office) -> None:
    told = assign(office, COORDINATOR, "ours", validFrom="2026-11-19")
    assert (told["code"], told["field"]) == ("WRONG_DATES", "input.validFrom")
    told = release(office, COORDINATOR, office.id("worker", "mine"), on="2026-11-19")
    assert (told["code"], told["field"]) == ("WRONG_DATES", "input.on")


def test_who_was_released_is_not_brought_back_by_a_later_release(office: Office) -> None:
    made = assign(office, COORDINATOR, "ours")["member"]["id"]
    release(office, COORDINATOR, made)
    told = release(office, COORDINATOR, made, expectedVersion=2, on="2030-01-01")
    assert (told["code"], told["field"]) == ("WRONG_DATES", "input.on")
    assert named(office, MANAGER, "ours") == {"givenNames": None, "addresses": None}
    assert assign(office, COORDINATOR, "ours")["member"]  # the way back has its own name


def test_who_releases_on_an_older_version_is_told_both(office: Office) -> None:
    told = release(office, COORDINATOR, office.id("worker", "ours"), expectedVersion=7, on="2026-12-01")
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 7, 1)

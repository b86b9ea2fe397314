"""Inviting, granting, revoking, covering: they work · another commune · permission · the rules · only asking first."""

import pytest

from tests.api.client import Office, mutation
from tests.api.rights import LATER, RIGHTS, TODAY, Act, a_role, cover, grant, invite, revoke, roles
from tests.api.world import (
    ADMIN,
    AUDITOR,
    BOTH,
    COORDINATOR,
    FAR_COORDINATOR,
    MANAGER,
    REGION,
    THEIRS,
    THERAPIST,
)

CHILD = "query ($id: ID!) { nna(id: $id) { givenNames } }"
DEEPER = "query ($id: ID!) { nna(id: $id) { givenNames withheld listStatuses(first: 1) { totalCount } } }"
WHY = 'query ($id: ID!) { accessExplanation(id: $id, field: "givenNames") { allowed sentences rules } }'


def test_a_role_given_holds_at_once(office: Office) -> None:
    assert roles(office, "worker.13101") == ["CASE_MANAGER"]
    grant(office, ADMIN, "ours")
    assert roles(office, "worker.13101") == ["CASE_MANAGER", "FAMILY_THERAPIST"]


def test_a_role_taken_ends_at_once(office: Office) -> None:
    assert revoke(office, ADMIN, "ours", expectedVersion=1)["assignments"][0]["revokedAt"]
    assert roles(office, "worker.13101") == []


def test_who_covers_for_somebody_gets_their_roles_and_their_caseload(office: Office) -> None:
    mine = {"id": office.id("nna", "mine")}
    assert office.ask("relief.13101", CHILD, mine)["data"]["nna"] == {"givenNames": None}
    told = cover(office, COORDINATOR, MANAGER)
    assert [a["substitutes"] for a in told["assignments"]] == [{"username": MANAGER}]
    assert office.ask("relief.13101", CHILD, mine)["data"]["nna"] == {"givenNames": "Millaray"}
    worn = office.ask("relief.13101", "{ viewer { roles { role substitutes { username } } } }")["data"]["viewer"]
    assert {"role": "CASE_MANAGER", "substitutes": {"username": MANAGER}} in worn["roles"]


def test_who_covers_for_a_therapist_reads_that_caseload_as_a_therapist(office: Office) -> None:
    """A case manager reads judicial data of her own cases; of those she covers, what a therapist reads."""
    mine = {"id": office.id("nna", "mine")}
    cover(office, COORDINATOR, THERAPIST)
    shown = office.ask("relief.13101", DEEPER, mine)["data"]["nna"]
    assert (shown["givenNames"], shown["listStatuses"]) == ("Millaray", None)
    assert set(shown["withheld"]) >= {"JUDICIAL", "RISK"} and not {"IDENTITY", "HEALTH"} & set(shown["withheld"])
    why = office.ask("relief.13101", WHY, mine)["data"]["accessExplanation"]
    assert why["rules"][-1] == "role:FAMILY_THERAPIST, nna, read, IDENTITY, OWN, CARE, allow"
    assert any("en reemplazo de" in sentence for sentence in why["sentences"])


def test_the_substitution_ends_with_the_role_that_it_stood_in_for(office: Office) -> None:
    cover(office, COORDINATOR, "ours")
    assert len(revoke(office, ADMIN, "ours")["assignments"]) == 2


@pytest.mark.parametrize(
    ("act", "given", "purpose"),
    [
        (invite, [a_role("COORDINATOR")], "SUPERVISION"),
        (grant, ["ours", a_role("COORDINATOR")], "SUPERVISION"),
        (revoke, ["ours"], "CARE"),
        (cover, [MANAGER], "CARE"),
    ],
)
def test_asking_first_changes_nothing_and_says_who_would_reach_what(
    office: Office, act: Act, given: list[object], purpose: str
) -> None:
    before = office.rows()
    told = act(office, ADMIN, *given, validateOnly=True)
    assert (told["done"], told["user"], told["assignments"]) == (False, None, [])
    assert (told["preview"][0]["purpose"], told["preview"][0]["validFrom"]) == (purpose, TODAY)
    assert {reach["direction"] for reach in told["preview"][0]["reaches"]} == {"LOSES" if act is revoke else "GAINS"}
    assert office.rows() == before


def test_the_preview_of_a_revocation_rounds_what_would_close_for_who_reads_no_record(office: Office) -> None:
    told = revoke(office, ADMIN, "ours", validateOnly=True)
    children = [r for r in told["preview"][0]["reaches"] if (r["table"], r["dataClass"]) == ("nna", "BASIC")]
    figures = {"direction": "LOSES", "before": 5, "after": None, "exact": False}
    assert children == [{"table": "nna", "dataClass": "BASIC"} | figures]


@pytest.mark.parametrize("who", [ADMIN, COORDINATOR, AUDITOR])
def test_people_and_roles_of_another_commune_are_not_found_like_none(office: Office, who: str) -> None:
    before = office.rows()
    acts: list[Act] = [grant, revoke, cover]
    for act in acts:
        told = [act(office, who, name) for name in ("far", "nobody")]
        assert told[0] == told[1]
        assert told[0]["code"] == "NOT_FOUND"
    assert cover(office, who, MANAGER, "far")["code"] == "NOT_FOUND"
    assert office.rows() == before


@pytest.mark.parametrize("territory", [THEIRS, REGION, "CL"])
def test_nobody_grants_beyond_their_own_commune(office: Office, territory: str) -> None:
    before = office.rows()
    role = a_role("CASE_MANAGER", territory)
    assert grant(office, ADMIN, "ours", role)["code"] == "FORBIDDEN"
    assert invite(office, ADMIN, role)["code"] == "FORBIDDEN"
    assert office.rows() == before


@pytest.mark.parametrize("who", [COORDINATOR, AUDITOR, MANAGER])
def test_who_sees_the_people_and_may_not_change_their_roles_is_told_so(office: Office, who: str) -> None:
    before = office.rows()
    assert invite(office, who)["code"] == "FORBIDDEN"
    assert grant(office, who, "ours")["code"] == "FORBIDDEN"
    assert revoke(office, who, "ours")["code"] == "FORBIDDEN"
    assert revoke(office, who, "ours", expectedVersion=9)["code"] == "FORBIDDEN"
    assert office.rows() == before


def test_what_is_refused_is_told_by_its_cause(office: Office) -> None:
    assert revoke(office, COORDINATOR, "ours")["message"] == "Sus roles no permiten quitar roles."
    assert (
        grant(office, ADMIN, "ours", a_role(territory=REGION))["message"]
        == "Puede dar roles, pero no en ese territorio."
    )
    both = office.change(BOTH, "revokeAssignment", {"assignmentId": office.id("assignment", "far"), "reason": "x"})
    assert both["message"].endswith("sus roles lo permiten con OLN-Purpose: ADMINISTRATION.")
    assert both["details"] == {"purpose": "SUPERVISION", "purposes": ["ADMINISTRATION"]}


def test_who_only_stands_in_for_whoever_may_is_told_that_it_takes_an_own_role(office: Office) -> None:
    cover(office, COORDINATOR, COORDINATOR)
    given = {"absentId": office.id("user", COORDINATOR), "substituteId": office.id("user", "ours")}
    days = {"validFrom": TODAY, "validUntil": LATER}
    told = office.change("relief.13101", "setSubstitute", given | days, purpose="SUPERVISION")
    assert told["code"] == "OWN_ROLE_REQUIRED"
    sick = given | {"absentId": office.id("user", MANAGER)} | days | {"validUntil": "2027-10-01"}
    named = office.change("relief.13101", "setSubstitute", sick, RIGHTS, purpose="SUPERVISION")
    assert [one["validUntil"] for one in named["assignments"]] == [LATER]  # the day on which their own one ends


def test_who_may_not_name_substitutes_is_told_so(office: Office) -> None:
    assert cover(office, AUDITOR, MANAGER)["code"] == "FORBIDDEN"
    assert cover(office, COORDINATOR, ADMIN)["code"] == "FORBIDDEN"  # who grants is covered by who may grant


def test_nobody_changes_their_own_rights(office: Office) -> None:
    assert grant(office, ADMIN, ADMIN, a_role("COORDINATOR"))["code"] == "OWN_RIGHTS"
    assert revoke(office, ADMIN, ADMIN)["code"] == "OWN_RIGHTS"
    assert cover(office, ADMIN, MANAGER, ADMIN)["code"] == "OWN_RIGHTS"
    own = {"username": ADMIN, "issuer": "oln-development", "subject": ADMIN}
    assert invite(office, ADMIN, **own)["code"] == "OWN_RIGHTS"


def test_asking_first_is_refused_like_doing_it(office: Office) -> None:
    assert grant(office, ADMIN, ADMIN, validateOnly=True)["code"] == "OWN_RIGHTS"
    assert grant(office, COORDINATOR, "ours", validateOnly=True)["code"] == "FORBIDDEN"


def test_who_decides_on_an_older_version_is_told_both(office: Office) -> None:
    told = revoke(office, ADMIN, "ours", expectedVersion=7)
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 7, 1)


def test_two_who_revoke_at_once_end_the_role_once(office: Office) -> None:
    given = {"input": {"assignmentId": office.id("assignment", "ours"), "reason": "x", "expectedVersion": 1}}
    answers = office.ask_together([(ADMIN, mutation("revokeAssignment"), given)] * 2)
    told = sorted(answer["data"]["revokeAssignment"]["__typename"] for answer in answers)
    assert told == ["Conflict", "RightsSuccess"]


@pytest.mark.parametrize(
    ("role", "code"),
    [
        (a_role("NATIONAL_ANALYST"), "TERRITORY_NOT_FOR_ROLE"),
        (a_role("SECTOR_PARTNER"), "ORGANIZATION_REQUIRED"),
        (a_role(territory="99999"), "INVALID_INPUT"),
        (a_role(validFrom="2026-11-19"), "INVALID_INPUT"),
        (a_role(validUntil=TODAY), "INVALID_INPUT"),
        (a_role(organizationId="nna_" + "0" * 32), "INVALID_INPUT"),
        (a_role("SECTOR_PARTNER", organizationId="org_" + "0" * 32), "NOT_FOUND"),
    ],
)
def test_the_rules_of_roles_hold_for_who_is_invited_and_for_who_is_here(
    office: Office, role: dict[str, object], code: str
) -> None:
    before = office.rows()
    assert grant(office, ADMIN, "ours", role)["code"] == code
    assert invite(office, ADMIN, role)["code"] == code
    assert office.rows() == before


@pytest.mark.parametrize(
    ("role", "field"),
    [
        (a_role(territory="99999"), "territory"),
        (a_role(validFrom="2026-11-19"), "validFrom"),
        (a_role(validUntil=TODAY), "validUntil"),
        (a_role("SECTOR_PARTNER"), "organizationId"),
        (a_role(reason="Reemplaza a 12.531.909-2"), "reason"),
    ],
)
def test_a_refusal_names_the_field_where_it_was_given(office: Office, role: dict[str, object], field: str) -> None:
    told = [grant(office, ADMIN, "ours", role), invite(office, ADMIN, role)]
    assert [one["field"] for one in told] == [f"input.grant.{field}"] * 2


def test_a_role_ends_with_a_reason(office: Office) -> None:
    before = office.rows()
    assert revoke(office, ADMIN, "ours", reason="  ")["field"] == "input.reason"
    assert office.rows() == before


def test_a_partner_acts_for_an_institution_of_the_territory(office: Office) -> None:
    partner = a_role("SECTOR_PARTNER", organizationId=office.id("organization", "far"))
    assert grant(office, ADMIN, "ours", partner)["code"] == "TERRITORY_NOT_FOR_ROLE"
    partner["organizationId"] = office.id("organization", "ours")
    told = grant(office, ADMIN, "ours", partner)
    assert told["assignments"][0]["organization"] == {"id": office.id("organization", "ours")}


def test_a_role_is_revoked_once_and_who_has_none_is_not_covered(office: Office) -> None:
    revoke(office, ADMIN, "ours")
    assert revoke(office, ADMIN, "ours")["code"] == "ALREADY_REVOKED"
    assert cover(office, ADMIN, "ours")["code"] == "NOTHING_TO_SUBSTITUTE"
    assert cover(office, ADMIN, MANAGER, MANAGER)["code"] == "INVALID_INPUT"


@pytest.mark.parametrize(("act", "key"), [(grant, "userId"), (revoke, "assignmentId"), (cover, "absentId")])
def test_an_id_of_something_else_is_refused(office: Office, act: Act, key: str) -> None:
    told = act(office, ADMIN, "ours", **{key: office.id("nna", "ours")})
    assert (told["code"], told["field"]) == ("INVALID_INPUT", f"input.{key}")


def test_another_office_knows_nothing_of_the_people_here(office: Office) -> None:
    assert cover(office, FAR_COORDINATOR, "far", "ours")["code"] == "NOT_FOUND"

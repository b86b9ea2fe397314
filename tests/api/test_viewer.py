"""`viewer` and `signConfidentiality`: who I am, what I may, and what opens with my signature."""

import pytest

from authz.guard import AccessDenied
from tests.api.client import Answer, Office
from tests.api.world import ADMIN, COORDINATOR, MANAGER, OURS, PARTNER, REGIONAL, THEIRS

VIEWER = """{ viewer { username purpose purposes signed installation today user { username }
    roles { role communes } agreement { version hash text }
    may { resource action classes ambit communes } } }"""
CHILD = "query ($id: ID!) { nna(id: $id) { givenNames } }"
UNSIGNED = "case_manager.13101.unsigned"


def viewer(office: Office, who: str, purpose: str | None = None) -> Answer:
    answer = office.ask(who, VIEWER, purpose=purpose)
    assert answer["errors"] == []
    return answer["data"]["viewer"]  # type: ignore[no-any-return]


def sign(office: Office, who: str, **over: str) -> Answer:
    agreement = viewer(office, who)["agreement"]
    given = {"version": agreement["version"], "hash": agreement["hash"]}
    return office.change(who, "signConfidentiality", given | over, "user { username }")


def test_people_are_told_who_they_are_today(office: Office) -> None:
    told = viewer(office, COORDINATOR)
    assert (told["username"], told["user"]) == (COORDINATOR, {"username": COORDINATOR})
    assert (told["purpose"], told["purposes"]) == ("SUPERVISION", ["CARE", "SUPERVISION"])
    assert told["roles"] == [{"role": "COORDINATOR", "communes": [OURS]}]
    assert (told["signed"], told["installation"], told["today"]) == (True, "DEMO", "2026-11-20")


def test_a_role_in_a_region_is_told_commune_by_commune(office: Office) -> None:
    (worn,) = viewer(office, REGIONAL)["roles"]
    assert len(worn["communes"]) == 52
    assert OURS in worn["communes"]
    assert THEIRS not in worn["communes"]


def test_what_they_may_is_what_the_policy_says_of_their_role(office: Office) -> None:
    may = {(p["resource"], p["action"], p["ambit"]): p["classes"] for p in viewer(office, MANAGER)["may"]}
    assert may["nna", "read", "COMMUNE"] == ["BASIC"]
    assert may["nna", "read", "OWN"] == ["CONTACT", "IDENTITY", "HEALTH", "JUDICIAL", "RISK"]
    assert ("nna", "edit", "OWN") in may
    assert ("user", "grant", "COMMUNE") not in may


def test_nothing_of_a_person_stands_in_what_the_unsigned_may(office: Office) -> None:
    told = viewer(office, UNSIGNED)
    assert told["signed"] is False
    assert {p["resource"] for p in told["may"]}.isdisjoint({"nna", "family", "alert", "nomina"})


def test_who_reads_no_accounts_is_not_shown_their_own(office: Office) -> None:
    assert viewer(office, PARTNER)["user"] is None


def test_a_purpose_that_no_role_of_theirs_has_is_not_worn(office: Office) -> None:
    with pytest.raises(AccessDenied) as refused:
        office.ask(COORDINATOR, VIEWER, purpose="ADMINISTRATION")
    assert refused.value.code == "PURPOSE_NOT_ALLOWED"


@pytest.mark.parametrize(
    "document",
    [
        "query ($id: ID!) { nna(id: $id) { age } }",
        "query ($id: ID!) { node(id: $id) { id } }",
        "{ alerts(first: 3) { totalCount } }",
        '{ nomina(communeCode: "13101") { listed } }',
        '{ searchNna(text: "Lautaro") { hits { score } } }',
    ],
)
def test_who_has_not_signed_is_told_how_to_whatever_the_record(office: Office, document: str) -> None:
    told = [office.ask(UNSIGNED, document, {"id": office.id("nna", name)}) for name in ("mine", "far", "nobody")]
    assert told[0] == told[1] == told[2]
    (error,) = told[0]["errors"]
    assert error["extensions"]["code"] == "CONFIDENTIALITY_UNSIGNED"
    assert error["extensions"]["details"] == {"mutation": "signConfidentiality"}
    assert "signConfidentiality" in error["message"]


def test_what_holds_nobody_opens_without_a_signature(office: Office) -> None:
    ids = [office.id("organization", "far"), office.id("nna", "mine"), office.id("nna", "nobody")]
    answer = office.ask(UNSIGNED, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
    assert answer["data"]["nodes"] == [{"id": ids[0]}, None, None]
    assert [error["path"] for error in answer["errors"]] == [["nodes"]]


def test_records_open_once_the_agreement_is_signed(office: Office) -> None:
    mine = {"id": office.id("nna", "mine")}
    assert office.ask(UNSIGNED, CHILD, mine)["data"]["nna"] is None
    assert sign(office, UNSIGNED)["__typename"] == "SignConfidentialitySuccess"
    assert viewer(office, UNSIGNED)["signed"] is True
    assert office.ask(UNSIGNED, CHILD, mine)["data"]["nna"] == {"givenNames": "Millaray"}


def test_signing_twice_is_signing_once(office: Office) -> None:
    sign(office, UNSIGNED)
    before = office.rows("confidentiality_agreement")
    assert sign(office, UNSIGNED)["__typename"] == "SignConfidentialitySuccess"
    assert office.rows("confidentiality_agreement") == before


@pytest.mark.parametrize("over", [{"version": "1900.1"}, {"hash": "0" * 64}])
def test_only_the_text_in_force_can_be_signed(office: Office, over: dict[str, str]) -> None:
    before = office.rows()
    assert sign(office, UNSIGNED, **over)["code"] == "AGREEMENT_CHANGED"
    assert office.rows() == before


def test_a_role_may_be_worn_without_any_record(office: Office) -> None:
    resources = {p["resource"] for p in viewer(office, ADMIN)["may"]}
    assert resources == {"user", "module", "organization", "indicator", "extract"}

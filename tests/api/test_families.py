"""`registerFamily` and `addFamilyMember`: they work · another commune · a role without permission · the rules."""

import pytest

from tests.api.client import Answer, Office
from tests.api.world import AUDITOR, COORDINATOR, MANAGER, OURS, PARTNER, REGIONAL, THEIRS

FOLIO = "family { id folio notes }"
MEMBER = """member { role mainCarer livesWith validFrom nna { id } relative { givenNames phone } }
    family { id children(first: 5) { totalCount } members(first: 9) { totalCount } }"""
FATHER = {"givenNames": "Domingo", "firstSurname": "Painevilu", "phone": "9 5555 0102"}


def register(office: Office, who: str, commune: str = OURS) -> Answer:
    return office.change(who, "registerFamily", {"communeCode": commune, "notes": "Llegó derivada."}, FOLIO)


def add(office: Office, who: str, family: str, **given: object) -> Answer:
    wire = family if "_" in family else office.id("family", family)
    return office.change(who, "addFamilyMember", {"familyId": wire, "role": "FATHER"} | given, MEMBER)


def test_families_are_numbered_within_their_commune(office: Office) -> None:
    folios = [register(office, who)["family"]["folio"] for who in (COORDINATOR, MANAGER)]
    assert folios == ["F000001", "F000002"]


def test_the_notes_of_a_family_have_a_limit(office: Office) -> None:
    before = office.rows()
    told = office.change(COORDINATOR, "registerFamily", {"communeCode": OURS, "notes": "a" * 3001})
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.notes")
    assert told["message"] == "El texto admite hasta 3000 caracteres."
    assert office.rows() == before


@pytest.mark.parametrize("commune", [THEIRS, "99999"])
def test_no_family_is_opened_in_another_commune_or_in_none(office: Office, commune: str) -> None:
    before = office.rows()
    assert register(office, COORDINATOR, commune)["code"] == "FORBIDDEN"
    assert office.rows() == before


@pytest.mark.parametrize("who", [AUDITOR, PARTNER, REGIONAL])
def test_a_role_without_the_right_opens_no_family(office: Office, who: str) -> None:
    assert register(office, who)["code"] == "FORBIDDEN"


def test_a_relative_who_is_not_recorded_yet_joins_a_family(office: Office) -> None:
    told = add(office, COORDINATOR, "ours", relative=FATHER, mainCarer=True)
    relative = {"givenNames": "Domingo", "phone": "+56955550102"}
    assert told["member"] == {
        "role": "FATHER",
        "mainCarer": True,
        "livesWith": True,
        "validFrom": "2026-11-20",
        "nna": None,
        "relative": relative,
    }
    assert told["family"]["members"] == {"totalCount": 3}


def test_a_child_who_joins_another_family_leaves_the_one_before(office: Office) -> None:
    told = add(office, COORDINATOR, "ours", nnaId=office.id("nna", "mine"), role="CHILD")
    assert told["family"] == {
        "id": office.id("family", "ours"),
        "children": {"totalCount": 2},
        "members": {"totalCount": 3},
    }
    left = office.ask(
        COORDINATOR, "query ($id: ID!) { family(id: $id) { children(first: 5) { totalCount } } }", _id(office, "mine")
    )
    assert left["data"]["family"]["children"] == {"totalCount": 0}


def test_a_case_manager_brings_the_first_member_of_the_family_they_opened(office: Office) -> None:
    opened = register(office, MANAGER)["family"]["id"]
    assert add(office, MANAGER, opened, nnaId=office.id("nna", "mine"), role="CHILD")["member"]["nna"]


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, REGIONAL])
def test_a_family_of_another_commune_is_not_found_like_one_that_is_not(office: Office, who: str) -> None:
    before = office.rows()
    told = [add(office, who, name, relative=FATHER) for name in ("far", "nobody")]
    assert told[0] == told[1]
    assert told[0]["code"] == "NOT_FOUND"
    assert office.rows() == before


@pytest.mark.parametrize("kind", ["nna", "relative"])
def test_a_person_of_another_commune_is_not_found_like_one_that_is_not(office: Office, kind: str) -> None:
    told = [add(office, COORDINATOR, "ours", **{f"{kind}Id": _wire(office, kind, n)}) for n in ("far", "nobody")]
    assert told[0] == told[1]
    assert told[0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("who", [MANAGER, REGIONAL])
def test_who_sees_a_family_and_may_not_change_it_is_told_so(office: Office, who: str) -> None:
    before = office.rows()
    assert add(office, who, "ours", relative=FATHER)["code"] == "FORBIDDEN"
    assert office.rows() == before


def test_nobody_takes_a_child_that_they_may_not_change_into_their_own_family(office: Office) -> None:
    assert add(office, MANAGER, "mine", nnaId=office.id("nna", "ours"), role="CHILD")["code"] == "FORBIDDEN"


def test_nobody_joins_a_family_twice(office: Office) -> None:
    assert add(office, COORDINATOR, "ours", nnaId=office.id("nna", "ours"))["code"] == "ALREADY_MEMBER"
    assert add(office, COORDINATOR, "ours", relativeId=office.id("relative", "ours"))["code"] == "ALREADY_MEMBER"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "input.nnaId"),
        ({"relative": FATHER, "relativeId": "rel_" + "0" * 32}, "input.nnaId"),
        ({"relative": FATHER, "validFrom": "2026-11-21"}, "input.validFrom"),
        ({"relative": FATHER | {"identifierKind": "RUN", "identifier": "40.009.006-1"}}, "input.relative.identifier"),
        ({"relative": FATHER | {"givenNames": " "}}, "input.relative.givenNames"),
        ({"nnaId": "rel_" + "0" * 32}, "input.nnaId"),
        ({"relativeId": "nna_" + "0" * 32}, "input.relativeId"),
        ({"familyId": "fam_1", "relative": FATHER}, "input.familyId"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(office: Office, given: dict[str, object], field: str) -> None:
    before = office.rows()
    told = add(office, COORDINATOR, "ours", **given)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
    assert "40.009" not in str(told)
    assert office.rows() == before


def _id(office: Office, name: str) -> dict[str, str]:
    return {"id": office.id("family", name)}


def _wire(office: Office, kind: str, name: str) -> str:
    return office.id(kind, name)

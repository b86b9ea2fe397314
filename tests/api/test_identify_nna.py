"""`updateNna` with an identifier: it works · another commune · permission · the rules that refuse · nothing is told."""

import pytest

from core.identity import demo_run
from tests.api.client import Answer, Office
from tests.api.world import AUDITOR, COORDINATOR, MANAGER, OURS, PARTNER, RUNS

SHOWN = "nna { version identifierKind identifier age }"
NEW = demo_run(9_700)
PROVISIONAL = "100000000-7"
PREGNANCY = {
    "communeCode": OURS,
    "identifierKind": "NONE",
    "givenNames": "",
    "firstSurname": "Painevilu",
    "sex": "UNKNOWN",
    "expectedBirthDate": "2026-12-01",
}


def identify(office: Office, who: str, name: str, identifier: str | None = NEW, **over: object) -> Answer:
    wire = name if "_" in name else office.id("nna", name)
    given = {"id": wire, "expectedVersion": 1, "identifierKind": "RUN", "identifier": identifier}
    return office.change(who, "updateNna", given | over, SHOWN)


def unnumbered(office: Office, **over: object) -> str:
    person = PREGNANCY | {"givenNames": "Kuyen", "birthDate": "2019-01-02", "expectedBirthDate": None} | over
    made = office.change(COORDINATOR, "registerNna", person, "nna { id }")["nna"]["id"]
    return str(made)


def test_a_child_without_a_number_gets_their_run(office: Office) -> None:
    told = identify(office, COORDINATOR, unnumbered(office))["nna"]
    assert (told["identifierKind"], told["identifier"], told["version"]) == ("RUN", NEW, 2)


def test_a_provisional_number_gives_way_to_the_run(office: Office) -> None:
    child = unnumbered(office, identifierKind="PROVISIONAL", identifier=PROVISIONAL)
    told = identify(office, COORDINATOR, child)["nna"]
    assert (told["identifierKind"], told["identifier"]) == ("RUN", NEW)


def test_a_birth_and_its_run_are_recorded_in_one_go(office: Office) -> None:
    unborn = office.change(COORDINATOR, "registerNna", PREGNANCY, "nna { id }")["nna"]["id"]
    told = identify(office, COORDINATOR, unborn)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.identifierKind")
    born = identify(office, COORDINATOR, unborn, givenNames="Kuyen", birthDate="2026-11-19")["nna"]
    assert (born["identifier"], born["age"]) == (NEW, 0)


def test_a_number_that_is_somebody_elses_is_taken_off(office: Office) -> None:
    told = identify(office, COORDINATOR, "ours", None, identifierKind="NONE")["nna"]
    assert (told["identifierKind"], told["identifier"]) == ("NONE", None)


def test_a_case_manager_identifies_the_children_of_their_own_caseload(office: Office) -> None:
    assert identify(office, MANAGER, "mine")["nna"]["identifier"] == NEW


@pytest.mark.parametrize("given", [{}, {"identifier": None}, {"identifier": " "}])
def test_a_kind_without_its_number_is_told_that_the_number_is_missing(office: Office, given: dict[str, object]) -> None:
    asked = {"id": office.id("nna", "ours"), "expectedVersion": 1, "identifierKind": "RUN"}
    told = office.change(COORDINATOR, "updateNna", asked | given, SHOWN)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.identifier")
    assert told["message"] == "Falta el identificador: escríbalo, o indique que no tiene."


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER])
def test_a_child_of_another_commune_is_not_found_like_one_that_is_not(office: Office, who: str) -> None:
    told = [identify(office, who, name) for name in ("far", "nobody")]
    assert told[0] == told[1]
    assert told[0]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("who", "name"), [(MANAGER, "ours"), (PARTNER, "consented")])
def test_who_may_not_change_a_child_gives_it_no_number(office: Office, who: str, name: str) -> None:
    before = office.rows()
    told = [identify(office, who, name, number) for number in (NEW, RUNS["mine"], RUNS["far"])]
    assert {one["code"] for one in told} == {"FORBIDDEN"}
    assert office.rows() == before


def test_a_run_has_one_record_in_a_commune_and_who_may_open_it_is_told_which(office: Office) -> None:
    told = identify(office, COORDINATOR, "mine", RUNS["ours"])
    assert (told["code"], told["field"]) == ("ALREADY_REGISTERED", "input.identifier")
    assert told["details"] == {"id": office.id("nna", "ours")}
    assert identify(office, MANAGER, "mine", RUNS["ours"])["details"] is None
    assert identify(office, COORDINATOR, "ours", RUNS["ours"])["nna"]["identifier"] == RUNS["ours"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"identifier": "40.009.006-1"}, "input.identifier"),
        ({"identifierKind": "NONE"}, "input.identifierKind"),
        ({"identifierKind": None}, "input.identifierKind"),
        ({"identifier": None}, "input.identifier"),
    ],
)
def test_a_number_that_cannot_be_is_refused_and_not_repeated(
    office: Office, given: dict[str, object], field: str
) -> None:
    before = office.rows()
    told = identify(office, COORDINATOR, "ours", **({"identifier": NEW} | given))
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
    assert "40.009" not in str(told) and NEW not in str(told)
    assert office.rows() == before


@pytest.mark.parametrize("sent", [NEW, None])
def test_a_number_whose_kind_is_not_said_changes_nothing(office: Office, sent: str | None) -> None:
    given = {"id": office.id("nna", "ours"), "expectedVersion": 1, "identifier": sent}
    told = office.change(COORDINATOR, "updateNna", given, SHOWN)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.identifierKind")


def test_a_conflict_tells_no_number(office: Office) -> None:
    told = identify(office, COORDINATOR, "ours", expectedVersion=7)
    assert (told["code"], told["fields"]) == ("CONFLICT", [])
    assert NEW not in str(told) and RUNS["ours"] not in str(told)


def test_who_gave_a_child_a_number_is_written_down_and_the_number_is_not(office: Office) -> None:
    identify(office, COORDINATOR, "ours")
    trail = "query ($code: String!, $nna: ID) { auditTrail(communeCode: $code, nnaId: $nna) { username action } }"
    steps = office.ask(AUDITOR, trail, {"code": OURS, "nna": office.id("nna", "ours")})["data"]["auditTrail"]
    assert {"username": COORDINATOR, "action": "updateNna"} in steps
    digits = NEW.split("-")[0]
    assert not any(digits in row for rows in office.rows().values() for row in rows)

"""`registerNna`: it works · another commune · a role without permission · the rules that refuse."""

import pytest

from tests.api.client import Answer, Office
from tests.api.world import AUDITOR, CHCC, COORDINATOR, MANAGER, NAMES, OURS, PARTNER, RUNS, THEIRS

PERSON = {
    "communeCode": OURS,
    "identifierKind": "RUN",
    "identifier": RUNS["nobody"],
    "givenNames": "Kuyen",
    "firstSurname": "Painevilu",
    "sex": "FEMALE",
    "birthDate": "2019-01-02",
}
DETAILS = {
    "address": {"locatedIn": THEIRS, "street": "Los Aromos", "number": "123"},
    "contact": {"name": "Rosa Painevilu", "phone": "9 5555 0101"},
    "schooling": {"schoolName": "Escuela Los Boldos", "grade": "2"},
    "health": {"centre": "Cesfam Los Pinos"},
}
SHOWN = """nna {
    id version givenNames identifier age withheld team(first: 5) { totalCount }
    addresses(first: 5) { edges { node { street locatedIn } } } contacts(first: 5) { edges { node { name phone } } }
    schooling(first: 5) { edges { node { schoolName } } } health(first: 5) { edges { node { centre } } } }"""
# The same child as `ours`, whose RUN nobody knows.
NAMELESS = dict(zip(("givenNames", "firstSurname", "secondSurname"), NAMES["ours"], strict=True)) | {
    "identifierKind": "NONE",
    "identifier": None,
    "birthDate": "2013-03-05",
}


def register(office: Office, who: str, **over: object) -> Answer:
    return office.change(who, "registerNna", PERSON | over, SHOWN)


def test_a_child_is_registered_with_all_that_is_known(office: Office) -> None:
    nna = register(office, COORDINATOR, **DETAILS)["nna"]
    assert (nna["version"], nna["givenNames"], nna["age"], nna["withheld"]) == (1, "Kuyen", 7, [])
    assert nna["identifier"] == RUNS["nobody"]
    assert nna["addresses"]["edges"] == [{"node": {"street": "Los Aromos", "locatedIn": THEIRS}}]
    assert nna["contacts"]["edges"] == [{"node": {"name": "Rosa Painevilu", "phone": "+56955550101"}}]
    assert nna["schooling"]["edges"] == [{"node": {"schoolName": "Escuela Los Boldos"}}]
    assert nna["health"]["edges"] == [{"node": {"centre": "Cesfam Los Pinos"}}]


def test_a_pregnancy_is_registered_without_names_of_its_own(office: Office) -> None:
    unborn = {"birthDate": None, "expectedBirthDate": "2027-03-01", "identifierKind": "NONE", "identifier": None}
    nna = register(office, COORDINATOR, **unborn, givenNames="")["nna"]
    assert (nna["givenNames"], nna["age"]) == ("Por nacer", None)


def test_when_a_child_who_is_born_was_expected_is_shown_to_nobody(office: Office) -> None:
    unborn = {"birthDate": None, "expectedBirthDate": "2027-03-01", "identifierKind": "NONE", "identifier": None}
    nna = register(office, COORDINATOR, **unborn, givenNames="")["nna"]
    shown, born = "nna { unborn birthDate expectedBirthDate }", {"birthDate": "2026-11-18", "givenNames": "Luz"}
    given = {"id": nna["id"], "expectedVersion": 1}
    told = office.change(COORDINATOR, "updateNna", given | {"socialName": "Kuyen"}, shown)["nna"]
    assert told == {"unborn": True, "birthDate": None, "expectedBirthDate": "2027-03-01"}
    told = office.change(COORDINATOR, "updateNna", given | born | {"expectedVersion": 2}, shown)["nna"]
    assert told == {"unborn": False, "birthDate": "2026-11-18", "expectedBirthDate": None}


@pytest.mark.parametrize("who", [MANAGER, CHCC])
def test_who_works_with_families_may_open_the_child_they_registered(office: Office, who: str) -> None:
    nna = register(office, who, **DETAILS)["nna"]
    assert (nna["givenNames"], nna["withheld"], nna["team"]) == ("Kuyen", [], {"totalCount": 1})


def test_the_new_child_is_not_open_to_the_case_managers_colleague(office: Office) -> None:
    made = register(office, MANAGER)["nna"]["id"]
    seen = office.ask("worker.13101", "query ($id: ID!) { nna(id: $id) { givenNames withheld } }", {"id": made})
    assert seen["data"]["nna"]["givenNames"] is None
    assert "IDENTITY" in seen["data"]["nna"]["withheld"]


@pytest.mark.parametrize("commune", [THEIRS, "99999"])
def test_nobody_registers_in_another_commune_or_in_none(office: Office, commune: str) -> None:
    before = office.rows()
    assert register(office, COORDINATOR, communeCode=commune)["code"] == "FORBIDDEN"
    assert office.rows() == before


@pytest.mark.parametrize(
    ("who", "code"),
    [(AUDITOR, "FORBIDDEN"), (PARTNER, "FORBIDDEN"), ("coordinator.13101.unsigned", "CONFIDENTIALITY_UNSIGNED")],
)
def test_a_role_without_the_right_registers_nobody(office: Office, who: str, code: str) -> None:
    before = office.rows()
    assert register(office, who)["code"] == code
    assert office.rows() == before


def test_a_run_has_one_record_in_a_commune_and_who_may_open_it_is_told_which(office: Office) -> None:
    told = register(office, COORDINATOR, identifier=RUNS["ours"])
    assert (told["code"], told["field"]) == ("ALREADY_REGISTERED", "input.identifier")
    assert told["details"] == {"id": office.id("nna", "ours")}
    assert register(office, MANAGER, identifier=RUNS["ours"])["details"] is None


def test_the_same_run_may_have_a_record_in_each_commune(office: Office) -> None:
    assert register(office, COORDINATOR, identifier=RUNS["far"])["__typename"] == "RegisterNnaSuccess"


def test_two_who_register_the_same_run_at_once_make_one_record(office: Office) -> None:
    document = "mutation ($input: RegisterNnaInput!) { registerNna(input: $input) { ... on Refusal { code } } }"
    answers = office.ask_together([(who, document, {"input": PERSON}) for who in (COORDINATOR, MANAGER)])
    told = [answer["data"]["registerNna"] for answer in answers]
    assert sorted(told, key=str) == [{"code": "ALREADY_REGISTERED"}, {}]
    assert len(office.rows("nna")["nna"]) == len(NAMES) + 1


def test_a_look_alike_has_to_be_said_to_be_somebody_else(office: Office) -> None:
    told = register(office, COORDINATOR, **NAMELESS)
    assert told["code"] == "POSSIBLE_DUPLICATE"
    (candidate,) = told["details"]["candidates"]
    reasons = ["Se llama igual.", "Nació el mismo día."]
    assert (candidate["id"], candidate["reasons"]) == (office.id("nna", "ours"), reasons)
    made = register(office, COORDINATOR, **NAMELESS, distinctFrom=[candidate["id"]])
    assert made["__typename"] == "RegisterNnaSuccess"


def test_a_look_alike_that_they_may_not_name_is_not_told(office: Office) -> None:
    assert register(office, MANAGER, **NAMELESS)["__typename"] == "RegisterNnaSuccess"


def test_whoever_turned_eighteen_is_no_nna(office: Office) -> None:
    told = register(office, COORDINATOR, birthDate="2008-11-20")
    assert (told["code"], told["field"]) == ("NOT_AN_NNA", "input.birthDate")
    assert register(office, COORDINATOR, birthDate="2008-11-21")["__typename"] == "RegisterNnaSuccess"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"identifier": "40.009.006-1"}, "input.identifier"),
        ({"identifierKind": "NONE"}, "input.identifierKind"),
        ({"birthDate": None}, "input.birthDate"),
        ({"birthDate": "2026-11-21"}, "input.birthDate"),
        ({"givenNames": "  "}, "input.givenNames"),
        ({"nationality": "chilena"}, "input.nationality"),
        ({"distinctFrom": ["fam_" + "0" * 32]}, "input.distinctFrom"),
        ({"distinctFrom": ["nna_" + "z" * 32]}, "input.distinctFrom"),
        ({"address": {"locatedIn": "99999", "street": "Los Aromos"}}, "input.address.locatedIn"),
        ({"contact": {"name": "Rosa", "phone": "cinco"}}, "input.contact.phone"),
        ({"schooling": {"grade": "2"}}, "input.schooling.schoolName"),
    ],
)
def test_what_cannot_be_is_refused_whole_with_the_field_and_without_the_value(
    office: Office, over: dict[str, object], field: str
) -> None:
    before = office.rows()
    told = register(office, COORDINATOR, **over)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
    assert "40.009" not in str(told) and "cinco" not in str(told)
    assert office.rows() == before


def test_registering_is_written_into_the_audit(office: Office) -> None:
    made = register(office, COORDINATOR)["nna"]["id"]
    trail = (
        "query ($code: String!, $nna: ID) { auditTrail(communeCode: $code, nnaId: $nna) { username action tables } }"
    )
    steps = office.ask(AUDITOR, trail, {"code": OURS, "nna": made})["data"]["auditTrail"]
    assert [(step["username"], step["action"]) for step in steps] == [(COORDINATOR, "registerNna")]
    assert "nna" in steps[0]["tables"]

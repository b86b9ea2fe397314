"""`raiseAlert` on a child who is described and may be registered: the team is asked, an institution is not."""

import pytest

from core.identity import demo_run
from tests.api.client import Answer, Office
from tests.api.world import CHCC, COORDINATOR, MANAGER, NAMES, OURS, PARTNER, RUNS

SHOWN = "report { source alerts(first: 3) { edges { node { state } } } nna { id } }"
# The same child as `ours`, whose RUN nobody knows.
NAMELESS = dict(zip(("givenNames", "firstSurname", "secondSurname"), NAMES["ours"], strict=True)) | {
    "communeCode": OURS,
    "identifierKind": "NONE",
    "birthDate": "2013-03-05",
    "sex": "MALE",
}
NUMBERED = NAMELESS | {"identifierKind": "RUN", "identifier": demo_run(9_600)}


def raised(office: Office, who: str, described: dict[str, object], **over: object) -> Answer:
    given = {"items": [{"typeCode": "FAMILY_CONFLICT"}], "described": described | over}
    return office.change(who, "raiseAlert", given, SHOWN)


@pytest.mark.parametrize("described", [NAMELESS, NUMBERED])
def test_the_team_is_shown_who_looks_alike_before_a_second_record_is_made(
    office: Office, described: dict[str, object]
) -> None:
    before = office.rows()
    told = raised(office, COORDINATOR, described)
    asked = described | {"identifierKind": "NONE", "identifier": None}
    assert told == office.change(COORDINATOR, "registerNna", asked)
    assert told["code"] == "POSSIBLE_DUPLICATE"
    assert [one["id"] for one in told["details"]["candidates"]] == [office.id("nna", "ours")]
    assert office.rows() == before


def test_the_team_says_that_it_is_somebody_else(office: Office) -> None:
    told = raised(office, COORDINATOR, NAMELESS, distinctFrom=[office.id("nna", "ours")])
    assert told["report"]["nna"]["id"] != office.id("nna", "ours")


def test_a_look_alike_that_they_may_not_name_is_not_told(office: Office) -> None:
    assert raised(office, MANAGER, NAMELESS) == {"__typename": "RaiseAlertSuccess", "report": None}


@pytest.mark.parametrize("who", [MANAGER, CHCC])
def test_a_number_leads_nobody_to_a_child_whom_they_may_not_identify(office: Office, who: str) -> None:
    answers = []
    for run in (RUNS["ours"], demo_run(9_600)):
        answers.append(raised(office, who, NUMBERED, identifier=run, givenNames="Kuyen", firstSurname="Painevilu"))
        answers.append(raised(office, who, NUMBERED, identifier=run))
        office.put_back()
    assert answers == [{"__typename": "RaiseAlertSuccess", "report": None}] * 4


@pytest.mark.parametrize("name", ["ours", "consented"])
def test_an_institution_is_answered_alike_about_a_known_child_and_a_new_one(office: Office, name: str) -> None:
    known = dict(zip(("givenNames", "firstSurname", "secondSurname"), NAMES[name], strict=True))
    birth = {"birthDate": {"ours": "2013-03-05", "consented": "2015-03-07"}[name]}
    answers = [raised(office, PARTNER, NAMELESS, **known, **birth)]
    answers.append(raised(office, PARTNER, NAMELESS, **birth, givenNames="Kuyen", firstSurname="Painevilu"))
    answers.append(raised(office, PARTNER, NAMELESS, **known, birthDate="2014-01-01", distinctFrom=["nna_" + "0" * 32]))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["report"]["source"] == "SECTOR_PARTNER"


def test_an_id_of_something_else_is_refused(office: Office) -> None:
    told = raised(office, COORDINATOR, NAMELESS, distinctFrom=["fam_" + "0" * 32])
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.described.distinctFrom")

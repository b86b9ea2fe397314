"""`updateNna`: it works · another commune · a role without permission · the rules that refuse · who was first."""

import pytest

from core.models.people import Nna
from tests import factories as make
from tests.api.client import Answer, Office, mutation
from tests.api.world import COORDINATOR, FAR_COORDINATOR, MANAGER, PARTNER, REGIONAL, STREET

SHOWN = "nna { version givenNames socialName secondSurname nationality protectedAddress withheld }"


def update(office: Office, who: str, name: str, shown: str = SHOWN, version: int = 1, **changes: object) -> Answer:
    given = {"id": office.id("nna", name), "expectedVersion": version}
    return office.change(who, "updateNna", given | changes, shown)


def test_what_is_sent_changes_what_is_null_is_erased_and_the_rest_stays(office: Office) -> None:
    told = update(office, COORDINATOR, "ours", socialName="Kuyen", secondSurname=None, nationality="CHL")["nna"]
    assert (told["socialName"], told["secondSurname"], told["nationality"]) == ("Kuyen", None, "CHL")
    assert (told["givenNames"], told["version"]) == ("Lautaro", 2)


@pytest.mark.parametrize("name", ["sex", "protectedAddress", "noContact"])
def test_what_every_record_has_is_not_erased(office: Office, name: str) -> None:
    before = office.rows()
    told = update(office, COORDINATOR, "ours", socialName="Kuyen", **{name: None})
    assert (told["code"], told["field"]) == ("INVALID_INPUT", f"input.{name}")
    assert office.rows() == before


def test_a_case_manager_changes_the_children_of_their_own_caseload(office: Office) -> None:
    assert update(office, MANAGER, "mine", socialName="Kuyen")["nna"]["socialName"] == "Kuyen"


def test_names_flags_and_details_change_in_one_go(office: Office) -> None:
    shown = "nna { socialName noContact addresses(first: 5) { edges { node { street } } } }"
    address = {"locatedIn": "13101", "street": "Los Aromos", "replaces": []}
    nna = update(office, MANAGER, "mine", shown, socialName="Kuyen", noContact=True, address=address)["nna"]
    assert (nna["socialName"], nna["noContact"]) == ("Kuyen", True)
    assert {edge["node"]["street"] for edge in nna["addresses"]["edges"]} == {"Los Aromos", STREET}


def test_a_protected_address_closes_to_the_coordinator_who_protected_it(office: Office) -> None:
    shown = "nna { protectedAddress withheld addresses(first: 5) { totalCount } }"
    nna = update(office, COORDINATOR, "ours", shown, protectedAddress=True)["nna"]
    assert nna == {"protectedAddress": True, "withheld": ["CONTACT"], "addresses": None}


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER, REGIONAL])
def test_a_child_of_another_commune_is_not_found_like_one_that_is_not(office: Office, who: str) -> None:
    before = office.rows()
    told = [update(office, who, name, socialName="Kuyen") for name in ("far", "nobody")]
    assert told[0] == told[1]
    assert told[0]["code"] == "NOT_FOUND"
    assert office.rows() == before


@pytest.mark.parametrize(("who", "name"), [(MANAGER, "ours"), (REGIONAL, "ours"), (PARTNER, "consented")])
def test_who_sees_a_child_and_may_not_change_it_is_told_so(office: Office, who: str, name: str) -> None:
    before = office.rows()
    assert update(office, who, name, socialName="Kuyen")["code"] == "FORBIDDEN"
    assert update(office, who, name, address={"locatedIn": "13101", "street": "x"})["code"] == "FORBIDDEN"
    assert office.rows() == before


def test_who_may_not_change_it_learns_no_version(office: Office) -> None:
    for changes in ({"socialName": "Kuyen"}, {"noContact": True}, {"health": {"centre": "Cesfam"}}):
        assert update(office, MANAGER, "ours", version=7, **changes)["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    "details",
    [
        {"health": {"centre": "Cesfam Dos"}},
        {"schooling": {"schoolName": "Escuela Dos"}},
        {"contact": {"name": "Rosa", "phone": "9 5555 0102"}},
        {"address": {"locatedIn": "13101", "street": "Los Aromos", "replaces": []}},
    ],
)
def test_who_did_not_see_what_somebody_added_adds_nothing_over_it(office: Office, details: dict[str, object]) -> None:
    assert update(office, MANAGER, "mine", **details)["nna"]["version"] == 2
    before = office.rows()
    assert update(office, COORDINATOR, "mine", **details)["code"] == "CONFLICT"
    assert office.rows() == before


def test_what_is_replaced_on_its_own_day_never_held_and_stays_recorded(office: Office) -> None:
    for version, centre in ((1, "Cesfam Uno"), (2, "Cesfam Dos"), (3, "Cesfam Tres")):
        update(office, MANAGER, "mine", version=version, health={"centre": centre})
    shown = "query ($id: ID!) { nna(id: $id) { health(first: 9) { edges { node { centre validFrom validUntil } } } } }"
    found = office.ask(MANAGER, shown, {"id": office.id("nna", "mine")})["data"]["nna"]["health"]["edges"]
    today = "2026-11-20"
    assert {tuple(edge["node"].values()) for edge in found} == {
        ("Cesfam Tres", today, None),
        ("Cesfam Dos", today, today),
        ("Cesfam Uno", today, today),
    }


def test_who_comes_second_is_told_both_values(office: Office) -> None:
    update(office, COORDINATOR, "mine", givenNames="Kuyen", socialName="Kuyen")
    told = update(office, MANAGER, "mine", givenNames="Millaray Sol", firstSurname="Antilef")
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 1, 2)
    assert told["fields"] == [{"field": "givenNames", "yours": "Millaray Sol", "current": "Kuyen"}]
    shown = office.ask(MANAGER, "query ($id: ID!) { nna(id: $id) { givenNames } }", {"id": office.id("nna", "mine")})
    assert shown["data"]["nna"]["givenNames"] == "Kuyen"


def test_what_changes_nothing_makes_nobody_read_it_anew(office: Office) -> None:
    before = office.rows()
    told = update(office, MANAGER, "mine", "nna { version }", firstSurname=" Antilef ", protectedAddress=False)
    assert (told["nna"]["version"], office.rows()) == (1, before)


@pytest.mark.parametrize(
    "changes", [{"protectedAddress": True}, {"contact": {"name": "Rosa"}}, {"schooling": {"schoolName": "Escuela"}}]
)
def test_flags_and_details_look_at_the_version_too(office: Office, changes: dict[str, object]) -> None:
    before = office.rows()
    assert update(office, COORDINATOR, "mine", version=9, **changes)["code"] == "CONFLICT"
    assert office.rows() == before


def test_of_two_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    given = {"id": office.id("nna", "mine"), "expectedVersion": 1}
    questions = [
        (who, mutation("updateNna"), {"input": given | {"socialName": name}})
        for who, name in ((COORDINATOR, "Kuyen"), (MANAGER, "Rayen"))
    ]
    answers = [answer["data"]["updateNna"]["__typename"] for answer in office.ask_together(questions)]
    assert sorted(answers) == ["Conflict", "UpdateNnaSuccess"]


def test_a_child_does_not_come_of_age_by_a_correction(office: Office) -> None:
    told = update(office, COORDINATOR, "ours", birthDate="2001-01-01")
    assert (told["code"], told["field"]) == ("NOT_AN_NNA", "input.birthDate")


def test_who_has_a_run_does_not_go_back_before_birth(office: Office) -> None:
    before = office.rows()
    told = update(office, COORDINATOR, "ours", birthDate=None, expectedBirthDate="2027-01-01")
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.birthDate")
    assert "ya nació" in told["message"]
    assert office.rows() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"givenNames": None}, "input.givenNames"),
        ({"givenNames": "12345"}, "input.givenNames"),
        ({"secondSurname": "=cmd()"}, "input.secondSurname"),
        ({"socialName": "Ana=1"}, "input.socialName"),
        ({"birthDate": None}, "input.birthDate"),
        ({"expectedBirthDate": "2027-03-01"}, "input.birthDate"),
        ({"contact": {"name": " "}}, "input.contact.name"),
        ({"contact": {"name": "+Rosa"}}, "input.contact.name"),
        ({"id": "nna_0"}, "input.id"),
        ({"id": "fam_" + "0" * 32}, "input.id"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(office: Office, changes: dict[str, object], field: str) -> None:
    before = office.rows()
    told = update(office, COORDINATOR, "ours", **changes)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
    assert office.rows() == before


def test_each_office_changes_its_own(office: Office) -> None:
    assert update(office, FAR_COORDINATOR, "far", socialName="Kuyen")["nna"]["socialName"] == "Kuyen"
    assert update(office, FAR_COORDINATOR, "ours", socialName="Kuyen")["code"] == "NOT_FOUND"


def test_a_coordinator_who_is_kept_out_does_not_lift_the_protection(office: Office) -> None:
    with office.host.unit_of_work(None, "test") as uow:
        nna = uow.session.get_one(Nna, office.world.key("nna", "protected"))
        make.a_team_member(uow, nna, office.world.key("user", "ours"))
        uow.session.commit()
    before = office.rows()
    told = update(office, COORDINATOR, "protected", protectedAddress=False, noContact=False, socialName="Kuyen")
    assert (told["code"], told["message"]) == (
        "PROTECTION_STAYS",
        "Un resguardo lo levanta alguien del equipo del NNA; si no tiene equipo, la coordinación.",
    )
    assert office.rows() == before


def test_the_coordinator_lifts_the_protection_of_who_has_no_team(office: Office) -> None:
    shown = "nna { protectedAddress withheld }"
    nna = update(office, COORDINATOR, "protected", shown, protectedAddress=False)["nna"]
    assert nna["protectedAddress"] is False

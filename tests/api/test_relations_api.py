"""How people are related, relatives and institutions: changed here · elsewhere · without the right."""

import pytest

from tests import factories as make
from tests.api.client import Answer, Office
from tests.api.world import COORDINATOR, FAR_COORDINATOR, MANAGER, PARTNER, PHONE, REGIONAL, THERAPIST

TIE = "relation { id version kind validFrom validUntil fromRelative { givenNames } toNna { id } }"
TIES = """query ($id: ID!) { nna(id: $id) {
    relationsFrom(first: 9) { totalCount }
    relationsTo(first: 9) { edges { node { id version kind fromRelative { givenNames relationsFrom(first: 9) {
        totalCount } } } } } } }"""
PERSON = "relative { id version givenNames secondSurname phone noContact }"


def tie(office: Office, who: str, name: str, **over: object) -> Answer:
    given = {"fromRelativeId": office.id("relative", name), "toNnaId": office.id("nna", name), "kind": "GUARDIAN_OF"}
    return office.change(who, "addRelation", given | over, TIE)


def untie(office: Office, who: str, name: str, **over: object) -> Answer:
    given = {"id": office.id("relation", name), "expectedVersion": 1}
    return office.change(who, "endRelation", given | over, TIE)


def person(office: Office, who: str, name: str, **changes: object) -> Answer:
    given = {"id": office.id("relative", name), "expectedVersion": 1}
    return office.change(who, "updateRelative", given | changes, PERSON)


def test_how_people_are_related_is_read_from_either_of_them(office: Office) -> None:
    made = tie(office, MANAGER, "mine")["relation"]
    assert (made["kind"], made["validFrom"], made["toNna"]) == (
        "GUARDIAN_OF",
        "2026-11-20",
        {"id": office.id("nna", "mine")},
    )
    nna = office.ask(MANAGER, TIES, {"id": office.id("nna", "mine")})["data"]["nna"]
    found = [edge["node"] for edge in nna["relationsTo"]["edges"]]
    assert (nna["relationsFrom"]["totalCount"], [one["kind"] for one in found]) == (0, ["GUARDIAN_OF", "PARENT_OF"])
    assert found[0]["fromRelative"] == {"givenNames": "Rosaura", "relationsFrom": {"totalCount": 2}}


def test_a_tie_ends_and_stays_recorded_and_its_end_is_never_put_off(office: Office) -> None:
    assert untie(office, MANAGER, "mine", on="2026-10-01")["relation"]["validUntil"] == "2026-10-01"
    told = untie(office, MANAGER, "mine", expectedVersion=2, on="2026-10-02")
    assert (told["code"], told["field"]) == ("WRONG_DATES", "input.on")
    asked = """query ($id: ID!, $on: Date!) { nna(id: $id) {
        relationsTo(first: 1, where: { validUntil: { isNull: true } }) { totalCount }
        ended: relationsTo(first: 1, where: { validUntil: { lte: $on } }) { totalCount } } }"""
    nna = office.ask(MANAGER, asked, {"id": office.id("nna", "mine"), "on": "2026-10-01"})["data"]["nna"]
    assert [nna[one]["totalCount"] for one in ("relationsTo", "ended")] == [0, 1]


def test_what_cannot_be_a_tie_is_refused_with_its_field(office: Office) -> None:
    again = tie(office, MANAGER, "mine", kind="PARENT_OF")
    assert again["code"] == "ALREADY_RELATED"
    for over, field in (
        ({"fromRelativeId": None}, "input.fromNnaId"),
        ({"toRelativeId": office.id("relative", "mine")}, "input.toNnaId"),
        ({"toNnaId": None, "toRelativeId": office.id("relative", "mine")}, "input.toNnaId"),
        ({"validUntil": "2026-11-20"}, "input.validUntil"),
        ({"validFrom": "2099-01-01"}, "input.validFrom"),
        ({"validFrom": "0001-01-01"}, "input.validFrom"),
    ):
        told = tie(office, MANAGER, "mine", **over)
        assert (told["field"], "message" in told) == (field, True)


@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER])
def test_people_of_another_commune_are_not_found_like_those_who_are_not(office: Office, who: str) -> None:
    before = office.rows()
    for act in (tie, untie, person):
        told = [act(office, who, name) for name in ("far", "nobody")]
        assert told[0] == told[1]
        assert told[0]["code"] == "NOT_FOUND"
    assert office.rows() == before
    assert person(office, FAR_COORDINATOR, "far", secondSurname="Curamil")["relative"]["version"] == 2


def test_a_relative_gets_another_telephone_and_keeps_what_is_not_named(office: Office) -> None:
    told = person(office, MANAGER, "mine", phone="9 5555 0102", secondSurname="Curamil")["relative"]
    assert (told["givenNames"], told["secondSurname"], told["phone"]) == ("Rosaura", "Curamil", "+56955550102")
    told = person(office, MANAGER, "mine", expectedVersion=2, phone=None)["relative"]
    assert (told["secondSurname"], told["phone"]) == ("Curamil", None)
    assert person(office, MANAGER, "mine", expectedVersion=3, phone=None)["relative"]["version"] == 3


def test_who_may_call_a_relative_is_told_that_they_asked_not_to_be_called(office: Office) -> None:
    told = person(office, MANAGER, "mine", phone=PHONE, noContact=True)["relative"]
    assert (told["phone"], told["noContact"]) == ("+56955550187", True)
    family = """query ($id: ID!) { nna(id: $id) { family { members(first: 9) { edges { node { relative {
        phone noContact } } } } } } }"""
    for who, seen in ((THERAPIST, {"phone": "+56955550187", "noContact": True}), (REGIONAL, None)):
        found = office.ask(who, family, {"id": office.id("nna", "mine")})["data"]["nna"]["family"]["members"]
        assert [edge["node"]["relative"] for edge in found["edges"] if edge["node"]["relative"]] == [seen] * (
            seen is not None
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"givenNames": None}, "input.givenNames"),
        ({"givenNames": " "}, "input.givenNames"),
        ({"firstSurname": "12345"}, "input.firstSurname"),
        ({"sex": None}, "input.sex"),
        ({"noContact": None}, "input.noContact"),
        ({"phone": "a la vecina"}, "input.phone"),
        ({"phone": "5555 0102"}, "input.phone"),
        ({"phone": "40.000.423-4"}, "input.phone"),
        ({"phone": "+56 5555 0102"}, "input.phone"),
        ({"email": "noesmail"}, "input.email"),
        ({"birthDate": "2030-01-01"}, "input.birthDate"),
        ({"birthDate": "0001-01-01"}, "input.birthDate"),
        ({"birthDate": "1990-01-01", "deathDate": "1980-01-01"}, "input.deathDate"),
    ],
)
def test_what_cannot_be_of_a_relative_is_refused_with_its_field(
    office: Office, changes: dict[str, object], field: str
) -> None:
    before = office.rows()
    told = person(office, MANAGER, "mine", **changes)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", field)
    assert office.rows() == before


def test_nobody_writes_over_a_telephone_that_a_protection_hides_from_them(office: Office) -> None:
    with office.host.unit_of_work(None, "test") as uow:
        make.an_nna(uow, family_id=office.world.key("family", "mine"), protected_address=True)
        uow.session.commit()
    for changes in ({"phone": PHONE}, {"email": None}, {"phone": None, "noContact": True}):
        assert person(office, MANAGER, "mine", **changes)["code"] == "FORBIDDEN"
    assert person(office, MANAGER, "mine", secondSurname="Curamil")["relative"]["secondSurname"] == "Curamil"


def test_an_institution_is_corrected_where_it_is_and_by_who_may(office: Office) -> None:
    given = {"id": office.id("organization", "ours"), "expectedVersion": 1, "identifier": "12345"}
    told = office.change(COORDINATOR, "updateOrganization", given, "organization { name identifier version }")
    assert told["organization"] == {"name": "Escuela Los Boldos", "identifier": "12345", "version": 2}
    for who, name in ((REGIONAL, "ours"), (COORDINATOR, "far")):
        there = given | {"id": office.id("organization", name), "expectedVersion": 2}
        assert office.change(who, "updateOrganization", there)["code"] == "FORBIDDEN"
    told = office.change(COORDINATOR, "updateOrganization", given | {"expectedVersion": 2, "name": None})
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.name")

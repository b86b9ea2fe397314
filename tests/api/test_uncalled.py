"""Who asked not to be called: everybody who works there is told that, and only the child's team whom.

It is marked and seen · another team · no team, where the coordination speaks · a name that is not written down twice.
"""

import pytest
from sqlalchemy import select
from sqlmodel import col

from authz.actor import Role
from core.models.families import FamilyMember, Relative
from core.models.people import Nna, TeamMember
from tests import factories as make
from tests.api.client import Answer, Office
from tests.api.world import COORDINATOR, MANAGER

CONTACTS = """query ($id: ID!) { nna(id: $id) { contacts(first: 9) { totalCount edges { node {
    id version name phone noContact validUntil withheld } } } } }"""
HIDDEN = {"name": None, "phone": None, "noContact": True, "validUntil": None, "withheld": ["CONTACT"]}
SHOWN = {"name": "Rosa", "phone": "+56955550187", "noContact": True, "validUntil": None, "withheld": []}


@pytest.fixture(autouse=True)
def team(office: Office) -> None:
    """Put the case manager on the team of one child; `ours` has none yet."""
    with make.stored(office.host) as uow:
        nna = uow.session.get_one(Nna, office.world.key("nna", "consented"))
        make.a_team_member(uow, nna, office.world.key("user", MANAGER))


def mark(office: Office, name: str) -> str:
    """Write down, by who works with the child, somebody who is not to be called, and give their id."""
    who = MANAGER if name == "consented" else COORDINATOR
    contact = {"name": "Rosa", "phone": "9 5555 0187", "noContact": True}
    given = {"id": office.id("nna", name), "expectedVersion": 1, "contact": contact}
    told = office.change(who, "updateNna", given, "nna { contacts(first: 1) { edges { node { id } } } }")
    return str(told["nna"]["contacts"]["edges"][0]["node"]["id"])


def seen(office: Office, who: str, name: str, contact: str) -> Answer:
    found = office.ask(who, CONTACTS, {"id": office.id("nna", name)})["data"]["nna"]["contacts"]
    nodes = [edge["node"] for edge in found["edges"]]
    assert found["totalCount"] == len(nodes)
    (it,) = [node for node in nodes if node["id"] == contact]
    return {key: it[key] for key in HIDDEN}


def called_again(office: Office, who: str, name: str, version: int = 2) -> Answer:
    given = {"id": office.id("relative", name), "expectedVersion": version, "noContact": False}
    return office.change(who, "updateRelative", given, "relative { phone noContact withheld }")


@pytest.mark.parametrize(
    ("name", "who", "expected"),
    [("ours", COORDINATOR, HIDDEN), ("consented", COORDINATOR, HIDDEN), ("consented", MANAGER, SHOWN)],
)
def test_that_somebody_asked_is_told_where_it_hides_who(office: Office, name: str, who: str, expected: Answer) -> None:
    assert seen(office, who, name, mark(office, name)) == expected


def test_the_coordination_ends_it_where_nobody_is_on_the_team_and_nobody_else_does(office: Office) -> None:
    for name, ended in (("ours", True), ("consented", False)):
        given = {"id": mark(office, name), "expectedVersion": 1}
        told = office.change(COORDINATOR, "closeContact", given, "contact { validUntil }")
        assert told.get("code") == (None if ended else "PROTECTION_STAYS")
    assert office.change(MANAGER, "closeContact", given, "contact { validUntil }")["contact"]["validUntil"]


def test_a_brother_without_a_team_opens_no_way_to_end_what_guards_his_sister(office: Office) -> None:
    with make.stored(office.host) as uow:
        brother = make.an_nna(uow)
        sister = make.an_nna(uow, protected_address=True)
        make.a_team_member(uow, sister, office.world.key("user", MANAGER))
        make.a_family(uow, brother, sister)
        contact = make.a_contact(uow, brother)
    given = {"id": f"ctc_{contact.id.hex}", "expectedVersion": 1}
    assert office.change(COORDINATOR, "closeContact", given)["code"] == "PROTECTION_STAYS"


def test_a_relative_marked_by_mistake_is_called_again_by_who_speaks_for_the_child(office: Office) -> None:
    for name in ("ours", "consented"):
        given = {"id": office.id("relative", name), "expectedVersion": 1, "noContact": True}
        told = office.change(COORDINATOR, "updateRelative", given, "relative { phone noContact withheld }")["relative"]
        assert told == {"phone": None, "noContact": True, "withheld": ["CONTACT"]}
    told = called_again(office, COORDINATOR, "ours")["relative"]
    assert (told["noContact"], told["withheld"]) == (False, [])
    assert called_again(office, COORDINATOR, "consented")["code"] == "PROTECTION_STAYS"
    assert called_again(office, MANAGER, "consented")["relative"]["noContact"] is False


def test_a_relative_of_no_family_is_called_again_by_the_coordination(office: Office) -> None:
    with make.stored(office.host) as uow:
        aunt = make.a_relative(uow, no_contact=True)
        mine = make.a_family(uow, make.an_nna(uow))
        make.a_member(uow, mine, relative=aunt, valid_until=make.SINCE.replace(month=3))
    given = {"id": f"rel_{aunt.id.hex}", "expectedVersion": 1, "noContact": False}
    assert office.change(COORDINATOR, "updateRelative", given, "relative { noContact }")["relative"] == {
        "noContact": False
    }


def mother_of(office: Office, name: str) -> dict[str, str]:
    """Have the mother of a child ask not to be called, and give what changes of the family are asked with."""
    with make.stored(office.host) as uow:
        uow.session.get_one(Relative, office.world.key("relative", name)).no_contact = True
        child = office.world.key("nna", name)
        joined = select(FamilyMember).where(col(FamilyMember.nna_id) == child)
        member = uow.session.scalars(joined).one().id
    return {
        "mother": office.id("relative", name),
        "her place": office.id("member", name),
        "child": office.id("nna", name),
        "its place": f"mem_{member.hex}",
        "home": office.id("family", name),
    }


def leaves(office: Office, who: str, there: dict[str, str], place: str) -> Answer:
    return office.change(who, "leaveFamily", {"id": there[place], "expectedVersion": 1})


def joins(office: Office, who: str, **given: str) -> Answer:
    return office.change(who, "addFamilyMember", {"role": "OTHER_RELATIVE"} | given)


WAYS = {
    "she leaves": lambda office, who, there: leaves(office, who, there, "her place"),
    "her child leaves": lambda office, who, there: leaves(office, who, there, "its place"),
    "she has a second home": lambda office, who, there: joins(
        office, who, familyId=office.id("family", "ours"), relativeId=there["mother"]
    ),
    "her child has another home": lambda office, who, there: joins(
        office, who, familyId=office.id("family", "ours"), nnaId=there["child"], role="CHILD"
    ),
    "another child comes": lambda office, who, there: joins(
        office, who, familyId=there["home"], nnaId=office.id("nna", "ours"), role="CHILD"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_change_of_a_family_opens_who_asked_not_to_be_called(office: Office, way: str) -> None:
    there = mother_of(office, "consented")
    before = office.rows()
    assert WAYS[way](office, COORDINATOR, there)["code"] == "PROTECTION_STAYS"
    assert office.rows() == before
    with make.stored(office.host) as uow:
        nna = uow.session.get_one(Nna, office.world.key("nna", "consented"))
        make.a_team_member(uow, nna, office.world.key("user", COORDINATOR))
    assert "code" not in WAYS[way](office, COORDINATOR, there)


def test_who_left_and_asked_not_to_be_called_comes_back_by_the_coordination(office: Office) -> None:
    there = mother_of(office, "consented")
    leaves(office, MANAGER, there, "her place")
    back = {"familyId": there["home"], "relativeId": there["mother"]}
    assert joins(office, MANAGER, **back)["code"] == "PROTECTION_STAYS"
    assert "code" not in joins(office, COORDINATOR, **back)


@pytest.mark.parametrize("way", WAYS)
def test_where_nobody_of_the_team_may_edit_a_family_the_coordination_speaks(office: Office, way: str) -> None:
    there = mother_of(office, "consented")
    with make.stored(office.host) as uow:
        for member in uow.session.scalars(select(TeamMember).where(col(TeamMember.user_id) == _manager(office))):
            member.duty = Role.FAMILY_THERAPIST
    assert "code" not in WAYS[way](office, COORDINATOR, there)


def _manager(office: Office) -> object:
    return office.world.key("user", MANAGER)

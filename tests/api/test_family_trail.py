"""What is done to a family, its people and their ties stands in the trail of its children, and of no others."""

from collections.abc import Callable
from typing import Any

import pytest

from core.database import machinery
from core.models.families import Family, FamilyMember, Relation, RelationKind, Relative
from core.models.people import Nna
from tests import factories as make
from tests.api.client import Office
from tests.api.served import Ask, steps
from tests.api.world import AUDITOR, COORDINATOR, MANAGER, OURS

TRAIL = """query ($code: String!, $nna: ID) {
    auditTrail(communeCode: $code, nnaId: $nna, kinds: [WRITE]) { action tables } }"""
Given = dict[str, Any]


def trail(office: Office, name: str) -> list[tuple[str, list[str]]]:
    answer = office.ask(AUDITOR, TRAIL, {"code": OURS, "nna": office.id("nna", name)})
    assert answer["errors"] == []
    return [(step["action"], step["tables"]) for step in answer["data"]["auditTrail"]]


def told(office: Office, names: list[str], field: str, given: Given, who: str = MANAGER) -> list[list[str]]:
    """Change something and return which tables the one new step in each child's trail names; none without a step."""
    before = {name: trail(office, name) for name in names}
    assert office.change(who, field, given)["__typename"] == field[0].upper() + field[1:] + "Success"
    found = []
    for name in names:
        *new, last = [(None, []), *trail(office, name)[: len(trail(office, name)) - len(before[name])][::-1]]
        assert new == [] or last[0] == field
        found.append(last[1])
    return found


def an_aunt(office: Office, *homes: str, **over: Any) -> tuple[Relative, list[FamilyMember]]:
    with make.stored(office.host) as uow:
        aunt = make.a_relative(uow, no_contact=True, phone="+56955550111")
        families = [uow.session.get_one(Family, office.world.key("family", name)) for name in homes]
        return aunt, [make.a_member(uow, family, relative=aunt, **over) for family in families]


def a_tie(office: Office, aunt: Relative, name: str) -> Relation:
    with make.stored(office.host) as uow:
        mother = uow.session.get_one(Relative, office.world.key("relative", name))
        child = uow.session.get_one(Nna, office.world.key("nna", name))
        sisters = {"kind": RelationKind.SIBLING_OF, "to_relative_id": mother.id, "to_nna_id": None}
        return make.a_relation(uow, aunt, child, **sisters)


def _of_the_aunt(**changes: Any) -> Callable[[Office, str], Given]:
    def given(office: Office, name: str) -> Given:
        return {"id": f"rel_{an_aunt(office, name)[0].id.hex}", "expectedVersion": 1} | changes

    return given


def _newcomer(office: Office, name: str) -> Given:
    person = {"givenNames": "Ana", "firstSurname": "Soto"}
    return {"familyId": office.id("family", name), "role": "OTHER_RELATIVE", "relative": person, "mainCarer": True}


CHANGES: dict[str, tuple[str, Callable[[Office, str], Given], list[str]]] = {
    "called again": ("updateRelative", _of_the_aunt(noContact=False), ["relative"]),
    "another telephone": ("updateRelative", _of_the_aunt(phone="955550112"), ["relative"]),
    "gone": (
        "leaveFamily",
        lambda office, name: {"id": f"mem_{an_aunt(office, name)[1][0].id.hex}", "expectedVersion": 1},
        ["family_member"],
    ),
    "no longer her mother": (
        "endRelation",
        lambda office, name: {"id": office.id("relation", name), "expectedVersion": 1},
        ["relation"],
    ),
    "no longer her mother's sister": (
        "endRelation",
        lambda office, name: {
            "id": f"lnk_{a_tie(office, an_aunt(office, name)[0], name).id.hex}",
            "expectedVersion": 1,
        },
        ["relation"],
    ),
    "come": ("addFamilyMember", _newcomer, ["family_member", "relative"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_done_to_somebody_of_a_family_stands_in_its_childs_trail_alone(office: Office, change: str) -> None:
    field, given, tables = CHANGES[change]
    assert told(office, ["mine", "ours"], field, given(office, "mine")) == [tables, []]


@pytest.mark.parametrize("change", CHANGES)
def test_it_stands_in_a_protected_childs_trail_too(office: Office, change: str) -> None:
    with make.stored(office.host) as uow:
        child = uow.session.get_one(Nna, office.world.key("nna", "protected"))
        make.a_team_member(uow, child, office.world.key("user", MANAGER))
    field, given, tables = CHANGES[change]
    assert told(office, ["protected"], field, given(office, "protected")) == [tables]


def test_who_passes_the_care_on_is_told_of_where_both_are(office: Office) -> None:
    carer = an_aunt(office, "mine", main_carer=True)[1][0]
    assert told(office, ["mine"], "addFamilyMember", _newcomer(office, "mine")) == [["family_member", "relative"]]
    with machinery(office.host.database, "test") as session:
        assert session.get_one(FamilyMember, carer.id).valid_until is not None


def test_a_relative_of_two_families_is_of_the_children_of_both(office: Office) -> None:
    aunt, _ = an_aunt(office, "mine", "ours")
    given = {"id": f"rel_{aunt.id.hex}", "expectedVersion": 1, "phone": "955550112"}
    assert told(office, ["mine", "ours"], "updateRelative", given, COORDINATOR) == [["relative"], ["relative"]]


def test_who_left_one_family_for_another_is_of_the_children_of_today(office: Office) -> None:
    aunt, (left, _) = an_aunt(office, "mine", "ours")
    given: Given = {"id": f"mem_{left.id.hex}", "expectedVersion": 1}
    assert told(office, ["mine", "ours"], "leaveFamily", given, COORDINATOR) == [["family_member"], []]
    given = {"id": f"rel_{aunt.id.hex}", "expectedVersion": 1, "deathDate": "2026-11-01"}
    assert told(office, ["mine", "ours"], "updateRelative", given, COORDINATOR) == [[], ["relative"]]


def test_who_belongs_nowhere_today_is_of_the_children_of_what_they_left(office: Office) -> None:
    """Else whoever takes a relative out of a family first would change them without a trace."""
    aunt, (member,) = an_aunt(office, "mine")
    office.change(MANAGER, "leaveFamily", {"id": f"mem_{member.id.hex}", "expectedVersion": 1})
    given = {"id": f"rel_{aunt.id.hex}", "expectedVersion": 1, "deathDate": "2026-11-01"}
    assert told(office, ["mine", "ours"], "updateRelative", given, COORDINATOR) == [["relative"], []]


def test_a_child_who_goes_from_one_family_to_another_stands_in_the_trails_of_both(office: Office) -> None:
    with make.stored(office.host) as uow:
        make.a_family(uow, other := make.an_nna(uow))
    given: Given = {"familyId": office.id("family", "mine"), "role": "SIBLING", "nnaId": f"nna_{other.id.hex}"}
    office.world.rows["nna", "other"] = other.id
    came = told(office, ["mine", "other", "ours"], "addFamilyMember", given, COORDINATOR)
    assert came == [["family_member"], ["family_member", "nna"], []]
    given = {"familyId": office.id("family", "ours"), "role": "SIBLING", "nnaId": f"nna_{other.id.hex}"}
    went = told(office, ["mine", "other", "ours"], "addFamilyMember", given, COORDINATOR)
    assert went == [["family_member"], ["family_member", "nna"], ["family_member"]]
    office.world.rows.pop(("nna", "other"))


def test_who_reads_the_tie_of_two_relatives_has_read_of_their_children(ask: Ask, office: Office) -> None:
    """It names no child, and tells of the child's family all the same."""
    tie = a_tie(office, an_aunt(office, "mine")[0], "mine")
    document = "query Lazo($id: ID!) { node(id: $id) { ... on Relation { kind } } }"
    assert ask(COORDINATOR, document, {"id": f"lnk_{tie.id.hex}"}).json()["data"]["node"]
    assert [("READ", COORDINATOR, "Lazo") in steps(ask, office, name) for name in ("mine", "ours")] == [True, False]

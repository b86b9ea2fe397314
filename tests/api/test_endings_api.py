"""`closeAddress`, `closeContact`, `leaveFamily`, and an address that replaces another: what ends, or never held.

They work · another commune · a role without permission · the rules that refuse.
"""

import pytest

from tests.api.client import Answer, Office
from tests.api.world import COORDINATOR, FAR_COORDINATOR, MANAGER, OURS, PARTNER, REGIONAL, THERAPIST
from tests.factories import SINCE

ENDINGS = {"closeAddress": "address", "closeContact": "contact", "leaveFamily": "member"}
PLACES = """query ($id: ID!) { nna(id: $id) { version
    addresses(first: 9) { edges { node { id version street validFrom validUntil } } }
    contacts(first: 9) { edges { node { phone validFrom validUntil } } } } }"""
MOVED = {"locatedIn": OURS, "street": "Los Aromos"}


def end(office: Office, who: str, how: str, name: str, **over: object) -> Answer:
    shown = f"{ENDINGS[how]} {{ version validFrom validUntil }}"
    given = {"id": office.id(ENDINGS[how], name), "expectedVersion": 1}
    return office.change(who, how, given | over, shown)


def places(office: Office, who: str = COORDINATOR, name: str = "ours", kind: str = "addresses") -> list[Answer]:
    nna = office.ask(who, PLACES, {"id": office.id("nna", name)})["data"]["nna"]
    return [edge["node"] for edge in nna[kind]["edges"]]


def move(office: Office, who: str = COORDINATOR, name: str = "ours", version: int = 1, **over: object) -> Answer:
    given = {"id": office.id("nna", name), "expectedVersion": version, "address": MOVED | over}
    return office.change(who, "updateNna", given, "nna { version }")


@pytest.mark.parametrize("how", ENDINGS)
def test_what_no_longer_holds_ends_on_a_day_and_stays_recorded(office: Office, how: str) -> None:
    told = end(office, COORDINATOR, how, "ours", on="2026-10-01")[ENDINGS[how]]
    assert (told["version"], told["validUntil"]) == (2, "2026-10-01")
    assert end(office, MANAGER, how, "mine")[ENDINGS[how]]["validUntil"] == "2026-11-20"


@pytest.mark.parametrize("how", ENDINGS)
def test_what_was_written_by_mistake_ends_on_its_own_first_day(office: Office, how: str) -> None:
    told = end(office, COORDINATOR, how, "ours", on=str(SINCE))[ENDINGS[how]]
    assert told["validFrom"] == told["validUntil"] == str(SINCE)


@pytest.mark.parametrize("how", ENDINGS)
def test_nothing_ends_before_it_began(office: Office, how: str) -> None:
    before = office.rows()
    told = end(office, COORDINATOR, how, "ours", on="2025-12-31")
    assert (told["code"], told["field"]) == ("WRONG_DATES", "input.on")
    assert office.rows() == before


@pytest.mark.parametrize("how", ENDINGS)
def test_an_end_is_never_put_off(office: Office, how: str) -> None:
    end(office, COORDINATOR, how, "ours", on="2026-10-01")
    before = office.rows()
    told = end(office, COORDINATOR, how, "ours", expectedVersion=2, on="2026-10-02")
    assert (told["code"], told["field"]) == ("WRONG_DATES", "input.on")
    assert office.rows() == before


@pytest.mark.parametrize("how", ["closeAddress", "closeContact"])
def test_an_end_may_be_brought_forward(office: Office, how: str) -> None:
    end(office, COORDINATOR, how, "ours", on="2026-10-01")
    told = end(office, COORDINATOR, how, "ours", expectedVersion=2, on="2026-09-01")
    assert told[ENDINGS[how]]["validUntil"] == "2026-09-01"


@pytest.mark.parametrize("how", ENDINGS)
def test_who_ends_an_older_version_is_told_both(office: Office, how: str) -> None:
    told = end(office, COORDINATOR, how, "ours", expectedVersion=7)
    assert (told["code"], told["expectedVersion"], told["currentVersion"]) == ("CONFLICT", 7, 1)


@pytest.mark.parametrize("how", ENDINGS)
@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER])
def test_what_is_of_another_commune_is_not_found_like_what_is_not(office: Office, who: str, how: str) -> None:
    before = office.rows()
    told = [end(office, who, how, name) for name in ("far", "nobody")]
    assert told[0] == told[1]
    assert told[0]["code"] == "NOT_FOUND"
    assert office.rows() == before
    assert end(office, FAR_COORDINATOR, how, "far")[ENDINGS[how]]["validUntil"]


@pytest.mark.parametrize(
    ("who", "name", "how", "code"),
    [
        (PARTNER, "consented", "closeAddress", "FORBIDDEN"),
        (THERAPIST, "mine", "closeContact", "FORBIDDEN"),
        (MANAGER, "ours", "leaveFamily", "FORBIDDEN"),
        (REGIONAL, "ours", "leaveFamily", "FORBIDDEN"),
        (MANAGER, "ours", "closeAddress", "NOT_FOUND"),
        (COORDINATOR, "protected", "closeAddress", "NOT_FOUND"),
    ],
)
def test_who_may_not_change_it_ends_nothing(office: Office, who: str, name: str, how: str, code: str) -> None:
    before = office.rows()
    assert end(office, who, how, name)["code"] == code
    assert office.rows() == before


@pytest.mark.parametrize("how", ENDINGS)
def test_an_id_of_something_else_is_refused(office: Office, how: str) -> None:
    told = end(office, COORDINATOR, how, "ours", id=office.id("nna", "ours"))
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.id")


def test_a_child_who_leaves_a_family_is_of_none(office: Office) -> None:
    into = {"familyId": office.id("family", "mine"), "role": "CHILD", "nnaId": office.id("nna", "ours")}
    made = office.change(COORDINATOR, "addFamilyMember", into, "member { id validFrom }")["member"]
    end(office, COORDINATOR, "leaveFamily", "ours", id=made["id"], on=made["validFrom"])
    shown = office.ask(COORDINATOR, "query ($id: ID!) { nna(id: $id) { family { id } } }", _nna(office))
    assert shown["data"]["nna"]["family"] is None


def test_a_wrong_telephone_ends_and_another_takes_its_place(office: Office) -> None:
    end(office, COORDINATOR, "closeContact", "ours", on=str(SINCE))
    new = _nna(office) | {"expectedVersion": 1, "contact": {"name": "Rosa", "phone": "9 5555 0102"}}
    office.change(COORDINATOR, "updateNna", new)
    live = [one["phone"] for one in places(office, kind="contacts") if one["validUntil"] is None]
    assert live == ["+56955550102"]


def test_a_new_address_says_what_becomes_of_the_one_in_force(office: Office) -> None:
    before = office.rows()
    told = move(office)
    assert (told["code"], told["field"]) == ("ADDRESS_IN_FORCE", "input.address.replaces")
    assert told["details"] == {"addresses": [office.id("address", "ours")]}
    assert office.rows() == before


def test_the_address_that_is_replaced_ends_the_day_the_new_one_begins(office: Office) -> None:
    move(office, replaces=[office.id("address", "ours")])
    days = {one["street"]: (one["validFrom"], one["validUntil"]) for one in places(office)}
    assert days["Los Aromos"] == ("2026-11-20", None)
    assert {until for street, (_, until) in days.items() if street != "Los Aromos"} == {"2026-11-20"}


def test_who_lives_at_two_addresses_keeps_both_where_it_is_said(office: Office) -> None:
    move(office, replaces=[])
    assert [one["validUntil"] for one in places(office)] == [None, None]
    assert set(move(office, version=2)["details"]["addresses"]) == {one["id"] for one in places(office)}


def test_an_address_that_has_ended_asks_for_nothing(office: Office) -> None:
    end(office, COORDINATOR, "closeAddress", "ours")
    assert move(office)["nna"]


def test_an_address_that_they_may_not_see_is_not_told_and_stays(office: Office) -> None:
    assert move(office, name="protected")["nna"]
    hidden = [office.id("address", "protected")]
    assert move(office, name="protected", version=2, replaces=hidden)["code"] == "NOT_FOUND"


@pytest.mark.parametrize("name", ["mine", "far"])
def test_nobody_replaces_the_address_of_another_child(office: Office, name: str) -> None:
    before = office.rows()
    told = move(office, replaces=[office.id("address", name)])
    assert told["code"] == ("NOT_FOUND" if name == "far" else "INVALID_INPUT")
    assert office.rows() == before


def _nna(office: Office) -> dict[str, str]:
    return {"id": office.id("nna", "ours")}

"""`node` and `nodes`: any record by its id, null where there is none for the caller, however the id came about."""

import orjson
import pytest

from core.services.territory import territory_id
from tests.api.client import Office
from tests.api.world import ADMIN, AUDITOR, COORDINATOR, MANAGER, PARTNER

NODE = "query ($id: ID!) { node(id: $id) { id __typename } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"
KINDS = {
    "nna": "Nna",
    "family": "Family",
    "relative": "Relative",
    "member": "FamilyMember",
    "alert": "Alert",
    "entry": "NominaEntry",
    "user": "User",
    "assignment": "Assignment",
}
EMPTY = {"data": {"node": None}, "errors": []}


@pytest.mark.parametrize(("kind", "name"), KINDS.items())
def test_a_record_of_any_type_is_found_by_its_id(office: Office, kind: str, name: str) -> None:
    wire = office.id(kind, "ours")
    assert office.ask(COORDINATOR, NODE, {"id": wire})["data"]["node"] == {"id": wire, "__typename": name}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", [COORDINATOR, MANAGER, PARTNER, ADMIN, AUDITOR])
def test_a_record_of_another_commune_is_none_like_one_that_is_not(office: Office, who: str, kind: str) -> None:
    far, absent = (office.ask(who, NODE, {"id": office.id(kind, name)}) for name in ("far", "nobody"))
    assert far == absent == EMPTY


@pytest.mark.parametrize("who", [COORDINATOR, AUDITOR, "case_manager.13101.unsigned"])
def test_territory_and_institutions_are_everybodys(office: Office, who: str) -> None:
    commune = f"com_{territory_id('commune', '05701').hex}"
    for wire in (commune, office.id("organization", "far")):
        assert office.ask(who, NODE, {"id": wire})["data"]["node"]["id"] == wire


@pytest.mark.parametrize(
    "wire",
    ["", "_", "x", "nna", "nna_", "nna_1", "nna_" + "z" * 32, "zzz_" + "0" * 32, "nna_" + "0" * 33, "nna_%", "nna_'--"],
)
def test_an_id_that_cannot_be_is_none(office: Office, wire: str) -> None:
    assert office.ask(COORDINATOR, NODE, {"id": wire}) == EMPTY


def test_an_id_means_its_own_type_and_no_other(office: Office) -> None:
    as_family = office.id("nna", "ours").replace("nna_", "fam_")
    assert office.ask(COORDINATOR, NODE, {"id": as_family}) == EMPTY
    found = office.ask(COORDINATOR, "query ($id: ID!) { nna(id: $id) { id } }", {"id": office.id("family", "ours")})
    assert found == {"data": {"nna": None}, "errors": []}


def test_hidden_records_between_shown_ones_are_nulls_that_are_encoded_alike(office: Office) -> None:
    """An ordinary null after finished JSON in one list has orjson 3.13 write past its buffer."""
    asked = [office.id("nna", "ours"), *[office.id("nna", "nobody")] * 25]
    rows = office.raw(COORDINATOR, NODES, {"ids": asked})["nodes"]
    assert {type(row) for row in rows} == {orjson.Fragment}
    assert orjson.loads(orjson.dumps(rows))[1:] == [None] * 25


def test_records_come_in_the_order_asked_with_none_in_the_place_of_the_hidden(office: Office) -> None:
    asked = [
        office.id("alert", "ours"),
        office.id("nna", "far"),
        office.id("nna", "mine"),
        "x",
        office.id("nna", "nobody"),
    ]
    found = office.ask(COORDINATOR, NODES, {"ids": [*asked, asked[0]]})["data"]["nodes"]
    assert [node and node["id"] for node in found] == [asked[0], None, asked[2], None, None, asked[0]]


def test_no_more_than_a_hundred_at_once(office: Office) -> None:
    one = office.id("nna", "ours")
    assert len(office.ask(COORDINATOR, NODES, {"ids": [one] * 100})["data"]["nodes"]) == 100
    answer = office.ask(COORDINATOR, NODES, {"ids": [one] * 101})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_INPUT"]

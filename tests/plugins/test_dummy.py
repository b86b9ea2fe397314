"""A whole plugin by somebody else: it adds a field, a table, a mutation, a policy and an indicator, and is switched."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from authz.actor import Actor, Hat, Role
from core.plugins import load_plugins
from core.upgrade import drift, status
from tests.factories import COLINA, SANTIAGO, actor, an_nna
from tests.plugins.asking import House, a_house

COORDINATOR = actor(Role.COORDINATOR, SANTIAGO)
OF_BOTH = replace(COORDINATOR, hats=(Hat(Role.COORDINATOR, frozenset({SANTIAGO, COLINA})),))
MANAGER = actor(Role.CASE_MANAGER, SANTIAGO)
ADD = """mutation ($nna: ID!, $text: String!) {
  addDummyNote(input: {nnaId: $nna, text: $text}) {
    __typename
    ... on AddDummyNoteSuccess { note { id text } }
    ... on Refusal { code message details }
  }
}"""
NOTES = """query ($id: ID!) {
  nna(id: $id) { givenNames dummyNoteCount dummyNotes(first: 10) { totalCount edges { node { text } } } }
}"""

BOTH = """query ($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Nna { dummyNoteCount dummyNotes(first: 1) { totalCount } } }
}"""
FIGURES = '{ indicators(communeCode: "13101") { code label plugin value } }'


@pytest.fixture
def house(land: str, tmp_path: Path, installed: None) -> Iterator[House]:
    """A house with the dummy as its entry point gives it, on in both communes."""
    plugin = load_plugins((), third_party=True).get_plugin("dummy")
    with a_house(land, tmp_path, plugin) as made:
        for commune in (SANTIAGO, COLINA):
            made.switch(commune, True)
        yield made


def a_child(house: House, commune: str = SANTIAGO, **over: Any) -> str:
    with house.host.transaction(None, "test") as uow:
        return f"nna_{an_nna(uow, commune_code=commune, **over).id.hex}"


def add(house: House, who: Actor, child: str, text: str = "Le gusta la rayuela.") -> Any:
    said = house.ask(who, ADD, nna=child, text=text)
    assert said.wrong == []
    return said.data["addDummyNote"]


def notes(house: House, who: Actor, child: str) -> Any:
    return house.ask(who, NOTES, id=child)


def test_its_table_comes_by_its_own_revisions(house: House) -> None:
    assert ("dummy", "dummy_0001", "dummy_0001") in status(house.host)
    assert drift(house.host) == {}


def test_its_mutation_writes_and_its_fields_answer_through_the_read_path(house: House) -> None:
    child = a_child(house)
    made = add(house, COORDINATOR, child)
    assert made["__typename"] == "AddDummyNoteSuccess" and made["note"]["text"] == "Le gusta la rayuela."
    said = notes(house, COORDINATOR, child)
    assert said.wrong == []
    assert said.data["nna"] == {
        "givenNames": "Amanda",
        "dummyNoteCount": 1,
        "dummyNotes": {"totalCount": 1, "edges": [{"node": {"text": "Le gusta la rayuela."}}]},
    }
    assert house.schema.catalogue.metrics.fallbacks == {}


def test_its_policy_refuses_whoever_it_does_not_name(house: House) -> None:
    child = a_child(house)
    assert add(house, MANAGER, child)["code"] == "FORBIDDEN"


def test_a_child_of_another_commune_is_not_found(house: House) -> None:
    assert add(house, COORDINATOR, a_child(house, COLINA))["code"] == "NOT_FOUND"


def test_what_its_policy_does_not_open_is_not_shown(house: House) -> None:
    child = a_child(house)
    add(house, COORDINATOR, child)
    said = notes(house, MANAGER, child)
    assert said.data["nna"]["dummyNotes"] is None
    assert said.wrong == [("nna.dummyNotes", "FORBIDDEN")]


def test_switched_off_its_fields_are_null_with_one_error_each(house: House) -> None:
    child = a_child(house)
    add(house, COORDINATOR, child)
    house.switch(SANTIAGO, False)
    said = notes(house, COORDINATOR, child)
    assert said.data["nna"] == {"givenNames": "Amanda", "dummyNoteCount": None, "dummyNotes": None}
    assert said.wrong == [("nna.dummyNoteCount", "PLUGIN_DISABLED"), ("nna.dummyNotes", "PLUGIN_DISABLED")]


def test_switched_off_its_rows_are_nobodys_to_find(house: House) -> None:
    made = add(house, COORDINATOR, a_child(house))["note"]["id"]
    house.switch(SANTIAGO, False)
    assert house.ask(COORDINATOR, "query ($id: ID!) { node(id: $id) { id } }", id=made).data == {"node": None}


def test_switched_off_its_mutation_is_refused(house: House) -> None:
    child = a_child(house)
    house.switch(SANTIAGO, False)
    assert add(house, COORDINATOR, child)["code"] == "PLUGIN_DISABLED"
    house.switch(SANTIAGO, True)
    assert notes(house, COORDINATOR, child).data["nna"]["dummyNoteCount"] == 0


def test_switched_on_again_nothing_is_lost(house: House) -> None:
    child = a_child(house)
    add(house, COORDINATOR, child)
    house.switch(SANTIAGO, False)
    house.switch(SANTIAGO, True)
    assert notes(house, COORDINATOR, child).data["nna"]["dummyNoteCount"] == 1


def test_who_coordinates_two_communes_sees_the_rows_of_the_one_that_has_it_on(house: House) -> None:
    here, there = a_child(house), a_child(house, COLINA)
    add(house, OF_BOTH, here), add(house, OF_BOTH, there)
    house.switch(COLINA, False)
    said = house.ask(OF_BOTH, BOTH, ids=[here, there])
    assert said.wrong == []
    assert said.data["nodes"] == [
        {"dummyNoteCount": 1, "dummyNotes": {"totalCount": 1}},
        {"dummyNoteCount": None, "dummyNotes": None},
    ]


def test_an_office_that_never_switched_it_on_has_it_off(land: str, tmp_path: Path, installed: None) -> None:
    plugin = load_plugins((), third_party=True).get_plugin("dummy")
    with a_house(land, tmp_path, plugin) as house:
        assert add(house, COORDINATOR, a_child(house))["code"] == "PLUGIN_DISABLED"


def test_its_indicator_is_counted_with_small_cells_hidden(house: House) -> None:
    child = a_child(house)
    for wanted in (None, 5):
        said = house.ask(COORDINATOR, FIGURES)
        shown = {"code": "dummy.notes", "label": "Notas", "plugin": "dummy", "value": wanted}
        assert (said.data["indicators"], said.wrong) == ([shown], [])
        for _ in range(6):
            add(house, COORDINATOR, child)


def test_switched_off_its_indicator_is_absent(house: House) -> None:
    house.switch(SANTIAGO, False)
    assert house.ask(COORDINATOR, FIGURES).data == {"indicators": []}


def test_its_demo_data_is_written_as_anybodys(house: House) -> None:
    child = a_child(house)
    with house.host.transaction(None, "demo") as uow:
        house.host.plugins.hook.oln_demo_data(uow=uow, communes=[SANTIAGO], seed=1, today=uow.today())
    assert notes(house, COORDINATOR, child).data["nna"]["dummyNoteCount"] == 1


def test_it_gives_a_child_all_that_it_holds_and_strips_it_when_asked(house: House) -> None:
    child = a_child(house)
    add(house, COORDINATOR, child)
    nna_id = UUID(hex=child.removeprefix("nna_"))
    hook = house.host.plugins.hook
    with house.host.transaction(None, "rights") as uow:
        (held,) = hook.oln_export_subject(uow=uow, nna_id=nna_id)
        assert [note["text"] for note in held["notes"]] == ["Le gusta la rayuela."]
        assert hook.oln_anonymise_subject(uow=uow, nna_id=nna_id) == [1]
    with house.host.unit_of_work(None, "rights") as uow:
        assert hook.oln_export_subject(uow=uow, nna_id=nna_id)[0]["notes"][0]["text"] is None

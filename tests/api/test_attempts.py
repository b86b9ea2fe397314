"""Whom somebody asked for in vain, or was told of otherwise than by a record: written down in the child's own trail."""

from functools import partialmethod

import pytest

from core.identity import format_run
from schema.context import Context
from tests.api.client import Office, mutation
from tests.api.served import NODES, RECORD, TRAIL, Ask, steps
from tests.api.world import (
    AUDITOR,
    COORDINATOR,
    FAR_COORDINATOR,
    MANAGER,
    NAMES,
    OURS,
    PARTNER,
    RUNS,
    THEIRS,
)


@pytest.fixture(params=[True, False])
def compiled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read by compiled statements, and once more by the ordinary way."""
    monkeypatch.setattr(Context, "__init__", partialmethod(Context.__init__, compiled=request.param))


@pytest.mark.parametrize("document", [RECORD, NODES])
def test_who_names_a_child_and_is_shown_nothing_stands_there_too(ask: Ask, office: Office, document: str) -> None:
    wanted = office.id("nna", "ours")
    answer = ask(FAR_COORDINATOR, document, {"id": wanted, "ids": [wanted]})
    assert wanted not in answer.text
    assert [(kind, who) for kind, who, _ in steps(ask, office)] == [("ATTEMPT", FAR_COORDINATOR)]


def test_a_role_that_reads_no_child_leaves_its_attempt(ask: Ask, office: Office) -> None:
    assert ask("municipal_admin.13101", RECORD, {"id": office.id("nna", "ours")}).json()["data"] == {"nna": None}
    assert steps(ask, office) == [("ATTEMPT", "municipal_admin.13101", "Ficha")]


def test_of_several_children_each_has_what_happened_to_it(ask: Ask, office: Office) -> None:
    ask(COORDINATOR, NODES, {"ids": [office.id("nna", "ours"), office.id("nna", "far")]})
    assert steps(ask, office) == [("READ", COORDINATOR, "Fichas")]
    assert steps(ask, office, "far", THEIRS) == [("ATTEMPT", COORDINATOR, "Fichas")]


PAGES = [
    "query Lista($of: ID!, $id: String!) { nna(id: $of) { family { children(first: 5, after: $id) { totalCount } } } }",
    "query Lista($of: ID!, $id: String!) { node(id: $of) { ... on Nna { family { children(last: 5, before: $id) "
    "{ edges { node { id } } } } } } }",
    "query Lista($of: ID!, $id: String!) { nodes(ids: [$of]) { ... on Nna { family { children(first: 5, after: $id) "
    "{ edges { cursor } } } } } }",
]


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("document", PAGES)
def test_who_names_a_child_as_a_cursor_in_vain_leaves_the_attempt(ask: Ask, office: Office, document: str) -> None:
    far = office.id("nna", "far")
    assert "CURSOR_GONE" in ask(COORDINATOR, document, {"of": office.id("nna", "ours"), "id": far}).text
    assert steps(ask, office, "far", THEIRS) == [("ATTEMPT", COORDINATOR, "Lista")]


FILTERED = [
    "query Lista($of: ID!, $id: ID!) { nna(id: $of) { family { children(first: 5, where: {family: {eq: $id}}) "
    "{ totalCount } } } }",
    "query Lista($of: ID!, $id: ID!) { nodes(ids: [$of]) { ... on Nna { family { children(first: 5, "
    "where: {family: {in: [$id]}}) { edges { node { id } } } } } } }",
]


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("document", FILTERED)
def test_who_names_a_child_in_a_filter_in_vain_leaves_the_attempt(ask: Ask, office: Office, document: str) -> None:
    """A plugin may filter by a child; whichever list it is, the child's id is enough."""
    given = {"of": office.id("nna", "ours"), "id": office.id("nna", "far")}
    assert "errors" not in ask(COORDINATOR, document, given).json()
    assert steps(ask, office, "far", THEIRS) == [("ATTEMPT", COORDINATOR, "Lista")]
    ask(COORDINATOR, document, given | {"id": given["of"]})
    assert ("ATTEMPT", COORDINATOR, "Lista") not in steps(ask, office)


@pytest.mark.parametrize("document", PAGES)
def test_a_cursor_below_what_is_not_shown_leaves_the_attempt_too(ask: Ask, office: Office, document: str) -> None:
    ask("municipal_admin.13101", document, {"of": office.id("nna", "mine"), "id": office.id("nna", "ours")})
    assert steps(ask, office) == [("ATTEMPT", "municipal_admin.13101", "Lista")]


@pytest.mark.usefixtures("compiled")
def test_who_only_turns_the_page_asked_for_nobody_in_vain(ask: Ask, office: Office) -> None:
    family = (
        PAGES[0].replace("nna(id: $of) { family { children", "family(id: $of) { children").replace("} } } }", "} } }")
    )
    given = {"of": office.id("family", "ours"), "id": office.id("nna", "ours")}
    assert "errors" not in ask(COORDINATOR, family, given).json()
    assert not [step for step in steps(ask, office) if step[0] == "ATTEMPT"]


@pytest.mark.parametrize("field", ["nna", "accessExplanation", "updateNna"])
def test_who_names_a_child_before_signing_leaves_the_attempt(ask: Ask, office: Office, field: str) -> None:
    given = {"id": office.id("nna", "ours"), "expectedVersion": 1, "givenNames": "Otra"}
    why = 'query ($id: ID!) { accessExplanation(id: $id, field: "givenNames") { allowed } }'
    document = {"nna": RECORD, "accessExplanation": why}.get(field) or mutation("updateNna")
    answer = ask(f"{MANAGER}.unsigned", document, {"id": given["id"], "input": given})
    assert "CONFIDENTIALITY_UNSIGNED" in answer.text
    assert [(kind, who) for kind, who, _ in steps(ask, office)] == [("ATTEMPT", f"{MANAGER}.unsigned")]


def test_asking_why_one_may_not_see_a_child_leaves_the_attempt(ask: Ask, office: Office) -> None:
    text = 'query ($id: ID!) { accessExplanation(id: $id, field: "givenNames") { allowed } }'
    assert ask(PARTNER, text, {"id": office.id("nna", "far")}).json()["data"] == {"accessExplanation": None}
    assert [(kind, who) for kind, who, _ in steps(ask, office, "far", THEIRS)] == [("ATTEMPT", PARTNER)]


def test_asking_why_one_sees_a_child_is_a_reading(ask: Ask, office: Office) -> None:
    text = 'query Razon($id: ID!) { accessExplanation(id: $id, field: "street") { allowed } }'
    assert ask(MANAGER, text, {"id": office.id("address", "mine")}).json()["data"]["accessExplanation"]["allowed"]
    assert steps(ask, office, "mine") == [("READ", MANAGER, "Razon")]


PARTS = {
    "family": "query Parte($id: ID!) { family(id: $id) { id } }",
    "relative": "query Parte($id: ID!) { node(id: $id) { id } }",
    "member": "query Parte($id: ID!) { nodes(ids: [$id]) { id } }",
    "alert": "query Parte($id: ID!) { node(id: $id) { id } }",
    "discarded": "query Parte($id: ID!) { nodes(ids: [$id]) { id } }",
}


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("kind", PARTS)
def test_a_part_of_a_record_leads_to_the_child(ask: Ask, office: Office, kind: str) -> None:
    assert office.id(kind, "far") not in ask(COORDINATOR, PARTS[kind], {"id": office.id(kind, "far")}).text
    assert steps(ask, office, "far", THEIRS) == [("ATTEMPT", COORDINATOR, "Parte")]
    assert office.id(kind, "ours") in ask(COORDINATOR, PARTS[kind], {"id": office.id(kind, "ours")}).text
    assert not [step for step in steps(ask, office) if step[0] == "ATTEMPT"]


def test_what_is_of_no_child_leads_to_nobody(ask: Ask, office: Office) -> None:
    for kind, name in (("run", f"{THEIRS}.discarded"), ("organization", "far"), ("nna", "nobody")):
        assert "errors" not in ask(COORDINATOR, NODES, {"ids": [office.id(kind, name)]}).json()
    assert steps(ask, office, "far", THEIRS) == steps(ask, office) == []


def test_a_decision_on_somebody_elses_alert_leaves_the_attempt(ask: Ask, office: Office) -> None:
    given = {"id": office.id("alert", "far"), "expectedVersion": 1}
    told = ask(COORDINATOR, mutation("validateAlert"), {"input": given}).json()["data"]["validateAlert"]
    assert told["code"] == "NOT_FOUND"
    assert [(kind, who) for kind, who, _ in steps(ask, office, "far", THEIRS)] == [("ATTEMPT", COORDINATOR)]


@pytest.mark.parametrize(("who", "code"), [(AUDITOR, OURS), (COORDINATOR, THEIRS)])
def test_asking_for_the_trail_of_somebody_elses_child_leaves_the_attempt(
    ask: Ask, office: Office, who: str, code: str
) -> None:
    given = {"code": code, "nna": office.id("nna", "far")}
    assert not ask(who, TRAIL, given).json()["data"]["auditTrail"]
    assert [(kind, name) for kind, name, _ in steps(ask, office, "far", THEIRS)] == [("ATTEMPT", who)]


def test_who_may_read_a_childs_trail_attempts_nothing(ask: Ask, office: Office) -> None:
    assert steps(ask, office) == steps(ask, office) == []


SEARCH = "query Busca($text: String!) { searchNna(text: $text) { hits { score } } }"


def test_a_number_searched_in_vain_leaves_the_attempt_where_the_child_is(ask: Ask, office: Office) -> None:
    found = ask(COORDINATOR, SEARCH, {"text": format_run(RUNS["far"])}).json()["data"]["searchNna"]["hits"]
    assert (found, steps(ask, office, "far", THEIRS)) == ([], [("ATTEMPT", COORDINATOR, "Busca")])


@pytest.mark.parametrize("text", [RUNS["ours"], "Lautaro"])
def test_who_finds_a_child_has_read_that_it_is_known_here(ask: Ask, office: Office, text: str) -> None:
    assert ask(COORDINATOR, SEARCH, {"text": text}).json()["data"]["searchNna"]["hits"]
    assert steps(ask, office) == [("READ", COORDINATOR, "Busca")]


def test_a_number_is_written_down_found_anywhere_or_nowhere(ask: Ask, office: Office) -> None:
    """Else how long the answer takes would tell whether somebody has it."""
    folder = office.host.settings.journal_folder
    for text in (format_run(RUNS["far"]), "11.111.111-1"):
        before = sum(len(file.read_bytes().splitlines()) for file in folder.glob("*.jsonl"))
        ask(COORDINATOR, SEARCH, {"text": text})
        assert sum(len(file.read_bytes().splitlines()) for file in folder.glob("*.jsonl")) == before + 1


def register(ask: Ask, who: str, **over: str) -> dict[str, str]:
    person = {
        "communeCode": OURS,
        "givenNames": "Otra",
        "firstSurname": "Persona",
        "sex": "UNKNOWN",
        "birthDate": "2013-03-05",
    }
    found = ask(who, mutation("registerNna"), {"input": person | over}).json()
    return found["data"]["registerNna"]  # type: ignore[no-any-return]


@pytest.mark.parametrize(("who", "kind"), [(COORDINATOR, "READ"), (MANAGER, "ATTEMPT")])
def test_to_be_told_that_a_number_is_taken_leaves_a_trace(ask: Ask, office: Office, who: str, kind: str) -> None:
    told = register(ask, who, identifierKind="RUN", identifier=RUNS["ours"])
    assert (told["code"], "details" in told) == ("ALREADY_REGISTERED", True)
    assert [(kind, name) for kind, name, _ in steps(ask, office)] == [(kind, who)]


def test_to_be_told_of_look_alikes_is_to_read_them(ask: Ask, office: Office) -> None:
    given, first, second = NAMES["ours"]
    told = register(ask, COORDINATOR, identifierKind="NONE", givenNames=given, firstSurname=first, secondSurname=second)
    assert told["code"] == "POSSIBLE_DUPLICATE"
    assert [(kind, name) for kind, name, _ in steps(ask, office)] == [("READ", COORDINATOR)]


def test_to_be_told_what_stands_now_is_to_read_it(ask: Ask, office: Office) -> None:
    given = {"id": office.id("nna", "ours"), "expectedVersion": 9, "givenNames": "Otra"}
    told = ask(COORDINATOR, mutation("updateNna"), {"input": given}).json()["data"]["updateNna"]
    assert told["__typename"] == "Conflict"
    assert [(kind, name) for kind, name, _ in steps(ask, office)] == [("READ", COORDINATOR)]


FAMILIES = {
    "family": "query Leer($id: ID!) { family(id: $id) { notes rshBracket } }",
    "relative": "query Leer($id: ID!) { node(id: $id) { ... on Relative { givenNames phone } } }",
    "member": "query Leer($id: ID!) { nodes(ids: [$id]) { ... on FamilyMember { relative { givenNames } } } }",
}


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("kind", FAMILIES)
def test_what_is_of_a_family_is_of_its_children(ask: Ask, office: Office, kind: str) -> None:
    assert "errors" not in ask(COORDINATOR, FAMILIES[kind], {"id": office.id(kind, "ours")}).json()
    assert steps(ask, office) == [("READ", COORDINATOR, "Leer")]

"""What the files refuse the API refuses: texts that nobody could read again, and codes that no list has."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.api.client import Office, mutation
from tests.api.operations import INPUTS, PERSON
from tests.api.test_users_api import a_role
from tests.api.world import ADMIN, COORDINATOR, OURS

NUL, TURNED = "\x00", "\u202e"
RELATION = {"nna": "ours", "commune": "ours", "none": "ours", "family": "ours", "user": "ours"}


def places(given: Any, at: str = "input") -> Iterator[tuple[str, list[str | int]]]:
    """Yield where each text of an input stands, as an error names it and as Python reaches it."""
    inside = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    for key, value in inside:
        place = f"{at}.{key}"
        if isinstance(value, str):
            yield place, [key]
        for below, keys in places(value, place):
            yield below, [key, *keys]


def spoiled(given: dict[str, Any], keys: list[str | int]) -> dict[str, Any]:
    made: Any = deepcopy(given)
    *above, last = keys
    inner = made
    for key in above:
        inner = inner[key]
    inner[last] += NUL
    return made  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", sorted(INPUTS), ids="/".join)
def test_no_mutation_takes_a_text_that_could_not_be_kept(office: Office, name: tuple[str, str]) -> None:
    """Every text of every mutation: one that is added without being looked at fails here."""
    given, before = INPUTS[name](office, RELATION.get(name[1], "ours")), office.rows()
    asked = 0
    for place, keys in places(given):
        answer = office.ask(COORDINATOR, mutation(name[0]), {"input": spoiled(given, keys)})
        if answer["errors"]:  # an enumeration, a date: no text at all
            assert answer["errors"][0]["extensions"]["code"] in ("BAD_VARIABLE", "BAD_ARGUMENT")
            continue
        told = answer["data"][name[0]]
        assert (told["code"], told["field"]) == ("INVALID_INPUT", place)
        asked += 1
    assert asked
    assert office.rows() == before


@pytest.mark.parametrize("text", [NUL, "\x08", "\x1b", "\x9d", TURNED, "\u2066", "\ufffd"])
@pytest.mark.parametrize("place", ["givenNames", "nationality"])
def test_a_name_that_would_be_read_as_another_is_refused(office: Office, text: str, place: str) -> None:
    given = PERSON | {"communeCode": OURS, place: f"Ana{text}"}
    told = office.change(COORDINATOR, "registerNna", given)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", f"input.{place}")
    assert text not in told["message"]


def test_lines_and_tabulators_are_text(office: Office) -> None:
    told = office.change(
        COORDINATOR, "registerFamily", {"communeCode": OURS, "notes": "Uno.\n\tDos.\r\n"}, "family { id }"
    )
    assert told["family"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"nationality": "ZZZ"}, "input.nationality"),
        ({"indigenousPeople": "Selk'nam"}, "input.indigenousPeople"),
        ({"health": {"insurance": "Fonasa"}}, "input.health.insurance"),
        ({"schooling": {"schoolName": "Escuela Uno", "level": "Básica"}}, "input.schooling.level"),
    ],
)
def test_codes_are_those_of_the_files(office: Office, given: dict[str, Any], field: str) -> None:
    for name, base in (
        ("registerNna", PERSON | {"communeCode": OURS}),
        ("updateNna", {"id": office.id("nna", "ours"), "expectedVersion": 1}),
    ):
        told = office.change(COORDINATOR, name, base | given)
        assert (told["code"], told["field"]) == ("INVALID_INPUT", field)


def test_a_reason_is_read_again_as_it_was_written(office: Office) -> None:
    person = {"username": "paula.rojas", "displayName": f"Paula{TURNED}", "subject": "p", "grant": a_role()}
    told = office.change(ADMIN, "inviteUser", person)
    assert (told["code"], told["field"]) == ("INVALID_INPUT", "input.displayName")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("query ($t: String!) { searchNna(text: $t) { hits { score } } }", "t"),
        ("query ($t: String!) { communes(first: 1, where: {code: {eq: $t}}) { totalCount } }", "t"),
        ("query ($t: String!) { commune(code: $t) { name } }", "t"),
        ("query ($t: String!) { nomina(communeCode: $t) { listed } }", "t"),
        ("query ($t: ID!) { nna(id: $t) { id } }", "t"),
        ('{ commune(code: "a\\u0000") { name } }', "code"),
        ('{ communes(first: 1, where: {code: {eq: "a\\u0000"}}) { totalCount } }', "where.code.eq"),
    ],
)
def test_no_question_asks_a_database_for_what_it_cannot_hold(office: Office, document: str, field: str) -> None:
    variables = {"t": f"a{NUL}"} if "$t" in document else None
    (error,) = office.ask(COORDINATOR, document, variables)["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == ("INVALID_INPUT", field)

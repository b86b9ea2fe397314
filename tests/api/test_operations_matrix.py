"""Role × relation to the record × operation: worked out from `policy.csv` by hand, and asked of the real schema.

`operations.csv` says of every root field which right it needs and how its refusal shows (`operations.py` reads it); a
root field that is missing there fails. `operations_matrix.md` is what came of it, to be read by people.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pytest

from schema.build import Schema
from tests.api import world
from tests.api.client import Office, Template, working_on_sqlite
from tests.api.expectation import POLICY, Cell, expected, people, subject
from tests.api.operations import RELATIONS, Operation, grant, operations, outcome, question
from tests.api.world import THEIRS

GOLDEN = Path(__file__).with_name("operations_matrix.md")
MEANING = {
    "mine": "of their own caseload",
    "ours": "of their commune",
    "protected": "with a protected address",
    "referred": "opened to their institution",
    "consented": "opened with name",
    "raised": "raised by their institution",
    "far": "of another commune",
    "nobody": "that does not exist",
    "unsigned": "as far as they can reach, the agreement unsigned",
}


@dataclass
class Matrix:
    """What came of every cell, and what was logged meanwhile."""

    outcomes: dict[tuple[Operation, Cell], str] = field(default_factory=dict)
    answers: dict[tuple[Operation, Cell], str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def ask(self, office: Office, one: Operation, cell: Cell) -> str:
        relation = subject(one.needs, cell)
        who = world.username(cell.role, signed=cell.relation != "unsigned")
        answer = office.ask(who, *question(one, office, relation), purpose=cell.purpose)
        wanted = office.id(one.needs, relation) if one.needs in ("nna", "alert") else ""
        found = self.outcomes[one, cell] = outcome(one, answer, wanted)
        self.answers[one, cell] = json.dumps(answer, sort_keys=True)
        return found


class Listener(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.heard = heard
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{self.format(record)} {vars(record)}")


def cells(one: Operation) -> list[Cell]:
    return [Cell(role, purpose, relation) for role, purpose in people() for relation in RELATIONS[one.needs]]


def questions() -> list[tuple[Operation, Cell]]:
    return [(one, cell) for one in operations() for cell in cells(one)]


@contextmanager
def listening(heard: list[str]) -> Iterator[None]:
    listener, root = Listener(heard), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(listener)


@pytest.fixture(scope="module")
def matrix(sqlite_world: Template, oln_schema: Schema, tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """Every cell, asked over SQLite; whatever changed something is undone before the next."""
    made = Matrix()
    home = tmp_path_factory.mktemp("matrix")
    with working_on_sqlite(sqlite_world, home, oln_schema) as office, listening(made.log):
        for one, cell in questions():
            if made.ask(office, one, cell) == "yes" and one.kind == "mutation":
                office.put_back()
    return made


def test_every_root_field_of_the_schema_stands_in_the_list(oln_schema: Schema) -> None:
    graph = oln_schema._schema
    assert graph.query_type
    assert graph.mutation_type
    roots = {"query": graph.query_type, "mutation": graph.mutation_type}
    built = {(name, kind) for kind, root in roots.items() for name in root.fields}
    assert built == {(one.operation, one.kind) for one in operations()}


def test_the_list_speaks_the_words_of_the_policy() -> None:
    said = [(one.resource, one.action, one.data) for one in operations() if one.resource]
    assert all(any(POLICY.ambits(role, *words, purpose) for role, purpose in people()) for words in said)
    assert {one.needs for one in operations()} == set(RELATIONS)


@pytest.mark.parametrize("one", operations(), ids=lambda one: one.title)
def test_everybody_may_do_what_the_policy_says_and_nothing_else(matrix: Matrix, one: Operation) -> None:
    found = {cell: matrix.outcomes[one, cell] for cell in cells(one)}
    assert found == {cell: expected(one, cell) for cell in cells(one)}


def test_another_purpose_is_named_only_where_it_would_allow_it(matrix: Matrix) -> None:
    """With the one that is named, the same question is answered; an answer about a hidden record names none."""
    told = {key: said for key, text in matrix.answers.items() if (said := named_purposes(text))}
    assert len(told) > 20
    for (one, cell), purposes in told.items():
        assert matrix.outcomes[one, cell] == "FORBIDDEN" and cell.relation not in ("far", "nobody"), (one, cell)
        with_them = {matrix.outcomes[one, cell._replace(purpose=purpose)] for purpose in purposes}
        assert cell.relation == "unsigned" or "FORBIDDEN" not in with_them, (one, cell)


def named_purposes(text: str) -> list[str]:
    """Return the purposes with which a refusal says that it would be allowed."""
    answer = json.loads(text)
    (found,) = (answer["data"] or {"": None}).values()
    refused = [error["extensions"] for error in answer["errors"]] or [found]
    details = refused[0].get("details") if isinstance(refused[0], dict) else None
    return (details or {}).get("purposes", [])


@pytest.mark.parametrize("one", [o for o in operations() if o.absent == "same"], ids=lambda one: one.title)
def test_another_communes_record_answers_like_one_that_does_not_exist(matrix: Matrix, one: Operation) -> None:
    hidden = {"null", "left out", "NOT_FOUND", "FORBIDDEN"}
    for cell in cells(one):
        absent = cell._replace(relation="nobody")
        both = matrix.outcomes[one, cell], matrix.outcomes[one, absent]
        own_commune = one.needs == "commune" and cell.relation == "ours"  # no record; another purpose may open it
        if cell.relation != "unsigned" and not own_commune and both[0] in hidden and both[0] == both[1]:
            assert matrix.answers[one, cell] == matrix.answers[one, absent], cell
        if cell.relation == "far" and both[0] != "yes":
            assert both[0] == both[1], cell


def test_no_log_and_no_error_tells_a_name_or_a_run(matrix: Matrix) -> None:
    refused = [text for key, text in matrix.answers.items() if matrix.outcomes[key] != "yes"]
    told = [*matrix.log, *refused]
    words = [*world.bait(), "Kuyen", "Painevilu", "Domingo"]
    assert [word for word in words if any(word in text for text in told)] == []


def test_nothing_of_the_matrix_is_an_internal_error(matrix: Matrix) -> None:
    assert {key for key, found in matrix.outcomes.items() if found == "INTERNAL"} == set()


def test_postgresql_refuses_and_answers_alike(postgresql_office: Office) -> None:
    roles, relations = (
        {"COORDINATOR", "CASE_MANAGER", "SECTOR_PARTNER", "MUNICIPAL_ADMIN"},
        {"ours", "consented", "far"},
    )
    made = Matrix()
    for one, cell in questions():
        changes = one.kind == "mutation" and expected(one, cell) == "yes"  # those stand in the file of each mutation
        if cell.role in roles and cell.relation in relations and not changes:
            assert made.ask(postgresql_office, one, cell) == expected(one, cell), (one, cell)


def test_who_coordinates_and_administers_sees_no_child_while_administering(office: Office) -> None:
    both, children = (
        f"both.{THEIRS}",
        "query ($id: ID!) { nna(id: $id) { givenNames } alerts(first: 1) { totalCount } }",
    )
    given = {"id": office.id("nna", "far")}
    assert office.ask(both, children, given, purpose="SUPERVISION")["data"]["nna"] == {"givenNames": "Antümalén"}
    answer = office.ask(both, children, given, purpose="ADMINISTRATION")
    assert answer["data"] == {"nna": None, "alerts": None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}


def test_who_coordinates_and_administers_manages_nobody_while_supervising(office: Office) -> None:
    given = {"userId": office.id("user", "far"), "grant": grant(THEIRS), "validateOnly": True}
    both = f"both.{THEIRS}"
    refused = office.change(both, "grantAssignment", given, purpose="SUPERVISION")
    assert refused["code"] == "FORBIDDEN"
    told = office.change(both, "grantAssignment", given, "done", purpose="ADMINISTRATION")
    assert told == {"__typename": "RightsSuccess", "done": False}


def test_purposes_of_two_roles_are_never_worn_together(office: Office) -> None:
    viewer = "{ viewer { purpose purposes may { resource action } } }"
    worn = office.ask(f"both.{THEIRS}", viewer)["data"]["viewer"]
    assert (worn["purpose"], worn["purposes"]) == ("SUPERVISION", ["ADMINISTRATION", "CARE", "SUPERVISION"])
    supervising = {(p["resource"], p["action"]) for p in worn["may"]}
    assert ("module", "set") not in supervising and ("nna", "edit") in supervising


def test_the_matrix_is_the_one_that_people_have_read(matrix: Matrix) -> None:
    text = readable(matrix)
    if os.environ.get("OLN_WRITE_MATRIX"):
        GOLDEN.write_text(text, encoding="utf-8")
    again = "read the difference, then write it anew: OLN_WRITE_MATRIX=1 pytest tests/api/test_operations_matrix.py"
    assert GOLDEN.read_text(encoding="utf-8") == text, again


def readable(matrix: Matrix) -> str:
    total = len(matrix.outcomes)
    said = [
        "# Who may do what: role × relation × operation",
        "",
        f"{total} answers of the schema, as `test_operations_matrix.py` finds and compares them; not to be edited.",
        "",
        *(f"- *{name}*: {text}" for name, text in MEANING.items()),
    ]
    for one in operations():
        right = f"`{one.resource} {one.action} {one.data}`" if one.resource else "nothing"
        said += ["", f"## {one.title}", "", f"Needs {right}.", ""]
        said += [f"| role | {' | '.join(RELATIONS[one.needs])} |", "|---" * (len(RELATIONS[one.needs]) + 1) + "|"]
        for (role, purpose), row in groupby(cells(one), key=lambda cell: (cell.role, cell.purpose)):
            found = " | ".join(matrix.outcomes[one, cell] for cell in row)
            said.append(f"| {role} · {purpose} | {found} |")
    return "\n".join(said) + "\n"

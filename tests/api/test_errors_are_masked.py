"""Nothing that a client sent comes back in an error or stays in a log: every kind of mistake, with a RUN as bait."""

import logging
import re

import orjson
import pytest
from graphql import GraphQLError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authz.guard import AccessDenied
from core.errors import InvalidInput, NotFound
from schema.errors import Told, internal, refusal_of, story, tell
from schema.sentences import safe_name
from tests.api.toy import RUN, ask, codes, send, toy_app

BARE = RUN.replace(".", "")
SPELLINGS = [RUN, BARE, "x " + BARE.replace("-", ""), f"Pedro {RUN}", f"' {RUN} \" \\ {{}}"]
APP = toy_app()


def quoted(text):
    return orjson.dumps(text).decode()


def leaks_run(text):
    return "12531909" in "".join(filter(str.isdigit, re.sub(r"\b[0-9a-f]{16,32}\b|line \d+", "", text)))


def leaks(text):
    return leaks_run(text) or "Pedro" in text


# Places where a document or its variables may hold a value; `%s` is the value as a GraphQL literal.
DOCUMENTS = [
    "{ hello(times: %s) }",
    "{ hello(name: {x: %s}) }",
    "{ hello(name: [%s]) }",
    "{ hello(nope: %s) }",
    "{ find(search: {word: %s}) }",
    "{ find(search: {inner: {born: %s}}) }",
    '{ find(search: {inner: {born: "2020-01-01", number: %s}}) }',
    "{ find(search: {inner: {nope: %s}}) }",
    "{ find(search: {colours: [RED, %s]}) }",
    "{ find(search: %s) }",
    "{ find(colour: %s) }",
    "{ find(number: %s) }",
    "{ crash(text: %s) }",
    "{ bare(text: %s) }",
    "{ wrong(text: %s) }",
    "{ hello @include(if: %s) }",
    "{ hello @nope(if: %s) }",
    "{ %s }",
    "query A($a: Int = %s) { hello(times: $a) }",
    "query A($a: Search = {word: %s}) { find(search: $a) }",
    "mutation { rename(search: {word: %s}) }",
    "mutation { rename(search: {nope: %s}) }",
    "subscription { hello(name: %s) }",
    "{ hello(name: %s }",
    "fragment A on %s { x }",
]
VARIABLES = [
    ("query A($v: Int) { hello(times: $v) }", lambda run: run),
    ("query A($v: Int) { hello(times: $v) }", lambda run: {run: run}),
    ("query A($v: String) { hello(name: $v) }", lambda run: [run]),
    ("query A($v: Word) { find(search: {word: $v}) }", lambda run: run),
    ("query A($v: Number) { find(number: $v) }", lambda run: run),
    ("query A($v: Colour) { find(colour: $v) }", lambda run: run),
    ("query A($v: Colour) { find(colour: $v) }", lambda run: f"x' does not exist in '{run}' enum"),
    ("query A($v: Search) { find(search: $v) }", lambda run: run),
    ("query A($v: Search) { find(search: $v) }", lambda run: {run: 1}),
    ("query A($v: Search) { find(search: $v) }", lambda run: {"inner": {"number": run}}),
    ("query A($v: Search) { find(search: $v) }", lambda run: {"inner": {"born": run}}),
    ("query A($v: Search) { find(search: $v) }", lambda run: {"inner": {"born": "2020-01-01", "number": run}}),
    ("query A($v: Search) { find(search: $v) }", lambda run: {"colours": ["RED", run]}),
    ("query A($v: Date!) { find(search: {inner: {born: $v}}) }", lambda run: run),
    ("query A($v: [[Int!]!]!) { hello }", lambda run: [[run]]),
    ("query A($v: String!) { crash(text: $v) }", lambda run: run),
    ("query A($v: String!) { bare(text: $v) }", lambda run: run),
    ("query A($v: String!) { wrong(text: $v) }", lambda run: run),
    ("mutation A($v: Search!) { rename(search: $v) }", lambda run: {"word": run}),
]


@pytest.mark.parametrize("value", SPELLINGS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_literal_comes_back(document, value, caplog):
    answer = ask(document % quoted(value), app=APP)
    assert codes(answer)
    assert not leaks(str(answer["errors"]))
    assert not leaks_run(caplog.text)


@pytest.mark.parametrize("value", SPELLINGS)
@pytest.mark.parametrize(("document", "shape"), VARIABLES)
def test_no_variable_comes_back(document, shape, value):
    answer = ask(document, {"v": shape(value)}, APP)
    assert codes(answer)
    assert not leaks(str(answer["errors"]))


@pytest.mark.parametrize("name", ["_12531909K", "a125319092", "RUN_12_531_909_2"])
@pytest.mark.parametrize(
    "document",
    [
        "{ %s }",
        "{ hello(%s: 1) }",
        "{ hello @%s }",
        "{ ...%s }",
        "query A($%s: Int) { hello }",
        "query A($a: %s) { hello }",
        "query A { hello(times: $%s) }",
        "{ node { ... on %s { name } } }",
        "query %s { nope }",
        "{ find(colour: %s) }",
        "{ find(search: {%s: 1}) }",
        "{ %s: hello %s: me }",
    ],
)
def test_a_name_that_may_be_a_run_is_left_out(document, name, caplog):
    answer = ask(document.replace("%s", name), app=APP)
    assert codes(answer)
    assert not leaks_run(str(answer["errors"]))
    assert not leaks_run(caplog.text)


@pytest.mark.parametrize("query", ["{ crash(text: %s) }", "{ bare(text: %s) }", "{ wrong(text: %s) }"])
@pytest.mark.parametrize("value", SPELLINGS)
def test_the_log_of_a_crash_holds_no_run_and_no_document(query, value, caplog):
    ask(query % quoted(value), app=APP)
    assert "error interno" in caplog.text
    assert not leaks_run(caplog.text)
    assert query.partition("(")[0] not in caplog.text


def test_the_log_has_what_an_engineer_needs(caplog):
    answer = ask("query Buscar { apodo: crash }", app=APP)
    assert answer["errors"][0]["extensions"]["id"] in caplog.text
    assert "campo=crash operacion=Buscar documento=" in caplog.text
    assert "ValueError: no se pudo leer" in caplog.text
    assert "in crash" in caplog.text


def test_a_crash_is_told_by_its_id_alone():
    error = ask("{ crash }", app=APP)["errors"][0]
    assert set(error["extensions"]) == {"code", "id"}
    assert error["extensions"]["id"] in error["message"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=st.sampled_from(DOCUMENTS), before=st.text(max_size=20), after=st.text(max_size=20))
def test_whatever_surrounds_a_run_it_does_not_come_back(document, before, after):
    text = before.encode("utf-8", "ignore").decode() + RUN + after.encode("utf-8", "ignore").decode()
    answer = ask(document % quoted(text), app=APP)
    assert RUN not in str(answer["errors"])
    assert "12531909" not in str(answer["errors"])


@settings(max_examples=150)
@given(body=st.text(max_size=200))
def test_any_text_as_a_document_is_answered_by_code(body):
    answer = send(orjson.dumps({"query": body.encode("utf-8", "ignore").decode()}), APP)
    assert answer.status_code in (200, 400)
    assert all(code.isupper() for code in codes(answer.json()))


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("{ missing }", "NOT_FOUND", "No se encontró el registro."),
        ("{ denied }", "FORBIDDEN", "No tiene permiso para esta acción."),
        ("{ coded }", "PLUGIN_DISABLED", "Sin permiso."),
        ("{ nope }", "VALIDATION_FAILED", "El tipo «Query» no tiene el campo «nope»."),
        ("{ node }", "VALIDATION_FAILED", "Indique qué campos desea de «node»."),
        ("{ hello { x } }", "VALIDATION_FAILED", "El campo «hello» no tiene subcampos."),
        ("{ hello(x: 1) }", "VALIDATION_FAILED", "«Query.hello» no tiene el argumento «x»."),
        ("{ bare }", "BAD_ARGUMENT", "Falta el argumento obligatorio «text» de «Query.bare»."),
        ("{ hello(times: $n) }", "VALIDATION_FAILED", "La variable «n» no está definida."),
        ("query A($n: Int) { hello }", "VALIDATION_FAILED", "La variable «n» no se usa."),
        ("{ ...F }", "VALIDATION_FAILED", "No existe el fragmento «F»."),
        ("{ hello(", "SYNTAX_ERROR", "La consulta tiene un error de sintaxis en la línea 1, columna 9."),
        ('{ hello(times: "x") }', "BAD_ARGUMENT", "El valor de «times» no es válido. Se espera Int."),
        (
            "{ find(search: {colours: [RED, GREEN]}) }",
            "BAD_ARGUMENT",
            "«search.colours» no es válido. Se espera uno de RED, BLUE.",
        ),
        ('{ find(search: {word: "a1"}) }', "INVALID_INPUT", "La palabra lleva solo letras."),
        ("{ find(search: {inner: {}}) }", "BAD_ARGUMENT", "Falta el campo obligatorio «born»"),
        ("{ find(search: {nope: 1}) }", "BAD_ARGUMENT", "no tiene el campo «nope»"),
        (
            '{ find(search: {inner: {born: "2020-13-01"}}) }',
            "BAD_ARGUMENT",
            "El valor de «search.inner.born» no es válido. Se espera Date (AAAA-MM-DD).",
        ),
        ("{ hello: me hello }", "VALIDATION_FAILED", "«hello» se pide dos veces de forma distinta; use un alias."),
        ("query A($v: Colour) { hello(name: $v) }", "BAD_VARIABLE", "La variable «v» no es del tipo que se espera"),
    ],
)
def test_a_mistake_is_told_in_spanish_with_a_stable_code(query, code, message):
    error = ask(query, app=APP)["errors"][0]
    assert error["extensions"]["code"] == code
    assert message in error["message"]


@pytest.mark.parametrize(
    ("variable", "value", "message", "field"),
    [
        ("Int", "x", "La variable «v» no tiene un valor válido. Se espera Int.", "v"),
        (
            "Search",
            {"inner": {"born": "20200101"}},
            "La variable «v.inner.born» no tiene un valor válido. Se espera Date (AAAA-MM-DD).",
            "v.inner.born",
        ),
        (
            "Search",
            {"colours": ["RED", "PINK"]},
            "La variable «v.colours[1]» no tiene un valor válido. Se espera uno de RED, BLUE.",
            "v.colours.1",
        ),
        ("Search", {"inner": {}}, "Falta el campo obligatorio «born» de la entrada «v.inner».", "v.inner.born"),
        ("Search", {"nope": 1}, "La entrada «v» no tiene el campo «nope».", "v.nope"),
    ],
)
def test_a_bad_variable_is_named_with_its_path(variable, value, message, field):
    argument = {"Int": "hello(times: $v)", "Search": "find(search: $v)"}[variable]
    answer = ask(f"query A($v: {variable}) {{ {argument} }}", {"v": value}, APP)
    (error,) = answer["errors"]
    assert (error["message"], error["extensions"]["field"]) == (message, field)
    assert "data" not in answer


def test_a_chain_of_exceptions_is_told_whole_and_without_runs():
    try:
        try:
            raise KeyError(RUN)
        except KeyError as error:
            raise RuntimeError(f"DETAIL: ({RUN})") from error
    except RuntimeError as error:
        text = story(error)
    assert "KeyError" in text
    assert "RuntimeError" in text
    assert "12.531.909" not in text


def test_a_group_of_exceptions_is_told_part_by_part():
    assert "ValueError: [RUN]" in story(ExceptionGroup("varios", [ValueError(RUN)]))


def test_an_error_of_the_library_keeps_its_document_to_itself(caplog):
    with caplog.at_level(logging.ERROR):
        internal(GraphQLError("Int cannot represent non-integer value: 'Pedro'"))
    assert "Int cannot represent non-integer value" in caplog.text
    assert "Pedro" not in caplog.text


def test_an_exception_with_a_code_in_its_extensions_is_still_masked():
    class Sly(Exception):
        extensions = {"code": "OK", "secret": RUN}

    told = tell(GraphQLError("x", path=["a"], original_error=Sly()))
    assert (told.extensions or {})["code"] == "INTERNAL"
    assert RUN not in str(told.extensions)


def test_an_error_already_told_stays_as_it_is():
    told = Told("COST_EXCEEDED", "Demasiado.", limit=3)
    assert tell(told) is told


def test_refusals_become_data_for_mutations():
    wrong = refusal_of(InvalidInput("La fecha no es válida.", field="input.birthDate", details={"max": 3}))
    assert (wrong.code, wrong.field, wrong.details) == ("INVALID_INPUT", "input.birthDate", {"max": 3})
    assert refusal_of(NotFound()).code == "NOT_FOUND"
    assert refusal_of(AccessDenied(code="NOT_SIGNED")).code == "NOT_SIGNED"


def test_endless_names_are_left_out():
    assert safe_name("a" * 81) == "(nombre omitido)"

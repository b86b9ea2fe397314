"""How much one request may ask for; each limit passes at its edge and refuses one step further."""

import pytest
from graphql import get_introspection_query, parse

from schema.documents import prepare
from schema.errors import Told
from schema.limits import Limits
from schema.weights import check_weight
from tests.api.toy import ask, codes, toy_app, toy_schema

CIRCULAR = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"


def nested(levels: int, leaf: str = "name") -> str:
    return "{ node " + "{ child " * (levels - 1) + f"{{ {leaf} }}" + " }" * levels


@pytest.mark.parametrize(
    ("passes", "refused", "code"),
    [
        (nested(10), nested(11), "TOO_DEEP"),
        (
            "{ node { " + " ".join(f"a{i}: name" for i in range(15)) + " } }",
            "{ node { " + " ".join(f"a{i}: name" for i in range(16)) + " } }",
            "TOO_MANY_ALIASES",
        ),
        (
            "{ node { name " + "@include(if: true) @skip(if: false) name " * 4 + "} }",
            "{ node { name " + "@include(if: true) @skip(if: false) name " * 5 + "} }",
            "TOO_MANY_DIRECTIVES",
        ),
        (
            "{ " + "__typename " * 10 + "}",
            "{ " + "__typename " * 11 + "}",
            "TOO_MANY_ROOT_FIELDS",
        ),
        ("{ hello " + "#x\n" * 900 + "}", "{ node {" + " name" * 1_000 + "} }", "DOCUMENT_TOO_LARGE"),
        ("{ hello #" + "x" * 14_000 + "\n}", "{ hello #" + "x" * 15_000 + "\n}", "DOCUMENT_TOO_LARGE"),
    ],
)
def test_a_limit_holds_at_its_edge(passes, refused, code):
    assert codes(ask(passes)) == []
    assert codes(ask(refused)) == [code]


def test_aliases_are_counted_through_fragments():
    document = (
        "{ node { ...A child { ...A } } } fragment A on Node { " + " ".join(f"a{i}: name" for i in range(8)) + " }"
    )
    assert codes(ask(document)) == ["TOO_MANY_ALIASES"]


def test_depth_is_counted_through_fragments():
    parts = " ".join(f"fragment F{i} on Node {{ child {{ ...F{i + 1} }} }}" for i in range(12))
    assert codes(ask("{ node { ...F0 } } " + parts + " fragment F12 on Node { name }")) == ["TOO_DEEP"]


def test_directives_are_counted_through_fragments():
    document = "{ node { ...A child { ...A } } } fragment A on Node { name" + " @x" * 5 + " }"
    assert codes(ask(document)) == ["TOO_MANY_DIRECTIVES"]


def test_unknown_directives_count_too():
    assert codes(ask("{ hello" + " @x" * 10 + " }")) == ["TOO_MANY_DIRECTIVES"]


def test_a_document_that_unfolds_without_end_is_weighed_quickly():
    parts = " ".join(f"fragment F{i} on Node {{ child {{ ...F{i + 1} ...F{i + 1} }} }}" for i in range(9))
    document = "{ node { ...F0 ...F0 } } " + parts + " fragment F9 on Node { name name name name name name }"
    assert codes(ask(document)) == ["TOO_MANY_FIELDS"]


def test_fragments_that_contain_themselves_do_not_trap_us():
    assert "VALIDATION_FAILED" in codes(ask("{ node { ...A } } fragment A on Node { child { ...A } }"))


def test_fragments_inside_fragments_without_fields_are_bounded():
    parts = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(100))
    with pytest.raises(Told, match="anidada"):
        check_weight(parse("{ ...F0 } " + parts + " fragment F100 on Query { hello }"), Limits())


def test_every_operation_of_a_document_is_weighed():
    with pytest.raises(Told):
        check_weight(parse(f"query A {{ hello }} query B {nested(11)}"), Limits())


def test_introspection_of_the_explorer_passes():
    assert codes(ask(get_introspection_query())) == []


def test_the_widest_introspection_query_passes():
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    assert codes(ask(query)) == []


def test_introspection_in_circles_is_refused():
    assert codes(ask(CIRCULAR)) == ["TOO_DEEP"]


def test_introspection_depth_does_not_open_the_rest():
    deep = "{ __schema { queryType { name } } node " + "{ child " * 11 + "{ name }" + " }" * 12
    assert codes(ask(deep)) == ["TOO_DEEP"]


def test_introspection_off_leaves_typename():
    app = toy_app(Limits(introspection=False))
    assert codes(ask("{ __schema { queryType { name } } }", app=app))[0] == "INTROSPECTION_DISABLED"
    assert codes(ask('{ __type(name: "Query") { name } }', app=app))[0] == "INTROSPECTION_DISABLED"
    assert ask("{ __typename }", app=app)["data"] == {"__typename": "Query"}


def test_at_most_five_errors_are_told_and_that_there_are_more():
    answer = ask("{ node { " + " ".join(f"campo{chr(97 + i)}" for i in range(26)) + " } }")
    assert len(answer["errors"]) == 6
    assert answer["errors"][-1]["message"] == "Hay más errores; se muestran los primeros."


def test_names_of_the_schema_are_not_suggested():
    answer = str(ask("{ helo }"))
    assert "hello" not in answer


def test_the_cost_is_told():
    assert ask("{ dear(nodes: 60) }")["extensions"]["cost"] == {"nodes": 60, "limit": 100}


def test_the_cost_of_root_fields_adds_up_and_is_capped():
    answer = ask("{ a: dear(nodes: 60) b: dear(nodes: 60) }")
    assert codes(answer) == ["COST_EXCEEDED"]


def test_a_cost_begins_anew_with_each_request():
    app = toy_app()
    assert [codes(ask("{ dear(nodes: 60) }", app=app)) for _ in range(2)] == [[], []]


def test_a_document_is_prepared_once():
    schema, limits = toy_schema(Limits())._schema, Limits()
    first, again = prepare(schema, "{ hello me }", limits), prepare(schema, "{ hello me }", Limits())
    assert first is again


def test_a_remembered_mistake_is_told_anew_each_time():
    app = toy_app()
    first, again = ask("{ nope }", app=app), ask("{ nope }", app=app)
    assert first == again
    assert codes(first) == ["VALIDATION_FAILED"]


def test_subscriptions_are_not_answered_over_post():
    assert codes(ask("subscription { hello }")) == ["OPERATION_NOT_ALLOWED"]

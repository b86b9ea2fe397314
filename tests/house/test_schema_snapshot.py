"""The SDL is a promise: committed, described, each field with its class of data, never broken in silence."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
)

import plugins
from schema.build import Schema, build
from schema.core import core_part, plugin_parts
from tests.conftest import make_host
from tests.house.tree import ROOT

SNAPSHOT = ROOT / "schema" / "schema.graphql"
HOW = "the schema changed: read the difference, then write it with `oln schema > schema/schema.graphql`"


@pytest.fixture(scope="module")
def built() -> Schema:
    """The schema of the core and our own plugins; others' are no promise of ours."""
    return build([core_part(), *plugin_parts(make_host("sqlite://", Path(), *plugins.OURS))])


def shown(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    return (kind for name, kind in sorted(schema.type_map.items()) if not name.startswith("__"))


def undescribed(schema: GraphQLSchema) -> list[str]:
    """Return types, fields, arguments, inputs and enum values of which nothing is said."""
    found = []
    for kind in shown(schema):
        found += [] if kind.description else [kind.name]
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                found += [] if field.description else [f"{kind.name}.{name}"]
                found += [f"{kind.name}.{name}({a}:)" for a, arg in field.args.items() if not arg.description]
        elif isinstance(kind, GraphQLInputObjectType):
            found += [f"{kind.name}.{name}" for name, field in kind.fields.items() if not field.description]
        elif isinstance(kind, GraphQLEnumType):
            found += [f"{kind.name}.{name}" for name, value in kind.values.items() if not value.description]
    return found


def unclassed(sdl: str, exposed: set[str]) -> list[str]:
    """Return fields of exposed types that do not say, in the SDL, which class of data they need."""
    found = []
    for kind in re.finditer(r"^type (\w+)[^{]*\{\n(.*?)^\}", sdl, re.MULTILINE | re.DOTALL):
        if kind[1] in exposed:
            body = re.sub(r'""".*?"""|"[^"\n]*"', "", kind[2], flags=re.DOTALL)
            body = re.sub(r"\([^)]*\)(?=:)", "", body)  # arguments
            fields = re.findall(r"^  (\w+):([^\n]*)", body, re.MULTILINE)
            found += [f"{kind[1]}.{name}" for name, rest in fields if "@data(class:" not in rest]
    return found


def broken(before: str, after: str) -> list[str]:
    return [change.description for change in find_breaking_changes(build_schema(before), build_schema(after))]


def test_the_committed_schema_breaks_for_no_client(built: Schema) -> None:
    assert broken(SNAPSHOT.read_text(encoding="utf-8"), built.as_str()) == []


def test_the_committed_schema_is_the_built_one(built: Schema) -> None:
    assert SNAPSHOT.read_text(encoding="utf-8").strip() == built.as_str().strip(), HOW


def test_everything_is_described(built: Schema) -> None:
    assert undescribed(built._schema) == []


def test_every_field_of_an_exposed_type_says_its_class_of_data(built: Schema) -> None:
    assert unclassed(built.as_str(), set(built.catalogue.entities)) == []


def test_something_undescribed_is_found() -> None:
    text = '"Q." type Query { "A." a(b: Int): Int c: E } enum E { ONE } "I." input I { x: Int }'
    assert [w for w in undescribed(build_schema(text)) if w[0] in "QEI" and w != "Int"] == [
        "E",
        "E.ONE",
        "I.x",
        "Query.a(b:)",
        "Query.c",
    ]


def test_a_field_without_its_class_is_found() -> None:
    sdl = 'type Nna implements Node {\n  """El id."""\n  id: ID! @data(class: BASIC)\n  name(a: Int): String\n}\n'
    assert unclassed(sdl, {"Nna"}) == ["Nna.name"]


def test_a_field_taken_away_is_found() -> None:
    assert broken("type Query { a: Int b: Int }", "type Query { a: Int }") == ["Field Query.b was removed."]

"""What a declaration may not say is refused when the schema is built, with a sentence that says where."""

from typing import Annotated

import pytest
import strawberry
from sqlalchemy import literal_column
from strawberry.types.base import get_object_definition

from authz.actor import DataClass
from authz.scope import Scope
from core.models import people, territory
from core.models.scopes import SCOPES
from schema.build import Part, build
from schema.read.declare import (
    Connection,
    Node,
    Record,
    any_nodes,
    column,
    computed,
    enumeration,
    expose,
    lazy,
    many,
    one,
    one_by,
    reading,
    sql,
    to_many,
    to_one,
)
from schema.read.hook import check_hook
from schema.read.sources import DeclarationError

BASIC, IDENTITY = DataClass.BASIC, DataClass.IDENTITY


@strawberry.type
class Query:
    region: Annotated["Region", lazy] | None = one("Una región.", "Region")  # noqa: F821


def region(**fields):
    """The type of regions, with these fields: name to (annotation, what is declared)."""
    body = {"__annotations__": {n: a for n, (a, _) in fields.items()}, **{n: d for n, (_, d) in fields.items()}}
    return expose(territory.Region, prefix="reg", description="Región.")(type("Region", (Node,), body))


def child(**fields):
    body = {"__annotations__": {n: a for n, (a, _) in fields.items()}, **{n: d for n, (_, d) in fields.items()}}
    return expose(people.Nna, prefix="nna", description="NNA.")(type("Nna", (Record,), body))


def refused(*types, query=Query, scopes=SCOPES, others=()):
    with pytest.raises(DeclarationError) as error:
        build([Part("core", types, query=query, scopes=scopes), *others])
    return str(error.value)


NAME = {"name": (str, column(BASIC, "Nombre.", order="name_sort"))}


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (lambda: [region(nothing=(str, column(BASIC, "x")))], "no column nothing"),
        (lambda: [region(name=(int, column(BASIC, "x")))], "not what the annotation says"),
        (lambda: [region(**NAME), child(given_names=(str, column(IDENTITY, "x")))], "must be nullable"),
        (lambda: [region(**NAME), child(social_name=(str, column(BASIC, "x")))], "NonNull over a NULL column"),
        (lambda: [region(size=(int, sql(BASIC, "x", lambda t: t.c.position)))], "must be nullable"),
        (lambda: [region(odd=(str | None, sql(BASIC, "x", lambda t: literal_column("1"))))], "no wire form"),
        (lambda: [region(plain=(str | None, strawberry.field(description="x")))], "say where it comes from"),
        (lambda: [region(name=(str, column(BASIC, "x", filter="name_fold")))], "no column name_fold"),
        (lambda: [region(r=(Node | None, to_one(BASIC, "x", territory.Commune.region_id)))], "which no type exposes"),
        (
            lambda: [region(**NAME), child(c=(Node | None, to_one(BASIC, "x", people.Nna.commune_code)))],
            "no foreign key",
        ),
        (lambda: [child(f=(Node | None, to_one(BASIC, "x", people.Nna.family_id)))], "which no type exposes"),
        (lambda: [region(**NAME), region(**NAME)], "already a type"),
    ],
)
def test_what_cannot_be_read_is_refused(types, said):
    assert said in refused(*types())


def test_a_backward_relation_to_one_needs_a_unique_key():
    commune = expose(territory.Commune, prefix="com", description="x")(
        type("Commune", (Node,), {"__annotations__": {"code": str}, "code": column(BASIC, "x")})
    )
    found = refused(region(commune=(Node | None, to_one(BASIC, "x", territory.Commune.region_id))), commune)
    assert "is to-many" in found


def test_an_order_that_no_field_declares_is_refused():
    listed = (Connection[Annotated["Nna", lazy]] | None, to_many(BASIC, "x", people.Nna.moved_to_id, "-age"))  # noqa: F821
    assert "cannot be ordered by -age" in refused(region(**NAME), child(copies=listed))


def test_a_table_without_scope_or_for_the_machinery_only_is_refused():
    assert "has no scope" in refused(region(**NAME), scopes=())
    assert "internal" in refused(region(**NAME), scopes=(Scope(territory.Region, internal="x"),))


def test_two_types_over_one_table_are_refused():
    again = expose(territory.Region, prefix="rgn", description="x")(
        type("Zone", (Node,), {"__annotations__": {"name": str}, "name": column(BASIC, "x")})
    )
    assert "already belongs to Region" in refused(region(**NAME), again)


def test_a_root_field_names_a_type_that_is_there_and_columns_that_are_unique():
    absent = strawberry.type(type("Q", (), {"__annotations__": {"x": Node | None}, "x": one("x", "Absent")}))
    assert "there is no type Absent" in refused(region(**NAME), query=absent)
    loose = strawberry.type(type("Q", (), {"__annotations__": {"x": Node | None}, "x": one_by("x", "Region", "name")}))
    assert "are not unique" in refused(region(**NAME), query=loose)


def test_a_reading_that_could_not_be_null_is_refused():
    body = {"__annotations__": {"region": Annotated["Region", lazy]}, "region": reading("x", "Region")}  # noqa: F821
    hit = strawberry.type(type("Hit", (), body))
    asked = {"__annotations__": {"hit": hit}, "hit": strawberry.field(resolver=lambda: None)}
    query = strawberry.type(type("Q", (), {**asked, "hit": strawberry.field(resolver=_nothing(hit))}))
    assert "must be nullable, or a list" in refused(region(**NAME), query=query)


def _nothing(hit):
    def resolve() -> hit:
        raise AssertionError

    return resolve


def plugin(**fields):
    body = {"__annotations__": {n: a for n, (a, _) in fields.items()}, **{n: d for n, (_, d) in fields.items()}}
    return Part("toy", extensions={"Region": strawberry.type(type("RegionToy", (), body))})


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": (str | None, sql(BASIC, "x", lambda t: t.c.name))}, "already a field"),
        ({"size": (int, sql(BASIC, "x", lambda t: t.c.position))}, "must be nullable"),
        ({"size": (int | None, sql(BASIC, "x", lambda t: t.c.position, order=True))}, "not compared by plugin"),
        ({"size": (int | None, sql(BASIC, "x", lambda t: t.c.position))}, "has no commune"),
    ],
)
def test_what_a_plugin_may_not_add_is_refused(fields, said):
    assert said in refused(region(**NAME), others=[plugin(**fields)])


def test_a_plugin_extends_only_what_is_there_and_marks_its_tables():
    nowhere = Part("toy", extensions={"Absent": strawberry.type(type("X", (), {}))})
    assert "no type Absent" in refused(region(**NAME), others=[nowhere])
    unmarked = Part("toy", scopes=(Scope(people.Nna, "nna"),))
    assert "must carry the plugin's name" in refused(region(**NAME), others=[unmarked])


def test_a_python_field_needs_columns_that_exist():
    @computed(BASIC, "x", needs=("absent",))
    def shout(self) -> str | None:
        return None

    body = {"__annotations__": {}, "shout": shout}
    made = expose(territory.Region, prefix="reg", description="x")(type("Region", (Node,), body))
    assert "no column absent" in refused(made)


def test_every_word_of_an_enum_is_described():
    with pytest.raises(DeclarationError):
        enumeration(DataClass, "Clase.", BASIC="x")


def test_fields_carry_their_class_in_the_schema():
    text = build([Part("core", (region(**NAME),), query=Query, scopes=SCOPES)]).as_str()
    assert "name: String! @data(class: BASIC)" in text
    assert "directive @data(class: DataClass!) on FIELD_DEFINITION" in text


def test_any_subset_builds_any_number_of_times():
    extra = strawberry.type(type("Q", (), {"__annotations__": {"all": list[Node | None]}, "all": any_nodes("x")}))
    listed = {"__annotations__": {"them": Connection[Annotated["Region", lazy]] | None}}  # noqa: F821
    more = strawberry.type(type("Q2", (), {**listed, "them": many("x", "Region", "name")}))
    core = Part("core", (region(**NAME),), query=Query, scopes=SCOPES)
    others = [Part("a", query=extra), Part("b", query=more)]
    texts = [build([core, *chosen]).as_str() for chosen in ([], others, others[:1], others[1:], [], others)]
    assert texts[0] == texts[4]
    assert texts[1] == texts[5]
    assert len(set(texts)) == 4


def test_two_parts_cannot_bring_the_same_root_field():
    with pytest.raises(DeclarationError):
        build([Part("core", (region(**NAME),), query=Query, scopes=SCOPES), Part("toy", query=Query)])


def test_the_declared_classes_are_left_as_they_were():
    made = region(**NAME)
    before = [f.python_name for f in get_object_definition(made).fields]
    build([Part("core", (made,), query=Query, scopes=SCOPES)])
    assert [f.python_name for f in get_object_definition(made).fields] == before


def test_graphql_core_still_calls_the_hook():
    check_hook()

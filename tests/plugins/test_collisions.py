"""What a plugin may not do to the schema is refused when it is built, by name."""

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

import pytest
import strawberry

from authz.actor import DataClass
from core.plugins import load_plugins
from schema.build import Part, build
from schema.core import core_part, plugin_parts
from schema.read.declare import column, sql
from schema.read.sources import DeclarationError
from tests.conftest import make_host
from tests.plugins import listener


@strawberry.type
class AlreadyThere:
    age: int | None = sql(DataClass.BASIC, "Edad.", lambda nna: nna.c.version)


@strawberry.type
class NeverNull:
    kites: int = sql(DataClass.BASIC, "Volantines.", lambda nna: nna.c.version)


@strawberry.type
class Compared:
    kites: int | None = column(DataClass.BASIC, "Volantines.", name="version", filter=True)


@strawberry.type
class Kites:
    kites: int | None = sql(DataClass.BASIC, "Volantines.", lambda nna: nna.c.version)


@strawberry.type
class AnotherNna:
    @strawberry.field(description="Un NNA.")
    def nna(self) -> int:
        return 1


def extended(*classes: type, name: str = "Nna") -> list[Part]:
    return [core_part(), *(Part(f"kites{n}", extensions={name: cls}) for n, cls in enumerate(classes))]


def test_a_field_that_the_core_has_is_refused() -> None:
    with pytest.raises(DeclarationError, match="kites0: age is already a field of Nna"):
        build(extended(AlreadyThere))


def test_a_field_that_another_plugin_brings_is_refused() -> None:
    with pytest.raises(DeclarationError, match="kites1: kites is already a field of Nna"):
        build(extended(Kites, Kites))


def test_a_field_that_may_not_be_null_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"kites0: Nna\.kites must be nullable"):
        build(extended(NeverNull))


def test_a_field_by_which_lists_of_the_core_would_be_compared_is_refused() -> None:
    with pytest.raises(DeclarationError, match="lists of the core are not compared by plugin fields"):
        build(extended(Compared))


def test_a_type_that_is_not_there_cannot_be_extended() -> None:
    with pytest.raises(DeclarationError, match="kites0: there is no type Kite to extend"):
        build(extended(Kites, name="Kite"))


def test_a_query_that_the_core_has_is_refused() -> None:
    with pytest.raises(DeclarationError, match="kites: nna is already a field of Query"):
        build([core_part(), Part("kites", query=AnotherNna)])


@pytest.fixture
def parts(installed: None) -> Iterator[list[Part]]:
    dummy = load_plugins((), third_party=True).get_plugin("dummy")
    yield [*plugin_parts(make_host("sqlite://", Path(), dummy, listener))]


def test_every_subset_of_plugins_builds_twice_in_one_process(parts: list[Part]) -> None:
    sizes = {tuple(p.name for p in order) for size in range(3) for order in permutations(parts, size)}
    for chosen in sorted(sizes):
        brought = [part for name in chosen for part in parts if part.name == name]
        first, second = (build([core_part(), *brought]).as_str() for _ in range(2))
        assert first == second
        assert ("dummyNotes" in first, "heard" in first) == ("dummy" in chosen, "listener" in chosen)

"""The house stands with any of its plugins, none included, built in any order in one process."""

import importlib
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from graphql import validate_schema

import plugins
from schema.build import Part, build
from schema.core import core_part, plugin_parts
from schema.read.sources import DeclarationError
from tests.conftest import make_host


def subsets(parts: Sequence[Part]) -> Iterator[tuple[Part, ...]]:
    return (chosen for size in range(len(parts) + 1) for chosen in combinations(parts, size))


def names(parts: Sequence[Part]) -> str:
    return "+".join(part.name for part in parts) or "none"


def every_part() -> list[Part]:
    return [*plugin_parts(make_host("sqlite://", Path(), *plugins.OURS))]


@pytest.mark.parametrize("chosen", list(subsets(every_part())), ids=names)
def test_the_app_builds_twice_with(chosen: tuple[Part, ...]) -> None:
    first, second = (build([core_part(), *chosen]) for _ in range(2))
    assert validate_schema(second._schema) == []
    assert first.as_str() == second.as_str()


def test_the_order_in_which_plugins_are_named_shows_nowhere() -> None:
    there, back = (make_host("sqlite://", Path(), *order) for order in (plugins.OURS, plugins.OURS[::-1]))
    assert names(plugin_parts(there)) == names(plugin_parts(back))


def test_every_plugin_of_ours_stands_in_the_tuple_of_the_front_door() -> None:
    folder = Path(importlib.import_module("plugins").__path__[0])
    ours = {path.parent.name for path in folder.glob("*/plugin.py")}
    assert {getattr(plugin, "__name__", "").split(".")[1] for plugin in plugins.OURS} == ours


def test_a_part_that_does_not_build_twice_is_found() -> None:
    with pytest.raises(DeclarationError):
        build([core_part(), core_part()])

"""Our package names are common words: safe as long as nobody else in the environment has them."""

import importlib.util
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, ROOT

OURS = (*ROOMS, "app", "cli")


def takers(provided: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return which distribution other than ours provides one of our names."""
    found = {name: sorted(set(provided.get(name, ())) - {"oln"}) for name in OURS}
    return {name: others for name, others in found.items() if others}


def test_no_installed_distribution_takes_one_of_our_names() -> None:
    assert takers(packages_distributions()) == {}


def test_one_that_did_would_be_found() -> None:
    assert takers({"core": ["some-core"], "cli": ["oln"]}) == {"core": ["some-core"]}


@pytest.mark.parametrize("name", OURS)
def test_each_name_is_found_in_this_tree(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def test_casbin_is_the_maintained_one() -> None:
    names = {distribution.metadata["Name"].lower() for distribution in distributions()}
    assert "pycasbin" in names and "casbin" not in names  # both would install the same package

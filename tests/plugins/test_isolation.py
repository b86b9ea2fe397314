"""One plugin's failure stays its own, is remembered, and is told."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pluggy
import pytest

from core.hooks import Info, hookimpl
from core.plugins import Failure, attempt, each, health, implementations, load_plugins


class Feature:
    """A plugin whose features are whatever it is given."""

    def __init__(self, name: str, made: Any) -> None:
        self.name, self.made = name, made

    @hookimpl
    def oln_info(self) -> Info:
        return Info(self.name, self.name.title(), "1.0")

    @hookimpl
    def oln_features(self) -> Any:
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


class Sick(Feature):
    @hookimpl
    def oln_health(self) -> Mapping[str, str]:
        return {"wind": "no hay viento"}


def plugins(*made: object) -> pluggy.PluginManager:
    return load_plugins(made, third_party=False)


def test_each_answers_by_name_whatever_the_order_of_registration() -> None:
    manager = plugins(Feature("wind", [2]), Feature("kites", [1]))
    assert each(manager, "oln_features") == [("kites", [1]), ("wind", [2])]


def test_one_that_fails_leaves_the_others_their_answers() -> None:
    manager = plugins(Feature("kites", ValueError("secret")), Feature("wind", [2]))
    assert each(manager, "oln_features") == [("kites", Failure("kites", "oln_features", "ValueError")), ("wind", [2])]


def test_a_generator_that_fails_halfway_is_a_failure_too() -> None:
    def halfway() -> Iterator[int]:
        yield 1
        raise ValueError

    ((_, made),) = each(plugins(Feature("kites", halfway())), "oln_features")
    assert isinstance(made, Failure)


def test_only_the_plugins_that_are_on_are_asked() -> None:
    manager = plugins(Feature("kites", [1]), Feature("wind", [2]))
    assert each(manager, "oln_features", only={"wind"}) == [("wind", [2])]


def test_an_implementation_is_given_only_the_arguments_that_it_asks_for() -> None:
    class Listener(Feature):
        @hookimpl
        def oln_after_event(self, event: object) -> None:
            heard.append(event)

    heard: list[object] = []
    (one,) = implementations(plugins(Listener("kites", [])), "oln_after_event")
    one(uow=None, event="the wind rose")
    assert heard == ["the wind rose"]


def test_a_failure_is_told_by_health_until_the_same_call_works_again() -> None:
    plugin = Feature("kites", ValueError("secret"))
    manager = plugins(plugin)
    each(manager, "oln_features")
    assert health(manager) == {
        "kites.oln_features": "kites: oln_features falló (ValueError); vea el registro del servidor"
    }
    plugin.made = []
    each(manager, "oln_features")
    assert health(manager) == {}


def test_what_a_plugin_says_of_its_own_health_carries_its_name() -> None:
    assert health(plugins(Sick("kites", []))) == {"kites.wind": "no hay viento"}


def test_the_text_of_an_exception_is_for_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    manager = plugins(Feature("kites", ValueError("secret")))
    with caplog.at_level(logging.ERROR, "oln.plugins"):
        each(manager, "oln_features")
    assert "secret" not in str(health(manager)) and "secret" in caplog.text


def test_an_attempt_returns_what_the_call_returns() -> None:
    assert attempt(plugins(Feature("kites", [])), "kites", "oln_features", lambda: 7) == 7

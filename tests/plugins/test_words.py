"""A plugin may not bring words that are taken: commands, features, codes of indicators."""

from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from core.hooks import Indicator, Info, hookimpl
from core.plugins import PluginError, load_plugins


@pytest.mark.parametrize("name", ["users", "demo", "serve", "score", "token", "backup", "import"])
def test_the_name_of_a_command_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match=f"{name}: `oln {name}` is a command of the platform"):
        load_plugins([Telling(name)], third_party=False)


class Telling:
    """A plugin with features and indicators of these names; without any it fails when it is asked."""

    def __init__(self, name: str = "kites", features: tuple[str, ...] = (), codes: tuple[str, ...] = ()) -> None:
        self.name, self.features, self.codes = name, features, codes

    @hookimpl
    def oln_info(self) -> Info:
        return Info(self.name, "Volantines", "1.0")

    @hookimpl
    def oln_features(self) -> Iterable[SimpleNamespace]:
        yield from (SimpleNamespace(name=name) for name in self.features)
        if not self.features:
            raise ConnectionError

    @hookimpl
    def oln_indicators(self) -> list[Indicator]:
        return [Indicator(code, "Volantines", "volantines", int) for code in self.codes]


def test_a_feature_of_the_platforms_is_refused() -> None:
    with pytest.raises(PluginError, match="kites: the feature age_years belongs to the platform"):
        load_plugins([Telling(features=("kites_red", "age_years"))], third_party=False)


def test_a_feature_of_another_plugin_is_refused() -> None:
    with pytest.raises(PluginError, match="wind: the feature red belongs to kites"):
        load_plugins([Telling("wind", ("red",)), Telling(features=("red",))], third_party=False)


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        (("red",), r"the indicator red must be called kites\.red"),
        (("wind.red",), r"the indicator wind\.red must be called kites\.red"),
        (("kites.red", "kites.red"), r"the indicator kites\.red is declared twice"),
    ],
)
def test_an_indicator_that_could_be_taken_for_anothers_is_refused(codes: tuple[str, ...], why: str) -> None:
    with pytest.raises(PluginError, match=f"kites: {why}"):
        load_plugins([Telling(codes=codes)], third_party=False)


def test_a_plugin_that_fails_when_asked_for_its_words_is_taken_in() -> None:
    assert load_plugins([Telling(codes=("kites.red",))], third_party=False).has_plugin("kites")

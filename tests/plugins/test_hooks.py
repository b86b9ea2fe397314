"""Each hook does what it says; those about data and schema are exercised by the dummy (`test_dummy.py`)."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import func, select, text
from typer.testing import CliRunner

from authz.actor import Role
from core.database import machinery
from core.events import NnaRegistered
from core.hooks import Indicator, Info, hookimpl
from core.jobs import deliver_events
from core.models.operations import OutboxEvent
from core.models.people import Nna
from core.plugins import Failure, each, health
from scoring.features import FEATURES
from scoring.frames import Frames
from tests.factories import SANTIAGO, actor, an_nna
from tests.plugins import listener
from tests.plugins.asking import House, a_house


@pytest.fixture
def house(land: str, tmp_path: Path) -> Iterator[House]:
    listener.heard.clear()
    with a_house(land, tmp_path, listener) as made:
        yield made


def register(house: House, **details: Any) -> None:
    with house.host.transaction(None, "test") as uow:
        nna = an_nna(uow)
        uow.emit(NnaRegistered(SANTIAGO, nna.id, details))


def stored(house: House, model: Any) -> int:
    with machinery(house.host.database, "test") as session:
        return int(session.scalar(select(func.count()).select_from(model)) or 0)


def test_a_query_of_a_plugin_joins_the_root(house: House) -> None:
    assert house.ask(actor(Role.COORDINATOR), "{ heard }").data == {"heard": []}


def test_a_rule_of_a_plugin_vetoes_the_whole_transaction(house: House) -> None:
    with pytest.raises(listener.NotToday):
        register(house, veto=True)
    assert (stored(house, Nna), stored(house, OutboxEvent)) == (0, 0)


def test_a_plugin_that_breaks_inside_the_transaction_fails_it_closed(house: House) -> None:
    with pytest.raises(ZeroDivisionError):
        register(house, **{"break": True})
    assert stored(house, Nna) == 0


def test_switched_off_a_plugin_vetoes_nothing_and_hears_nothing(house: House) -> None:
    house.switch(SANTIAGO, False, "listener")
    deliver_events(house.host)
    listener.heard.clear()
    register(house, veto=True)
    deliver_events(house.host)
    assert (stored(house, Nna), listener.heard) == (1, [])


def test_a_plugin_hears_of_what_was_kept_after_the_commit(house: House) -> None:
    register(house)
    assert listener.heard == []
    deliver_events(house.host)
    assert listener.heard == ["nna_registered"]


def test_a_plugin_that_fails_after_the_commit_breaks_no_case_and_is_told(house: House) -> None:
    register(house, fail=True)
    deliver_events(house.host)
    assert stored(house, Nna) == 1
    assert "ZeroDivisionError" in health(house.host.plugins)["listener.oln_after_event"]


def test_a_plugin_tells_its_own_health(house: House) -> None:
    assert health(house.host.plugins) == {"listener.oído": "no ha oído nada"}


class Figures:
    """Two indicators, of which one asks the database for what is not there."""

    @hookimpl
    def oln_info(self) -> Info:
        return Info("figures", "Cifras", "1.0.0", on_by_default=True)

    @hookimpl
    def oln_indicators(self) -> list[Indicator]:
        def broken(session: Any, commune: str, day: date) -> int:
            return int(session.connection().execute(text("SELECT nothing FROM nowhere")).scalar_one())

        return [
            Indicator("figures.broken", "Rota", "cosas", broken),
            Indicator("figures.whole", "Entera", "cosas", lambda session, commune, day: 12),
        ]


def test_an_indicator_that_fails_leaves_the_others_and_is_told(land: str, tmp_path: Path) -> None:
    with a_house(land, tmp_path, Figures()) as house:
        said = house.ask(actor(Role.COORDINATOR), '{ indicators(communeCode: "13101") { code value } }')
        assert (said.data, said.wrong) == ({"indicators": [{"code": "figures.whole", "value": 10}]}, [])
        assert [*health(house.host.plugins)] == ["figures.oln_indicators figures.broken"]


class Shapeless:
    """A plugin that tells its indicators in whatever shape, once it has been taken in."""

    def __init__(self) -> None:
        self.said: Any = ()

    @hookimpl
    def oln_info(self) -> Info:
        return Info("shapeless", "Sin forma", "1.0.0", on_by_default=True)

    @hookimpl
    def oln_indicators(self) -> Any:
        return self.said


def count(session: Any, commune: str, day: date) -> int:
    return 12


@pytest.mark.parametrize(
    "said",
    [
        None,
        [42],
        [Indicator(7, "Roja", "cosas", count)],
        [Indicator("shapeless.red", None, "cosas", count)],
        [Indicator("red", "Roja", "cosas", count)],
        [Indicator("figures.whole", "Ajena", "cosas", count)],
        [Indicator("shapeless.red", "Roja", "cosas", count)] * 2,
    ],
)
def test_indicators_of_another_shape_or_anothers_code_leave_the_others(land: str, tmp_path: Path, said: Any) -> None:
    shapeless = Shapeless()
    with a_house(land, tmp_path, Figures(), shapeless) as house:
        shapeless.said = said
        told = house.ask(actor(Role.COORDINATOR), '{ indicators(communeCode: "13101") { code value } }')
        assert (told.data, told.wrong) == ({"indicators": [{"code": "figures.whole", "value": 10}]}, [])
        assert "shapeless.oln_indicators" in health(house.host.plugins)


def test_a_plugin_brings_commands(house: House) -> None:
    ((name, commands),) = each(house.host.plugins, "oln_commands")
    said = CliRunner().invoke(commands, ["count"])
    assert (name, said.exit_code, said.stdout) == ("listener", 0, "0\n")


def test_a_plugin_brings_features_of_names_that_the_core_does_not_have(house: House) -> None:
    ((_, features),) = each(house.host.plugins, "oln_features")
    assert not isinstance(features, Failure)
    assert {feature.name for feature in features}.isdisjoint(feature.name for feature in FEATURES)
    nobody = pl.DataFrame(schema={"nna_id": pl.String})
    column = features[0].compute(Frames(*[nobody] * len(fields(Frames))), date(2026, 11, 20))
    assert column.columns == ["nna_id", "listener_calls"]

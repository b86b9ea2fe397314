"""The features of plugins: kept to the plugin where they fail, to the communes that have it on, and to one owner."""

from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from core.hooks import Info, hookimpl
from core.host import Host
from core.plugins import health, load_plugins
from scoring.errors import FeatureMissing
from scoring.features import Feature, describe
from scoring.frames import Frames
from scoring.model import Model
from scoring.services import estimate_scores, train_model
from scoring.services.offered import offered_features
from tests.factories import COLINA, SANTIAGO, an_nna
from tests.services.models import COORDINATOR, EXTRA, NOVEMBER, a_model, everyone, history, some_children

Compute = Callable[[Frames, date], Any]


def named(name: str, compute: Compute) -> Feature:
    return Feature(**{**describe(EXTRA), "name": name, "compute": compute})


class Offering:
    """A plugin that offers what it is given, and nothing while it is silent."""

    def __init__(self, name: str, *features: Any, silent: bool = False) -> None:
        self.name, self.features, self.silent = name, features, silent

    @hookimpl
    def oln_info(self) -> Info:
        return Info(self.name, self.name.title(), "1")

    @hookimpl
    def oln_features(self) -> list[Any]:
        if self.silent:
            raise ConnectionError
        return list(self.features)


def with_plugins(host: Host, *plugins: object, on: tuple[str, ...] = (SANTIAGO, COLINA)) -> Host:
    manager = load_plugins(plugins, third_party=False)
    one = Host(host.settings, manager, host.ring, host.clock, host.database)
    one.__dict__["modules"] = lambda: {name: frozenset(on) for name in one.infos}
    return one


def estimated(host: Host, model: Model) -> int:
    with host.unit_of_work(COORDINATOR, "test") as uow:
        return len(estimate_scores(uow, SANTIAGO, NOVEMBER, model).by_child)


def trained(host: Host) -> Model:
    with host.unit_of_work(None, "score train") as uow:
        return train_model(uow, NOVEMBER, seeds=1, folder=host.settings.models_folder, signing_key=host.ring.models)


def breaks(_frames: Frames, _asof: date) -> pl.DataFrame:
    raise ZeroDivisionError("a secret")


def lazy(frames: Frames, asof: date) -> pl.LazyFrame:
    return everyone(frames, asof).lazy()


def of_words(frames: Frames, _asof: date) -> pl.DataFrame:
    return frames.children.select("nna_id", clubs=pl.lit("many"))


def of_nobody(_frames: Frames, _asof: date) -> pl.DataFrame:
    return pl.DataFrame({"clubs": [1.0]})


def of_numbers(_frames: Frames, _asof: date) -> pl.DataFrame:
    return pl.DataFrame({"nna_id": [1], "clubs": [1.0]})


@pytest.mark.parametrize("compute", [breaks, lazy, of_words, of_nobody, of_numbers, lambda _frames, _asof: None])
def test_a_feature_that_cannot_be_computed_is_told_and_the_list_refused_in_a_sentence(
    host: Host, compute: Compute, caplog: pytest.LogCaptureFixture
) -> None:
    some_children(host)
    one = with_plugins(host, Offering("clubs", named("clubs", compute)))
    with pytest.raises(FeatureMissing) as refused:
        estimated(one, a_model("SYNTHETIC", EXTRA))
    assert refused.value.message == "Falló el módulo «Clubs» al dar «Participa en clubes», que usa el modelo."
    assert [*health(one.plugins)] == ["clubs.oln_features clubs"]
    assert "plugin clubs failed in oln_features clubs" in caplog.text


def test_nobody_trains_on_a_feature_that_breaks(host: Host) -> None:
    history(host)
    with pytest.raises(FeatureMissing):
        trained(with_plugins(host, Offering("clubs", named("clubs", breaks))))


def test_where_a_plugin_is_off_its_data_are_not_touched_and_the_refusal_names_it(host: Host) -> None:
    some_children(host)
    touched = list[date]()

    def compute(frames: Frames, asof: date) -> pl.DataFrame:
        touched.append(asof)
        return everyone(frames, asof)

    model = a_model("SYNTHETIC", EXTRA)
    clubs = Offering("clubs", named("clubs", compute))
    with pytest.raises(FeatureMissing) as refused:
        estimated(with_plugins(host, clubs, on=(COLINA,)), model)
    assert refused.value.message == "El modelo en uso necesita el módulo «Clubs», apagado en esta comuna."
    assert touched == []
    assert estimated(with_plugins(host, clubs), model) == 5
    assert touched == [NOVEMBER]


def test_a_plugin_that_is_gone_is_told_by_what_is_missing(host: Host) -> None:
    some_children(host)
    model = a_model("SYNTHETIC", EXTRA)
    said = "El modelo en uso necesita un dato que no está («Participa en clubes»): "
    for plugins, why in (
        ([], "ningún módulo instalado lo trae."),
        ([Offering("clubs", silent=True)], "falló «Clubs»."),
    ):
        with pytest.raises(FeatureMissing) as refused:
            estimated(with_plugins(host, *plugins), model)
        assert refused.value.message == said + why


def test_a_model_learns_from_a_plugin_only_where_every_commune_has_it_on(host: Host) -> None:
    history(host)
    clubs = Offering("clubs", named("clubs", everyone))
    assert "clubs" in trained(with_plugins(host, clubs, on=(SANTIAGO,))).features
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow, commune_code=COLINA)
        uow.session.commit()
    assert "clubs" not in trained(with_plugins(host, clubs, on=(SANTIAGO,))).features
    assert "clubs" not in trained(with_plugins(host, Offering("clubs", silent=True), on=(SANTIAGO,))).features


@pytest.mark.parametrize("wrong", [[7], [named("age_years", everyone)], [named("x", everyone)] * 2, [EXTRA]])
def test_a_plugin_that_offers_something_else_at_another_time_offers_nothing(host: Host, wrong: list[Any]) -> None:
    changeable, kites = Offering("clubs"), Offering("kites", named("kites_red", everyone))
    one = with_plugins(host, changeable, kites)
    changeable.features = tuple(wrong)
    with one.unit_of_work(None, "test") as uow:
        offers, failed = offered_features(uow)
    assert ([offer.feature.name for offer in offers], failed) == (["kites_red"], ["clubs"])


def test_of_two_features_of_one_name_the_second_is_not_offered(host: Host) -> None:
    first, second = Offering("clubs"), Offering("kites")
    one = with_plugins(host, first, second)
    first.features = second.features = (named("clubs", everyone),)
    with one.unit_of_work(None, "test") as uow:
        offers, failed = offered_features(uow)
    assert ([offer.plugin for offer in offers], failed) == (["clubs"], ["kites"])

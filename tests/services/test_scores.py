"""Scores of our own: estimated, explained, told apart from the ministry's, and refused where they must not decide."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from authz.actor import Role
from authz.guard import AccessDenied
from authz.scope import table_of
from core.clock import frozen
from core.database import machinery, make_engine
from core.errors import RuleBroken
from core.hooks import Info, hookimpl
from core.host import Host
from core.models.extracts import Extract, ListStatus, Nature
from core.models.nomina import NominaEntry, NominaRun, ScoreSource
from core.models.people import Attendance, Nna
from core.plugins import load_plugins
from core.reference import ListEffect
from core.settings import InstallationKind
from core.unit_of_work import UnitOfWork
from scoring.errors import FeatureMissing, ModelMissing, NominaStale, TrainingImpossible
from scoring.features import FEATURES, Feature, describe
from scoring.frames import Frames
from scoring.model import MANIFEST, Model, ModelRejected, Recipe, SyntheticModel, fit, matrix, seal
from scoring.services import (
    Scoring,
    activate_model,
    active_model,
    estimate_scores,
    prepare_nomina,
    publish_nomina,
    publish_run,
    stored_bytes,
    train_model,
)
from tests.conftest import another
from tests.factories import COLINA, SANTIAGO, a_family, a_user, actor, an_address, an_alert, an_nna

NOVEMBER = date(2026, 11, 1)
COORDINATOR = actor(Role.COORDINATOR)
ENTRY = table_of(NominaEntry)
EXTRA = Feature("clubs", "Participa en clubes", "SOCIAL", "OLN", -1, 0.0)


def a_model(data_kind: str = "SYNTHETIC", *extra: Feature) -> Model:
    """A small ensemble that fears low attendance and brothers and sisters in protection."""
    luck = np.random.default_rng(5)
    known = (*FEATURES, *extra)
    table = pl.DataFrame({feature.name: luck.integers(0, 2, 600) * 1.0 for feature in known})
    table = table.with_columns(attendance_6m=pl.Series(luck.uniform(30, 100, 600)))
    odds = 3 * table["sibling_in_protection"] - (table["attendance_6m"] - 70) / 10
    label = (luck.random(600) < 1 / (1 + np.exp(-odds.to_numpy()))).astype(bool)
    described = [describe(feature) for feature in known]
    members = fit(matrix(table, described), label, [f.direction for f in known], Recipe(seeds=2, trees=20))
    return seal({"data_kind": data_kind, "features": described}, members)


def fact(uow: UnitOfWork, nna: Nna, model: Any, **values: Any) -> None:
    uow.add(model(id=uow.new_id(), commune_code=nna.commune_code, nna_id=nna.id, **values))


def some_children(host: Host, rates: tuple[float, ...] = (95.0, 80.0, 60.0, 35.0)) -> list[Nna]:
    """Children of Santiago by falling attendance; the first one's sister is in protection."""
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, COORDINATOR)
        found = [an_nna(uow) for _ in rates]
        for nna, rate in zip(found, rates, strict=True):
            an_address(uow, nna)
            for month in (8, 9, 10):
                fact(uow, nna, Attendance, period=date(2026, month, 1), rate=rate)
        sister = an_nna(uow)
        a_family(uow, found[0], sister)
        fact(uow, sister, ListStatus, effect=ListEffect.EXCLUDED, reason_code="X", valid_from=date(2026, 1, 1))
        uow.session.commit()
    return found


def prepared(host: Host, model: Model | None) -> NominaRun:
    with host.unit_of_work(COORDINATOR, "prepareNomina") as uow:
        run = prepare_nomina(uow, SANTIAGO, NOVEMBER, source=ScoreSource.ESTIMATED, model=model)
        uow.session.commit()
    return run


def entries(host: Host, run: NominaRun) -> dict[Any, NominaEntry]:
    with machinery(host.database, "test") as session:
        found = session.scalars(select(NominaEntry).where(ENTRY.c.run_id == run.id).order_by(ENTRY.c.position))
        return {entry.nna_id: entry for entry in found}


def real(host: Host) -> Host:
    settings = host.settings.model_copy(update={"installation": InstallationKind.REAL})
    return another(host, settings=settings)


def test_an_estimated_score_orders_the_list_and_says_whose_it_is(host: Host) -> None:
    children, model = some_children(host), a_model()
    run = prepared(host, model)
    found = entries(host, run)
    others = [nna.id for nna in reversed(children[1:])]
    assert [nna_id for nna_id in found if nna_id != children[0].id] == others
    assert (run.score_source, run.score_version) == (ScoreSource.ESTIMATED, model.id)
    assert run.notice is not None
    assert "no es el instrumento del ministerio" in run.notice
    assert "datos sintéticos" in run.notice
    for entry in found.values():
        assert entry.score is not None
        assert entry.score_low is not None
        assert entry.score_high is not None
        assert 0 < entry.score_low <= entry.score <= entry.score_high < 1
        assert entry.percentile in {20, 40, 60, 80, 100}


def test_the_score_is_explained_in_sentences_and_what_is_judicial_is_not_named(host: Host) -> None:
    children = some_children(host)
    found = entries(host, prepared(host, a_model()))
    low, brother = found[children[3].id], found[children[0].id]
    said = "Aumenta el puntaje: asistió a clases el 35 % de los días en los últimos seis meses (MINEDUC)."
    assert said in low.reasons
    assert any(line.startswith("Puntaje estimado por la plataforma a noviembre de 2026") for line in low.reasons)
    assert "Aumenta el puntaje: un antecedente reservado." in brother.reasons
    assert not any("protección" in line for line in brother.reasons)


def test_an_alert_stands_beside_the_score_and_never_inside_it(host: Host) -> None:
    children, model = some_children(host), a_model()
    before = entries(host, prepared(host, model))[children[1].id]
    with host.unit_of_work(None, "test") as uow:
        an_alert(uow, children[1])
        uow.session.commit()
    after = entries(host, prepared(host, model))[children[1].id]
    assert (after.score, after.percentile) == (before.score, before.percentile)
    assert after.position < before.position


def test_a_pregnancy_has_no_estimate_and_stays_on_the_list(host: Host) -> None:
    some_children(host)
    with host.unit_of_work(None, "test") as uow:
        unborn = an_nna(uow, birth_date=None, expected_birth_date=date(2027, 1, 1))
        uow.session.commit()
    entry = entries(host, prepared(host, a_model()))[unborn.id]
    assert entry.score is None
    assert "No tiene puntaje." in entry.reasons


def test_the_same_facts_and_model_give_the_same_bytes_on_both_databases(host: Host, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'other.db'}")
    SQLModel.metadata.create_all(engine)
    other = another(host, clock=frozen(host.clock.now(), 1), engine=engine)
    model, made = a_model(), []
    for one in (host, other):
        some_children(one)
        run = prepared(one, model)
        with one.unit_of_work(COORDINATOR, "test") as uow:
            made.append((run.inputs_hash, run.list_hash, stored_bytes(uow, run.id)))
    engine.dispose()
    assert made[0] == made[1]


def test_a_draft_is_stale_once_a_datum_behind_the_score_or_the_model_changed(host: Host) -> None:
    children, model = some_children(host), a_model()
    draft = prepared(host, model)
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow:
        with pytest.raises(NominaStale):
            publish_run(uow, draft.id, model=a_model("REAL"))
        with pytest.raises(ModelMissing):
            publish_run(uow, draft.id)
    with host.unit_of_work(None, "test") as uow:
        uow.change(Nna, children[2].id, None).birth_date = date(2010, 5, 4)
        uow.session.commit()
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow, pytest.raises(NominaStale):
        publish_nomina(uow, SANTIAGO, NOVEMBER, Scoring(ScoreSource.ESTIMATED, model))


def test_a_synthetic_model_orders_nobody_in_a_real_installation(host: Host) -> None:
    some_children(host)
    with pytest.raises(SyntheticModel):
        prepared(real(host), a_model())
    assert prepared(real(host), a_model("REAL")).listed == 4


def test_scores_are_estimated_only_where_the_list_may_be_prepared(host: Host) -> None:
    some_children(host)
    model = a_model()
    for who in (actor(Role.COORDINATOR, COLINA), actor(Role.CASE_MANAGER)):
        with host.unit_of_work(who, "test") as uow, pytest.raises(AccessDenied):
            estimate_scores(uow, SANTIAGO, NOVEMBER, model)


class Clubs:
    """A plugin that tells who belongs to a club."""

    def __init__(self, compute: Callable[[Frames, date], pl.DataFrame] | None) -> None:
        self.compute = compute

    @hookimpl
    def oln_info(self) -> Info:
        return Info("clubs", "Clubes", "1", always_on=True)

    @hookimpl
    def oln_features(self) -> list[Feature]:
        if self.compute is None:
            raise ConnectionError
        return [Feature(**{**describe(EXTRA), "compute": self.compute})]


def everyone(frames: Frames, _asof: date) -> pl.DataFrame:
    return frames.children.select("nna_id", clubs=pl.lit(1.0))


def test_a_plugins_feature_enters_and_its_absence_is_never_guessed(host: Host) -> None:
    some_children(host)
    model = a_model("SYNTHETIC", EXTRA)
    with pytest.raises(FeatureMissing):
        prepared(host, model)
    for compute, works in ((everyone, True), (None, False)):
        plugins = load_plugins([Clubs(compute)], third_party=False)
        one = Host(host.settings, plugins, host.ring, host.clock, host.database)
        if works:
            assert prepared(one, model).listed == 4
        else:
            with pytest.raises(FeatureMissing):
                prepared(one, model)


def history(host: Host, children: int = 240) -> None:
    """Children of whom a sixth entered protection in each of the last two years."""
    with host.unit_of_work(None, "test") as uow:
        for number in range(children):
            nna = an_nna(uow, birth_date=date(2012 + number % 10, 1 + number % 12, 1))
            if number % 3 == 0:
                entered = date(2025 + number % 2, 5, 1)
                fact(uow, nna, ListStatus, effect=ListEffect.EXCLUDED, reason_code="X", valid_from=entered)
        uow.session.commit()


def trained(host: Host) -> Model:
    with host.unit_of_work(None, "score") as uow:
        folder, key = host.settings.models_folder, host.ring.models
        return train_model(uow, date(2026, 11, 20), seeds=1, folder=folder, signing_key=key)


def test_a_model_is_trained_kept_signed_and_put_in_use(host: Host) -> None:
    history(host)
    model = trained(host)
    assert active_model(host.settings, host.ring) is None
    activate_model(host.settings, host.ring, model.id)
    active = active_model(host.settings, host.ring)
    assert active is not None
    assert (active.id, active.manifest["data_kind"], active.manifest["period"]) == (model.id, "SYNTHETIC", "2026-11")


def test_a_model_learns_from_the_features_of_plugins_and_not_without_one_that_fails(host: Host) -> None:
    history(host)
    for compute, works in ((everyone, True), (None, False)):
        plugins = load_plugins([Clubs(compute)], third_party=False)
        one = Host(host.settings, plugins, host.ring, host.clock, host.database)
        if works:
            assert EXTRA.name in trained(one).features
        else:
            with pytest.raises(FeatureMissing):
                trained(one)


def test_one_synthetic_file_makes_a_synthetic_model_which_a_real_installation_does_not_use(host: Host) -> None:
    history(host)
    assert trained(real(host)).manifest["data_kind"] == "REAL"
    with host.unit_of_work(None, "test") as uow:
        said = {"kind": "persons", "period": NOVEMBER, "provider": "Nadie", "agreement": "-", "legal_basis": "-"}
        told = {"expires_on": NOVEMBER, "nature": Nature.ADMINISTRATIVE, "file_name": "x.csv", "file_hash": "0"}
        uow.add(Extract(id=uow.new_id(), imported_at=uow.now(), synthetic=True, **said, **told))
        uow.session.commit()
    model = trained(real(host))
    assert model.manifest["data_kind"] == "SYNTHETIC"
    with pytest.raises(SyntheticModel):
        activate_model(real(host).settings, host.ring, model.id)


@pytest.mark.parametrize("who", [COORDINATOR, actor(Role.MUNICIPAL_ADMIN)], ids=["coordinator", "administrator"])
def test_nobody_of_an_office_trains_a_model(host: Host, who: Any) -> None:
    with host.unit_of_work(who, "test") as uow, pytest.raises(AccessDenied):
        train_model(uow, NOVEMBER, folder=host.settings.models_folder, signing_key=host.ring.models)


def test_too_little_history_a_strange_id_and_an_altered_model_are_refused(host: Host) -> None:
    some_children(host)
    with pytest.raises(TrainingImpossible):
        trained(host)
    with pytest.raises(ModelMissing):
        activate_model(host.settings, host.ring, "../keys")
    model = a_model()
    manifest = model.save(host.settings.models_folder / model.id, host.ring.models)
    activate_model(host.settings, host.ring, model.id)
    assert manifest.name == MANIFEST
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("SYNTHETIC", "REAL"), encoding="utf-8")
    with pytest.raises(ModelRejected) as refused:
        active_model(host.settings, host.ring)
    assert isinstance(refused.value, RuleBroken)

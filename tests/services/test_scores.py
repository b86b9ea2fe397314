"""Scores of our own: estimated, explained, told apart from the ministry's, and refused where they must not decide."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from authz.actor import Role
from authz.guard import AccessDenied
from authz.scope import table_of
from core.clock import frozen
from core.database import machinery, make_engine
from core.host import Host
from core.models.nomina import NominaEntry, NominaRun, ScoreSource
from core.models.people import Nna
from core.plugins import load_plugins
from scoring.errors import FeatureMissing, ModelMissing, NominaStale
from scoring.model import Model, SyntheticModel
from scoring.services import (
    Scoring,
    estimate_scores,
    prepare_nomina,
    publish_nomina,
    publish_run,
    stored_bytes,
)
from tests.conftest import another
from tests.factories import COLINA, SANTIAGO, actor, an_alert, an_nna
from tests.services.models import COORDINATOR, EXTRA, NOVEMBER, Clubs, a_model, everyone, real, some_children

ENTRY = table_of(NominaEntry)


def prepared(host: Host, model: Model | None) -> NominaRun:
    with host.unit_of_work(COORDINATOR, "prepareNomina") as uow:
        run = prepare_nomina(uow, SANTIAGO, NOVEMBER, Scoring(ScoreSource.ESTIMATED, model))
        uow.session.commit()
    return run


def entries(host: Host, run: NominaRun) -> dict[Any, NominaEntry]:
    with machinery(host.database, "test") as session:
        found = session.scalars(select(NominaEntry).where(ENTRY.c.run_id == run.id).order_by(ENTRY.c.position))
        return {entry.nna_id: entry for entry in found}


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

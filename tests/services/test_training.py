"""A model is trained from what was imported, kept signed, and used where its data allow."""

from datetime import date
from typing import Any

import pytest

import scoring.train
from authz.actor import Role
from authz.guard import AccessDenied
from authz.scope import table_of
from core.errors import RuleBroken
from core.host import Host
from core.models.extracts import Extract, Nature
from core.models.nomina import NominaEntry
from core.plugins import load_plugins
from scoring.errors import FeatureMissing, ModelMissing, ModelOutdated, PeriodNotYet, TrainingImpossible
from scoring.model import MANIFEST, Model, ModelRejected, SyntheticModel
from scoring.services import (
    activate_model,
    active_model,
    train_model,
)
from scoring.services.models import model_in_use, model_trouble
from scoring.train import SCORING, check_code
from tests.factories import actor
from tests.services.models import COORDINATOR, EXTRA, NOVEMBER, Clubs, a_model, everyone, history, real, some_children

ENTRY = table_of(NominaEntry)


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


def test_no_model_is_made_for_a_month_to_come(host: Host) -> None:
    history(host)
    with host.unit_of_work(None, "score") as uow, pytest.raises(PeriodNotYet) as refused:
        train_model(uow, date(2026, 12, 1), folder=host.settings.models_folder, signing_key=host.ring.models)
    assert "2026-11" in refused.value.message


def test_a_model_tested_with_other_code_scores_nobody_and_stops_nothing_else(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = a_model()
    model.save(host.settings.models_folder / model.id, host.ring.models)
    activate_model(host.settings, host.ring, model.id)
    assert model_trouble(host.settings, host.ring) == []
    monkeypatch.setattr(scoring.train, "SCORING", (*SCORING, "explain.py"))
    for use in (
        lambda: active_model(host.settings, host.ring),
        lambda: activate_model(host.settings, host.ring, model.id),
    ):
        with pytest.raises(ModelOutdated):
            use()
    shown = model_in_use(host.settings, host.ring)
    assert shown is not None
    assert shown.id == model.id
    (said,) = model_trouble(host.settings, host.ring)
    assert "oln score train" in said


def test_a_model_that_does_not_say_by_which_code_it_was_tested_scores_nobody() -> None:
    with pytest.raises(ModelOutdated):
        check_code({})


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

import hmac
import json
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from scoring import metrics
from scoring.features import FEATURES, build_features
from scoring.frames import Frames
from scoring.model import MANIFEST, Model, ModelRejected, Recipe, SyntheticModel, check_usable, sign
from scoring.synthetic.country import write_country
from scoring.synthetic.reading import read_frames, read_truth
from scoring.train import TooFewEntries, examples, months_before, strangers, train

PERIOD = date(2026, 11, 1)
COMMUNES = ("01107", "04101", "09111", "13101", "13110", "13301")
KEY = b"only for tests, thirty-two bytes"


@dataclass(frozen=True)
class World:
    frames: Frames
    features: pl.DataFrame
    truth: pl.DataFrame
    model: Model


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("country")
    write_country(folder, COMMUNES, 1500, 1, PERIOD, "parquet")
    frames = read_frames(folder)
    truth = read_truth(folder).filter(pl.col("asof") == PERIOD, pl.col("eligible"))
    return World(frames, build_features(frames, PERIOD), truth, train(frames, PERIOD))


@pytest.fixture
def saved(world: World, tmp_path: Path) -> Path:
    world.model.save(tmp_path, KEY)
    return tmp_path


def small(frames: Frames, **options: Any) -> Model:
    return train(frames, PERIOD, seeds=2, recipe=Recipe(trees=20), **options)


def test_the_model_orders_nearly_as_well_as_the_truth(world: World) -> None:
    scored = world.features.with_columns(score=world.model.predict(world.features))
    both = scored.join(world.truth, on="nna_id")
    p_obs = both["p_obs"].to_numpy()
    oracle = metrics.expected_auc(p_obs, p_obs)
    ours = metrics.expected_auc(p_obs, both["score"].to_numpy())
    assert oracle > 0.8
    assert (ours - 0.5) / (oracle - 0.5) >= 0.97


def test_the_model_finds_what_the_truth_finds_at_capacity(world: World) -> None:
    scored = world.features.with_columns(score=world.model.predict(world.features))
    both = scored.join(world.truth, on="nna_id")
    p_obs = both["p_obs"].to_numpy()
    found, possible = (p_obs[metrics.top(both[by].to_numpy(), 0.1)].sum() for by in ("score", "p_obs"))
    assert found / possible >= 0.96


def test_the_probabilities_are_honest(world: World) -> None:
    assert world.model.manifest["metrics"]["calibration_error"] < 0.01


@pytest.mark.parametrize("feature", [feature for feature in FEATURES if feature.direction], ids=lambda f: f.name)
def test_the_risk_moves_only_in_the_declared_direction(world: World, feature: Any) -> None:
    values = world.features[feature.name].drop_nulls()
    some = world.features.sample(40, seed=3)
    levels = np.linspace(values.min(), values.max(), 12)  # type: ignore[type-var]
    paths = np.stack([world.model.predict(some.with_columns(pl.lit(v).alias(feature.name))) for v in levels])
    assert (np.diff(paths, axis=0) * feature.direction >= -1e-12).all()


def test_what_is_not_known_counts_as_neutral(world: World) -> None:
    some = world.features.sample(20, seed=3)
    for feature in FEATURES:
        unknown = some.with_columns(pl.lit(None, dtype=pl.Float64).alias(feature.name))
        neutral = some.with_columns(pl.lit(feature.neutral).alias(feature.name))
        assert (world.model.predict(unknown) == world.model.predict(neutral)).all()


def test_the_same_input_trains_the_same_model_to_the_byte(world: World, tmp_path: Path) -> None:
    shuffled = replace(world.frames, children=world.frames.children.reverse())
    folders = [tmp_path / "a", tmp_path / "b"]
    for frames, folder in zip((world.frames, shuffled), folders, strict=True):
        small(frames).save(folder, KEY)
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes()


def test_one_thread_or_two_score_the_same(world: World) -> None:
    one, two = (train(world.frames, PERIOD, seeds=1, recipe=Recipe(trees=20, threads=n)) for n in (1, 2))
    assert (one.predict(world.features) == two.predict(world.features)).all()


def test_a_saved_model_predicts_the_same(world: World, saved: Path) -> None:
    again = Model.load(saved, KEY)
    assert again.id == world.model.id
    assert (again.predict(world.features) == world.model.predict(world.features)).all()


def test_a_changed_manifest_is_refused(saved: Path) -> None:
    manifest = json.loads((saved / MANIFEST).read_text())
    (saved / MANIFEST).write_text(json.dumps(manifest | {"data_kind": "REAL"}))
    with pytest.raises(ModelRejected):
        Model.load(saved, KEY)


def test_a_changed_member_is_refused(saved: Path) -> None:
    path = saved / "member_00.cbm"
    path.write_bytes(path.read_bytes()[:-1] + b"\0\0")
    with pytest.raises(ModelRejected):
        Model.load(saved, KEY)


def test_another_key_is_refused(saved: Path) -> None:
    with pytest.raises(ModelRejected):
        Model.load(saved, b"somebody else's key")


def test_a_missing_member_is_refused(saved: Path) -> None:
    (saved / "member_01.cbm").unlink()
    with pytest.raises(ModelRejected):
        Model.load(saved, KEY)


@pytest.mark.parametrize("text", ["", "{}", "[]", "not json"])
def test_a_broken_manifest_is_refused(saved: Path, text: str) -> None:
    (saved / MANIFEST).write_text(text)
    with pytest.raises(ModelRejected):
        Model.load(saved, KEY)


def test_the_signature_is_an_hmac_of_the_canonical_manifest() -> None:
    assert sign({"b": 1, "a": "ñ"}, KEY) == hmac.new(KEY, '{"a":"ñ","b":1}'.encode(), "sha256").hexdigest()


def test_a_synthetic_model_orders_nobody_in_a_real_installation(world: World) -> None:
    check_usable(world.model.manifest, "DEMO")
    with pytest.raises(SyntheticModel) as refusal:
        check_usable(world.model.manifest, "REAL")
    assert refusal.value.code == "SYNTHETIC_MODEL"


def test_a_manifest_that_does_not_say_what_it_learnt_from_is_synthetic() -> None:
    with pytest.raises(SyntheticModel):
        check_usable({}, "REAL")
    check_usable({"data_kind": "REAL"}, "REAL")


def test_the_manifest_says_what_the_model_is_made_of(world: World) -> None:
    manifest = world.model.manifest
    assert manifest["period"] == "2026-11"
    assert manifest["trained_at"] == ["2024-11-01", "2025-11-01"]
    assert manifest["parameters"]["seeds"] == len(world.model.members) == 5
    assert len(manifest["ventiles"]) == 20
    assert {"auc", "auc_low", "auc_high", "auc_logistic", "brier"} <= set(manifest["metrics"])
    assert {row["attribute"] for row in manifest["fairness"]} >= {"sex", "age_band", "nationality", "indigenous"}


def test_other_data_or_another_seed_count_is_another_model(world: World) -> None:
    fewer = replace(world.frames, children=world.frames.children.head(8900))
    ids = {small(world.frames).id, small(fewer).id, small(world.frames, data_kind="REAL").id, world.model.id}
    assert len(ids) == 4


def test_a_position_interval_holds_places_of_the_commune(world: World) -> None:
    best, worst = world.model.position_interval(world.features)
    assert (best <= worst).all()
    assert best.min() == 1
    assert worst.max() <= world.features.group_by("commune_code").len()["len"].max()  # type: ignore[operator]


def test_nobody_to_score_is_no_error(world: World) -> None:
    nobody = world.features.clear()
    assert len(world.model.predict(nobody)) == 0
    assert len(world.model.position_interval(nobody)[0]) == 0


def test_households_of_the_test_are_not_those_of_the_training(world: World) -> None:
    told = examples(world.frames, months_before(PERIOD, 12))
    learnt, _ = told.part(tested=False)
    tested, _ = told.part(tested=True)
    assert set(learnt["family_id"]).isdisjoint(tested["family_id"])
    assert tested.height / told.features.height == pytest.approx(0.25, abs=0.02)


def test_nobody_is_tested_who_was_learnt_from_even_after_moving_to_another_family(world: World) -> None:
    moved = world.frames.members.with_columns(pl.lit(months_before(PERIOD, 18)).alias("valid_from"))
    moved = moved.with_columns(family_id=pl.col("family_id").shuffle(seed=1))
    old = world.frames.members.with_columns(valid_until=pl.lit(months_before(PERIOD, 18)))
    frames = replace(world.frames, members=pl.concat([old, moved]))
    before, later = (examples(frames, months_before(PERIOD, months)) for months in (24, 12))
    learnt, _ = before.part(tested=False)
    tested, label = strangers(later, learnt)
    assert set(learnt["nna_id"]).isdisjoint(tested["nna_id"])
    assert set(learnt["family_id"]).isdisjoint(tested["family_id"])
    assert 0 < tested.height == len(label) < later.part(tested=True)[0].height


def test_who_is_in_protection_is_no_example(world: World) -> None:
    asof = months_before(PERIOD, 12)
    inside = world.frames.exclusions.filter(
        pl.col("effect") == "EXCLUDED",
        pl.col("valid_from") <= asof,
        pl.col("valid_until").is_null() | (pl.col("valid_until") > asof),
    )
    assert inside.height
    assert set(examples(world.frames, asof).features["nna_id"]).isdisjoint(inside["nna_id"])


def test_a_label_is_an_entry_after_the_day_and_within_the_year() -> None:
    days = [date(2025, 11, 1), date(2025, 11, 2), date(2026, 11, 1), date(2026, 11, 2)]
    ids = ["on the day", "day after", "last day", "too late"]
    frames = Frames(
        children=pl.DataFrame({"nna_id": ids, "birth_date": [date(2015, 1, 1)] * 4}),
        households=pl.DataFrame(),
        attendance=pl.DataFrame(),
        schooling=pl.DataFrame(),
        exclusions=pl.DataFrame({"nna_id": ids, "effect": ["EXCLUDED"] * 4, "valid_from": days}),
    )
    told = examples(frames, date(2025, 11, 1))
    assert dict(zip(told.features["nna_id"], told.label.tolist(), strict=True)) == {
        "day after": True,
        "last day": True,
        "too late": False,
    }


def test_too_few_entries_teach_nothing(world: World) -> None:
    with pytest.raises(TooFewEntries):
        small(replace(world.frames, exclusions=world.frames.exclusions.head(40)))


def test_the_auc_agrees_with_counting_pairs() -> None:
    rng = np.random.default_rng(1)
    score, label = rng.integers(0, 20, 300) / 20, rng.random(300) < 0.3
    pairs = score[label][:, None] - score[~label][None, :]
    assert metrics.auc(label, score) == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())
    low, high = metrics.auc_interval(label, score)
    assert low < metrics.auc(label, score) < high


def test_the_expected_auc_is_the_mean_over_drawn_labels() -> None:
    rng = np.random.default_rng(1)
    p_true = rng.beta(1, 8, 400)
    score = np.round(p_true + rng.normal(0, 0.05, 400), 2)
    drawn = [metrics.auc(rng.random(400) < p_true, score) for _ in range(600)]
    assert metrics.expected_auc(p_true, score) == pytest.approx(np.mean(drawn), abs=5e-3)

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import pytest

from scoring.explain import Reason, explain, sentence
from scoring.features import FEATURES, PROTECTION, build_features
from scoring.model import Model, Recipe, logistic
from scoring.services import scores
from scoring.synthetic.country import write_country
from scoring.synthetic.files import read_table
from scoring.synthetic.reading import read_frames
from scoring.train import train

PERIOD = date(2026, 11, 1)
COMMUNES = ("01107", "09111", "13110")


@dataclass(frozen=True)
class Scored:
    model: Model
    features: pl.DataFrame
    persons: pl.DataFrame


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Scored:
    folder = tmp_path_factory.mktemp("country")
    write_country(folder, COMMUNES, 900, 4, PERIOD, "parquet")
    frames = read_frames(folder)
    model = train(frames, PERIOD, seeds=3, recipe=Recipe(trees=60))
    features = build_features(frames, PERIOD)
    listed = features.with_columns(score=model.predict(features)).sort("score", descending=True).head(200)
    return Scored(model, listed, read_table(folder, "persons"))


def test_shap_values_add_up_to_the_score(scored: Scored) -> None:
    values, base = scored.model.shap(scored.features)
    assert np.abs(logistic(values.sum(axis=1) + base) - scored.model.predict(scored.features)).max() < 1e-12
    odds = np.mean(scored.model.log_odds(scored.features), axis=0)
    assert np.abs(values.sum(axis=1) + base - odds).max() < 1e-6


def test_each_row_has_its_reasons_strongest_first_but_for_the_other_side(scored: Scored) -> None:
    told = explain(scored.model, scored.features)
    assert len(told) == 200
    for reasons in told:
        assert 1 <= len(reasons) <= 4
        weights = [abs(reason.weight) for reason in reasons]
        assert weights[:-1] == sorted(weights[:-1], reverse=True)
        assert len({reason.feature for reason in reasons}) == len(reasons)


def test_what_lowers_the_score_is_told_too(scored: Scored) -> None:
    values, _ = scored.model.shap(scored.features)
    for row, reasons in enumerate(explain(scored.model, scored.features)):
        if values[row].min() <= -0.02:
            assert any(reason.direction == "LOWERS" for reason in reasons)


def test_the_direction_is_the_sign_of_the_weight(scored: Scored) -> None:
    for reasons in explain(scored.model, scored.features.head(20)):
        assert all((reason.direction == "RAISES") == (reason.weight > 0) for reason in reasons)


def test_reasons_never_hold_a_name_or_an_identifier(scored: Scored) -> None:
    text = " ".join(reason.text_es for reasons in explain(scored.model, scored.features) for reason in reasons)
    listed = scored.persons.filter(pl.col("identificador").is_in(scored.features["nna_id"].implode()))
    words = {word for column in ("nombres", "apellido_paterno") for name in listed[column] for word in name.split()}
    assert listed.height == 200
    assert words.isdisjoint(text.replace(".", " ").replace("(", " ").split())
    assert not [number for number in listed["identificador"] if number in text]
    assert not [key for key in listed["hogar"].drop_nulls() if key in text]


def test_reasons_do_not_depend_on_who_else_is_explained(scored: Scored) -> None:
    together = explain(scored.model, scored.features)
    assert [explain(scored.model, row)[0] for row in scored.features[:25].iter_slices(1)] == together[:25]


def test_nobody_to_explain_is_no_error(scored: Scored) -> None:
    assert explain(scored.model, scored.features.clear()) == []


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
@pytest.mark.parametrize("value", [0.0, 1.0, 3.0])
def test_every_feature_has_its_own_sentence(feature, value) -> None:  # type: ignore[no-untyped-def]
    value = max(value, 1.0) if feature.name == "housing_quality" else value
    said = sentence(feature.name, feature.label_es, value, feature.source)
    assert said.endswith(f"({feature.source}).")
    assert not said.startswith(f"{feature.label_es}: ")
    assert said[0].isupper()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("attendance_6m", 71.4, "Asistió a clases el 71 % de los días en los últimos seis meses (X)."),
        ("attendance_change", -8.0, "Su asistencia a clases bajó 8 puntos en los últimos tres meses (X)."),
        ("income_per_capita", 98000.0, "El ingreso del hogar es de $98.000 al mes por persona (X)."),
        ("people_per_bedroom", 3.5, "Hay 3,5 personas por dormitorio (X)."),
        ("years_behind", 1.0, "Tiene 1 año de rezago escolar (X)."),
        ("age_years", 0.5, "Tiene 6 meses de edad (X)."),
        ("rsh_bracket", 40.0, "El hogar está en el tramo del 40 % (X)."),
    ],
)
def test_numbers_are_written_as_in_chile(name: str, value: float, said: str) -> None:
    assert sentence(name, "", value, "X") == said


def test_an_unknown_datum_is_said_to_be_unknown() -> None:
    assert sentence("attendance_6m", "Asistencia", None, "MINEDUC") == "No hay dato de «asistencia» (MINEDUC)."


def test_a_list_says_nothing_reserved_of_who_was_never_in_protection(monkeypatch: pytest.MonkeyPatch) -> None:
    pushes = [
        Reason("sibling_in_protection", "Familia", direction, 0.3, "Ningún hermano…", PROTECTION)
        for direction in ("LOWERS", "RAISES")
    ]
    monkeypatch.setattr(scores, "explain", lambda model, rows: [pushes])
    told = scores.explanations(object(), pl.DataFrame({"nna_id": ["a"]}), ["a"])  # type: ignore[arg-type]
    assert told == {"a": ["Aumenta el puntaje: un antecedente reservado."]}

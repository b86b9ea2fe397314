"""Train and test a model on what was known two years ago and one year ago.

The label is a *recorded entry into specialised protection within twelve months*. It is not the harm
itself: it is harm that somebody saw and acted on.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring import fairness, metrics
from scoring.baseline import Logistic
from scoring.errors import ModelOutdated
from scoring.features import FEATURES, Feature, build_features, describe
from scoring.frames import Frames, data_hash
from scoring.model import Model, Recipe, fit, logistic, matrix, seal

DataKind = Literal["SYNTHETIC", "REAL"]
HORIZON_MONTHS = 12
TEST_QUARTER = 4  # one household in four is kept out of the tested model
CAPACITY = 0.10
FEWEST_ENTRIES = 30
# What makes a score of records; how the members were learnt stands in the members.
SCORING = ("records.py", "frames.py", "features.py", "feature_groups.py", "model.py")


class TooFewEntries(ValueError):
    """There are not enough recorded entries to learn from."""


@dataclass(frozen=True)
class Examples:
    """Features and labels of the children who could enter protection after `asof`."""

    asof: date
    features: pl.DataFrame
    label: NDArray[np.bool_]
    tested: NDArray[np.bool_]

    def part(self, *, tested: bool) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
        chosen = self.tested == tested
        return self.features.filter(pl.Series(chosen)), self.label[chosen]


def months_before(day: date, months: int) -> date:
    """Return the first of the month, `months` earlier.

    Examples
    --------
    >>> months_before(date(2026, 3, 1), 24)
    datetime.date(2024, 3, 1)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def examples(frames: Frames, asof: date, extra: Sequence[Feature] = ()) -> Examples:
    """Return features at `asof` and labels of the twelve months after it.

    A child already in protection at `asof` is left out. The label is true when a state with effect
    EXCLUDED begins in (asof, asof + 12 months].
    """
    stays = frames.exclusions.filter(pl.col("effect") == "EXCLUDED")
    start, until = pl.col("valid_from"), pl.col("valid_until")
    inside = stays.filter(start <= asof, until.is_null() | (until > asof))
    entered = stays.filter(start > asof, start <= months_before(asof, -HORIZON_MONTHS))
    features = build_features(frames, asof, extra).join(inside, on="nna_id", how="anti", maintain_order="left")
    return Examples(
        asof=asof,
        features=features,
        label=features["nna_id"].is_in(entered["nna_id"].unique().implode()).to_numpy(),
        tested=np.array([crc32(family.encode()) % TEST_QUARTER == 0 for family in _families(features)]),
    )


def _families(features: pl.DataFrame) -> list[str]:
    """Return what keeps brothers and sisters on one side of the split."""
    return features.select(pl.coalesce("family_id", "nna_id")).to_series().to_list()


def train(
    frames: Frames,
    asof: date,
    *,
    seeds: int = 5,
    data_kind: DataKind = "SYNTHETIC",
    recipe: Recipe | None = None,
    extra: Sequence[Feature] = (),
) -> Model:
    """Train an ensemble for the month of `asof`.

    First a model learns from three quarters of the households as they were 24 months ago and is
    tested on the last quarter as it was 12 months ago: other families, a later year. Its figures go
    to the manifest. Then the same recipe learns from all households at both dates; that is the model.

    Parameters
    ----------
    frames : Frames
        Everything known by `asof`.
    asof : date
        First day of the month for which the model is made.
    seeds : int
        Members of the ensemble.
    data_kind : {"SYNTHETIC", "REAL"}
        What the children are; a synthetic model orders nobody real.
    recipe : Recipe, optional
        Hyperparameters; `seeds` counts over its own.
    extra : sequence of Feature
        Features of plugins.

    Returns
    -------
    Model
        Not yet signed.

    Raises
    ------
    TooFewEntries
        If fewer than 30 children entered protection in either year.
    """
    trainer = Trainer((*FEATURES, *extra), replace(recipe or Recipe(), seeds=seeds))
    before, later = (examples(frames, months_before(asof, months), extra) for months in (24, 12))
    if min(before.label.sum(), later.label.sum()) < FEWEST_ENTRIES:
        raise TooFewEntries(f"fewer than {FEWEST_ENTRIES} recorded entries in a year")
    told = _test(frames, before, later, trainer)
    model = trainer.learn(pl.concat([before.features, later.features]), np.concatenate([before.label, later.label]))
    manifest = {
        "format": 1,
        "period": f"{asof:%Y-%m}",
        "data_kind": data_kind,
        "data_hash": data_hash(frames),
        "code_hash": code_hash((*SCORING, "train.py")),
        "scoring_hash": code_hash(SCORING),
        "parameters": asdict(trainer.recipe),
        "libraries": {name: version(name) for name in ("catboost", "numpy", "polars")},
        "label": "recorded entry into specialised protection in (T, T+12 months]",
        "trained_at": [before.asof.isoformat(), later.asof.isoformat()],
        "reference": fairness.reference(later.features, model.features),
        **model.manifest,
        **told,
    }
    return seal(manifest, model.members)


@dataclass(frozen=True)
class Trainer:
    """Inputs and hyperparameters, the same for the model that is tested and the one that is used."""

    registry: Sequence[Feature]
    recipe: Recipe

    def learn(self, features: pl.DataFrame, label: NDArray[np.bool_]) -> Model:
        """Return an ensemble whose manifest holds its features and nothing else."""
        described = [describe(feature) for feature in self.registry]
        signs = [feature.direction for feature in self.registry]
        return Model({"features": described}, fit(matrix(features, described), label, signs, self.recipe))


def _test(frames: Frames, before: Examples, later: Examples, trainer: Trainer) -> dict[str, Any]:
    """Return the figures of a model tested on other households, a year later."""
    known, label = before.part(tested=False)
    unseen, truth = strangers(later, known)
    trial = trainer.learn(known, label)
    odds = trial.log_odds(unseen)
    score = logistic(np.mean(odds, axis=0))
    plain = Logistic().fit(trial.matrix(known).to_numpy(), label).predict(trial.matrix(unseen).to_numpy())
    low, high = metrics.auc_interval(truth, score)
    figures = {
        "children": len(truth),
        "entries": int(truth.sum()),
        "auc": metrics.auc(truth, score),
        "auc_low": low,
        "auc_high": high,
        "auc_logistic": metrics.auc(truth, plain),
        "brier": metrics.brier(truth, score),
        "calibration_error": metrics.calibration_error(truth, score),
        "seed_swap_top_10": metrics.seed_swap(odds, CAPACITY),
    }
    groups = fairness.attributes(frames, unseen, later.asof)
    past = fairness.reference(before.features, trial.features)
    return {
        "metrics": _rounded(figures),
        "at_capacity": [_rounded(metrics.at_capacity(truth, score, share)) for share in (0.05, CAPACITY)],
        "ventiles": [_rounded(row) for row in metrics.ventiles(truth, score)],
        "fairness": fairness.rows(fairness.audit(groups, truth, score, CAPACITY)),
        "drift": _rounded(fairness.drift(past, later.features)),
    }


def strangers(later: Examples, known: pl.DataFrame) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
    """Return who is tested: nobody who was learnt from, nor anybody of their families, also after a move."""
    children, families = (known[name].drop_nulls().unique().implode() for name in ("nna_id", "family_id"))
    met = pl.col("nna_id").is_in(children) | pl.col("family_id").is_in(families).fill_null(value=False)
    chosen = later.tested & later.features.select(~met).to_series().to_numpy()
    return later.features.filter(pl.Series(chosen)), later.label[chosen]


def check_code(manifest: Mapping[str, Any]) -> None:
    """Refuse a model whose figures were measured with other code than would score with it now.

    Raises
    ------
    ModelOutdated
        If what makes a score of records changed since; a model that does not say is of an older version.
    """
    if manifest.get("scoring_hash") != code_hash(SCORING):
        raise ModelOutdated("El modelo se probó con otra versión de la plataforma: hay que entrenarlo de nuevo.")


def code_hash(names: Sequence[str]) -> str:
    """Return a hash of some modules of this room, whatever their line endings."""
    here = Path(__file__).parent
    said = ((here / name).read_text(encoding="utf-8") for name in names)
    return hashlib.sha256("\f".join(said).encode()).hexdigest()


def _rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in figures.items()}

"""The estimator: an ensemble of monotone CatBoost models, one per seed, and its signed manifest.

The only module that imports CatBoost, and only where it is used: it brings pandas and half a second of start. The
probability is the logistic of the *mean log-odds* of the members, so that the SHAP values, averaged over members, add
up to it exactly.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.errors import RuleBroken
from scoring.metrics import Floats

if TYPE_CHECKING:
    from catboost import CatBoostClassifier

MANIFEST = "manifest.json"
# CatBoost writes these into the file; they differ on every run and say nothing.
_VOLATILE = ("model_guid", "train_finish_time")
_EMPTY_LEAF = 1e-3  # what an empty leaf weighs, in children


class ModelRejected(RuleBroken):
    """The signature is not ours, or a file is not the one that was signed."""

    code = "MODEL_REJECTED"


class SyntheticModel(RuleBroken):
    """A model that learnt from invented children may not order real ones."""

    code = "SYNTHETIC_MODEL"


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters. Shallow trees are cheap to explain, and another seed moves fewer children."""

    seeds: int = 5
    trees: int = 220
    depth: int = 4
    learning_rate: float = 0.05
    l2: float = 6.0
    borders: int = 64
    leaf_steps: int = 3
    threads: int = 2  # fixed, though one and two threads give the same model


@dataclass(frozen=True)
class Model:
    """A trained ensemble with its manifest.

    Parameters
    ----------
    manifest : mapping
        What it is made of, and how it did; without signature until saved.
    members : sequence
        One CatBoost classifier per seed.
    """

    manifest: Mapping[str, Any]
    members: "Sequence[CatBoostClassifier]"

    @property
    def id(self) -> str:
        """The version: a hash of data, code, parameters and members."""
        return str(self.manifest["id"])

    @property
    def features(self) -> list[str]:
        return [feature["name"] for feature in self.manifest["features"]]

    def matrix(self, features: pl.DataFrame) -> pl.DataFrame:
        """Return the inputs in the model's order, with neutral values where nothing is known."""
        return matrix(features, self.manifest["features"])

    def predict(self, features: pl.DataFrame) -> Floats:
        """Return the probability of each row of `build_features`, in its order."""
        if features.is_empty():
            return np.empty(0)
        return logistic(np.mean(self.log_odds(features), axis=0))

    def log_odds(self, features: pl.DataFrame) -> list[Floats]:
        """Return the log-odds that each member gives to each row."""
        inputs = self.matrix(features)
        return [np.asarray(member.predict(inputs, prediction_type="RawFormulaVal")) for member in self.members]

    def position_interval(self, features: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the best and the worst place that any member gives each child within its commune.

        A wide interval says that the place hangs on the luck of a seed.
        """
        if features.is_empty():
            return np.empty(0, np.int64), np.empty(0, np.int64)
        places = np.stack([_places(features["commune_code"], score) for score in self.log_odds(features)])
        return places.min(axis=0), places.max(axis=0)

    def shap(self, features: pl.DataFrame) -> tuple[Floats, float]:
        """Return exact SHAP values (rows by features) and the base; a row's sum plus the base is its log-odds."""
        from catboost import Pool

        pool = Pool(self.matrix(features))
        values = np.mean([m.get_feature_importance(pool, type="ShapValues") for m in self.members], axis=0)
        return np.asarray(values[:, :-1]), float(values[0, -1])

    def save(self, folder: Path, signing_key: bytes) -> Path:
        """Write the members and the signed manifest; return the path of the manifest."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in _files(self.members).items():
            (folder / name).write_bytes(content)
        body = {**self.manifest, "signature": sign(self.manifest, signing_key)}
        path = folder / MANIFEST
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        return path

    @classmethod
    def load(cls, folder: Path, signing_key: bytes) -> "Model":
        """Read a saved model.

        Raises
        ------
        ModelRejected
            If the signature is not of `signing_key`, or a file was changed, is missing or unreadable.
        """
        manifest = _read_manifest(folder, signing_key)
        members = []
        for name, expected in sorted(manifest["files"].items()):
            members.append(_member(folder / name, expected))
        return cls(manifest, members)


def _read_manifest(folder: Path, signing_key: bytes) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        signature = str(manifest.pop("signature"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelRejected("El manifiesto del modelo falta o no se puede leer.") from error
    if not hmac.compare_digest(signature, sign(manifest, signing_key)):
        raise ModelRejected("La firma del modelo no corresponde a esta instalación.")
    return manifest


def _member(path: Path, expected: str) -> "CatBoostClassifier":
    from catboost import CatBoostClassifier

    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelRejected("Un archivo del modelo no es el que se firmó.")
    member = CatBoostClassifier()
    member.load_model(blob=content)
    return member


def matrix(features: pl.DataFrame, described: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Return the inputs in the order of `described`, neutral where unknown.

    Left null, CatBoost would read an unknown value as the smallest one, and a monotone constraint
    would then make it the riskiest: not knowing must not accuse.
    """
    return features.select(pl.col(f["name"]).cast(pl.Float64).fill_nan(None).fill_null(f["neutral"]) for f in described)


def fit(
    inputs: pl.DataFrame, label: NDArray[np.bool_], directions: Sequence[int], recipe: Recipe
) -> "list[CatBoostClassifier]":
    """Train one member per seed: Logloss, no class weights, monotone, on CPU."""
    from catboost import CatBoostClassifier, Pool

    pool = Pool(inputs, label.astype(int))
    members = []
    for seed in range(recipe.seeds):
        member = CatBoostClassifier(
            loss_function="Logloss",
            iterations=recipe.trees,
            depth=recipe.depth,
            learning_rate=recipe.learning_rate,
            l2_leaf_reg=recipe.l2,
            border_count=recipe.borders,
            leaf_estimation_iterations=recipe.leaf_steps,
            monotone_constraints=list(directions),
            random_seed=seed,
            thread_count=recipe.threads,
            task_type="CPU",
            boosting_type="Plain",
            allow_writing_files=False,
            verbose=False,
        )
        member.fit(pool)
        members.append(_settled(member))
    return members


def _settled(member: "CatBoostClassifier") -> "CatBoostClassifier":
    """Return the same model without what changes on every run, and with no leaf that weighs nothing.

    A monotone constraint gives a value to leaves that no child of the training fell into. For such models CatBoost
    adds the rows being explained to the weights of the leaves (catboost issue 1956, open): a child's reasons would
    hang on who else is on the list. No empty leaf, no such addition.
    """
    from catboost import CatBoostClassifier

    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "member.json")
        member.save_model(path, format="json")
        told = json.loads(Path(path).read_text(encoding="utf-8"))
        for name in _VOLATILE:
            told["model_info"].pop(name, None)
        for tree in told["oblivious_trees"]:
            tree["leaf_weights"] = [weight or _EMPTY_LEAF for weight in tree["leaf_weights"]]
        Path(path).write_text(json.dumps(told), encoding="utf-8")
        settled = CatBoostClassifier()
        settled.load_model(path, format="json")
    return settled


def seal(manifest: dict[str, Any], members: "Sequence[CatBoostClassifier]") -> Model:
    """Return the model whose manifest names its files by hash and itself by the hash of the whole."""
    files = {name: hashlib.sha256(content).hexdigest() for name, content in _files(members).items()}
    body = {**manifest, "files": files}
    version = hashlib.sha256(_canonical(body)).hexdigest()[:16]
    return Model({**body, "id": version}, members)


def check_usable(manifest: Mapping[str, Any], installation_kind: str) -> None:
    """Refuse a model that learnt from synthetic data where real children are ordered.

    Parameters
    ----------
    manifest : mapping
        Of the model.
    installation_kind : str
        ``DEMO`` or ``REAL``.

    Raises
    ------
    SyntheticModel
        If the installation is not a demo and the model did not learn from real data.
    """
    if installation_kind != "DEMO" and manifest.get("data_kind") != "REAL":
        raise SyntheticModel("Este modelo se entrenó con datos sintéticos: no puede ordenar a niñas y niños reales.")


def sign(manifest: Mapping[str, Any], key: bytes) -> str:
    """Return the HMAC-SHA256 of the manifest's canonical form."""
    return hmac.new(key, _canonical(manifest), hashlib.sha256).hexdigest()


def logistic(log_odds: Floats) -> Floats:
    """Return the probabilities of these log odds."""
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def _canonical(manifest: Mapping[str, Any]) -> bytes:
    return json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _files(members: "Sequence[CatBoostClassifier]") -> dict[str, bytes]:
    return {f"member_{i:02d}.cbm": _bytes(member) for i, member in enumerate(members)}


def _bytes(member: "CatBoostClassifier") -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "member.cbm"
        member.save_model(str(path))
        return path.read_bytes()


def _places(communes: pl.Series, score: Floats) -> NDArray[np.int64]:
    frame = pl.DataFrame({"commune": communes, "score": score})
    ranks = frame.select(pl.col("score").rank("ordinal", descending=True).over("commune"))
    return np.asarray(ranks.to_series().to_numpy(), dtype=np.int64)

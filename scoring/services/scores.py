"""Where a run's scores come from: the ministry, our own model, or nowhere."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from core.models.nomina import ScoreSource
from core.unit_of_work import UnitOfWork
from scoring.errors import ModelMissing
from scoring.explain import Reason, explain
from scoring.features import PROTECTION, build_features
from scoring.model import Model, check_usable, logistic
from scoring.nomina.facts import Facts, Inputs, Month, Score, digest
from scoring.records import load_frames
from scoring.services.inputs import official_scores
from scoring.services.offered import features_known
from scoring.train import months_before

LOOKS_BACK = 6  # months of attendance that features look at
DECIMALS = 6  # finer differences between two children are noise of the estimate


@dataclass(frozen=True)
class Scores:
    """The scores of a commune in a month.

    Parameters
    ----------
    source : ScoreSource
    version : str or None
        The ministry's instruments, or our model's id.
    by_child : mapping of str to Score
        By the child's id, 32 hexadecimal digits.
    digest : str
        SHA-256 of what explanations tell of; empty where nothing is explained.
    synthetic : bool
        Whether the model learnt from invented children.
    """

    source: ScoreSource
    version: str | None = None
    by_child: Mapping[str, Score] = field(default_factory=dict)
    digest: str = ""
    synthetic: bool = False
    explain: Callable[[Sequence[str]], Mapping[str, list[str]]] = field(default=lambda _: {}, repr=False)


def read_scores(uow: UnitOfWork, month: Month, source: ScoreSource, model: Model | None) -> Scores:
    """Return the scores by which a month's list is ordered.

    Parameters
    ----------
    uow : UnitOfWork
    month : Month
    source : ScoreSource
        IMPORTED takes each child's latest score of the ministry up to the month: by law the instrument is the
        ministry's (Ley 21.430, art. 66 c). ESTIMATED takes ours, as known on the first day of the month.
    model : Model or None
        For ESTIMATED.

    Returns
    -------
    Scores

    Raises
    ------
    ModelMissing
        If an estimate is asked for without a model.
    SyntheticModel
        If the model learnt from invented children and the installation holds real ones.
    """
    if source is ScoreSource.ESTIMATED:
        if model is None:
            raise ModelMissing("No hay un modelo activo con que estimar el puntaje de esta nómina.")
        return estimate_scores(uow, month.commune, month.period, model)
    if source is ScoreSource.NONE:
        return Scores(source)
    with uow.unscoped("a list is the same whoever prepares it") as session:
        found = official_scores(session, month)
    return Scores(source, ", ".join(sorted({score.version for score in found.values()})) or None, found)


def estimate_scores(uow: UnitOfWork, commune: str, asof: date, model: Model) -> Scores:
    """Estimate the score of every child of a commune who was born by `asof` and is under 18.

    The score is the ensemble's probability; `low` and `high` are the least and the most that one member says. The
    percentile, from 1 to 100, is the share of the commune's scored children with the same score or a lower one.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
        CUT code.
    asof : date
        Nothing dated later counts.
    model : Model

    Returns
    -------
    Scores

    Raises
    ------
    AccessDenied
        If the actor may not prepare the commune's list.
    SyntheticModel
        If the model learnt from invented children and the installation holds real ones.
    FeatureMissing
        If it needs a plugin's data, and the plugin does not give them or is off in the commune.
    """
    uow.require_in("nomina", "prepare", commune)
    check_usable(model.manifest, uow.settings.installation)
    extra = features_known(uow, commune, model)
    with uow.unscoped("a list is the same whoever prepares it") as session:
        frames = load_frames(session, [commune], since=months_before(asof, LOOKS_BACK))
    features = build_features(frames, asof, extra)
    return Scores(
        source=ScoreSource.ESTIMATED,
        version=model.id,
        by_child=_estimated(features, asof, model),
        digest=digest(features.select(pl.col(pl.Float64).round(DECIMALS)).write_csv()),
        synthetic=model.manifest.get("data_kind") != "REAL",
        explain=lambda listed: explanations(model, features, listed),
    )


def explanations(model: Model, features: pl.DataFrame, listed: Sequence[str]) -> dict[str, list[str]]:
    """Explain the scores of the listed children.

    Parameters
    ----------
    model : Model
    features : polars.DataFrame
        As `build_features` gives them.
    listed : sequence of str
        Ids; who has no row of features, as in a pregnancy, is left out.

    Returns
    -------
    dict of str to list of str
        Spanish sentences by child, the strongest push first.
    """
    rows = features.filter(pl.col("nna_id").is_in(listed))
    told = explain(model, rows)
    said = ([_said(one) for one in found if not _nothing_reserved(one)] for found in told)
    return dict(zip(rows["nna_id"], said, strict=True))


def _estimated(features: pl.DataFrame, asof: date, model: Model) -> dict[str, Score]:
    if features.is_empty():
        return {}
    odds = model.log_odds(features)
    members = logistic(np.asarray(odds))
    table = features.select(
        "nna_id",
        value=pl.Series(logistic(np.mean(odds, axis=0))).round(DECIMALS),
        low=pl.Series(members.min(axis=0)).round(DECIMALS),
        high=pl.Series(members.max(axis=0)).round(DECIMALS),
    ).with_columns(percentile=(100 * pl.col("value").rank("max") / pl.len()).ceil())
    return {
        row["nna_id"]: Score(row["value"], row["percentile"], asof, model.id, row["low"], row["high"])
        for row in table.iter_rows(named=True)
    }


def _nothing_reserved(reason: Reason) -> bool:
    """Tell whether it only says that a child was never in protection: unnamed, it would read as if there were such."""
    return reason.source == PROTECTION and reason.direction == "LOWERS"


def _said(reason: Reason) -> str:
    """Say one push on the score; what is judicial is not named in an entry of class RISK."""
    effect = "Aumenta" if reason.direction == "RAISES" else "Disminuye"
    if reason.source == PROTECTION:
        return f"{effect} el puntaje: un antecedente reservado."
    return f"{effect} el puntaje: {reason.text_es[0].lower()}{reason.text_es[1:]}"


def notice(scores: Scores, inputs: Inputs) -> str | None:
    """Say what a reader of the list must know of it.

    Parameters
    ----------
    scores : Scores
    inputs : Inputs
        With the scores of those to be listed.

    Returns
    -------
    str or None
        Spanish sentences: nobody scored, some not, old scores, an estimate, a synthetic model; children whom only a
        missing address puts last (*Orientaciones Técnicas OLN 2020*, p. 38: it is the first key); births to write down.
    """
    said = _of_scores(scores, inputs.month, inputs.children)
    if any(child.candidate.territorial_alerts and not child.has_address for child in inputs.children):
        said.append(
            "Hay NNA con alertas territoriales y sin domicilio vigente en la comuna: la regla los deja al final;"
            " averigüe y registre su domicilio."
        )
    if inputs.overdue:  # how many is for those who may open them
        said.append("Hay gestaciones con la fecha de parto ya pasada, que no se listan: registre su nacimiento.")
    return " ".join(said) or None


def _of_scores(scores: Scores, month: Month, children: Sequence[Facts]) -> list[str]:
    if scores.source is ScoreSource.NONE:
        return ["Nómina sin puntaje: las claves de puntaje no deciden ningún lugar."]
    said = []
    unscored = sum(child.score is None for child in children)
    if children and unscored == len(children):
        said.append("No hay puntaje para ningún NNA de la nómina: las claves de puntaje no deciden ningún lugar.")
    elif unscored:
        verbs = ("no tiene", "va") if unscored == 1 else ("no tienen", "van")
        said.append(f"{unscored} de {len(children)} NNA {verbs[0]} puntaje: en esas claves {verbs[1]} al final.")
    versions = sorted({child.score.version for child in children if child.score})
    if len(versions) > 1:
        said.append(f"Hay puntajes de {len(versions)} versiones del instrumento ({', '.join(versions)}).")
    old = sum(child.score is not None and child.score.period < month.period for child in children)
    if old:
        said.append(
            f"{old} NNA {'figura' if old == 1 else 'figuran'} con un puntaje de un mes anterior, el último recibido."
        )
    if scores.source is ScoreSource.ESTIMATED:
        said.append("El puntaje lo estima la plataforma: no es el instrumento del ministerio.")
    if scores.synthetic:
        said.append("El modelo se entrenó con datos sintéticos: sirve para demostrar, no para decidir.")
    return said

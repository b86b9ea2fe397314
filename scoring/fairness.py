"""How the score treats groups of children, and whether this month still looks like the training.

Attributes that never enter the model enter here. A gap is a question for people, not an answer:
selection rates differ wherever need differs; what must not differ is how often need is missed (FNR)
and what a score means (calibration).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scoring.frames import Frames, at_home
from scoring.metrics import top

SMALLEST = 30  # smaller groups are not reported: their rates are noise, and they may point at someone
_BINS = 10
_FLOOR = 1e-4


@dataclass(frozen=True)
class GroupAudit:
    """One group of one attribute, on the test children, when `share` of them can be called."""

    attribute: str
    group: str
    children: int
    entries: int
    selection_rate: float
    true_positive_rate: float | None
    false_negative_rate: float | None
    mean_score: float
    observed_rate: float


def attributes(frames: Frames, ids: pl.DataFrame, asof: date) -> pl.DataFrame:
    """Return the audited attributes of the children of `ids` (`nna_id`), in its order; all are text."""
    age = (pl.lit(asof) - pl.col("birth_date")).dt.total_days() / 365.25
    rows = ids.select("nna_id").join(at_home(frames, asof).children, on="nna_id", how="left", maintain_order="left")
    brackets = (
        frames.households.sort("valid_from", maintain_order=True)
        .unique("family_id", keep="last", maintain_order=True)
        .select("family_id", "rsh_bracket", "urban")
    )
    rows = rows.join(brackets, on="family_id", how="left", maintain_order="left")
    return rows.select(
        sex=pl.col("sex").fill_null("UNKNOWN"),
        age_band=_band(age),
        nationality=_known("nationality", pl.when(nationality="CHL").then(pl.lit("CHL")).otherwise(pl.lit("OTHER"))),
        indigenous=_yes_no(pl.col("indigenous_people").is_not_null()),
        disability=_yes_no(pl.col("has_disability").fill_null(value=False)),
        rsh_bracket=pl.col("rsh_bracket").cast(pl.String).fill_null("UNKNOWN"),
        zone=_known("urban", pl.when(pl.col("urban")).then(pl.lit("URBAN")).otherwise(pl.lit("RURAL"))),
    )


def _known(column: str, told: pl.Expr) -> pl.Expr:
    """Keep those of whom nothing is known apart: counted among the others, they would blur what is measured of them."""
    return pl.when(pl.col(column).is_null()).then(pl.lit("UNKNOWN")).otherwise(told)


def _band(age: pl.Expr) -> pl.Expr:
    bands = pl.when(age < 4).then(pl.lit("0-3")).when(age < 6).then(pl.lit("4-5")).when(age < 12).then(pl.lit("6-11"))
    return bands.when(age < 14).then(pl.lit("12-13")).otherwise(pl.lit("14-17"))


def _yes_no(condition: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(pl.lit("YES")).otherwise(pl.lit("NO"))


def audit(groups: pl.DataFrame, label: NDArray[np.bool_], score: NDArray[np.float64], share: float) -> list[GroupAudit]:
    """Return rates by group.

    Parameters
    ----------
    groups : polars.DataFrame
        One text column per attribute, as `attributes` makes it.
    label, score : numpy.ndarray
        What was recorded, and the probability, in the same order.
    share : float
        Share of the children that can be called.

    Returns
    -------
    list of GroupAudit
        By attribute and group, without groups of fewer than 30 children.
    """
    chosen = top(score, share)
    told = []
    for attribute in groups.columns:
        for group in groups[attribute].unique().sort().to_list():
            inside = (groups[attribute] == group).to_numpy()
            if inside.sum() >= SMALLEST:
                told.append(_group(attribute, group, inside, label, score, chosen))
    return told


def _group(
    attribute: str,
    group: str,
    inside: NDArray[np.bool_],
    label: NDArray[np.bool_],
    score: NDArray[np.float64],
    chosen: NDArray[np.bool_],
) -> GroupAudit:
    entries = int((inside & label).sum())
    found = int((inside & label & chosen).sum())
    return GroupAudit(
        attribute=attribute,
        group=group,
        children=int(inside.sum()),
        entries=entries,
        selection_rate=float(chosen[inside].mean()),
        true_positive_rate=found / entries if entries else None,
        false_negative_rate=1 - found / entries if entries else None,
        mean_score=float(score[inside].mean()),
        observed_rate=float(label[inside].mean()),
    )


def rows(audits: Sequence[GroupAudit]) -> list[dict[str, object]]:
    """Return the audit as plain rows, rounded, for the manifest."""
    return [
        {name: round(value, 6) if isinstance(value, float) else value for name, value in asdict(audit).items()}
        for audit in audits
    ]


def reference(features: pl.DataFrame, names: Sequence[str]) -> dict[str, dict[str, list[float]]]:
    """Return bin edges and shares of each feature, to hold later months against."""
    bins = {}
    for name in names:
        values = features[name].to_numpy().astype(float)
        known = values[~np.isnan(values)]
        edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(known) else np.empty(0)
        bins[name] = {"edges": edges.tolist(), "shares": _shares(values, edges).tolist()}
    return bins


def drift(reference: Mapping[str, Mapping[str, list[float]]], features: pl.DataFrame) -> dict[str, float]:
    """Return the population stability index of each feature against its reference.

    By custom, under 0.1 is stable and over 0.25 asks for a look before the list is used (Siddiqi, 2006).
    """
    told = {}
    for name, bins in reference.items():
        values = features[name].to_numpy().astype(float)
        before, now = np.array(bins["shares"]), _shares(values, np.array(bins["edges"]))
        told[name] = float(((now - before) * np.log(now / before)).sum())
    return told


def _shares(values: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of each bin, the unknown values in one of their own; never zero."""
    unknown = np.isnan(values)
    place = np.where(unknown, len(edges) + 1, np.digitize(values, edges))
    count = np.bincount(place, minlength=len(edges) + 2) / max(1, len(values))
    return np.maximum(count, _FLOOR)

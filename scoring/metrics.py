"""How well probabilities order and how honest they are, in numpy."""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def auc(label: Bools, score: Floats) -> float:
    """Return the area under the ROC curve; ties count half.

    Examples
    --------
    >>> auc(np.array([False, True, True]), np.array([0.1, 0.1, 0.9]))
    0.75
    """
    positives, negatives = int(label.sum()), int((~label).sum())
    if not positives or not negatives:
        return math.nan
    ranks = midranks(score)
    return float((ranks[label].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def midranks(values: Floats) -> Floats:
    """Return ranks from 1, the mean rank where values tie."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)


def auc_interval(label: Bools, score: Floats, z: float = 1.959963984540054) -> tuple[float, float]:
    """Return the 95 % confidence interval of the AUC (DeLong, DeLong and Clarke-Pearson, 1988)."""
    positive, negative = score[label], score[~label]
    m, n = len(positive), len(negative)
    if m < 2 or n < 2:
        return math.nan, math.nan
    together = midranks(np.concatenate([positive, negative]))
    v10 = (together[:m] - midranks(positive)) / n
    v01 = 1.0 - (together[m:] - midranks(negative)) / m
    spread = z * math.sqrt(v10.var(ddof=1) / m + v01.var(ddof=1) / n)
    middle = auc(label, score)
    return max(0.0, middle - spread), min(1.0, middle + spread)


def expected_auc(p_true: Floats, score: Floats) -> float:
    """Return the AUC that `score` has on average over labels drawn with the true probabilities.

    No label is drawn, so two scores can be compared without the noise of one draw. Ties count half.

    Examples
    --------
    >>> round(expected_auc(np.array([0.2, 0.8]), np.array([0.2, 0.8])), 3)
    0.941
    """
    _, place = np.unique(score, return_inverse=True)
    positive = np.bincount(place, p_true)
    negative = np.bincount(place, 1 - p_true)
    below = np.cumsum(negative) - negative
    own = _same_child(p_true)
    return float((positive @ (below + negative / 2) - own / 2) / (positive.sum() * negative.sum() - own))


def _same_child(p_true: Floats) -> float:
    """Return the weight of pairs of a child with itself, which are no pairs."""
    return float((p_true * (1 - p_true)).sum())


def brier(label: Bools, score: Floats) -> float:
    """Return the mean squared distance between estimate and outcome (Brier, 1950)."""
    return float(np.mean((score - label) ** 2))


def calibration_error(label: Bools, score: Floats, bins: int = 10) -> float:
    """Return the expected calibration error over bins of equal size."""
    order = np.argsort(score, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(float(score[part].mean()) - float(label[part].mean())) * len(part) for part in parts]
    return sum(gaps) / len(score)


def ventiles(label: Bools, score: Floats) -> list[dict[str, float]]:
    """Return, for each twentieth of the children from the lowest, the least score and the rate observed.

    A rate of past children like this one says more to a reader than a bare probability.
    """
    parts = np.array_split(np.argsort(score, kind="stable"), 20)
    return [
        {
            "ventile": number,
            "from_score": float(score[part].min()),
            "children": len(part),
            "observed_rate": float(label[part].mean()),
        }
        for number, part in enumerate(parts, start=1)
        if len(part)
    ]


def top(score: Floats, share: float) -> Bools:
    """Return which rows are among the highest `share`, at least one; ties go by position."""
    chosen = np.zeros(len(score), dtype=bool)
    chosen[np.argsort(-score, kind="stable")[: max(1, round(len(score) * share))]] = True
    return chosen


def at_capacity(label: Bools, score: Floats, share: float) -> dict[str, float]:
    """Return precision, recall and false positives when `share` of the children can be called."""
    chosen = top(score, share)
    hits = int((chosen & label).sum())
    return {
        "share": share,
        "called": int(chosen.sum()),
        "hits": hits,
        "false_positives": int(chosen.sum()) - hits,
        "precision": hits / int(chosen.sum()),
        "recall": hits / max(1, int(label.sum())),
    }


def seed_swap(members: list[Floats], share: float) -> float:
    """Return the mean share of the top that another seed alone would change, over pairs of members."""
    tops = [top(score, share) for score in members]
    pairs = [(a, b) for i, a in enumerate(tops) for b in tops[i + 1 :]]
    return float(np.mean([1 - (a & b).sum() / a.sum() for a, b in pairs])) if pairs else 0.0

"""Hold the estimator against the invented world's truth, and its steps against raw prediction.

.venv/bin/python benchmarks/scoring/run.py [--children 2000] [--worlds 3]
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from core.reference import pilot_communes
from scoring import metrics
from scoring.explain import explain
from scoring.fairness import attributes
from scoring.features import build_features
from scoring.frames import Frames
from scoring.model import Model
from scoring.synthetic.country import write_country
from scoring.synthetic.reading import read_frames, read_truth
from scoring.synthetic.world import Dials
from scoring.train import train

PERIOD = date(2026, 11, 1)
TESTED = ("auc", "auc_logistic", "calibration_error", "seed_swap_top_10")  # on recorded labels, other households
LIST = 200  # children explained in each commune


@dataclass(frozen=True)
class Scored:
    frames: Frames
    features: pl.DataFrame
    model: Model
    score: np.ndarray
    both: pl.DataFrame
    seconds: dict[str, float]


def timed(seconds: dict[str, float], name: str, step: Callable[[], object]) -> object:
    start = time.perf_counter()
    result = step()
    seconds[name] = time.perf_counter() - start
    return result


def score_world(children: int, seed: int, dials: Dials) -> Scored:
    """Write a country, train, score and explain; time each step."""
    communes = tuple(row.commune_code for row in pilot_communes())
    seconds: dict[str, float] = {}
    with TemporaryDirectory() as place:
        folder = Path(place)
        timed(seconds, "generate (CSV)", lambda: write_country(folder, communes, children, seed, PERIOD, dials=dials))
        frames = timed(seconds, "read the files", lambda: read_frames(folder))
        truth = read_truth(folder).filter(pl.col("asof") == PERIOD, pl.col("eligible"))
    model = timed(seconds, "train, test, refit", lambda: train(frames, PERIOD))
    features = timed(seconds, "features", lambda: build_features(frames, PERIOD))
    score = timed(seconds, "predict", lambda: model.predict(features))
    ranked = features.with_columns(score=score).sort("score", descending=True)
    lists = [part.head(LIST) for part in ranked.partition_by("commune_code")]
    timed(seconds, f"explain {len(lists)} lists of {LIST}", lambda: [explain(model, rows) for rows in lists])
    both = features.with_columns(score=score).join(truth, on="nna_id", maintain_order="left")
    return Scored(frames, features, model, score, both, seconds)


def held_against_truth(scored: Scored) -> dict[str, float]:
    """Return AUC, skill and shares of what the oracle finds."""
    p_obs, score = scored.both["p_obs"].to_numpy(), scored.both["score"].to_numpy()
    oracle, ours = metrics.expected_auc(p_obs, p_obs), metrics.expected_auc(p_obs, score)
    figures = {"AUC": ours, "oracle AUC": oracle, "skill": (ours - 0.5) / (oracle - 0.5)}
    for share in (0.05, 0.10):
        found, possible = (p_obs[metrics.top(by, share)].sum() for by in (score, p_obs))
        figures[f"recall at {share:.0%}, share of oracle"] = found / possible
    figures["poverty gap over oracle"] = poverty_gap(scored, score) - poverty_gap(scored, p_obs)
    return figures | {name: scored.model.manifest["metrics"][name] for name in TESTED}


def poverty_gap(scored: Scored, score: np.ndarray) -> float:
    """Return how much more often need is found in RSH bracket 40 than in the others, when one in ten is called."""
    poor = (attributes(scored.frames, scored.both, PERIOD)["rsh_bracket"] == "40").to_numpy()
    p_obs, chosen = scored.both["p_obs"].to_numpy(), metrics.top(score, 0.10)
    found = [p_obs[chosen & group].sum() / p_obs[group].sum() for group in (poor, ~poor)]
    return found[0] - found[1]


def raw_predict(scored: Scored) -> float:
    """Return the seconds of one member's prediction of a ready matrix: the engine's own floor."""
    member, matrix = scored.model.members[0], scored.model.matrix(scored.features)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        member.predict(matrix, prediction_type="RawFormulaVal")
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--children", type=int, default=2000, help="per pilot commune")
    options.add_argument("--worlds", type=int, default=3)
    asked = options.parse_args()
    for surveillance in (0.0, 0.4, 0.9):
        worlds = [score_world(asked.children, seed, Dials(surveillance=surveillance)) for seed in range(asked.worlds)]
        figures = [held_against_truth(world) for world in worlds]
        print(f"\nsurveillance dial {surveillance}: {asked.worlds} worlds of {len(worlds[0].score)} children")
        for name in figures[0]:
            print(f"  {name:<34} {fmean(world[name] for world in figures):8.4f}")
    floor = raw_predict(worlds[0])
    print(f"\nsteps, as multiples of one member's raw prediction ({floor * 1000:.1f} ms)")
    for name, seconds in worlds[0].seconds.items():
        print(f"  {name:<34} {seconds / floor:8.0f} x {seconds:8.2f} s")


if __name__ == "__main__":
    main()

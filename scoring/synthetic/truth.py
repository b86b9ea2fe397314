"""What the invented world's risk truly is: a written function of what can be observed, and luck.

The observables are computed here in numpy, apart from the pipeline's own features, so that one can
be held against the other. Given them, `p_obs` is exact: the frailty that nobody sees is integrated
out by Gauss-Hermite quadrature, so no model can order better than `p_obs` does.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.synthetic.days import age_on, age_on_31_march, back, year
from scoring.synthetic.protection_state import Protection
from scoring.synthetic.school import School
from scoring.synthetic.world import Bools, Floats, Ints, World

_NODES, _WEIGHTS = np.polynomial.hermite.hermgauss(15)
_SAMPLE = 50_000  # the intercept needs no more children than this


@dataclass(frozen=True)
class Observables:
    """What the files tell of each child on one day; NaN where they say nothing."""

    day: np.datetime64
    eligible: Bools
    columns: dict[str, Floats]


def observe(world: World, school: School, protection: Protection, day: np.datetime64) -> Observables:
    """Return the observables of every child on `day`."""
    born = (world.birth <= day) & (world.birth > back(day, 216))
    columns = {"age_years": age_on(world.birth, day)}
    columns |= _family(world, day, born)
    columns |= _home(world)
    columns |= _school(world, school, day)
    inside, left = protection.inside(day), protection.left_within(day, months=24)
    homes_inside = np.bincount(world.home, inside & born, len(world.homes.kids))[world.home]
    columns["sibling_in_protection"] = (homes_inside - (inside & born) > 0).astype(float)
    columns["protection_ended_24m"] = left.astype(float)
    return Observables(day, born & ~inside, columns)


def _family(world: World, day: np.datetime64, born: Bools) -> dict[str, Floats]:
    young = born & (world.birth > back(day, 60))
    homes = len(world.homes.kids)
    return {
        "children_in_household": np.bincount(world.home, born, homes)[world.home].astype(float),
        "children_under_five": np.bincount(world.home, young, homes)[world.home].astype(float),
    }


def _home(world: World) -> dict[str, Floats]:
    homes = world.homes
    known = homes.registered
    told = {
        "household_size": homes.size,
        "single_head": homes.single,
        "head_schooling_years": homes.schooling,
        "rsh_bracket": homes.rsh,
        "income_per_capita": homes.income,
        "people_per_bedroom": homes.size / homes.bedrooms,
        "insecure_tenure": homes.tenure >= 3,
        "housing_quality": homes.quality + 1,
    }
    columns = {name: np.where(known, values, np.nan)[world.home] for name, values in told.items()}
    return columns | {"without_rsh": (~known)[world.home].astype(float)}


def _school(world: World, school: School, day: np.datetime64) -> dict[str, Floats]:
    window = (school.months >= back(day, 6)) & (school.months < day)
    late = school.months >= back(day, 3)
    rate = school.rate[:, window].astype(float)
    recent, before = school.rate[:, window & late], school.rate[:, window & ~late]
    age = age_on(world.birth, day)
    enrolled = ~np.isnan(rate)
    return {
        "attendance_6m": _mean(rate),
        "attendance_change": _mean(recent.astype(float)) - _mean(before.astype(float)),
        "months_below_85": np.where(enrolled.any(axis=1), (rate < 85).sum(axis=1), np.nan),
        "not_attending": np.where(age >= 6.5, ~enrolled.any(axis=1), 0.0).astype(float),
        "years_behind": _behind(world, school, day),
    }


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0))


def _behind(world: World, school: School, day: np.datetime64) -> Floats:
    """Return years behind the grade of the age in the last month at school, within twelve months."""
    behind: Floats = np.full(world.count, np.nan)
    for column in np.flatnonzero((school.months >= back(day, 12)) & (school.months < day)):
        ages = age_on_31_march(world.birth, int(year(school.months[column : column + 1])[0]))
        grade = school.grade[:, column]
        lag = np.where(grade >= 1, np.maximum(ages - 5 - grade, 0), 0)
        behind = np.where(np.isnan(school.rate[:, column]), behind, lag)
    return behind


def risk(seen: Observables) -> Floats:
    """Return the written risk of each child, before scale and intercept."""
    c = {name: np.nan_to_num(column, nan=_SILENT.get(name, 0.0)) for name, column in seen.columns.items()}
    low = np.clip((92 - c["attendance_6m"]) / 22, 0, 1.8)
    age, poor, crowd = c["age_years"], c["rsh_bracket"] <= 40, np.clip(c["people_per_bedroom"] - 1.5, 0, 2)
    return np.asarray(
        1.3 * low
        + 0.6 * low * (age >= 12)
        + 0.6 * np.clip(-c["attendance_change"] / 14, 0, 1)
        + 0.10 * c["months_below_85"]
        + 1.6 * c["not_attending"]
        + 0.45 * np.minimum(c["years_behind"], 3)
        + 0.8 * poor
        + 0.35 * ((c["rsh_bracket"] > 40) & (c["rsh_bracket"] <= 60))
        + 0.6 * np.clip((320_000 - c["income_per_capita"]) / 320_000, 0, 1)
        + 0.40 * crowd
        + 0.35 * crowd * poor
        + 0.45 * c["single_head"]
        + 0.6 * np.clip((12 - c["head_schooling_years"]) / 8, 0, 1)
        + 0.35 * (c["housing_quality"] - 1)
        + 0.30 * c["insecure_tenure"]
        + 0.20 * np.clip(c["children_in_household"] - 1, 0, 3)
        + 0.35 * (c["children_under_five"] >= 2)
        + 0.7 * np.exp(-(((np.minimum(age, 14.5) - 14.5) / 2.5) ** 2))
        + 0.5 * (age < 1)
        + 1.3 * c["sibling_in_protection"]
        + 1.0 * c["protection_ended_24m"]
        + 0.2 * c["without_rsh"]
    )


_SILENT = {
    "attendance_6m": 92.0,
    "rsh_bracket": 70.0,
    "income_per_capita": 320_000.0,
    "people_per_bedroom": 1.5,
    "head_schooling_years": 12.0,
    "housing_quality": 1.0,
}


def p_obs(score: Floats, frailty: float) -> Floats:
    """Return E[sigmoid(score + u)] for u ~ N(0, frailty), by 15-point Gauss-Hermite quadrature.

    Examples
    --------
    >>> bool(abs(p_obs(np.array([0.0]), 0.7)[0] - 0.5) < 1e-12)
    True
    """
    total = np.zeros_like(score)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        total += weight / (1 + np.exp(-(score + np.sqrt(2.0) * frailty * node)))
    return np.asarray(total / np.sqrt(np.pi))


def intercept(scores: Floats, frailty: float, base_rate: float) -> float:
    """Return the intercept at which the mean of `p_obs` is `base_rate`, by bisection."""
    scores = scores[:: max(1, len(scores) // _SAMPLE)]
    low, high = -20.0, 5.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if p_obs(scores + middle, frailty).mean() < base_rate else (low, middle)
    return (low + high) / 2


def places(values: Floats) -> Ints:
    """Return the rank of each value, 1 for the highest; ties by position."""
    ranks: NDArray[np.int64] = np.empty(len(values), dtype=np.int64)
    ranks[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return ranks

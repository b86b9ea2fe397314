"""Enrolment, grade and monthly attendance of every child."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.synthetic.days import age_on, age_on_31_march, back
from scoring.synthetic.world import Bools, Floats, Ints, World

MONTHS = 30  # the oldest training date looks back six months from two years ago
CHILDREN_PER_SCHOOL = 260


@dataclass(frozen=True)
class School:
    """Columns are school months (March to December), oldest first.

    `rate` is NaN where the child is not enrolled; `grade` is -1 and 0 in nursery school, then 1 to 12.
    """

    months: NDArray[np.datetime64]
    rate: NDArray[np.float32]
    grade: NDArray[np.int8]
    school: Ints


def attend(world: World) -> School:
    """Draw who goes to school, in which grade, and how often."""
    rng = world.stream("school")
    months = _school_months(world.period)
    z = world.homes.hardship[world.home] + rng.normal(0, 0.6, world.count)
    grade = _grades(rng, world, z, months)
    enrolled = _enrolled(rng, world, z, months, grade)
    rate = np.where(enrolled, _rates(rng, z, len(months)), np.float32(np.nan))
    return School(months, rate.astype(np.float32), grade, _schools(rng, world))


def _school_months(period: np.datetime64) -> NDArray[np.datetime64]:
    months = [back(period, n) for n in range(MONTHS, 0, -1)]
    return np.array([m for m in months if m.astype("datetime64[M]").astype(int) % 12 >= 2])


def _grades(rng: np.random.Generator, world: World, z: Floats, months: NDArray[np.datetime64]) -> NDArray[np.int8]:
    """Return the grade in each month: that of the age, less the years repeated."""
    repeats = (rng.random((world.count, 2)) < 0.11 / (1 + np.exp(0.5 - 1.1 * z))[:, None]) * 1
    since = rng.uniform(7, 15, (world.count, 2))
    grade = np.empty((world.count, len(months)), dtype=np.int8)
    for column, month in enumerate(months):
        ages = age_on_31_march(world.birth, int(month.astype("datetime64[Y]").astype(int)) + 1970)
        behind = (repeats * (since < ages[:, None])).sum(axis=1)
        grade[:, column] = np.clip(ages - 5 - behind, -100, 100)
    return grade


def _enrolled(
    rng: np.random.Generator, world: World, z: Floats, months: NDArray[np.datetime64], grade: NDArray[np.int8]
) -> Bools:
    drops = rng.random(world.count) < 0.10 / (1 + np.exp(1.2 - 1.2 * z))
    leaves = np.where(drops, rng.uniform(12.5, 18.5, world.count), 99.0)
    absent = rng.random(world.count) < 0.008  # never found in the school register
    nursery = rng.random(world.count)
    enrolled = np.empty(grade.shape, dtype=bool)
    for column, month in enumerate(months):
        g = grade[:, column]
        present = (g >= 1) | ((g == 0) & (nursery < 0.93)) | ((g == -1) & (nursery < 0.8))
        enrolled[:, column] = present & (g <= 12) & (age_on(world.birth, month) < leaves) & ~absent
    return enrolled


def _rates(rng: np.random.Generator, z: Floats, months: int) -> NDArray[np.float32]:
    """Return whole percentages: the child's habit, spells of absence that begin and end, and the month's luck."""
    count = len(z)
    habit = 95.0 - rng.gamma(1.6, 1.0, count) * 2.6 * np.exp(0.36 * z)
    begins = np.where(rng.random(count) < 0.10 + 0.04 * np.clip(z, 0, 3), rng.integers(0, months, count), 999)
    lasts, depth = rng.integers(2, 9, count), rng.gamma(2.0, 9.0, count)
    column = np.arange(months)
    spell = (column >= begins[:, None]) & (column < (begins + lasts)[:, None])
    luck = rng.normal(0, 3.2, (count, months)).astype(np.float32)
    rate = habit[:, None] - spell * depth[:, None] + luck
    return np.clip(np.round(rate), 0, 100).astype(np.float32)


def _schools(rng: np.random.Generator, world: World) -> Ints:
    """Return one school for each household's neighbourhood, numbered within the country."""
    per_commune = max(3, world.count // len(world.communes) // CHILDREN_PER_SCHOOL)
    own = (rng.beta(1.2, 1.2, len(world.homes.kids)) * per_commune).astype(int)
    numbers: Ints = (world.homes.commune * per_commune + own)[world.home]
    return numbers

"""Tell two years of entries into protection, and the year that has not been yet.

At each horizon the true label is drawn from the full risk (with a frailty drawn afresh, so that
`p_obs` stays exact among those who have not entered). What is *recorded* is the true label times a
chance of detection that follows the commune's reporting intensity and the household's poverty:
surveillance bias, with a dial.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.synthetic.days import back
from scoring.synthetic.protection_state import Protection
from scoring.synthetic.school import School
from scoring.synthetic.truth import Observables, intercept, observe, p_obs, risk
from scoring.synthetic.world import Bools, Floats, World

HORIZONS = (24, 12, 0)  # months before the extract


@dataclass(frozen=True)
class Horizon:
    """The truth of twelve months from one day on."""

    seen: Observables
    p_obs: Floats
    label: Bools
    recorded: Bools


def protect(world: World, school: School) -> tuple[Protection, list[Horizon]]:
    """Simulate stays in protection; return those on record and the truth at each horizon."""
    protection = Protection(world.count)
    start = back(world.period, HORIZONS[0])
    _earlier_stays(world, protection, start)
    first = observe(world, school, protection, start)
    scores = world.dials.strength * risk(first)[first.eligible]
    base = intercept(scores, world.dials.frailty, world.dials.base_rate)
    told = []
    for months in HORIZONS:
        horizon = _horizon(world, school, protection, back(world.period, months), base)
        told.append(horizon)
        if months:
            _record(world, protection, horizon)
    return protection, told


def _earlier_stays(world: World, protection: Protection, start: np.datetime64) -> None:
    """Children who were already in protection, or had left it, before the first horizon."""
    rng = world.stream("earlier stays")
    z = world.homes.hardship[world.home]
    chosen = np.flatnonzero(rng.random(world.count) < 0.045 / (1 + np.exp(-0.9 * z)) * 2)
    begins = start - rng.integers(1, 1000, len(chosen)).astype("timedelta64[D]")
    begun = begins > world.birth[chosen]
    protection.add(chosen[begun], begins[begun], begins[begun] + _stay(rng, int(begun.sum())))


def _horizon(world: World, school: School, protection: Protection, day: np.datetime64, base: float) -> Horizon:
    rng = world.stream(f"labels {day}")
    seen = observe(world, school, protection, day)
    score = base + world.dials.strength * risk(seen)
    full = 1 / (1 + np.exp(-(score + rng.normal(0, world.dials.frailty, world.count))))
    label = seen.eligible & (rng.random(world.count) < full)
    recorded = label & (rng.random(world.count) < detection(world))
    return Horizon(seen, p_obs(score, world.dials.frailty), label, recorded)


def detection(world: World) -> Floats:
    """Return the chance that a true entry is recorded: higher where more is reported, and for the poorest."""
    watched = np.clip(world.intensity / 1.4, 0.25, 1.0)[world.commune]
    poor = np.where(world.homes.rsh == 40, 1.0, 0.8)[world.home]
    return np.asarray(1.0 - world.dials.surveillance * (1.0 - watched * poor))


def _record(world: World, protection: Protection, horizon: Horizon) -> None:
    """Write down the detected entries, on some day within the twelve months."""
    rng = world.stream(f"entries {horizon.seen.day}")
    child = np.flatnonzero(horizon.recorded)
    days = (back(horizon.seen.day, -12) - horizon.seen.day).astype(int)
    start = horizon.seen.day + rng.integers(1, days + 1, len(child)).astype("timedelta64[D]")
    protection.add(child, start, start + _stay(rng, len(child)))


def _stay(rng: np.random.Generator, count: int) -> NDArray[np.timedelta64]:
    return rng.integers(180, 900, count).astype("timedelta64[D]")

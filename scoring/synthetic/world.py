"""Communes, households and children: what is true of them before any month is told.

Levels as in the design note on scoring, section 5: the commune's deprivation and reporting
intensity, the household's latent hardship, the child's own age and luck.
"""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from scoring.synthetic import names

Days = NDArray[np.datetime64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MAPUCHE_REGIONS = ("08", "09", "10", "14", "16")
ANDEAN_REGIONS = ("01", "02", "15")
_BRACKETS = np.array([100, 90, 80, 70, 60, 50, 40])
# Hardship above the last cut is bracket 40, about 52 % of households.
_BRACKET_CUTS = np.array([-1.95, -1.5, -1.1, -0.8, -0.5, -0.15])


@dataclass(frozen=True)
class Dials:
    """How the invented country is tuned.

    Parameters
    ----------
    base_rate : float
        True entries into protection within twelve months, over all eligible children.
    strength : float
        Multiplies what the observables say; sets how well an oracle can tell children apart.
    frailty : float
        Standard deviation of what nobody can observe.
    surveillance : float
        0: every entry is recorded alike; 1: recording follows the commune's intensity and poverty.
    """

    base_rate: float = 0.04
    strength: float = 1.0
    frailty: float = 0.5
    surveillance: float = 0.4


@dataclass(frozen=True)
class Households:
    commune: Ints
    hardship: Floats
    kids: Ints
    size: Ints
    bedrooms: Ints
    rsh: Ints
    income: Ints
    schooling: Ints
    tenure: Ints
    quality: Ints
    urban: Bools
    single: Bools
    registered: Bools
    updated_on: Days
    origin: Ints
    people: NDArray[np.object_]


@dataclass(frozen=True)
class World:
    """The country on the day of the extract; children stand in the order of their households."""

    period: np.datetime64
    seed: int
    dials: Dials
    communes: tuple[str, ...]
    intensity: Floats
    homes: Households
    home: Ints
    birth: Days
    female: Bools
    disability: Bools

    @property
    def count(self) -> int:
        return len(self.home)

    @property
    def commune(self) -> Ints:
        return self.homes.commune[self.home]

    def stream(self, name: str) -> np.random.Generator:
        return stream(self.seed, name)


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one part of the world; a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, crc32(name.encode())])


def make_world(communes: tuple[str, ...], children: int, seed: int, period: np.datetime64, dials: Dials) -> World:
    """Draw the communes, then their households, then their children."""
    rng = stream(seed, "communes")
    deprivation = rng.normal(0.0, 0.45, len(communes))
    intensity = np.exp(rng.normal(0.0, 0.35, len(communes)))
    rural = rng.beta(1.2, 5.0, len(communes))
    kids, commune, home = _split(stream(seed, "sizes"), len(communes), children)
    homes = _households(stream(seed, "homes"), kids, commune, deprivation, rural, (communes, period))
    rng = stream(seed, "children")
    return World(
        period=period,
        seed=seed,
        dials=dials,
        communes=communes,
        intensity=intensity,
        homes=homes,
        home=home,
        birth=_births(rng, kids, home, period),
        female=rng.random(len(home)) < 0.49,
        disability=rng.random(len(home)) < 0.05,
    )


def _split(rng: np.random.Generator, communes: int, children: int) -> tuple[Ints, Ints, Ints]:
    """Return children by household, commune by household and household by child."""
    sizes, places = [], []
    for commune in range(communes):
        drawn = rng.choice([1, 2, 3, 4, 5], size=children, p=[0.45, 0.33, 0.15, 0.05, 0.02])
        through = np.cumsum(drawn)
        last = int(np.searchsorted(through, children))
        drawn = drawn[: last + 1]
        drawn[-1] -= through[last] - children
        sizes.append(drawn)
        places.append(np.full(len(drawn), commune))
    kids = np.concatenate(sizes)
    return kids, np.concatenate(places), np.repeat(np.arange(len(kids)), kids)


def _households(
    rng: np.random.Generator,
    kids: Ints,
    commune: Ints,
    deprivation: Floats,
    rural: Floats,
    setting: tuple[tuple[str, ...], np.datetime64],
) -> Households:
    communes, period = setting
    count = len(kids)
    z = deprivation[commune] + rng.normal(0.0, 1.0, count)
    single = rng.random(count) < 1 / (1 + np.exp(0.7 - 0.5 * z))
    adults = np.where(single, 1, 2) + rng.poisson(0.35 + 0.15 * np.clip(z, 0, 3), count)
    size = kids + adults
    origin = rng.choice(len(names.ORIGINS), size=count, p=[share for _, share, _ in names.ORIGINS])
    return Households(
        commune=commune,
        hardship=z,
        kids=kids,
        size=size,
        bedrooms=np.clip(np.round(size / np.exp(0.35 + 0.16 * z + rng.normal(0, 0.2, count))), 1, 7).astype(int),
        rsh=_BRACKETS[np.digitize(z + rng.normal(0, 0.5, count), _BRACKET_CUTS)],
        income=(np.exp(12.35 - 0.5 * z + rng.normal(0, 0.35, count)) / 1000).round().astype(int) * 1000,
        schooling=np.clip(np.round(11.4 - 1.7 * z + rng.normal(0, 2.2, count)), 0, 20).astype(int),
        tenure=np.digitize(z + rng.normal(0, 1.2, count), [-1.0, -0.2, 0.8, 2.2]),
        quality=np.digitize(z + rng.normal(0, 0.9, count), [0.9, 2.4]),
        urban=rng.random(count) >= rural[commune],
        single=single,
        registered=rng.random(count) >= 0.06,
        updated_on=period - np.timedelta64(940, "D") - rng.integers(0, 900, count).astype("timedelta64[D]"),
        origin=origin,
        people=_peoples(rng, [communes[c] for c in commune], origin),
    )


def _peoples(rng: np.random.Generator, codes: list[str], origin: Ints) -> NDArray[np.object_]:
    """Return the indigenous people of each household, or None; Mapuche in the south, Aymara in the north."""
    region = np.array([code[:2] for code in codes])
    south, north = np.isin(region, MAPUCHE_REGIONS), np.isin(region, ANDEAN_REGIONS)
    draw = rng.random(len(codes))
    chilean = origin == 0
    people = np.full(len(codes), None, dtype=object)
    people[chilean & (draw < np.where(south, 0.24, 0.06))] = "MAPUCHE"
    people[chilean & north & (draw > 0.85)] = "AYMARA"
    people[chilean & ~south & ~north & (draw > 0.985)] = "DIAGUITA"
    return people


def _births(rng: np.random.Generator, kids: Ints, home: Ints, period: np.datetime64) -> Days:
    """Space brothers and sisters at least fifteen months apart, all of them under 18."""
    gap, top = 1.25, 17.95
    youngest = rng.random(len(kids)) * (top - gap * (kids - 1))
    room = (top - youngest) / np.maximum(kids - 1, 1) - gap
    step = gap + rng.random(len(kids)) * np.minimum(room, 3.0)
    first = np.concatenate([[0], np.cumsum(kids)[:-1]])
    place = np.arange(len(home)) - first[home]
    age = youngest[home] + np.where(kids[home] > 1, place * step[home], 0.0)
    return period - (age * 365.2425).astype(int).astype("timedelta64[D]")

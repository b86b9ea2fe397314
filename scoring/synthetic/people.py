"""Who the children of the files are said to be: identifiers, names, carers, addresses. Nobody real."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from stdnum.cl import rut

from core.identity import demo_run
from scoring.synthetic import names
from scoring.synthetic.world import Bools, World

Words = NDArray[np.object_]
WITHOUT_RUN = 0.02
# Provisional school numbers start at 100,000,000 and have not reached a tenth of this.
FIRST_PROVISIONAL = 900_000_000


@dataclass(frozen=True)
class People:
    """`key` has the three columns by which every file names a child, in the world's order."""

    key: pl.DataFrame
    given: Words
    first: Words
    second: Words
    nationality: Words
    without_run: Bools
    household_key: Words


def name_people(world: World) -> People:
    """Give every child an identifier and a name; brothers and sisters share their surnames."""
    rng = world.stream("names")
    father, mother = _surnames(rng, world), _surnames(rng, world)
    without_run = world.stream("identifiers").random(world.count) < WITHOUT_RUN
    nationality = _nationality(rng, world)
    return People(
        key=_keys(world, without_run),
        given=_given(rng, world.female, world.homes.origin[world.home] > 0),
        first=father[world.home],
        second=mother[world.home],
        nationality=nationality,
        without_run=without_run,
        household_key=_household_keys(world),
    )


def _surnames(rng: np.random.Generator, world: World) -> Words:
    """Return one surname by household, drawn from the names of its origin."""
    homes = len(world.homes.kids)
    drawn = np.stack([names.pick(rng, pool, homes) for _, _, pool in names.ORIGINS])
    surname = drawn[world.homes.origin, np.arange(homes)]
    for people, pool in (("MAPUCHE", names.MAPUCHE), ("AYMARA", names.ANDEAN)):
        mine = (world.homes.people == people) & (rng.random(homes) < 0.7)
        surname = np.where(mine, names.pick(rng, pool, homes), surname)
    return np.asarray(surname, dtype=object)


def _given(rng: np.random.Generator, female: Bools, abroad: Bools) -> Words:
    """Return one or two given names; families from abroad use both lists."""
    count = len(female)
    first, second = (
        np.where(
            abroad & (rng.random(count) < 0.6),
            np.where(female, names.pick(rng, names.GIRLS_ABROAD, count), names.pick(rng, names.BOYS_ABROAD, count)),
            np.where(female, names.pick(rng, names.GIRLS, count), names.pick(rng, names.BOYS, count)),
        )
        for _ in range(2)
    )
    two = (rng.random(count) < 0.8) & (first != second)
    return np.asarray(np.where(two, first + " " + second, first), dtype=object)


def _nationality(rng: np.random.Generator, world: World) -> Words:
    """Return the country of each child; many children of families from abroad were born in Chile."""
    codes = np.array([code for code, _, _ in names.ORIGINS], dtype=object)
    born_here = rng.random(world.count) < 0.35
    return np.asarray(np.where(born_here, "CHL", codes[world.homes.origin[world.home]]), dtype=object)


def provisional(n: int) -> str:
    """Return the n-th provisional number of a range that nobody holds."""
    body = str(FIRST_PROVISIONAL + n)
    return f"{body}-{rut.calc_check_digit(body)}"


def _keys(world: World, without_run: Bools) -> pl.DataFrame:
    communes = np.array(world.communes, dtype=object)[world.commune]
    numbers = world.stream("run").permutation(world.count)
    identifiers = [
        provisional(n) if without else demo_run(n)
        for n, without in zip(numbers.tolist(), without_run.tolist(), strict=True)
    ]
    return pl.DataFrame(
        {
            "comuna": communes,
            "tipo_identificador": np.where(without_run, "PROVISIONAL", "RUN").astype(object),
            "identificador": identifiers,
        },
        schema=dict.fromkeys(("comuna", "tipo_identificador", "identificador"), pl.String),
    )


def _household_keys(world: World) -> Words:
    """Return `H-<commune>-<number>`, numbered within the commune."""
    homes = world.homes
    first = np.searchsorted(homes.commune, np.arange(len(world.communes)))
    places = (np.arange(len(homes.kids)) - first[homes.commune] + 1).tolist()
    return np.array(
        [f"H-{world.communes[c]}-{n:06d}" for c, n in zip(homes.commune.tolist(), places, strict=True)],
        dtype=object,
    )


@dataclass(frozen=True)
class Carers:
    given: Words
    second: Words
    relationship: Words
    phone: Words
    other: Words
    other_relationship: Words
    other_phone: Words


def name_carers(world: World, people: People) -> Carers:
    """Name the main carer of every household and, for most, a second contact."""
    rng = world.stream("carers")
    count = len(world.homes.kids)
    mother = rng.random(count) < 0.84
    women, men = names.pick(rng, names.CARERS, count), names.pick(rng, names.CARERS_MEN, count)
    other = rng.random(count) < 0.6
    kin = rng.choice(["GRANDPARENT", "UNCLE_OR_AUNT", "OTHER_RELATIVE"], count).astype(object)
    aunt = names.pick(rng, names.CARERS, count) + " " + _surnames(rng, world)
    return Carers(
        given=np.where(mother, women, men),
        second=_surnames(rng, world),
        relationship=np.where(mother, "MOTHER", np.where(rng.random(count) < 0.6, "FATHER", "GRANDPARENT")),
        phone=phones(rng, count),
        other=some(other, aunt),
        other_relationship=some(other, kin),
        other_phone=some(other, phones(rng, count)),
    )


def some(chosen: Bools, values: Words) -> Words:
    """Return the values where chosen, None elsewhere."""
    some = values.copy()
    some[~chosen] = None
    return some


def phones(rng: np.random.Generator, count: int) -> Words:
    """Return numbers of the form +56 9 0XXX XXXX.

    In the Chilean plan the eight digits after the 9 were the old mobile numbers, which began with
    5 to 9; 0 was the prefix to dial out. We know of no operator with numbers that begin with 0.
    """
    numbers = rng.integers(0, 10_000_000, count).tolist()
    return np.array([f"+5690{n:07d}" for n in numbers], dtype=object)


def streets(rng: np.random.Generator, count: int) -> Words:
    """Return names of streets that no town has: a tree and a trait."""
    ways = rng.choice(np.array(names.WAYS, dtype=object), count)
    return np.asarray(ways + " " + pairs(rng, count), dtype=object)


def pairs(rng: np.random.Generator, count: int) -> Words:
    trees, traits = np.array(names.TREES, dtype=object), np.array(names.TRAITS, dtype=object)
    return np.asarray(rng.choice(trees, count) + " " + rng.choice(traits, count), dtype=object)

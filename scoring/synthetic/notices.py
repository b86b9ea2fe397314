"""What stands beside the score or decides the list: alerts, last-priority states, the official score."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.reference import AlertSubject, chcc_alert_types
from scoring.synthetic.days import age_on
from scoring.synthetic.protection import Horizon
from scoring.synthetic.protection_state import Protection
from scoring.synthetic.truth import places
from scoring.synthetic.world import Ints, World

# Type, weight, ages between which it is raised.
_TERRITORIAL = (
    ("LIMITS_AND_RULES", 14, 2, 18),
    ("INADEQUATE_FEEDING", 5, 0, 12),
    ("INADEQUATE_HYGIENE", 6, 0, 14),
    ("LACK_OF_SUPERVISION", 10, 0, 16),
    ("STIMULATION_DEFICIT", 8, 0, 7),
    ("FAMILY_CONFLICT", 13, 0, 18),
    ("SUBSTANCE_EXPOSURE", 6, 0, 18),
    ("CONFLICT_WITH_PEERS_OR_ADULTS", 9, 5, 18),
    ("LOW_SCHOOL_PERFORMANCE", 12, 6, 18),
    ("LOW_EDUCATION_COMMITMENT", 12, 5, 18),
    ("INADEQUATE_HOUSING", 7, 0, 18),
    ("CAREGIVER_UNEMPLOYMENT", 6, 0, 18),
    ("LACK_OF_NETWORK_ACCESS", 5, 0, 18),
    ("CAREGIVER_DEPRIVED_OF_LIBERTY", 3, 0, 18),
    ("MIGRANT_VULNERABILITY", 2, 0, 18),
    ("EARLY_SEXUAL_ACTIVITY", 2, 12, 18),
    ("MENTAL_HEALTH_NEED", 11, 5, 18),
    ("PRIORITY_GROUP_WITHOUT_SUPPORT", 3, 0, 18),
)
CHILD_CHCC = tuple(row.code for row in chcc_alert_types() if row.subject is AlertSubject.CHILD)
PREGNANCY_CHCC = tuple(row.code for row in chcc_alert_types() if row.subject is AlertSubject.PREGNANCY)
_STATES = (
    ("VALIDATED", 0.55),
    ("PENDING_VALIDATION", 0.3),
    ("MITIGATED", 0.07),
    ("NOT_MITIGATED", 0.03),
    ("DISMISSED", 0.05),
)
_SECTORS = (
    ("EDUCATION", 0.55),
    ("HEALTH", 0.28),
    ("SOCIAL_PROTECTION", 0.09),
    ("PUBLIC_SAFETY", 0.05),
    ("OTHER", 0.03),
)
_LAST_PRIORITY = (
    ("FAMILY_REFUSES", 0.4),
    ("FAMILY_NOT_LOCATED", 0.3),
    ("FAMILY_NOT_APPLICABLE", 0.2),
    ("FAMILY_QUITS", 0.1),
)
_PROGRAMMES = (
    ("PPF", 0.34),
    ("PRM", 0.3),
    ("DCE", 0.12),
    ("PIE_PROTECTION", 0.1),
    ("FAE", 0.07),
    ("PAS", 0.04),
    ("FAMILY_RESIDENCE", 0.03),
)
INSTRUMENT = "PAN-SINTETICO-2"


def draw(rng: np.random.Generator, weighted: tuple[tuple[str, float], ...], count: int) -> NDArray[np.object_]:
    """Draw one word of a weighted list for each row."""
    words, weights = zip(*weighted, strict=True)
    place = rng.choice(len(words), size=count, p=np.array(weights) / sum(weights))
    return np.array(words, dtype=object)[place]


def territorial_alerts(world: World, key: pl.DataFrame) -> pl.DataFrame:
    """Return alerts of the last eighteen months: more where life is harder, and where more is reported."""
    rng = world.stream("territorial alerts")
    born = world.birth < world.period - np.timedelta64(30, "D")
    z = world.homes.hardship[world.home]
    rate = 0.14 * np.exp(0.55 * np.clip(z, -2, 2.5)) * world.intensity[world.commune] * born
    child = np.repeat(np.arange(world.count), rng.poisson(rate))
    observed = _recent(rng, world, child, 540)
    age = age_on(world.birth, world.period)[child]
    rows = key[child].with_columns(
        tipo=pl.Series(_types(rng, age), dtype=pl.String),
        fecha_observacion=pl.Series(observed),
        estado=pl.Series(draw(rng, _STATES, len(child)), dtype=pl.String),
        sector=pl.Series(draw(rng, _SECTORS, len(child)), dtype=pl.String),
    )
    return rows.unique(
        ["comuna", "identificador", "tipo", "fecha_observacion", "sector"], keep="first", maintain_order=True
    )


def _types(rng: np.random.Generator, age: NDArray[np.float64]) -> NDArray[np.object_]:
    """Draw the type of each alert among those raised at that age."""
    weight = np.array([w for _, w, _, _ in _TERRITORIAL], dtype=float)
    low, high = (np.array([row[i] for row in _TERRITORIAL]) for i in (2, 3))
    fits = weight * ((age[:, None] >= low) & (age[:, None] < high))
    through = np.cumsum(fits, axis=1)
    place = (rng.random(len(age))[:, None] * through[:, -1:] >= through).sum(axis=1)
    types: NDArray[np.object_] = np.array([row[0] for row in _TERRITORIAL], dtype=object)[place]
    return types


def _recent(rng: np.random.Generator, world: World, child: Ints, days: int) -> NDArray[np.datetime64]:
    """Return days within the last `days` before the extract, never before birth."""
    span = np.minimum((world.period - world.birth[child]).astype(int), days)
    ago = 1 + (rng.random(len(child)) * np.maximum(span - 1, 1)).astype(int)
    return np.asarray(world.period - ago.astype("timedelta64[D]"))


def chcc_alerts(world: World, key: pl.DataFrame) -> pl.DataFrame:
    """Return the alerts of Chile Crece Contigo, from birth to nine years of age."""
    rng = world.stream("chcc alerts")
    age = age_on(world.birth, world.period)
    z = world.homes.hardship[world.home]
    rate = np.where((age > 0.05) & (age < 9), 0.16 * np.exp(0.45 * np.clip(z, -2, 2.5)), 0.0)
    child = np.repeat(np.arange(world.count), rng.poisson(rate))
    types = np.array(CHILD_CHCC, dtype=object)[rng.integers(0, len(CHILD_CHCC), len(child))]
    rows = key[child].with_columns(
        tipo=pl.Series(types, dtype=pl.String), fecha=pl.Series(_recent(rng, world, child, 400))
    )
    return rows.unique(["comuna", "identificador", "tipo", "fecha"], keep="first", maintain_order=True)


def exclusions(world: World, key: pl.DataFrame, protection: Protection) -> pl.DataFrame:
    """Return stays in protection and last-priority states, as known on the day of the extract."""
    return pl.concat([_protected(world, key, protection), _last_priority(world, key)])


def _protected(world: World, key: pl.DataFrame, protection: Protection) -> pl.DataFrame:
    rng = world.stream("programmes")
    known = protection.start <= world.period
    child, start, end = protection.child[known], protection.start[known], protection.end[known]
    reason = (("FAMILY_IN_PROTECTION_PROGRAMME", 0.8), ("PROTECTION_MEASURE", 0.2))
    return key[child].with_columns(
        motivo=pl.Series(draw(rng, reason, len(child)), dtype=pl.String),
        efecto=pl.lit("EXCLUDED"),
        vigente_desde=pl.Series(start),
        vigente_hasta=pl.Series(np.where(end <= world.period, end, np.datetime64("NaT"))),
        programa=pl.Series(draw(rng, _PROGRAMMES, len(child)), dtype=pl.String),
    )


def _last_priority(world: World, key: pl.DataFrame) -> pl.DataFrame:
    """Return the states of whole households that go last on the list; some lapse after a year."""
    rng = world.stream("last priority")
    homes = np.flatnonzero(rng.random(len(world.homes.kids)) < 0.035)
    start = world.period - rng.integers(20, 500, len(homes)).astype("timedelta64[D]")
    end = start + np.timedelta64(365, "D")
    reason: NDArray[np.object_] = draw(rng, _LAST_PRIORITY, len(homes))
    place = np.full(len(world.homes.kids), -1)
    place[homes] = np.arange(len(homes))
    child = np.flatnonzero(place[world.home] >= 0)
    child = child[world.birth[child] < start[place[world.home[child]]]]
    row = place[world.home[child]]
    mine: pl.DataFrame = key[child]
    return mine.with_columns(
        motivo=pl.Series(reason[row], dtype=pl.String),
        efecto=pl.lit("LAST_PRIORITY"),
        vigente_desde=pl.Series(start[row]),
        vigente_hasta=pl.Series(np.where(end[row] <= world.period, end[row], np.datetime64("NaT"))),
        programa=pl.lit(None, dtype=pl.String),
    )


def official_scores(world: World, key: pl.DataFrame, now: Horizon) -> pl.DataFrame:
    """Return the ministry's score: the truth seen through another instrument's noise, missing for some."""
    rng = world.stream("official score")
    noisy = np.log(now.p_obs) + rng.normal(0, 0.6, world.count)
    scored = (rng.random(world.count) >= 0.03) & (key["tipo_identificador"] == "RUN").to_numpy()
    child = np.flatnonzero(scored)
    order = places(noisy[child])
    ranked = pl.DataFrame({"commune": world.commune[child], "order": order}).with_columns(
        rank=pl.col("order").rank("ordinal").over("commune"), of=pl.len().over("commune")
    )
    return key[child].with_columns(
        periodo=pl.lit(str(world.period)[:7]),
        puntaje=pl.Series(np.ceil(100 * (1 - (order - 1) / len(child))).astype(int)),
        percentil=(100 * (1 - (ranked["rank"] - 1) / ranked["of"])).ceil().cast(pl.Int64),
        orden=ranked["rank"].cast(pl.Int64),
        version_instrumento=pl.lit(INSTRUMENT),
    )

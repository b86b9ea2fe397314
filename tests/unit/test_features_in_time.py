"""Of a past day the features know what that day knew, and of a commune what it knows alone."""

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from scoring.features import build_features
from scoring.frames import SCHEMAS, Frames

ASOF = date(2026, 6, 1)
CHILDREN = ("a", "b", "c", "d")
DAYS = st.dates(date(2024, 1, 1), ASOF)
LATER = st.dates(ASOF + timedelta(1), date(2027, 12, 31))
MOVES = st.tuples(st.sampled_from(CHILDREN), st.sampled_from(("f", "g", "h")))


def framed(name: str, rows: list[Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=list(SCHEMAS[name].items()), orient="row")


def some_frames(**parts: list[Any]) -> Frames:
    empty: dict[str, list[Any]] = {one.name: [] for one in fields(Frames)}
    blank = [None] * 4
    empty["children"] = [(n, "1", date(2010 + i * 5, 3, 2), *blank) for i, n in enumerate(CHILDREN)]
    empty["households"] = [(n, None, 40, size, *[None] * 7) for size, n in enumerate("fgh", 2)]
    return Frames(**{name: framed(name, rows) for name, rows in (empty | parts).items()})


@st.composite
def memberships(draw: st.DrawFn) -> list[Any]:
    """Rows known on the day, each open or ended by then."""
    made = []
    for child, family in draw(st.lists(MOVES, max_size=8)):
        since, until = draw(DAYS), draw(st.none() | DAYS)
        made.append((child, family, since, until))
    return made


@settings(max_examples=40, deadline=None, derandomize=True)
@given(memberships(), st.lists(st.tuples(MOVES, LATER), max_size=6), st.data())
def test_who_lives_with_whom_afterwards_changes_nothing_before(known: list[Any], later: list[Any], data: Any) -> None:
    stays = [(n, "EXCLUDED", date(2026, 1, 1), None) for n in data.draw(st.sets(st.sampled_from(CHILDREN)))]
    then = some_frames(members=known, exclusions=stays)
    ended = [(*one[:3], one[3] or data.draw(st.none() | LATER)) for one in known]
    joined = [(*move, since, None) for move, since in later]
    now = replace(then, members=framed("members", data.draw(st.permutations(ended + joined))))
    assert_frame_equal(build_features(now, ASOF), build_features(then, ASOF))


RATES = st.integers(0, 100).map(float)
MONTHS = st.sampled_from([date(2025, 11, 1), date(2025, 12, 1), *(date(2026, month, 1) for month in range(1, 8))])
BIRTHS = st.none() | st.dates(date(2007, 1, 1), date(2026, 7, 1)) | st.dates(date(2012, 1, 1), date(2015, 1, 1))


@st.composite
def a_commune(draw: st.DrawFn, commune: str) -> dict[str, list[Any]]:
    """Whatever may be known of some children of a commune."""
    children = [f"{commune}{name}" for name in "abc"[: draw(st.integers(0, 3))]]
    families = [f"{commune}f", f"{commune}g"]
    months = draw(st.just(st.just(set[date]())) | st.just(st.sets(MONTHS)))  # in some communes nobody reports
    known: dict[str, list[Any]] = {name: [] for name in SCHEMAS}
    known["households"] = [
        (family, draw(st.none() | DAYS), draw(st.none() | st.just(40)), draw(st.integers(1, 9)), 2, *[None] * 6)
        for family in families
    ]
    for child in children:
        known["children"].append((child, commune, draw(BIRTHS), *[None] * 4))
        for month in draw(months):
            known["attendance"].append((child, month, draw(RATES)))
        for since in draw(st.lists(DAYS, max_size=2)):
            known["members"].append((child, draw(st.sampled_from(families)), since, draw(st.none() | DAYS)))
            known["schooling"].append((child, "PRIMARY", str(draw(st.integers(1, 8))), since, draw(st.none() | DAYS)))
            known["exclusions"].append((child, "EXCLUDED", since, draw(st.none() | DAYS)))
    return known


def the_frames(*communes: dict[str, list[Any]]) -> Frames:
    return Frames(**{name: framed(name, [row for one in communes for row in one[name]]) for name in SCHEMAS})


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.tuples(a_commune("1"), a_commune("2"), a_commune("3")))
def test_a_commune_alone_has_the_features_that_it_has_among_others(communes: tuple[dict[str, list[Any]], ...]) -> None:
    together = build_features(the_frames(*communes), ASOF)
    for number, commune in enumerate(communes, 1):
        alone = build_features(the_frames(commune), ASOF)
        assert_frame_equal(together.filter(commune_code=str(number)), alone)

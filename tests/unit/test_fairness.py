from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from scoring.fairness import SMALLEST, attributes, audit, drift, reference, rows
from scoring.frames import Frames

ASOF = date(2026, 11, 1)


def frames() -> Frames:
    return Frames(
        children=pl.DataFrame(
            {
                "nna_id": ["a", "b", "c"],
                "birth_date": [date(2024, 1, 1), date(2014, 1, 1), date(2009, 1, 1)],
                "sex": ["FEMALE", None, "MALE"],
                "nationality": ["CHL", "HTI", "CHL"],
                "indigenous_people": [None, None, "MAPUCHE"],
                "has_disability": [None, False, True],
            }
        ),
        households=pl.DataFrame({"family_id": ["f"], "rsh_bracket": [40], "urban": [True]}),
        attendance=pl.DataFrame(),
        schooling=pl.DataFrame(),
        exclusions=pl.DataFrame(),
        members=pl.DataFrame({"nna_id": ["a", "b", "c"], "family_id": ["f", "f", "g"]}),
    )


def test_attributes_come_in_the_order_asked_for() -> None:
    told = attributes(frames(), pl.DataFrame({"nna_id": ["c", "a", "b"]}), ASOF)
    assert told["age_band"].to_list() == ["14-17", "0-3", "12-13"]
    assert told["sex"].to_list() == ["MALE", "FEMALE", "UNKNOWN"]
    assert told["nationality"].to_list() == ["CHL", "CHL", "OTHER"]
    assert told["indigenous"].to_list() == ["YES", "NO", "NO"]
    assert told["disability"].to_list() == ["YES", "NO", "NO"]
    assert told["rsh_bracket"].to_list() == ["UNKNOWN", "40", "40"]
    assert told["zone"].to_list() == ["UNKNOWN", "URBAN", "URBAN"]


def test_of_whom_nothing_is_known_is_counted_apart() -> None:
    known = frames()
    children = known.children.with_columns(nationality=pl.lit(None, pl.String))
    told = attributes(replace(known, children=children), pl.DataFrame({"nna_id": ["a", "c"]}), ASOF)
    assert told["nationality"].to_list() == ["UNKNOWN", "UNKNOWN"]
    assert told["zone"].to_list() == ["URBAN", "UNKNOWN"]


def test_rates_by_group_are_what_counting_gives() -> None:
    group = pl.DataFrame({"sex": ["F"] * 50 + ["M"] * 50})
    score = np.concatenate([np.linspace(0.5, 1, 50), np.linspace(0, 0.49, 50)])
    label = np.zeros(100, dtype=bool)
    label[[0, 49, 50, 60]] = True
    girls, boys = audit(group, label, score, 0.1)
    assert (girls.group, girls.children, girls.entries) == ("F", 50, 2)
    assert girls.selection_rate == pytest.approx(0.2)
    assert (girls.true_positive_rate, girls.false_negative_rate) == (0.5, 0.5)
    assert (boys.selection_rate, boys.false_negative_rate) == (0, 1)
    assert girls.observed_rate == pytest.approx(0.04)


def test_a_group_without_entries_has_no_rates_of_finding_them() -> None:
    told = audit(pl.DataFrame({"sex": ["F"] * 40}), np.zeros(40, dtype=bool), np.arange(40) / 40, 0.1)
    assert told[0].true_positive_rate is None


def test_small_groups_are_not_reported() -> None:
    group = pl.DataFrame({"sex": ["F"] * (SMALLEST - 1) + ["M"] * SMALLEST})
    told = audit(group, np.zeros(group.height, dtype=bool), np.arange(group.height) / 100, 0.1)
    assert [row.group for row in told] == ["M"]


def test_the_same_month_has_no_drift() -> None:
    features = pl.DataFrame({"x": np.random.default_rng(0).normal(0, 1, 5000)})
    assert drift(reference(features, ["x"]), features)["x"] == 0


def test_a_shift_and_a_loss_of_data_are_drift() -> None:
    values = np.random.default_rng(0).normal(0, 1, 5000)
    before = reference(pl.DataFrame({"x": values}), ["x"])
    assert drift(before, pl.DataFrame({"x": values + 1}))["x"] > 0.25
    lost = np.where(np.arange(5000) % 3 == 0, np.nan, values)
    assert drift(before, pl.DataFrame({"x": lost}))["x"] > 0.25


def test_a_feature_that_nobody_has_yet_can_be_a_reference() -> None:
    empty = pl.DataFrame({"x": [None, None]}, schema={"x": pl.Float64})
    assert drift(reference(empty, ["x"]), empty)["x"] == 0


def test_rows_for_the_manifest_are_plain_and_rounded() -> None:
    told = audit(pl.DataFrame({"sex": ["F"] * 30}), np.arange(30) == 0, np.arange(30) / 30, 0.1)
    assert rows(told)[0]["mean_score"] == 0.483333

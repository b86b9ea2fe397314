from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from scoring.features import FEATURES, Feature, SensitiveFeature, build_features
from scoring.frames import Frames, data_hash
from scoring.synthetic.country import write_country
from scoring.synthetic.people import name_people
from scoring.synthetic.protection import protect
from scoring.synthetic.reading import read_frames
from scoring.synthetic.school import attend
from scoring.synthetic.world import Dials, make_world

PERIOD = date(2026, 11, 1)
COMMUNES = ("01107", "09111", "13110")
PAST = date(2025, 11, 1)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Frames:
    folder = tmp_path_factory.mktemp("country")
    write_country(folder, COMMUNES, 600, 11, PERIOD, "parquet")
    return read_frames(folder)


def row(features: pl.DataFrame, nna_id: str) -> dict[str, float | None]:
    return features.row(by_predicate=pl.col("nna_id") == nna_id, named=True)


def one_child(**parts: pl.DataFrame) -> Frames:
    empty = {field.name: pl.DataFrame() for field in fields(Frames)}
    empty["children"] = pl.DataFrame({"nna_id": ["a"], "birth_date": [date(2014, 5, 2)]})
    empty["members"] = pl.DataFrame({"nna_id": ["a"], "family_id": ["f"]})
    return Frames(**(empty | parts))


def test_features_ignore_the_future(frames: Frames) -> None:
    past = Frames(
        children=frames.children.filter(pl.col("birth_date") <= PAST),
        households=frames.households.filter(pl.col("valid_from") <= PAST),
        attendance=frames.attendance.filter(pl.col("period") < PAST),
        schooling=frames.schooling.filter(pl.col("valid_from") < PAST),
        exclusions=frames.exclusions.filter(pl.col("valid_from") <= PAST),
        members=frames.members,
    )
    assert frames.attendance.height > past.attendance.height
    assert frames.exclusions.height > past.exclusions.height
    assert_frame_equal(build_features(frames, PAST), build_features(past, PAST))


def test_rows_of_a_later_update_change_nothing_before_it(frames: Frames) -> None:
    later = frames.households.with_columns(
        valid_from=pl.lit(date(2026, 1, 1)), rsh_bracket=pl.lit(40, dtype=pl.Int64), household_size=pl.lit(19)
    )
    updated = replace(frames, households=pl.concat([frames.households, later.cast(dict(frames.households.schema))]))
    assert_frame_equal(build_features(updated, PAST), build_features(frames, PAST))
    assert build_features(updated, PERIOD)["household_size"].max() == 19


def test_the_order_of_the_rows_does_not_matter(frames: Frames) -> None:
    shuffled = Frames(
        **{f.name: getattr(frames, f.name).sample(fraction=1, shuffle=True, seed=1) for f in fields(Frames)}
    )
    assert_frame_equal(build_features(shuffled, PAST), build_features(frames, PAST))
    assert data_hash(shuffled) == data_hash(frames)


def test_another_cell_is_another_hash(frames: Frames) -> None:
    changed = frames.attendance.with_columns(rate=pl.when(pl.int_range(pl.len()) == 7).then(1.5).otherwise("rate"))
    assert data_hash(replace(frames, attendance=changed)) != data_hash(frames)


def test_the_pipeline_sees_what_the_generator_says_is_to_be_seen(frames: Frames) -> None:
    world = make_world(COMMUNES, 600, 11, np.datetime64(PERIOD), Dials())
    _, horizons = protect(world, attend(world))
    for horizon in horizons:
        ours = build_features(frames, horizon.seen.day.astype(object))
        truth = pl.DataFrame({"nna_id": name_people(world).key["identificador"], **horizon.seen.columns})
        both = ours.join(truth, on="nna_id", suffix="_truth")
        assert both.height > 1000
        for feature in FEATURES:
            seen, said = both[feature.name].to_numpy(), both[f"{feature.name}_truth"].to_numpy()
            np.testing.assert_allclose(seen, said, atol=1e-6, err_msg=feature.name)


def test_nothing_sensitive_and_no_place_is_an_input(frames: Frames) -> None:
    names = {feature.name for feature in FEATURES}
    assert names.isdisjoint({"sex", "nationality", "indigenous_people", "has_disability", "commune_code", "urban"})
    changed = frames.children.with_columns(
        sex=pl.lit("FEMALE"),
        nationality=pl.lit("HTI"),
        indigenous_people=pl.lit("MAPUCHE"),
        has_disability=pl.lit(value=True),
    )
    assert_frame_equal(build_features(replace(frames, children=changed), PAST), build_features(frames, PAST))


def test_alerts_are_no_features() -> None:
    assert "alerts" not in {field.name for field in fields(Frames)}
    assert not [feature for feature in FEATURES if "alert" in feature.name]


def test_every_feature_says_where_it_comes_from_and_on_what_ground() -> None:
    for feature in FEATURES:
        assert feature.label_es
        assert feature.source
        assert feature.legal_basis
        assert not feature.sensitive
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)


def test_who_is_not_born_or_is_of_age_has_no_row() -> None:
    frames = one_child(
        children=pl.DataFrame(
            {
                "nna_id": ["unborn", "later", "of age", "seventeen"],
                "birth_date": [None, date(2026, 11, 2), date(2008, 11, 1), date(2008, 11, 2)],
            }
        )
    )
    assert build_features(frames, PERIOD)["nna_id"].to_list() == ["seventeen"]


def test_a_month_of_attendance_counts_once_it_is_over() -> None:
    months = pl.DataFrame({"nna_id": ["a", "a"], "period": [date(2026, 9, 1), date(2026, 10, 1)], "rate": [90.0, 50.0]})
    frames = one_child(attendance=months)
    assert row(build_features(frames, date(2026, 10, 31)), "a")["attendance_6m"] == 90
    assert row(build_features(frames, date(2026, 11, 1)), "a")["attendance_6m"] == 70


def test_without_any_attendance_file_nobody_is_out_of_school() -> None:
    assert row(build_features(one_child(), PERIOD), "a")["not_attending"] == 0


def test_a_stay_in_protection_ends_half_open_and_expires_after_two_years() -> None:
    stay = pl.DataFrame(
        {"nna_id": ["a"], "effect": ["EXCLUDED"], "valid_from": [date(2024, 1, 1)], "valid_until": [date(2024, 6, 1)]}
    )
    frames = one_child(exclusions=stay)
    ended = {day: row(build_features(frames, day), "a")["protection_ended_24m"] for day in DAYS}
    assert ended == {date(2024, 5, 31): 0, date(2024, 6, 1): 1, date(2026, 5, 31): 1, date(2026, 6, 1): 0}


DAYS = (date(2024, 5, 31), date(2024, 6, 1), date(2026, 5, 31), date(2026, 6, 1))


def test_a_last_priority_state_is_no_protection() -> None:
    state = pl.DataFrame({"nna_id": ["a"], "effect": ["LAST_PRIORITY"], "valid_from": [date(2024, 1, 1)]})
    sibling = pl.DataFrame({"nna_id": ["a", "b"], "birth_date": [date(2014, 5, 2)] * 2})
    home = pl.DataFrame({"nna_id": ["a", "b"], "family_id": ["f", "f"]})
    features = build_features(one_child(children=sibling, exclusions=state, members=home), PERIOD)
    assert features["sibling_in_protection"].to_list() == [0, 0]


def test_a_child_of_no_family_has_no_siblings() -> None:
    loose = pl.DataFrame({"nna_id": ["a", "b"], "birth_date": [date(2014, 5, 2)] * 2})
    features = build_features(one_child(children=loose, members=pl.DataFrame()), PERIOD)
    assert features["children_in_household"].to_list() == [1, 1]


@pytest.mark.parametrize(
    ("level", "grade", "behind"), [("PRIMARY", "7", 0), ("PRIMARY", "5A", 1), ("SECONDARY", "1", 0)]
)
def test_the_age_on_31_march_decides_the_grade(level: str, grade: str, behind: float) -> None:
    course = pl.DataFrame({"nna_id": ["a"], "level": [level], "grade": [grade], "valid_from": [date(2026, 3, 1)]})
    assert row(build_features(one_child(schooling=course), PERIOD), "a")["years_behind"] == behind


def test_a_plugin_may_add_a_feature() -> None:
    def visits(frames: Frames, asof: date) -> pl.DataFrame:
        return frames.children.select("nna_id", visits=pl.lit(3))

    feature = Feature("visits", "Visitas", "SOCIAL", "OLN", 0, 0.0, compute=visits)
    assert row(build_features(one_child(), PERIOD, [feature]), "a")["visits"] == 3


def test_a_sensitive_feature_is_refused() -> None:
    feature = Feature("sex", "Sexo", "SOCIAL", "OLN", 0, 0.0, sensitive=True, compute=lambda f, _: f.children)
    with pytest.raises(SensitiveFeature):
        build_features(one_child(), PERIOD, [feature])


def test_extracts_are_read_without_a_database(tmp_path: Path) -> None:
    write_country(tmp_path, COMMUNES[:1], 40, 1, PERIOD)
    assert read_frames(tmp_path).children["birth_date"].dtype == pl.Date

"""How each group of features is computed. Each takes frames, the children of age, and the day."""

from collections.abc import Callable
from datetime import date

import polars as pl

from scoring.frames import HOUSEHOLDS, Frames

Group = Callable[[Frames, pl.DataFrame, date], pl.DataFrame]

_INSECURE = ("LENT", "IRREGULAR")
_QUALITY = {"ACCEPTABLE": 1.0, "RECOVERABLE": 2.0, "IRRECOVERABLE": 3.0}
_SCHOOL_AGE = 6.5  # by then every child should be in first grade or nursery school
_LOW_ATTENDANCE = 85.0  # the attendance that promotion to the next grade asks for (Decreto 67 de 2018, Mineduc)


def eligible_by_age(children: pl.DataFrame, asof: date) -> pl.DataFrame:
    """Return the children born by `asof` who have not turned 18."""
    return children.filter(pl.col("birth_date") <= asof, pl.col("birth_date") > pl.lit(asof).dt.offset_by("-18y"))


def family(frames: Frames, children: pl.DataFrame, asof: date) -> pl.DataFrame:
    """Age, and how many children live together; a child tied to no family counts alone."""
    young = pl.col("birth_date") > pl.lit(asof).dt.offset_by("-5y")
    home = pl.coalesce("family_id", "nna_id")
    return children.select(
        "nna_id",
        age_years=(pl.lit(asof) - pl.col("birth_date")).dt.total_days() / 365.25,
        children_in_household=pl.len().over(home),
        children_under_five=young.sum().over(home),
    )


def household(frames: Frames, children: pl.DataFrame, asof: date) -> pl.DataFrame:
    """Tell the last household record known by `asof`."""
    known = (
        frames.households.filter(pl.col("valid_from").is_null() | (pl.col("valid_from") <= asof))
        .sort("valid_from", *(name for name in HOUSEHOLDS if name != "valid_from"))
        .unique("family_id", keep="last", maintain_order=True)
    )
    joined = children.select("nna_id", "family_id").join(known, on="family_id", how="left")
    return joined.select(
        "nna_id",
        "household_size",
        "single_head",
        "head_schooling_years",
        "rsh_bracket",
        "income_per_capita",
        without_rsh=pl.col("rsh_bracket").is_null(),
        people_per_bedroom=pl.col("household_size") / pl.col("bedrooms").clip(lower_bound=1),
        insecure_tenure=pl.col("tenure").is_in(_INSECURE),
        housing_quality=pl.col("housing_quality").replace_strict(_QUALITY, default=None, return_dtype=pl.Float64),
    )


def attendance(frames: Frames, children: pl.DataFrame, asof: date) -> pl.DataFrame:
    """Attendance in the six months before `asof`, and whether there was any.

    Where no school reported on anybody of a child's commune, nothing is known: no file must not read as nobody at
    school. Asked by commune, so that a list knows of its children what the training knew.
    """
    over = pl.col("period").dt.offset_by("1mo") <= asof
    recent = pl.col("period") >= pl.lit(asof).dt.offset_by("-3mo")
    window = frames.attendance.filter(over, pl.col("period") >= pl.lit(asof).dt.offset_by("-6mo"))
    months = window.group_by("nna_id").agg(
        attendance_6m=pl.col("rate").mean().round(6),
        attendance_change=(pl.col("rate").filter(recent).mean() - pl.col("rate").filter(~recent).mean()).round(6),
        months_below_85=(pl.col("rate") < _LOW_ATTENDANCE).sum(),
    )
    # Means are rounded: threads may add in another order, and the same input must give the same bytes.
    reported = pl.col("months_below_85").is_not_null().any().over("commune_code")
    of_age = (pl.lit(asof) - pl.col("birth_date")).dt.total_days() / 365.25 >= _SCHOOL_AGE
    return (
        children.select("nna_id", "commune_code", of_age=of_age)
        .join(months, on="nna_id", how="left")
        .with_columns(not_attending=pl.col("of_age") & pl.col("attendance_6m").is_null() & reported)
        .drop("commune_code", "of_age")
    )


def schooling(frames: Frames, children: pl.DataFrame, asof: date) -> pl.DataFrame:
    """Years behind the grade that the age on 31 March calls for (Decreto Exento 1718 de 2011, Mineduc).

    Counted in the last school year in which the child was at school, within twelve months.
    """
    until = pl.col("valid_until")
    current = (
        frames.schooling.filter(
            pl.col("valid_from") <= asof, until.is_null() | (until > pl.lit(asof).dt.offset_by("-12mo"))
        )
        .sort("nna_id", "valid_from", "level", "grade")
        .unique("nna_id", keep="last", maintain_order=True)
        .with_columns(last_day=pl.min_horizontal(pl.lit(asof), until).dt.offset_by("-1d"))
    )
    grade = pl.col("grade").str.extract(r"(\d+)").cast(pl.Int64)
    reached = pl.when(level="PRIMARY").then(grade).when(level="SECONDARY").then(grade + 8)
    school_year = pl.col("last_day").dt.year() - (pl.col("last_day").dt.month() < 3)
    age = school_year - pl.col("birth_date").dt.year() - (pl.col("birth_date").dt.month() > 3)
    behind = (age - 5 - reached).clip(lower_bound=0).fill_null(0)
    return (
        children.select("nna_id", "birth_date")
        .join(current, on="nna_id")
        .select("nna_id", years_behind=pl.when(pl.col("level").is_not_null()).then(behind))
    )


def protection(frames: Frames, children: pl.DataFrame, asof: date) -> pl.DataFrame:
    """Stays in protection: of brothers and sisters today, and the child's own that ended lately."""
    stays = frames.exclusions.filter(pl.col("effect") == "EXCLUDED", pl.col("valid_from") <= asof)
    until = pl.col("valid_until")
    inside = stays.filter(until.is_null() | (until > asof)).select("nna_id").unique()
    left = stays.filter(until <= asof, until > pl.lit(asof).dt.offset_by("-24mo")).select("nna_id").unique()
    home = pl.coalesce("family_id", "nna_id")
    return (
        children.select("nna_id", "family_id")
        .join(inside.with_columns(inside=pl.lit(1)), on="nna_id", how="left")
        .join(left.with_columns(left=pl.lit(value=True)), on="nna_id", how="left")
        .with_columns(pl.col("inside").fill_null(0), pl.col("left").fill_null(value=False))
        .select(
            "nna_id",
            sibling_in_protection=pl.col("inside").sum().over(home) > pl.col("inside"),
            protection_ended_24m="left",
        )
    )


GROUPS: tuple[Group, ...] = (family, household, attendance, schooling, protection)

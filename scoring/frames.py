"""The tables a model reads, as polars frames with the database's column names."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl

Columns = dict[str, pl.DataType | type[pl.DataType]]

CHILDREN: Columns = {
    "nna_id": pl.String,
    "commune_code": pl.String,
    "birth_date": pl.Date,
    "sex": pl.String,
    "nationality": pl.String,
    "indigenous_people": pl.String,
    "has_disability": pl.Boolean,
}
HOUSEHOLDS: Columns = {
    "family_id": pl.String,
    "valid_from": pl.Date,
    "rsh_bracket": pl.Int64,
    "household_size": pl.Int64,
    "bedrooms": pl.Int64,
    "income_per_capita": pl.Int64,
    "head_schooling_years": pl.Int64,
    "tenure": pl.String,
    "urban": pl.Boolean,
    "housing_quality": pl.String,
    "single_head": pl.Boolean,
}
ATTENDANCE: Columns = {"nna_id": pl.String, "period": pl.Date, "rate": pl.Float64}
SCHOOLING: Columns = {
    "nna_id": pl.String,
    "level": pl.String,
    "grade": pl.String,
    "valid_from": pl.Date,
    "valid_until": pl.Date,
}
EXCLUSIONS: Columns = {
    "nna_id": pl.String,
    "effect": pl.String,
    "valid_from": pl.Date,
    "valid_until": pl.Date,
}
MEMBERS: Columns = {
    "nna_id": pl.String,
    "family_id": pl.String,
    "valid_from": pl.Date,
    "valid_until": pl.Date,
}


@dataclass(frozen=True, repr=False)  # rows of children stay out of logs
class Frames:
    """What is known of the children of some communes, with the dates of each fact.

    A frame may bring more columns than those named here; they are left alone. Columns that are
    missing count as unknown. Dates are what keeps the future out, so `valid_from`, `valid_until`
    and `period` must say when the fact began, ended or was reported about, never when it was loaded.

    Parameters
    ----------
    children : polars.DataFrame
        `nna_id`, `commune_code`, `birth_date` (null while in gestation) and, for the
        fairness audit alone, `sex`, `nationality`, `indigenous_people`, `has_disability`.
    households : polars.DataFrame
        One row per family, or several with the date of each update (`valid_from`; null: always known).
    attendance : polars.DataFrame
        One row per child and month: `period` is its first day, `rate` goes from 0 to 100.
    schooling : polars.DataFrame
        One row per child and course (`level` PRIMARY or SECONDARY, `grade` begins with its number), half-open;
        an open row is the course of today.
    exclusions : polars.DataFrame
        States that take a child off the list, half-open: `valid_from` <= day < `valid_until`.
    members : polars.DataFrame
        Which family a child belongs to, half-open; null is ever since, or for good. `at_home` tells it of a day.
    """

    children: pl.DataFrame
    households: pl.DataFrame
    attendance: pl.DataFrame
    schooling: pl.DataFrame
    exclusions: pl.DataFrame
    members: pl.DataFrame = field(default_factory=pl.DataFrame)

    def __post_init__(self) -> None:
        for name, columns in SCHEMAS.items():
            object.__setattr__(self, name, _shaped(getattr(self, name), columns))


SCHEMAS: dict[str, Columns] = {
    "children": CHILDREN,
    "households": HOUSEHOLDS,
    "attendance": ATTENDANCE,
    "schooling": SCHOOLING,
    "exclusions": EXCLUSIONS,
    "members": MEMBERS,
}


def _shaped(frame: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Return `frame` with every known column, of its type."""
    known = [
        (pl.col(name) if name in frame.columns else pl.lit(None).alias(name)).cast(kind)
        for name, kind in columns.items()
    ]
    return frame.with_columns(known)


def at_home(frames: Frames, asof: date) -> Frames:
    """Return the frames with the `family_id` of each child on a day, null for who belonged to none.

    Of two families at once the one joined last counts.

    Parameters
    ----------
    frames : Frames
    asof : date

    Returns
    -------
    Frames
        Whoever joins, leaves or is found to have belonged later changes nothing in them.

    Examples
    --------
    >>> nobody = pl.DataFrame()
    >>> ann = pl.DataFrame({"nna_id": ["ann"]})
    >>> moves = [("ann", "f1", date(2024, 1, 1), date(2026, 10, 1)), ("ann", "f2", date(2026, 10, 1), None)]
    >>> frames = Frames(ann, nobody, nobody, nobody, nobody, pl.DataFrame(moves, list(MEMBERS.items()), orient="row"))
    >>> days = date(2023, 1, 1), date(2026, 9, 30), date(2026, 10, 1)
    >>> [at_home(frames, day).children["family_id"].item() for day in days]
    [None, 'f1', 'f2']
    """
    since, until = pl.col("valid_from"), pl.col("valid_until")
    belonged = (
        frames.members.filter(since.is_null() | (since <= asof), until.is_null() | (until > asof))
        .sort("nna_id", "valid_from", "family_id")
        .unique("nna_id", keep="last", maintain_order=True)
        .select("nna_id", "family_id")
    )
    children = frames.children.drop("family_id", strict=False)
    return replace(frames, children=children.join(belonged, on="nna_id", how="left", maintain_order="left"))


def data_hash(frames: Frames) -> str:
    """Return a hash of the contents that depends neither on the order of the rows nor on a library's version.

    Known columns only, rows sorted, written as CSV.
    """
    digest = hashlib.sha256()
    for name, columns in SCHEMAS.items():
        frame: pl.DataFrame = getattr(frames, name).select(list(columns)).sort(list(columns))
        digest.update(f"{name} {frame.height}\n".encode())
        digest.update(frame.write_csv().encode())
    return digest.hexdigest()

"""What holds from a day on until something else does: addresses, schools, health centres."""

from dataclasses import dataclass

import polars as pl
from sqlmodel import SQLModel

from authz.scope import table_of
from core.models.people import Address, HealthRegistration, Schooling
from core.services.extracts.job import Job
from core.services.extracts.reports import Counts


@dataclass(frozen=True)
class Timeline:
    """A dated table.

    Parameters
    ----------
    model : type
    of : tuple of str
        Columns that tell one line of time from another.
    values : tuple of str
        What holds; the same again is not written again.
    """

    model: type[SQLModel]
    of: tuple[str, ...]
    values: tuple[str, ...]


ADDRESSES = Timeline(Address, ("nna_id", "source"), ("street", "number", "unit", "reference"))
SCHOOLING = Timeline(Schooling, ("nna_id",), ("school_code", "school_name", "level", "grade"))
HEALTH = Timeline(HealthRegistration, ("nna_id",), ("insurance", "centre"))


@dataclass(frozen=True)
class Laid:
    """Which rows told were written, and which passed over, by the columns of their line and `valid_from`."""

    new: pl.DataFrame
    passed_over: pl.DataFrame


def store_timeline(job: Job, told: pl.DataFrame, line: Timeline, **constants: pl.Expr) -> Laid:
    """Lay dated rows on the lines of time that stand.

    A row that says what held already is not written; another ends what held on its day, if that is an extract's: open,
    or ended later. It is closed itself by the one after it. Where a file that stands over this one said what held on
    the row's day, its word stays.

    Parameters
    ----------
    job : Job
    told : polars.DataFrame
        With `commune_code`, `valid_from` and the line's columns.
    line : Timeline
    **constants : polars.Expr
        Other columns of new rows.

    Returns
    -------
    Laid
    """
    of, both = list(line.of), _laid(job, told, line)
    repeated = pl.all_horizontal(pl.col(v).eq_missing(pl.col(v).shift().over(of)) for v in line.values)
    first = pl.int_range(pl.len()).over(of) == 0
    kept = both.filter(~pl.col("passed_over")).filter(~pl.col("is_new") | first | ~repeated)
    behind = {"next_from": pl.col("valid_from").shift(-1).over(of), "next_new": pl.col("is_new").shift(-1).over(of)}
    kept = kept.with_columns(**behind)
    open_still = pl.col("valid_until").is_null() & pl.col("next_from").is_not_null()
    outlasts = (pl.col("valid_until") > pl.col("next_from")) & pl.col("next_new")
    closed = kept.filter(~pl.col("is_new") & pl.col("owned") & (open_still | outlasts))
    audited = ("commune_code", "nna_id", pl.lit("valid_until").alias("columns"))
    job.update(line.model, closed.select("id", "version", "owned", *audited, valid_until="next_from"))
    job.confirm(line.model, both.filter("confirmed").join(closed, on="id", how="anti"))
    new = kept.filter("is_new").with_columns(valid_until="next_from")
    job.insert(line.model, new.with_columns(job.new_ids(new.height), **constants))
    return Laid(new, both.filter("passed_over", ~pl.col("says_the_same")))


def store_addresses(job: Job, chunk: pl.DataFrame) -> Counts:
    told = chunk.rename({"observed_on": "valid_from"})
    return _counts(
        told, store_timeline(job, told, ADDRESSES, located_in=pl.col("commune_code"), protected=pl.lit(False))
    )


def store_health(job: Job, chunk: pl.DataFrame) -> Counts:
    return _counts(chunk, store_timeline(job, chunk, HEALTH))


def _counts(told: pl.DataFrame, laid: Laid) -> Counts:
    new, held = laid.new.height, laid.passed_over.height
    return Counts(inserted=new, unchanged=told.height - new - held, passed_over=held)


def _laid(job: Job, told: pl.DataFrame, line: Timeline) -> pl.DataFrame:
    """Give stored and told rows in order of time, each told one beside the stored row that holds on its day.

    `says_the_same` tells whether both say the same, `passed_over` whether the stored one is of a file that stands over
    this one, and `confirmed`, of stored rows, whether one told says the same of a day on which they hold.
    """
    table, of = table_of(line.model), list(line.of)
    names = ("commune_code", *of, *line.values, "valid_from", "valid_until")
    stored = job.read(job.existing(table, [table.c[name] for name in names], told))
    flags = [pl.col(name).fill_null(False) for name in ("owned", "newer", "named")]
    both = pl.concat([stored.with_columns(flags, is_new=pl.lit(False)), _as_stored(told, stored)])
    # of the same day: what stands goes first, and of that what is closed
    both = both.sort(*of, "valid_from", "is_new", pl.col("valid_until").is_null(), "id", maintain_order=True)
    both = both.with_row_index("place").with_columns(holder=_holder().over(of))
    holding = both.select(holder="place", holder_newer="newer", **{f"held_{v}": v for v in line.values})
    both = both.join(holding, on="holder", how="left", maintain_order="left")
    same = pl.all_horizontal(pl.col(v).eq_missing(pl.col(f"held_{v}")) for v in line.values)
    both = both.with_columns(
        says_the_same=pl.col("is_new") & pl.col("holder").is_not_null() & same,
        passed_over=pl.col("is_new") & pl.col("holder_newer").fill_null(False),
    )
    told_again = both.filter("says_the_same")["holder"].unique()
    return both.with_columns(confirmed=~pl.col("is_new") & pl.col("place").is_in(told_again.implode()))


def _holder() -> pl.Expr:
    """Give the place of the last stored row up to each one."""
    return pl.when(~pl.col("is_new")).then("place").forward_fill()


def _as_stored(told: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Bring told rows to the shape of stored ones, without id or version; nobody wrote them yet."""
    shape = {name: dtype for name, dtype in stored.schema.items()}
    columns = [
        (pl.col(name) if name in told.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in shape.items()
    ]
    flags = {"owned": pl.lit(False), "newer": pl.lit(False), "named": pl.lit(False), "is_new": pl.lit(True)}
    return told.select(columns).with_columns(**flags)

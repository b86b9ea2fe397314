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


def store_timeline(job: Job, told: pl.DataFrame, line: Timeline, **constants: pl.Expr) -> Counts:
    """Lay dated rows on the lines of time that stand.

    A row that says what held already is not written; another closes the one before it, if that is open and an
    extract's; it is closed itself by the one after it.

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
    Counts
        Of the rows told.
    """
    table, of = table_of(line.model), list(line.of)
    names = ("commune_code", *of, *line.values, "valid_from", "valid_until")
    stored = job.read(job.existing(table, [table.c[name] for name in names], told))
    both = pl.concat([stored.with_columns(is_new=pl.lit(False)), _as_stored(told, stored)])
    # of the same day: what stands goes first, and of that what is closed
    both = both.sort(*of, "valid_from", "is_new", pl.col("valid_until").is_null(), "id", maintain_order=True)
    repeated = pl.all_horizontal(pl.col(v).eq_missing(pl.col(v).shift().over(of)) for v in line.values)
    first = pl.int_range(pl.len()).over(of) == 0
    kept = both.filter(~pl.col("is_new") | first | ~repeated)
    kept = kept.with_columns(next_from=pl.col("valid_from").shift(-1).over(of))
    closes = ~pl.col("is_new") & pl.col("valid_until").is_null() & pl.col("next_from").is_not_null()
    closed = kept.filter(closes & pl.col("owned").fill_null(False))
    audited = ("commune_code", "nna_id", pl.lit("valid_until").alias("columns"))
    job.update(line.model, closed.select("id", "version", "owned", *audited, valid_until="next_from"))
    new = kept.filter("is_new").with_columns(valid_until="next_from")
    job.insert(line.model, new.with_columns(job.new_ids(new.height), **constants))
    return Counts(inserted=new.height, unchanged=told.height - new.height)


def store_addresses(job: Job, chunk: pl.DataFrame) -> Counts:
    told = chunk.rename({"observed_on": "valid_from"})
    return store_timeline(job, told, ADDRESSES, located_in=pl.col("commune_code"), protected=pl.lit(False))


def store_health(job: Job, chunk: pl.DataFrame) -> Counts:
    return store_timeline(job, chunk, HEALTH)


def _as_stored(told: pl.DataFrame, stored: pl.DataFrame) -> pl.DataFrame:
    """Bring told rows to the shape of stored ones, without id, version or owner."""
    shape = {name: dtype for name, dtype in stored.schema.items()}
    columns = [
        (pl.col(name) if name in told.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in shape.items()
    ]
    return told.select(columns).with_columns(is_new=pl.lit(True))

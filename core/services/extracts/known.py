"""The rows of a file that are to be stored: of children, only of those whom the commune knows."""

import polars as pl

from core.services.extracts.formats import Format
from core.services.extracts.job import Job


def sound_rows(job: Job, format: Format) -> pl.DataFrame:
    """Give the rows to store, in order of commune; children of other kinds of file than persons must be known."""
    checked = job.checked
    if not format.about_people or format.kind == "persons":
        return checked.sound().sort("commune_code", maintain_order=True)
    known = job.people(checked.sound())
    job.reject(known.filter(pl.col("nna_id").is_null())["row"], "identifier", "UNKNOWN_PERSON")
    return known.drop_nulls("nna_id").sort("commune_code", maintain_order=True)

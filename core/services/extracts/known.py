"""Rows of children whom the commune knows, and what only her record tells of them: that a date is before her birth."""

import polars as pl

from core.reference import AlertSubject, chcc_alert_types
from core.services.extracts.formats import Format
from core.services.extracts.job import Job

# Days before which nothing can be true of a child who was born. An address is the household's, and may be older.
_DATED = {
    "attendance": "period",
    "health": "valid_from",
    "alerts": "observed_on",
    "chcc_alerts": "observed_on",
    "exclusions": "valid_from",
    "scores": "period",
}
_MONTHS = frozenset({"period"})
_PREGNANCY = [one.code for one in chcc_alert_types() if one.subject is AlertSubject.PREGNANCY]
_GESTATION = "-10mo"  # the office works with gestations: what was told of one stays true after the birth


def sound_rows(job: Job, format: Format) -> pl.DataFrame:
    """Give the rows to store, in order of commune; children of other kinds of file than persons must be known."""
    checked = job.checked
    if not format.about_people or format.kind == "persons":
        return checked.sound().sort("commune_code", maintain_order=True)
    people = job.people(checked.sound())
    job.reject(people.filter(pl.col("nna_id").is_null())["row"], "identifier", "UNKNOWN_PERSON")
    known = people.drop_nulls("nna_id")
    if field := _DATED.get(format.kind):
        of_child = ~pl.col("type_code").is_in(_PREGNANCY) if format.kind == "chcc_alerts" else pl.lit(True)
        early = known.filter(_before_birth(field) & of_child)["row"]
        job.reject(early, field, "BEFORE_BIRTH")
        known = known.filter(~pl.col("row").is_in(early.implode()))
    return known.drop("birth_date", "expected_birth_date").sort("commune_code", maintain_order=True)


def _before_birth(field: str) -> pl.Expr:
    """Tell where a day is before the child could be; null, which is no, for one who is not born."""
    born, awaited = pl.col("birth_date"), pl.col("expected_birth_date").is_not_null()
    since = pl.when(awaited).then(born.dt.offset_by(_GESTATION)).otherwise(born)
    if field in _MONTHS:
        since = since.dt.truncate("1mo")
    return pl.col(field) < since

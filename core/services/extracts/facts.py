"""Facts: attendance by month, official scores, and what takes a child off the list or puts it last."""

import polars as pl
from sqlmodel import SQLModel

from authz.scope import table_of
from core.models.extracts import ListStatus, OfficialScore
from core.models.people import Attendance
from core.services.extracts.job import Job
from core.services.extracts.merging import Merged, Precedence, changed_columns, merge
from core.services.extracts.reports import Counts
from core.services.extracts.timelines import SCHOOLING, store_timeline

SCORE_RULE = Precedence(following=("score", "percentile", "rank"), exact=True)
STATUS_RULE = Precedence(following=("effect", "programme", "valid_until"), exact=True)
ATTENDANCE_RULE = Precedence(following=("rate",), exact=True)


def store_scores(job: Job, chunk: pl.DataFrame) -> Counts:
    """Store the ministry's scores: one for each child, month and version of the instrument."""
    numbers = [pl.col(name).cast(pl.Float64) for name in ("score", "percentile")]
    key = ["nna_id", "period", "instrument_version"]
    return _store(job, OfficialScore, chunk.with_columns(numbers), key, SCORE_RULE).counts


def store_exclusions(job: Job, chunk: pl.DataFrame) -> Counts:
    """Store what moves a child's place on the list."""
    return _store(job, ListStatus, chunk, ["nna_id", "reason_code", "valid_from"], STATUS_RULE).counts


def store_attendance(job: Job, chunk: pl.DataFrame) -> Counts:
    """Store attendance, and the schools and courses that its months tell of: a row may change only those."""
    merged = _store(job, Attendance, chunk, ["nna_id", "period"], ATTENDANCE_RULE)
    course = pl.concat_str("grade", pl.col("letter").fill_null(""), ignore_nulls=False)
    told = chunk.with_columns(grade=course.fill_null(pl.col("letter")), valid_from="period")
    laid = store_timeline(job, told, SCHOOLING)
    same = merged.standing.filter(~pl.col("passed_over"))
    moved, held = (
        same.join(rows, left_on=["nna_id", "period"], right_on=["nna_id", "valid_from"], how="semi").height
        for rows in (laid.new, laid.passed_over)
    )
    return merged.counts + Counts(updated=moved, unchanged=-moved - held, passed_over=held)


def _store(job: Job, model: type[SQLModel], chunk: pl.DataFrame, key: list[str], rule: Precedence) -> Merged:
    table = table_of(model)
    stored = job.read(job.existing(table, [table.c[name] for name in (*key, *rule.fields)], chunk))
    merged = merge(chunk, stored, key, rule)
    audited = ("commune_code", "nna_id", changed_columns(rule))
    job.update(model, merged.changed.select("id", "owned", *audited, *rule.fields))
    job.confirm(model, merged.standing)
    job.insert(model, merged.new.with_columns(job.new_ids(merged.new.height)))
    return merged

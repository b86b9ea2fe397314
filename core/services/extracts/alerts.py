"""Alerts that a file brings: territorial ones and those of Chile Crece Contigo, as reports of one day."""

from datetime import UTC, datetime, time

import polars as pl
from sqlalchemy import select

from authz.scope import table_of
from core.clock import SANTIAGO
from core.models.alerts import Alert, AlertReport, AlertSource
from core.reference import AlertKind, AlertSubject, ChccAlertType, alert_types, catalogue_version, sectors
from core.rules.alerts import AlertState, valid_until
from core.services.extracts.arrivals import EXTRACT
from core.services.extracts.job import Job
from core.services.extracts.merging import Precedence, changed_columns, merge
from core.services.extracts.reports import Counts
from core.services.extracts.storing import INSTANT, places

RULE = Precedence(kept=("state",))
_CATALOGUES = {AlertKind.TERRITORIAL: "territorial_alert_types", AlertKind.CHCC: "chcc_alert_types"}
_ONE = ["nna_id", "type_code", "observed_on"]
_DAY = ["nna_id", "observed_on", "sector_code"]
_alert, _report = table_of(Alert), table_of(AlertReport)


def store_territorial(job: Job, chunk: pl.DataFrame) -> Counts:
    """Store territorial alerts, in the state that the file gives them."""
    return _store(job, chunk.with_columns(sector_code="sector"), AlertKind.TERRITORIAL)


def store_chcc(job: Job, chunk: pl.DataFrame) -> Counts:
    """Store alerts of Chile Crece Contigo: that system validated them, and they lapse."""
    told = chunk.with_columns(state=pl.lit(AlertState.VALIDATED.value), sector_code=pl.lit(None, dtype=pl.String))
    return _store(job, told, AlertKind.CHCC)


def _store(job: Job, told: pl.DataFrame, kind: AlertKind) -> Counts:
    """Store alerts. One that the office raised itself on that day is the same alert, and the office's word stands."""
    stored = _stored(job, told, kind)
    ours = stored.filter(pl.col("source") != AlertSource.EXTRACT.value)
    known = told.join(ours, on=_ONE, how="semi", nulls_equal=True)
    incoming = told.join(ours, on=_ONE, how="anti", nulls_equal=True)
    theirs = stored.filter(pl.col("source") == AlertSource.EXTRACT.value).drop("source")
    merged = merge(incoming, theirs, [*_ONE, "sector_code"], RULE)
    audited = ("commune_code", "nna_id", changed_columns(RULE))
    job.update(Alert, merged.changed.select("id", "version", "owned", *audited, "state"))
    job.confirm(Alert, merged.standing)
    new = _described(merged.new, kind)
    job.insert(Alert, _reported(job, new).with_columns(job.new_ids(new.height)))
    return merged.counts + Counts(unchanged=known.height)


def _stored(job: Job, told: pl.DataFrame, kind: AlertKind) -> pl.DataFrame:
    joined = _alert.join(_report, _report.c.id == _alert.c.report_id)
    return job.read(
        select(
            _alert.c.id,
            _alert.c.version,
            *(_alert.c[name] for name in _ONE),
            _alert.c.state,
            _report.c.sector_code,
            _report.c.source,
            *job.owners(_alert.c.updated_at == EXTRACT.c.imported_at),
        )
        .select_from(job.with_owners(joined, _alert))
        .where(_alert.c.commune_code.in_(places(told["commune_code"])), _alert.c.kind == kind.value)
    )


def _described(new: pl.DataFrame, kind: AlertKind) -> pl.DataFrame:
    """Add what the catalogue says of each type: how delicate it is, and until when it is valid."""
    types = alert_types(kind)
    classes = {one.code: one.data_class.value for one in types}
    subjects = {one.code: one.subject for one in types if isinstance(one, ChccAlertType)}
    once = new.select("type_code", "observed_on").unique()
    ends = [valid_until(kind, subjects.get(code, AlertSubject.CHILD), day) for code, day in once.iter_rows()]
    labels = {one.code: f"Informada por el sector {one.label_es}." for one in sectors()}
    return new.join(
        once.with_columns(valid_until=pl.Series(ends, dtype=pl.Date)),
        on=["type_code", "observed_on"],
        how="left",
        maintain_order="left",
    ).with_columns(
        kind=pl.lit(kind.value),
        type_version=pl.lit(catalogue_version(_CATALOGUES[kind])),
        data_class=pl.col("type_code").replace_strict(classes, return_dtype=pl.String),
        information=pl.col("sector_code").replace_strict(labels, default=None, return_dtype=pl.String),
    )


def _reported(job: Job, new: pl.DataFrame) -> pl.DataFrame:
    """Give each alert its report: one for each child, day and sector, since several types are seen at once."""
    reports = job.read(
        select(_report.c.id.label("report_id"), *(_report.c[name] for name in _DAY)).where(
            _report.c.commune_code.in_(places(new["commune_code"])), _report.c.source == AlertSource.EXTRACT.value
        )
    ).unique(_DAY, maintain_order=True)
    wanted = new.select("commune_code", *_DAY).unique(_DAY, maintain_order=True)
    missing = wanted.join(reports, on=_DAY, how="anti", nulls_equal=True, maintain_order="left")
    made = missing.with_columns(job.new_ids(missing.height), _raised(missing), source=pl.lit(AlertSource.EXTRACT.value))
    job.insert(AlertReport, made)
    every = pl.concat([reports, made.select(pl.col("id").alias("report_id"), *_DAY)])
    return new.join(every, on=_DAY, how="left", nulls_equal=True, maintain_order="left")


def _raised(reports: pl.DataFrame) -> pl.Series:
    """Take the beginning of the day in Chile for the instant that files do not tell."""
    days = reports["observed_on"].unique()
    instants = pl.Series([datetime.combine(day, time(), SANTIAGO).astimezone(UTC) for day in days], dtype=INSTANT)
    return reports["observed_on"].replace_strict(days, instants, return_dtype=INSTANT).alias("raised_at")

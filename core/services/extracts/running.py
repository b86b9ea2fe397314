"""One file from end to end: trusted, read, checked, stored in chunks, told of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import polars as pl
from sqlalchemy import text

from authz.scope import table_of
from core.calendar import add_months_and_days
from core.models.extracts import Extract
from core.services.extracts.alerts import store_chcc, store_territorial
from core.services.extracts.arrivals import ALREADY, Arrival, find_arrival, later_file, record_arrival
from core.services.extracts.checking import Checked, Frontier, check
from core.services.extracts.deliveries import Delivery, file_hash
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.facts import store_attendance, store_exclusions, store_scores
from core.services.extracts.formats import LABELS, Format, formats
from core.services.extracts.households import store_households
from core.services.extracts.job import Job, allowed_communes
from core.services.extracts.known import sound_rows
from core.services.extracts.persons import store_persons
from core.services.extracts.reading import read_sheet
from core.services.extracts.rejects import write_rejects
from core.services.extracts.reports import Counts, FileReport, ImportOptions, Outcome
from core.services.extracts.timelines import store_addresses, store_health
from core.settings import InstallationKind
from core.unit_of_work import UnitOfWork

# Whole communes at a time, up to this many rows or one commune. What stands in a commune is read for each chunk that it
# is in: with chunks of 1,000 rows, as elsewhere in the house, a commune of 100,000 children would be read 100 times.
CHUNK = 50_000

_STORES: Mapping[str, Callable[[Job, pl.DataFrame], Counts]] = MappingProxyType(
    {
        "persons": store_persons,
        "households": store_households,
        "addresses": store_addresses,
        "attendance": store_attendance,
        "health": store_health,
        "alerts": store_territorial,
        "chcc_alerts": store_chcc,
        "exclusions": store_exclusions,
        "scores": store_scores,
    }
)
_extract = table_of(Extract)


def run(uow: UnitOfWork, delivery: Delivery, options: ImportOptions) -> FileReport:
    """Import one file; the callers in `importing` say what is raised."""
    allowed = allowed_communes(uow)
    found = _trusted(uow, delivery)
    _queue(uow)
    report = FileReport(delivery.kind, delivery.path.name, found, delivery.period, Outcome.IMPORTED)
    before = find_arrival(uow, delivery, found)
    if before is not None and before.complete and not options.force:
        return _already(report, before, later_file(uow, before.latest, allowed, delivery.provider))
    options.tell(LABELS[delivery.kind], 0, 0)
    format, sheet = formats()[delivery.kind], read_sheet(delivery.path)
    checked = check(sheet, format, Frontier(delivery.period, uow.today(), allowed))
    _filled(checked, format)
    extract = _recorded(uow, delivery, found)
    job = Job(uow, extract, allowed, checked, delivery.corrects_identity)
    first = record_arrival(uow, extract, checked.told_communes(allowed), anew=options.force)
    counts = _store(job, sound_rows(job, format), options)
    rejects = write_rejects(options.rejects, delivery.path.name, sheet, checked.findings) if options.rejects else None
    report = replace(_counted(report, checked, counts), rejects=rejects, extract_id=job.extract.id)
    if before is None or first or job.wrote:
        return _closed(job, report)
    return _unneeded(job, report, before, options)


def _trusted(uow: UnitOfWork, delivery: Delivery) -> str:
    """Give the file's hash, if it belongs here, its month has come, and it is the one announced and still agreed on."""
    _belongs(uow.settings.installation, delivery.synthetic)
    if delivery.expires_on < uow.today():
        raise ExtractRefused(
            f"El convenio de este archivo venció: valía hasta el {delivery.expires_on:%d-%m-%Y}. Sus datos ya no se "
            "pueden usar."
        )
    next_month = add_months_and_days(uow.today().replace(day=1), 1)
    if delivery.period > next_month:  # which may come some days early; a later one would keep out all between
        raise ExtractRefused(f"El mes del archivo, {delivery.period:%Y-%m}, está por venir: revise «period».")
    found = file_hash(delivery.path)
    if delivery.sha256 and delivery.sha256.lower() != found:
        raise ExtractRefused("El archivo no es el que se anunció: su huella SHA-256 es otra.")
    return found


def _belongs(installation: InstallationKind, synthetic: bool) -> None:
    """Refuse to mix invented people with true ones: each kind of installation guards only its own."""
    if synthetic and installation is InstallationKind.REAL:
        raise ExtractRefused(
            "El archivo se declara sintético («synthetic»: true) y esta instalación guarda datos de personas reales: "
            "no se importa (EXTRACT_KIND).",
            details={"reason": "EXTRACT_KIND"},
        )
    if not synthetic and installation is InstallationKind.DEMO:
        raise ExtractRefused(
            "El archivo no se declara sintético («synthetic»: true) y esta instalación es de demostración: los datos "
            "de personas reales van solo a una instalación REAL (EXTRACT_KIND).",
            details={"reason": "EXTRACT_KIND"},
        )


def _queue(uow: UnitOfWork) -> None:
    """Let imports wait for each other; SQLite's write lock does it by itself, and nobody else waits."""
    connection = uow.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {_extract.name} IN SHARE ROW EXCLUSIVE MODE"))


def _already(report: FileReport, before: Arrival, later: str | None) -> FileReport:
    """Tell of a file that came before and changed nothing now, and of one that came after it and stands over it."""
    return replace(
        report,
        outcome=Outcome.PASSED_OVER if later else Outcome.ALREADY_IMPORTED,
        rows_read=before.latest.rows_read,
        extract_id=before.latest.id,
        notes=(*report.notes, later or ALREADY),
    )


def _filled(checked: Checked, format: Format) -> None:
    """Refuse a file without rows, or tell of it where there may be none: a month that is missing must be noticed."""
    if not checked.rows.is_empty():
        return
    if not format.may_be_empty:
        raise ExtractRefused(
            "El archivo no trae filas, solo el encabezado: no se importó. Pídalo de nuevo a quien lo entrega."
        )
    checked.notes = (*checked.notes, "El archivo no trae filas.")


def _recorded(uow: UnitOfWork, delivery: Delivery, found: str) -> Extract:
    """Store where the file comes from; what it brings refers to it."""
    extract = Extract(
        id=uow.new_id(),
        kind=delivery.kind,
        period=delivery.period,
        provider=delivery.provider,
        agreement=delivery.agreement,
        legal_basis=delivery.legal_basis,
        expires_on=delivery.expires_on,
        nature=delivery.nature,
        file_name=delivery.path.name,
        file_hash=found,
        imported_by=uow.user_id,
        imported_at=uow.now(),
        synthetic=delivery.synthetic,
    )
    return uow.add(extract)


def _store(job: Job, rows: pl.DataFrame, options: ImportOptions) -> Counts:
    kind, counts, done = job.extract.kind, Counts(), 0
    for chunk in _chunks(rows):
        job.admit(chunk)
        counts += _STORES[kind](job, chunk)
        done += chunk.height
        options.tell(LABELS[kind], done, rows.height)
    return counts


def _chunks(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut rows, which stand in order of commune, between communes."""
    start = end = 0
    for length in rows["commune_code"].rle().struct.field("len") if rows.height else ():
        if end > start and end + length - start > CHUNK:
            yield rows.slice(start, end - start)
            start = end
        end += length
    if end > start:
        yield rows.slice(start, end - start)


def _counted(report: FileReport, checked: Checked, counts: Counts) -> FileReport:
    findings = checked.findings
    return replace(
        report,
        rows_read=checked.rows.height,
        rows_rejected=findings.rejected,
        rows_skipped=findings.left_out,
        counts=counts,
        findings=findings.first(),
        summary=findings.summary(),
        notes=checked.notes,
    )


def _closed(job: Job, report: FileReport) -> FileReport:
    """Complete the record of the import."""
    counts, extract = report.counts, job.extract
    extract.rows_read = report.rows_read
    extract.rows_inserted, extract.rows_updated = counts.inserted, counts.updated
    extract.rows_unchanged, extract.rows_rejected = counts.unchanged + counts.passed_over, report.rows_rejected
    job.uow.session.flush()
    return report


def _unneeded(job: Job, report: FileReport, before: Arrival, options: ImportOptions) -> FileReport:
    """Leave no record of the same file again, where it changed nothing and every commune of it had it."""
    session = job.uow.session
    session.delete(job.extract)
    session.flush()
    held = report.counts.passed_over and not options.force  # who insists knows already that others came
    return _already(report, before, later_file(job.uow, before.latest, job.allowed) if held else None)

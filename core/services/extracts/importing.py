"""Take files in: one of them within a unit of work, or a folder of them, each in a transaction of its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from core.services.extracts.deliveries import Delivery, deliveries
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.rejects import ready
from core.services.extracts.reports import FileReport, ImportOptions, ImportReport, Outcome
from core.services.extracts.running import run
from core.unit_of_work import UnitOfWork

Transactions = Callable[[], AbstractContextManager[UnitOfWork]]
"""Opens a unit of work that is committed on leaving without an exception: the edge's, since services never commit."""


def import_folder(transactions: Transactions, folder: Path, options: ImportOptions | None = None) -> ImportReport:
    """Import the files of a folder, each in a transaction of its own: half a file is never seen.

    Parameters
    ----------
    transactions : callable
        Opens a unit of work, and commits it on leaving without an exception.
    folder : Path
        With `extract.json`.
    options : ImportOptions, optional
        A dry run goes through all files in one transaction, so that later files find what earlier ones bring, and
        undoes it.

    Returns
    -------
    ImportReport
        A file that is refused stops no other.

    Raises
    ------
    ExtractRefused
        If `extract.json` cannot be used, or nothing can be written where the bad rows are to go.
    AccessDenied
        If whoever asks may import nowhere.
    """
    options, found = options or ImportOptions(), deliveries(folder)
    if options.rejects:
        ready(options.rejects)
    if not options.dry_run:
        return ImportReport(tuple(_alone(transactions, delivery, options) for delivery in found))
    with transactions() as uow, _undone(uow):
        reports = tuple(_told(uow, delivery, options) for delivery in found)
    return ImportReport(reports, dry_run=True)


def import_file(uow: UnitOfWork, delivery: Delivery, options: ImportOptions | None = None) -> FileReport:
    """Import one file within the transaction of a unit of work; whoever opened it commits.

    Parameters
    ----------
    uow : UnitOfWork
        Of a person, who may import where their role reaches, or of the operator's machinery, which may everywhere.
    delivery : Delivery
    options : ImportOptions, optional

    Returns
    -------
    FileReport

    Raises
    ------
    ExtractRefused
        If the file as a whole cannot be imported.
    AccessDenied
        If whoever asks may import nowhere.
    """
    options = options or ImportOptions()
    if not options.dry_run:
        return run(uow, delivery, options)
    with _undone(uow):
        return run(uow, delivery, options)


@contextmanager
def _undone(uow: UnitOfWork) -> Iterator[None]:
    """Undo all that happens inside; the audit forgets it too."""
    savepoint = uow.session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def _alone(transactions: Transactions, delivery: Delivery, options: ImportOptions) -> FileReport:
    try:
        with transactions() as uow:
            return run(uow, delivery, options)
    except ExtractRefused as refusal:
        return _refused(delivery, refusal)


def _told(uow: UnitOfWork, delivery: Delivery, options: ImportOptions) -> FileReport:
    try:
        return run(uow, delivery, options)
    except ExtractRefused as refusal:
        return _refused(delivery, refusal)


def _refused(delivery: Delivery, refusal: ExtractRefused) -> FileReport:
    return FileReport(
        kind=delivery.kind,
        file=delivery.path.name,
        file_hash=delivery.sha256 or "",
        period=delivery.period,
        outcome=Outcome.REFUSED,
        notes=(refusal.message,),
    )

"""Publish a list under somebody's name, and read back the bytes of one that was frozen."""

from collections.abc import Sequence
from datetime import date
from itertools import takewhile
from uuid import UUID

from sqlalchemy import select

from authz.actor import DataClass
from authz.scope import table_of
from core.events import NominaPublished
from core.models.nomina import NominaEntry, NominaRun, RunState, ScoreSource
from core.models.users import User
from core.unit_of_work import UnitOfWork
from scoring.errors import NominaEmpty, NominaNotDraft, NominaStale, NominaUnsigned
from scoring.model import Model
from scoring.nomina.listing import canonical_bytes
from scoring.services.runs import Scoring, lock_month, open_month, prepare_nomina, read_inputs

RUN, ENTRY, USER = table_of(NominaRun), table_of(NominaEntry), table_of(User)


def publish_nomina(
    uow: UnitOfWork, commune: str, period: date, scoring: Scoring | None = None, *, accept_stale: bool = False
) -> NominaRun:
    """Publish a commune's list of a month in one step.

    The newest draft of that score source and capacity is published as it stands, so that what somebody reviewed is
    what goes out; without one that is younger than the list in force, a draft is prepared first.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
        CUT code.
    period : date
        Any day of the month.
    scoring : Scoring, optional
        The ministry's score and the default capacity where none is given.
    accept_stale : bool
        Publish a draft although its inputs changed since.

    Returns
    -------
    NominaRun

    Raises
    ------
    AccessDenied
        If the actor may not publish the list of this commune.
    RuleBroken
        As :func:`publish_run` and :func:`scoring.services.runs.prepare_nomina`.
    """
    scoring = scoring or Scoring()
    uow.require_in("nomina", "publish", commune)
    runs = lock_month(uow, commune, period.replace(day=1))
    since = takewhile(lambda run: run.state != RunState.PUBLISHED, runs)  # an older draft is behind the list in force
    run = next((run for run in since if _reviewed(run, scoring)), None)
    if run is None:
        run = prepare_nomina(uow, commune, period, scoring)
        accept_stale = True  # it was made this instant
    return publish_run(uow, run.id, run.version, model=scoring.model, accept_stale=accept_stale)


def publish_run(
    uow: UnitOfWork,
    run_id: UUID,
    expected_version: int | None = None,
    *,
    model: Model | None = None,
    accept_stale: bool = False,
) -> NominaRun:
    """Publish a draft under the actor's name; the list published before in the month is superseded.

    Parameters
    ----------
    uow : UnitOfWork
    run_id : UUID
    expected_version : int, optional
    model : Model, optional
        For a draft with estimated scores: what to hold it against.
    accept_stale : bool
        Publish although the inputs changed since it was prepared.

    Returns
    -------
    NominaRun

    Raises
    ------
    NotFound
        If there is no such run, or it is another commune's.
    AccessDenied
        If the actor may not publish.
    Conflict
        If the run moved on since it was read.
    NominaUnsigned, NominaNotDraft, NominaEmpty, NominaStale
        If nobody in person publishes it, it is not a draft, lists nobody, or is no longer what would be listed.
    PeriodOver
        If its month has ended.
    """
    run = uow.get(NominaRun, run_id)
    runs = lock_month(uow, run.commune_code, run.period)  # before the run alone: two drafts at once would both go out
    run = uow.change(NominaRun, run_id, expected_version, ("nomina", "publish"))
    _check(uow, run, None if accept_stale else Scoring(ScoreSource(run.score_source), model, run.capacity))
    for other in _in_force(runs):
        other.state = RunState.SUPERSEDED
        uow.touch(other)
    run.state, run.published_at = RunState.PUBLISHED, uow.now()
    run.published_by, run.published_name = uow.user_id, _name(uow)
    uow.touch(run)
    details = {"period": f"{run.period:%Y-%m}", "sequence": run.sequence, "listed": run.listed, "hash": run.list_hash}
    uow.emit(NominaPublished(run.commune_code, run.id, details))
    return run


def nomina_in_force(uow: UnitOfWork, commune: str, period: date) -> NominaRun | None:
    """Return the published list of a month, if there is one: what another one would replace.

    Parameters
    ----------
    uow : UnitOfWork
    commune : str
        CUT code.
    period : date
        Any day of the month.

    Returns
    -------
    NominaRun or None
        None also where the actor may not know of it.
    """
    return next(iter(_in_force(lock_month(uow, commune, period.replace(day=1)))), None)


def _in_force(runs: Sequence[NominaRun]) -> list[NominaRun]:
    return [run for run in runs if run.state == RunState.PUBLISHED]


def stored_bytes(uow: UnitOfWork, run_id: UUID) -> bytes:
    """Return the canonical bytes of a stored list; their SHA-256 is the run's `list_hash`, or it was tampered with.

    Parameters
    ----------
    uow : UnitOfWork
    run_id : UUID

    Returns
    -------
    bytes
        As `scoring.nomina.listing.canonical_bytes` writes them.

    Raises
    ------
    NotFound
        If there is no such run, or it is another commune's.
    AccessDenied
        If the actor may not read every entry.
    """
    run = uow.get(NominaRun, run_id)
    uow.require_in("nomina", "read", run.commune_code, DataClass.RISK)
    uow.session.flush()
    with uow.unscoped("every entry of a list, which the actor may read") as session:
        found = session.execute(select(ENTRY).where(ENTRY.c.run_id == run_id).order_by(ENTRY.c.position))
        return canonical_bytes(run, (row._asdict() for row in found))


def _reviewed(run: NominaRun, scoring: Scoring) -> bool:
    """Whether a run is a draft of what is asked for."""
    wanted = scoring.capacity in (None, run.capacity) and run.score_source == scoring.source
    return wanted and run.state == RunState.DRAFT


def _check(uow: UnitOfWork, run: NominaRun, scoring: Scoring | None) -> None:
    if uow.user_id is None:
        raise NominaUnsigned("La nómina se publica con el nombre de quien coordina la oficina.")
    if run.state != RunState.DRAFT:
        raise NominaNotDraft("Esta nómina ya fue publicada o reemplazada; prepare una nueva.")
    open_month(uow, run.commune_code, run.period)
    if not run.listed:
        raise NominaEmpty("La nómina no tiene a nadie: no se puede publicar.")
    if scoring and read_inputs(uow, run.commune_code, run.period, scoring)[0].hash != run.inputs_hash:
        raise NominaStale("Los datos cambiaron desde que se preparó esta nómina; prepare una nueva o confirme.")


def _name(uow: UnitOfWork) -> str | None:
    with uow.unscoped("the name of whoever asks") as session:
        name: str | None = session.scalar(select(USER.c.display_name).where(USER.c.id == uow.user_id))
        return name

"""Take a child off the list of the month with a reason, and put it back."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from authz.actor import DataClass
from authz.scope import table_of
from core.calendar import office_zone, today_in
from core.errors import InvalidInput
from core.models.nomina import EntryState, NominaDiscard, NominaEntry, NominaRun, RunState
from core.reference import ExitReason, exit_reasons
from core.rules.clear_text import check_clear
from core.unit_of_work import UnitOfWork
from scoring.errors import AlreadyDiscarded, NominaSuperseded, NotDiscarded, ReviewClosed
from scoring.nomina.facts import review_ends
from scoring.services.capacity import draw_capacity_line
from scoring.services.runs import LIVE, lock_month

ENTRY, RUN, DISCARD = table_of(NominaEntry), table_of(NominaRun), table_of(NominaDiscard)
SHORTEST, LONGEST = 3, 255  # as the SAN platform asks for it


def discard_reasons() -> tuple[ExitReason, ...]:
    """Return the reasons for which a child may be taken off a list: those of a case that ends without its result.

    Returns
    -------
    tuple of ExitReason
        Of the line CASE_MANAGEMENT in `core/data/case_exit_reasons.csv` (*Orientaciones Técnicas OLN 2020*, p. 38: the
        list uses the states of the case).
    """
    ends = (one for one in exit_reasons() if one.line == "CASE_MANAGEMENT" and one.in_use)
    return tuple(one for one in ends if one.group != "COMPLETED")


def discard_from_nomina(
    uow: UnitOfWork, entry_id: UUID, reason_code: str, comment: str, expected_version: int | None = None
) -> NominaDiscard:
    """Take a child off the list of the month; its place and its keys stay as they were, and the next family has room.

    The list has 20 days for it (*Gestión SAN 2019-2020*; parameter `REVIEW_DAYS`). It is recorded and nothing else:
    whether the reason moves the child on the next list is for the case's own states to say. Where a later draft of
    the month exists, the child is off it too.

    Parameters
    ----------
    uow : UnitOfWork
    entry_id : UUID
    reason_code : str
        Of `discard_reasons`.
    comment : str
        3 to 255 characters.
    expected_version : int, optional

    Returns
    -------
    NominaDiscard

    Raises
    ------
    NotFound
        If there is no such entry, or it is another commune's.
    AccessDenied
        If the actor may not discard.
    InvalidInput
        If the reason is not in the catalogue or the comment is too short, too long, or holds what looks like a RUN.
    NominaSuperseded, ReviewClosed, AlreadyDiscarded
        If a later list took over, the 20 days are over, or the child is off already.
    """
    entry, run = _entry(uow, entry_id, expected_version)
    if reason_code not in {one.code for one in discard_reasons()}:
        raise InvalidInput("Ese motivo no se conoce; los que hay están en discardReasons.", field="input.reasonCode")
    comment = _comment(comment)
    if _today(uow, run) > review_ends(run.period):
        raise ReviewClosed(
            "El plazo de revisión de esta nómina terminó.", details={"until": f"{review_ends(run.period)}"}
        )
    if entry.state == EntryState.DISCARDED:
        raise AlreadyDiscarded("Este NNA ya está fuera de la nómina del mes.")
    alive = _alive(uow, entry, run)
    made = {one.id: _discard(uow, one, reason_code, comment) for one in alive}
    _draw_capacity_lines(uow, alive)
    return made[entry.id]


def revert_discard(uow: UnitOfWork, entry_id: UUID, comment: str, expected_version: int | None = None) -> NominaEntry:
    """Put a discarded child back in its place.

    Also after the 20 days: a mistake against a child is never out of time while its list is the one in force.

    Parameters
    ----------
    uow : UnitOfWork
    entry_id : UUID
    comment : str
        3 to 255 characters.
    expected_version : int, optional

    Returns
    -------
    NominaEntry

    Raises
    ------
    NotFound
        If there is no such entry, or it is another commune's.
    AccessDenied
        If the actor may not discard, and so not revert.
    InvalidInput
        If the comment is too short, too long, or holds what looks like a RUN.
    NominaSuperseded, NotDiscarded
        If a later list took over, or the child is on the list.
    """
    entry, run = _entry(uow, entry_id, expected_version)
    comment = _comment(comment)
    if entry.state == EntryState.LISTED:
        raise NotDiscarded("Este NNA está en la nómina: no hay nada que revertir.")
    alive = _alive(uow, entry, run)
    for one in alive:
        _revert(uow, one, comment)
    _draw_capacity_lines(uow, alive)
    return entry


def _entry(uow: UnitOfWork, entry_id: UUID, expected_version: int | None) -> tuple[NominaEntry, NominaRun]:
    seen = uow.get(NominaEntry, entry_id)
    uow.require("nomina", "discard", seen, DataClass.RISK)
    run = uow.get(NominaRun, seen.run_id)
    lock_month(uow, run.commune_code, run.period)
    entry = uow.change(NominaEntry, entry_id, expected_version)
    if run.state == RunState.SUPERSEDED:
        raise NominaSuperseded("Hay una nómina posterior de este mes; trabaje en ella.")
    return entry, run


def _alive(uow: UnitOfWork, entry: NominaEntry, run: NominaRun) -> list[NominaEntry]:
    """Return the child's entries in the month's live runs that stand like this one; this one among them."""
    of_month = (RUN.c.commune_code == run.commune_code, RUN.c.period == run.period, RUN.c.state.in_(LIVE))
    statement = (
        select(NominaEntry)
        .join(RUN, RUN.c.id == ENTRY.c.run_id)
        .where(*of_month, ENTRY.c.nna_id == entry.nna_id, ENTRY.c.state == entry.state)
        .order_by(ENTRY.c.id)
    )
    return list(uow.session.scalars(statement))


def _draw_capacity_lines(uow: UnitOfWork, entries: list[NominaEntry]) -> None:
    for entry in entries:
        draw_capacity_line(uow, uow.get(NominaRun, entry.run_id))
        uow.session.refresh(entry)


def _discard(uow: UnitOfWork, entry: NominaEntry, reason_code: str, comment: str) -> NominaDiscard:
    entry.state = EntryState.DISCARDED
    uow.touch(entry)
    return uow.add(
        NominaDiscard(
            id=uow.new_id(),
            commune_code=entry.commune_code,
            entry_id=entry.id,
            nna_id=entry.nna_id,
            reason_code=reason_code,
            comment=comment,
            discarded_by=uow.user_id,
            discarded_at=uow.now(),
        )
    )


def _revert(uow: UnitOfWork, entry: NominaEntry, comment: str) -> None:
    entry.state = EntryState.LISTED
    uow.touch(entry)
    standing = select(NominaDiscard).where(DISCARD.c.entry_id == entry.id, DISCARD.c.reverted_at.is_(None))
    for discard in uow.session.scalars(standing):
        discard.reverted_at, discard.reverted_by, discard.revert_comment = uow.now(), uow.user_id, comment
        uow.touch(discard)


def _comment(text: str) -> str:
    said = text.strip()
    if not SHORTEST <= len(said) <= LONGEST:
        raise InvalidInput("Escriba un comentario de entre 3 y 255 caracteres.", field="input.comment")
    check_clear(said, "input.comment")
    return said


def _today(uow: UnitOfWork, run: NominaRun) -> date:
    return today_in(office_zone(run.commune_code), uow.now())

"""Deciding on alerts: validated or dismissed, with a reason that whoever raised them reads; and deciding otherwise."""

import re
from uuid import UUID

from core.errors import InvalidInput
from core.events import AlertDecided
from core.models.alerts import Alert
from core.rules.alerts import AlertState, may_move
from core.rules.clear_text import check_clear
from core.services.errors import WrongAlertState
from core.unit_of_work import UnitOfWork


def validate_alert(
    uow: UnitOfWork, alert_id: UUID, expected_version: int | None, reason: str | None = None, note: str | None = None
) -> Alert:
    """Hold that an alert is founded, also one that was dismissed by mistake.

    Parameters
    ----------
    uow : UnitOfWork
    alert_id : UUID
    expected_version : int or None
    reason : str, optional
        Whoever sees the alert reads it, also who raised it; needed where it changes an earlier decision.
    note : str, optional
        Stays in the office.

    Returns
    -------
    Alert

    Raises
    ------
    NotFound, Conflict
    AccessDenied
        Without `alert validate` on it.
    InvalidInput
        If it changes an earlier decision without a reason.
    WrongAlertState
        If it is validated already, or on its way from there (`core.rules.alerts.MOVES`).
    """
    return _decide(
        uow,
        uow.change(Alert, alert_id, expected_version, ("alert", "validate")),
        AlertState.VALIDATED,
        written(reason),
        written(note),
    )


def dismiss_alert(
    uow: UnitOfWork, alert_id: UUID, reason: str, expected_version: int | None, note: str | None = None
) -> Alert:
    """Hold that an alert is not founded, also one that was validated by mistake.

    Parameters
    ----------
    uow : UnitOfWork
    alert_id : UUID
    reason : str
        Whoever sees the alert reads it, also who raised it: it says nothing of the family.
    expected_version : int or None
    note : str, optional
        What stays in the office.

    Returns
    -------
    Alert

    Raises
    ------
    NotFound, Conflict
    AccessDenied
        Without `alert validate` on it.
    InvalidInput
        Without a reason.
    WrongAlertState
        If it is dismissed already, or somebody attends it (`core.rules.alerts.MOVES`).
    """
    said = written(reason)
    if said is None or not _says_something(said):
        raise InvalidInput("Escriba el motivo; lo leerá quien informó la alerta.", field="input.reason")
    return _decide(
        uow,
        uow.change(Alert, alert_id, expected_version, ("alert", "validate")),
        AlertState.DISMISSED,
        said,
        written(note),
    )


def _decide(uow: UnitOfWork, alert: Alert, target: AlertState, reason: str | None, note: str | None) -> Alert:
    if not may_move(AlertState(alert.state), target):
        raise WrongAlertState("La alerta ya no espera esa decisión.", details={"state": str(alert.state)})
    if alert.state != AlertState.PENDING_VALIDATION and not _says_something(reason or ""):
        raise InvalidInput("Escriba el motivo: cambia lo que ya se había decidido.", field="input.reason")
    alert.state = target
    alert.decision_reason, alert.decision_note = reason, note
    alert.decided_at, alert.decided_by = uow.now(), uow.user_id
    uow.touch(alert)
    uow.emit(AlertDecided(alert.commune_code, alert.id, {"state": str(target), "nna_id": alert.nna_id.hex}))
    return alert


def _says_something(reason: str) -> bool:
    """Whether there is a word in it: an «x» is what a form that asks for a reason is given by who has none."""
    return re.search(r"[^\W\d_]{3}", reason) is not None


def written(text: str | None, path: str = "input.reason") -> str | None:
    """Give a text without blanks around it, None where nothing is written.

    Raises
    ------
    InvalidInput
        If it is too long, or holds what looks like a RUN: free text is not sealed as identifiers are.
    """
    found = (text or "").strip()
    check_clear(found, path)
    return found or None

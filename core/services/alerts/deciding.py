"""Deciding on alerts: validated or dismissed, with a reason that whoever raised them reads."""

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
    """Hold that an alert is founded.

    Parameters
    ----------
    uow : UnitOfWork
    alert_id : UUID
    expected_version : int or None
    reason : str, optional
        Whoever sees the alert reads it, also who raised it.
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
    WrongAlertState
        If it does not wait for validation.
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
    """Hold that an alert is not founded.

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
        If it does not wait for validation.
    """
    said = written(reason)
    if said is None:
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
        raise WrongAlertState("La alerta no espera validación.", details={"state": str(alert.state)})
    alert.state = target
    alert.decision_reason, alert.decision_note = reason, note
    alert.decided_at, alert.decided_by = uow.now(), uow.user_id
    uow.touch(alert)
    uow.emit(AlertDecided(alert.commune_code, alert.id, {"state": str(target), "nna_id": alert.nna_id.hex}))
    return alert


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

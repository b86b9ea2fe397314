"""A role ends at once, and with it whoever stood in for it."""

from datetime import date
from uuid import UUID

from sqlalchemy import Select, select

from authz.actor import Role
from authz.scope import table_of
from core.database import ScopedSession
from core.models.users import Assignment, User
from core.rules.clear_text import check_clear
from core.services.access import forget_actors
from core.services.users import rights
from core.services.users.reach import AccessChange, compare
from core.services.users.storing import event_commune, held_on
from core.services.users.words import AlreadyRevoked, AssignmentRevoked, RightsChange
from core.unit_of_work import UnitOfWork

ASSIGNMENT = table_of(Assignment)


def revoke_assignment(
    uow: UnitOfWork, assignment_id: UUID, expected_version: int | None, reason: str, validate_only: bool = False
) -> RightsChange:
    """End a role at once, and the substitutions that stood in for it.

    Parameters
    ----------
    uow : UnitOfWork
    assignment_id : UUID
    expected_version : int or None
    reason : str
        Kept in the record.
    validate_only : bool

    Returns
    -------
    RightsChange

    Raises
    ------
    NotFound, Conflict
    AccessDenied
        If the actor may not revoke in the whole territory; who may name substitutes there ends a substitution as well.
    OwnRights, AlreadyRevoked
    InvalidInput
        If the reason holds a RUN.
    """
    asked = uow.get(Assignment, assignment_id)
    rights.require_may_end_assignment(uow, asked)
    check_clear(reason, "input.reason")
    rights.lock_people(uow, asked.user_id)
    assignment = uow.change(Assignment, assignment_id, expected_version)
    with uow.unscoped("whose role ends, and who stands in for it") as session:
        user = session.get_one(User, assignment.user_id)
        rights.check_person(uow, user)
        substitutes = _ends_with(session, assignment, uow.today())
    if assignment.revoked_at:
        raise AlreadyRevoked("Esa asignación ya terminó.")
    if validate_only:
        return RightsChange(user, (assignment, *substitutes), _losses(uow, [assignment, *substitutes]))
    ended = [assignment, *(uow.change(Assignment, one.id, None) for one in substitutes)]
    for row in ended:
        row.revoked_at, row.revoked_by, row.reason = uow.now(), uow.user_id, reason
        uow.touch(row)
        uow.emit(AssignmentRevoked(event_commune(row.territory), row.id, {"user_id": row.user_id.hex}))
    forget_actors(uow)
    return RightsChange(user, tuple(ended))


def _ends_with(session: ScopedSession, ending: Assignment, today: date) -> list[Assignment]:
    if ending.substitutes_id is not None:  # nobody stands in for a substitute
        return []
    found = session.scalars(_standing_in_for(ending, today).with_for_update())
    return sorted(found, key=lambda one: (one.valid_from, one.id))


def _standing_in_for(ending: Assignment, today: date) -> Select[Assignment]:
    """Return who stands in for an own role on days of its own, today or later."""
    return (
        select(Assignment)
        .where(
            ASSIGNMENT.c.substitutes_id == ending.user_id,
            ASSIGNMENT.c.role == ending.role,
            ASSIGNMENT.c.territory == ending.territory,
            ASSIGNMENT.c.organization_id.is_not_distinct_from(ending.organization_id),
            ASSIGNMENT.c.valid_until > max(today, ending.valid_from),
            ASSIGNMENT.c.valid_from < (ending.valid_until or date.max),
            ASSIGNMENT.c.revoked_at.is_(None),
        )
        .order_by(ASSIGNMENT.c.id)
    )


def _losses(uow: UnitOfWork, ending: list[Assignment]) -> tuple[AccessChange, ...]:
    """Count what each person would lose, on the first day on which they would miss it."""
    found: list[AccessChange] = []
    for one in ending:
        day = max(uow.today(), one.valid_from)
        with uow.unscoped("what they hold") as session:
            user, held = session.get_one(User, one.user_id), held_on(session, one.user_id, day)
        rest = [a for a in held if a.id not in {each.id for each in ending}]
        found += compare(uow, user, Role(one.role), held, rest, day)
    return tuple(found)

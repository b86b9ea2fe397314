"""What every change of rights does at the end: it is checked against what is there, told, stored, remembered anew."""

from collections.abc import Sequence
from datetime import date
from itertools import chain
from uuid import UUID

from sqlalchemy import select

from authz.actor import MAIN_PURPOSE, Role
from authz.scope import table_of
from core.database import ScopedSession
from core.errors import InvalidInput
from core.models.users import Assignment, User
from core.services.access import forget_actors, in_force_on
from core.services.users import rights
from core.services.users.duties import end_duties
from core.services.users.reach import AccessChange, Holdings, compare
from core.services.users.words import AssignmentGranted, Grant, RightsChange
from core.unit_of_work import UnitOfWork

ASSIGNMENT = table_of(Assignment)


def store_assignments(
    uow: UnitOfWork,
    action: str,
    user: User,
    made: list[Assignment],
    validate_only: bool,
    instead_of: Sequence[Assignment] = (),
) -> RightsChange:
    """Store roles that were allowed and checked, or only say what they would open.

    Whoever stores them `instead_of` others ends those afterwards.

    Raises
    ------
    AlreadyGranted
    """
    rights.check_new_assignments(uow, user, made, instead_of)
    if validate_only:
        return RightsChange(user, tuple(made), _opened(uow, action, user, made))
    for assignment in made:
        uow.add(assignment)
        details = {"user_id": user.id.hex, "role": str(assignment.role)}
        uow.emit(AssignmentGranted(event_commune(assignment.territory), assignment.id, details))
    end_duties(uow, user.id)
    forget_actors(uow)
    return RightsChange(user, tuple(made))


def _opened(uow: UnitOfWork, action: str, user: User, made: Sequence[Assignment]) -> tuple[AccessChange, ...]:
    """Count what roles of the same days would open, under the main purpose of each: under one not all of it shows."""
    here = rights.communes_counted(uow, made, action)
    with uow.unscoped("what they hold") as session:
        held = ever_held(session, user.id)
    each = {MAIN_PURPOSE[Role(one.role)]: one for one in made}.values()
    told = (Holdings(user, Role(one.role), held, [*held, *made], one.valid_from) for one in each)
    return tuple(chain.from_iterable(compare(uow, one, here) for one in told))


def new_assignment(uow: UnitOfWork, user_id: UUID, grant: Grant, substitutes: UUID | None = None) -> Assignment:
    """Make the role that a grant asks for, by whoever asks; it is not stored yet."""
    return Assignment(
        id=uow.new_id(),
        user_id=user_id,
        role=grant.role,
        territory=grant.territory,
        organization_id=grant.organization_id,
        substitutes_id=substitutes,
        granted_by=uow.user_id,
        reason=grant.reason,
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
    )


def held_on(session: ScopedSession, user_id: UUID, day: date) -> list[Assignment]:
    """Return what somebody holds on a day, their own and what they stand in for."""
    statement = select(Assignment).where(ASSIGNMENT.c.user_id == user_id, in_force_on(day))
    return list(session.scalars(statement.order_by(ASSIGNMENT.c.id)))


def ever_held(session: ScopedSession, user_id: UUID) -> list[Assignment]:
    """Return all that somebody holds, held or will hold, what was taken away as well."""
    return list(session.scalars(select(Assignment).where(ASSIGNMENT.c.user_id == user_id).order_by(ASSIGNMENT.c.id)))


def check_dates(start: date, until: date | None, today: date, at: str = "input") -> None:
    """Refuse rights that would have begun already, and days that run backwards; `at` is where they were asked for."""
    if start < today:
        raise InvalidInput("Los permisos no se dan hacia atrás: empiezan hoy o después.", field=f"{at}.validFrom")
    if until is not None and until <= start:
        raise InvalidInput("La fecha de término debe ser posterior a la de inicio.", field=f"{at}.validUntil")


def event_commune(territory: str) -> str:
    """Return whose event it is: the commune's, or the country's for what is wider."""
    return territory if len(territory) == 5 else "CL"

"""People are invited, given roles for a time, replaced while they are away, and let go; always by somebody else."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from authz.actor import Role
from authz.guard import AccessDenied
from authz.scope import table_of
from core.database import ScopedSession
from core.errors import InvalidInput
from core.models.organizations import Organization
from core.models.users import Assignment, User
from core.services.access import forget_actors, in_force_on
from core.services.users import rights
from core.services.users.reach import compare
from core.services.users.words import (
    AlreadyRevoked,
    AssignmentGranted,
    AssignmentRevoked,
    Grant,
    Invitation,
    NothingToSubstitute,
    RightsChange,
    Substitution,
    UserInvited,
)
from core.unit_of_work import UnitOfWork

ASSIGNMENT, USER = table_of(Assignment), table_of(User)


def invite_user(uow: UnitOfWork, invitation: Invitation, validate_only: bool = False) -> RightsChange:
    """Open an account and give it its first role.

    Whoever has an account already, in another commune, gets the role under the same account.

    Parameters
    ----------
    uow : UnitOfWork
    invitation : Invitation
    validate_only : bool

    Returns
    -------
    RightsChange

    Raises
    ------
    AccessDenied
        If the actor may not invite in the whole territory.
    OwnRights, UsernameTaken, DemoUser, WrongTerritory, OrganizationRequired, InvalidInput
    """
    rights.check_username(invitation.username)
    rights.check_territory(uow, invitation.grant.role, invitation.grant.territory, "input.grant.territory")
    rights.require_everywhere(uow, "invite", invitation.grant.territory)
    user, known = _account(uow, invitation)
    if validate_only or known:
        return _give(uow, user, invitation.grant, validate_only)
    uow.add(user)
    uow.emit(UserInvited(_event_commune(invitation.grant.territory), user.id))
    return _give(uow, user, invitation.grant, validate_only)


def grant_assignment(uow: UnitOfWork, user_id: UUID, grant: Grant, validate_only: bool = False) -> RightsChange:
    """Give a role to somebody who works in a commune of the actor.

    Parameters
    ----------
    uow : UnitOfWork
    user_id : UUID
    grant : Grant
    validate_only : bool

    Returns
    -------
    RightsChange

    Raises
    ------
    NotFound
        If the person works nowhere that the actor knows of.
    AccessDenied
        If the actor may not grant in the whole territory.
    OwnRights, DemoUser, WrongTerritory, OrganizationRequired, AlreadyGranted, InvalidInput
    """
    user = uow.get(User, user_id)
    rights.check_territory(uow, grant.role, grant.territory)
    rights.require_everywhere(uow, "grant", grant.territory)
    return _give(uow, user, grant, validate_only)


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
        If the actor may not revoke in the whole territory.
    OwnRights, AlreadyRevoked
    """
    rights.require_everywhere(uow, "revoke", uow.get(Assignment, assignment_id).territory)
    assignment = uow.change(Assignment, assignment_id, expected_version)
    with uow.unscoped("whose role ends") as session:
        user = session.get_one(User, assignment.user_id)
        rights.check_person(uow, user)
        held = _held(session, user.id, uow.today())
        stand_ins = select(Assignment).where(
            ASSIGNMENT.c.substitutes_id == user.id,
            ASSIGNMENT.c.role == assignment.role,
            ASSIGNMENT.c.territory == assignment.territory,
            ASSIGNMENT.c.revoked_at.is_(None),
        )
        substitutes = [row.id for row in session.scalars(stand_ins)]
    if assignment.revoked_at:
        raise AlreadyRevoked("Esa asignación ya terminó.")
    if assignment.role in rights.denying_roles(uow):  # without its denials they could do more than with it
        rights.require_everywhere(uow, "grant", assignment.territory)
    if validate_only:
        rest = [a for a in held if a.id != assignment.id]
        return RightsChange(user, (assignment,), compare(uow, user, assignment.role, held, rest, uow.today()))
    ended = [assignment, *(uow.change(Assignment, one, None) for one in substitutes)]
    for row in ended:
        row.revoked_at, row.revoked_by, row.reason = uow.now(), uow.user_id, reason
        uow.touch(row)
        uow.emit(AssignmentRevoked(_event_commune(row.territory), row.id, {"user_id": row.user_id.hex}))
    forget_actors(uow)
    return RightsChange(user, tuple(ended))


def set_substitute(uow: UnitOfWork, substitution: Substitution, validate_only: bool = False) -> RightsChange:
    """Let one person stand in for another, with their roles upon their caseload and no other, for some days.

    Only what the absent person holds where the actor may name substitutes; a role that grants roles needs somebody who
    may grant.

    Parameters
    ----------
    uow : UnitOfWork
    substitution : Substitution
    validate_only : bool

    Returns
    -------
    RightsChange

    Raises
    ------
    NotFound
        If either works nowhere that the actor knows of.
    NothingToSubstitute
        If the absent person holds no role on those days.
    AccessDenied
        If the actor may not name substitutes for any of them.
    NotOfTheOffice
        If the absent person is of the office's team and the substitute is not, but of a school, say.
    AlreadyGranted
        If the substitute stands in for that role already on some of those days.
    OwnRights, DemoUser, InvalidInput
    """
    absent, substitute = uow.get(User, substitution.absent_id), uow.get(User, substitution.substitute_id)
    rights.check_person(uow, substitute)
    _check_dates(substitution.valid_from, substitution.valid_until, uow.today())
    if absent.id == substitute.id:
        raise InvalidInput("Nadie se sustituye a sí mismo.", field="input.substituteId")
    with uow.unscoped("what the absent person holds") as session:
        held = _held(session, absent.id, substitution.valid_from)
    own = [one for one in held if one.substitutes_id is None]
    if not own:
        raise NothingToSubstitute("Esa persona no tiene ningún rol en esos días.")
    allowed = [one for one in own if _may_substitute(uow, one)]
    if not allowed:
        raise AccessDenied("No puede nombrar sustitutos para los roles de esa persona.")
    with uow.unscoped("whether the substitute is of the office") as session:
        rights.check_colleague(allowed, _held(session, substitute.id, substitution.valid_from))
    made = [_substitute(uow, one, substitution) for one in allowed]
    return _store(uow, substitute, made, validate_only)


def _account(uow: UnitOfWork, invitation: Invitation) -> tuple[User, bool]:
    """Return the account of this person, and whether it was there already."""
    with uow.unscoped("whether the account exists") as session:
        same = (USER.c.issuer == invitation.issuer) & (USER.c.subject == invitation.subject)
        found = list(session.scalars(select(User).where(same | (USER.c.username == invitation.username))))
    for user in found:
        if (user.issuer, user.subject, user.username) == (invitation.issuer, invitation.subject, invitation.username):
            return user, True
    if found:
        raise rights.UsernameTaken("Ese nombre de usuario o esa identidad ya está en uso.", field="input.username")
    made = User(
        id=uow.new_id(),
        username=invitation.username,
        display_name=invitation.display_name,
        email=invitation.email,
        issuer=invitation.issuer,
        subject=invitation.subject,
    )
    return made, False


def _give(uow: UnitOfWork, user: User, grant: Grant, validate_only: bool) -> RightsChange:
    rights.check_person(uow, user)
    _check_dates(grant.valid_from, grant.valid_until, uow.today())
    organization = uow.get(Organization, grant.organization_id) if grant.organization_id else None
    rights.check_organization(uow, grant.role, grant.territory, organization)
    return _store(uow, user, [_assignment(uow, user.id, grant)], validate_only)


def _store(uow: UnitOfWork, user: User, made: list[Assignment], validate_only: bool) -> RightsChange:
    rights.check_new_assignments(uow, user, made)
    if validate_only:
        day = made[0].valid_from
        with uow.unscoped("what they hold") as session:
            held = _held(session, user.id, day)
        return RightsChange(user, tuple(made), compare(uow, user, made[0].role, held, [*held, *made], day))
    for assignment in made:
        uow.add(assignment)
        details = {"user_id": user.id.hex, "role": str(assignment.role)}
        uow.emit(AssignmentGranted(_event_commune(assignment.territory), assignment.id, details))
    forget_actors(uow)
    return RightsChange(user, tuple(made))


def _assignment(uow: UnitOfWork, user_id: UUID, grant: Grant, substitutes: UUID | None = None) -> Assignment:
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


def _substitute(uow: UnitOfWork, held: Assignment, wanted: Substitution) -> Assignment:
    until = min(wanted.valid_until, held.valid_until or date.max)
    grant = Grant(Role(held.role), held.territory, wanted.valid_from, until, held.organization_id, wanted.reason)
    return _assignment(uow, wanted.substitute_id, grant, wanted.absent_id)


def _may_substitute(uow: UnitOfWork, held: Assignment) -> bool:
    try:
        rights.require_everywhere(uow, "substitute", held.territory)
        if held.role in rights.granting_roles(uow):
            rights.require_everywhere(uow, "grant", held.territory)
    except AccessDenied:
        return False
    return True


def _held(session: ScopedSession, user_id: UUID, day: date) -> list[Assignment]:
    statement = select(Assignment).where(ASSIGNMENT.c.user_id == user_id, in_force_on(day))
    return list(session.scalars(statement.order_by(ASSIGNMENT.c.id)))


def _check_dates(start: date, until: date | None, today: date) -> None:
    if start < today:
        raise InvalidInput("Los permisos no se dan hacia atrás: empiezan hoy o después.", field="input.validFrom")
    if until is not None and until <= start:
        raise InvalidInput("La fecha de término debe ser posterior a la de inicio.", field="input.validUntil")


def _event_commune(territory: str) -> str:
    return territory if len(territory) == 5 else "CL"

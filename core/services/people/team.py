"""Who of the office works with a child."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import col

from authz.actor import DataClass, Role
from authz.arms import whole
from authz.guard import AccessDenied
from core.models.people import Nna, TeamMember
from core.models.users import Assignment, User
from core.services.access import TEAM_ROLES
from core.services.errors import AlreadyInTheTeam, NotInTheOffice, WrongDates
from core.services.people.details import check_end
from core.services.territory import territories_of
from core.services.users.footing import OwnRoleRequired, own
from core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class WorkerData:
    """Who works with whom, as what, from when to when.

    Parameters
    ----------
    nna_id, user_id : UUID
    duty : Role
        The role in which they work with the child; they hold it in the commune, its region or the country.
    valid_from : date
    valid_until : date, optional
    """

    nna_id: UUID
    user_id: UUID
    duty: Role
    valid_from: date
    valid_until: date | None = None


def assign_worker(uow: UnitOfWork, data: WorkerData) -> TeamMember:
    """Put somebody on a child's team, so that the child is of their own caseload.

    Only who may edit every child of the commune does it: nobody widens their own rights.

    Parameters
    ----------
    uow : UnitOfWork
    data : WorkerData

    Returns
    -------
    TeamMember

    Raises
    ------
    NotFound
        If the child or the user is not theirs to know of.
    AccessDenied
        Without `nna edit` in the whole commune.
    OwnRoleRequired
        If they would put themselves on it by a role that they wear for somebody absent: that one ends, and the place
        would not.
    NotInTheOffice
        If the user does not hold that role in the commune today.
    AlreadyInTheTeam
        If they do that with the child on some of those days: released once, they would still see the child.
    WrongDates
        If it starts before today, or ends before it starts: the team opens records, and nobody read them before.
    """
    nna = uow.change(Nna, data.nna_id, None)  # one at a time: two that click at once would both pass
    uow.require_in("nna", "edit", nna.commune_code)
    user = uow.get(User, data.user_id)
    _refuse_own_by_lent(uow, data, nna.commune_code)
    if data.duty not in TEAM_ROLES or not _holds(uow, user.id, data.duty, nna.commune_code):
        raise NotInTheOffice("Esa persona no tiene ese rol en la comuna.", field="input.userId")
    if data.valid_from < uow.today():
        raise WrongDates("Abre la ficha, y eso no se hace hacia atrás: parte hoy o después.", field="input.validFrom")
    if data.valid_until is not None and data.valid_until <= data.valid_from:
        raise WrongDates("El término debe ser posterior al inicio.", field="input.validUntil")
    _refuse_again(uow, data)
    return _member(uow, nna, data)


def release_worker(uow: UnitOfWork, team_member_id: UUID, on: date, expected_version: int | None) -> TeamMember:
    """Take somebody off a child's team from a day on.

    Parameters
    ----------
    uow : UnitOfWork
    team_member_id : UUID
    on : date
        The first day on which they no longer work with the child.
    expected_version : int or None

    Returns
    -------
    TeamMember

    Raises
    ------
    NotFound, Conflict
    AccessDenied
        Without `nna edit` in the whole commune.
    WrongDates
        If that is before today, until when they could read; before they started; or after the end that it has: who
        returns is assigned anew.
    """
    uow.require_in("nna", "edit", uow.get(TeamMember, team_member_id).commune_code)
    member = uow.change(TeamMember, team_member_id, expected_version)
    check_end(member, on)
    if on < uow.today():
        raise WrongDates("Hasta hoy pudo ver la ficha: termina hoy o después.", field="input.on")
    member.valid_until = on
    return uow.touch(member)


def join_team(uow: UnitOfWork, nna: Nna) -> None:
    """Put the caller on the team of the child they registered, unless they reach every name of the commune anyway.

    Who wears the role for somebody absent puts that person on the team, whose caseload it then is.
    """
    actor = uow.actor
    if actor is None or reaches_commune(uow, nna.commune_code, "read", DataClass.IDENTITY):
        return
    here = [hat for hat in actor.hats if hat.communes is None or nna.commune_code in hat.communes]
    here.sort(key=lambda hat: hat.stands_for is not None)  # their own role before one that they wear for somebody
    found = next((hat for role in TEAM_ROLES for hat in here if hat.role == role), None)
    if found is not None:
        _member(uow, nna, WorkerData(nna.id, found.stands_for or actor.user_id, found.role, uow.today()))


def reaches_commune(uow: UnitOfWork, commune_code: str, action: str, data: DataClass) -> bool:
    """Tell whether the caller may do this with every child of a commune."""
    try:
        uow.require_in("nna", action, commune_code, data)
    except AccessDenied:
        return False
    return True


def _refuse_own_by_lent(uow: UnitOfWork, data: WorkerData, commune_code: str) -> None:
    if uow.access is None or data.user_id != uow.user_id:
        return
    alone = own(uow.access.actor)
    mine = whole(uow.access.guard.arms(alone, "nna", "edit", DataClass.BASIC))
    if mine is not None and commune_code not in mine:
        raise OwnRoleRequired(
            "Solo por el rol que reemplaza podría asignarse: pídalo a quien coordina.", field="input.userId"
        )


def _refuse_again(uow: UnitOfWork, data: WorkerData) -> None:
    since, until = col(TeamMember.valid_from), col(TeamMember.valid_until)
    same = select(col(TeamMember.id)).where(
        col(TeamMember.nna_id) == data.nna_id,
        col(TeamMember.user_id) == data.user_id,
        col(TeamMember.duty) == data.duty,
        since < (data.valid_until or date.max),
        or_(until.is_(None), and_(until > data.valid_from, until > since)),  # ended on its first day, it never held
    )
    found = uow.session.scalars(same.order_by(col(TeamMember.id)).limit(1)).first()
    if found is not None:
        sentence = "Esa persona ya está en el equipo del NNA en esos días."
        raise AlreadyInTheTeam(sentence, details={"id": f"tea_{found.hex}"})


def _member(uow: UnitOfWork, nna: Nna, data: WorkerData) -> TeamMember:
    return uow.add(
        TeamMember(
            id=uow.new_id(),
            commune_code=nna.commune_code,
            nna_id=nna.id,
            user_id=data.user_id,
            duty=data.duty,
            valid_from=data.valid_from,
            valid_until=data.valid_until,
        )
    )


def _holds(uow: UnitOfWork, user_id: UUID, role: Role, commune_code: str) -> bool:
    today = uow.today()
    held = select(col(Assignment.id)).where(
        col(Assignment.user_id) == user_id,
        col(Assignment.role) == role,
        col(Assignment.territory).in_(territories_of(commune_code)),
        col(Assignment.substitutes_id).is_(None),  # a role worn for another opens that one's caseload, and no own
        col(Assignment.revoked_at).is_(None),
        col(Assignment.valid_from) <= today,
        or_(col(Assignment.valid_until).is_(None), col(Assignment.valid_until) > today),
    )
    with uow.unscoped("whether they have that role here: one of the region is of no commune's people") as session:
        return session.scalars(held).first() is not None

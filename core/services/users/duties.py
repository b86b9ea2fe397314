"""A place on a child's team lasts while its holder has the role by which they hold it (`docs/decisions/0010`)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, exists, not_, or_, select

from authz.scope import table_of
from core.database import ScopedSession
from core.models.people import TeamMember
from core.models.users import Assignment
from core.rules.spans import unbroken_until
from core.services.access import TEAM_ROLES, communes_of, in_force_on, lasts_until
from core.services.territory import reaches_commune_of, territories_of
from core.unit_of_work import UnitOfWork

LATELY = timedelta(days=35)  # in which some server has worked
PLACE, ASSIGNMENT = table_of(TeamMember), table_of(Assignment)


def end_duties(uow: UnitOfWork, user_id: UUID | None = None) -> int:
    """End the places on teams that nobody holds by a role any more.

    A role that is given anew after some days brings no caseload back: whoever has it is put on the teams again. A role
    that another follows without a day between goes on. Nothing ends ahead of its day: a contract may still be renewed.

    Parameters
    ----------
    uow : UnitOfWork
    user_id : UUID, optional
        Of this person alone, whose roles have just changed; else of whoever lost one by its date.

    Returns
    -------
    int
        How many ended.
    """
    today, ended = uow.today(), 0
    whose = PLACE.c.user_id == user_id if user_id else _lapsed(today)
    with uow.unscoped("who is on a team by a role that they no longer have") as session:
        places = _places(session, whose, today)
        theirs = ASSIGNMENT.c.user_id.in_({place.user_id for place in places})
        roles = session.scalars(select(Assignment).where(theirs).order_by(ASSIGNMENT.c.id)).all()
        for place, until in _ending(places, roles, today):
            place.valid_until, place.updated_at = until, uow.now()
            place.version += 1
            ended += 1
        session.flush()
    return ended


def places_lost(uow: UnitOfWork, user_id: UUID, roles: Sequence[Assignment]) -> list[UUID]:
    """Return the places on teams that would end if somebody held these roles and no other; nothing is changed."""
    with uow.unscoped("what would end with a role") as session:
        places = _places(session, PLACE.c.user_id == user_id, uow.today())
        return [place.id for place, _ in _ending(places, roles, uow.today())]


def duty_ends(role: Assignment, others: Iterable[Assignment], today: date) -> bool:
    """Whether places on teams may end with a role, whether or not there are any.

    None does where the others that go on as it do have every commune of it.
    """
    if role.role not in TEAM_ROLES or role.substitutes_id is not None:
        return False
    own = (one for one in others if one.substitutes_id is None)
    alike = [one for one in own if (one.user_id, one.role) == (role.user_id, role.role)]
    kept = [communes_of(one.territory) for one in alike if one.valid_from <= today < lasts_until(one)]
    here = communes_of(role.territory)
    return None not in kept and (here is None or not here <= frozenset().union(*(some or () for some in kept)))


def _places(session: ScopedSession, whose: ColumnElement[bool], today: date) -> Sequence[TeamMember]:
    lasts = or_(PLACE.c.valid_until.is_(None), PLACE.c.valid_until > today)
    return session.scalars(select(TeamMember).where(whose, lasts).order_by(PLACE.c.id)).all()


def _ending(
    places: Iterable[TeamMember], roles: Iterable[Assignment], today: date
) -> Iterator[tuple[TeamMember, date]]:
    """Yield the places that the roles of their holders do not carry any more, and since when."""
    own = [one for one in roles if one.substitutes_id is None]
    for place in places:
        held_by = [one for one in own if _holds(one, place)]
        until = _role_ends(place, held_by, today) if held_by else None
        if until is not None and (place.valid_until is None or until < place.valid_until):
            yield place, until


def left_duty(place: FromClause, today: date) -> ColumnElement[bool]:
    """Return the condition that whoever has a place on a team had the role of it, and has it today no more."""
    own = _own_role(place)
    return and_(exists().where(*own), not_(exists().where(*own, in_force_on(today))))


def _lapsed(today: date) -> ColumnElement[bool]:
    """Return the condition of places whose holder has that role no more, or lost it lately and may have another since.

    Else a place whose end nobody wrote down in the days between would come back with the role.
    """
    lately = and_(ASSIGNMENT.c.valid_until <= today, ASSIGNMENT.c.valid_until > today - LATELY)
    return or_(left_duty(PLACE, today), exists().where(*_own_role(PLACE), lately))


def _own_role(place: FromClause) -> tuple[ColumnElement[bool], ...]:
    return (
        ASSIGNMENT.c.user_id == place.c.user_id,
        ASSIGNMENT.c.role == place.c.duty,
        reaches_commune_of(ASSIGNMENT.c.territory, place.c.commune_code),
        ASSIGNMENT.c.substitutes_id.is_(None),
    )


def _role_ends(place: TeamMember, roles: Iterable[Assignment], today: date) -> date | None:
    """Return the day on which the last of the roles that hold a place ended; None while one goes on.

    A place that has not begun is held by the role of today, if that goes on until then.
    """
    spans = [(one.valid_from, ends) for one in roles if (ends := lasts_until(one)) > one.valid_from]
    begun = min(place.valid_from, today)
    until = unbroken_until(spans, max(begun, min((begins for begins, _ in spans), default=begun)))
    return max(until, place.valid_from) if until <= today else None


def _holds(role: Assignment, place: TeamMember) -> bool:
    """Whether a role is one by which its holder has a place, given for its commune, its region or the country."""
    same = (role.user_id, role.role) == (place.user_id, place.duty)
    return same and role.territory in territories_of(place.commune_code)

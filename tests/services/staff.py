"""People of an office with their roles, and what the tests of access do with them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from authz.actor import Actor, DataClass, Purpose, Role
from core.host import Host
from core.models.users import Assignment, User
from core.services.access import forget, load_actor
from core.services.users import (
    Grant,
    Invitation,
    RightsChange,
    Substitution,
    grant_assignment,
    set_substitute,
)
from core.settings import DEVELOPMENT_ISSUER
from tests.factories import (
    SANTIAGO,
    a_family,
    a_team_member,
    a_user,
    actor,
    an_alert,
    an_assignment,
    an_nna,
)

TODAY = date(2026, 11, 20)
ADMIN, COORDINATOR = actor(Role.MUNICIPAL_ADMIN), actor(Role.COORDINATOR)
MANAGER = Grant(Role.CASE_MANAGER, SANTIAGO, TODAY)


def people(host: Host, *who: Actor) -> None:
    with host.unit_of_work(None, "test") as uow:
        for one in who:
            a_user(uow, one, demo=False)
        uow.session.commit()


def children(host: Host, number: int = 3, commune: str = SANTIAGO, team: Actor | None = None) -> list[UUID]:
    with host.unit_of_work(None, "test") as uow:
        made = [an_nna(uow, commune_code=commune) for _ in range(number)]
        a_family(uow, *made)
        an_alert(uow, made[0], data_class=DataClass.BASIC)
        if team:
            a_team_member(uow, made[0], team)
        uow.session.commit()
    return [nna.id for nna in made]


def somebody(host: Host, **over: Any) -> UUID:
    with host.unit_of_work(None, "test") as uow:
        user = a_user(uow, **({"demo": False} | over))
        an_assignment(uow, user, role=Role.COMMUNITY_MANAGER)
        uow.session.commit()
    return user.id


def an_invitation(grant: Grant = MANAGER, **over: Any) -> Invitation:
    base = {"username": "paula.rojas", "display_name": "Paula Rojas", "issuer": DEVELOPMENT_ISSUER, "subject": "s1"}
    return Invitation(**(base | over), grant=grant)


def give(host: Host, user: UUID, grant: Grant = MANAGER, by: Actor | None = ADMIN, **more: Any) -> RightsChange:
    with host.transaction(by, "grantAssignment") as uow:
        return grant_assignment(uow, user, grant, **more)


def covered(
    host: Host, manager: Actor, stand_in: UUID, days: int = 5, start: date = TODAY, by: Actor = COORDINATOR
) -> Assignment:
    wanted = Substitution(manager.user_id, stand_in, start, start + timedelta(days))
    with host.transaction(by, "setSubstitute") as uow:
        (made,) = set_substitute(uow, wanted).assignments
    return made


def own_role(host: Host, who: UUID) -> Assignment:
    """Return the first role of somebody's own, whatever the order in which a database keeps them."""
    with host.unit_of_work(None, "test") as uow:
        rows = uow.session.scalars(select(Assignment))
        own = [a for a in rows if a.user_id == who and a.substitutes_id is None]
        return min(own, key=lambda a: a.valid_from)


def loaded(host: Host, user_id: UUID, purpose: Purpose | None = None, today: date | None = None) -> Actor:
    forget(host.database)
    with host.unit_of_work(None, "test") as uow:
        user = uow.session.get_one(User, user_id)
    return load_actor(host, user, purpose, today)


def another(who: Actor) -> Actor:
    return replace(who, user_id=UUID(int=9), username=f"other.{who.username}")

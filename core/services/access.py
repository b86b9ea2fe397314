"""Who asks, in their roles of today, and what these let them do.

A token proves who somebody is and nothing else; what they may do stands in `Assignment`, and is read again within a
second of any change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, and_, or_, select

from authz.actor import Actor, Ambit, DataClass, Hat, Purpose, Role, main_purpose
from authz.arms import Arm, merge
from authz.guard import ANY, AccessDenied, Guard
from authz.scope import table_of
from core.clock import SANTIAGO
from core.database import ScopedSession, machinery
from core.host import Host
from core.models.users import Assignment, ConfidentialityAgreement, User
from core.rules.spans import unbroken_until
from core.services.confidentiality import agreement_text
from core.services.explanation import Explanation, explain_access
from core.services.standing import forget, forget_actors, remembered
from core.services.territory import communes_of, contains
from core.settings import InstallationKind

__all__ = [
    "OFFICE",
    "TEAM_ROLES",
    "Explanation",
    "Permission",
    "actor_of",
    "allowed_purposes",
    "communes_of",
    "explain_access",
    "find_user",
    "find_username",
    "forget",
    "forget_actors",
    "hat_of",
    "hats_of",
    "in_force_on",
    "institution_until",
    "load_actor",
    "office_until",
    "wear",
    "what_i_may",
]

USER, ASSIGNMENT = table_of(User), table_of(Assignment)
SIGNATURE = table_of(ConfidentialityAgreement)
# the office's team: OOTT 2020, pp. 27-34 and 44-45; the others look on, administer or act for an institution
OFFICE = (
    Role.COORDINATOR,
    Role.CASE_MANAGER,
    Role.FAMILY_THERAPIST,
    Role.COMMUNITY_MANAGER,
    Role.CHCC_PROFESSIONAL,
    Role.NETWORK_COORDINATOR,
)
# by which somebody is on a child's team
TEAM_ROLES = (Role.CASE_MANAGER, Role.FAMILY_THERAPIST, Role.CHCC_PROFESSIONAL, Role.COORDINATOR)


@dataclass(frozen=True)
class Permission:
    """One thing that an actor may do, for `viewer`.

    Parameters
    ----------
    resource, action : str
    classes : tuple of DataClass
        Those reached alike.
    ambit : Ambit
    communes : frozenset of str or None
        None is the whole country.
    substitutes : UUID, optional
        Whose caseload it is, where it is that of somebody absent.
    """

    resource: str
    action: str
    classes: tuple[DataClass, ...]
    ambit: Ambit
    communes: frozenset[str] | None
    substitutes: UUID | None = None


def find_user(session: ScopedSession, issuer: str, subject: str) -> User | None:
    """Return the account that a verified token speaks of; None where nobody was invited under it."""
    return session.scalars(select(User).where(USER.c.issuer == issuer, USER.c.subject == subject)).one_or_none()


def find_username(session: ScopedSession, username: str) -> User | None:
    """Return the account of a user name: the command line and the development issuer ask so."""
    return session.scalars(select(User).where(USER.c.username == username)).one_or_none()


def actor_of(host: Host, issuer: str, subject: str, purpose: Purpose | None, *, today: date | None = None) -> Actor:
    """Return who a verified token speaks of, in their roles of today; no statement at all when warm.

    Parameters
    ----------
    host : Host
    issuer, subject : str
        From the token. The development issuer's subjects are user names.
    purpose : Purpose, optional
        From the request.
    today : date, optional

    Raises
    ------
    AccessDenied
        `USER_UNKNOWN` where nobody was invited under it; otherwise as :func:`load_actor`.
    """

    def find() -> User | None:
        with machinery(host.database, "who asks", reading=True) as session:
            return find_user(session, issuer, subject)

    user = remembered(host.database, ("user", issuer, subject), find)
    if user is None:
        raise AccessDenied("Su cuenta no está registrada en esta instalación; pida una invitación.", "USER_UNKNOWN")
    return load_actor(host, user, purpose, today)


def load_actor(host: Host, user: User, purpose: Purpose | None = None, today: date | None = None) -> Actor:
    """Return a user as who they are today, wearing one purpose.

    Parameters
    ----------
    host : Host
    user : User
    purpose : Purpose, optional
        The main one of their roles where none is named.
    today : date, optional
        The office's day where none is given.

    Returns
    -------
    Actor
        With a hat for each assignment in force; one that substitutes names for whom.

    Raises
    ------
    AccessDenied
        `USER_INACTIVE` for a closed account, and for a demo user in a REAL installation; `PURPOSE_NOT_ALLOWED` for a
        purpose that none of their roles has.
    """
    real = host.settings.installation is InstallationKind.REAL
    if not user.active or (real and user.demo):
        raise AccessDenied("Su cuenta está cerrada.", "USER_INACTIVE")
    day = today or host.clock.today()
    worn = remembered(host.database, ("actor", user.id, day), lambda: _load(host.database, user, day))
    return worn if purpose is None else wear(worn, purpose, host.guard)


def wear(actor: Actor, purpose: Purpose, guard: Guard) -> Actor:
    """Return the same person under another purpose.

    Raises
    ------
    AccessDenied
        `PURPOSE_NOT_ALLOWED`.
    """
    if purpose not in allowed_purposes(actor, guard):
        raise AccessDenied("Ninguno de sus roles tiene esa finalidad.", "PURPOSE_NOT_ALLOWED")
    return replace(actor, purpose=purpose)


def allowed_purposes(actor: Actor, guard: Guard) -> frozenset[Purpose]:
    """Return the purposes that any policy line gives to a role of theirs, or to one that it includes."""
    roles = {f"role:{hat.role}" for hat in actor.hats}
    while more := {included for role, included in guard.inherits if role in roles} - roles:
        roles |= more
    said = {rule.purpose for rule in guard.rules if rule.role in roles and rule.effect == "allow"}
    return frozenset(Purpose) if ANY in said else frozenset(Purpose(word) for word in said)


def what_i_may(actor: Actor, guard: Guard) -> list[Permission]:
    """Return everything that the policy lets the actor do under the purpose they wear.

    Returns
    -------
    list of Permission
        In the order of the vocabulary; classes that are reached alike stand together.
    """
    found = []
    for resource in guard.resources:
        for action in resource.actions:
            alike: dict[Arm, list[DataClass]] = {}
            for data in resource.classes:
                arms = guard.arms(actor, resource.name, action, data)
                for arm in merge(one._replace(organization=None) for one in arms):  # to whichever of theirs
                    alike.setdefault(arm, []).append(data)
            found += [
                Permission(resource.name, action, tuple(classes), arm.ambit, arm.communes, arm.persona)
                for arm, classes in alike.items()
            ]
    return found


def in_force_on(day: date) -> ColumnElement[bool]:
    """Return the condition that an assignment holds on a day."""
    open_ended = or_(ASSIGNMENT.c.valid_until.is_(None), ASSIGNMENT.c.valid_until > day)
    return and_(ASSIGNMENT.c.valid_from <= day, open_ended, ASSIGNMENT.c.revoked_at.is_(None))


def hats_of(assignments: Sequence[Assignment], day: date) -> tuple[Hat, ...]:
    """Return the hats that somebody's assignments give on a day, each once.

    Who stands in for somebody of the office is of it: on the first day on which no own role there holds a substitution
    is over, as if that role had been taken away, and no later role brings it back (`docs/decisions/0010`).

    Parameters
    ----------
    assignments : sequence of Assignment
        All of theirs, those of the past and those that were taken away as well.
    day : date
    """
    held = [one for one in assignments if one.revoked_at is None and one.valid_from <= day < lasts_until(one)]
    return tuple(sorted({hat_of(one) for one in held if not _is_over(one, assignments, day)}, key=_order))


def office_until(assignments: Sequence[Assignment], territory: str, start: date) -> date:
    """Return the first day from `start` on on which somebody is of an office by no role of their own.

    Who has one of the whole region is of each office there; who has one of a commune is not of the region's.
    """
    own = [one for one in assignments if one.substitutes_id is None and one.role in OFFICE]
    here = (one for one in own if contains(one.territory, territory))
    return unbroken_until(((one.valid_from, lasts_until(one)) for one in here), start)


def institution_until(assignments: Sequence[Assignment], organization: UUID, start: date) -> date:
    """Return the first day from `start` on on which somebody speaks for an institution by no role of their own."""
    own = [one for one in assignments if one.substitutes_id is None and one.organization_id == organization]
    return unbroken_until(((one.valid_from, lasts_until(one)) for one in own), start)


def hat_of(held: Assignment) -> Hat:
    """Return the hat that an assignment gives while it is worn."""
    return Hat(Role(held.role), communes_of(held.territory), held.organization_id, held.substitutes_id)


def _is_over(held: Assignment, assignments: Sequence[Assignment], day: date) -> bool:
    if held.substitutes_id is None or held.role not in OFFICE:
        return False
    return office_until(assignments, held.territory, held.valid_from) <= day


def lasts_until(held: Assignment) -> date:
    """Return the day on which a role ends, by its date or because it was taken away."""
    until = held.valid_until or date.max
    return min(until, held.revoked_at.astimezone(SANTIAGO).date()) if held.revoked_at else until


def _order(hat: Hat) -> tuple[str, list[str], str, str]:
    return hat.role, sorted(hat.communes or ()), str(hat.organization), str(hat.stands_for or "")


def _load(engine: Engine, user: User, day: date) -> Actor:
    agreement = agreement_text()
    with machinery(engine, "who asks", reading=True) as session:
        held = list(session.scalars(select(Assignment).where(ASSIGNMENT.c.user_id == user.id)))
        signed = select(SIGNATURE.c.id).where(
            SIGNATURE.c.user_id == user.id,
            SIGNATURE.c.text_version == agreement.version,
            SIGNATURE.c.text_hash == agreement.hash,
        )
        has_signed = session.execute(signed).first() is not None
    hats = hats_of(held, day)
    return Actor(user.id, user.username, main_purpose(hats), hats, has_signed, user.version)

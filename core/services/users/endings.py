"""A role ends at once, and with it whatever hangs on it: substitutions of it, by its holder and named by it."""

from collections.abc import Hashable, Sequence
from datetime import date
from itertools import chain
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from authz.actor import MAIN_PURPOSE, Role
from authz.scope import table_of
from core.database import ScopedSession
from core.errors import InvalidInput
from core.models.users import Assignment, User
from core.rules.clear_text import check_clear
from core.services.access import OFFICE, forget_actors, office_until
from core.services.territory import contains
from core.services.users import rights
from core.services.users.duties import duty_ends, end_duties, places_lost
from core.services.users.lent import Ending, assignments_named_by
from core.services.users.naming import require_may_end_assignment
from core.services.users.reach import AccessChange, Holdings, compare
from core.services.users.storing import event_commune, ever_held
from core.services.users.words import AlreadyRevoked, AssignmentRevoked, RightsChange
from core.unit_of_work import UnitOfWork

ASSIGNMENT = table_of(Assignment)


def revoke_assignment(
    uow: UnitOfWork, assignment_id: UUID, expected_version: int | None, reason: str, validate_only: bool = False
) -> RightsChange:
    """End a role at once, and the substitutions that stood in for it.

    With somebody's last own role in an office end the substitutions that they make for its team as well; where another
    holds for some days more, they last as long as that one. With a role that was worn for somebody end the covers that
    its holder named by it; with an own role, its places on children's teams.

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
    OwnRoleRequired
        If they could by a role that they wear for somebody absent.
    OwnRights, AlreadyRevoked
    InvalidInput
        If there is no reason, or it holds a RUN.
    """
    asked = uow.get(Assignment, assignment_id)
    require_may_end_assignment(uow, asked)
    if not reason.strip():
        raise InvalidInput("Escriba el motivo.", field="input.reason")
    check_clear(reason, "input.reason")
    rights.lock_users(uow, asked.user_id)
    assignment = uow.change(Assignment, assignment_id, expected_version)
    with uow.unscoped("whose role ends, and what ends with it") as session:
        user = session.get_one(User, assignment.user_id)
        rights.check_person(uow, user)
        hanging = _ends_with(session, assignment, uow.today())
        hanging += assignments_named_by(uow, session, [(assignment, None), *hanging])
    if assignment.revoked_at:
        raise AlreadyRevoked("Esa asignación ya terminó.")
    ending: list[Ending] = [(assignment, None), *hanging]
    if validate_only:
        would = tuple(_copy(one, _ended(uow, until, reason)) for one, until in ending)
        return RightsChange(user, would, changes(uow, would))
    changed = tuple(_end(uow, uow.change(Assignment, one.id, None), until, reason) for one, until in ending)
    end_duties(uow, user.id)
    forget_actors(uow)
    return RightsChange(user, changed)


def _end(uow: UnitOfWork, row: Assignment, until: date | None, reason: str) -> Assignment:
    """End an assignment now, or on a day to come."""
    for name, value in _ended(uow, until, reason).items():
        setattr(row, name, value)
    uow.touch(row)
    if until is None:
        uow.emit(AssignmentRevoked(event_commune(row.territory), row.id, {"user_id": row.user_id.hex}))
    return row


def _ended(uow: UnitOfWork, until: date | None, reason: str) -> dict[str, object]:
    """Return what is written in an assignment that ends now, or on a day to come."""
    if until is not None:
        return {"valid_until": until}
    return {"revoked_at": uow.now(), "revoked_by": uow.user_id, "reason": reason}


def _copy(held: Assignment, would: dict[str, object]) -> Assignment:
    """Return an assignment as it would be, unsaved, with the version that it has."""
    return Assignment(**({c.name: getattr(held, c.name) for c in ASSIGNMENT.c} | would))


def _ends_with(session: ScopedSession, ending: Assignment, today: date) -> list[Ending]:
    """Return what ends with a role: whoever stands in for it, and whom its holder covers as one of that office.

    The latter on the first day on which they would be of the office by no other role, as if this one had run out; None
    is at once.
    """
    if ending.substitutes_id is not None:  # nobody stands in for a substitute
        return []
    locked = session.scalars(_dependent(ending, today).order_by(ASSIGNMENT.c.id).with_for_update())
    hanging = [one for one in locked if contains(ending.territory, one.territory)]
    others = list(session.scalars(_other_roles(ending)))
    found: list[Ending] = []
    for one in sorted(hanging, key=lambda one: (one.valid_from, one.id)):
        start = max(today, one.valid_from)
        until = start if one.user_id != ending.user_id else office_until(others, one.territory, start)
        if one.valid_until is None or until < one.valid_until:  # a substitution always ends
            found.append((one, until if until > start else None))
    return found


def _dependent(ending: Assignment, today: date) -> Select[Assignment]:
    """Return the substitutions that hang on an own role, of today or later; its holder's own, also of elsewhere."""
    table = ASSIGNMENT.c
    of_it = and_(
        table.substitutes_id == ending.user_id,
        table.role == ending.role,
        table.territory == ending.territory,
        table.organization_id.is_not_distinct_from(ending.organization_id),
        table.valid_until > ending.valid_from,
        table.valid_from < (ending.valid_until or date.max),
    )
    by_its_holder = and_(table.user_id == ending.user_id, table.substitutes_id.is_not(None), table.role.in_(OFFICE))
    hangs = or_(of_it, by_its_holder) if ending.role in OFFICE else of_it
    return select(Assignment).where(hangs, table.valid_until > today, table.revoked_at.is_(None))


def _other_roles(ending: Assignment) -> Select[Assignment]:
    """Return what else makes its holder one of some office."""
    table = ASSIGNMENT.c
    return select(Assignment).where(
        table.id != ending.id,
        table.user_id == ending.user_id,
        table.substitutes_id.is_(None),
        table.role.in_(OFFICE),
        table.revoked_at.is_(None),
    )


def changes(uow: UnitOfWork, ending: Sequence[Assignment], made: Sequence[Assignment] = ()) -> tuple[AccessChange, ...]:
    """Count what each person would lose, on the first day on which they would miss it and under each purpose.

    Parameters
    ----------
    uow : UnitOfWork
    ending : sequence of Assignment
        As they would be: taken away, or cut short.
    made : sequence of Assignment
        In their place; what they open is counted with it.
    """
    found: dict[Hashable, tuple[AccessChange, ...]] = {}
    here = rights.communes_counted(uow, [*ending, *made], "revoke")
    held = {one.user_id: _held(uow, one.user_id) for one in (*made, *ending)}
    rest = {who: _instead(some, ending, [a for a in made if a.user_id == who]) for who, some in held.items()}
    places = frozenset(chain.from_iterable(places_lost(uow, who, some) for who, some in rest.items()))
    leaves = any(duty_ends(one, rest[one.user_id], uow.today()) for one in ending)
    days = [max(uow.today(), one.valid_from) for one in made] + [_missed_from(one, uow.today()) for one in ending]
    for one, day in zip((*made, *ending), days, strict=True):
        role = Role(one.role)
        told = (one.user_id, day, MAIN_PURPOSE[role])
        if told in found:
            continue
        with uow.unscoped("whose rights change") as session:
            user = session.get_one(User, one.user_id)
        found[told] = compare(uow, Holdings(user, role, held[user.id], rest[user.id], day, places, leaves), here)
    return tuple(chain.from_iterable(found.values()))


def _held(uow: UnitOfWork, user_id: UUID) -> list[Assignment]:
    with uow.unscoped("what they hold") as session:
        return ever_held(session, user_id)


def _instead(held: Sequence[Assignment], ending: Sequence[Assignment], made: Sequence[Assignment]) -> list[Assignment]:
    """Return what somebody would hold afterwards."""
    would = {one.id: one for one in ending}
    return [*(would.get(one.id, one) for one in held), *made]


def _missed_from(one: Assignment, today: date) -> date:
    """Return the first day on which a role that would be taken away, or cut short, is missed."""
    cut = one.valid_until if one.revoked_at is None else None
    return cut or max(today, one.valid_from)

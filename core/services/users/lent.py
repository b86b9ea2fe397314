"""What was named by a right that was lent lasts no longer than that right (`docs/decisions/0010`)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from authz.scope import table_of
from core.clock import SANTIAGO
from core.database import ScopedSession
from core.models.users import Assignment
from core.services.territory import contains
from core.services.users import rights
from core.services.users.storing import ever_held
from core.unit_of_work import UnitOfWork

ASSIGNMENT = table_of(Assignment)
Ending = tuple[Assignment, date | None]


def assignments_named_by(uow: UnitOfWork, session: ScopedSession, ending: Sequence[Ending]) -> list[Ending]:
    """Return the covers that were named by roles which end, and from when none of the namer's others carries them.

    By its date no cover outlives the role that it was named by; this is for the role that is taken away before.

    Parameters
    ----------
    uow : UnitOfWork
    session : ScopedSession
    ending : sequence of (Assignment, date or None)
        Roles with the day on which each ends, None for at once; own ones lend nothing.

    Returns
    -------
    list of (Assignment, date or None)
    """
    naming, today = rights.naming_roles(uow), uow.today()
    ends = {one.id: until or today for one, until in ending}
    found: dict[UUID, Ending] = {}
    for worn in (one for one, _ in ending if one.substitutes_id is not None and one.role in naming):
        theirs = [one for one in ever_held(session, worn.user_id) if one.role in naming]
        for cover in _covers(session, worn, today):
            if _by_own_right(cover, theirs) or not _within(cover, worn) or cover.role in naming:
                continue
            end = max(_carried(cover, theirs, ends), default=today)
            if cover.valid_until is None or end < cover.valid_until:
                found[cover.id] = cover, end if end > max(today, cover.valid_from) else None
    return list(found.values())


def _covers(session: ScopedSession, worn: Assignment, today: date) -> list[Assignment]:
    """Return what whoever wears a role for somebody named, and is not over; also what another such role lent then."""
    table = ASSIGNMENT.c
    named = (table.granted_by == worn.user_id, table.substitutes_id.is_not(None))
    live = (table.revoked_at.is_(None), table.valid_until > today)
    return list(session.scalars(select(Assignment).where(*named, *live).order_by(table.id).with_for_update()))


def _by_own_right(cover: Assignment, held: Sequence[Assignment]) -> bool:
    """Whether whoever named a cover had a role of their own for it on that day."""
    day = cover.created_at.astimezone(SANTIAGO).date()
    own = [one for one in held if one.substitutes_id is None and one.valid_from <= day and _within(cover, one)]
    unended = [one for one in own if one.valid_until is None or one.valid_until > day]
    return any(one.revoked_at is None or one.revoked_at > cover.created_at for one in unended)


def _carried(cover: Assignment, held: Sequence[Assignment], ends: Mapping[UUID, date]) -> Iterator[date]:
    """Return until when each role that its namer wears for somebody, with what ends now, lets them name the cover."""
    for one in held:
        worn = one.substitutes_id not in (None, cover.substitutes_id) and one.revoked_at is None
        owed = one.granted_by == cover.user_id  # nobody is named by whom they named, see `substitute_until`
        if worn and not owed and one.valid_until and one.valid_from <= cover.valid_from and _within(cover, one):
            yield ends.get(one.id, one.valid_until)


def _within(cover: Assignment, role: Assignment) -> bool:
    return contains(role.territory, cover.territory)

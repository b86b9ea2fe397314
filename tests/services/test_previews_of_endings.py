"""What a preview tells of rights that end or are cut short, and on which day they would be missed."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import DataClass, Purpose, Role
from core.host import Host
from core.models.users import Assignment
from core.services.users import AccessChange, RightsChange, revoke_assignment
from tests.factories import a_team_member, a_user, actor, an_assignment, an_nna
from tests.services.staff import ADMIN, COORDINATOR, TODAY, another, covered, people
from tests.services.test_lent_rights import SICK, WEEK, YOLANDA, ZOILA, covers, lent, tries, worn

AWAY = actor(Role.FAMILY_THERAPIST)
SOON, LATER = TODAY + timedelta(3), TODAY + timedelta(20)
Told = tuple[UUID, date | None, date | None, UUID | None, str | None]


@pytest.fixture
def role(host: Host) -> UUID:
    """The lasting role of somebody whose other one ends soon; they cover a therapist of seven children for longer."""
    people(host, ADMIN, COORDINATOR, AWAY)
    with host.unit_of_work(None, "test") as uow:
        for _ in range(7):
            a_team_member(uow, an_nna(uow), AWAY, duty=Role.FAMILY_THERAPIST)
        user = a_user(uow, demo=False)
        lasting = an_assignment(uow, user)
        an_assignment(uow, user, role=Role.CHCC_PROFESSIONAL, valid_until=SOON)
        uow.session.commit()
    covered(host, AWAY, user.id, days=20)
    return lasting.id


def ends(host: Host, role: UUID, only: bool) -> RightsChange:
    with host.transaction(ADMIN, "revokeAssignment") as uow:
        return revoke_assignment(uow, role, None, "renunció", validate_only=only)


def told(change: RightsChange) -> list[Told]:
    return [
        (one.id, one.valid_until, one.revoked_at and one.revoked_at.date(), one.revoked_by, one.reason)
        for one in change.assignments
    ]


def named(change: AccessChange) -> tuple[int | None, int | None]:
    what = ("nna", DataClass.IDENTITY)
    return next((one.before, one.after) for one in change.reaches if (one.table, one.data) == what)


def test_a_preview_gives_roles_as_they_would_be_and_changes_none(host: Host, role: UUID) -> None:
    preview = told(ends(host, role, only=True))
    with host.unit_of_work(None, "test") as uow:
        stored = {one.id: (one.valid_until, one.revoked_at) for one in uow.session.scalars(select(Assignment))}
    assert [stored[one[0]] for one in preview] == [(None, None), (LATER, None)]
    assert preview == told(ends(host, role, only=False))
    assert [one[1] for one in preview] == [None, SOON]


def test_what_is_cut_short_is_counted_on_the_day_of_its_cut(host: Host, role: UUID) -> None:
    at_once, later = ends(host, role, only=True).preview
    assert (at_once.valid_from, later.valid_from) == (TODAY, SOON)
    assert (named(at_once), named(later)) == ((5, 5), (5, None))
    assert later.purpose is Purpose.CARE


def test_a_cover_that_goes_on_for_some_days_is_counted_for_whoever_makes_it(host: Host) -> None:
    people(host, COORDINATOR, another(COORDINATOR), ADMIN, SICK, YOLANDA, ZOILA)
    lent(host, COORDINATOR, COORDINATOR)
    assert tries(host, YOLANDA, covers(SICK, ZOILA, until=WEEK))
    first = worn(host, YOLANDA)
    with host.transaction(ADMIN, "setSubstitute") as uow:
        covers(another(COORDINATOR), YOLANDA, until=SOON)(uow)
    preview = ends(host, first.id, only=True)
    assert [(one.user_id, one.valid_from) for one in preview.preview] == [
        (YOLANDA.user_id, TODAY),
        (ZOILA.user_id, SOON),
    ]

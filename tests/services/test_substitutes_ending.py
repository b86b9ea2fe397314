"""A substitution ends with what it hangs on, by whoever may name substitutes, and takes nobody's own role along."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authz.actor import DataClass, Role
from authz.guard import AccessDenied
from core.host import Host
from core.models.users import Assignment
from core.services.users import ReachDirection, Substitution, revoke_assignment, set_substitute
from tests.factories import a_user, actor, an_assignment
from tests.services.staff import (
    ADMIN,
    COORDINATOR,
    MANAGER,
    TODAY,
    another,
    children,
    covered,
    give,
    loaded,
    own_role,
    people,
    somebody,
)


def test_who_names_a_substitute_may_end_the_substitution_and_nothing_else(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, COORDINATOR, manager)
    made, own = covered(host, manager, somebody(host)), own_role(host, manager.user_id)
    with host.transaction(COORDINATOR, "revokeAssignment") as uow:
        assert revoke_assignment(uow, made.id, 1, "volvió antes").assignments[0].revoked_at
        with pytest.raises(AccessDenied, match="Sus roles no permiten quitar roles"):
            revoke_assignment(uow, own.id, None, "x")


def test_who_may_name_no_substitutes_ends_none(host: Host) -> None:
    manager, colleague = actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
    people(host, COORDINATOR, manager, colleague)
    made = covered(host, manager, somebody(host))
    with host.transaction(colleague, "revokeAssignment") as uow, pytest.raises(AccessDenied):
        revoke_assignment(uow, made.id, None, "x")


def test_a_coordinator_does_not_end_who_stands_in_for_whoever_grants(host: Host) -> None:
    stand_in, boss = somebody(host), another(ADMIN)
    people(host, COORDINATOR, ADMIN, boss)
    with host.transaction(boss, "setSubstitute") as uow:
        until = TODAY + timedelta(5)
        (made,) = set_substitute(uow, Substitution(ADMIN.user_id, stand_in, TODAY, until)).assignments
    with host.transaction(COORDINATOR, "revokeAssignment") as uow, pytest.raises(AccessDenied):
        revoke_assignment(uow, made.id, None, "x")


def test_the_preview_of_a_revocation_says_who_loses_what_with_it(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, ADMIN, COORDINATOR, manager)
    children(host, team=manager)
    stand_in, later = somebody(host), somebody(host)
    covered(host, manager, stand_in)
    covered(host, manager, later, start=TODAY + timedelta(30))
    with host.unit_of_work(ADMIN, "revokeAssignment") as uow:
        told = revoke_assignment(uow, own_role(host, manager.user_id).id, None, "x", validate_only=True)
    lost = {c.user_id: {(r.table, r.data): r.direction for r in c.reaches} for c in told.preview}
    assert list(lost) == [manager.user_id, stand_in, later]
    assert {one["nna", DataClass.IDENTITY] for one in lost.values()} == {ReachDirection.LOSES}
    assert len(told.assignments) == 3


def test_ending_a_substitution_leaves_who_stands_in_for_the_substitute(host: Host) -> None:
    """Both are case managers: one is away, the other covers, and is covered on some days for her own cases."""
    away = actor(Role.CASE_MANAGER)
    covering = another(away)
    people(host, COORDINATOR, away, covering)
    covers = covered(host, away, covering.user_id)
    other = covered(host, covering, somebody(host))
    with host.transaction(COORDINATOR, "revokeAssignment") as uow:
        assert [one.id for one in revoke_assignment(uow, covers.id, None, "volvió").assignments] == [covers.id]
    with host.unit_of_work(None, "test") as uow:
        assert uow.session.get_one(Assignment, other.id).revoked_at is None


@pytest.mark.parametrize("only", [False, True])
def test_with_a_substitution_ends_nobodys_own_role_that_has_an_end(host: Host, only: bool) -> None:
    manager, coming_back = actor(Role.CASE_MANAGER), TODAY + timedelta(300)
    people(host, ADMIN, COORDINATOR)
    with host.unit_of_work(None, "test") as uow:
        an_assignment(uow, a_user(uow, demo=False, id=manager.user_id), valid_until=coming_back)
        uow.session.commit()
    stand_in, colleague = somebody(host), somebody(host)
    give(host, colleague, replace(MANAGER, valid_until=coming_back))
    made = covered(host, manager, stand_in)
    with host.transaction(COORDINATOR, "revokeAssignment") as uow:
        told = revoke_assignment(uow, made.id, None, "volvió", validate_only=only)
    assert [one.id for one in told.assignments] == [made.id]
    assert [change.user_id for change in told.preview] == [stand_in] * only
    assert len(loaded(host, manager.user_id).hats) == 1 and len(loaded(host, colleague).hats) == 2


def test_the_end_of_the_next_contract_leaves_who_covers_in_this_one(host: Host) -> None:
    manager, next_year = actor(Role.CASE_MANAGER), TODAY + timedelta(60)
    people(host, ADMIN, COORDINATOR)
    with host.unit_of_work(None, "test") as uow:
        user = a_user(uow, demo=False, id=manager.user_id)
        an_assignment(uow, user, valid_until=next_year)
        later = an_assignment(uow, user, valid_from=next_year)
        uow.session.commit()
    covered(host, manager, somebody(host))
    with host.transaction(ADMIN, "revokeAssignment") as uow:
        assert [one.id for one in revoke_assignment(uow, later.id, None, "x").assignments] == [later.id]

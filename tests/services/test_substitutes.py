"""Somebody stands in for who is absent: that one's caseload, with that one's role, for those days."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from authz.actor import DataClass, Role
from authz.guard import AccessDenied
from core.errors import InvalidInput, NotFound
from core.host import Host
from core.models.people import Nna, TeamMember
from core.models.users import Assignment
from core.services.errors import NotInTheOffice
from core.services.people import NnaData, WorkerData, assign_worker, register_nna
from core.services.users import Substitution, revoke_assignment, set_substitute
from core.services.users.footing import OwnRights
from core.services.users.words import AlreadyGranted, NothingToSubstitute, NotOfTheOffice
from tests.factories import a_user, actor, an_assignment, an_organization
from tests.services.staff import (
    ADMIN,
    COORDINATOR,
    TODAY,
    children,
    covered,
    give,
    loaded,
    people,
    somebody,
)


def test_a_substitute_has_the_caseload_for_those_days_and_no_longer(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, COORDINATOR, manager)
    (mine, *_) = children(host, team=manager)
    stand_in = somebody(host)
    until = TODAY + timedelta(days=5)
    wanted = Substitution(manager.user_id, stand_in, TODAY, until, "vacaciones")
    with host.unit_of_work(COORDINATOR, "setSubstitute") as uow:
        told = set_substitute(uow, wanted, validate_only=True)
        reaches = {(r.table, r.data): (r.before, r.after, r.exact) for r in told.preview[0].reaches}
        assert reaches["nna", DataClass.IDENTITY] == (0, 1, True)
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        set_substitute(uow, wanted)
    worn = loaded(host, stand_in)
    assert worn.personas == (None, manager.user_id)
    signed = replace(worn, signed=True)
    with host.unit_of_work(signed, "test") as uow:
        uow.require("nna", "read", uow.get(Nna, mine), DataClass.IDENTITY)
    assert loaded(host, stand_in, today=until).personas == (None,)


def test_a_substitute_keeps_both_caseloads_apart(host: Host) -> None:
    """A therapist covers for a case manager: each caseload shows what its own role shows, until the last day."""
    manager, therapist = actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
    people(host, COORDINATOR, manager, therapist)
    theirs, mine = (children(host, 1, team=one)[0] for one in (manager, therapist))
    until = TODAY + timedelta(days=5)
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        set_substitute(uow, Substitution(manager.user_id, therapist.user_id, TODAY, until))
    with host.unit_of_work(replace(loaded(host, therapist.user_id), signed=True), "test") as uow:
        mine_row, their_row = uow.get(Nna, mine), uow.get(Nna, theirs)
        for row in (mine_row, their_row):
            uow.require("nna", "read", row, DataClass.HEALTH)
        uow.require("nna", "edit", their_row)
        uow.require("nna", "read", their_row, DataClass.JUDICIAL)
        with pytest.raises(AccessDenied):
            uow.require("nna", "read", mine_row, DataClass.JUDICIAL)
        with pytest.raises(AccessDenied):
            uow.require("nna", "edit", mine_row)
    with host.unit_of_work(replace(loaded(host, therapist.user_id, today=until), signed=True), "test") as uow:
        uow.get(Nna, mine)
        with pytest.raises(NotFound):
            uow.get(Nna, theirs)


def test_what_a_substitution_would_open_is_the_absent_persons_alone(host: Host) -> None:
    manager, therapist = actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
    people(host, COORDINATOR, manager, therapist)
    children(host, team=manager)
    children(host, 2, team=therapist)
    wanted = Substitution(manager.user_id, therapist.user_id, TODAY, TODAY + timedelta(days=5))
    with host.unit_of_work(COORDINATOR, "setSubstitute") as uow:
        told = set_substitute(uow, wanted, validate_only=True)
    reaches = {(r.table, r.data): (r.before, r.after) for r in told.preview[0].reaches}
    assert reaches["nna", DataClass.BASIC] == (1, 5)
    assert reaches["nna", DataClass.HEALTH] == (1, 2)
    assert reaches["nna", DataClass.JUDICIAL] == (0, 1)


def test_a_substitution_ends_with_the_role_it_stood_in_for(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, ADMIN, manager)
    stand_in = somebody(host)
    with host.transaction(ADMIN, "x") as uow:
        set_substitute(uow, Substitution(manager.user_id, stand_in, TODAY, TODAY + timedelta(5)))
    with host.transaction(ADMIN, "x") as uow:
        (held,) = [a for a in uow.session.scalars(select(Assignment)) if a.user_id == manager.user_id]
        assert len(revoke_assignment(uow, held.id, 1, "renunció").assignments) == 2
    assert loaded(host, stand_in).personas == (None,)


def test_nobody_makes_themselves_a_substitute_and_a_coordinator_makes_no_administrator(host: Host) -> None:
    people(host, COORDINATOR, ADMIN)
    stand_in = somebody(host)
    until = TODAY + timedelta(5)
    with host.unit_of_work(COORDINATOR, "x") as uow:
        with pytest.raises(OwnRights):
            set_substitute(uow, Substitution(ADMIN.user_id, COORDINATOR.user_id, TODAY, until))
        with pytest.raises(AccessDenied):
            set_substitute(uow, Substitution(ADMIN.user_id, stand_in, TODAY, until))


def test_who_holds_nothing_is_not_stood_in_for(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, ADMIN, manager)
    stand_in = somebody(host)
    with host.transaction(ADMIN, "x") as uow:
        (held,) = [a for a in uow.session.scalars(select(Assignment)) if a.user_id == manager.user_id]
        revoke_assignment(uow, held.id, 1, "renunció")
        with pytest.raises(NothingToSubstitute):
            set_substitute(uow, Substitution(manager.user_id, stand_in, TODAY, TODAY + timedelta(5)))


def test_a_child_registered_in_somebodys_absence_is_of_that_ones_caseload(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, COORDINATOR, manager)
    stand_in = somebody(host)
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        set_substitute(uow, Substitution(manager.user_id, stand_in, TODAY, TODAY + timedelta(days=5)))
    with host.transaction(replace(loaded(host, stand_in), signed=True), "registerNna") as uow:
        known = NnaData("13101", "Ayün", "Rapimán", birth_date=date(2018, 4, 5))
        nna = register_nna(uow, known)
    with host.unit_of_work(replace(loaded(host, stand_in), signed=True), "test") as uow:
        uow.require("nna", "read", uow.get(Nna, nna.id), DataClass.IDENTITY)
    with host.unit_of_work(None, "test") as uow:
        (member,) = uow.session.scalars(select(TeamMember))
        assert (member.nna_id, member.user_id, member.duty) == (nna.id, manager.user_id, Role.CASE_MANAGER)
    with host.unit_of_work(COORDINATOR, "test") as uow, pytest.raises(NotInTheOffice):
        assign_worker(uow, WorkerData(nna.id, stand_in, Role.CASE_MANAGER, TODAY))


def test_the_same_substitution_is_made_once_and_may_follow_another(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, COORDINATOR, manager)
    stand_in = somebody(host)
    first = Substitution(manager.user_id, stand_in, TODAY, TODAY + timedelta(days=5))
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        set_substitute(uow, first)
    for again in (first, replace(first, valid_from=TODAY + timedelta(days=4), valid_until=TODAY + timedelta(days=9))):
        with host.transaction(COORDINATOR, "setSubstitute") as uow, pytest.raises(AlreadyGranted):
            set_substitute(uow, again)
    later = replace(first, valid_from=first.valid_until, valid_until=TODAY + timedelta(days=9))
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        assert len(set_substitute(uow, later).assignments) == 1


def test_a_role_is_given_once(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    give(host, user)
    with pytest.raises(AlreadyGranted):
        give(host, user)


@pytest.mark.parametrize("role", [Role.SECTOR_PARTNER, Role.MUNICIPAL_ADMIN])
def test_nobody_from_outside_the_office_stands_in_for_its_team(host: Host, role: Role) -> None:
    manager, outside = actor(Role.CASE_MANAGER), actor(role)
    people(host, COORDINATOR, manager, outside)
    wanted = Substitution(manager.user_id, outside.user_id, TODAY, TODAY + timedelta(days=5))
    with host.transaction(COORDINATOR, "setSubstitute") as uow, pytest.raises(NotOfTheOffice):
        set_substitute(uow, wanted)


def test_only_somebody_of_the_institution_speaks_for_it(host: Host) -> None:
    therapist = actor(Role.FAMILY_THERAPIST)
    people(host, COORDINATOR, therapist)
    with host.unit_of_work(None, "test") as uow:
        school = an_organization(uow)
        teacher, colleague = (a_user(uow, demo=False) for _ in range(2))
        for one in (teacher, colleague):
            an_assignment(uow, one, role=Role.SECTOR_PARTNER, organization_id=school.id)
        uow.session.commit()
    days = (TODAY, TODAY + timedelta(days=5))
    with host.transaction(COORDINATOR, "setSubstitute") as uow:
        with pytest.raises(NotOfTheOffice, match="institución"):
            set_substitute(uow, Substitution(teacher.id, therapist.user_id, *days))
        assert set_substitute(uow, Substitution(teacher.id, colleague.id, *days)).assignments


def test_whoever_has_left_the_office_by_then_does_not_stand_in(host: Host) -> None:
    manager, leaving = actor(Role.CASE_MANAGER), actor(Role.FAMILY_THERAPIST)
    people(host, COORDINATOR, manager)
    with host.unit_of_work(None, "test") as uow:
        user = a_user(uow, demo=False, id=leaving.user_id)
        an_assignment(uow, user, role=Role.FAMILY_THERAPIST, valid_until=TODAY + timedelta(days=3))
        partner = an_assignment(uow, user, role=Role.SECTOR_PARTNER)
        uow.session.commit()
    assert partner.valid_until is None  # so the office still knows of them
    for start, works in ((TODAY + timedelta(days=4), False), (TODAY, True)):
        wanted = Substitution(manager.user_id, user.id, start, start + timedelta(days=2))
        with host.transaction(COORDINATOR, "setSubstitute") as uow:
            if works:
                assert set_substitute(uow, wanted).assignments
            else:
                with pytest.raises(NotOfTheOffice):
                    set_substitute(uow, wanted)


def test_a_substitution_lasts_a_year_at_most(host: Host) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, COORDINATOR, manager)
    stand_in = somebody(host)
    with pytest.raises(InvalidInput, match="a lo más 12 meses: hasta el 20-11-2027") as refused:
        covered(host, manager, stand_in, days=366)
    assert refused.value.field == "input.validUntil"
    assert covered(host, manager, stand_in, days=365).valid_until == date(2027, 11, 20)


@pytest.mark.parametrize(("start", "field"), [(date(9999, 6, 1), "input.validFrom"), (TODAY, "input.validUntil")])
def test_a_substitution_at_the_end_of_the_calendar_is_refused_in_words(host: Host, start: date, field: str) -> None:
    manager = actor(Role.CASE_MANAGER)
    people(host, COORDINATOR, manager)
    wanted = Substitution(manager.user_id, somebody(host), start, date.max)
    with host.transaction(COORDINATOR, "setSubstitute") as uow, pytest.raises(InvalidInput) as refused:
        set_substitute(uow, wanted)
    assert refused.value.field == field

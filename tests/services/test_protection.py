"""Setting and lifting a protection: whoever may edit a child sets it, and its own team lifts it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import Actor, Hat, Role
from authz.guard import AccessDenied
from core.errors import NotFound
from core.host import Host
from core.models.families import FamilyMember, FamilyRole
from core.models.people import Nna
from core.services.errors import ProtectionStays
from core.services.families import FamilyMemberData, add_family_member, leave_family
from core.services.people import AddressData, add_address, set_protection
from tests.factories import (
    COLINA,
    SANTIAGO,
    SINCE,
    a_family,
    a_member,
    a_relative,
    a_team_member,
    a_user,
    actor,
    an_nna,
    stored,
)

COORDINATOR, MANAGER = actor(Role.COORDINATOR), actor(Role.CASE_MANAGER)
THERAPIST, OTHER = actor(Role.FAMILY_THERAPIST), actor(Role.CASE_MANAGER, user_id=UUID(int=77))


def protected(host: Host, *team: Actor, until: date | None = None) -> Nna:
    with stored(host) as uow:
        for one in (COORDINATOR, MANAGER, THERAPIST):
            a_user(uow, one)
        nna = an_nna(uow, protected_address=True, no_contact=True)
        for worker in team:
            a_team_member(uow, nna, worker, valid_until=until)
    return nna


def set_by(host: Host, who: Actor | None, nna: Nna, address: bool, contact: bool) -> tuple[bool, bool]:
    with host.unit_of_work(who, "setProtection") as uow:
        told = set_protection(uow, nna.id, address, contact, None)
        return told.protected_address, told.no_contact


@pytest.mark.parametrize(("address", "contact"), [(False, False), (True, False), (False, True)])
def test_who_is_kept_out_by_a_protection_does_not_lift_it(host: Host, address: bool, contact: bool) -> None:
    nna = protected(host, MANAGER)
    with pytest.raises(ProtectionStays, match="equipo"):
        set_by(host, COORDINATOR, nna, address, contact)
    assert set_by(host, COORDINATOR, nna, True, True) == (True, True)


def test_the_team_lifts_a_protection(host: Host) -> None:
    nna = protected(host, MANAGER)
    assert set_by(host, MANAGER, nna, False, False) == (False, False)


def test_a_coordinator_on_the_team_lifts_a_protection(host: Host) -> None:
    nna = protected(host, MANAGER, COORDINATOR)
    assert set_by(host, COORDINATOR, nna, True, False) == (True, False)


def test_where_nobody_is_on_the_team_the_coordinator_lifts_it(host: Host) -> None:
    assert set_by(host, COORDINATOR, protected(host), False, False) == (False, False)


def test_a_team_of_the_past_is_none(host: Host) -> None:
    nna = protected(host, MANAGER, until=SINCE.replace(month=3))
    assert set_by(host, COORDINATOR, nna, False, False) == (False, False)
    with pytest.raises(AccessDenied):
        set_by(host, MANAGER, nna, False, False)


def test_who_may_edit_a_child_protects_it(host: Host) -> None:
    nna = protected(host, MANAGER)
    assert set_by(host, MANAGER, nna, False, True) == (False, True)
    assert set_by(host, COORDINATOR, nna, True, True) == (True, True)


def test_a_place_on_the_team_without_the_right_to_edit_lifts_nothing(host: Host) -> None:
    nna = protected(host, THERAPIST)
    with pytest.raises(AccessDenied):
        set_by(host, THERAPIST, nna, False, False)


@pytest.mark.parametrize(("team", "lifts"), [((MANAGER,), True), ((THERAPIST,), False)])
def test_who_stands_in_lifts_it_where_the_absent_one_is_on_the_team(
    host: Host, team: tuple[Actor, ...], lifts: bool
) -> None:
    """Their own place comes with a role that may not edit, and the absent one's role with the absent one's place."""
    nna = protected(host, *team)
    coordinator = Hat(Role.COORDINATOR, frozenset({SANTIAGO}), stands_for=MANAGER.user_id)
    elsewhere = Hat(Role.COORDINATOR, frozenset({COLINA}))
    stand_in = replace(THERAPIST, purpose=COORDINATOR.purpose, hats=(*THERAPIST.hats, elsewhere, coordinator))
    if lifts:
        assert set_by(host, stand_in, nna, False, False) == (False, False)
    else:
        with pytest.raises(ProtectionStays):
            set_by(host, stand_in, nna, False, False)


def home(host: Host, *team: Actor) -> dict[str, FamilyMember]:
    """A protected girl with this team, her brother in the care of the manager, and their mother."""
    girl = protected(host, *team)
    with stored(host) as uow:
        brother = an_nna(uow)
        a_team_member(uow, brother, MANAGER)
        family = a_family(uow, uow.session.get_one(Nna, girl.id), brother)
        a_member(uow, family, relative=a_relative(uow))
        names = {girl.id: "girl", brother.id: "brother", None: "mother"}
        return {names[member.nna_id]: member for member in uow.session.scalars(select(FamilyMember))}


@pytest.mark.parametrize("who", [MANAGER, COORDINATOR])
@pytest.mark.parametrize("name", ["brother", "mother"])
def test_nobody_is_taken_from_under_a_protection_by_who_may_not_lift_it(host: Host, who: Actor, name: str) -> None:
    members = home(host, THERAPIST)
    with host.unit_of_work(who, "leaveFamily") as uow, pytest.raises(ProtectionStays):
        leave_family(uow, members[name].id, uow.today(), None)


def test_nor_is_a_child_moved_to_another_family(host: Host) -> None:
    members = home(host, THERAPIST)
    with stored(host) as uow:
        other = a_family(uow)
    moved = FamilyMemberData(other.id, FamilyRole.CHILD, nna_id=members["brother"].nna_id)
    with host.unit_of_work(COORDINATOR, "addFamilyMember") as uow, pytest.raises(ProtectionStays):
        add_family_member(uow, moved)


@pytest.mark.parametrize("team", [(MANAGER,), ()])
def test_the_team_says_who_left_and_the_coordinator_where_there_is_none(host: Host, team: tuple[Actor, ...]) -> None:
    members, who = home(host, *team), MANAGER if team else COORDINATOR
    with host.unit_of_work(who, "leaveFamily") as uow:
        assert leave_family(uow, members["brother"].id, uow.today(), None).valid_until == uow.today()


@pytest.mark.parametrize("name", ["brother", "mother"])
def test_where_she_has_no_team_nobody_but_the_coordinator_says_who_left(host: Host, name: str) -> None:
    """A protection from a file has no team yet, and whoever works with her brother is not the coordination."""
    members = home(host)
    with host.unit_of_work(MANAGER, "leaveFamily") as uow, pytest.raises(ProtectionStays):
        leave_family(uow, members[name].id, uow.today(), None)


def test_who_left_a_protected_home_is_not_called_by_way_of_another_that_somebody_writes(host: Host) -> None:
    members = home(host, THERAPIST)
    with host.unit_of_work(None, "test") as uow:
        leave_family(uow, members["mother"].id, uow.today(), None)
        hers = an_nna(uow)
        other = a_family(uow, hers)
        a_team_member(uow, hers, MANAGER)
        uow.session.commit()
    brought = FamilyMemberData(other.id, FamilyRole.OTHER_RELATIVE, relative_id=members["mother"].relative_id)
    with host.unit_of_work(MANAGER, "addFamilyMember") as uow, pytest.raises(ProtectionStays):
        add_family_member(uow, brought)
    back = FamilyMemberData(members["mother"].family_id, FamilyRole.MOTHER, relative_id=brought.relative_id)
    with host.unit_of_work(MANAGER, "addFamilyMember") as uow:
        assert add_family_member(uow, back).relative_id == brought.relative_id


def test_a_relative_of_another_home_is_brought_by_who_may_change_both(host: Host) -> None:
    members = home(host, MANAGER)
    with stored(host) as uow:
        hers = an_nna(uow)
        other = a_family(uow, hers)
        a_user(uow, OTHER, username="other.13101")
        a_team_member(uow, hers, OTHER)
    brought = FamilyMemberData(other.id, FamilyRole.MOTHER, relative_id=members["mother"].relative_id)
    with host.unit_of_work(OTHER, "addFamilyMember") as uow, pytest.raises((AccessDenied, NotFound)):
        add_family_member(uow, brought)
    with host.unit_of_work(COORDINATOR, "addFamilyMember") as uow:
        assert add_family_member(uow, brought).relative_id == members["mother"].relative_id


def test_to_protect_an_address_is_to_protect_the_child(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        nna = an_nna(uow)
        add_address(uow, AddressData(nna.id, SANTIAGO, "Oculta", protected=True))
        assert nna.protected_address

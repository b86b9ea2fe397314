"""Setting and lifting a protection: whoever may edit a child sets it, and its own team lifts it."""

from dataclasses import replace
from datetime import date

import pytest

from authz.actor import Actor, Hat, Role
from authz.guard import AccessDenied
from core.host import Host
from core.models.people import Nna
from core.services.errors import ProtectionStays
from core.services.people import set_protection
from tests.factories import COLINA, SANTIAGO, SINCE, a_team_member, a_user, actor, an_nna

COORDINATOR, MANAGER = actor(Role.COORDINATOR), actor(Role.CASE_MANAGER)
THERAPIST = actor(Role.FAMILY_THERAPIST)


def protected(host: Host, *team: Actor, until: date | None = None) -> Nna:
    with host.unit_of_work(None, "test") as uow:
        for one in (COORDINATOR, MANAGER, THERAPIST):
            a_user(uow, one)
        nna = an_nna(uow, protected_address=True, no_contact=True)
        for worker in team:
            a_team_member(uow, nna, worker, valid_until=until)
        uow.session.commit()
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

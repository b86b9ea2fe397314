"""What an institution sees of a child that was referred to it, and that it sees it where it works and nowhere else."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from authz.actor import Actor, Ambit, DataClass, Hat, Purpose, Role
from authz.arms import Arm
from authz.guard import AccessDenied
from core.errors import NotFound
from core.host import Host
from core.models.organizations import AccessGrant
from core.models.people import Nna, TeamMember
from tests.factories import COLINA, SANTIAGO, a_grant, a_team_member, a_user, actor, an_alert, an_nna, an_organization

HERE, THERE = frozenset({SANTIAGO}), frozenset({COLINA})
ENDED = date(2026, 3, 1)


def partner(*places: tuple[frozenset[str], object]) -> Actor:
    hats = tuple(Hat(Role.SECTOR_PARTNER, communes, one.id) for communes, one in places)  # type: ignore[attr-defined]
    return Actor(actor(Role.SECTOR_PARTNER).user_id, "partner", Purpose.REFERRAL, hats)


def test_an_institution_of_one_commune_is_not_worn_in_another(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        school, hospital = an_organization(uow), an_organization(uow, commune_code=COLINA)
        crossed, own = an_nna(uow), an_nna(uow, commune_code=COLINA)
        for nna in (crossed, own):
            a_grant(uow, nna, hospital, with_identity=True)
        alerts = [an_alert(uow, nna, organization_id=hospital.id) for nna in (crossed, own)]
        uow.session.commit()
    with host.unit_of_work(partner((HERE, school), (THERE, hospital)), "read") as uow:
        assert [nna.id for nna in uow.session.scalars(select(Nna))] == [own.id]
        uow.require("nna", "read", uow.get(Nna, own.id), DataClass.IDENTITY)
        uow.get(type(alerts[1]), alerts[1].id)
        for model, row in ((Nna, crossed), (type(alerts[0]), alerts[0])):
            with pytest.raises(NotFound):
                uow.get(model, row.id)


def test_each_arm_by_referral_carries_its_institution(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        school, hospital = an_organization(uow), an_organization(uow, commune_code=COLINA)
        uow.session.commit()
    both = partner((HERE, school), (THERE, hospital), (HERE, hospital))
    assert set(host.guard.arms(both, "nna", "read", DataClass.BASIC)) == {
        Arm(Ambit.REFERRED, HERE, organization=school.id),
        Arm(Ambit.REFERRED, HERE | THERE, organization=hospital.id),
    }


def test_partners_of_different_institutions_share_their_plans_and_no_values(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        one, other = an_organization(uow), an_organization(uow)
        nna = an_nna(uow)
        a_grant(uow, nna, one)
        uow.session.commit()
    first, second = (host.access(partner((HERE, school))) for school in (one, other))
    crossed = host.access(partner((HERE, one), (THERE, other)))
    assert first.shape == second.shape != crossed.shape
    assert one.id.hex not in repr(first.shape) and str(one.id) not in repr(first.shape)
    for access, found in ((first, [nna.id]), (second, []), (first, [nna.id])):
        t = access.scopes["nna"].table
        with host.database.connect() as connection:
            statement = select(t.c.id).where(access.literal(access.row("nna", t)))
            assert list(connection.execute(statement).scalars()) == found


def test_a_partner_without_an_institution_reaches_nothing(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        a_grant(uow, an_nna(uow), an_organization(uow))
        uow.session.commit()
    nobody = replace(partner(), hats=(Hat(Role.SECTOR_PARTNER, HERE),))
    with host.unit_of_work(nobody, "read") as uow:
        assert uow.session.scalars(select(Nna)).all() == []


def test_an_institution_sees_its_own_grants_in_force_and_no_others(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        school, programme = an_organization(uow), an_organization(uow)
        nna = an_nna(uow)
        mine = a_grant(uow, nna, school)
        a_grant(uow, nna, school, valid_until=ENDED)
        a_grant(uow, nna, programme, with_identity=True)
        a_grant(uow, nna, programme, valid_until=ENDED)
        uow.session.commit()
    with host.unit_of_work(partner((HERE, school)), "read") as uow:
        assert [one.id for one in uow.session.scalars(select(AccessGrant))] == [mine.id]
    with host.unit_of_work(actor(Role.COORDINATOR), "read") as uow:
        assert len(uow.session.scalars(select(AccessGrant)).all()) == 4


@pytest.mark.parametrize("with_identity", [False, True])
def test_an_institution_does_not_see_who_of_the_office_works_with_the_child(host: Host, with_identity: bool) -> None:
    manager = actor(Role.CASE_MANAGER)
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, manager)
        school, nna = an_organization(uow), an_nna(uow)
        a_grant(uow, nna, school, with_identity=with_identity)
        a_team_member(uow, nna, manager)
        uow.session.commit()
    with host.unit_of_work(partner((HERE, school)), "read") as uow:
        assert uow.get(Nna, nna.id)
        assert uow.session.scalars(select(TeamMember)).all() == []
        with pytest.raises(AccessDenied):
            uow.require_known(TeamMember)
    with host.unit_of_work(manager, "read") as uow:
        assert len(uow.session.scalars(select(TeamMember)).all()) == 1

"""What a preview tells of other communes, of caseloads and of sealed children: nothing that could be reckoned."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from authz.actor import Actor, DataClass, Role
from core.host import Host
from core.models.users import User
from core.services.users import AccessChange, Grant, Invitation, Substitution, invite_user, set_substitute
from core.settings import DEVELOPMENT_ISSUER
from tests.factories import COLINA, SANTIAGO, a_team_member, actor, an_assignment, an_nna
from tests.services.staff import ADMIN, COORDINATOR, TODAY, children, give, people, somebody

NAMED = ("nna", DataClass.IDENTITY)
FAR = actor(Role.COORDINATOR, COLINA)


def manager(n: int) -> Actor:
    return replace(actor(Role.CASE_MANAGER), user_id=UUID(int=100 + n), username=f"manager.{n}")


def cases(host: Host, who: UUID, number: int, commune: str = SANTIAGO) -> None:
    with host.unit_of_work(None, "test") as uow:
        for _ in range(number):
            a_team_member(uow, an_nna(uow, commune_code=commune), who)
        uow.session.commit()


def covering(host: Host, absent: UUID, stand_in: UUID, by: Actor, only: bool = True) -> AccessChange | None:
    with host.transaction(by, "setSubstitute") as uow:
        wanted = Substitution(absent, stand_in, TODAY, TODAY + timedelta(5))
        return next(iter(set_substitute(uow, wanted, validate_only=only).preview), None)


def figures(change: AccessChange | None, what: tuple[str, DataClass] = NAMED) -> tuple[int | None, int | None, bool]:
    assert change
    (reach,) = [one for one in change.reaches if (one.table, one.data) == what]
    return reach.before, reach.after, reach.exact


def test_no_number_of_a_commune_that_is_not_ones_own_can_be_reckoned_from_those_that_are_told(host: Host) -> None:
    """Known caseloads added to an unknown one, and rounded, would tell that one to the unit."""
    team = [manager(n) for n in range(1, 6)]
    people(host, COORDINATOR, *team)
    stand_in = somebody(host)
    with host.unit_of_work(None, "test") as uow:
        an_assignment(uow, uow.session.get_one(User, stand_in), territory=COLINA)
        uow.session.commit()
    cases(host, stand_in, 7, COLINA)
    for n, one in enumerate(team, start=5):
        cases(host, one.user_id, n)
        told = covering(host, one.user_id, stand_in, COORDINATOR)
        assert figures(told) == (0, n, True)
        assert told and told.elsewhere


def test_who_invites_somebody_of_another_commune_is_told_no_figure_of_it(host: Host) -> None:
    people(host, ADMIN, FAR)
    children(host, 12, COLINA)
    children(host, 6)
    with host.unit_of_work(None, "test") as uow:
        far = uow.session.get_one(User, FAR.user_id)
        far.issuer, far.subject = DEVELOPMENT_ISSUER, "far"
        uow.session.add(far)
        uow.session.commit()
    known = Invitation(FAR.username, "x", "far", Grant(Role.COORDINATOR, SANTIAGO, TODAY), DEVELOPMENT_ISSUER)
    new = replace(known, username="paula.rojas", subject="paula")
    with host.unit_of_work(ADMIN, "inviteUser") as uow:
        (told,), (of_nobody,) = (invite_user(uow, one, validate_only=True).preview for one in (known, new))
    assert told.elsewhere and not of_nobody.elsewhere
    assert told.reaches == of_nobody.reaches


def test_who_administers_two_communes_is_told_of_both_and_nothing_is_elsewhere(host: Host) -> None:
    both = replace(ADMIN, hats=(*ADMIN.hats, *actor(Role.MUNICIPAL_ADMIN, COLINA).hats))
    people(host, both)
    children(host, 6)
    children(host, 8, COLINA)
    user = somebody(host)
    give(host, user, by=both)
    (told,) = give(host, user, Grant(Role.CASE_MANAGER, COLINA, TODAY), by=both, validate_only=True).preview
    assert figures(told, ("nna", DataClass.BASIC)) == (5, 15, False)  # 5 and 10, and not the 15 that 14 would be
    assert not told.elsewhere


@pytest.mark.parametrize("known", [5, 6, 7, 8, 9])
def test_a_small_caseload_is_not_told_by_adding_it_to_others(host: Host, known: int) -> None:
    """Whoever administers sees no child; beside a caseload of any size four look like none, before and afterwards."""
    absent, stand_in = manager(1), manager(2)
    people(host, ADMIN, absent, stand_in)
    cases(host, absent.user_id, 4)
    cases(host, stand_in.user_id, known)
    told = covering(host, absent.user_id, stand_in.user_id, ADMIN)
    alone = (known + 2) // 5 * 5
    assert figures(told) == (alone, alone, False)
    covering(host, absent.user_id, stand_in.user_id, ADMIN, only=False)
    people(host, third := manager(3))
    assert figures(covering(host, third.user_id, stand_in.user_id, ADMIN)) == (alone, alone, False)


@pytest.mark.parametrize("by", [ADMIN, COORDINATOR])
def test_no_two_classes_of_the_same_children_differ_by_those_that_are_sealed(host: Host, by: Actor) -> None:
    people(host, ADMIN, COORDINATOR, replace(COORDINATOR, user_id=UUID(int=9), username="other"))
    with host.unit_of_work(None, "test") as uow:
        for sealed in (False,) * 8 + (True,) * 5:
            an_nna(uow, protected_address=sealed)
        uow.session.commit()
    told = covering(host, UUID(int=9), somebody(host), by)
    assert figures(told, ("nna", DataClass.CONTACT)) == figures(told, ("nna", DataClass.BASIC))


def test_a_whole_commune_is_one_figure_whatever_caseloads_are_in_it(host: Host) -> None:
    """Two caseloads are rounded apart, and are not added to the commune that holds them."""
    stand_in, absent = (replace(manager(n), hats=actor(Role.FAMILY_THERAPIST).hats) for n in (1, 2))
    people(host, ADMIN, stand_in, absent)
    cases(host, stand_in.user_id, 8)
    cases(host, absent.user_id, 9)
    children(host, 6)
    covering(host, absent.user_id, stand_in.user_id, ADMIN, only=False)
    (told,) = give(host, stand_in.user_id, validate_only=True).preview
    assert figures(told, ("nna", DataClass.BASIC)) == (10 + 10, 25, False)

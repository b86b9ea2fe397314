"""What a preview tells of a commune: exact numbers to who reads those rows, figures to the others."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from authz.actor import Actor, DataClass, Purpose, Role
from core.host import Host
from core.models.users import User
from core.services.users import (
    AccessChange,
    Grant,
    Reach,
    ReachDirection,
    Substitution,
    revoke_assignment,
    set_substitute,
)
from tests.factories import (
    COLINA,
    SANTIAGO,
    a_team_member,
    a_user,
    actor,
    an_alert,
    an_assignment,
    an_nna,
    an_organization,
)
from tests.services.staff import (
    ADMIN,
    COORDINATOR,
    TODAY,
    another,
    give,
    own_role,
    people,
    somebody,
)

GAINS, LOSES = ReachDirection.GAINS, ReachDirection.LOSES
AWAY = another(COORDINATOR)
JUDICIAL = ("alert", DataClass.JUDICIAL)
Reaches = dict[tuple[str, DataClass], Reach]


def judicial(host: Host, number: int, commune: str = SANTIAGO) -> None:
    with host.unit_of_work(None, "test") as uow:
        for _ in range(number):
            an_alert(uow, an_nna(uow, commune_code=commune), data_class=DataClass.JUDICIAL)
        uow.session.commit()


def granting(host: Host, *communes: str, by: Actor = ADMIN, to: Role = Role.COORDINATOR) -> list[Reaches]:
    user = somebody(host)
    return [by_class(give(host, user, Grant(to, one, TODAY), by=by, validate_only=True).preview) for one in communes]


def covering(host: Host, stand_in: UUID, by: Actor) -> Reaches:
    wanted = Substitution(AWAY.user_id, stand_in, TODAY, TODAY + timedelta(5))
    with host.unit_of_work(by, "setSubstitute") as uow:
        return by_class(set_substitute(uow, wanted, validate_only=True).preview)


def by_class(preview: Iterable[AccessChange]) -> Reaches:
    return {(reach.table, reach.data): reach for change in preview for reach in change.reaches}


@pytest.mark.parametrize(("alerts", "told"), [(0, None), (1, None), (4, None), (5, 5), (12, 10)])
def test_who_administers_is_told_figures_and_never_a_small_one(host: Host, alerts: int, told: int | None) -> None:
    """None at all looks like four: that there are any is known to nobody who does not read them."""
    people(host, ADMIN)
    judicial(host, alerts)
    (reaches,) = granting(host, SANTIAGO)
    assert reaches[JUDICIAL] == Reach(*JUDICIAL, GAINS, None, told, False)


def test_what_a_role_opens_is_namedby_class_even_where_there_is_nothing(host: Host) -> None:
    people(host, ADMIN)
    (coordinates,) = granting(host, SANTIAGO)
    (treats,) = granting(host, SANTIAGO, to=Role.FAMILY_THERAPIST)
    assert ("nna", DataClass.RISK) in coordinates and JUDICIAL in coordinates
    assert ("nna", DataClass.RISK) not in treats and ("nna", DataClass.HEALTH) in treats


def test_no_difference_of_two_previews_tells_a_small_number(host: Host) -> None:
    """Two communes alone and together: 8 and 11 look as 10 and 10, and so would 12 and 8."""
    both = replace(ADMIN, hats=(*ADMIN.hats, *actor(Role.MUNICIPAL_ADMIN, COLINA).hats))
    people(host, both)
    judicial(host, 8)
    judicial(host, 3, COLINA)
    here, there = granting(host, SANTIAGO, COLINA, by=both)
    user = somebody(host)
    give(host, user, Grant(Role.COORDINATOR, SANTIAGO, TODAY), by=both)
    more = by_class(give(host, user, Grant(Role.COORDINATOR, COLINA, TODAY), by=both, validate_only=True).preview)
    assert (here[JUDICIAL].after, there[JUDICIAL].after) == (10, None)
    assert (more[JUDICIAL].before, more[JUDICIAL].after, more[JUDICIAL].direction) == (10, 10, GAINS)


def test_a_revocation_tells_who_loses_what_and_no_small_number(host: Host) -> None:
    people(host, ADMIN, AWAY)
    judicial(host, 3)
    with host.unit_of_work(ADMIN, "revokeAssignment") as uow:
        told = revoke_assignment(uow, own_role(host, AWAY.user_id).id, None, "x", validate_only=True)
    assert [change.username for change in told.preview] == [AWAY.username]
    assert by_class(told.preview)[JUDICIAL] == Reach(*JUDICIAL, LOSES, None, None, False)


def test_who_reads_those_rows_is_told_exact_numbers_and_who_does_not_is_not(host: Host) -> None:
    people(host, ADMIN, COORDINATOR, AWAY)
    judicial(host, 3)
    user = somebody(host)
    assert covering(host, user, COORDINATOR)[JUDICIAL] == Reach(*JUDICIAL, GAINS, 0, 3, True)
    assert covering(host, user, ADMIN)[JUDICIAL] == Reach(*JUDICIAL, GAINS, None, None, False)
    unsigned = replace(COORDINATOR, signed=False)
    assert covering(host, user, unsigned)[JUDICIAL] == Reach(*JUDICIAL, GAINS, None, None, False)


def test_what_somebody_reaches_in_another_commune_is_not_counted(host: Host) -> None:
    """The coordinator reads every row of her commune, and none of the one where her substitute works as well."""
    people(host, ADMIN, COORDINATOR, AWAY)
    judicial(host, 2)
    judicial(host, 3, COLINA)
    user = somebody(host)
    with host.unit_of_work(None, "test") as uow:
        found = uow.session.get_one(User, user)
        an_assignment(uow, found, role=Role.COORDINATOR, territory=COLINA)
        uow.session.commit()
    assert covering(host, user, COORDINATOR)[JUDICIAL] == Reach(*JUDICIAL, GAINS, 0, 2, True)


def test_an_institution_gained_is_told_though_the_ambit_is_the_same(host: Host) -> None:
    people(host, ADMIN)
    user = somebody(host)
    with host.unit_of_work(None, "test") as uow:
        school, clinic = an_organization(uow), an_organization(uow)
        uow.session.commit()
    first, second = (Grant(Role.SECTOR_PARTNER, SANTIAGO, TODAY, organization_id=one.id) for one in (school, clinic))
    give(host, user, first)
    told = by_class(give(host, user, second, validate_only=True).preview)
    assert told[JUDICIAL].direction is GAINS


def test_who_covers_roles_of_two_purposes_is_told_of_each(host: Host) -> None:
    """Under one the commune is opened, and under the other the cases of the absent person alone."""
    people(host, ADMIN)
    with host.unit_of_work(None, "test") as uow:
        absent = a_user(uow, demo=False)
        for role in (Role.CASE_MANAGER, Role.COORDINATOR):
            an_assignment(uow, absent, role=role)
        for _ in range(8):
            a_team_member(uow, an_nna(uow), absent)
        for _ in range(40):
            an_nna(uow)
        uow.session.commit()
    wanted = Substitution(absent.id, somebody(host), TODAY, TODAY + timedelta(5))
    with host.unit_of_work(ADMIN, "setSubstitute") as uow:
        preview = set_substitute(uow, wanted, validate_only=True).preview
    told = {one.purpose: by_class([one])["nna", DataClass.CONTACT].after for one in preview}
    assert told == {Purpose.CARE: 10, Purpose.SUPERVISION: 50} and len(preview) == 2

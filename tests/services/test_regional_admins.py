"""Who administers a region: what is given for all of it is theirs to read, and to take back."""

from dataclasses import replace

import pytest

from authz.actor import Actor, Purpose, Role
from core.errors import NotFound
from core.host import Host
from core.models.users import User
from core.services.territory import load_territory
from core.services.users import Grant, revoke_assignment
from tests.factories import a_user, an_assignment, stored
from tests.services.staff import TODAY, give, loaded, somebody


def admin_of(host: Host, *territories: str) -> Actor:
    with stored(host) as uow:
        load_territory(uow.session)
        user = a_user(uow, demo=False)
        for territory in territories:
            an_assignment(uow, user, role=Role.MUNICIPAL_ADMIN, territory=territory)
    return replace(loaded(host, user.id, Purpose.ADMINISTRATION), signed=True)


@pytest.mark.parametrize("territory", ["13", "13101"])
def test_who_administers_a_region_takes_back_what_they_gave_in_it(host: Host, territory: str) -> None:
    admin, colleague = admin_of(host, "13"), somebody(host)
    (given,) = give(host, colleague, Grant(Role.CASE_MANAGER, territory, TODAY), by=admin).assignments
    with host.transaction(admin, "revokeAssignment") as uow:
        assert uow.get(User, colleague).id == colleague
        assert revoke_assignment(uow, given.id, None, "por error").assignments[0].revoked_at


@pytest.mark.parametrize("held", [("13101",), ("05",), ("13101", "05")])
def test_of_a_region_nobody_takes_anything_back_who_has_a_part_of_it_or_another(host: Host, held: tuple[str]) -> None:
    region, other, colleague = admin_of(host, "13"), admin_of(host, *held), somebody(host, username="otra")
    (given,) = give(host, colleague, Grant(Role.CASE_MANAGER, "13", TODAY), by=region).assignments
    with host.transaction(other, "revokeAssignment") as uow, pytest.raises(NotFound):
        revoke_assignment(uow, given.id, None, "ajena")

"""Two change one family at once: what the first did stands, and the second sees it."""

from threading import Thread

from sqlalchemy import select

from authz.actor import Role
from authz.scope import table_of
from core.host import Host
from core.models.families import FamilyMember, FamilyRole
from core.services.families import FamilyMemberData, RelativeData, add_family_member, leave_family
from tests.factories import a_family, a_member, a_relative, actor

COORDINATOR = actor(Role.COORDINATOR)
A_MOMENT = 0.3  # in which the second gets as far as it can without the first


def test_whoever_left_is_not_brought_back_by_the_care_that_passes_on(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        family = a_family(uow)
        carer = a_member(uow, family, relative=a_relative(uow), main_carer=True)
        uow.session.commit()
    aunt = RelativeData("Nueva", "Cuidadora")

    def comes() -> None:
        with host.transaction(COORDINATOR, "addFamilyMember") as uow:
            add_family_member(uow, FamilyMemberData(family.id, FamilyRole.GUARDIAN, relative=aunt, main_carer=True))

    other = Thread(target=comes)
    with host.transaction(COORDINATOR, "leaveFamily") as uow:
        leave_family(uow, carer.id, uow.today(), 1)
        other.start()
        other.join(A_MOMENT)
        left = uow.today()
    other.join()
    member = table_of(FamilyMember)
    with host.unit_of_work(None, "test") as uow:
        days = [tuple(row) for row in uow.session.execute(select(member.c.relative_id, member.c.valid_until))]
    assert [until for who, until in days if who == carer.relative_id] == [left]
    assert len(days) == 2  # and she who cares now

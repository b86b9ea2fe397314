"""Somebody signs, or works, while their account is corrected: it is of whoever the account is then, or of nobody."""

from collections.abc import Callable
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest

from authz.actor import Actor, Role
from core.errors import Conflict
from core.host import Host
from core.services.confidentiality import agreement_text, sign_confidentiality
from core.services.organizations import OrganizationData, register_organization
from core.services.users import Invitation, invite_user
from core.services.users.correcting import AccountInUse
from core.unit_of_work import UnitOfWork
from tests.services.staff import ADMIN, MANAGER, loaded, people

NETWORK = replace(MANAGER, role=Role.NETWORK_COORDINATOR)
A_MOMENT = 0.3  # in which the second gets as far as it can without the first


def invited(subject: str, *, correct: bool = False) -> Callable[[UnitOfWork], Any]:
    wanted = Invitation("paula.rojas", "Paula Rojas", subject, NETWORK, "oln-development", correct=correct)
    return lambda uow: invite_user(uow, wanted)


def signed(uow: UnitOfWork) -> Any:
    return sign_confidentiality(uow, agreement_text().version, agreement_text().hash)


def worked(uow: UnitOfWork) -> Any:
    """Change something for which nobody has to sign."""
    return register_organization(uow, OrganizationData(MANAGER.territory, "Escuela Los Boldos", "SCHOOL", "EDUCATION"))


@pytest.mark.parametrize("act", [signed, worked])
@pytest.mark.parametrize("first", ["corrects", "acts"])
def test_what_somebody_does_is_never_of_somebody_else(host: Host, act: Callable[[UnitOfWork], Any], first: str) -> None:
    people(host, ADMIN)
    with host.transaction(ADMIN, "inviteUser") as uow:
        paula = invited("one")(uow).user.id
    both = [(ADMIN, invited("another", correct=True)), (loaded(host, paula), act)]
    came: list[type[Exception] | None] = []

    def run(who: Actor, does: Callable[[UnitOfWork], Any], then: Callable[[], None]) -> None:
        try:
            with host.transaction(who, "one of two") as uow:
                does(uow)
                then()
        except (Conflict, AccountInUse) as told:
            return came.append(type(told))
        came.append(None)

    one, other = both if first == "corrects" else both[::-1]
    second = Thread(target=run, args=(*other, lambda: None))

    def begin() -> None:
        second.start()
        second.join(A_MOMENT)

    run(*one, begin)
    second.join()
    assert len(came) == 2 and came.count(None) == 1

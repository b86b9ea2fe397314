"""Somebody signs while their account is corrected: the signature is of whoever the account is then, or of nobody."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from core.errors import Conflict
from core.host import Host
from core.services.confidentiality import agreement_text, sign_confidentiality
from core.services.users import Invitation, invite_user
from core.services.users.correcting import AccountInUse
from core.unit_of_work import UnitOfWork
from tests.services.staff import ADMIN, MANAGER, loaded, people

A_MOMENT = 0.3  # in which the second gets as far as it can without the first


def invited(subject: str, *, correct: bool = False) -> Callable[[UnitOfWork], Any]:
    wanted = Invitation("paula.rojas", "Paula Rojas", subject, MANAGER, "oln-development", correct=correct)
    return lambda uow: invite_user(uow, wanted)


def signed(uow: UnitOfWork) -> Any:
    return sign_confidentiality(uow, agreement_text().version, agreement_text().hash)


@pytest.mark.parametrize(("first", "refused"), [("corrects", Conflict), ("signs", AccountInUse)])
def test_a_signature_is_never_of_somebody_else(host: Host, first: str, refused: type[Exception]) -> None:
    people(host, ADMIN)
    with host.transaction(ADMIN, "inviteUser") as uow:
        paula = invited("one")(uow).user.id
    both = [(ADMIN, invited("another", correct=True)), (loaded(host, paula), signed)]
    (one, before), (other, then) = both if first == "corrects" else both[::-1]
    came: list[Any] = []

    def run() -> None:
        try:
            with host.transaction(other, "second") as uow:
                came.append(then(uow))
        except (Conflict, AccountInUse) as told:
            came.append(told)

    second = Thread(target=run)
    with host.transaction(one, "first") as uow:
        before(uow)
        second.start()
        second.join(A_MOMENT)
    second.join()
    assert isinstance(came[0], refused)

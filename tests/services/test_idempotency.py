"""A mutation that is sent twice is carried out once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from authz.actor import Role
from core.database import machinery
from core.host import Host
from core.idempotency import IdempotencyKeyReused, remember, store
from core.models.people import Nna
from tests.factories import COLINA, actor, an_nna

COORDINATOR = actor(Role.COORDINATOR)


def register(host: Host, key: str = "k", body: str = "b", who: Any = COORDINATOR) -> dict[str, Any]:
    with host.transaction(who, "registerNna") as uow:
        known = remember(uow, key, body)
        if known is not None:
            return known
        nna = an_nna(uow, commune_code=next(iter(who.communes)))
        store(uow, key, body, {"nna": nna.id.hex})
        return {"nna": nna.id.hex}


def children(host: Host) -> int:
    with machinery(host.database, "test") as session:
        return session.scalar(select(func.count()).select_from(Nna)) or 0


def test_the_same_key_and_body_give_the_same_result(host: Host) -> None:
    assert register(host) == register(host)
    assert children(host) == 1


def test_the_same_key_with_another_body_is_refused(host: Host) -> None:
    register(host)
    with pytest.raises(IdempotencyKeyReused) as refused:
        register(host, body="another")
    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert children(host) == 1


def test_two_people_may_use_the_same_key(host: Host) -> None:
    register(host)
    register(host, who=actor(Role.COORDINATOR, COLINA))
    assert children(host) == 2


def test_what_was_rolled_back_may_be_tried_again(host: Host) -> None:
    with pytest.raises(ZeroDivisionError), host.transaction(COORDINATOR, "registerNna") as uow:
        remember(uow, "k", "b")
        an_nna(uow)
        raise ZeroDivisionError
    register(host)
    assert children(host) == 1


def test_many_at_once_are_carried_out_once(host: Host) -> None:
    results: list[dict[str, Any]] = []
    together(4, lambda: results.append(register(host)))
    assert children(host) == 1
    assert len(results) == 4
    assert all(one == results[0] for one in results)


def test_the_platform_itself_needs_no_key(host: Host) -> None:
    with host.transaction(None, "command") as uow:
        assert remember(uow, "k", "b") is None
        store(uow, "k", "b", {})


def together(number: int, work: Callable[[], Any]) -> None:
    ready = threading.Barrier(number)
    threads = [threading.Thread(target=lambda: (ready.wait(), work())) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

"""A change whose answer comes too late: it is kept, on both databases, and so the caller is told that it may be."""

import asyncio
from typing import Any

import pytest

import app
from schema.limits import Limits
from schema.read.readers import open_reader
from tests.api.client import Office, mutation
from tests.api.served import RECORD
from tests.api.test_held_locks import together

ENOUGH = 2.0  # seconds for a change, on a machine that has much else to do


async def slow_reader(address: str) -> Any:
    """Open a reader that never comes to the payload of a change."""
    reader: Any = await open_reader(address)

    async def never(*_: Any) -> None:
        await asyncio.sleep(600)

    reader.rows = never
    return reader


def test_a_change_that_came_too_late_was_kept_and_the_answer_does_not_deny_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {"id": office.id("nna", "ours"), "expectedVersion": 1, "givenNames": "Tarde"}
    with monkeypatch.context() as late:
        late.setattr(app, "Limits", lambda **said: Limits(seconds=ENOUGH, **said))
        late.setattr(app, "open_reader", slow_reader)
        ((_, answer),) = together(office, [(mutation("updateNna", "nna { id }"), {"input": given})], [])
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (504, "TIMEOUT")
    assert "puede haber quedado guardado" in answer.json()["errors"][0]["message"]
    ((_, answer),) = together(office, [(RECORD, {"id": given["id"]})], [])
    assert answer.json()["data"]["nna"]["givenNames"] == "Tarde"

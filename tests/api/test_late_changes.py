"""A change that waits for longer than its caller: it may be kept, on both databases, and so the caller is told."""

import threading
import time
from typing import Any

import pytest
from sqlalchemy import text

import app
from schema.limits import Limits
from tests.api.client import Office, mutation
from tests.api.served import RECORD
from tests.api.test_held_locks import together


def test_a_change_that_came_too_late_was_kept_and_the_answer_does_not_deny_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "Limits", lambda **given: Limits(seconds=0.3, **given))
    nna, held = office.id("nna", "ours"), threading.Event()

    def hold() -> None:
        with office.host.database.begin() as holder:
            if holder.dialect.name == "postgresql":
                holder.execute(text("SELECT 1 FROM nna WHERE id = :id FOR UPDATE"), {"id": nna.removeprefix("nna_")})
            held.set()
            time.sleep(1)

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait()
    given: dict[str, Any] = {"id": nna, "expectedVersion": 1, "givenNames": "Tarde"}
    ((_, answer),) = together(office, [(mutation("updateNna", "nna { id }"), {"input": given})], [])
    holding.join()
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (504, "TIMEOUT")
    assert "puede haber quedado guardado" in answer.json()["errors"][0]["message"]
    ((_, answer),) = together(office, [(RECORD, {"id": nna})], [])
    assert answer.json()["data"]["nna"]["givenNames"] == "Tarde"

"""What a proxy or a monitor asks without a token: whether the process lives, and whether it can do its work."""

import asyncio
import shutil
import time
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import Engine

from app import create_app
from schema import health
from tests.api.client import Office
from tests.api.served import HOME
from tests.api.test_database_away import Line, line

__all__ = ["line"]  # a fixture
Answer = tuple[int, dict[str, str]]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no answer hold."""
    monkeypatch.setattr(health, "FRESH", 0)


def ready(office: Office, meanwhile: Callable[[], object] = lambda: None) -> list[Answer]:
    """Ask before and after something happens; the process lives all the while."""
    host = office.host
    host.settings = host.settings.model_copy(update={"run_jobs": False})
    app = create_app(host)

    async def main() -> list[Answer]:
        transport = httpx.ASGITransport(app)
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=HOME) as http:
            before = await http.get("/health/ready")
            meanwhile()
            after = await http.get("/health/ready")
            assert (await http.get("/health/live")).status_code == 200
            return [(one.status_code, one.json()) for one in (before, after)]

    return asyncio.run(main())


OK: Answer = (200, {"status": "ok"})
NOT: Answer = (503, {"status": "unavailable"})


def test_a_server_that_can_work_says_so_and_leaves_nothing_behind(office: Office) -> None:
    assert ready(office) == [OK, OK]
    assert list(office.host.settings.journal_folder.iterdir()) == []


def test_one_that_could_write_down_no_reading_is_not_ready(office: Office) -> None:
    folder = office.host.settings.journal_folder

    def spoil() -> None:
        shutil.rmtree(folder)
        folder.touch()

    try:
        assert ready(office, spoil) == [OK, NOT]
    finally:
        folder.unlink()


def test_one_whose_database_is_away_is_not_ready(line: Line, postgresql_office: Office) -> None:
    postgresql_office.host, before = line.host, postgresql_office.host
    try:
        assert ready(postgresql_office, line.cut) == [OK, NOT]
    finally:
        postgresql_office.host = before


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_one_that_gets_no_answer_in_time_is_not_ready(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> object:
        time.sleep(0.5)
        raise AssertionError

    def stop() -> None:
        monkeypatch.setattr(health, "PATIENCE", 0.1)
        monkeypatch.setattr(Engine, "connect", hang)

    assert ready(office, stop) == [OK, NOT]


def test_a_question_that_comes_again_at_once_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH", 60)
    asked: list[int] = []

    async def main() -> None:
        readiness = health.Readiness(lambda: asked.append(1))
        for _ in range(3):
            await readiness.answer(None)  # type: ignore[arg-type]  # of the request nothing is read

    asyncio.run(main())
    assert asked == [1]

"""A plugin that does not come back from an event holds up nobody else, and no lock."""

import logging
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path
from threading import Event as Signal

import pytest

import core.jobs
from core.delivery import ROUND, Courier, undelivered
from core.events import Event
from core.hooks import Info, hookimpl
from core.jobs import Worker
from core.journal import open_journal
from core.models.operations import OutboxEvent
from core.models.organizations import Organization
from core.plugins import health
from core.unit_of_work import UnitOfWork
from tests.conftest import NOW
from tests.factories import SANTIAGO, an_organization
from tests.services.test_jobs import READING, Heard, Time

LONG = 20.0  # seconds in which whatever a test waits for has happened


class Hanging:
    """A plugin that writes if it may, waits until it is let go, and writes again."""

    def __init__(self) -> None:
        self.began, self.go = Signal(), Signal()
        self.calls, self.writes = 0, True

    @hookimpl
    def oln_info(self) -> Info:
        return Info("hanging", "Colgado", "1", on_by_default=True)

    @hookimpl
    def oln_after_event(self, uow: UnitOfWork, event: Event) -> None:
        self.calls += 1
        self.write(uow)
        self.began.set()
        self.go.wait()
        self.write(uow)

    def write(self, uow: UnitOfWork) -> None:
        if self.writes:
            an_organization(uow)


class Held(Heard):
    def __init__(self, database: str, home: Path) -> None:
        super().__init__(database, home)
        self.hanging = Hanging()
        self.host.plugins.register(self.hanging, name="hanging")
        self.host.__dict__["modules"] = lambda: {
            "ill": frozenset(),
            "off": frozenset(),
            "well": frozenset({SANTIAGO}),
            "hanging": frozenset({SANTIAGO}),
        }
        self.courier = Courier(self.host, self.until_it_hangs)

    def until_it_hangs(self, done: "Future[None]") -> None:
        """Give the other plugins their time, and this one none once it hangs."""
        done.add_done_callback(lambda _: self.hanging.began.set())
        assert self.hanging.began.wait(LONG)
        self.hanging.began.clear()
        if not done.done():
            raise TimeoutError


@pytest.fixture
def held(database: str, tmp_path: Path) -> Iterator[Held]:
    made = Held(database, tmp_path)
    yield made
    made.hanging.go.set()
    for call in made.courier._calls.values():
        call.done.exception(LONG)
    made.host.database.dispose()


def test_who_comes_after_one_that_hangs_is_told_and_the_failure_remembered(held: Held) -> None:
    held.happen()
    assert held.courier.deliver() == 0
    assert held.well.told == ["nna_registered"]
    assert undelivered(held.host) == {"hanging": 1}
    assert "TimeoutError" in health(held.host.plugins)["hanging.oln_after_event"]


def test_what_was_given_up_holds_no_lock_and_keeps_nothing(held: Held) -> None:
    held.happen()
    held.courier.deliver()
    with held.host.transaction(None, "test") as uow:  # on SQLite there is one writer at a time
        an_organization(uow)
    kept = len(held.rows(Organization))
    held.hanging.go.set()
    assert held.courier._calls["hanging"].done.exception(LONG) is not None
    assert len(held.rows(Organization)) == kept


def test_a_call_that_still_hangs_is_not_made_twice_and_is_made_again_once_it_ended(held: Held) -> None:
    held.happen()
    held.courier.deliver()
    held.host.clock.now = lambda: NOW + timedelta(minutes=1)
    held.courier.deliver()
    assert held.hanging.calls == 1
    held.hanging.go.set()
    held.courier._calls["hanging"].done.exception(LONG)
    held.courier.wait = lambda done: done.result(LONG)
    held.host.clock.now = lambda: NOW + timedelta(hours=1)
    assert held.courier.deliver() == 1
    assert (held.hanging.calls, undelivered(held.host), health(held.host.plugins)) == (2, {}, {})


def test_a_call_that_ends_at_the_last_moment_counts(held: Held) -> None:
    def too_late(done: "Future[None]") -> None:
        held.courier.wait = lambda ended: ended.result(LONG)
        held.hanging.go.set()
        done.exception(LONG)
        raise TimeoutError

    held.courier.wait = too_late
    held.happen()
    assert held.courier.deliver() == 1


def test_a_round_begins_no_event_after_its_time(held: Held) -> None:
    held.hanging.go.set()
    held.happen()
    held.happen()
    clock = iter((0.0, 1.0, ROUND + 1))
    courier = Courier(held.host, now=lambda: next(clock))
    assert courier.deliver() == 1
    assert sorted(row.attempts for row in held.rows(OutboxEvent)) == [0, 1]


def test_other_jobs_go_on_beside_a_plugin_that_hangs(held: Held) -> None:
    time = Time()
    worker = Worker(held.host, time)
    held.hanging.writes = False  # SQLite has one writer: the others would wait until the call is given up
    held.happen()
    worker._turn()
    assert held.hanging.began.wait(LONG)
    journal = open_journal(held.host)
    journal.record_now(READING)
    journal.close()
    time.at += timedelta(seconds=3)
    assert worker.run_due()["load_journals"] == 1
    assert undelivered(held.host) == {}  # nobody had to give the call up first
    held.hanging.go.set()
    worker.stop()


def test_who_stops_does_not_wait_for_a_plugin_that_hangs(
    held: Held, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.jobs, "LAST_WORD", 0.0)
    worker = Worker(held.host, Time())
    held.hanging.writes = False
    held.happen()
    worker._turn()
    assert held.hanging.began.wait(LONG)
    with caplog.at_level(logging.ERROR, "oln.jobs"):
        worker.stop()
    assert "oln-deliver_events does not end" in caplog.text
    held.hanging.go.set()
    assert worker._aside is not None
    worker._aside.join(LONG)

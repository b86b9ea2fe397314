"""Background jobs: each under a lease, at least once, and a plugin that fails harms nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.database import machinery
from core.events import Event, NnaRegistered
from core.hooks import Info, hookimpl
from core.host import Host
from core.idempotency import remember
from core.jobs import Job, Worker, deliver_events, expire_keys, run_due, undelivered
from core.journal import ReadRecord, open_journal
from core.models.operations import IdempotencyKey, OutboxEvent
from core.models.organizations import Organization
from core.unit_of_work import UnitOfWork
from tests.conftest import NOW, make_host
from tests.factories import SANTIAGO, actor, an_nna, an_organization

READING = ReadRecord(UUID(int=1), "x", "CARE", None, "d", None, frozenset())


class Listener:
    """A plugin that remembers what it was told, and fails while it is told to."""

    def __init__(self, name: str, on: bool = True) -> None:
        self.name, self.on, self.failing, self.told = name, on, False, list[str]()

    @hookimpl
    def oln_info(self) -> Info:
        return Info(self.name, self.name, "1", on_by_default=self.on)

    @hookimpl
    def oln_after_event(self, uow: UnitOfWork, event: Event) -> None:
        an_organization(uow)
        if self.failing:
            raise ZeroDivisionError
        self.told.append(event.name)


class Heard:
    def __init__(self, database: str, home: Path) -> None:
        self.well, self.ill, self.off = Listener("well"), Listener("ill"), Listener("off", on=False)
        self.host = make_host(database, home)
        for plugin in (self.well, self.ill, self.off):
            self.host.plugins.register(plugin, name=plugin.name)

    def happen(self) -> None:
        with self.host.transaction(None, "test") as uow:
            nna = an_nna(uow)
            uow.emit(NnaRegistered(SANTIAGO, nna.id, {"source": "TEAM"}))

    def rows(self, model: Any) -> list[Any]:
        with machinery(self.host.database, "test") as session:
            return list(session.scalars(select(model)))


@pytest.fixture
def heard(database: str, tmp_path: Path) -> Iterator[Heard]:
    made = Heard(database, tmp_path)
    yield made
    made.host.database.dispose()


class Time:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def test_everybody_is_told_once(heard: Heard) -> None:
    made_on(heard, "well", "ill")
    heard.happen()
    assert (deliver_events(heard.host), deliver_events(heard.host)) == (1, 0)
    assert heard.well.told == heard.ill.told == ["nna_registered"]


def test_a_plugin_that_fails_does_not_keep_others_from_hearing(heard: Heard) -> None:
    made_on(heard, "well", "ill")
    heard.ill.failing = True
    heard.happen()
    assert deliver_events(heard.host) == 0
    assert heard.well.told == ["nna_registered"]
    assert undelivered(heard.host) == {"ill": 1}
    (row,) = heard.rows(OutboxEvent)
    assert (row.attempts, row.failed_for, row.delivered_at) == (1, "ill", None)


def test_only_who_failed_is_told_again_and_later(heard: Heard) -> None:
    made_on(heard, "well", "ill")
    heard.ill.failing = True
    heard.happen()
    deliver_events(heard.host)
    heard.ill.failing = False
    assert deliver_events(heard.host) == 0
    heard.host.clock.now = lambda: NOW + timedelta(minutes=1)
    assert deliver_events(heard.host) == 1
    assert (heard.well.told, heard.ill.told) == (["nna_registered"], ["nna_registered"])
    assert undelivered(heard.host) == {}


def test_what_a_failing_plugin_wrote_is_taken_back(heard: Heard) -> None:
    made_on(heard, "well", "ill")
    heard.ill.failing = True
    heard.happen()
    deliver_events(heard.host)
    assert len(heard.rows(Organization)) == 1


def test_a_plugin_that_is_off_in_the_commune_is_not_told(heard: Heard) -> None:
    made_on(heard, "well", "ill")
    heard.happen()
    deliver_events(heard.host)
    assert heard.off.told == []


def test_an_event_of_a_plugin_that_is_gone_is_let_go(heard: Heard) -> None:
    with heard.host.transaction(None, "test") as uow:
        row = OutboxEvent(id=uow.new_id(), name="of_somebody_gone", commune_code=SANTIAGO, created_at=NOW)
        uow.add(row)
    assert deliver_events(heard.host) == 1


def test_a_job_is_done_by_one_worker_and_again_when_it_is_due(host: Host) -> None:
    time = Time()
    first, second = Worker(host, time), Worker(host, time)
    assert set(first.run_due()) == {"deliver_events", "load_journals", "end_duties", "expire_keys", "anchor_audit"}
    assert second.run_due() == {}
    time.at += timedelta(seconds=3)
    assert set(second.run_due()) == {"deliver_events", "load_journals"}


def test_a_job_whose_worker_died_is_taken_over(host: Host) -> None:
    time = Time()
    worker = Worker(host, time)
    assert worker._take(worker.jobs[0])
    assert "deliver_events" not in Worker(host, time).run_due()
    time.at += timedelta(minutes=6)
    assert "deliver_events" in Worker(host, time).run_due()


def test_a_job_that_fails_does_not_stop_the_others(host: Host) -> None:
    (host.settings.home / "journal" / "a folder.jsonl").mkdir(parents=True)
    assert set(run_due(host)) == {"deliver_events", "end_duties", "expire_keys", "anchor_audit"}


def test_a_job_that_failed_is_tried_again_when_it_is_due(host: Host) -> None:
    time = Time()
    (blocking := host.settings.home / "journal" / "a folder.jsonl").mkdir(parents=True)
    assert "load_journals" not in Worker(host, time).run_due()
    blocking.rmdir()
    assert "load_journals" not in Worker(host, time).run_due()
    time.at += timedelta(seconds=3)
    assert "load_journals" in Worker(host, time).run_due()


@pytest.mark.parametrize("days", [2, 400])
def test_a_clock_that_once_was_ahead_stops_no_job(host: Host, days: int) -> None:
    time = Time()
    time.at += timedelta(days=days)
    assert Worker(host, time).run_due()
    time.at -= timedelta(days=days)
    done = Worker(host, time).run_due()
    assert set(done) == {"deliver_events", "load_journals", "end_duties", "expire_keys", "anchor_audit"}


def test_a_lease_of_a_process_whose_clock_is_a_little_ahead_is_kept(host: Host) -> None:
    ahead, here, worker = Time(), Time(), Worker(host)
    ahead.at += timedelta(seconds=30)
    (first, *_) = worker.jobs
    assert Worker(host, ahead)._take(first)
    assert not Worker(host, here)._is_due(first)
    assert not Worker(host, here)._take(first)


def test_a_job_that_nobody_does_is_told_and_one_that_never_began_is_not(host: Host) -> None:
    time = Time()
    worker = Worker(host, time)
    assert worker.overdue() == {}
    worker.run_due()
    time.at += timedelta(hours=3)
    assert set(worker.overdue()) == {"deliver_events", "load_journals", "end_duties", "expire_keys"}
    worker.run_due()
    assert worker.overdue() == {}


def test_a_rare_job_that_failed_does_not_wait_until_it_is_due(host: Host) -> None:
    time, tries = Time(), list[int]()
    worker = Worker(host, time)
    worker.jobs = (Job("anchor_audit", timedelta(days=1), lambda: tries.append(1) or 1 // 0),)
    for minutes in (0, 1, 5):
        time.at += timedelta(minutes=minutes)
        worker.run_due()
    assert len(tries) == 2


def test_a_loader_goes_on_from_what_was_committed(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    time, journal = Time(), open_journal(host)
    worker = Worker(host, time)

    def fail(connection: Any) -> None:
        connection.rollback()
        raise ZeroDivisionError

    with monkeypatch.context() as failing:
        failing.setattr(host.database.dialect, "do_commit", fail)
        journal.record_now(READING)
        with pytest.raises(ZeroDivisionError):
            worker.jobs[1].run()
    journal.record_now(READING)
    journal.close()
    assert (worker.jobs[1].run(), worker.jobs[1].run()) == (2, 0)


def test_readings_are_loaded(host: Host) -> None:
    journal = open_journal(host)
    journal.record_now(READING)
    journal.close()
    assert run_due(host)["load_journals"] == 1


def test_retries_of_more_than_a_week_ago_are_forgotten(host: Host) -> None:
    for days, key in ((8, "old"), (6, "new")):
        with host.transaction(actor("coordinator"), "test") as uow:
            uow.clock.now = lambda days=days: NOW - timedelta(days=days)
            remember(uow, key, "body")
    host.clock.now = lambda: NOW
    assert expire_keys(host) == 1
    with machinery(host.database, "test") as session:
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1


def test_a_worker_in_a_thread_stops_when_asked(host: Host) -> None:
    worker = Worker(host)
    worker.start()
    worker.stop()
    assert worker._thread is not None
    assert not worker._thread.is_alive()


def made_on(heard: Heard, *plugins: str) -> None:
    """Let plugins be on in Santiago, without the whole table of communes."""
    communes = {name: frozenset({SANTIAGO}) if name in plugins else frozenset[str]() for name in ("well", "ill", "off")}
    heard.host.__dict__["modules"] = lambda: communes

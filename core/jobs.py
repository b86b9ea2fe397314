"""Work in the background: each job under a lease, at least once, whether in `oln work` or inside `oln serve`."""

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from authz.scope import table_of
from core.audit import anchor
from core.clock import utc_now
from core.database import machinery
from core.database_file import check_file
from core.errors import DatabaseGone
from core.events import Event
from core.host import Host
from core.journal import JournalLoader
from core.models.operations import IdempotencyKey, Lease, OutboxEvent
from core.plugins import Failure, Implementation, attempt, implementations

log = logging.getLogger("oln.jobs")
LEASE, OUTBOX, KEYS = table_of(Lease), table_of(OutboxEvent), table_of(IdempotencyKey)
HELD_FOR = timedelta(minutes=5)  # after which another process takes over from one that died
KEPT_KEYS = timedelta(days=7)
BATCH = 100
ATTEMPTS = 10
AFTER_EVENT = "oln_after_event"


@dataclass(frozen=True)
class Job:
    """Something to do every so often.

    Parameters
    ----------
    name : str
    every : timedelta
    run : callable
        Returns how much it did; whatever it leaves undone, it does the next time.
    """

    name: str
    every: timedelta
    run: Callable[[], int]


@dataclass
class Worker:
    """Does the jobs of one host; several processes may, and a lease keeps each job to one of them at a time.

    Parameters
    ----------
    host : Host
    now : callable
        The real time: a demo's clock stays on its day, and a lease would never end.
    """

    host: Host
    now: Callable[[], datetime] = utc_now
    holder: str = field(default_factory=lambda: uuid4().hex)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        host = self.host
        loader = JournalLoader(host.settings.journal_folder, host.ring.audit, host.clock)
        self.jobs = (
            Job("deliver_events", timedelta(seconds=1), lambda: deliver_events(host)),
            Job("load_journals", timedelta(seconds=2), lambda: _load(host, loader)),
            Job("expire_keys", timedelta(hours=1), lambda: expire_keys(host)),
            Job("anchor_audit", timedelta(days=1), lambda: _anchor(host)),
        )

    def run_due(self) -> dict[str, int]:
        """Do every job that is due and free, and return how much each did; one that fails is logged and retried."""
        return {job.name: done for job in self.jobs if (done := self._run(job)) is not None}

    def work(self, every: float = 1.0) -> None:
        """Do what is due, again and again, until :meth:`stop`; nothing while a file of the database is gone."""
        there = True
        while not self._stop.is_set():
            before, there = there, self._is_there()
            if there:
                self.run_due()
            elif before:
                log.error("a file of the database was deleted or replaced: no job runs; see docs/operator.md")
            self._stop.wait(every)

    def _is_there(self) -> bool:
        try:
            check_file(self.host.database)
        except DatabaseGone:
            return False
        return True

    def start(self) -> None:
        """Work in a thread of this process."""
        self._thread = threading.Thread(target=self.work, name="oln-jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being done, and do nothing more."""
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _run(self, job: Job) -> int | None:
        try:
            if not (self._is_due(job.name) and self._take(job.name)):
                return None
        except Exception:
            log.exception("job %s could not be taken", job.name)
            return None
        return self._do(job)

    def _do(self, job: Job) -> int | None:
        try:
            done, again = job.run(), job.every
        except Exception:
            log.exception("job %s failed", job.name)
            done, again = None, min(job.every, HELD_FOR)  # a daily one waits for no other day
        try:
            self._leave(job.name, again)
        except Exception:  # another turn does it again, once the lease has run out
            log.exception("job %s could not be left", job.name)
        return done

    def _is_due(self, name: str) -> bool:
        """Look before taking: most turns find nothing to do, and should cost no write."""
        until = select(LEASE.c.until).where(LEASE.c.name == name)
        with machinery(self.host.database, "which jobs are due", reading=True) as session:
            held = session.connection().execute(until).scalar()
        return held is None or held <= self.now()

    def _take(self, name: str) -> bool:
        now = self.now()
        with self.host.database.begin() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            free = {"name": name, "holder": self.holder, "until": now}
            connection.execute(dialect.insert(LEASE).values(free).on_conflict_do_nothing())
            mine = update(LEASE).where(LEASE.c.name == name, LEASE.c.until <= now)
            return connection.execute(mine.values(holder=self.holder, until=now + HELD_FOR)).rowcount == 1

    def _leave(self, name: str, again: timedelta) -> None:
        mine = update(LEASE).where(LEASE.c.name == name, LEASE.c.holder == self.holder)
        with self.host.database.begin() as connection:
            connection.execute(mine.values(until=self.now() + again))


def run_due(host: Host) -> dict[str, int]:
    """Do once every job that is due, and return how much each did."""
    return Worker(host).run_due()


def deliver_events(host: Host) -> int:
    """Tell plugins what happened, one event and one plugin at a time; who failed is told again, later and later.

    Returns
    -------
    int
        Events that everybody has now been told of.
    """
    with machinery(host.database, "which events wait", reading=True) as session:
        due = [row.id for row in session.connection().execute(_due(host.clock.now()))]
    return sum(_deliver(host, one) for one in due)


def undelivered(host: Host) -> dict[str, int]:
    """Return how many events each plugin has failed to take, for the operator."""
    waiting = select(OUTBOX.c.failed_for).where(OUTBOX.c.delivered_at.is_(None), OUTBOX.c.failed_for.is_not(None))
    counts: dict[str, int] = {}
    with machinery(host.database, "which events wait", reading=True) as session:
        for failed in session.connection().execute(waiting).scalars():
            for plugin in failed.split(","):
                counts[plugin] = counts.get(plugin, 0) + 1
    return counts


def expire_keys(host: Host) -> int:
    """Forget retries of more than a week ago, and return how many."""
    with host.database.begin() as connection:
        return connection.execute(delete(KEYS).where(KEYS.c.created_at < host.clock.now() - KEPT_KEYS)).rowcount


def backoff(attempts: int) -> timedelta:
    """Return how long after it happened an event is told again: half a minute, two, eight … some two months.

    Examples
    --------
    >>> [str(backoff(attempts)) for attempts in (1, 2, 3)]
    ['0:00:30', '0:02:00', '0:08:00']
    """
    return timedelta(seconds=30 * 4 ** (attempts - 1))


def _due(now: datetime) -> "Select[tuple[UUID]]":
    waited = [and_(OUTBOX.c.attempts == n, OUTBOX.c.created_at <= now - backoff(n)) for n in range(1, ATTEMPTS)]
    due = select(OUTBOX.c.id).where(OUTBOX.c.delivered_at.is_(None), or_(OUTBOX.c.attempts == 0, *waited))
    return due.order_by(OUTBOX.c.attempts, OUTBOX.c.created_at, OUTBOX.c.id).limit(BATCH)


def _deliver(host: Host, event_id: UUID) -> int:
    with machinery(host.database, "an event on its way", reading=True) as session:
        row = session.get_one(OutboxEvent, event_id)
    event, failed = event_of(row), row.failed_for.split(",") if row.failed_for else None
    told = [
        one
        for one in implementations(host.plugins, AFTER_EVENT, failed)
        if row.commune_code in host.modules().get(one.plugin, {row.commune_code})  # off there: it is not told
    ]
    refused = [one.plugin for one in told if event and isinstance(_tell(host, one, event), Failure)]
    change: dict[str, Any] = {"attempts": row.attempts + 1, "failed_for": ",".join(refused) or None}
    if not refused:
        change["delivered_at"] = host.clock.now()
    with host.database.begin() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == event_id).values(change))
    return 0 if refused else 1


def _tell(host: Host, one: Implementation, event: Event) -> object:
    def tell() -> None:
        with host.transaction(None, f"{AFTER_EVENT}:{one.plugin}") as uow:
            one(uow=uow, event=event)

    return attempt(host.plugins, one.plugin, AFTER_EVENT, tell)


def event_of(row: OutboxEvent) -> Event | None:
    """Return the event of an outbox row; None where the plugin that emitted it is no longer installed."""
    kind = next((kind for kind in _kinds(Event) if kind.name == row.name), None)
    if kind is None:
        return None
    details = {name: value for name, value in row.body.items() if name != "record_id"}
    return kind(row.commune_code, UUID(hex=str(row.body["record_id"])), details)


def _kinds(kind: type[Event]) -> Iterable[type[Event]]:
    for child in kind.__subclasses__():
        yield child
        yield from _kinds(child)


def _load(host: Host, loader: JournalLoader) -> int:
    if not loader.waiting():
        return 0
    with host.transaction(None, "load_journals") as uow:
        loaded = loader.load(uow.session)
    loader.keep()
    return loaded


def _anchor(host: Host) -> int:
    settings = host.settings
    with host.database.begin() as connection:
        return anchor(connection, host.ring.audit, settings.home, host.clock.now(), durable=settings.keeps_journal)

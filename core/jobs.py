"""Work in the background: each job under a lease, at least once, whether in `oln work` or inside `oln serve`."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from authz.scope import table_of
from core.audit import anchor
from core.clock import utc_now
from core.database import machinery
from core.database_file import check_file
from core.delivery import Courier, deliver_events, undelivered
from core.errors import DatabaseGone
from core.host import Host
from core.journal import JournalLoader
from core.models.operations import IdempotencyKey, Lease
from core.services.users.duties import end_duties

__all__ = ["Job", "Worker", "deliver_events", "expire_keys", "run_due", "undelivered"]

log = logging.getLogger("oln.jobs")
LEASE, KEYS = table_of(Lease), table_of(IdempotencyKey)
HELD_FOR = timedelta(minutes=5)  # after which another process takes over from one that died
SKEW = timedelta(minutes=1)  # by which the clocks of two servers may differ
LATE = timedelta(hours=1)  # after which somebody should know that a job is not done
KEPT_KEYS = timedelta(days=7)
LAST_WORD = 10.0  # seconds that whoever stops waits for what is being done


@dataclass(frozen=True)
class Job:
    """Something to do every so often.

    Parameters
    ----------
    name : str
    every : timedelta
    run : callable
        Returns how much it did; whatever it leaves undone, it does the next time.
    aside : bool
        Whether it may take its time, as plugins do, and the other jobs go on beside it.
    """

    name: str
    every: timedelta
    run: Callable[[], int]
    aside: bool = False

    @property
    def furthest(self) -> timedelta:
        """Until when a lease may run: one that runs longer was written by a clock that was ahead, and holds nobody."""
        return max(self.every, HELD_FOR) + SKEW


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
    _aside: threading.Thread | None = None

    def __post_init__(self) -> None:
        host = self.host
        loader = JournalLoader(host.settings.journal_folder, host.ring.audit, host.clock)
        self.jobs = (
            Job("deliver_events", timedelta(seconds=1), Courier(host).deliver, aside=True),
            Job("load_journals", timedelta(seconds=2), lambda: _load(host, loader)),
            Job("end_duties", timedelta(minutes=1), lambda: _end_duties(host)),
            Job("expire_keys", timedelta(hours=1), lambda: expire_keys(host)),
            Job("anchor_audit", timedelta(days=1), lambda: _anchor(host)),
        )

    def run_due(self) -> dict[str, int]:
        """Do every job that is due and free, and return how much each did; one that fails is logged and retried."""
        return {job.name: done for job in self.jobs if (done := self._run(job)) is not None}

    def work(self, every: float = 1.0) -> None:
        """Do what is due, again and again, until :meth:`stop`; nothing while the database is gone, or away."""
        there = True
        while not self._stop.is_set():
            before, there = there, self._is_there()
            if there:
                self._turn()
            elif before:
                log.error("the database does not answer, or is another than before: no job runs; see docs/operator.md")
            self._stop.wait(every)

    def overdue(self) -> dict[str, datetime]:
        """Return since when each job waits that nobody does, of those that were done before."""
        with machinery(self.host.database, "which jobs nobody does", reading=True) as session:
            until = {row.name: row.until for row in session.connection().execute(select(LEASE))}
        now = self.now()
        return {job.name: until[job.name] for job in self.jobs if until.get(job.name, now) + LATE < now}

    def _is_there(self) -> bool:
        try:
            check_file(self.host.database)
            with self.host.database.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except (DatabaseGone, OperationalError):
            return False
        return True

    def start(self) -> None:
        """Work in a thread of this process."""
        self._thread = threading.Thread(target=self.work, name="oln-jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Do nothing more; what is being done has some seconds to end, and else is undone and done again later."""
        self._stop.set()
        for thread in filter(None, (self._thread, self._aside)):
            thread.join(LAST_WORD)
            if thread.is_alive():
                log.error("%s does not end: what it was doing is undone, and done again later", thread.name)

    def _turn(self) -> None:
        """Do what is due, and beside it what may take its time, one of those at once."""
        for job in self.jobs:
            if not job.aside:
                self._run(job)
            elif not (self._aside and self._aside.is_alive()):
                self._aside = threading.Thread(target=self._run, args=(job,), name=f"oln-{job.name}", daemon=True)
                self._aside.start()

    def _run(self, job: Job) -> int | None:
        try:
            if not (self._is_due(job) and self._take(job)):
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

    def _is_due(self, job: Job) -> bool:
        """Look before taking: most turns find nothing to do, and should cost no write."""
        until = select(LEASE.c.until).where(LEASE.c.name == job.name)
        with machinery(self.host.database, "which jobs are due", reading=True) as session:
            held = session.connection().execute(until).scalar()
        now = self.now()
        return held is None or not now < held <= now + job.furthest

    def _take(self, job: Job) -> bool:
        name, now = job.name, self.now()
        with self.host.database.begin() as connection:
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            free = {"name": name, "holder": self.holder, "until": now}
            connection.execute(dialect.insert(LEASE).values(free).on_conflict_do_nothing())
            lapsed = or_(LEASE.c.until <= now, LEASE.c.until > now + job.furthest)
            mine = update(LEASE).where(LEASE.c.name == name, lapsed)
            return connection.execute(mine.values(holder=self.holder, until=now + HELD_FOR)).rowcount == 1

    def _leave(self, name: str, again: timedelta) -> None:
        mine = update(LEASE).where(LEASE.c.name == name, LEASE.c.holder == self.holder)
        with self.host.database.begin() as connection:
            connection.execute(mine.values(until=self.now() + again))


def run_due(host: Host) -> dict[str, int]:
    """Do once every job that is due, and return how much each did."""
    return Worker(host).run_due()


def expire_keys(host: Host) -> int:
    """Forget retries of more than a week ago, and return how many."""
    with host.database.begin() as connection:
        return connection.execute(delete(KEYS).where(KEYS.c.created_at < host.clock.now() - KEPT_KEYS)).rowcount


def _load(host: Host, loader: JournalLoader) -> int:
    if not loader.waiting():
        return 0
    with host.transaction(None, "load_journals") as uow:
        loaded = loader.load(uow.session)
    loader.keep()
    return loaded


def _end_duties(host: Host) -> int:
    with host.transaction(None, "end_duties", reason="roles that ended by their date") as uow:
        return end_duties(uow)


def _anchor(host: Host) -> int:
    settings = host.settings
    with host.database.begin() as connection:
        return anchor(connection, host.ring.audit, settings.home, host.clock.now(), durable=settings.keeps_journal)

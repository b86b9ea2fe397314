"""Telling plugins what happened: one event and one plugin at a time, and each call within its time."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Lock, Thread
from typing import Any
from uuid import UUID

import sqlalchemy
from sqlalchemy import Connection, Select, and_, or_, select, update

from authz.scope import table_of
from core.database import machinery
from core.events import Event
from core.host import Host
from core.models.operations import OutboxEvent
from core.plugins import Failure, Implementation, attempt, implementations

OUTBOX = table_of(OutboxEvent)
BATCH = 100
ATTEMPTS = 10
DEADLINE = 30.0  # seconds for one call
ROUND = 120.0  # seconds after which no other event is begun, so that the job ends well within its lease
AFTER_EVENT = "oln_after_event"


def in_time(done: "Future[None]") -> None:
    """Wait for a call, but no longer than its time."""
    done.result(DEADLINE)


@dataclass
class Courier:
    """Tells plugins of the events that wait, and remembers which of them still hold a call.

    Parameters
    ----------
    host : Host
    wait : callable
        Waits for a call; raises `TimeoutError` where it takes too long.
    now : callable
        Seconds of a clock that only goes on.
    """

    host: Host
    wait: "Callable[[Future[None]], None]" = in_time
    now: Callable[[], float] = time.monotonic
    _calls: "dict[str, Call]" = field(default_factory=dict)

    def deliver(self) -> int:
        """Tell of what is due; who failed is told again, later and later.

        Returns
        -------
        int
            Events that everybody has now been told of.
        """
        host, end, told = self.host, self.now() + ROUND, 0
        with machinery(host.database, "which events wait", reading=True) as session:
            due = [row.id for row in session.connection().execute(_due(host.clock.now()))]
        for one in due:
            if self.now() > end:
                break
            told += self._deliver(one)
        return told

    def _deliver(self, event_id: UUID) -> int:
        host = self.host
        with machinery(host.database, "an event on its way", reading=True) as session:
            row = session.get_one(OutboxEvent, event_id)
        event, failed = event_of(row), row.failed_for.split(",") if row.failed_for else None
        told = [
            one
            for one in implementations(host.plugins, AFTER_EVENT, failed)
            if row.commune_code in host.modules().get(one.plugin, {row.commune_code})  # off there: it is not told
        ]
        refused = [one.plugin for one in told if event and isinstance(self._tell(one, event), Failure)]
        change: dict[str, Any] = {"attempts": row.attempts + 1, "failed_for": ",".join(refused) or None}
        if not refused:
            change["delivered_at"] = host.clock.now()
        with host.database.begin() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.id == event_id).values(change))
        return 0 if refused else 1

    def _tell(self, one: Implementation, event: Event) -> object:
        before = self._calls.get(one.plugin)
        if before and not before.done.done():  # one thread that hangs is enough
            return Failure(one.plugin, AFTER_EVENT, TimeoutError.__name__)
        call = self._calls[one.plugin] = Call(self.host, one, event)
        return attempt(self.host.plugins, one.plugin, AFTER_EVENT, partial(self._follow, call))

    def _follow(self, call: "Call") -> None:
        Thread(target=call.run, name=f"oln-event-{call.one.plugin}", daemon=True).start()
        try:
            self.wait(call.done)
        except TimeoutError:
            if not call.done.done() and call.give_up():
                raise
            self.wait(call.done)  # it has just ended, or what it did is being kept


class TooLate(Exception):
    """A call went on after it was given up: nothing of it is kept."""


@dataclass
class Call:
    """One plugin told of one event, in a thread and a transaction of its own.

    Python cannot end a thread; what can be ended is what it holds. A call that was given up loses its connection, so
    that no lock of the database waits for it, and finds nothing to write with if it ever goes on.
    """

    host: Host
    one: Implementation
    event: Event
    done: "Future[None]" = field(default_factory=Future)
    _settled: Lock = field(default_factory=Lock)
    _late: bool = False
    _connections: list[Connection] = field(default_factory=list)

    def run(self) -> None:
        try:
            self._tell()
        except BaseException as error:
            self.done.set_exception(error)
        else:
            self.done.set_result(None)

    def give_up(self) -> bool:
        """Undo what it did so far and let it do no more; False where it has just returned, and is being kept."""
        if not self._settled.acquire(blocking=False):
            return False
        self._late = True
        for connection in tuple(self._connections):
            connection.invalidate()
        return True

    def _tell(self) -> None:
        with self.host.transaction(None, f"{AFTER_EVENT}:{self.one.plugin}") as uow:
            sqlalchemy.event.listen(uow.session, "after_begin", self._began)
            self.one(uow=uow, event=self.event)
            if not self._settled.acquire(blocking=False):
                raise TooLate

    def _began(self, _session: object, _transaction: object, connection: Connection) -> None:
        self._connections.append(connection)
        if self._late:
            raise TooLate


def deliver_events(host: Host) -> int:
    """Tell once of what is due, and return of how many events everybody has now been told."""
    return Courier(host).deliver()


def undelivered(host: Host) -> dict[str, int]:
    """Return how many events each plugin has failed to take, for the operator."""
    waiting = select(OUTBOX.c.failed_for).where(OUTBOX.c.delivered_at.is_(None), OUTBOX.c.failed_for.is_not(None))
    counts: dict[str, int] = {}
    with machinery(host.database, "which events wait", reading=True) as session:
        for failed in session.connection().execute(waiting).scalars():
            for plugin in failed.split(","):
                counts[plugin] = counts.get(plugin, 0) + 1
    return counts


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

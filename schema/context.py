"""What every resolver holds: who asks, through which access, and where to read and work."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

import strawberry
from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection

from authz.actor import Actor
from authz.scope import Access
from core.host import Host
from core.unit_of_work import UnitOfWork
from schema.limits import Cost
from schema.read.kinds import parse_id

T = TypeVar("T")


@dataclass
class Context:
    """One operation.

    Parameters
    ----------
    host : Host
    actor : Actor
    reader
        The read path's way to the database (`schema.read.readers`).
    limiter : CapacityLimiter
        How many services that only read run in worker threads at once.
    writers : CapacityLimiter
        The same of those that write: they may wait for each other, and nobody who reads waits behind them.
    compiled : bool
        Whether the read path may compile; the differential test says no.
    seen : set of UUID
        The children whose records the answer shows.
    shown : set of (str, UUID)
        Prefix and key of the records, of any type, that something was told of otherwise than in an answer's rows.
    wanted : set of (str, UUID)
        Prefix and key of the records that the client named, of any type, shown or not.
    sought : bool
        Whether somebody was looked for by number: written down found or not, so that how long it takes tells nothing.
    """

    host: Host
    actor: Actor
    reader: Any
    limiter: CapacityLimiter
    compiled: bool = True
    cost: Cost = field(default_factory=Cost)
    writers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    request_id: str = field(default_factory=lambda: uuid4().hex)
    seen: set[UUID] = field(default_factory=set)
    shown: set[tuple[str, UUID]] = field(default_factory=set)
    wanted: set[tuple[str, UUID]] = field(default_factory=set)
    sought: bool = False
    access: Access = field(init=False)

    def __post_init__(self) -> None:
        self.look_again()

    def look_again(self) -> None:
        """Work out what the actor reaches; in a worker thread, since it may ask the database which modules are on."""
        self.access = self.host.access(self.actor)

    def saw(self, ids: Any) -> None:
        """Remember which children's records the answer shows, for the journal."""
        self.seen.update(ids)

    def told(self, texts: Iterable[str]) -> None:
        """Remember which records the client named, or a refusal names, and something was told of."""
        self.shown.update(one for one in map(parse_id, texts) if one[0])

    def named(self, texts: Iterable[str]) -> None:
        """Remember which records the client named by their ids: whose are not shown go into the journal as well."""
        self.wanted.update(one for one in map(parse_id, texts) if one[0])

    def connect(self) -> AbstractContextManager[Connection]:
        """Open a connection for the ordinary way of reading; only in a worker thread."""
        return self.host.database.connect().execution_options(reading=True)

    async def work(self, action: str, service: Callable[[UnitOfWork], T]) -> T:
        """Run a reading service in a worker thread, in a unit of work that nothing commits."""

        def run() -> T:
            unit = self.host.unit_of_work(self.actor, action, request_id=self.request_id, reading=True, hurried=True)
            with unit as uow:
                return service(uow)

        return await to_thread.run_sync(run, limiter=self.limiter)


Info = strawberry.Info[Context, None]

"""The journal that an answer waits for: whoever reads children's records is written down first, durably."""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from core.clock import Clock
from core.host import Host
from core.journal.record import ReadRecord
from core.journal.sinks import FileSink, Sink, TableSink

log = logging.getLogger("oln.journal")
Settle = Callable[[Exception | None], None]


class JournalUnwritable(Exception):
    """The reading could not be written down, so it must not be answered."""


class _Waiting(NamedTuple):
    record: ReadRecord
    settle: Settle


class Journal:
    """Writes down readings, many at a time: all who wait while one batch reaches the disk share the next.

    A thread of its own writes, so that neither the event loop nor a service waits for the disk more than it must.

    Parameters
    ----------
    folder : Path
    key : bytes
        The ring's `audit` key.
    clock : Clock
    sink : Sink, optional
        Files in the folder where none is given.
    """

    def __init__(self, folder: Path, key: bytes, clock: Clock, sink: Sink | None = None) -> None:
        self._sink = sink or FileSink(folder, key, clock)
        self._clock = clock
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    async def record(self, record: ReadRecord) -> None:
        """Return once the record is durable.

        Raises
        ------
        JournalUnwritable
            If it could not be written: the reading then fails.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._put(_Waiting(record, lambda error: _tell(loop, done, error)))
        await done

    def record_now(self, record: ReadRecord) -> None:
        """Do as :meth:`record`, for services and commands that run in a thread.

        Raises
        ------
        JournalUnwritable
        """
        done: Future[None] = Future()
        self._put(_Waiting(record, lambda error: done.set_exception(error) if error else done.set_result(None)))
        done.result()

    def check(self) -> None:
        """Return where a reading could be written down now; nothing is.

        Raises
        ------
        OSError
        """
        self._sink.check()

    def close(self) -> None:
        """Write what waits, and stop."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread:
            self._queue.put(None)
            thread.join()
        self._sink.close()

    def _put(self, waiting: _Waiting) -> None:
        if self._thread is None:
            self._start()
        self._queue.put(waiting)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="oln-journal", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        while True:
            batch = self._drain()
            some = [waiting for waiting in batch if waiting is not None]
            if some:
                error = self._append([waiting.record for waiting in some])
                for waiting in some:
                    waiting.settle(error)
            if len(some) < len(batch):
                return

    def _append(self, records: list[ReadRecord]) -> Exception | None:
        try:
            self._sink.append(records, self._clock.now())
        except Exception as error:  # whatever it is, nobody who waits may be answered
            log.exception("the read journal could not be written")
            unwritable = JournalUnwritable("La lectura no pudo quedar registrada; reintente.")
            unwritable.__cause__ = error
            return unwritable
        return None

    def _drain(self) -> list[_Waiting | None]:
        batch = [self._queue.get()]
        try:
            while True:
                batch.append(self._queue.get_nowait())
        except Empty:
            return batch


def open_journal(host: Host) -> Journal:
    """Return the journal that the settings ask for: files, or the database where the disk is not durable."""
    key, folder = host.ring.audit, host.settings.journal_folder
    if not host.settings.keeps_journal:
        return Journal(folder, key, host.clock, TableSink(host.database, key, host.clock))
    return Journal(folder, key, host.clock)


def _tell(loop: asyncio.AbstractEventLoop, done: "asyncio.Future[None]", error: Exception | None) -> None:
    def settle() -> None:
        if done.done():  # whoever asked has gone
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(None)

    if not loop.is_closed():
        loop.call_soon_threadsafe(settle)

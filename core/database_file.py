"""The files of an embedded database: the very ones that were opened, or nothing is written or answered.

A file that somebody deletes or replaces lives on, without a name, for whoever has it open: what is written there is
gone when the process ends. That goes for the base and for the two beside it: its log (`-wal`), where what is committed
stands first, and the log's index (`-shm`), by whose locks processes wait for each other. To look costs a few
microseconds.
"""

import os
import threading
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, event

from core.errors import DatabaseGone

OPTION = "database_file"  # where an engine keeps it
BESIDE = ("-wal", "-shm")
Identity = tuple[int, int]


class DatabaseFile:
    """Knows which file an engine opened first, and which stand beside it while a connection is open.

    SQLite makes those two anew when the first of all processes connects, and deletes them when the last one leaves;
    as long as one of our own connections is open they stay the same, whatever others do: checkpoint, VACUUM, backup.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._opened: Identity | None = None
        self._beside: dict[str, Identity] = {}
        self._connections: WeakSet[Any] = WeakSet()  # the pool's records; one that it forgets closes its connection
        self._lock = threading.Lock()

    def check(self) -> None:
        """Return where the files are still the ones that were opened, or none has been.

        Raises
        ------
        DatabaseGone
        """
        if self._opened is not None and _found(str(self._path)) != self._opened:
            raise DatabaseGone
        beside = self._beside
        if all(_found(path) == one for path, one in beside.items()):
            return
        if self._connections and self._beside is beside:  # asked last: who closes is forgotten before SQLite deletes
            raise DatabaseGone

    def keep(self, connection: Any) -> None:
        """Remember the files that a connection has just opened; those of a second one have to be the same.

        Raises
        ------
        DatabaseGone
        """
        with self._lock:
            if self._opened is None:
                self._opened = _found(str(self._path))
            if not self._connections:
                self._beside = _found_beside(self._path)
            self._connections.add(connection)
        try:
            self.check()
        except DatabaseGone:
            self.forget(connection)
            raise

    def forget(self, connection: Any) -> None:
        """Let go of a connection that is about to close: with the last one, SQLite may delete the files beside it."""
        with self._lock:
            self._connections.discard(connection)


def _found(path: str) -> Identity | None:
    try:
        found = os.stat(path)
    except OSError:  # whatever it is, nobody who opens the file finds what is written now
        return None
    return found.st_dev, found.st_ino


def _found_beside(path: Path) -> dict[str, Identity]:
    real = os.path.realpath(path)  # SQLite follows a link, and puts them beside what it leads to
    return {f"{real}{end}": found for end in BESIDE if (found := _found(f"{real}{end}"))}


def watch(engine: Engine, path: str | None) -> None:
    """Let an engine of SQLite look at its files before it connects, begins and commits; one in memory has none."""
    if not path or path == ":memory:" or path.startswith("file:"):
        return
    file = DatabaseFile(Path(path))
    engine.update_execution_options(**{OPTION: file})
    event.listen(engine, "do_connect", lambda *_: file.check())  # or SQLite would make an empty file in its place
    event.listen(engine, "connect", lambda _connection, record: file.keep(record))
    event.listen(engine, "close", lambda _connection, record: file.forget(record))
    for moment in ("begin", "commit"):
        event.listen(engine, moment, lambda _connection: file.check())


def check_file(engine: Engine) -> None:
    """Return where the database is still the one that was opened; always so for a server's.

    The edge asks before it runs an operation and before it answers, since the read path has connections of its own.

    Raises
    ------
    DatabaseGone
    """
    file: Any = engine.get_execution_options().get(OPTION)
    if file:
        file.check()

"""The file of an embedded database: the very one that was opened, or nothing is written or answered.

A file that somebody deletes or replaces lives on, without a name, for whoever has it open: what is written there is
gone when the process ends. To look costs about two microseconds.
"""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from core.errors import DatabaseGone

OPTION = "database_file"  # where an engine keeps it


class DatabaseFile:
    """Knows which file an engine opened first.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._opened: tuple[int, int] | None = None

    def check(self) -> None:
        """Return where the file is still the one that was opened, or none has been.

        Raises
        ------
        DatabaseGone
        """
        if self._opened is not None and self._found() != self._opened:
            raise DatabaseGone

    def keep(self) -> None:
        """Remember the file that has just been opened; a second one has to be the same.

        Raises
        ------
        DatabaseGone
        """
        if self._opened is None:
            self._opened = self._found()
        self.check()

    def _found(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except OSError:  # whatever it is, nobody who opens the file finds what is written now
            return None
        return found.st_dev, found.st_ino


def watch(engine: Engine, path: str | None) -> None:
    """Let an engine of SQLite look at its file before it connects, begins and commits; one in memory has none."""
    if not path or path == ":memory:" or path.startswith("file:"):
        return
    file = DatabaseFile(Path(path))
    engine.update_execution_options(**{OPTION: file})
    event.listen(engine, "do_connect", lambda *_: file.check())  # or SQLite would make an empty file in its place
    event.listen(engine, "connect", lambda *_: file.keep())
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

"""Where lines are kept: files of this process, or the audit tables themselves."""

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from core.audit.anchor_file import sync_folder
from core.audit.anchors import note_journal
from core.clock import Clock
from core.journal.record import Chain, ReadRecord
from core.journal.tables import insert_lines

log = logging.getLogger("oln.journal")
LARGEST = 16 << 20
SUFFIX = ".jsonl"


class Sink(Protocol):
    """What a journal writes to; only its writer calls it."""

    def append(self, records: list[ReadRecord], at: datetime) -> None:
        """Make the records durable, all or none."""
        ...

    def close(self) -> None: ...


class FileSink:
    """Append-only files in a folder, one after another, none of them shared with another process.

    Each file's name stands in the anchor file, beside the folder, before its first line is written; and again, with the
    number of its last line, when it is left. So a file that is gone before its lines reached the tables is missed
    (`verify_reads`). No database is asked, so that no reading waits for whoever writes to SQLite. Where the name cannot
    be written there, the empty file is taken away again and the reading fails, as it does where the line itself cannot
    be: it was not answered, and the next one tries anew. Where the end cannot be written, nothing is lost but that
    witness, and the log says so.

    Parameters
    ----------
    folder : Path
    key : bytes
    clock : Clock
        Names the files.
    largest : int
        Bytes after which the next file begins.
    """

    def __init__(self, folder: Path, key: bytes, clock: Clock, largest: int = LARGEST) -> None:
        self._folder, self._key, self._clock, self._largest = folder, key, clock, largest
        self._file: int | None = None
        self._size = 0
        self._chain = Chain(key, "")

    def append(self, records: list[ReadRecord], at: datetime) -> None:
        if self._file is None or self._size >= self._largest or self._is_gone(self._file):
            self._next_file()
        assert self._file is not None
        lines = self._chain.link(records, at)
        raw = b"".join(line for _, line in lines)
        try:
            written = 0
            while written < len(raw):
                written += os.write(self._file, raw[written:])
            os.fdatasync(self._file)
        except OSError:
            self._take_back()
            raise
        self._size += len(raw)
        self._chain.grow(lines[-1][0])

    def close(self) -> None:
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        try:
            if self._chain.sequence:
                self._note(self._chain.journal, self._chain.sequence, self._chain.previous)
        except OSError:
            log.exception("the end of journal %s could not be anchored", self._chain.journal)

    def _take_back(self) -> None:
        """Leave no half line behind; where not even that works, the next record begins another file."""
        assert self._file is not None
        try:
            os.ftruncate(self._file, self._size)
            os.fdatasync(self._file)
        except OSError:
            self.close()

    def _is_gone(self, file: int) -> bool:
        """Whether the file was deleted or moved away: what is written to it now, nobody would find."""
        try:
            if os.path.samestat(os.stat(self._path(self._chain.journal)), os.fstat(file)):
                return False
        except FileNotFoundError:
            pass
        log.error("journal %s is no longer in its folder; another begins", self._chain.journal)
        return True

    def _next_file(self) -> None:
        self.close()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file, name = self._create()
        try:
            sync_folder(self._folder)
            self._note(name)
        except BaseException:
            os.close(file)
            self._path(name).unlink(missing_ok=True)
            raise
        self._file, self._size, self._chain = file, 0, Chain(self._key, name)

    def _create(self) -> tuple[int, str]:
        while True:
            name = self._clock.new_id().hex
            try:
                return os.open(self._path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), name
            except FileExistsError:  # a clock that stands still draws the same names in every process
                continue

    def _note(self, name: str, sequence: int = 0, last: str = "") -> None:
        note_journal(self._folder.parent, self._key, self._clock.now(), name, sequence, last)

    def _path(self, name: str) -> Path:
        return self._folder / (name + SUFFIX)


class TableSink:
    """The audit tables, a transaction for each batch: for disks that forget (`OLN_READ_AUDIT=database`).

    Parameters
    ----------
    engine : Engine
    key : bytes
    clock : Clock
    """

    def __init__(self, engine: Engine, key: bytes, clock: Clock) -> None:
        self._engine, self._clock, self._key = engine, clock, key
        self._chain = Chain(key, f"database-{clock.new_id().hex}")

    def append(self, records: list[ReadRecord], at: datetime) -> None:
        lines = [line for line, _ in self._chain.link(records, at)]
        with self._engine.begin() as connection:
            insert_lines(connection, self._chain.journal, lines, self._clock, self._key)
        self._chain.grow(lines[-1])

    def close(self) -> None:
        pass

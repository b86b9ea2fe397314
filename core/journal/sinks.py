"""Where lines are kept: files of this process, or the audit tables themselves."""

import os
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

from core.clock import Clock
from core.journal.record import Chain, ReadRecord
from core.journal.tables import insert_lines

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
        if self._file is None or self._size >= self._largest:
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
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _take_back(self) -> None:
        """Leave no half line behind; where not even that works, the next record begins another file."""
        assert self._file is not None
        try:
            os.ftruncate(self._file, self._size)
            os.fdatasync(self._file)
        except OSError:
            self.close()

    def _next_file(self) -> None:
        self.close()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while self._file is None:
            name = self._clock.new_id().hex
            try:
                path = self._folder / (name + SUFFIX)
                self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            except FileExistsError:  # a clock that stands still draws the same names in every process
                continue
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._size, self._chain = 0, Chain(self._key, name)


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

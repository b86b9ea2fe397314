"""Where lines are kept: files of this process, or the audit tables themselves."""

import logging
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from sqlalchemy import Engine

from core.audit.anchor_file import held, sync_folder
from core.audit.anchors import note_journal
from core.clock import Clock
from core.journal.record import Chain, ReadRecord
from core.journal.tables import insert_lines

log = logging.getLogger("oln.journal")
LARGEST = 16 << 20
SUFFIX = ".jsonl"
PROBE = 4096  # bytes that a disk must still take


class Sink(Protocol):
    """What a journal writes to; only its writer calls it."""

    def append(self, records: list[ReadRecord], at: datetime) -> None:
        """Make the records durable, all or none."""
        ...

    def check(self) -> None:
        """Return where something could be appended; from any thread, and nothing is left behind."""
        ...

    def close(self) -> None: ...


class FileSink:
    """Append-only files in a folder, one after another, none of them shared with another process.

    Each file's name stands in the anchor file, beside the folder, once its first lines are durable and before anybody
    is answered from it; and again, with the number of its last line, when it is left. So a file that is gone before its
    lines reached the tables is missed (`verify_reads`), and one that never answered anybody is not: it may be empty,
    and whoever archives or loses it loses nothing. What stays unseen is the tail after those first lines, of a file
    whose process was killed. No database is asked, so that no reading waits for whoever writes to SQLite.

    A reading that cannot be written down, in the file or in the anchors, fails, and the next one tries anew. Its line
    stays if it is whole, for the loader may have taken it: nobody was answered, and the chain stays true. After a disk
    that failed another file begins, since a later line could reach it and an earlier one not. Where the end cannot be
    anchored, nothing is lost but that witness, and the log says so.

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
        self._named = False  # the anchor file may know of it
        self._anchored = False  # and surely does
        self._over = False  # nothing more may be written to it

    def append(self, records: list[ReadRecord], at: datetime) -> None:
        if self._file is not None and (self._over or self._size >= self._largest or self._is_gone(self._file)):
            self.close()
        if self._file is not None and self._anchored:
            self._write(self._file, records, at)
            return
        with held(self._folder.parent) as anchors:  # first, so that where it cannot be written no file begins
            self._write(self._file or self._next_file(), records, at)
            self._named = True
            self._note(anchors)
        self._anchored = True

    def check(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._folder, buffering=0) as file:
            file.write(bytes(PROBE))

    def close(self) -> None:
        if self._file is None:
            return
        os.close(self._file)
        self._file = None
        try:
            if not self._named:
                self._path(self._chain.journal).unlink(missing_ok=True)
            elif self._chain.sequence:
                with held(self._folder.parent) as anchors:
                    self._note(anchors)
        except OSError:
            log.exception("the end of journal %s could not be anchored", self._chain.journal)

    def _write(self, file: int, records: list[ReadRecord], at: datetime) -> None:
        lines = self._chain.link(records, at)
        raw = b"".join(line for _, line in lines)
        try:
            written = 0
            while written < len(raw):
                written += os.write(file, raw[written:])
            os.fdatasync(file)
        except OSError:
            self._leave(file, raw)
            raise
        self._size += len(raw)
        self._chain.grow(lines[-1][0])

    def _leave(self, file: int, raw: bytes) -> None:
        """Leave no half line behind, and let another file begin where a line of this batch is in it."""
        self._over = True
        try:
            whole = raw.rfind(b"\n", 0, max(0, os.fstat(file).st_size - self._size)) + 1
            os.ftruncate(file, self._size + whole)
            os.fdatasync(file)
            self._over = bool(whole)
        except OSError:
            log.warning("journal %s could not be cut to its last whole line", self._chain.journal)

    def _is_gone(self, file: int) -> bool:
        """Whether the file was deleted or moved away: what is written to it now, nobody would find."""
        try:
            if os.path.samestat(os.stat(self._path(self._chain.journal)), os.fstat(file)):
                return False
        except FileNotFoundError:
            pass
        log.error("journal %s is no longer in its folder; another begins", self._chain.journal)
        return True

    def _next_file(self) -> int:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file, name = self._create()
        try:
            sync_folder(self._folder)
        except BaseException:
            os.close(file)
            self._path(name).unlink(missing_ok=True)
            raise
        self._file, self._size, self._chain = file, 0, Chain(self._key, name)
        self._named = self._anchored = self._over = False
        return file

    def _create(self) -> tuple[int, str]:
        while True:
            name = self._clock.new_id().hex
            try:
                return os.open(self._path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600), name
            except FileExistsError:  # a clock that stands still draws the same names in every process
                continue

    def _note(self, anchors: BinaryIO) -> None:
        chain = self._chain
        note_journal(anchors, self._key, self._clock.now(), chain.journal, chain.sequence, chain.previous)

    def _path(self, name: str) -> Path:
        return self._folder / (name + SUFFIX)


class TableSink:
    """The audit tables, a transaction for each batch: for disks that forget (`OLN_READ_AUDIT=database`).

    Where a batch fails, nobody knows whether the database has it: another chain begins, under a name of its own.

    Parameters
    ----------
    engine : Engine
    key : bytes
    clock : Clock
    """

    def __init__(self, engine: Engine, key: bytes, clock: Clock) -> None:
        self._engine, self._clock, self._key = engine, clock, key
        self._chain = self._begun()

    def append(self, records: list[ReadRecord], at: datetime) -> None:
        lines = [line for line, _ in self._chain.link(records, at)]
        try:
            with self._engine.begin() as connection:
                insert_lines(connection, self._chain.journal, lines, self._clock, self._key)
        except BaseException:
            self._chain = self._begun()
            raise
        self._chain.grow(lines[-1])

    def check(self) -> None:
        """Find nothing in the way: whoever asks has asked the database itself."""

    def close(self) -> None:
        pass

    def _begun(self) -> Chain:
        return Chain(self._key, f"database-{self._clock.new_id().hex}")

"""The job that brings the journals' lines into the audit tables, each once, however often it runs."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from core.clock import Clock
from core.database import ScopedSession
from core.journal.record import Line, body_in, mac_of, parse, whole_lines
from core.journal.sinks import SUFFIX
from core.journal.tables import insert_lines, last_loaded, loaded_numbers

log = logging.getLogger("oln.journal")


@dataclass
class Position:
    """How far a file was read: bytes, lines, and the last link."""

    offset: int = 0
    sequence: int = 0
    mac: str = ""


class JournalLoader:
    """Loads journals; between two runs it remembers how far it read, so that each line is read once.

    Parameters
    ----------
    folder : Path
    key : bytes
    clock : Clock
    """

    def __init__(self, folder: Path, key: bytes, clock: Clock) -> None:
        self._folder, self._key, self._clock = folder, key, clock
        self._positions: dict[str, Position] = {}
        self._reached: dict[str, Position] = {}
        self._broken: set[str] = set()  # said once, and not every two seconds

    def waiting(self) -> bool:
        """Tell whether some file has grown since the last run that was kept."""
        return any(_size(path) > self._at(path).offset for path in self._files())

    def load(self, session: ScopedSession) -> int:
        """Load every line that the tables do not have; whoever opened the session commits, and then calls `keep`.

        A line whose link does not hold stops its file: nothing behind it can be believed, and `verify_reads` tells.

        Returns
        -------
        int
            Lines loaded.
        """
        self._reached, loaded = {}, 0
        for path in self._files():
            lines, self._reached[path.stem] = self._missing(session.connection(), path)
            if lines:
                insert_lines(session.connection(), path.stem, lines, self._clock, self._key)
            loaded += len(lines)
        return loaded

    def keep(self) -> None:
        """Go on from here the next time: only where the commit succeeded, or its lines would never be read again."""
        self._positions = self._reached

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{SUFFIX}"))

    def _at(self, path: Path) -> Position:
        return self._positions.get(path.stem, Position())

    def _missing(self, connection: Connection, path: Path) -> tuple[list[Line], Position]:
        """Return the lines that the tables lack, each right behind one that they have."""
        here = self._at(path)
        if _size(path) <= here.offset:
            return [], here
        known = last_loaded(connection, path.stem)
        if 0 < here.sequence <= known:
            lines, reached = self._new_lines(path, here)
            return [line for line in lines if line.sequence > known], reached
        # the first look, or the tables have lost what we had put there: fill every gap, from the beginning
        lines, reached = self._new_lines(path, Position())
        there = loaded_numbers(connection, path.stem)
        return [line for line in lines if line.sequence not in there], reached

    def _new_lines(self, path: Path, here: Position) -> tuple[list[Line], Position]:
        raw = _read(path, here.offset)
        offset, sequence, mac, lines = here.offset, here.sequence, here.mac, []
        for text in whole_lines(raw):
            said = _parsed(text)
            link = (sequence + 1, mac, mac_of(self._key, path.stem, body_in(text)))
            if (said.get("n"), said.get("prev"), said.get("mac")) != link:
                self._tell_broken(path.stem, sequence)
                break
            line = parse(said)
            lines.append(line)
            offset, sequence, mac = offset + len(text) + 1, line.sequence, line.mac
        else:
            self._broken.discard(path.stem)
        return lines, Position(offset, sequence, mac)

    def _tell_broken(self, name: str, sequence: int) -> None:
        if name not in self._broken:
            log.error("journal %s is broken after line %d: what follows is not loaded; see oln doctor", name, sequence)
        self._broken.add(name)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # archived since the folder was listed
        return 0


def _read(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()
    except FileNotFoundError:  # as above
        return b""


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def load_journals(session: ScopedSession, folder: Path, key: bytes, clock: Clock) -> int:
    """Load every line once, from the start of each file; whoever opened the session commits."""
    return JournalLoader(folder, key, clock).load(session)

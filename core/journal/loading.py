"""The job that brings the journals' lines into the audit tables, each once, however often it runs."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.clock import Clock
from core.database import ScopedSession
from core.journal.record import Line, body_in, mac_of, parse, whole_lines
from core.journal.sinks import SUFFIX
from core.journal.tables import insert_lines, last_loaded

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

    def waiting(self) -> bool:
        """Tell whether some file has grown since the last run."""
        return any(path.stat().st_size > self._at(path).offset for path in self._folder.glob(f"*{SUFFIX}"))

    def load(self, session: ScopedSession) -> int:
        """Load every line that the tables do not have; whoever opened the session commits.

        A line whose link does not hold stops its file: nothing behind it can be believed, and `verify_reads` tells.

        Returns
        -------
        int
            Lines loaded.
        """
        reached, loaded = dict(self._positions), 0
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            lines, reached[path.stem] = self._new_lines(path)
            if lines:
                known = last_loaded(session.connection(), path.stem)
                lines = [line for line in lines if line.sequence > known]
            if lines:
                insert_lines(session.connection(), path.stem, lines, self._clock, self._key)
            loaded += len(lines)
        self._positions = reached
        return loaded

    def _at(self, path: Path) -> Position:
        return self._positions.get(path.stem, Position())

    def _new_lines(self, path: Path) -> tuple[list[Line], Position]:
        here = self._at(path)
        with path.open("rb") as file:
            file.seek(here.offset)
            raw = file.read()
        offset, sequence, mac, lines = here.offset, here.sequence, here.mac, []
        for text in whole_lines(raw):
            said = _parsed(text)
            link = (sequence + 1, mac, mac_of(self._key, path.stem, body_in(text)))
            if (said.get("n"), said.get("prev"), said.get("mac")) != link:
                log.error("journal %s is broken after line %d", path.stem, sequence)
                break
            line = parse(said)
            lines.append(line)
            offset, sequence, mac = offset + len(text) + 1, line.sequence, line.mac
        return lines, Position(offset, sequence, mac)


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def load_journals(session: ScopedSession, folder: Path, key: bytes, clock: Clock) -> int:
    """Load every line once, from the start of each file; whoever opened the session commits."""
    return JournalLoader(folder, key, clock).load(session)

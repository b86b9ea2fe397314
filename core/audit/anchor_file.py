"""The file `audit-anchor.jsonl`: signed lines outside the database, each linked to the one before.

A line says where a chain stood at an instant. The journals of reads stand in it from the moment they begin, at 0, and
again where they end. Whoever appends holds the file, so that processes that share a folder never break its chain; and
nobody waits for a database in the meantime, so a reading does not wait for whoever writes to SQLite.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from core.audit.digest import canonical, digest

FILE = "audit-anchor.jsonl"
TAIL = 64 << 10  # bytes from the end in which the last line is looked for
NOTHING: dict[str, Any] = {
    "chain": "",
    "sequence": 0,
    "digest": "",
    "previous": "",
    "mac": "",
}  # what a line that is none says
Stand = tuple[str, int, str]  # a chain, the number of its last link, and its digest


def read_anchors(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of an anchor file, oldest first; none where there is no file."""
    if path.exists():
        yield from map(_parsed, whole(path.read_bytes()))


def whole(raw: bytes) -> list[bytes]:
    r"""Return the lines that end: of one that a crash left half written, nobody was told.

    Examples
    --------
    >>> whole(b"one\ntwo\nthr")
    [b'one', b'two']
    """
    return raw[: raw.rfind(b"\n") + 1].splitlines()


def anchor_mac(key: bytes, line: dict[str, Any]) -> str:
    return digest(key, b"anchor", canonical({name: value for name, value in line.items() if name != "mac"}))


@contextmanager
def held(home: Path) -> Iterator[BinaryIO]:
    """Hold the file, made where there is none, against whoever else would append."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(home / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def append(file: BinaryIO, home: Path, key: bytes, now: datetime, stands: Iterable[Stand]) -> None:
    """Write lines at the end of a file that is held; they are durable when this returns.

    Raises
    ------
    OSError
        If they could not be written; the next one who appends takes away what is left of them.
    """
    previous, lines = _last_link(file), []
    for chain, sequence, last in stands:
        line = {"at": now.isoformat(), "chain": chain, "sequence": sequence, "digest": last, "previous": previous}
        previous = line["mac"] = anchor_mac(key, line)
        lines.append(canonical(line) + b"\n")
    begun, raw = file.seek(0, os.SEEK_END), b"".join(lines)
    if file.write(raw) != len(raw):
        raise OSError(f"{FILE} could not be written to its end")
    os.fsync(file.fileno())
    if not begun:
        sync_folder(home)


def sync_folder(folder: Path) -> None:
    """Make a new file's name durable, as its bytes are."""
    here = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(here)
    finally:
        os.close(here)


def _last_link(file: BinaryIO) -> str:
    start = max(0, file.seek(0, os.SEEK_END) - TAIL)
    file.seek(start)
    tail = file.read()
    kept = tail.rfind(b"\n") + 1
    if kept < len(tail):
        file.truncate(start + kept)
    return str(_parsed(tail[:kept].splitlines()[-1])["mac"]) if kept else ""


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        line = orjson.loads(raw)
    except ValueError:
        return NOTHING
    told = isinstance(line, dict) and all(isinstance(line.get(name), type(said)) for name, said in NOTHING.items())
    return line if told else NOTHING

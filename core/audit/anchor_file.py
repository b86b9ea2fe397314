"""The file `audit-anchor.jsonl`: signed lines outside the database, each linked to the one before.

A line says where a chain stood at an instant. The journals of reads stand in it from their first line on, before
anybody is answered from it, and again where they end. Whoever appends holds the file, so that processes that share a
folder never break its chain; and nobody waits for a database in the meantime, so a reading does not wait for whoever
writes to SQLite.
"""

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from core.audit.digest import canonical, digest

log = logging.getLogger("oln.audit")
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
    while True:
        with open(home / FILE, "r+b", buffering=0, opener=_opened) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_in_place(file, home / FILE):
                yield file
                return


def settled(home: Path) -> list[dict[str, Any]]:
    """Return the lines while nobody appends: each of them is durable, and none will be taken back.

    The file is opened to read only, so that a folder that takes no writing can be verified.
    """
    try:
        with (home / FILE).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            return list(map(_parsed, whole(file.read())))
    except FileNotFoundError:
        return []


def set_aside(home: Path, now: datetime) -> Path | None:
    """Move the file out of the way, as evidence, under a name that says when; None where there is no line in it."""
    with held(home) as file:
        if not file.seek(0, os.SEEK_END):
            return None
        aside = next(path for path in _names_aside(home, now) if not path.exists())
        (home / FILE).rename(aside)
        sync_folder(home)
    return aside


def append(file: BinaryIO, key: bytes, now: datetime, stands: Iterable[Stand]) -> None:
    """Write lines at the end of a file that is held; they are durable when this returns.

    Raises
    ------
    OSError
        If they could not be written. None of them stays; where not even that works, they may, and say nothing untrue.
    """
    previous, lines = _last_link(file), []
    for chain, sequence, last in stands:
        line = {"at": now.isoformat(), "chain": chain, "sequence": sequence, "digest": last, "previous": previous}
        previous = line["mac"] = anchor_mac(key, line)
        lines.append(canonical(line) + b"\n")
    begun, raw = file.seek(0, os.SEEK_END), b"".join(lines)
    try:
        if file.write(raw) != len(raw):
            raise OSError(f"{FILE} could not be written to its end")
        os.fsync(file.fileno())
        if not begun:
            sync_folder(Path(file.name).parent)
    except BaseException:
        _take_back(file, begun)
        raise


def sync_folder(folder: Path) -> None:
    """Make a new file's name durable, as its bytes are."""
    here = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(here)
    finally:
        os.close(here)


def _opened(path: str, _: int) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)


def _is_in_place(file: BinaryIO, path: Path) -> bool:
    """Whether the file is still the one of that name: while one waits for it, it may be set aside."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def _names_aside(home: Path, now: datetime) -> Iterator[Path]:
    """Yield names that sort by their instant; a demo's clock stands still, so one instant may need many."""
    for number in count(1):
        yield home / f"audit-anchor.{now:%Y%m%d-%H%M%S}{f'-{number}' if number > 1 else ''}.jsonl"


def _take_back(file: BinaryIO, begun: int) -> None:
    """Cut off lines of which nobody was told: after a failed fsync they may never reach the disk, and others would."""
    try:
        file.truncate(begun)
        os.fsync(file.fileno())
    except OSError:
        log.exception("lines of %s could not be taken back", FILE)


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

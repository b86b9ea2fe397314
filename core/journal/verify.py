"""Reads the journals again, in their files and in the tables, and says where they were tampered with.

An edited, deleted, slipped-in or reordered line breaks a link. A tail that was cut off a file shows where the tables
have more, and within seconds they do; one that was cut off the tables comes back from the file when the loader starts
again. Files may be moved away once loaded: the tables carry the same chain. A file that is gone before that shows as
well: the anchor file has known its name since it began, and its last line since it ended. What does not show is a tail
that nobody had anchored: of a file that was cut while it was written, or left by a process that was killed.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from core.audit.anchor_file import FILE, read_anchors
from core.audit.digest import READS, UNPLACED, head_digest
from core.audit.verify import Finding, FindingKind
from core.database import ScopedSession
from core.journal.record import Line, body_in, body_of, mac_of, whole_lines
from core.journal.sinks import SUFFIX
from core.journal.tables import heads, journals, loaded_lines, unproven, unproven_is_known

Link = tuple[
    int, str | None, str, bytes
]  # its number, the one before as it says (None: it does not), its HMAC, its body


def verify_journal(path: Path, key: bytes) -> list[Finding]:
    """Return where one journal file is not what was written; nothing where it is whole."""
    return list(_walk(path.stem, _file_links(path), key))


def verify_reads(session: ScopedSession, folder: Path, key: bytes, home: Path | None = None) -> list[Finding]:
    """Return where the read audit is not what was written: each file, each journal in the tables, one beside the other.

    Parameters
    ----------
    session : ScopedSession
        A snapshot that has not asked anything yet.
    folder : Path
    key : bytes
    home : Path, optional
        The folder of the anchor file: it knows of journals whose every trace in the database is gone.
    """
    anchored = _anchored(home)  # before anything else: a journal that begins meanwhile is there and not yet anchored
    # Before the snapshot: a file that is gone by now was loaded earlier, so the snapshot has its lines. Files are read
    # after it, since they have to reach as far as the tables; one that is archived in between is left to the next run.
    there = set(_files(folder))
    connection = session.connection()
    ends = heads(connection)
    found: list[Finding] = []
    for name in sorted({*_files(folder), *journals(connection), *ends, *anchored}):
        loaded = list(loaded_lines(connection, name, key))
        lines = [line for line, _ in loaded]
        found += _walk(name, _table_links(lines), key)
        found += _cut(name, lines, ends.get(name), key)
        found += _moved(name, loaded, {one.sequence for one in found if one.chain == name})
        in_file = _links_of(folder / (name + SUFFIX))
        if in_file is not None:
            found += _walk(name, in_file, key)
            found += _apart(name, lines, {n: mac for n, _, mac, _ in in_file})
        if name in anchored and (in_file is not None or name not in there):
            found += _lost(name, anchored[name], lines, in_file)
    if not unproven_is_known(connection, key):
        found.append(Finding(FindingKind.UNPLACED, UNPLACED, 0, _UNPLACED.format(n=unproven(connection))))
    return list(dict.fromkeys(found))  # what is wrong in the file and in the tables alike is told once


def _files(folder: Path) -> list[str]:
    return [path.stem for path in folder.glob(f"*{SUFFIX}")]


def _links_of(path: Path) -> list[Link] | None:
    try:
        return list(_file_links(path))
    except FileNotFoundError:
        return None


def _lost(name: str, anchored: int, lines: list[Line], in_file: list[Link] | None) -> Iterator[Finding]:
    """Tell where neither the tables nor the file have what was anchored."""
    if not anchored and not lines and in_file is None:
        yield Finding(FindingKind.DELETED, name, 1, _GONE.format(c=name))
    reached = max([line.sequence for line in lines] + [n for n, *_ in in_file or ()], default=0)
    if anchored > reached:
        yield _finding(FindingKind.TRUNCATED, name, reached + 1)


def _apart(name: str, lines: list[Line], in_file: dict[int, str]) -> Iterator[Finding]:
    """Tell where a file ends before the tables, or says something else."""
    beyond = [line.sequence for line in lines if line.sequence > max(in_file, default=0)]
    if beyond:
        yield _finding(FindingKind.TRUNCATED, name, beyond[0])
    for line in lines:
        if in_file.get(line.sequence, line.mac) != line.mac:
            yield _finding(FindingKind.BROKEN_LINK, name, line.sequence)


def _anchored(home: Path | None) -> dict[str, int]:
    """Return how far each journal had come when it was last anchored; 0 for one of which only the beginning is."""
    reached: dict[str, int] = {}
    for line in read_anchors(home / FILE) if home else ():
        if line["chain"].startswith(READS):
            name = line["chain"].removeprefix(READS)
            reached[name] = max(reached.get(name, 0), line["sequence"])
    return reached


def _cut(name: str, lines: list[Line], end: tuple[int, str] | None, key: bytes) -> Iterator[Finding]:
    """Tell where the tables end before, or beyond, what the journal's head says."""
    sequence, mac = (lines[-1].sequence, lines[-1].mac) if lines else (0, "")
    fits = (sequence, head_digest(key, READS + name, sequence, mac))
    if end and end[0] > sequence:
        yield _finding(FindingKind.TRUNCATED, name, sequence + 1)
    elif (lines or end) and end != fits:
        yield Finding(FindingKind.HEAD_EDITED, name, sequence, _HEAD.format(c=name, n=sequence))


def _moved(name: str, loaded: Iterable[tuple[Line, bool]], told: set[int]) -> Iterator[Finding]:
    for line, in_place in loaded:
        if not in_place and line.sequence not in told:
            yield Finding(FindingKind.EDITED, name, line.sequence, _MOVED.format(n=line.sequence, c=name))


def _walk(name: str, links: Iterable[Link], key: bytes) -> Iterator[Finding]:
    sequence, last = 0, ""
    for number, before, mac, body in links:
        if number != sequence + 1:
            yield _finding(FindingKind.DELETED, name, sequence + 1)
        elif before is not None and before != last:
            yield _finding(FindingKind.BROKEN_LINK, name, number)
        if mac_of(key, name, body) != mac:
            yield _finding(FindingKind.EDITED, name, number)
        sequence, last = number, mac


def _file_links(path: Path) -> Iterator[Link]:
    for text in whole_lines(path.read_bytes()):
        try:
            said = orjson.loads(text)
            yield int(said["n"]), said["prev"], said["mac"], body_in(text)
        except (ValueError, KeyError, TypeError):
            yield 0, None, "", text


def _table_links(lines: Iterable[Line]) -> Iterator[Link]:
    last = ""
    for line in lines:
        yield line.sequence, None, line.mac, body_of(line.sequence, line.at, line.record, last)
        last = line.mac


def _finding(kind: FindingKind, journal: str, sequence: int) -> Finding:
    return Finding(kind, journal, sequence, _SENTENCES[kind].format(n=sequence, c=journal))


_GONE = "Falta el diario {c}: comenzó, y ni su archivo ni sus lecturas están."
_HEAD = (
    "La constancia de hasta dónde llega el diario {c} no es la que se escribió, o falta: no se sabe si hubo lecturas"
    " después de la {n}."
)

_UNPLACED = (
    "No se prueba en qué comuna está cada lectura de {n}, y no son las que había al comenzar a probarse: a alguna se le"
    " quitó la prueba."
)
_MOVED = "La lectura {n} del diario {c} está en la bitácora de otra comuna, o de otro momento, que al anotarla."
_SENTENCES = {
    FindingKind.EDITED: "La lectura {n} del diario {c} no dice lo que se escribió.",
    FindingKind.DELETED: "Falta la lectura {n} del diario {c}.",
    FindingKind.BROKEN_LINK: "La lectura {n} del diario {c} no sigue a la anterior.",
    FindingKind.TRUNCATED: "El diario {c} termina antes de lo que consta: faltan lecturas desde la {n}.",
}

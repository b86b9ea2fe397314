"""Reads the journals again, in their files and in the tables, and says where they were tampered with.

An edited, deleted, slipped-in or reordered line breaks a link. A tail that was cut off a file shows where the tables
have more, and within seconds they do; one that was cut off the tables comes back from the file when the loader starts
again. Files may be moved away once loaded: the tables carry the same chain. A tail cut off both shows beside a copy.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from core.audit.verify import Finding, FindingKind
from core.database import ScopedSession
from core.journal.record import Line, body_in, body_of, mac_of, whole_lines
from core.journal.sinks import SUFFIX
from core.journal.tables import journals, loaded_lines

Link = tuple[
    int, str | None, str, bytes
]  # its number, the one before as it says (None: it does not), its HMAC, its body


def verify_journal(path: Path, key: bytes) -> list[Finding]:
    """Return where one journal file is not what was written; nothing where it is whole."""
    return list(_walk(path.stem, _file_links(path), key))


def verify_reads(session: ScopedSession, folder: Path, key: bytes) -> list[Finding]:
    """Return where the read audit is not what was written: each file, each journal in the tables, one beside the other.

    Parameters
    ----------
    session : ScopedSession
        Of the machinery.
    folder : Path
    key : bytes
    """
    connection = session.connection()
    found: list[Finding] = []
    files = {path.stem: path for path in folder.glob(f"*{SUFFIX}")}
    for name in sorted({*files, *journals(connection)}):
        lines = list(loaded_lines(connection, name))
        found += _walk(name, _table_links(lines), key)
        if name in files:
            in_file = {n: mac for n, _, mac, _ in _file_links(files[name])}
            found += _walk(name, _file_links(files[name]), key)
            beyond = [line.sequence for line in lines if line.sequence > max(in_file, default=0)]
            found += [_finding(FindingKind.TRUNCATED, name, beyond[0])] if beyond else []
            found += [
                _finding(FindingKind.BROKEN_LINK, name, line.sequence)
                for line in lines
                if in_file.get(line.sequence, line.mac) != line.mac
            ]
    return found


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


_SENTENCES = {
    FindingKind.EDITED: "La lectura {n} del diario {c} no dice lo que se escribió.",
    FindingKind.DELETED: "Falta la lectura {n} del diario {c}.",
    FindingKind.BROKEN_LINK: "La lectura {n} del diario {c} no sigue a la anterior.",
    FindingKind.TRUNCATED: "El diario {c} termina antes de lo que consta: faltan lecturas desde la {n}.",
}

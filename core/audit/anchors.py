"""Where the chains stood, kept outside the database: one signed line per chain and day in `audit-anchor.jsonl`."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, and_, select

from authz.scope import table_of
from core.audit.digest import READS, canonical, digest
from core.models.audit import AuditEntry, AuditHead

FILE = "audit-anchor.jsonl"
ENTRY, HEAD = table_of(AuditEntry), table_of(AuditHead)


def anchor(connection: Connection, key: bytes, home: Path, now: datetime) -> int:
    """Append where every chain that grew stands now; a daily job and each verification call it.

    Copy the file to another machine, or print its last line: what the file says cannot be taken back there.

    Returns
    -------
    int
        Lines added.
    """
    path, known = home / FILE, {}
    previous = ""
    for line in read_anchors(path):
        known[line["chain"]], previous = line["sequence"], line["mac"]
    here = and_(ENTRY.c.chain == HEAD.c.chain, ENTRY.c.sequence == HEAD.c.sequence)
    heads = connection.execute(select(ENTRY.c.chain, ENTRY.c.sequence, ENTRY.c.digest).join(HEAD, here))
    lines = []
    reads = connection.execute(
        select(HEAD.c.chain, HEAD.c.sequence, HEAD.c.digest).where(HEAD.c.chain.startswith(READS))
    )
    for chain, sequence, last in sorted(tuple(head) for head in (*heads, *reads)):
        if sequence > known.get(chain, 0):
            line = {"at": now.isoformat(), "chain": chain, "sequence": sequence, "digest": last, "previous": previous}
            previous = line["mac"] = anchor_mac(key, line)
            lines.append(canonical(line) + b"\n")
    if lines:
        _append(path, b"".join(lines))
    return len(lines)


def read_anchors(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of an anchor file, oldest first; none where there is no file."""
    if path.exists():
        yield from (orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip())


def anchor_mac(key: bytes, line: dict[str, Any]) -> str:
    return digest(key, b"anchor", canonical({name: value for name, value in line.items() if name != "mac"}))


def _append(path: Path, lines: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())

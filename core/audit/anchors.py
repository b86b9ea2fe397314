"""Where the chains stood, told outside the database; and how far that telling had come, kept in the database.

Each is the other's witness. The anchor file shows a database that was put back from an old copy, or a journal that is
gone. The database keeps a *mark*, the number of the file's lines and a keyed digest of the last, so a file that is
missing, cut short or made anew shows as well. Whoever holds both, and no key, can only take both back to the same day:
that shows beside a copy of the file on another machine.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, update

from authz.scope import table_of
from core.audit.anchor_file import FILE, Stand, append, held, read_anchors
from core.audit.digest import READS
from core.audit.notary import NATIONAL_CHAIN
from core.audit.seal import head_digest
from core.models.audit import AuditEntry, AuditHead
from core.unit_of_work import UnitOfWork

log = logging.getLogger("oln.audit")
MARK = "anchor"  # the head that says how far the anchor file had come
ENTRY, HEAD = table_of(AuditEntry), table_of(AuditHead)


def anchor(connection: Connection, key: bytes, home: Path, now: datetime, *, durable: bool = True) -> int:
    """Append where every chain that grew stands now; a daily job and each verification call it.

    Copy the file to another machine, or print its last line: what the file says cannot be taken back there. A file that
    is not the one that the database knows is left as it is, for `oln audit verify` to tell.

    Parameters
    ----------
    connection : Connection
        Whoever opened it commits.
    key : bytes
        The ring's `audit` key.
    home : Path
        The folder of the file.
    now : datetime
    durable : bool
        Whether the folder lasts, so that the file may be missed; see `OLN_READ_AUDIT`.

    Returns
    -------
    int
        Lines added.
    """
    if not anchors_are_known(connection, key, home):
        log.error("%s is not the file that the database knows; see `oln audit verify`", FILE)
        return 0
    return _anchor(connection, key, home, now, durable)


def accept_anchor(uow: UnitOfWork) -> None:
    """Go on with the anchor file as it is, or with a new one, in place of the one that the database knows.

    Parameters
    ----------
    uow : UnitOfWork
        Of the machinery; its action says who accepts it and why, and stands in the audit.
    """
    settings, connection = uow.settings, uow.session.connection()
    connection.execute(delete(HEAD).where(HEAD.c.chain == MARK))
    _anchor(connection, uow.ring.audit, settings.home, uow.now(), settings.keeps_journal)
    uow.recorded.append({"chain": NATIONAL_CHAIN, "op": "accept", "table": HEAD.name, "id": MARK})


def note_journal(home: Path, key: bytes, now: datetime, journal: str, sequence: int = 0, last: str = "") -> None:
    """Write down, durably, that a journal of reads begins, or where it ended.

    Raises
    ------
    OSError
        If it could not be written down.
    """
    chain = READS + journal
    with held(home) as file:
        append(file, home, key, now, [(chain, sequence, head_digest(key, chain, sequence, last))])


def known_lines(connection: Connection) -> int:
    """Return how many lines the anchor file had when the database last heard of it."""
    return connection.execute(select(HEAD.c.sequence).where(HEAD.c.chain == MARK)).scalar() or 0


def anchors_are_known(connection: Connection, key: bytes, home: Path) -> bool:
    """Whether the file holds the lines that the database has heard of, and perhaps more.

    It is read after the database, since lines are added before the database hears of them.
    """
    mark = connection.execute(select(HEAD.c.sequence, HEAD.c.digest).where(HEAD.c.chain == MARK)).one_or_none()
    if mark is None:
        return True
    lines = list(read_anchors(home / FILE))
    return len(lines) >= mark.sequence and bool(mark.digest == _mark(key, lines[: mark.sequence]))


def _anchor(connection: Connection, key: bytes, home: Path, now: datetime, durable: bool) -> int:
    if not (stands := _stands(connection)):
        return 0
    with held(home) as file:
        reached = {line["chain"]: line["sequence"] for line in read_anchors(home / FILE)}
        grown = [(chain, sequence, last) for chain, sequence, last in stands if sequence > reached.get(chain, 0)]
        if grown:
            append(file, home, key, now, grown)
        lines = list(read_anchors(home / FILE))
    if durable and lines:
        _remember(connection, {"sequence": len(lines), "digest": _mark(key, lines)})
    return len(grown)


def _stands(connection: Connection) -> list[Stand]:
    """Return where every chain stands: entries by the digest of their last one, reads by that of their head."""
    here = and_(ENTRY.c.chain == HEAD.c.chain, ENTRY.c.sequence == HEAD.c.sequence)
    heads = connection.execute(select(ENTRY.c.chain, ENTRY.c.sequence, ENTRY.c.digest).join(HEAD, here))
    reads = select(HEAD.c.chain, HEAD.c.sequence, HEAD.c.digest).where(HEAD.c.chain.startswith(READS))
    return sorted((chain, sequence, last) for chain, sequence, last in (*heads, *connection.execute(reads)))


def _mark(key: bytes, lines: Sequence[dict[str, Any]]) -> str:
    return head_digest(key, MARK, len(lines), lines[-1]["mac"] if lines else "")


def _remember(connection: Connection, mark: dict[str, Any]) -> None:
    if not connection.execute(update(HEAD).where(HEAD.c.chain == MARK).values(mark)).rowcount:
        connection.execute(insert(HEAD).values({"chain": MARK, **mark}))

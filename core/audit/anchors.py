"""Where the chains stood, told outside the database; and how far that telling had come, kept in the database.

Each is the other's witness. The anchor file shows a database that was put back from an old copy, or a journal that is
gone. The database keeps a *mark*, the number of the file's lines and a keyed digest of the last, so a file that is
missing, cut short or made anew shows as well. The mark is written when the installation begins and never goes again, so
that a mark that is gone shows too; only a home that does not last has none. Whoever holds both, and no key, can only
take both back to the same day: that shows beside a copy of the file on another machine.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, and_, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from authz.scope import table_of
from core.audit.anchor_file import FILE, Stand, append, held, read_anchors, set_aside, settled
from core.audit.chains import begin_set
from core.audit.digest import MARK, READS, head_digest
from core.audit.notary import NATIONAL_CHAIN
from core.models.audit import AuditEntry, AuditHead
from core.unit_of_work import UnitOfWork

log = logging.getLogger("oln.audit")
ENTRY, HEAD = table_of(AuditEntry), table_of(AuditHead)


def begin_anchors(uow: UnitOfWork) -> None:
    """Write what an installation begins with: the seal of no chain and, where its folder lasts, the mark of no line."""
    begin_set(uow.session.connection(), uow.ring.audit)
    if uow.settings.keeps_journal:
        _remember(uow.session.connection(), uow.ring.audit, [])


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
    if durable and not anchors_are_known(connection, key, home):
        log.error("%s is not the file that the database knows; see `oln audit verify`", FILE)
        return 0
    return _anchor(connection, key, home, now, durable)


def accept_anchor(uow: UnitOfWork) -> Path | None:
    """Go on with a new anchor file; the present one is set aside as evidence, never deleted.

    Journals that are being written meanwhile stand in the new file when they end.

    Parameters
    ----------
    uow : UnitOfWork
        Of the machinery; its action says who accepts it and why, and stands in the audit.

    Returns
    -------
    Path or None
        Where the file that was there is now; None where it was missing.
    """
    settings, connection = uow.settings, uow.session.connection()
    aside = set_aside(settings.home, uow.now())
    if settings.keeps_journal:
        connection.execute(delete(HEAD).where(HEAD.c.chain == MARK))
    _anchor(connection, uow.ring.audit, settings.home, uow.now(), settings.keeps_journal)
    uow.recorded.append({"chain": NATIONAL_CHAIN, "op": "accept", "table": HEAD.name, "id": MARK})
    return aside


def note_journal(file: BinaryIO, key: bytes, now: datetime, journal: str, sequence: int, last: str) -> None:
    """Write down, durably and in the anchor file that is held, how far a journal of reads has come.

    Raises
    ------
    OSError
        If it could not be written down.
    """
    chain = READS + journal
    append(file, key, now, [(chain, sequence, head_digest(key, chain, sequence, last))])


def known_lines(connection: Connection) -> int | None:
    """Return how many lines the anchor file had when the database last heard of it; None where it no longer says."""
    return connection.execute(select(HEAD.c.sequence).where(HEAD.c.chain == MARK)).scalar()


def anchors_are_known(connection: Connection, key: bytes, home: Path) -> bool:
    """Whether the file holds the lines that the database has heard of, and perhaps more.

    It is read after the database, since lines are added before the database hears of them.
    """
    mark = connection.execute(select(HEAD.c.sequence, HEAD.c.digest).where(HEAD.c.chain == MARK)).one_or_none()
    if mark is None:
        return False
    lines = list(read_anchors(home / FILE))
    return len(lines) >= mark.sequence and bool(mark.digest == _mark(key, lines[: mark.sequence]))


def _anchor(connection: Connection, key: bytes, home: Path, now: datetime, durable: bool) -> int:
    stands, lines = _stands(connection), settled(home)
    added = 0
    if _grown(stands, lines):
        with held(home) as file:
            grown = _grown(stands, read_anchors(home / FILE))
            append(file, key, now, grown)
            added, lines = len(grown), list(read_anchors(home / FILE))
    if durable:
        _remember(connection, key, lines)
    return added


def _grown(stands: Sequence[Stand], lines: Iterable[dict[str, Any]]) -> list[Stand]:
    reached = {line["chain"]: line["sequence"] for line in lines}
    return [stand for stand in stands if stand[1] > reached.get(stand[0], 0)]


def _stands(connection: Connection) -> list[Stand]:
    """Return where every chain stands: entries by the digest of their last one, reads by that of their head."""
    here = and_(ENTRY.c.chain == HEAD.c.chain, ENTRY.c.sequence == HEAD.c.sequence)
    heads = connection.execute(select(ENTRY.c.chain, ENTRY.c.sequence, ENTRY.c.digest).join(HEAD, here))
    reads = select(HEAD.c.chain, HEAD.c.sequence, HEAD.c.digest).where(HEAD.c.chain.startswith(READS))
    return sorted((chain, sequence, last) for chain, sequence, last in (*heads, *connection.execute(reads)))


def _mark(key: bytes, lines: Sequence[dict[str, Any]]) -> str:
    return head_digest(key, MARK, len(lines), lines[-1]["mac"] if lines else "")


def _remember(connection: Connection, key: bytes, lines: Sequence[dict[str, Any]]) -> None:
    """Put the mark where the file ends; two who do it at once end with the one that is further."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    mark = dialect.insert(HEAD).values(chain=MARK, sequence=len(lines), digest=_mark(key, lines))
    here, further = [HEAD.c.chain], HEAD.c.sequence < mark.excluded.sequence
    connection.execute(
        mark.on_conflict_do_update(
            index_elements=here,
            set_={"sequence": mark.excluded.sequence, "digest": mark.excluded.digest},
            where=further,
        )
    )

"""Who has seen a child's record: from the tables, and from the lines on their way there."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import select

from authz.scope import table_of
from core.database import ScopedSession
from core.journal.record import parse, whole_lines
from core.journal.sinks import SUFFIX
from core.journal.tables import last_loaded
from core.models.audit import ReadEntry, ReadSubject

ENTRY, SUBJECT = table_of(ReadEntry), table_of(ReadSubject)


@dataclass(frozen=True)
class Seen:
    """One reading of a child's record, or one that was refused.

    Parameters
    ----------
    at : datetime
    user_id : UUID
    username, purpose : str
    operation : str or None
    digest : str
        The link of the chain that holds it.
    shown : bool
        Whether the record was shown; else it was asked for by its id, and nothing came.
    """

    at: datetime
    user_id: UUID
    username: str
    purpose: str
    operation: str | None
    digest: str
    shown: bool


def seen_by(session: ScopedSession, nna_id: UUID, folder: Path | None = None) -> list[Seen]:
    """Return who has seen a child's record or asked for it in vain, newest first.

    Parameters
    ----------
    session : ScopedSession
        Of the machinery: whoever calls has asked for `audit read` in the child's commune.
    nna_id : UUID
    folder : Path, optional
        The journals' folder; without it, only what is loaded.
    """
    about = select(ENTRY, SUBJECT.c.shown).join(SUBJECT, SUBJECT.c.entry_id == ENTRY.c.id)
    rows = session.connection().execute(about.where(SUBJECT.c.nna_id == nna_id))
    found = [Seen(r.at, r.user_id, r.username, r.purpose, r.operation, r.digest, r.shown) for r in rows]
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder else ():
        found += _not_loaded(session, path, nna_id)
    return sorted(found, key=lambda seen: (seen.at, seen.digest), reverse=True)


def _not_loaded(session: ScopedSession, path: Path, nna_id: UUID) -> list[Seen]:
    newest, wanted = last_loaded(session.connection(), path.stem), nna_id.hex.encode()
    lines = [parse(orjson.loads(text)) for text in whole_lines(path.read_bytes()) if wanted in text]
    return [
        Seen(line.at, r.user_id, r.username, r.purpose, r.operation, line.mac, r.subjects[nna_id])
        for line in lines
        if line.sequence > newest and nna_id in (r := line.record).subjects
    ]

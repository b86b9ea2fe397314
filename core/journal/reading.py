"""Who has seen a child's record, and whether somebody read any: from the tables, and from the lines on their way."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import exists, select

from authz.scope import table_of
from core.database import ScopedSession
from core.journal.record import Line, parse, whole_lines
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
        for line in _not_loaded(session, path, nna_id):
            r = line.record
            if nna_id in r.subjects:
                found.append(Seen(line.at, r.user_id, r.username, r.purpose, r.operation, line.mac, r.subjects[nna_id]))
    return sorted(found, key=lambda seen: (seen.at, seen.digest), reverse=True)


def has_read(session: ScopedSession, user_id: UUID, folder: Path) -> bool:
    """Tell whether somebody read, or asked for, any child's record: then it stands under their name.

    Parameters
    ----------
    session : ScopedSession
        Of the machinery.
    user_id : UUID
    folder : Path
        The journals' folder.
    """
    if session.scalar(select(exists().where(ENTRY.c.user_id == user_id))):
        return True
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    return any(line.record.user_id == user_id for path in paths for line in _not_loaded(session, path, user_id))


def _not_loaded(session: ScopedSession, path: Path, about: UUID) -> list[Line]:
    """Return the lines of a journal that no table holds yet and that name a child or a person by id."""
    newest, wanted = last_loaded(session.connection(), path.stem), about.hex.encode()
    lines = (parse(orjson.loads(text)) for text in whole_lines(path.read_bytes()) if wanted in text)
    return [line for line in lines if line.sequence > newest]

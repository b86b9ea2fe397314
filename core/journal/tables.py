"""Lines in the audit tables: put in once each, and read out again as they were written."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from authz.scope import table_of
from core.audit.chains import begin_chains
from core.audit.digest import READS, UNPLACED, canonical, digest, head_digest
from core.audit.notary import NATIONAL_CHAIN
from core.clock import Clock
from core.journal.record import Line, ReadRecord
from core.models.audit import AuditHead, ReadEntry, ReadSubject
from core.models.people import Nna

ENTRY, SUBJECT, NNA, HEAD = (table_of(model) for model in (ReadEntry, ReadSubject, Nna, AuditHead))
CHUNK = 500
NOTHING = ""  # the proof that a reading of before carries


def insert_lines(connection: Connection, journal: str, lines: list[Line], clock: Clock, key: bytes) -> None:
    """Insert lines that are not there yet; each child's line stands under the commune of its record.

    The journal's head grows with them: whoever deletes lines, all of them even, cannot make the head that fits. Lines
    that fill a gap leave it where it is.
    """
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start : start + CHUNK]
        communes = _communes(connection, {nna for line in chunk for nna in line.record.subjects})
        entries, subjects = [], []
        for line in chunk:
            there = {nna: communes.get(nna, NATIONAL_CHAIN) for nna in line.record.subjects}
            entry = _entry(journal, line) | {"id": clock.new_id(), "placed": _placed(key, line.mac, there.items())}
            entries.append(entry)
            for nna, shown in line.record.subjects.items():
                about = {"entry_id": entry["id"], "nna_id": nna, "at": line.at, "shown": shown}
                subjects.append(about | {"id": clock.new_id(), "commune_code": there[nna]})
        connection.execute(insert(ENTRY), entries)
        if subjects:
            connection.execute(insert(SUBJECT), subjects)
    if lines:
        _grow_head(connection, key, journal, lines[-1])


def _grow_head(connection: Connection, key: bytes, journal: str, last: Line) -> None:
    chain = READS + journal
    end = head_digest(key, chain, last.sequence, last.mac)
    shorter = update(HEAD).where(HEAD.c.chain == chain, HEAD.c.sequence < last.sequence)
    if not connection.execute(shorter.values(sequence=last.sequence, digest=end)).rowcount:
        begin_chains(connection, key, {chain: (last.sequence, end)})


def heads(connection: Connection) -> dict[str, tuple[int, str]]:
    """Return where each journal's head says that it ends: number and keyed digest."""
    rows = connection.execute(select(HEAD).where(HEAD.c.chain.startswith(READS)))
    return {row.chain.removeprefix(READS): (row.sequence, row.digest) for row in rows}


def last_loaded(connection: Connection, journal: str) -> int:
    """Return the number of the last line of a journal that the tables have; 0 for none."""
    newest = select(func.max(ENTRY.c.sequence)).where(ENTRY.c.journal == journal)
    return connection.execute(newest).scalar() or 0


def loaded_numbers(connection: Connection, journal: str) -> set[int]:
    """Return the number of each line of a journal that the tables have."""
    return set(connection.execute(select(ENTRY.c.sequence).where(ENTRY.c.journal == journal)).scalars())


def loaded_lines(connection: Connection, journal: str, key: bytes) -> Iterator[tuple[Line, bool]]:
    """Yield the lines of a journal as the tables have them, and whether each stands in the trail it was put in.

    Of one that carries no proof only the instant is told from the trail (`unproven`).
    """
    about = (SUBJECT.c.nna_id, SUBJECT.c.shown, SUBJECT.c.commune_code, SUBJECT.c.at.label("seen_at"))
    statement = select(ENTRY, *about).outerjoin(SUBJECT, SUBJECT.c.entry_id == ENTRY.c.id)
    rows = connection.execute(statement.where(ENTRY.c.journal == journal).order_by(ENTRY.c.sequence, ENTRY.c.id))
    for _, found in groupby(rows, key=lambda row: row.id):
        row, *_ = subjects = list(found)
        there = [one for one in subjects if one.nna_id]
        nnas, missed = (frozenset(one.nna_id for one in there if one.shown is shown) for shown in (True, False))
        said = (row.user_id, row.username, row.purpose, row.operation, row.document_hash, row.request_id, nnas, missed)
        proof = _placed(key, row.digest, [(one.nna_id, one.commune_code) for one in there])
        in_place = row.placed in (proof, NOTHING) and all(one.seen_at == row.at for one in there)
        yield Line(row.sequence, row.at, ReadRecord(*said), row.digest), in_place


def unproven(connection: Connection) -> int:
    """Return how many readings carry no proof of where their children stood: they were loaded before there was one."""
    return connection.execute(select(func.count()).where(ENTRY.c.placed == NOTHING)).scalar_one()


def unproven_is_known(connection: Connection, key: bytes) -> bool:
    """Whether they are as many as the upgrade found that brought the proof, and nobody took one away since."""
    sealed = connection.execute(select(HEAD.c.sequence, HEAD.c.digest).where(HEAD.c.chain == UNPLACED)).one_or_none()
    many = unproven(connection)
    return sealed == (many, head_digest(key, UNPLACED, many, "")) if sealed else not many


def journals(connection: Connection) -> list[str]:
    """Return the names of the journals that the tables know."""
    return sorted(connection.execute(select(ENTRY.c.journal).distinct()).scalars())


def _entry(journal: str, line: Line) -> dict[str, Any]:
    record = line.record
    return {
        "journal": journal,
        "sequence": line.sequence,
        "at": line.at,
        "user_id": record.user_id,
        "username": record.username,
        "purpose": record.purpose,
        "operation": record.operation,
        "document_hash": record.document_hash,
        "request_id": record.request_id,
        "digest": line.mac,
    }


def _placed(key: bytes, mac: str, places: Iterable[tuple[UUID, str]]) -> str:
    """Return the proof of where a reading's children stood: of all its rows, and of no other reading's."""
    told = sorted((nna.hex, commune) for nna, commune in places)
    return digest(key, b"placed", mac.encode(), canonical(told))


def _communes(connection: Connection, nnas: set[UUID]) -> dict[UUID, str]:
    wanted, found = sorted(nnas, key=lambda one: one.hex), {}
    for start in range(0, len(wanted), CHUNK):
        some = select(NNA.c.id, NNA.c.commune_code).where(NNA.c.id.in_(wanted[start : start + CHUNK]))
        found.update({row.id: row.commune_code for row in connection.execute(some)})
    return found

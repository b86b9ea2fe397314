"""One reading of children's records, and its line: a link of the chain of one journal."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core.audit.digest import canonical, digest

MAC_BYTES = 64 + len(b',"mac":""}')


@dataclass(frozen=True)
class ReadRecord:
    """That an operation showed records of children.

    Parameters
    ----------
    user_id : UUID
    username : str
    purpose : str
    operation : str or None
        The name that the client gave it.
    document_hash : str
        SHA-256 of the document; the document itself may hold a RUN.
    request_id : str or None
    nna_ids : frozenset of UUID
        The children whose records were in the answer.
    missed : frozenset of UUID
        The children whom the client named by id and was not shown.
    """

    user_id: UUID
    username: str
    purpose: str
    operation: str | None
    document_hash: str
    request_id: str | None
    nna_ids: frozenset[UUID]
    missed: frozenset[UUID] = frozenset()

    @property
    def subjects(self) -> dict[UUID, bool]:
        """Every child that it is about, in a fixed order, and whether they were shown."""
        about = {nna: True for nna in self.nna_ids} | {nna: False for nna in self.missed - self.nna_ids}
        return {nna: about[nna] for nna in sorted(about, key=lambda one: one.hex)}


@dataclass(frozen=True)
class Line:
    """A record in its place in a journal.

    Parameters
    ----------
    sequence : int
        From 1 on.
    at : datetime
    record : ReadRecord
    mac : str
        HMAC over the journal's name, all of the above, and the line before.
    """

    sequence: int
    at: datetime
    record: ReadRecord
    mac: str


class Chain:
    """Makes the lines of one journal, each linked to the one before.

    Parameters
    ----------
    key : bytes
    journal : str
        Its name is part of every link: a file cannot pass for another.
    """

    def __init__(self, key: bytes, journal: str, sequence: int = 0, previous: str = "") -> None:
        self.key, self.journal = key, journal
        self.sequence, self.previous = sequence, previous

    def link(self, records: list[ReadRecord], at: datetime) -> list[tuple[Line, bytes]]:
        """Return the next lines and their bytes; the chain grows only with :meth:`grow`."""
        sequence, previous, made = self.sequence, self.previous, []
        for record in records:
            sequence += 1
            body = body_of(sequence, at, record, previous)
            previous = mac_of(self.key, self.journal, body)
            made.append((Line(sequence, at, record, previous), body[:-1] + b',"mac":"' + previous.encode() + b'"}\n'))
        return made

    def grow(self, last: Line) -> None:
        self.sequence, self.previous = last.sequence, last.mac


def body_of(sequence: int, at: datetime, record: ReadRecord, previous: str) -> bytes:
    """Return what a line's HMAC covers, the same from a file as from the tables."""
    missed = {"missed": sorted(one.hex for one in record.missed)} if record.missed else {}
    return canonical(
        {
            "n": sequence,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "user": record.user_id.hex,
            "username": record.username,
            "purpose": record.purpose,
            "operation": record.operation,
            "document": record.document_hash,
            "request": record.request_id,
            "nnas": sorted(one.hex for one in record.nna_ids),
            **missed,
            "prev": previous,
        }
    )


def mac_of(key: bytes, journal: str, body: bytes) -> str:
    return digest(key, b"read", journal.encode(), body)


def parse(line: dict[str, Any]) -> Line:
    """Return the line that a parsed row of a file says."""
    record = ReadRecord(
        UUID(hex=line["user"]),
        line["username"],
        line["purpose"],
        line["operation"],
        line["document"],
        line["request"],
        frozenset(UUID(hex=one) for one in line["nnas"]),
        frozenset(UUID(hex=one) for one in line.get("missed", ())),
    )
    return Line(line["n"], datetime.fromisoformat(line["at"]), record, line["mac"])


def whole_lines(raw: bytes) -> Iterator[bytes]:
    """Yield the lines that end; the last one may still be on its way, or have been cut by a crash."""
    yield from raw[: raw.rfind(b"\n") + 1].splitlines()


def body_in(raw: bytes) -> bytes:
    """Return the part of a file's line that its HMAC covers."""
    return raw[:-MAC_BYTES] + b"}"

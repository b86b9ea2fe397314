"""Reads every chain again and says where it was tampered with.

What shows, and to whom it shows:

- An entry that was edited, or moved to another place: its HMAC covers what it says, its number and the entry before.
- An entry that was deleted or slipped in: the numbers have a gap, or a link does not meet the one before.
- A tail that was cut off: the head still stands further. Whoever also puts the head back needs the key, since the
  head of an earlier day is not kept anywhere in the database.
- A chain that was deleted whole, its head too: which chains have begun is sealed as well (`core.audit.chains`).
- A database put back whole from an old copy: heads and entries agree, so only what was kept elsewhere tells. That is
  the anchor file, written daily and at each verification; what happened since its last line cannot show this way.
- A line of the anchor file that was changed or taken out; and the file itself, where it is missing, ends before what
  the database has heard of it, was made anew, or where the database no longer says how far it had come. Lines since
  the last verification may be cut off unseen.

With the audit key one can forge everything; it lives outside the database and its backups.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from authz.scope import table_of
from core.audit.anchor_file import FILE, anchor_mac, read_anchors
from core.audit.anchors import anchors_are_known, known_lines
from core.audit.chains import chains_in, fits
from core.audit.ddl import missing_triggers
from core.audit.digest import GENESIS, READS, SET, head_digest
from core.audit.seal import entry_digest
from core.database import ScopedSession
from core.identity import KeyRing
from core.models.audit import AuditEntry, AuditHead

ENTRY, HEAD = table_of(AuditEntry), table_of(AuditHead)


class FindingKind(StrEnum):
    EDITED = "EDITED"
    DELETED = "DELETED"
    BROKEN_LINK = "BROKEN_LINK"
    TRUNCATED = "TRUNCATED"
    HEAD_EDITED = "HEAD_EDITED"
    UNPLACED = "UNPLACED"
    UNGUARDED = "UNGUARDED"
    CHAINS_CHANGED = "CHAINS_CHANGED"
    ANCHOR_BROKEN = "ANCHOR_BROKEN"
    ANCHOR_MISSING = "ANCHOR_MISSING"


@dataclass(frozen=True)
class Finding:
    """One place where the trail is not what was written.

    Parameters
    ----------
    kind : FindingKind
    chain : str
        CUT code, or `CL`; a journal's name for reads; for what is of no chain, its own name.
    sequence : int
    message : str
        A Spanish sentence.
    """

    kind: FindingKind
    chain: str
    sequence: int
    message: str


def verify(session: ScopedSession, ring: KeyRing, home: Path | None = None, *, durable: bool = True) -> list[Finding]:
    """Read every chain and compare it with its head and with the anchors.

    Parameters
    ----------
    session : ScopedSession
        A snapshot that has not asked anything yet: the anchors are read first, since they may only be behind.
    ring : KeyRing
        Its `audit` key made every digest.
    home : Path, optional
        The folder of the anchor file.
    durable : bool
        Whether the folder lasts, so that the file may be missed; see `OLN_READ_AUDIT`.

    Returns
    -------
    list of Finding
        Empty where the trail is whole.
    """
    anchors = list(read_anchors(home / FILE)) if home else []
    anchored = {(a["chain"], a["sequence"]): a["digest"] for a in anchors if not a["chain"].startswith(READS)}
    connection = session.connection()
    rows_of_heads = {row.chain: row for row in connection.execute(select(HEAD))}
    heads = {chain: rows_of_heads[chain] for chain in chains_in(rows_of_heads) if not chain.startswith(READS)}
    found = [*_broken_anchors(ring.audit, anchors), *_chains_changed(ring.audit, rows_of_heads)]
    if home and durable and not any(one.kind is FindingKind.ANCHOR_BROKEN for one in found):
        found += missing_anchors(connection, ring, home)
    rows = connection.execution_options(yield_per=1000).execute(select(ENTRY).order_by(ENTRY.c.chain, ENTRY.c.sequence))
    seen = set()
    for chain, entries in groupby(rows.mappings(), key=lambda row: row["chain"]):
        seen.add(chain)
        found += _walk(ring.audit, chain, entries, heads.get(chain), anchored)
    for chain in sorted({chain for chain, _ in anchored if chain} | set(heads)):
        if chain not in seen:
            found += _walk(ring.audit, chain, iter(()), heads.get(chain), anchored)
    return found


def _walk(
    key: bytes, chain: str, entries: Iterator[Any], head: Any, anchored: dict[tuple[str, int], str]
) -> Iterator[Finding]:
    sequence, last, edited = 0, GENESIS, False
    for row in entries:
        entry = dict(row)
        here = entry["sequence"]
        if here != sequence + 1:
            yield _finding(FindingKind.DELETED, chain, sequence + 1)
        elif entry["previous"] != last:
            yield _finding(FindingKind.BROKEN_LINK, chain, here)
        edited = entry_digest(key, entry) != entry["digest"]
        if edited:
            yield _finding(FindingKind.EDITED, chain, here)
        elif anchored.get((chain, here), entry["digest"]) != entry["digest"]:
            yield _finding(FindingKind.ANCHOR_BROKEN, chain, here)
        sequence, last = here, entry["digest"]
    deepest = max([at for name, at in anchored if name == chain] + ([head.sequence] if head else []), default=0)
    if deepest > sequence:
        yield _finding(FindingKind.TRUNCATED, chain, sequence + 1)
    elif not (head and _fits(key, head, sequence, last, edited)):
        yield Finding(FindingKind.HEAD_EDITED, chain, sequence, _HEAD.format(c=chain, n=sequence))


def _fits(key: bytes, head: Any, sequence: int, last: str, edited: bool) -> bool:
    """Whether a head is that of the last entry; beside one that was itself edited nobody can tell."""
    there: bool = head.sequence == sequence
    return there and (edited or head.digest == head_digest(key, head.chain, sequence, last))


def _chains_changed(key: bytes, heads: dict[str, Any]) -> Iterator[Finding]:
    """Tell where the chains that there are, those of the reads too, are not the ones that have begun."""
    there, seal = chains_in(heads), heads.get(SET)
    if seal is None:
        yield Finding(FindingKind.CHAINS_CHANGED, SET, 0, _SET_GONE)
    elif not fits(key, (seal.sequence, seal.digest), there):
        sentence = _CHAINS_GONE if len(there) < seal.sequence else _CHAINS_OTHERS
        yield Finding(FindingKind.CHAINS_CHANGED, SET, len(there), sentence.format(n=seal.sequence, m=len(there)))


def _broken_anchors(key: bytes, anchors: list[dict[str, Any]]) -> Iterator[Finding]:
    previous = ""
    for number, line in enumerate(anchors, 1):
        if line["previous"] != previous or line["mac"] != anchor_mac(key, line):
            yield Finding(FindingKind.ANCHOR_BROKEN, FILE, number, _ANCHOR_LINE.format(n=number))
        previous = line["mac"]


def missing_anchors(connection: Connection, ring: KeyRing, home: Path) -> Iterator[Finding]:
    """Tell, without reading any chain, whether the anchor file is missing, or is not the one the database knows."""
    if not anchors_are_known(connection, ring.audit, home):
        many = known_lines(connection)
        sentence = _ANCHORS_CHANGED if (home / FILE).exists() else _ANCHORS_GONE
        if many is None:
            sentence, many = _MARK_GONE, 0
        yield Finding(FindingKind.ANCHOR_MISSING, FILE, many, sentence.format(n=many))


def unguarded(connection: Connection) -> Iterator[Finding]:
    """Tell, before anything is edited, where the database no longer refuses to change an audit record."""
    for number, name in enumerate(missing_triggers(connection), 1):
        yield Finding(FindingKind.UNGUARDED, "triggers", number, _UNGUARDED.format(name=name))


_HEAD = (
    "La constancia de hasta dónde llega la cadena {c} no es la que se escribió, o falta: no se sabe si hubo registros"
    " después del {n}."
)
_UNGUARDED = (
    "Falta {name}, con que la base se niega a editar o borrar la auditoría: alguien lo quitó (docs/operator.md)."
)
_ANCHOR_LINE = f"La línea {{n}} de {FILE} no es la que se escribió."
_ANCHORS_GONE = f"Falta {FILE}, que llegó a {{n}} líneas: recupere su copia (docs/operator.md)."
_ANCHORS_CHANGED = f"{FILE} no es el que la base conoce, de {{n}} líneas: recupere su copia (docs/operator.md)."
_MARK_GONE = (
    f"La base no dice hasta dónde llegó {FILE}: alguien borró esa constancia, o nunca la tuvo (docs/operator.md)."
)
_SET_GONE = "La base no dice qué cadenas comenzaron: alguien borró esa constancia."
_CHAINS_GONE = (
    "De las {n} cadenas que comenzaron hay {m}: lo demás se borró entero, también la constancia de dónde iba."
)
_CHAINS_OTHERS = "Las cadenas no son las {n} que comenzaron: se borró o agregó alguna, o se cambió esa constancia."
_SENTENCES = {
    FindingKind.EDITED: "El registro {n} de la cadena {c} no dice lo que se escribió.",
    FindingKind.DELETED: "Falta el registro {n} de la cadena {c}.",
    FindingKind.BROKEN_LINK: "El registro {n} de la cadena {c} no sigue al anterior.",
    FindingKind.TRUNCATED: "La cadena {c} termina antes de lo que consta: faltan registros desde el {n}.",
    FindingKind.ANCHOR_BROKEN: "El registro {n} de la cadena {c} no coincide con lo que se dejó constancia.",
}


def _finding(kind: FindingKind, chain: str, sequence: int) -> Finding:
    return Finding(kind, chain, sequence, _SENTENCES[kind].format(n=sequence, c=chain))

"""The link that a unit of work adds to the chain of each commune it changed, in its own transaction."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from authz.scope import table_of
from core.audit.chains import begin_chains
from core.audit.digest import GENESIS, canonical, digest, head_digest
from core.audit.notary import NATIONAL_CHAIN, NOTARY, Notary
from core.models.audit import AuditEntry, AuditHead
from core.unit_of_work import UnitOfWork

FOLDED_FROM = 200  # inserts of one table in one entry; more are told by their number and one hash of their ids
ENTRY, HEAD = table_of(AuditEntry), table_of(AuditHead)
SIGNED = ("id", "chain", "sequence", "at", "user_id", "username", "purpose", "action", "request_id", "changes")


def seal(uow: UnitOfWork) -> int:
    """Write the entries of what the unit has changed so far; its session calls this before every commit.

    Heads are locked last, right before the commit, and in one order: writers of a commune queue for two statements,
    and two that touch the same communes never wait for each other in a circle.

    Parameters
    ----------
    uow : UnitOfWork
        Attended by a :class:`Notary`.

    Returns
    -------
    int
        How many chains grew.
    """
    uow.session.flush()
    chains: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for change in uow.recorded:
        chains[change["chain"] or _home(uow)].append({k: v for k, v in change.items() if k != "chain"})
    notary: Notary = uow.session.info[NOTARY]
    connection = uow.session.connection()
    begin_chains(connection, notary.key, {chain: (0, head_digest(notary.key, chain, 0, GENESIS)) for chain in chains})
    for chain, changes in sorted(chains.items()):
        _append(connection, notary.key, _entry(uow, chain, _folded(notary.key, changes)), uow.now)
    uow.recorded.clear()
    return len(chains)


def entry_digest(key: bytes, entry: dict[str, Any]) -> str:
    """Return the HMAC of an entry, over everything it says and the digest of the entry before."""
    signed = {name: entry[name] for name in SIGNED} | {"previous": entry["previous"]}
    signed["id"] = entry["id"].hex
    signed["user_id"] = entry["user_id"] and entry["user_id"].hex
    signed["at"] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return digest(key, b"entry", canonical(signed))


def _append(connection: Connection, key: bytes, entry: dict[str, Any], now: Callable[[], datetime]) -> None:
    """Add the next link; its instant is taken under the lock, so that what is later in the chain is not earlier."""
    chain = entry["chain"]
    last: int = connection.execute(select(HEAD.c.sequence).where(HEAD.c.chain == chain).with_for_update()).scalar_one()
    before = select(ENTRY.c.digest).where(ENTRY.c.chain == chain, ENTRY.c.sequence == last)
    entry |= {"at": now(), "sequence": last + 1, "previous": connection.execute(before).scalar() or GENESIS}
    entry["digest"] = entry_digest(key, entry)
    connection.execute(insert(ENTRY).values(entry))
    grown = {"sequence": last + 1, "digest": head_digest(key, chain, last + 1, entry["digest"])}
    connection.execute(update(HEAD).where(HEAD.c.chain == chain).values(grown))


def _entry(uow: UnitOfWork, chain: str, changes: list[dict[str, Any]]) -> dict[str, Any]:
    actor = uow.actor
    return {
        "id": uow.new_id(),
        "chain": chain,
        "user_id": uow.user_id,
        "username": actor.username if actor else "plataforma",
        "purpose": str(actor.purpose) if actor else "",
        "action": uow.action,
        "request_id": uow.request_id,
        "changes": changes,
    }


def _home(uow: UnitOfWork) -> str:
    """Return the chain of what belongs to no commune: the actor's only one, or the country's."""
    communes = uow.actor.communes if uow.actor else None
    return next(iter(communes)) if communes and len(communes) == 1 else NATIONAL_CHAIN


def _folded(key: bytes, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    inserts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for change in changes:
        if change["op"] == "insert":
            inserts[change["table"]].append(change)
    many = {table: made for table, made in inserts.items() if len(made) > FOLDED_FROM}
    kept = [c for c in changes if c["op"] != "insert" or c["table"] not in many]
    return kept + [_counted(key, table, made) for table, made in sorted(many.items())]


def _counted(key: bytes, table: str, made: list[dict[str, Any]]) -> dict[str, Any]:
    """Tell many inserts by their number; whose rows they are is told one by one, since each child has a trail."""
    ids = digest(key, b"ids", "|".join(change["id"] for change in made).encode())
    told = {"op": "insert", "table": table, "count": len(made), "ids": ids}
    children = sorted({child for change in made for child in _children(change)})
    return told | ({"nna": children} if children else {})


def _children(change: dict[str, Any]) -> list[str]:
    named = change.get("nna", [])  # the row's own child, or all of a family
    return [named] if isinstance(named, str) else named

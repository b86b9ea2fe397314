"""A mutation that is sent twice is carried out once: the same key and body give the same answer.

The key is claimed before the work, in the work's own transaction. A second request with it waits for the first: on
PostgreSQL at the unique constraint, on SQLite at the door. If the first is rolled back, its claim goes with it.
"""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from authz.scope import table_of
from core.errors import RuleBroken
from core.models.operations import IdempotencyKey
from core.unit_of_work import UnitOfWork

KEYS = table_of(IdempotencyKey)


class IdempotencyKeyReused(RuleBroken):
    """The key came before, with another body."""

    code = "IDEMPOTENCY_KEY_REUSED"


def remember(uow: UnitOfWork, key: str, body_hash: str) -> dict[str, Any] | None:
    """Return what this key gave before; where it is new, claim it.

    Parameters
    ----------
    uow : UnitOfWork
        Of the mutation itself, before its service.
    key : str
        The client's `idempotencyKey`; keys of two users never meet.
    body_hash : str
        SHA-256 of the operation and its input.

    Returns
    -------
    dict or None
        The stored result; None where the mutation is still to be carried out.

    Raises
    ------
    IdempotencyKeyReused
        If the key came before with another body.
    """
    if uow.user_id is None:
        return None
    connection = uow.session.connection()
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    claim = {"id": uow.new_id(), "user_id": uow.user_id, "key": key, "body_hash": body_hash, "result": {}}
    claimed = dialect.insert(KEYS).values(claim | {"created_at": uow.now()}).on_conflict_do_nothing()
    if connection.execute(claimed.returning(KEYS.c.id)).first():
        return None
    mine = (KEYS.c.user_id == uow.user_id, KEYS.c.key == key)
    row = connection.execute(select(KEYS.c.body_hash, KEYS.c.result).where(*mine)).one()
    if row.body_hash != body_hash:
        raise IdempotencyKeyReused("Esa clave de reintento ya se usó para otra solicitud; use una nueva.")
    return dict(row.result)


def store(uow: UnitOfWork, key: str, body_hash: str, result: dict[str, Any]) -> None:
    """Keep what the mutation came to: ids and a code, never the bytes of an answer.

    Parameters
    ----------
    uow : UnitOfWork
    key, body_hash : str
        As claimed by :func:`remember`.
    result : dict
        JSON; the answer is read again from it, under the caller's rights of that day.
    """
    if uow.user_id is None:
        return
    mine = (KEYS.c.user_id == uow.user_id, KEYS.c.key == key, KEYS.c.body_hash == body_hash)
    uow.session.connection().execute(update(KEYS).where(*mine).values(result=result))

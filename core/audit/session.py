"""The ears of the audit: sessions tell what they flush, and none commits a unit's changes before they are sealed."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, SessionTransaction, UOWTransaction

from core.audit.families import name_children
from core.audit.notary import KEPT_BY_THE_MACHINERY, NOTARY, UNIT, Notary
from core.audit.seal import seal
from core.database import ScopedSession
from core.unit_of_work import UnitOfWork

MARKS = "marks"  # how much was recorded when each savepoint began


@event.listens_for(ScopedSession, "after_flush")
def _write_down(session: ScopedSession, _context: UOWTransaction) -> None:
    uow: UnitOfWork | None = session.info.get(UNIT)
    if uow is None:
        return
    notary: Notary = session.info[NOTARY]
    said = [
        *((row, notary.inserted(row)) for row in session.new),
        *((row, notary.updated(row)) for row in session.dirty),
        *((row, notary.deleted(row)) for row in session.deleted),
    ]
    changed = [(row, change) for row, change in said if change]
    name_children(uow, changed)
    # a session keeps its dirty rows in a set, so their order is told by their keys
    uow.recorded.extend(sorted((change for _, change in changed), key=lambda c: (c["table"], c["id"])))


@event.listens_for(ScopedSession, "do_orm_execute")
def _write_down_bulk(state: ORMExecuteState) -> Any:
    """Count what a statement writes without passing through a flush."""
    uow: UnitOfWork | None = state.session.info.get(UNIT)
    if uow is None or not (state.is_insert or state.is_update or state.is_delete):
        return None
    mapper = state.bind_mapper
    table = mapper.local_table.description if mapper else "?"
    result = state.invoke_statement()
    if table not in KEPT_BY_THE_MACHINERY:
        verb = "insert" if state.is_insert else "update" if state.is_update else "delete"
        many = len(state.parameters) if isinstance(state.parameters, list) else getattr(result, "rowcount", 0)
        if many:
            uow.recorded.append({"chain": None, "op": f"bulk {verb}", "table": table, "count": many})
    return result


@event.listens_for(ScopedSession, "before_commit")
def _seal(session: ScopedSession) -> None:
    uow: UnitOfWork | None = session.info.get(UNIT)
    if uow is not None and uow.session is session and not session.in_nested_transaction():
        seal(uow)


@event.listens_for(ScopedSession, "after_transaction_create")
def _mark(session: ScopedSession, transaction: SessionTransaction) -> None:
    uow: UnitOfWork | None = session.info.get(UNIT)
    if uow is not None and transaction.nested:
        session.info.setdefault(MARKS, {})[transaction] = len(uow.recorded)


@event.listens_for(ScopedSession, "after_soft_rollback")
def _forget(session: ScopedSession, transaction: SessionTransaction) -> None:
    """Drop what a savepoint, or the whole transaction, took back."""
    uow: UnitOfWork | None = session.info.get(UNIT)
    if uow is not None and uow.session is session:
        del uow.recorded[session.info.get(MARKS, {}).pop(transaction, 0) :]


def listening() -> bool:
    """Tell whether sessions are heard: importing this module is what makes it so."""
    return bool(event.contains(ScopedSession, "before_commit", _seal))

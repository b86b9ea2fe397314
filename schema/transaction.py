"""One mutation field, one transaction.

The service runs in a worker thread. What it did is sealed into the audit and committed before the payload is read; the
payload is then read in a new transaction, under today's scope.
"""

import hmac
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
import strawberry
from anyio import to_thread
from sqlalchemy.exc import IntegrityError, OperationalError
from strawberry.scalars import JSON

from authz.denial import AccessDenied, Unsigned
from core.errors import Busy, DomainError, NotFound, PluginDisabled
from core.errors import Conflict as ConflictError
from core.idempotency import remember, store
from core.unit_of_work import UnitOfWork
from schema.build import Schema
from schema.context import Context, Info
from schema.errors import refusal_of
from schema.outages import outage
from schema.subjects import CHILD, asked_in_vain
from schema.texts import check_texts, texts
from schema.types.payloads import Conflict, FieldConflict, Refusal

S = TypeVar("S")
Ids = Mapping[str, Any]

Service = Callable[[UnitOfWork], Ids]
UNSEEN = ("NOT_FOUND", "FORBIDDEN", Unsigned.code)
Disputed = Callable[[UnitOfWork], list[FieldConflict]]


async def carry_out(
    info: Info,
    asked: Any,
    service: Service,
    success: Callable[[Ids], S],
    *,
    disputed: Disputed | None = None,
) -> S | Refusal | Conflict:
    """Run a service in a transaction of its own and turn what comes of it into a payload.

    Parameters
    ----------
    info : Info
    asked : input
        The mutation's input; its `idempotency_key`, if any, makes a retry give the same answer.
    service : callable
        From a unit of work to the ids of what it made, by name.
    success : callable
        From those ids to the payload.
    disputed : callable, optional
        Tells both values of the fields in dispute, after a conflict.
    """
    context = info.context

    def run() -> S | Refusal | Conflict:
        host, name = context.host, info.field_name
        try:
            _refuse_switched_off(info)
            check_texts(asked, "input")
            with host.transaction(context.actor, name, request_id=context.request_id, hurried=True) as uow:
                ids = _once(uow, asked, service)
            context.look_again()  # the payload is read as things stand now
            return success(ids)
        except ConflictError as error:
            fields = _in_dispute(context, name, disputed)
            context.told(text for _, text in texts(asked if fields else None, "input"))  # what stands now was read
            return _conflict(error, fields)
        except (DomainError, AccessDenied) as error:
            if error.code in UNSEEN:
                _write_down(info, asked, error.code)
            if isinstance(error, DomainError):
                context.told(text for _, text in texts(error.details, ""))  # such as candidates' ids
                context.wanted.update((CHILD, one) for one in error.about)
                context.saw(error.shows)
            return refusal(error)
        except (IntegrityError, OperationalError) as error:
            if isinstance(busy := outage(error), Busy):
                return refusal(busy)
            if not _raced(error):
                raise
            return _conflict(ConflictError("Otra operación se adelantó; reintente."), [])

    return await to_thread.run_sync(run, limiter=context.writers)


def _write_down(info: Info, asked: Any, code: str) -> None:
    """Let the journal know whom a refused change was about."""
    context, catalogue = info.context, cast(Schema, info.schema).catalogue
    named = [text for _, text in texts(asked, "input")]
    unit = context.host.unit_of_work(context.actor, info.field_name, request_id=context.request_id, reading=True)
    with unit as uow:
        found = asked_in_vain(catalogue, uow, named, forbidden=code != NotFound.code)
    context.wanted.update((CHILD, one) for one in found)


def _refuse_switched_off(info: Info) -> None:
    """Refuse a plugin's mutation where none of the actor's communes has it on; per row, the session does."""
    plugin = cast(Schema, info.schema).brought_by.get(info.field_name)
    if info.context.access.off(plugin):
        raise PluginDisabled(details={"plugin": plugin})


def refusal(error: DomainError | AccessDenied) -> Refusal:
    """Return an error as the payload's `Refusal`."""
    told = refusal_of(error)
    details = JSON(told.details) if told.details else None
    return Refusal(code=told.code, message=told.message, field=told.field, details=details)


def _once(uow: UnitOfWork, asked: Any, service: Service) -> Ids:
    key: UUID | None = getattr(asked, "idempotency_key", None)
    body = _body_hash(uow, asked) if key else ""
    if key and (done := remember(uow, str(key), body)) is not None:
        return {name: _revive(value) for name, value in done.items()}
    ids = service(uow)
    if key:
        store(uow, str(key), body, {name: _plain(value) for name, value in ids.items()})
    return ids


def _in_dispute(context: Context, name: str, disputed: Disputed | None) -> list[FieldConflict]:
    if disputed is None:
        return []
    try:
        with context.host.unit_of_work(context.actor, name, request_id=context.request_id, hurried=True) as uow:
            return disputed(uow)
    except (DomainError, AccessDenied):  # they may change it, but not read it: then no value is told
        return []


def _body_hash(uow: UnitOfWork, asked: Any) -> str:
    """Return a keyed hash of the input: it may hold a RUN, which an open hash would not hide."""
    fields = {k: v for k, v in strawberry.asdict(asked).items() if k != "idempotency_key" and v is not strawberry.UNSET}
    text = orjson.dumps([uow.action, fields], default=str, option=orjson.OPT_SORT_KEYS)
    return hmac.digest(uow.ring.blind_index, text, "sha256").hex()


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return {"uuid": value.hex}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _revive(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"uuid"}:
        return UUID(hex=value["uuid"])
    return [_revive(one) for one in value] if isinstance(value, list) else value


def _conflict(error: ConflictError, fields: list[FieldConflict]) -> Conflict:
    return Conflict(
        message=error.message,
        expected_version=error.details.get("expectedVersion"),
        current_version=error.details.get("currentVersion"),
        fields=fields,
    )


def _raced(error: Exception) -> bool:
    """Whether two transactions ran into each other: a unique key, a serialisation failure, a deadlock."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return state in {"23505", "40001", "40P01"} or "UNIQUE constraint" in str(getattr(error, "orig", ""))

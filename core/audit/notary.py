"""Who writes down what a unit of work changes, flush by flush, and in which words.

The trail says who changed what and when, never the content: of a table that holds anything of a child or a family
only ids, instants, states and dates of validity stand in clear. Everything else is a keyed hash, which proves a value
to whoever has it and tells nobody else. So an auditor needs no right to the record, and a child's record can be made
anonymous without touching the chain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Column, LargeBinary, Uuid, inspect

from authz.guard import Resource
from authz.scope import Scope, table_of
from core.audit.digest import canonical, digest, plainly
from core.models.base import Instant
from core.models.users import Assignment
from core.unit_of_work import UnitOfWork

NATIONAL_CHAIN = "CL"
NAMED_TOGETHER = 200  # children whom one change of a bulk names; more are named in further changes
UNIT, NOTARY = "unit", "notary"  # where a session keeps them
SKIPPED = frozenset({"id", "created_at", "updated_at"})  # the entry says as much
KEPT_BY_THE_MACHINERY = frozenset(
    {"audit_entry", "audit_head", "read_entry", "read_subject", "idempotency_key", "outbox_event", "lease"}
)
# What tells how a record stands and nothing of the person. A name that is not here is hashed: the default is closed.
OPEN = frozenset(
    (
        "commune_code",
        "version",
        "state",
        "data_class",
        "role",
        "duty",
        "purpose",
        "source",
        "effect",
        "protected",
        "protected_address",
        "no_contact",
        "with_identity",
        "main_carer",
        "valid_from",
        "valid_until",
        "sequence",
        "position",
        "within_capacity",
    )
)


@dataclass(frozen=True)
class Notary:
    """Writes down the changes of the units of work that it attends.

    Parameters
    ----------
    key : bytes
        The ring's `audit` key.
    scopes : mapping of str to Scope
        By table name; a table that nobody declared is taken for a person's.
    resources : iterable of Resource
        Their `personal` tells what may stand in clear.
    """

    key: bytes
    scopes: Mapping[str, Scope]
    resources: Iterable[Resource]

    def attend(self, uow: UnitOfWork) -> None:
        """Write down what this unit changes from now on; `core.audit.session` listens to its session."""
        uow.session.info.update({UNIT: uow, NOTARY: self})

    def inserted(self, row: Any) -> dict[str, Any] | None:
        return self._change("insert", row, {c: (None, v) for c, v in _values(row) if v is not None})

    def deleted(self, row: Any) -> dict[str, Any] | None:
        return self._change("delete", row, {c: (v, None) for c, v in _values(row) if v is not None})

    def updated(self, row: Any) -> dict[str, Any] | None:
        changed = {}
        for attribute in inspect(row).attrs:
            history = attribute.history
            if attribute.key in inspect(type(row)).column_attrs and history.has_changes():
                old = history.deleted[0] if history.deleted else None
                changed[_column(row, attribute.key)] = (old, history.added[0] if history.added else None)
        return self._change("update", row, changed) if changed else None

    def _change(self, kind: str, row: Any, values: dict["Column[Any]", tuple[Any, Any]]) -> dict[str, Any] | None:
        table = table_of(type(row))
        if table.name in KEPT_BY_THE_MACHINERY:
            return None
        scope = self.scopes.get(table.name)
        closed = scope is None or scope.resource in self._personal or not scope.resource
        said = {
            column.name: [self._say(column, old, row, closed), self._say(column, new, row, closed)]
            for column, (old, new) in values.items()
            if column.name not in SKIPPED
        }
        told = {"chain": chain_of(row), "op": kind, "table": table.name, "id": _key(row), "columns": said}
        child = getattr(row, scope.subject) if scope and scope.subject else None
        return told | ({"nna": plainly(child)} if child else {})

    @cached_property
    def _personal(self) -> frozenset[str]:
        return frozenset(r.name for r in self.resources if r.personal)

    def _say(self, column: "Column[Any]", value: Any, row: Any, closed: bool) -> Any:
        if value is None:
            return None
        sealed = isinstance(column.type, LargeBinary) or column.name.startswith("identifier_")
        shown = isinstance(column.type, Uuid | Instant) or column.name in OPEN
        if sealed or (closed and not shown):
            plain = value if isinstance(value, bytes) else canonical(plainly(value))
            where = f"{column.table.name}|{column.name}|{_key(row)}".encode()
            return "#" + digest(self.key, b"value", where, plain)[:32]
        return plainly(value)


def chain_of(row: Any) -> str | None:
    """Return the chain that a row's change belongs to; None where the row itself does not say."""
    code = row.territory if isinstance(row, Assignment) else getattr(row, "commune_code", None)
    if code is None:
        return None
    return str(code) if len(code) == 5 else NATIONAL_CHAIN


def record_bulk(uow: UnitOfWork, table: str, count: int, file_hash: str, commune: str | None = None) -> None:
    """Write down one chunk of a bulk import as one change, in place of the plain counts of its statements.

    Parameters
    ----------
    uow : UnitOfWork
    table : str
    count : int
        Rows written.
    file_hash : str
        SHA-256 of the file they came from.
    commune : str, optional
        CUT code, where the whole chunk belongs to one.
    """
    counted = [c for c in uow.recorded if c["op"].startswith("bulk") and c["table"] == table and "file" not in c]
    uow.recorded[:] = [c for c in uow.recorded if c not in counted]
    uow.recorded.append({"chain": commune, "op": "bulk", "table": table, "count": count, "file": file_hash})


def record_children(
    uow: UnitOfWork, table: str, children: Sequence[str], columns: Sequence[str], file_hash: str, commune: str
) -> None:
    """Write down whose rows a bulk import wrote, so that it stands in each child's trail.

    Beside the count of :func:`record_bulk`, and like it part of what the chain seals: who is named can be neither added
    nor taken out later, and stays when the rows themselves are rewritten or made anonymous.

    Parameters
    ----------
    uow : UnitOfWork
    table : str
    children : sequence of str
        Hexadecimal ids of the children, each once.
    columns : sequence of str
        Names of what changed in all of their rows, never a value; none where the rows are new.
    file_hash : str
        SHA-256 of the file.
    commune : str
        CUT code.
    """
    changed = {"op": "bulk update", "columns": list(columns)} if columns else {"op": "bulk insert"}
    told = {"chain": commune, "table": table, "file": file_hash} | changed
    for start in range(0, len(children), NAMED_TOGETHER):
        named = list(children[start : start + NAMED_TOGETHER])
        uow.recorded.append(told | {"count": len(named), "nna": named})


def _values(row: Any) -> list[tuple["Column[Any]", Any]]:
    return [(p.columns[0], getattr(row, p.key)) for p in inspect(type(row)).column_attrs]


def _column(row: Any, key: str) -> "Column[Any]":
    found: Column[Any] = inspect(type(row)).column_attrs[key].columns[0]
    return found


def _key(row: Any) -> str:
    return "|".join(str(plainly(part)) for part in inspect(type(row)).primary_key_from_instance(row))

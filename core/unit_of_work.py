"""What a service holds: the session, the actor, the guard and the clock of one operation. The edge commits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import pluggy
from sqlalchemy import ColumnElement, false, func, select, true

from authz.actor import Actor, DataClass
from authz.arms import whole
from authz.denial import Unsigned, denial
from authz.scope import Access, table_of
from core.clock import Clock
from core.database import ScopedSession
from core.errors import Conflict, NotFound
from core.events import Event
from core.identity import KeyRing, Sealer
from core.models.operations import OutboxEvent
from core.models.users import User
from core.plugins import implementations
from core.settings import Settings

R = TypeVar("R")
NOT_YET = "El registro no ha llegado a esa versión: léalo de nuevo y repita con la que tiene."


@dataclass
class UnitOfWork:
    """The session of one operation and whoever asked for it. Services flush; only the edge commits.

    Parameters
    ----------
    session : ScopedSession
    settings : Settings
    ring : KeyRing
    sealer : Sealer
        Seals and opens RUN numbers.
    clock : Clock
    hooks : pluggy.PluginManager
    action : str
        Name of the mutation or command, for the audit.
    request_id : str, optional
    modules : mapping of str to frozenset of str
        Switchable plugins, and the communes where each is on.
    """

    session: ScopedSession
    settings: Settings
    ring: KeyRing
    sealer: Sealer
    hooks: pluggy.PluginManager
    clock: Clock = field(default_factory=Clock)
    action: str = ""
    request_id: str | None = None
    modules: Mapping[str, frozenset[str]] = field(default_factory=dict)
    recorded: list[dict[str, Any]] = field(default_factory=list)

    @property
    def access(self) -> Access | None:
        return self.session.access

    @property
    def actor(self) -> Actor | None:
        """Who asks; None for the machinery."""
        return self.access.actor if self.access else None

    @property
    def user_id(self) -> UUID | None:
        return self.actor.user_id if self.actor else None

    def has_on(self, plugin: str, commune: str) -> bool:
        """Whether a commune has a plugin switched on; what nobody can switch is on everywhere."""
        return commune in self.modules.get(plugin, {commune})

    def now(self) -> datetime:
        return self.clock.now()

    def today(self) -> date:
        return self.clock.today()

    def new_id(self) -> UUID:
        return self.clock.new_id()

    def new_undated_id(self) -> UUID:
        return self.clock.new_undated_ids(1)[0]

    def get(self, model: type[R], row_id: UUID) -> R:
        """Return a row that the actor may see.

        Raises
        ------
        NotFound
            If it does not exist, or is not theirs to know of.
        AccessDenied
            `Unsigned`, whichever the row, where the signature keeps them from all of the table.
        """
        found = self.session.scalars(select(model).where(table_of(model).c.id == row_id)).one_or_none()
        if found is None:
            self.require_signature(model)
            raise NotFound
        return found

    def change(
        self, model: type[R], row_id: UUID, expected_version: int | None, may: tuple[str, str] | None = None
    ) -> R:
        """Return a row locked for change, if the actor may and it still is as they read it.

        Parameters
        ----------
        model : type
        row_id : UUID
        expected_version : int or None
            None where nobody read it before.
        may : (str, str), optional
            Resource and action, asked before the version: who may not change it learns nothing of it.

        Raises
        ------
        NotFound
            If it does not exist, or is not theirs to know of.
        AccessDenied
            If they may see it, but not do this.
        Conflict
            If it moved on; the details say at which version it is.
        """
        statement = select(model).where(table_of(model).c.id == row_id).with_for_update()
        found: Any = self.session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
        if found is None:
            self.require_signature(model)
            raise NotFound
        if may is not None:
            self.require(*may, found)
        if expected_version is not None and found.version != expected_version:
            details = {"expectedVersion": expected_version, "currentVersion": found.version}
            ahead = expected_version > found.version  # which no reading of the record has told
            raise Conflict(NOT_YET, details=details) if ahead else Conflict(details=details)
        return found  # type: ignore[no-any-return]

    def wait_turn(self, what: str) -> None:
        """Let one transaction at a time do something, until its end: what both look for first, neither has made yet.

        SQLite has one writer anyway.
        """
        connection = self.session.connection()
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(what, 0))))

    def hold_account(self) -> None:
        """Wait for whoever corrects the actor's account, and keep them waiting: what is done is of whom it is then.

        Raises
        ------
        Conflict
            If it was corrected since the actor was recognised by it, and may be somebody else's by now.
        """
        if self.actor is None:
            return
        table = table_of(User)
        held = select(table.c.version).where(table.c.id == self.actor.user_id).with_for_update(key_share=True)
        with self.unscoped("my own account, whose it is today") as session:
            version = session.scalar(held)
        if self.actor.account not in (None, version):
            raise Conflict("Su cuenta se corrigió mientras tanto: vuelva a intentarlo.")

    def require_signature(self, model: type[Any]) -> None:
        """Refuse who has not signed, where signing would open rows of this table to them; no row is looked for.

        Raises
        ------
        Unsigned
        """
        if self.access is None or self.access.actor.signed:
            return
        scope, signed = self.access.scopes[table_of(model).name], replace(self.access.actor, signed=True)
        if not self.access.knows(scope) and self.access.knows(scope, signed):
            raise Unsigned

    def require_known(self, model: type[Any]) -> None:
        """Refuse who can know of no row of this table at all, and say what would help; no row is looked for.

        Raises
        ------
        AccessDenied
        """
        if self.access is None:
            return
        access, scope = self.access, self.access.scopes[table_of(model).name]
        if not access.knows(scope):
            raise denial(access.actor, lambda who: access.knows(scope, who))

    def require(self, resource: str, action: str, row: Any, data: DataClass = DataClass.BASIC) -> None:
        """Refuse unless the actor may do `action` of `resource` on this row, which is already stored.

        Raises
        ------
        AccessDenied
            If they may see the row, but not do this.
        """
        if self.access is None:
            return
        access, asked = self.access, (resource, action, data)

        def allows(who: Actor) -> bool:
            return bool(access.guard.arms(who, *asked)) and self._reaches(replace(access, actor=who), row, *asked)

        if not self._reaches(access, row, *asked):
            raise denial(access.actor, allows)

    def opens(self, model: type[Any], data: DataClass) -> ColumnElement[bool]:
        """Return the condition that a class shows on a row of the model, for what compares values without showing them.

        A row may be there for the actor, and this class of it hidden.
        """
        if self.access is None:
            return true()
        shown = self.access.mask(table_of(model).name, data, table_of(model))
        if isinstance(shown, bool):
            return true() if shown else false()
        return self.access.literal(shown)

    def require_in(self, resource: str, action: str, commune: str, data: DataClass = DataClass.BASIC) -> None:
        """Refuse unless the actor may do `action` of `resource` anywhere in the commune.

        Raises
        ------
        AccessDenied
        """
        if self.access is None:
            return
        guard, actor = self.access.guard, self.access.actor

        def allows(who: Actor) -> bool:
            communes = whole(guard.arms(who, resource, action, data))
            return communes is None or commune in communes

        if not allows(actor):
            raise denial(actor, allows)

    def add(self, row: R) -> R:
        """Add a row and flush, so that its constraints speak now."""
        stamp: Any = row
        if hasattr(stamp, "updated_at"):
            stamp.updated_at = self.now()
            stamp.created_at = getattr(stamp, "created_at", None) or self.now()
        self.session.add(row)
        self.session.flush()
        return row

    def touch(self, row: R) -> R:
        """Flush a changed row under its next version."""
        changed: Any = row
        changed.version += 1
        changed.updated_at = self.now()
        self.session.add(row)
        self.session.flush()
        return row

    def touch_if_changed(self, row: R) -> R:
        """Flush a row under its next version if anything of it is other than it was."""
        return self.touch(row) if self.session.is_modified(row) else row

    def unscoped(self, reason: str) -> ScopedSession:
        """Return a second session in the same transaction that sees everything; its own identity map keeps it apart.

        For what must be known without being shown: whether a RUN is already registered, whom to tell.
        """
        session = ScopedSession(self.session.connection(), None, reason)
        session.info.update(self.session.info)  # what it writes is audited as part of this unit
        return session

    def _reaches(self, access: Access, row: Any, resource: str, action: str, data: DataClass) -> bool:
        table = table_of(type(row))
        reached = access.literal(access.reach(table.name, table, resource, action, data))
        statement = select(table.c.id).where(table.c.id == row.id, reached)
        return self.session.connection().execute(statement).one_or_none() is not None

    def emit(self, event: Event) -> None:
        """Tell plugins inside the transaction, and leave the event for those told after the commit."""
        self.session.flush()
        for told in implementations(self.hooks, "oln_on_event"):
            if self.has_on(told.plugin, event.commune_code):
                told(uow=self, event=event)
        body: Mapping[str, Any] = {"record_id": event.record_id.hex, **event.details}
        row = OutboxEvent(
            id=self.new_id(), name=event.name, commune_code=event.commune_code, body=dict(body), created_at=self.now()
        )
        with self.unscoped("the outbox belongs to the machinery") as outbox:
            outbox.add(row)
            outbox.flush()

"""Engines and sessions: SQLite in WAL by default, PostgreSQL by its address; every ORM statement under a scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlmodel
from sqlalchemy import ColumnElement, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.orm import ORMExecuteState, SessionTransaction, UOWTransaction
from sqlalchemy.orm.util import LoaderCriteriaOption

from authz.guard import AccessDenied
from authz.scope import Access
from core.database_file import watch
from core.errors import PluginDisabled

# How long a caller's unit of work waits in PostgreSQL for a lock, and for one statement: less than an operation lasts,
# so that who waits is told, and makes nobody else wait.
LOCK, STATEMENT = "2500ms", "8s"
WRITER = 8  # seconds that SQLite waits for whoever writes: less than that as well
CONNECT = "5"  # seconds until a server that does not answer is given up; an address may say otherwise
HURRIED = "hurried"  # where a session says that a caller waits for it


class Unscoped(Exception):
    """A statement was tried without saying on whose behalf, or in a form that cannot be scoped."""


class _Rows(LoaderCriteriaOption):
    """The condition of one table at every occurrence, made anew for each alias.

    SQLAlchemy leaves the condition of an alias on the right of a join on the table itself, so that the alias goes
    unfiltered (`tests/services/test_scope.py` reaches another commune that way without this class).
    """

    __slots__ = ("access", "name")
    # Part of a statement's cache key is the plain condition; that of an alias follows from it, under the same names.
    _traverse_internals = LoaderCriteriaOption._traverse_internals

    def __init__(self, model: Any, access: Access, name: str) -> None:
        table = access.scopes[name].table
        super().__init__(model, access.literal(access.row(name, table)), include_aliases=True)
        self.access, self.name = access, name

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        plain = super()._resolve_where_criteria(ext_info)
        if not ext_info.is_aliased_class:
            return plain
        return self.access.literal(self.access.row(self.name, ext_info.selectable))


class ScopedSession(sqlmodel.Session):
    """A session of one actor and one purpose; without an `access` it serves only the machinery, and says why.

    Parameters
    ----------
    bind : Engine or Connection
    access : Access or None
        None for the machinery (migrations, imports by the operator, jobs); then `reason` is required.
    reason : str
    """

    def __init__(self, bind: Engine | Connection, access: Access | None, reason: str = "") -> None:
        super().__init__(bind, expire_on_commit=False)
        if access is None and not reason:
            raise Unscoped("an unscoped session needs a reason")
        self.access = access
        self.reason = reason

    @property
    def criteria(self) -> tuple[Any, ...]:
        """One condition per scoped table, made once for each access: making them costs more than most statements."""
        access = self.access
        assert access is not None
        if access.criteria is None:
            access.criteria = tuple(
                _Rows(scope.model, access, name)
                for name, scope in access.scopes.items()
                if not scope.public or scope.plugin
            )
        return access.criteria

    def _bulk_save_mappings(self, *_args: Any, **_options: Any) -> None:
        raise Unscoped("bulk_* passes by every check: add rows, or insert through `uow.unscoped`")


@event.listens_for(ScopedSession, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    session = state.session
    assert isinstance(session, ScopedSession)
    if session.access is None:
        return
    if not state.is_orm_statement or state.is_from_statement:
        raise Unscoped("only ORM statements can be scoped")
    if state.is_insert or (state.is_update and _moves(state)):
        raise Unscoped("no condition holds what this writes: add or change rows, or use `uow.unscoped` after a check")
    if not (state.is_column_load or state.is_relationship_load):
        state.statement = state.statement.options(*session.criteria)


@event.listens_for(ScopedSession, "after_begin")
def _hurry(session: ScopedSession, _transaction: SessionTransaction, connection: Connection) -> None:
    """Bound how long a caller waits; imports, revisions and jobs take the time that they need."""
    if session.info.get(HURRIED) and connection.dialect.name == "postgresql":
        bounds = "SELECT set_config('lock_timeout', :lock, true), set_config('statement_timeout', :statement, true)"
        connection.execute(text(bounds), {"lock": LOCK, "statement": STATEMENT})


def _moves(state: ORMExecuteState) -> bool:
    """Whether an UPDATE goes by ids without any condition, or writes a commune that no condition sees."""
    statement: Any = state.statement
    written = {getattr(column, "key", column) for column, _ in (statement._values or {}).items()}
    return state.is_executemany or "commune_code" in written | set(state.parameters or ())


@event.listens_for(ScopedSession, "before_flush")
def _stay_at_home(session: ScopedSession, _context: UOWTransaction, _instances: Any) -> None:
    """Refuse to write where the actor has no role or the plugin is off; `do_orm_execute` does not see it."""
    access = session.access
    if access is None:
        return
    mine = access.actor.communes
    for row in (*session.new, *session.dirty, *session.deleted):
        commune = getattr(row, "commune_code", None)
        if commune is not None and mine is not None and commune not in mine:
            raise AccessDenied
        plugin = access.scopes[row.__tablename__].plugin
        if plugin and commune not in access.modules.get(plugin, ()):
            raise PluginDisabled(details={"plugin": plugin})


def make_engine(address: str) -> Engine:
    """Open the database at `address`; parameters never show in errors or logs."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    url = url.set(drivername="postgresql+psycopg", query={"connect_timeout": CONNECT, **url.query})
    return create_engine(url, hide_parameters=True, pool_pre_ping=True)


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": WRITER, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={WRITER * 1000}"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()  # opens its log, which is watched from now

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        # a deferred transaction that turns to writing fails at once, whatever the timeout
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "checkin", _unlock)
    watch(engine, url.database)
    return engine


def _unlock(connection: Any, _record: Any) -> None:
    """End what a failed commit left: SQLAlchemy takes it for ended, and the pool would hold the write lock for good."""
    if connection is not None and connection.in_transaction:
        connection.rollback()


@contextmanager
def machinery(engine: Engine, reason: str, *, reading: bool = False) -> Iterator[ScopedSession]:
    """Open an unscoped session for the platform itself; one that only reads waits for no writer of SQLite."""
    with ScopedSession(engine.execution_options(reading=True) if reading else engine, None, reason) as session:
        yield session


@contextmanager
def snapshot(engine: Engine, reason: str) -> Iterator[ScopedSession]:
    """Open an unscoped session that sees everything as it stood at its first statement, whoever writes meanwhile."""
    whole = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with machinery(engine.execution_options(**whole), reason, reading=True) as session:
        yield session

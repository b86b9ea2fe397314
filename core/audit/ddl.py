"""What makes the databases themselves refuse to change an audit record; the migrations bring it.

Whoever owns the database can take it away: that is told (`missing_triggers`), and put back by `oln db upgrade`.
"""

from sqlalchemy import Connection, text

from core.audit.notary import NATIONAL_CHAIN
from core.models.audit import AuditEntry, ReadEntry, ReadSubject
from core.unit_of_work import UnitOfWork

APPEND_ONLY = tuple(str(model.__tablename__) for model in (AuditEntry, ReadEntry, ReadSubject))
_REFUSAL = "audit records are append-only"
# Those that refuse: one that was made anew to do nothing, or that is switched off, is as good as none.
_THERE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE :refusal",
    "postgresql": "SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
    "WHERE tgenabled IN ('O', 'A') AND prosrc LIKE :refusal",
}


def append_only_ddl(dialect: str) -> list[str]:
    """Return the statements that make the audit tables append-only.

    They stop a mistake and an application that was taken over; not the owner of the database, who may drop a trigger.
    That is what the chain is for.

    Parameters
    ----------
    dialect : str
        `sqlite` or `postgresql`.

    Examples
    --------
    >>> len(append_only_ddl("sqlite")), len(append_only_ddl("postgresql"))
    (6, 4)
    """
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            for table in APPEND_ONLY
            for verb in ("UPDATE", "DELETE")
        ]
    refuse = (
        "CREATE OR REPLACE FUNCTION oln_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    return [
        refuse,
        *(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION oln_append_only()"
            for table in APPEND_ONLY
        ),
    ]


def missing_triggers(connection: Connection) -> list[str]:
    """Return the names of the triggers that somebody took away or switched off."""
    raises = {"sqlite": "RAISE(ABORT, ", "postgresql": "RAISE EXCEPTION "}[connection.dialect.name]
    refusal = {"refusal": f"%BEGIN%{raises}'{_REFUSAL}'%"}
    there = set(connection.execute(text(_THERE[connection.dialect.name]), refusal).scalars())
    return [name for name in _asked(connection.dialect.name) if name not in there]


def restore_triggers(uow: UnitOfWork) -> list[str]:
    """Put back the triggers that are missing, and return their names; that they were stands in the audit."""
    connection = uow.session.connection()
    missing, dialect = missing_triggers(connection), connection.dialect.name
    for name in missing:
        table = next(table for table in APPEND_ONLY if name.startswith(table))
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if dialect != "sqlite" else ""))
    for statement in append_only_ddl(dialect) if missing else ():
        words = statement.split()
        if words[1] != "TRIGGER" or words[2] in missing:
            connection.exec_driver_sql(statement)
    uow.recorded += [{"chain": NATIONAL_CHAIN, "op": "restore", "table": "trigger", "id": name} for name in missing]
    return missing


def _asked(dialect: str) -> list[str]:
    return [words[2] for statement in append_only_ddl(dialect) if (words := statement.split())[1] == "TRIGGER"]

"""What makes the databases themselves refuse to change an audit record; run by the migrations."""

from core.models.audit import AuditEntry, ReadEntry, ReadSubject

APPEND_ONLY = tuple(str(model.__tablename__) for model in (AuditEntry, ReadEntry, ReadSubject))
_REFUSAL = "audit records are append-only"


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

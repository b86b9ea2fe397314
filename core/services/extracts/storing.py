"""Many rows at once: read and written raw, inside the transaction of the session, in the database's own forms.

*Ready* frames have the table's columns: ids as 32 hexadecimal digits, days as `Date`, instants as `Datetime` in UTC,
bytes as `Binary`. How the database writes each of them is asked of the columns' own types, so that nothing is
formatted by hand. `benchmarks/imports` compares what comes of it with a bare insert.
"""

from typing import Any, cast
from uuid import UUID

import polars as pl
from psycopg import Cursor
from sqlalchemy import Boolean, Connection, Date, Float, Integer, LargeBinary, Select, Table, Update, Uuid, bindparam
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from core.database import ScopedSession
from core.models.base import Instant
from core.services.extracts.errors import ExtractRefused

INSTANT = pl.Datetime("us", "UTC")
_DTYPES: tuple[tuple[type[TypeEngine[Any]], pl.DataType], ...] = (
    (Uuid, pl.String()),
    (Boolean, pl.Boolean()),
    (Date, pl.Date()),
    (Integer, pl.Int64()),
    (Float, pl.Float64()),
    (LargeBinary, pl.Binary()),
    (Instant, INSTANT),
)


def dtype_of(kind: TypeEngine[Any]) -> pl.DataType:
    """Give the type of a column in a ready frame."""
    return next((dtype for sql, dtype in _DTYPES if isinstance(kind, sql)), pl.String())


def insert_rows(session: ScopedSession, table: Table, ready: pl.DataFrame) -> None:
    """Insert a ready frame; columns that it lacks get the database's default, which is null.

    Parameters
    ----------
    session : ScopedSession
        Of a transaction that whoever opened it commits.
    table : Table
    ready : polars.DataFrame
    """
    if ready.is_empty():
        return
    connection = session.connection()
    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in ready.columns)
    stored = ready.select(_stored(connection, table, ready[name]) for name in ready.columns)
    if connection.dialect.name == "postgresql":
        with _psycopg(connection).copy(f"COPY {table.name} ({names}) FROM STDIN (FORMAT csv)") as copy:
            copy.write(stored.write_csv(include_header=False))
    else:
        places = ", ".join("?" * stored.width)
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({names}) VALUES ({places})", stored.rows())


def update_rows(session: ScopedSession, table: Table, changed: pl.DataFrame, *, versioned: bool = True) -> None:
    """Update rows by id; a versioned one only if it still is at the version that was read.

    Parameters
    ----------
    session : ScopedSession
    table : Table
    changed : polars.DataFrame
        With `id`, `version` where versioned, and the columns to write; the version goes up by one.
    versioned : bool

    Raises
    ------
    ExtractRefused
        If the office changed one of them since it was read: half of what a file says of a child must not stand.
    """
    if changed.is_empty():
        return
    written = [name for name in changed.columns if name not in ("id", "version")]
    values: dict[str, Any] = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in written}
    statement: Update = table.update().where(table.c.id == bindparam("of_id", type_=table.c.id.type))
    if versioned:
        statement = statement.where(table.c.version == bindparam("at_version"))
        values["version"] = table.c.version + 1
    names = {name: f"new_{name}" for name in written} | {"id": "of_id", "version": "at_version"}
    renamed = changed.rename({name: names[name] for name in changed.columns})
    uuids = [names[name] for name in changed.columns if isinstance(table.c[name].type, Uuid)]
    rows = [
        row | {name: UUID(row[name]) for name in uuids if row[name] is not None}
        for row in renamed.iter_rows(named=True)
    ]
    all_written(session.connection().execute(statement.values(values), rows).rowcount, len(rows))


def all_written(written: int, told: int) -> None:
    """Refuse a file of whose rows one was no longer as it was read.

    Raises
    ------
    ExtractRefused
    """
    if written != told:
        raise ExtractRefused(
            "La oficina cambió un registro mientras el archivo entraba: de este archivo no se importó nada; "
            "impórtelo de nuevo."
        )


def stamp_rows(
    session: ScopedSession, table: Table, rows: pl.DataFrame, stamps: dict[str, Any], *only: ColumnElement[bool]
) -> None:
    """Write the same stamps on many rows; no version goes up, and a row that moved on since it was read gets none.

    Parameters
    ----------
    session : ScopedSession
    table : Table
    rows : polars.DataFrame
        With `id`, and `version` where the table has one.
    stamps : dict
        Values by column.
    *only : ColumnElement
        Further conditions.
    """
    statement = table.update().where(table.c.id == bindparam("of_id", type_=table.c.id.type), *only).values(stamps)
    if "version" in table.c:
        statement = statement.where(table.c.version == bindparam("at_version"))
        told = [{"of_id": UUID(id), "at_version": version} for id, version in rows.select("id", "version").iter_rows()]
    else:
        told = [{"of_id": UUID(id)} for id in rows["id"]]
    if told:
        session.connection().execute(statement, told)


def read_rows(session: ScopedSession, statement: Select[Any]) -> pl.DataFrame:
    """Run a query and give its rows as a ready frame; values in it must be literals, and never from a person.

    Parameters
    ----------
    session : ScopedSession
    statement : Select
        Its columns' types tell how to read each of them.

    Returns
    -------
    polars.DataFrame
    """
    connection = session.connection()
    columns = {column.name: column.type for column in statement.selected_columns}
    sql = str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
    if connection.dialect.name == "postgresql":
        raw = _copied(connection, sql, list(columns))
    else:
        rows = connection.exec_driver_sql(sql).cursor.fetchall()
        raw = pl.DataFrame(rows, schema={name: _raw(kind) for name, kind in columns.items()}, orient="row")
    return raw.select(_read(name, kind, raw.schema[name]) for name, kind in columns.items())


def places(codes: pl.Series) -> list[str]:
    """Give commune codes in order, once each, fit to stand in a statement."""
    found = codes.unique().sort().to_list()
    if not all(code.isdigit() and len(code) == 5 for code in found):
        raise ValueError("a commune's code is five digits")
    return found


def _stored(connection: Connection, table: Table, values: pl.Series) -> pl.Series:
    """Bring a column to the form in which the driver takes it, by way of its distinct values."""
    kind = table.c[values.name].type
    if isinstance(kind, LargeBinary):
        return ("\\x" + values.bin.encode("hex")) if connection.dialect.name == "postgresql" else values
    if isinstance(kind, Uuid) or values.dtype in (pl.Int64, pl.Float64, pl.Null):
        return values
    if values.dtype == pl.String and not isinstance(kind, TypeDecorator):
        return values
    return _processed(connection, kind, values)


def _processed(connection: Connection, kind: TypeEngine[Any], values: pl.Series) -> pl.Series:
    processor = kind.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if processor is None or values.dtype == pl.String:  # a `Word` is stored as it is written
        return values
    distinct = values.unique().drop_nulls()
    bound = pl.Series([processor(value) for value in distinct], dtype=None if len(distinct) else values.dtype)
    return values.replace_strict(distinct, bound, return_dtype=bound.dtype).alias(values.name)


def _psycopg(connection: Connection) -> Cursor[Any]:
    """Give a cursor of the driver itself, which can COPY, on the connection of this transaction."""
    cursor: Any = connection.connection.cursor()
    return cast(Cursor[Any], cursor)


def _raw(kind: TypeEngine[Any]) -> pl.DataType:
    dtype = dtype_of(kind)
    return pl.Int64() if dtype == pl.Boolean else pl.String() if dtype in (pl.Date, INSTANT) else dtype


def _copied(connection: Connection, sql: str, names: list[str]) -> pl.DataFrame:
    with _psycopg(connection).copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        data = b"".join(bytes(block) for block in copy)
    if not data:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    read = pl.read_csv(data, has_header=False, infer_schema=False)
    read.columns = names
    return read


def _read(name: str, kind: TypeEngine[Any], raw: pl.DataType) -> pl.Expr:
    dtype, value = dtype_of(kind), pl.col(name)
    if isinstance(kind, Uuid):
        return value.str.replace_all("-", "", literal=True)
    if dtype == pl.Boolean and raw == pl.String:
        return value == "t"
    if dtype == pl.Date:
        return value.str.to_date("%Y-%m-%d")
    return value.cast(dtype)

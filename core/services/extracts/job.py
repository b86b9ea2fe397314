"""What the parts of one import share: the unit of work, the file's record, and how rows go in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import polars as pl
from sqlalchemy import FromClause, Select, Table, Update, and_, select
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import SQLModel

from authz.actor import DataClass
from authz.denial import AccessDenied, Unsigned
from authz.scope import table_of
from core.audit import record_bulk, record_children
from core.identity import IdentifierKind
from core.models.extracts import Extract
from core.models.people import Nna
from core.services.extracts.arrivals import ARRIVAL, EXTRACT, same_file
from core.services.extracts.checking import Checked
from core.services.extracts.storing import INSTANT, insert_rows, places, read_rows, stamp_rows, update_rows
from core.unit_of_work import UnitOfWork

_NNA, _THIS = table_of(Nna), ARRIVAL.alias("this_arrival")
AUDITED = ("commune_code", "nna_id", "columns")  # of rows to rewrite: where, whose, and what changes


def allowed_communes(uow: UnitOfWork) -> frozenset[str] | None:
    """Give the communes where whoever asks may import; None is everywhere.

    Raises
    ------
    AccessDenied
        If there is none, or they have not signed the confidentiality agreement in force.
    """
    if uow.access is None:
        return None
    if not uow.access.actor.signed:  # what an import answers, and its file of bad rows, is of persons
        raise Unsigned
    arms = uow.access.guard.arms(uow.access.actor, "extract", "import", DataClass.BASIC)
    far = [arm.communes for arm in arms if arm.ambit in ("COMMUNE", "NATIONAL")]
    if not far:
        raise AccessDenied
    return None if None in far else frozenset().union(*(communes or () for communes in far))


class Touched(NamedTuple):
    """Families of which a file changed something, and those of which it says something that another stands over."""

    changed: pl.Series
    passed_over: pl.Series


@dataclass
class Job:
    """One file on its way in.

    Parameters
    ----------
    uow : UnitOfWork
    extract : Extract
        The record of this import, already stored.
    allowed : frozenset of str or None
        Communes where rows may be written; None is everywhere.
    checked : Checked
        The file's rows, and what is wrong with them.
    corrects_identity : bool
        Whether the file is meant to put right who known children are.
    """

    uow: UnitOfWork
    extract: Extract
    allowed: frozenset[str] | None
    checked: Checked
    corrects_identity: bool = False
    wrote: bool = False  # whether any row names the record of this import

    def owners(self, owned: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
        """Give the columns that tell who told of a stored row last, of a query from `with_owners`.

        `owned` is true where that was an extract and nobody touched the row since; `newer` where that extract stands
        over this one: of a later month, or later to the row's commune in the same; `named` where it is this very file.
        """
        named = self._same() & (EXTRACT.c.period == self.extract.period)
        return owned.label("owned"), self._newer().label("newer"), named.label("named")

    def earlier(self) -> Select[Any]:
        """Select the instants and communes of imports of this kind that are not `newer` (`owners`) there."""
        came = EXTRACT.join(ARRIVAL, same_file(ARRIVAL, EXTRACT)).join(
            _THIS, self._this() & (_THIS.c.commune_code == ARRIVAL.c.commune_code)
        )
        chosen = select(EXTRACT.c.imported_at, ARRIVAL.c.commune_code).select_from(came)
        return chosen.where(EXTRACT.c.kind == self.extract.kind, ~self._newer())

    def _same(self) -> ColumnElement[bool]:
        return (EXTRACT.c.kind == self.extract.kind) & (EXTRACT.c.file_hash == self.extract.file_hash)

    def _this(self) -> ColumnElement[bool]:
        return and_(*(_THIS.c[name] == getattr(self.extract, name) for name in ("kind", "period", "file_hash")))

    def _newer(self) -> ColumnElement[bool]:
        month, of_kind = self.extract.period, EXTRACT.c.kind == self.extract.kind
        after = (EXTRACT.c.period == month) & (ARRIVAL.c.arrived_at > _THIS.c.arrived_at) & ~self._same()
        return of_kind & ((EXTRACT.c.period > month) | after)

    def with_owners(self, rows: FromClause, table: Table) -> FromClause:
        """Join to rows the extract that each of a table names, and when its file and this one came to its commune."""
        here = table.c.commune_code
        return (
            rows.outerjoin(EXTRACT, EXTRACT.c.id == table.c.extract_id)
            .outerjoin(ARRIVAL, same_file(ARRIVAL, EXTRACT) & (ARRIVAL.c.commune_code == here))
            .outerjoin(_THIS, self._this() & (_THIS.c.commune_code == here))
        )

    @property
    def now(self) -> datetime:
        """One instant for the whole file: a row that still bears its extract's was not touched by hand since."""
        return self.extract.imported_at

    def admit(self, chunk: pl.DataFrame) -> None:
        """Refuse a chunk with rows of other communes: the second wall, behind the check of each row."""
        if self.allowed is not None and not set(chunk["commune_code"].unique()) <= self.allowed:
            raise AccessDenied

    def reject(self, rows: pl.Series, field: str, code: str) -> None:
        """Take down that rows, told by their place in the file, cannot be stored as they are."""
        if len(rows):
            findings = self.checked.findings
            findings.add(findings.format.header(field), code, self.checked.rows["row"].is_in(rows.implode()))

    def new_ids(self, count: int) -> pl.Series:
        return pl.Series("id", [one.hex for one in self.uow.clock.new_ids(count)], dtype=pl.String)

    def insert(self, model: type[SQLModel], rows: pl.DataFrame) -> None:
        """Insert rows that have an `id`; stamps and provenance are added."""
        table = table_of(model)
        known = {name: pl.lit(self.now, dtype=INSTANT) for name in ("created_at", "updated_at") if name in table.c}
        if "version" in table.c:
            known["version"] = pl.lit(1, dtype=pl.Int64)
        if "extract_id" in table.c:
            known["extract_id"] = pl.lit(self.extract.id.hex)
        ready = rows.with_columns(**known)
        insert_rows(self.uow.session, table, ready.select(c.name for c in table.c if c.name in ready.columns))
        self._record(table, rows)

    def update(self, model: type[SQLModel], rows: pl.DataFrame) -> None:
        """Update rows by `id`; `commune_code`, `nna_id` and `columns` in them are for the audit.

        Every row names the newest extract that told of it. One that is the extracts' own (`owned`) bears its instant;
        any other, an instant that is no extract's: so it goes on saying that the office changed it.
        """
        table = table_of(model)
        versioned = "version" in table.c
        stamps = {"extract_id": pl.lit(self.extract.id.hex)}
        if versioned:
            beside = pl.lit(self.now + timedelta(microseconds=1), dtype=INSTANT)
            stamps["updated_at"] = pl.when("owned").then(pl.lit(self.now, dtype=INSTANT)).otherwise(beside)
        stamped = rows.with_columns(**stamps)
        written = [name for name in stamped.columns if name in table.c and name not in AUDITED]
        update_rows(self.uow.session, table, stamped.select(written), versioned=versioned)
        self._record(table, rows)

    def confirm(self, model: type[SQLModel], standing: pl.DataFrame) -> None:
        """Let rows that a new file leaves as they are name it too, or an earlier month's could change them later.

        No value changes: neither does the version, and the audit has nothing to tell.
        """
        table, this = table_of(model), {"extract_id": self.extract.id}
        rows = standing.filter(~pl.col("newer").fill_null(False), ~pl.col("named").fill_null(False))
        self.wrote |= not rows.is_empty()
        if "updated_at" not in table.c:
            return stamp_rows(self.uow.session, table, rows, this)
        stamp_rows(self.uow.session, table, rows.filter("owned"), this | {"updated_at": self.now})
        stamp_rows(self.uow.session, table, rows.filter(~pl.col("owned")), this, table.c.updated_at != self.now)

    def read(self, statement: Select[Any]) -> pl.DataFrame:
        return read_rows(self.uow.session, statement)

    def existing(self, table: Table, columns: Sequence[ColumnElement[Any]], chunk: pl.DataFrame) -> Select[Any]:
        """Select rows of the chunk's communes: `id`, `version`, and who told of them last (`owners`)."""
        stamped = "updated_at" in table.c
        owned = table.c.updated_at == EXTRACT.c.imported_at if stamped else table.c.extract_id.is_not(None)
        version = [table.c.version] if stamped else []
        chosen = (
            table.c.id,
            *version,
            *columns,
            *self.owners(owned),
        )
        joined = self.with_owners(table, table)
        return select(*chosen).select_from(joined).where(table.c.commune_code.in_(places(chunk["commune_code"])))

    def index(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add each row's `identifier_index`, made once for each identifier."""
        keys = ["commune_code", "identifier_kind", "identifier"]
        once = rows.select(keys).unique(maintain_order=True)
        made = []
        for kind in (IdentifierKind.RUN, IdentifierKind.PROVISIONAL):
            of_kind = once.filter(pl.col("identifier_kind") == kind)
            indexes = self.uow.sealer.blind_indexes(kind, of_kind["identifier"], of_kind["commune_code"])
            made.append(of_kind.with_columns(identifier_index=pl.Series(indexes, dtype=pl.String)))
        return rows.join(pl.concat(made), on=keys, how="left", maintain_order="left")

    def people(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Add each row's `nna_id` and dates of birth, null where nobody of the commune has that identifier."""
        dates = (_NNA.c.birth_date, _NNA.c.expected_birth_date)
        known = self.read(
            select(_NNA.c.id.label("nna_id"), _NNA.c.commune_code, _NNA.c.identifier_index, *dates).where(
                _NNA.c.commune_code.in_(places(rows["commune_code"])), _NNA.c.identifier_index.is_not(None)
            )
        )
        return self.index(rows).join(known, on=["commune_code", "identifier_index"], how="left", maintain_order="left")

    def run(self, model: type[SQLModel], statement: Update, rows: pl.DataFrame) -> int:
        """Run a statement once for each row, and tell how many it wrote.

        Columns named `of_…` are ids, `update` tells which are for the audit.
        """
        told = rows.drop(AUDITED, strict=False).to_dicts()
        named = [
            {name: UUID(value) if name.startswith("of_") else value for name, value in row.items()} for row in told
        ]
        if not named:
            return 0
        written = self.uow.session.connection().execute(statement, named).rowcount
        self._record(table_of(model), rows)
        return written

    def _record(self, table: Table, rows: pl.DataFrame) -> None:
        """Leave in each commune's audit how many rows of which table the file wrote there, and whose they are.

        Every row of a child's names her, new, rewritten or closed: so each import stands in the trail of whom it is
        about. Rows that change something say so in `columns`, parted by blanks; new ones have none.
        """
        self.wrote |= not rows.is_empty()
        counted = rows.group_by("commune_code").len().sort("commune_code")
        for commune, count in counted.iter_rows():
            record_bulk(self.uow, table.name, count, self.extract.file_hash, commune)
        child = "id" if table.name == _NNA.name else "nna_id"
        if child not in rows.columns:
            return
        columns = pl.col("columns") if "columns" in rows.columns else pl.lit("")
        named = rows.select("commune_code", columns.alias("columns"), nna_id=child).drop_nulls("nna_id")
        grouped = named.group_by("commune_code", "columns").agg(pl.col("nna_id").unique(maintain_order=True))
        for commune, changed, children in grouped.sort("commune_code", "columns").iter_rows():
            record_children(self.uow, table.name, children, changed.split(), self.extract.file_hash, commune)

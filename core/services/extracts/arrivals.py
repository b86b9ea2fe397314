"""The order in which files came: what an earlier one says never stands over what a later one said.

Of two files of one kind the one of the later month is later; of one month, the one that came first to a commune is
earlier there. A file is known again by its hash. That it comes again does not make it newer: its place is where it
first came. Each commune has an order of its own, since one office may bring a national file weeks before another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, FromClause, and_, delete, exists, func, insert, select

from authz.scope import table_of
from core.clock import SANTIAGO
from core.models.extracts import Extract, ExtractArrival
from core.services.extracts.deliveries import Delivery
from core.unit_of_work import UnitOfWork

ALREADY = "Este mismo archivo ya se había importado; no cambió nada."
EXTRACT, ARRIVAL = table_of(Extract), table_of(ExtractArrival)


@dataclass(frozen=True)
class Arrival:
    """An earlier import of a file that comes again.

    Parameters
    ----------
    latest : Extract
        Its last import.
    complete : bool
        Whether none of its rows was rejected then or before: nothing is left to come in. What a file of homes says is
        each child's: of those who came after it, it is not.
    """

    latest: Extract
    complete: bool


def find_arrival(uow: UnitOfWork, delivery: Delivery, found: str) -> Arrival | None:
    """Find the imports of this very file, by its hash, kind and month."""
    same = (EXTRACT.c.file_hash == found, EXTRACT.c.kind == delivery.kind, EXTRACT.c.period == delivery.period)
    imports = uow.session.scalars(select(Extract).where(*same).order_by(EXTRACT.c.imported_at, EXTRACT.c.id)).all()
    children = _last_persons(uow) if delivery.kind == "households" else None
    # at one instant they are of one folder, where persons come first: the demo country's clock stands still
    whole = [one for one in imports if one.rows_rejected == 0 and (children is None or one.imported_at >= children)]
    return Arrival(imports[-1], bool(whole)) if imports else None


def _last_persons(uow: UnitOfWork) -> datetime | None:
    """Tell when a file of persons last brought or changed anybody."""
    last = select(func.max(EXTRACT.c.imported_at)).where(EXTRACT.c.kind == "persons")
    found: datetime | None = uow.session.connection().execute(last).scalar_one()
    return found


def record_arrival(uow: UnitOfWork, extract: Extract, communes: Iterable[str], *, anew: bool = False) -> bool:
    """Write down to which communes a file comes for the first time.

    Parameters
    ----------
    uow : UnitOfWork
    extract : Extract
        The import of now.
    communes : iterable of str
        Those that it tells of, and where it may write.
    anew : bool
        Take it as one that comes now, also where it came before.

    Returns
    -------
    bool
        Whether there is a commune to which it never came before.
    """
    connection, wanted = uow.session.connection(), set(communes)
    here = and_(_of(ARRIVAL, extract), ARRIVAL.c.commune_code.in_(wanted))
    known = set(connection.execute(select(ARRIVAL.c.commune_code).where(here)).scalars())
    if anew and known:
        connection.execute(delete(ARRIVAL).where(here))
    this = {"kind": extract.kind, "period": extract.period, "file_hash": extract.file_hash}
    new = [this | {"commune_code": code, "arrived_at": extract.imported_at} for code in sorted(wanted - known)]
    old = [this | {"commune_code": code, "arrived_at": extract.imported_at} for code in sorted(known) if anew]
    if rows := [*new, *old]:
        connection.execute(insert(ARRIVAL), rows)
    return bool(new)


def later_file(
    uow: UnitOfWork, this: Extract, communes: Iterable[str] | None, provider: str | None = None
) -> str | None:
    """Say that another file of the kind came to a commune after this one, of the same month or a later one.

    Parameters
    ----------
    uow : UnitOfWork
    this : Extract
        Any import of the file.
    communes : iterable of str or None
        Those of whoever asks; None is every one.
    provider : str, optional
        Look at files of this one alone.

    Returns
    -------
    str or None
        A sentence with the days on which both came to one commune, in Chile; None where no other came.
    """
    mine, other = ARRIVAL.alias(), ARRIVAL.alias()
    after = (other.c.arrived_at > mine.c.arrived_at, other.c.period >= mine.c.period)
    beside = (other.c.kind == mine.c.kind, other.c.commune_code == mine.c.commune_code)
    others = (
        select(mine.c.arrived_at, other.c.period, other.c.arrived_at)
        .join(other, and_(*beside, *after, other.c.file_hash != mine.c.file_hash))
        .where(_of(mine, this))
        .order_by(other.c.period.desc(), other.c.arrived_at.desc())
    )
    if communes is not None:
        others = others.where(mine.c.commune_code.in_(set(communes)))
    if provider:
        others = others.where(exists().where(same_file(EXTRACT, other), EXTRACT.c.provider == provider))
    found = uow.session.connection().execute(others.limit(1)).first()
    return _sentence(this.period, *found) if found else None


def same_file(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Return the condition that two rows are of one file."""
    return and_(*(one.c[name] == other.c[name] for name in ("kind", "period", "file_hash")))


def _of(arrival: FromClause, this: Extract) -> ColumnElement[bool]:
    return and_(*(arrival.c[name] == getattr(this, name) for name in ("kind", "period", "file_hash")))


def _sentence(month: date, here: datetime, period: date, at: datetime) -> str:
    came = f"Este archivo ya se había importado el {_day(here)} y después, el {_day(at)}, llegó otro"
    if period > month:  # which stands whether or not anybody insists
        return f"{came}, de {period:%Y-%m}: no cambió nada."
    return f"{came} del mismo mes: no cambió nada. Para aplicarlo de todos modos: --force."


def _day(instant: datetime) -> str:
    return f"{instant.astimezone(SANTIAGO):%d-%m-%Y}"

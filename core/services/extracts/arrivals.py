"""The order in which files came: what an earlier one says never stands over what a later one said.

Of two files of one kind the one of the later month is later; of one month, the one that came here first is earlier. A
file is known again by its hash. That it comes again does not make it newer: its place is where it first came.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from authz.scope import table_of
from core.clock import SANTIAGO
from core.models.extracts import Extract
from core.services.extracts.deliveries import Delivery
from core.unit_of_work import UnitOfWork

ALREADY = "Este mismo archivo ya se había importado; no cambió nada."
_extract = table_of(Extract)


@dataclass(frozen=True)
class Arrival:
    """An earlier import of a file that comes again.

    Parameters
    ----------
    first : datetime
        When it first came.
    latest : Extract
        Its last import.
    complete : bool
        Whether none of its rows was rejected then or before: nothing is left to come in.
    """

    first: datetime
    latest: Extract
    complete: bool


def find_arrival(uow: UnitOfWork, delivery: Delivery, found: str) -> Arrival | None:
    """Find the imports of this very file, by its hash, kind and month."""
    same = (_extract.c.file_hash == found, _extract.c.kind == delivery.kind, _extract.c.period == delivery.period)
    imports = uow.session.scalars(select(Extract).where(*same).order_by(_extract.c.imported_at, _extract.c.id)).all()
    if not imports:
        return None
    return Arrival(imports[0].imported_at, imports[-1], any(one.rows_rejected == 0 for one in imports))


def later_file(uow: UnitOfWork, arrival: Arrival, after: datetime, provider: str | None = None) -> str | None:
    """Say that another file of the kind came after an instant, of the same month or a later one.

    Parameters
    ----------
    uow : UnitOfWork
    arrival : Arrival
    after : datetime
    provider : str, optional
        Look at files of this one alone.

    Returns
    -------
    str or None
        A sentence with both days, in Chile; None where no other came.
    """
    this = arrival.latest
    others = (
        select(_extract.c.period, _extract.c.imported_at)
        .where(_extract.c.kind == this.kind, _extract.c.file_hash != this.file_hash)
        .where(_extract.c.period >= this.period, _extract.c.imported_at > after)
        .order_by(_extract.c.period.desc(), _extract.c.imported_at.desc())
    )
    if provider:
        others = others.where(_extract.c.provider == provider)
    other = uow.session.connection().execute(others.limit(1)).first()
    return _sentence(arrival, *other) if other else None


def _sentence(arrival: Arrival, period: date, at: datetime) -> str:
    came = f"Este archivo ya se había importado el {_day(arrival.first)} y después, el {_day(at)}, llegó otro"
    if period > arrival.latest.period:  # which stands whether or not anybody insists
        return f"{came}, de {period:%Y-%m}: no cambió nada."
    return f"{came} del mismo mes: no cambió nada. Para aplicarlo de todos modos: --force."


def _day(instant: datetime) -> str:
    return f"{instant.astimezone(SANTIAGO):%d-%m-%Y}"

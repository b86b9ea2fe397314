"""Regions, provinces, communes and offices in the database, as the catalogues have them."""

from collections.abc import Iterator
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, func, select

from authz.scope import table_of
from core.database import ScopedSession
from core.models.base import Row
from core.models.territory import Commune, CommuneAlias, OfficePeriod, Province, Region
from core.reference import commune, commune_aliases, communes, pilot_communes, provinces, regions
from core.text import fold, sort_key

# Any fixed UUID would do: every installation must only take the same one, so that ids agree between offices.
NAMESPACE = UUID("6f6c6e00-0000-5000-8000-7465727269e0")
# From north to south, as Chile lists its regions; the codes came about in another order.
NORTH_TO_SOUTH = ("15", "01", "02", "03", "04", "05", "13", "06", "07", "16", "08", "09", "14", "10", "11", "12")


def load_territory(session: ScopedSession) -> int:
    """Bring the territory's tables to what the catalogues say; what is as it should be is left alone.

    Parameters
    ----------
    session : ScopedSession
        Of the machinery; whoever opened it commits.

    Returns
    -------
    int
        Rows added, changed or taken out; 0 the second time.
    """
    written = 0
    for model, rows in (
        (Region, _regions()),
        (Province, _provinces()),
        (Commune, _communes()),
        (CommuneAlias, _aliases()),
        (OfficePeriod, _periods()),
    ):
        written += _refresh(session, model, rows)
        session.flush()
    return written


@cache
def communes_of(territory: str) -> frozenset[str] | None:
    """Return the communes of a territory: a commune's own code, a region's communes; None for the country.

    Raises
    ------
    KeyError
        Where there is no such territory.

    Examples
    --------
    >>> communes_of("13101"), communes_of("CL"), len(communes_of("15"))
    (frozenset({'13101'}), None, 4)
    """
    if territory == "CL":
        return None
    if len(territory) == 2:
        found = frozenset(c.code for c in communes() if c.region_code == territory)
        if found:
            return found
    return frozenset({commune(territory).code})


def contains(whole: str, part: str) -> bool:
    """Whether a territory has every commune of another.

    Examples
    --------
    >>> contains("13", "13101"), contains("13101", "13"), contains("CL", "13"), contains("13", "CL")
    (True, False, True, False)
    """
    there, asked = communes_of(whole), communes_of(part)
    return there is None or (asked is not None and asked <= there)


def territories_of(commune_code: str) -> tuple[str, str, str]:
    """Return the territories that contain a commune: its own, its region (the first two digits, CUT), the country.

    Examples
    --------
    >>> territories_of("13101")
    ('13101', '13', 'CL')
    """
    return commune_code, commune_code[:2], "CL"


def reaches_commune_of(territory: ColumnElement[str], commune_code: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a territory contains a commune, as :func:`territories_of` has it."""
    return territory.in_((commune_code, func.substr(commune_code, 1, 2), "CL"))


def territory_id(kind: str, *key: str) -> UUID:
    """Give the id that a row of the territory has in every installation.

    Examples
    --------
    >>> territory_id("commune", "13101") == territory_id("commune", "13101")
    True
    """
    return uuid5(NAMESPACE, "|".join((kind, *key)))


def _refresh(session: ScopedSession, model: type[Row], rows: Iterator[dict[str, Any]]) -> int:
    known: dict[UUID, Row] = {row.id: row for row in session.scalars(select(model).order_by(table_of(model).c.id))}
    written = 0
    for values in rows:
        row = known.pop(values["id"], None)
        if row is None:
            session.add(model(**values))
            written += 1
        elif changed := {name: value for name, value in values.items() if getattr(row, name) != value}:
            for name, value in changed.items():
                setattr(row, name, value)
            written += 1
    for gone in known.values():
        session.delete(gone)
    return written + len(known)


def _regions() -> Iterator[dict[str, Any]]:
    for one in regions():
        yield {
            "id": territory_id("region", one.code),
            "code": one.code,
            "name": one.name,
            "name_sort": sort_key(one.name),
            "iso": one.iso,
            "position": NORTH_TO_SOUTH.index(one.code) + 1,
        }


def _provinces() -> Iterator[dict[str, Any]]:
    for one in provinces():
        yield {
            "id": territory_id("province", one.code),
            "code": one.code,
            "name": one.name,
            "name_sort": sort_key(one.name),
            "region_id": territory_id("region", one.region_code),
        }


def _communes() -> Iterator[dict[str, Any]]:
    for one in communes():
        yield {
            "id": territory_id("commune", one.code),
            "code": one.code,
            "name": one.name,
            "name_sort": sort_key(one.name),
            "time_zone": one.time_zone,
            "province_id": territory_id("province", one.province_code),
            "region_id": territory_id("region", one.region_code),
            "region_code": one.region_code,
        }


def _aliases() -> Iterator[dict[str, Any]]:
    for one in commune_aliases():
        yield {
            "id": territory_id("commune_alias", one.commune_code, one.alias),
            "commune_id": territory_id("commune", one.commune_code),
            "name": one.alias,
            "name_fold": fold(one.alias),
        }


def _periods() -> Iterator[dict[str, Any]]:
    for one in pilot_communes():
        yield {
            "id": territory_id("office_period", one.commune_code, one.valid_from.isoformat()),
            "commune_id": territory_id("commune", one.commune_code),
            "listed_in": one.source,
            "note": one.note or None,
            "valid_from": one.valid_from,
            "valid_until": one.valid_until,
        }

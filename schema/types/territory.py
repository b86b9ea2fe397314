"""Regions, provinces and communes, with figures whose small cells are hidden."""

from datetime import date
from typing import Annotated

from sqlalchemy import ColumnElement, FromClause, case, func, select

from authz.actor import DataClass
from authz.scope import TODAY, table_of
from core.models import alerts, nomina, people
from core.models.territory import Commune as CommuneRow
from core.models.territory import CommuneAlias as AliasRow
from core.models.territory import OfficePeriod as OfficePeriodRow
from core.models.territory import Province as ProvinceRow
from core.models.territory import Region as RegionRow
from core.rules.alerts import LIVE_STATES
from core.rules.figures import SMALLEST_CELL
from schema.read.declare import Connection, Node, column, expose, lazy, sql, to_many, to_one, withheld

BASIC, AGGREGATE = DataClass.BASIC, DataClass.AGGREGATE
_nna, _alert, _entry, _run = (
    table_of(model) for model in (people.Nna, alerts.Alert, nomina.NominaEntry, nomina.NominaRun)
)


def safe(count: ColumnElement[int]) -> ColumnElement[int]:
    """Say in SQL what `core.rules.figures.safe_count` says."""
    return case((count < SMALLEST_CELL, None), else_=(count + 2) // 5 * 5)


def children(commune: FromClause) -> ColumnElement[int]:
    nna = _nna.alias()
    counted = select(func.count()).select_from(nna).where(nna.c.commune_code == commune.c.code)
    return safe(counted.scalar_subquery())


def live_alerts(commune: FromClause) -> ColumnElement[int]:
    alert = _alert.alias()
    counted = select(func.count()).select_from(alert)
    live = alert.c.state.in_(sorted(LIVE_STATES)), alert.c.valid_until.is_(None) | (alert.c.valid_until > TODAY)
    return safe(counted.where(alert.c.commune_code == commune.c.code, *live).scalar_subquery())


def listed(commune: FromClause) -> ColumnElement[int]:
    run, entry = _run.alias(), _entry.alias()
    counted = select(func.count()).select_from(entry.join(run, run.c.id == entry.c.run_id))
    newest = select(func.max(_run.c.period)).where(_run.c.commune_code == commune.c.code, _run.c.state == "PUBLISHED")
    here = run.c.commune_code == commune.c.code, run.c.state == "PUBLISHED", run.c.period == newest.scalar_subquery()
    return safe(counted.where(*here, entry.c.state == "LISTED").scalar_subquery())


@expose(RegionRow, prefix="reg", description="Región del país.")
class Region(Node):
    code: str = column(BASIC, "Código único territorial (CUT) de dos cifras.", filter=True)
    name: str = column(BASIC, "Nombre oficial.", order="name_sort")
    iso: str = column(BASIC, "Código ISO 3166-2.")
    position: int = column(BASIC, "Lugar de norte a sur.", order=True)
    communes: Connection[Annotated["Commune", lazy]] | None = to_many(
        BASIC, "Comunas de la región.", CommuneRow.region_id, "name"
    )


@expose(ProvinceRow, prefix="prv", description="Provincia.")
class Province(Node):
    code: str = column(BASIC, "Código único territorial (CUT) de tres cifras.", filter=True, order=True)
    name: str = column(BASIC, "Nombre oficial.", order="name_sort")
    region: Annotated["Region", lazy] | None = to_one(BASIC, "Región.", ProvinceRow.region_id)


@expose(CommuneRow, prefix="com", description="Comuna: el territorio de una Oficina Local de la Niñez.")
class Commune(Node):
    code: str = column(BASIC, "Código único territorial (CUT) de cinco cifras.", filter=True, order=True)
    name: str = column(BASIC, "Nombre oficial.", order="name_sort")
    time_zone: str = column(BASIC, "Zona horaria de la oficina.")
    region_code: str = column(BASIC, "Código de la región.", filter=True)
    region: Annotated["Region", lazy] | None = to_one(BASIC, "Región.", CommuneRow.region_id)
    province: Annotated["Province", lazy] | None = to_one(BASIC, "Provincia.", CommuneRow.province_id)
    aliases: Connection[Annotated["CommuneAlias", lazy]] | None = to_many(
        BASIC, "Otras grafías del nombre.", AliasRow.commune_id, "name"
    )
    offices: Connection[Annotated["OfficePeriod", lazy]] | None = to_many(
        BASIC, "Desde y hasta cuándo una fuente dice que tiene OLN.", OfficePeriodRow.commune_id, "validFrom"
    )
    withheld: list[DataClass] = withheld()
    nna_count: int | None = sql(
        AGGREGATE, "NNA registrados. Menos de 5 se oculta; lo demás se redondea a múltiplos de 5.", children
    )
    live_alert_count: int | None = sql(
        AGGREGATE, "Alertas vigentes. Menos de 5 se oculta; lo demás se redondea a múltiplos de 5.", live_alerts
    )
    listed_count: int | None = sql(
        AGGREGATE, "NNA en la última nómina publicada. Menos de 5 se oculta; lo demás se redondea a 5.", listed
    )


@expose(AliasRow, prefix="als", description="Otra grafía del nombre de una comuna.")
class CommuneAlias(Node):
    name: str = column(BASIC, "Grafía.", order="name_fold")


@expose(OfficePeriodRow, prefix="ofp", description="Periodo en que una fuente dice que la comuna tiene OLN.")
class OfficePeriod(Node):
    listed_in: str = column(BASIC, "Fuente que lo dice.")
    note: str | None = column(BASIC, "Nota; las fuentes pueden no coincidir.")
    valid_from: date = column(BASIC, "Desde.", order=True)
    valid_until: date | None = column(BASIC, "Hasta (no incluido).")

"""Alerts, the reports that raised them, and the institutions behind."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import case

from authz.actor import DataClass, Purpose
from core.models import alerts, organizations
from core.models.alerts import AlertSource
from core.models.people import Sex
from core.reference import AlertKind, alert_type
from core.rules.alerts import AlertState
from core.services.alerts import open_description
from schema.context import Info
from schema.read.declare import Connection, Record, column, computed, expose, lazy, sql, to_many, to_one

if TYPE_CHECKING:
    from schema.types.people import Nna

BASIC, IDENTITY = DataClass.BASIC, DataClass.IDENTITY


@expose(alerts.Alert, prefix="alr", description="Alerta de un tipo; la clase de su tipo decide quién sabe que existe.")
class Alert(Record):
    commune_code: str = column(BASIC, "Comuna cuya OLN la tiene (CUT).", filter=True)
    kind: AlertKind = column(BASIC, "Clase de alerta.", filter=True)
    type_code: str = column(BASIC, "Tipo, por su código en el catálogo.", filter=True)
    type_version: str = column(BASIC, "Versión del catálogo con que se registró.")
    data_class: DataClass = column(BASIC, "Clase de dato de su tipo.")
    state: AlertState = column(BASIC, "Estado.", filter=True)
    observed_on: date = column(BASIC, "Cuándo se observó.", filter=True, order=True)
    valid_until: date | None = column(BASIC, "Hasta cuándo vale (no incluido).", filter=True)
    information: str | None = column(BASIC, "Lo observado, en palabras de quien la levantó.")
    decided_at: datetime | None = column(BASIC, "Cuándo se validó o desestimó.")
    decision_reason: str | None = column(BASIC, "Motivo de la decisión.")
    created_at: datetime = column(BASIC, "Cuándo se recibió.", filter=True, order=True)
    nna: Annotated["Nna", lazy] | None = to_one(BASIC, "Sobre quién.", alerts.Alert.nna_id)
    report: Annotated["AlertReport", lazy] | None = to_one(BASIC, "Ficha en que se levantó.", alerts.Alert.report_id)
    organization: Annotated["Organization", lazy] | None = to_one(
        BASIC, "Institución que la levantó.", alerts.Alert.organization_id
    )

    @computed(BASIC, "Nombre del tipo, en el catálogo.", needs=("type_code",))
    def type_name(self) -> str | None:
        return alert_type(self.type_code).label_es


@strawberry.type(description="A quién se refirió quien levantó la alerta, como lo describió.")
class Described:
    given_names: str = strawberry.field(description="Nombres.")
    first_surname: str = strawberry.field(description="Primer apellido.")
    second_surname: str | None = strawberry.field(description="Segundo apellido.")
    social_name: str | None = strawberry.field(description="Nombre social.")
    birth_date: date | None = strawberry.field(description="Fecha de nacimiento.")
    sex: Sex = strawberry.field(description="Sexo.")


@expose(alerts.AlertReport, prefix="rep", description="Ficha de alerta: quién levantó qué, cuándo y sobre quién.")
class AlertReport(Record):
    source: AlertSource = column(BASIC, "Quién la levantó.", filter=True)
    raised_at: datetime = column(BASIC, "Cuándo se registró.", order=True)
    observed_on: date = column(BASIC, "Cuándo se observó.")
    nna: Annotated["Nna", lazy] | None = to_one(BASIC, "Sobre quién.", alerts.AlertReport.nna_id)
    organization: Annotated["Organization", lazy] | None = to_one(
        BASIC, "Institución que la levantó.", alerts.AlertReport.organization_id
    )
    description_differs: bool | None = sql(
        IDENTITY,
        "Si a quien se describió difícilmente es el NNA que tiene ese RUN: revíselo antes de validar.",
        lambda t: case((t.c.described_sealed.is_(None), False), else_=True),
    )
    alerts: Connection[Annotated["Alert", lazy]] | None = to_many(
        BASIC, "Alertas de la ficha, una por tipo.", alerts.Alert.report_id, "createdAt"
    )

    @computed(IDENTITY, "A quién describió quien la levantó, si no parece el mismo NNA.", needs=("described_sealed",))
    def described(self: Any, info: Info) -> Described | None:
        found = open_description(info.context.host.sealer, self.key, self.described_sealed)
        return Described(**vars(found)) if found else None


@expose(
    organizations.Organization, prefix="org", description="Institución de la red: escuela, centro de salud, servicio."
)
class Organization(Record):
    commune_code: str = column(BASIC, "Comuna (CUT).", filter=True)
    name: str = column(BASIC, "Nombre.", filter="name_sort", order="name_sort")
    type_code: str = column(BASIC, "Tipo de institución, en el catálogo.", filter=True)
    sector_code: str = column(BASIC, "Sector, en el catálogo.", filter=True)
    identifier: str | None = column(BASIC, "Identificador público (RBD, código DEIS …).")


@expose(organizations.AccessGrant, prefix="grt", description="Apertura del registro de un NNA a una institución.")
class AccessGrant(Record):
    purpose: Purpose = column(BASIC, "Para qué.")
    with_identity: bool = column(BASIC, "Si incluye nombre y contacto, por consentimiento.")
    source: str = column(BASIC, "De dónde nace: derivación, consentimiento, ley.")
    valid_from: date = column(BASIC, "Desde.", order=True)
    valid_until: date | None = column(BASIC, "Hasta (no incluido).")
    organization: Annotated["Organization", lazy] | None = to_one(
        BASIC, "Institución.", organizations.AccessGrant.organization_id
    )
    nna: Annotated["Nna", lazy] | None = to_one(BASIC, "De quién.", organizations.AccessGrant.nna_id)

"""Raising alerts, and deciding on them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.identity import IdentifierKind
from core.services.alerts import AlertData, AlertItem, dismiss_alert, may_show_report, raise_alert, validate_alert
from core.services.people import NnaData
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.inputs import PersonInput
from schema.types.payloads import ASKED, Conflict, Keyed, Refusal, read_id

if TYPE_CHECKING:
    from schema.types.alerts import Alert, AlertReport


@strawberry.input(description="Una alerta de la ficha.")
class AlertItemInput:
    type_code: str = strawberry.field(description="Tipo, por su código en el catálogo.")
    information: str | None = strawberry.field(default=None, description="Lo observado; sin RUN.")
    observed_on: date | None = strawberry.field(default=None, description="Cuándo se observó; hoy si se omite.")


@strawberry.input(description="Un NNA o una gestación que quizá aún no está en la OLN.")
class DescribedInput(PersonInput):
    commune_code: str = strawberry.field(description="Comuna cuya OLN recibe la alerta (CUT).")
    distinct_from: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Registros parecidos que el equipo revisó y son de otra persona; de una institución no se esperan.",
    )


@strawberry.input(description="Ficha de alerta: sobre un NNA registrado, o sobre quien se describe.")
class RaiseAlertInput(Keyed):
    items: list[AlertItemInput] = strawberry.field(description="Una o varias alertas, de tipos distintos.")
    nna_id: strawberry.ID | None = strawberry.field(default=None, description="Un NNA que usted puede ver.")
    described: DescribedInput | None = strawberry.field(
        default=None,
        description="Quien se describe, con o sin RUN. A una institución, la respuesta no le dice si ya estaba"
        " registrado; al equipo le muestra antes los registros parecidos que puede abrir (POSSIBLE_DUPLICATE).",
    )
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="Institución por la que se levanta, si usted actúa por más de una."
    )
    found_in_diagnosis: bool = strawberry.field(
        default=False, description="Si la encontró el equipo en el diagnóstico: queda incorporada, sin validar."
    )


@strawberry.input(description="Validación de una alerta.")
class ValidateAlertInput(Keyed):
    id: strawberry.ID = strawberry.field(description="Alerta.")
    expected_version: int = strawberry.field(description="Versión que usted leyó.")
    reason: str | None = strawberry.field(
        default=None,
        description="Fundamento; lo lee quien la levantó. Obligatorio si la alerta se había desestimado.",
    )


@strawberry.input(description="Desestimación de una alerta.")
class DismissAlertInput(Keyed):
    id: strawberry.ID = strawberry.field(description="Alerta.")
    expected_version: int = strawberry.field(description="Versión que usted leyó.")
    reason: str = strawberry.field(description="Fundamento; lo lee quien la levantó.")


@strawberry.type(description="La alerta quedó recibida.")
class RaiseAlertSuccess:
    report: Annotated["AlertReport", lazy] | None = reading(
        "La ficha, con sus alertas; null si describió a alguien a quien usted no puede identificar.", "AlertReport"
    )


@strawberry.type(description="La alerta quedó validada.")
class ValidateAlertSuccess:
    alert: Annotated["Alert", lazy] | None = reading("La alerta.", "Alert")


@strawberry.type(description="La alerta quedó desestimada.")
class DismissAlertSuccess:
    alert: Annotated["Alert", lazy] | None = reading("La alerta.", "Alert")


RaiseAlertPayload = Annotated[
    RaiseAlertSuccess | Refusal | Conflict,
    strawberry.union("RaiseAlertPayload", description="Cómo resultó levantar una alerta."),
]
ValidateAlertPayload = Annotated[
    ValidateAlertSuccess | Refusal | Conflict,
    strawberry.union("ValidateAlertPayload", description="Cómo resultó validar una alerta."),
]
DismissAlertPayload = Annotated[
    DismissAlertSuccess | Refusal | Conflict,
    strawberry.union("DismissAlertPayload", description="Cómo resultó desestimar una alerta."),
]


@strawberry.type
class AlertMutation:
    @strawberry.mutation(description="Levanta una o varias alertas. Requiere crear alertas en la comuna.")
    async def raise_alert(
        self,
        info: Info,
        input: Annotated[RaiseAlertInput, ASKED],
    ) -> RaiseAlertPayload:
        return await carry_out(info, input, lambda uow: _raise(uow, input), lambda ids: RaiseAlertSuccess(**ids))

    @strawberry.mutation(
        description="Valida una alerta recibida, o una que se desestimó por error. Requiere validar alertas del NNA."
    )
    async def validate_alert(
        self,
        info: Info,
        input: Annotated[ValidateAlertInput, ASKED],
    ) -> ValidateAlertPayload:
        return await carry_out(info, input, lambda uow: _validate(uow, input), lambda ids: ValidateAlertSuccess(**ids))

    @strawberry.mutation(
        description="Desestima, con fundamento, una alerta recibida, o una que se validó por error y nadie atiende aún."
    )
    async def dismiss_alert(
        self,
        info: Info,
        input: Annotated[DismissAlertInput, ASKED],
    ) -> DismissAlertPayload:
        return await carry_out(info, input, lambda uow: _dismiss(uow, input), lambda ids: DismissAlertSuccess(**ids))


def _raise(uow: UnitOfWork, asked: RaiseAlertInput) -> Ids:
    data = AlertData(
        items=[AlertItem(item.type_code, item.information, item.observed_on) for item in asked.items],
        nna_id=read_id(asked.nna_id, "nna", "input.nnaId") if asked.nna_id else None,
        described=_described(asked.described) if asked.described else None,
        organization_id=read_id(asked.organization_id, "org", "input.organizationId")
        if asked.organization_id
        else None,
        found_in_diagnosis=asked.found_in_diagnosis,
    )
    report = raise_alert(uow, data)
    return {"report": shown(report.id) if may_show_report(uow, data, report) else None}


def _described(asked: DescribedInput) -> NnaData:
    others = frozenset(read_id(other, "nna", "input.described.distinctFrom") for other in asked.distinct_from)
    kind = IdentifierKind(asked.identifier_kind)
    return NnaData(**(vars(asked) | {"identifier_kind": kind, "distinct_from": others}))


def _validate(uow: UnitOfWork, asked: ValidateAlertInput) -> Ids:
    alert_id = read_id(asked.id, "alr", "input.id")
    return {"alert": shown(validate_alert(uow, alert_id, asked.expected_version, asked.reason).id)}


def _dismiss(uow: UnitOfWork, asked: DismissAlertInput) -> Ids:
    alert_id = read_id(asked.id, "alr", "input.id")
    return {"alert": shown(dismiss_alert(uow, alert_id, asked.reason, asked.expected_version).id)}

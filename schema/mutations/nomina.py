"""Publishing the prioritised list, and taking a child off it with a reason."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.models.nomina import ScoreSource
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.payloads import ASKED, Conflict, Keyed, Refusal, read_id
from scoring.services.discards import discard_from_nomina, revert_discard
from scoring.services.models import active_model
from scoring.services.publishing import publish_nomina
from scoring.services.runs import Scoring

if TYPE_CHECKING:
    from schema.types.nomina import Nomina, NominaEntry


@strawberry.input(description="Nómina que se publica.")
class PublishNominaInput(Keyed):
    commune_code: str = strawberry.field(description="Comuna (CUT).")
    period: date = strawberry.field(description="Cualquier día del mes.")
    score_source: ScoreSource = strawberry.field(
        default=ScoreSource.IMPORTED, description="De dónde viene el puntaje; por ley, el del ministerio."
    )
    capacity: int | None = strawberry.field(
        default=None,
        description="Familias que la oficina puede recibir en el mes; null: el promedio de las OLN del piloto.",
    )
    accept_stale: bool = strawberry.field(
        default=False, description="Publicar el borrador aunque sus entradas hayan cambiado desde que se preparó."
    )


@strawberry.input(description="Descarte de un lugar de la nómina.")
class DiscardFromNominaInput(Keyed):
    entry_id: strawberry.ID = strawberry.field(description="Lugar de la nómina.")
    reason_code: str = strawberry.field(description="Motivo: un código de discardReasons.")
    comment: str = strawberry.field(description="Fundamento, de 3 a 255 caracteres.")
    expected_version: int | None = strawberry.field(default=None, description="Versión que usted leyó.")


@strawberry.input(description="Reversión de un descarte.")
class RevertDiscardInput(Keyed):
    entry_id: strawberry.ID = strawberry.field(description="Lugar de la nómina.")
    comment: str = strawberry.field(description="Fundamento, de 3 a 255 caracteres.")
    expected_version: int | None = strawberry.field(default=None, description="Versión que usted leyó.")


@strawberry.type(description="La nómina quedó publicada a nombre de quien la publicó.")
class PublishNominaSuccess:
    nomina: Annotated["Nomina", lazy] | None = reading("La nómina.", "Nomina")


@strawberry.type(description="El descarte quedó registrado.")
class DiscardFromNominaSuccess:
    entry: Annotated["NominaEntry", lazy] | None = reading("El lugar descartado.", "NominaEntry")


@strawberry.type(description="El descarte quedó revertido.")
class RevertDiscardSuccess:
    entry: Annotated["NominaEntry", lazy] | None = reading("El lugar, otra vez en la lista.", "NominaEntry")


PublishNominaPayload = Annotated[
    PublishNominaSuccess | Refusal | Conflict,
    strawberry.union("PublishNominaPayload", description="Cómo resultó publicar la nómina."),
]
DiscardFromNominaPayload = Annotated[
    DiscardFromNominaSuccess | Refusal | Conflict,
    strawberry.union("DiscardFromNominaPayload", description="Cómo resultó el descarte."),
]
RevertDiscardPayload = Annotated[
    RevertDiscardSuccess | Refusal | Conflict,
    strawberry.union("RevertDiscardPayload", description="Cómo resultó revertir el descarte."),
]


@strawberry.type
class NominaMutation:
    @strawberry.mutation(description="Publica la nómina de una comuna y un mes. Requiere publicar nóminas en ella.")
    async def publish_nomina(
        self,
        info: Info,
        input: Annotated[PublishNominaInput, ASKED],
    ) -> PublishNominaPayload:
        return await carry_out(info, input, lambda uow: _publish(uow, input), lambda ids: PublishNominaSuccess(**ids))

    @strawberry.mutation(description="Descarta a un NNA de la nómina, con motivo; puede revertirse.")
    async def discard_from_nomina(
        self, info: Info, input: Annotated[DiscardFromNominaInput, ASKED]
    ) -> DiscardFromNominaPayload:
        return await carry_out(
            info, input, lambda uow: _discard(uow, input), lambda ids: DiscardFromNominaSuccess(**ids)
        )

    @strawberry.mutation(description="Revierte un descarte: el NNA vuelve a su lugar.")
    async def revert_discard(
        self,
        info: Info,
        input: Annotated[RevertDiscardInput, ASKED],
    ) -> RevertDiscardPayload:
        return await carry_out(info, input, lambda uow: _revert(uow, input), lambda ids: RevertDiscardSuccess(**ids))


def _publish(uow: UnitOfWork, asked: PublishNominaInput) -> Ids:
    source = ScoreSource(asked.score_source)
    model = active_model(uow.settings, uow.ring) if source is ScoreSource.ESTIMATED else None
    scoring = Scoring(source, model, asked.capacity)
    run = publish_nomina(uow, asked.commune_code, asked.period, scoring, accept_stale=asked.accept_stale)
    return {"nomina": shown(run.id)}


def _discard(uow: UnitOfWork, asked: DiscardFromNominaInput) -> Ids:
    entry_id = read_id(asked.entry_id, "ent", "input.entryId")
    discard_from_nomina(uow, entry_id, asked.reason_code, asked.comment, asked.expected_version)
    return {"entry": shown(entry_id)}


def _revert(uow: UnitOfWork, asked: RevertDiscardInput) -> Ids:
    entry = revert_discard(uow, read_id(asked.entry_id, "ent", "input.entryId"), asked.comment, asked.expected_version)
    return {"entry": shown(entry.id)}

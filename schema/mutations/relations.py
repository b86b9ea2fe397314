"""Saying how two people are related, and that they no longer are."""

from datetime import date
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from core.models.families import RelationKind
from core.services.families import RelationData, add_relation, end_relation
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.mutations.endings import ON, VERSION
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.payloads import ASKED, Conflict, Keyed, Refusal, read_id

if TYPE_CHECKING:
    from schema.types.families import Relation


@strawberry.input(description="Vínculo entre dos personas: de cada lado, exactamente una, un NNA o un familiar.")
class AddRelationInput(Keyed):
    kind: RelationKind = strawberry.field(description="Qué es la primera persona de la segunda.")
    from_nna_id: strawberry.ID | None = strawberry.field(default=None, description="Primera persona, si es NNA.")
    from_relative_id: strawberry.ID | None = strawberry.field(default=None, description="Primera persona, si no lo es.")
    to_nna_id: strawberry.ID | None = strawberry.field(default=None, description="Segunda persona, si es NNA.")
    to_relative_id: strawberry.ID | None = strawberry.field(default=None, description="Segunda persona, si no lo es.")
    valid_from: date | None = strawberry.field(default=None, description="Desde; hoy si se omite.")
    valid_until: date | None = strawberry.field(default=None, description="Hasta (no incluido); null: sin término.")


@strawberry.input(description="Vínculo que ya no es.")
class EndRelationInput(Keyed):
    id: strawberry.ID = strawberry.field(description="Vínculo.")
    expected_version: int = strawberry.field(description=VERSION)
    on: date | None = strawberry.field(default=None, description=ON)


@strawberry.type(description="El vínculo quedó registrado.")
class AddRelationSuccess:
    relation: Annotated["Relation", lazy] | None = reading("El vínculo.", "Relation")


@strawberry.type(description="El vínculo quedó con su término.")
class EndRelationSuccess:
    relation: Annotated["Relation", lazy] | None = reading("El vínculo.", "Relation")


AddRelationPayload = Annotated[
    AddRelationSuccess | Refusal | Conflict,
    strawberry.union("AddRelationPayload", description="Cómo resultó registrar un vínculo."),
]
EndRelationPayload = Annotated[
    EndRelationSuccess | Refusal | Conflict,
    strawberry.union("EndRelationPayload", description="Cómo resultó terminar un vínculo."),
]


@strawberry.type
class RelationMutation:
    @strawberry.mutation(
        description="Registra cómo se vinculan dos personas de la oficina; una vez por par y tipo, en un sentido."
        " Requiere editar al NNA o a la familia de cada una."
    )
    async def add_relation(self, info: Info, input: Annotated[AddRelationInput, ASKED]) -> AddRelationPayload:
        return await carry_out(info, input, lambda uow: _add(uow, input), lambda ids: AddRelationSuccess(**ids))

    @strawberry.mutation(description="Termina un vínculo; que lo hubo queda escrito. Requiere editar la familia.")
    async def end_relation(self, info: Info, input: Annotated[EndRelationInput, ASKED]) -> EndRelationPayload:
        return await carry_out(info, input, lambda uow: _end(uow, input), lambda ids: EndRelationSuccess(**ids))


def _add(uow: UnitOfWork, asked: AddRelationInput) -> Ids:
    data = RelationData(
        kind=RelationKind(asked.kind),
        from_nna_id=_given(asked.from_nna_id, "nna", "fromNnaId"),
        from_relative_id=_given(asked.from_relative_id, "rel", "fromRelativeId"),
        to_nna_id=_given(asked.to_nna_id, "nna", "toNnaId"),
        to_relative_id=_given(asked.to_relative_id, "rel", "toRelativeId"),
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
    )
    return {"relation": shown(add_relation(uow, data).id)}


def _given(said: str | None, prefix: str, path: str) -> UUID | None:
    return read_id(said, prefix, f"input.{path}") if said else None


def _end(uow: UnitOfWork, asked: EndRelationInput) -> Ids:
    relation_id = read_id(asked.id, "lnk", "input.id")
    return {"relation": shown(end_relation(uow, relation_id, asked.on or uow.today(), asked.expected_version).id)}

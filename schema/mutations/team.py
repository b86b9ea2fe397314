"""Putting people of the office in charge of a child, and taking them off."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from authz.actor import Role
from core.services.people import WorkerData, assign_worker, release_worker
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.payloads import ASKED, Conflict, Keyed, Refusal, read_id

if TYPE_CHECKING:
    from schema.types.people import TeamMember


@strawberry.input(description="Persona de la OLN que queda a cargo de un NNA.")
class AssignWorkerInput(Keyed):
    nna_id: strawberry.ID = strawberry.field(description="NNA.")
    user_id: strawberry.ID = strawberry.field(description="Persona; `users` da las de la comuna.")
    duty: Role = strawberry.field(
        description="En qué rol trabaja con el NNA: gestión de casos, terapia familiar, ChCC o coordinación, uno que"
        " tenga hoy en la comuna."
    )
    valid_from: date | None = strawberry.field(default=None, description="Desde, hoy o después; hoy si se omite.")
    valid_until: date | None = strawberry.field(default=None, description="Hasta (no incluido); null: sin término.")


@strawberry.input(description="Persona que deja de estar a cargo de un NNA.")
class ReleaseWorkerInput(Keyed):
    id: strawberry.ID = strawberry.field(description="Integrante del equipo, como lo da `Nna.team`.")
    expected_version: int = strawberry.field(description="Versión que usted leyó.")
    on: date | None = strawberry.field(
        default=None, description="Primer día en que ya no, hoy o después; hoy si se omite."
    )


@strawberry.type(description="La persona quedó en el equipo: desde su inicio ve al NNA con nombre.")
class AssignWorkerSuccess:
    member: Annotated["TeamMember", lazy] | None = reading("El integrante del equipo.", "TeamMember")


@strawberry.type(description="La persona deja el equipo, y con eso de ver lo que veía por estar en él.")
class ReleaseWorkerSuccess:
    member: Annotated["TeamMember", lazy] | None = reading("El integrante del equipo.", "TeamMember")


AssignWorkerPayload = Annotated[
    AssignWorkerSuccess | Refusal | Conflict,
    strawberry.union("AssignWorkerPayload", description="Cómo resultó poner a alguien a cargo."),
]
ReleaseWorkerPayload = Annotated[
    ReleaseWorkerSuccess | Refusal | Conflict,
    strawberry.union("ReleaseWorkerPayload", description="Cómo resultó sacar a alguien del equipo."),
]


@strawberry.type
class TeamMutation:
    @strawberry.mutation(
        description="Pone a una persona de la OLN a cargo de un NNA. Requiere editar a todos los NNA de la comuna."
    )
    async def assign_worker(
        self,
        info: Info,
        input: Annotated[AssignWorkerInput, ASKED],
    ) -> AssignWorkerPayload:
        return await carry_out(info, input, lambda uow: _assign(uow, input), lambda ids: AssignWorkerSuccess(**ids))

    @strawberry.mutation(
        description="Saca a una persona del equipo de un NNA. Requiere editar a todos los NNA de la comuna."
    )
    async def release_worker(
        self,
        info: Info,
        input: Annotated[ReleaseWorkerInput, ASKED],
    ) -> ReleaseWorkerPayload:
        return await carry_out(info, input, lambda uow: _release(uow, input), lambda ids: ReleaseWorkerSuccess(**ids))


def _assign(uow: UnitOfWork, asked: AssignWorkerInput) -> Ids:
    data = WorkerData(
        nna_id=read_id(asked.nna_id, "nna", "input.nnaId"),
        user_id=read_id(asked.user_id, "usr", "input.userId"),
        duty=Role(asked.duty),
        valid_from=asked.valid_from or uow.today(),
        valid_until=asked.valid_until,
    )
    return {"member": shown(assign_worker(uow, data).id)}


def _release(uow: UnitOfWork, asked: ReleaseWorkerInput) -> Ids:
    member_id = read_id(asked.id, "tea", "input.id")
    return {"member": shown(release_worker(uow, member_id, asked.on or uow.today(), asked.expected_version).id)}

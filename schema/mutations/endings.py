"""Ending what no longer holds of a child or a family, or what was written by mistake and never held."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from core.services.families import leave_family
from core.services.people import close_address, close_contact
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.payloads import ASKED, Conflict, Keyed, Refusal, read_id

if TYPE_CHECKING:
    from schema.types.families import FamilyMember
    from schema.types.people import Address, Contact

ON = (
    "Primer día en que ya no vale; hoy si se omite. Si se escribió por error y nunca valió, el mismo día en que"
    " comienza (`validFrom`)."
)
VERSION = "Versión que usted leyó."


@strawberry.input(description="Domicilio en que un NNA ya no vive.")
class CloseAddressInput(Keyed):
    id: strawberry.ID = strawberry.field(description="Domicilio.")
    expected_version: int = strawberry.field(description=VERSION)
    on: date | None = strawberry.field(default=None, description=ON)


@strawberry.input(description="Contacto a quien ya no se llama.")
class CloseContactInput(Keyed):
    id: strawberry.ID = strawberry.field(description="Contacto.")
    expected_version: int = strawberry.field(description=VERSION)
    on: date | None = strawberry.field(default=None, description=ON)


@strawberry.input(description="Integrante que ya no es de una familia.")
class LeaveFamilyInput(Keyed):
    id: strawberry.ID = strawberry.field(description="Pertenencia, como la da `Family.members`.")
    expected_version: int = strawberry.field(description=VERSION)
    on: date | None = strawberry.field(default=None, description=ON)


@strawberry.type(description="El domicilio quedó con su término.")
class CloseAddressSuccess:
    address: Annotated["Address", lazy] | None = reading("El domicilio.", "Address")


@strawberry.type(description="El contacto quedó con su término.")
class CloseContactSuccess:
    contact: Annotated["Contact", lazy] | None = reading("El contacto.", "Contact")


@strawberry.type(description="La pertenencia quedó con su término; un NNA que deja su familia queda sin una.")
class LeaveFamilySuccess:
    member: Annotated["FamilyMember", lazy] | None = reading("La pertenencia.", "FamilyMember")


CloseAddressPayload = Annotated[
    CloseAddressSuccess | Refusal | Conflict,
    strawberry.union("CloseAddressPayload", description="Cómo resultó terminar un domicilio."),
]
CloseContactPayload = Annotated[
    CloseContactSuccess | Refusal | Conflict,
    strawberry.union("CloseContactPayload", description="Cómo resultó terminar un contacto."),
]
LeaveFamilyPayload = Annotated[
    LeaveFamilySuccess | Refusal | Conflict,
    strawberry.union("LeaveFamilyPayload", description="Cómo resultó dejar una familia."),
]


@strawberry.type
class EndingMutation:
    @strawberry.mutation(
        description="Termina un domicilio de un NNA; que lo tuvo queda escrito. Requiere editar al NNA."
    )
    async def close_address(self, info: Info, input: Annotated[CloseAddressInput, ASKED]) -> CloseAddressPayload:
        return await carry_out(info, input, lambda uow: _address(uow, input), lambda ids: CloseAddressSuccess(**ids))

    @strawberry.mutation(
        description="Termina un contacto de un NNA; que lo tuvo queda escrito. Requiere editar al NNA."
    )
    async def close_contact(self, info: Info, input: Annotated[CloseContactInput, ASKED]) -> CloseContactPayload:
        return await carry_out(info, input, lambda uow: _contact(uow, input), lambda ids: CloseContactSuccess(**ids))

    @strawberry.mutation(
        description="Termina la pertenencia de una persona a una familia; la historia se conserva. Requiere editar la"
        " familia, y al NNA si lo es."
    )
    async def leave_family(self, info: Info, input: Annotated[LeaveFamilyInput, ASKED]) -> LeaveFamilyPayload:
        return await carry_out(info, input, lambda uow: _leave(uow, input), lambda ids: LeaveFamilySuccess(**ids))


def _address(uow: UnitOfWork, asked: CloseAddressInput) -> Ids:
    address_id = read_id(asked.id, "adr", "input.id")
    return {"address": shown(close_address(uow, address_id, asked.on or uow.today(), asked.expected_version).id)}


def _contact(uow: UnitOfWork, asked: CloseContactInput) -> Ids:
    contact_id = read_id(asked.id, "ctc", "input.id")
    return {"contact": shown(close_contact(uow, contact_id, asked.on or uow.today(), asked.expected_version).id)}


def _leave(uow: UnitOfWork, asked: LeaveFamilyInput) -> Ids:
    member_id = read_id(asked.id, "mem", "input.id")
    return {"member": shown(leave_family(uow, member_id, asked.on or uow.today(), asked.expected_version).id)}

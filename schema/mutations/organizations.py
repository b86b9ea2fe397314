"""Listing institutions in the directory of a commune, and correcting what is listed."""

from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from core.reference import institution_types, sectors
from core.rules.codes import listed
from core.services.organizations import LISTED, OrganizationData, register_organization, update_organization
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.payloads import ASKED, Conflict, Keyed, Refusal, given, read_id

if TYPE_CHECKING:
    from schema.types.alerts import Organization

TYPE = f"Tipo de institución: {listed([one.code for one in institution_types()])}."
SECTOR = f"Sector: {listed([one.code for one in sectors()])}."


@strawberry.input(description="Institución que se agrega al directorio de una comuna.")
class RegisterOrganizationInput(Keyed):
    commune_code: str = strawberry.field(description="Comuna (CUT).")
    name: str = strawberry.field(description="Nombre.")
    type_code: str = strawberry.field(description=TYPE)
    sector_code: str = strawberry.field(description=SECTOR)
    identifier: str | None = strawberry.field(default=None, description="Identificador público: RBD, código DEIS.")


@strawberry.input(description="Cambios a una institución del directorio. Lo ausente no cambia; lo nulo se borra.")
class UpdateOrganizationInput(Keyed):
    id: strawberry.ID = strawberry.field(description="La institución.")
    expected_version: int = strawberry.field(description="Versión que usted leyó.")
    name: str | None = strawberry.field(default=UNSET, description="Nombre.")
    type_code: str | None = strawberry.field(default=UNSET, description=TYPE)
    sector_code: str | None = strawberry.field(default=UNSET, description=SECTOR)
    identifier: str | None = strawberry.field(default=UNSET, description="Identificador público: RBD, código DEIS.")


@strawberry.type(description="La institución quedó en el directorio.")
class RegisterOrganizationSuccess:
    organization: Annotated["Organization", lazy] | None = reading("La institución.", "Organization")


@strawberry.type(description="Los cambios quedaron guardados.")
class UpdateOrganizationSuccess:
    organization: Annotated["Organization", lazy] | None = reading("La institución.", "Organization")


RegisterOrganizationPayload = Annotated[
    RegisterOrganizationSuccess | Refusal | Conflict,
    strawberry.union("RegisterOrganizationPayload", description="Cómo resultó agregar una institución."),
]

UpdateOrganizationPayload = Annotated[
    UpdateOrganizationSuccess | Refusal | Conflict,
    strawberry.union("UpdateOrganizationPayload", description="Cómo resultó cambiar una institución."),
]


@strawberry.type
class OrganizationMutation:
    @strawberry.mutation(
        description="Agrega una institución al directorio de una comuna. Requiere crear instituciones en ella."
    )
    async def register_organization(
        self,
        info: Info,
        input: Annotated[RegisterOrganizationInput, ASKED],
    ) -> RegisterOrganizationPayload:
        return await carry_out(
            info, input, lambda uow: _register(uow, input), lambda ids: RegisterOrganizationSuccess(**ids)
        )

    @strawberry.mutation(description="Corrige lo que el directorio dice de una institución. Requiere editarlas.")
    async def update_organization(
        self,
        info: Info,
        input: Annotated[UpdateOrganizationInput, ASKED],
    ) -> UpdateOrganizationPayload:
        return await carry_out(
            info, input, lambda uow: _update(uow, input), lambda ids: UpdateOrganizationSuccess(**ids)
        )


def _register(uow: UnitOfWork, asked: RegisterOrganizationInput) -> Ids:
    said = (asked.commune_code, asked.name, asked.type_code, asked.sector_code, asked.identifier)
    return {"organization": shown(register_organization(uow, OrganizationData(*said)).id)}


def _update(uow: UnitOfWork, asked: UpdateOrganizationInput) -> Ids:
    organization_id = read_id(asked.id, "org", "input.id")
    sent = {name: said for name, said in given(asked).items() if name in LISTED}
    return {"organization": shown(update_organization(uow, organization_id, sent, asked.expected_version).id)}

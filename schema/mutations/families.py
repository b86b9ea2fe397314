"""Opening families and saying who belongs to them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import UNSET

from core.identity import IdentifierKind
from core.models.families import FamilyRole
from core.models.people import Sex
from core.services.families import (
    FamilyMemberData,
    RelativeData,
    add_family_member,
    register_family,
    update_relative,
)
from core.services.families.relatives import EDITABLE
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.inputs import IDENTIFIER
from schema.types.payloads import ASKED, Conflict, Keyed, Refusal, given, read_id

if TYPE_CHECKING:
    from schema.types.families import Family, FamilyMember, Relative


CALLED = "Lo cambia quien puede verlo."
AGAIN = "Lo quita solo el equipo de un NNA de sus familias de hoy o, si no tiene equipo, la coordinación."


@strawberry.input(description="Familia que se registra.")
class RegisterFamilyInput(Keyed):
    commune_code: str = strawberry.field(description="Comuna cuya OLN la registra (CUT).")
    notes: str | None = strawberry.field(default=None, description="Notas.")


@strawberry.input(description="Familiar o cuidador que aún no está registrado.")
class RelativeInput:
    given_names: str = strawberry.field(description="Nombres.")
    first_surname: str = strawberry.field(description="Primer apellido.")
    second_surname: str | None = strawberry.field(default=None, description="Segundo apellido.")
    birth_date: date | None = strawberry.field(default=None, description="Fecha de nacimiento.")
    sex: Sex = strawberry.field(default=Sex.UNKNOWN, description="Sexo registrado.")
    identifier_kind: IdentifierKind = strawberry.field(default=IdentifierKind.NONE, description="Tipo de documento.")
    identifier: str | None = strawberry.field(default=None, description=IDENTIFIER)
    phone: str | None = strawberry.field(default=None, description="Teléfono.")
    email: str | None = strawberry.field(default=None, description="Correo electrónico.")
    no_contact: bool = strawberry.field(default=False, description="Si se ha pedido no llamar.")


@strawberry.input(description="Integrante que se suma a una familia: exactamente uno de nnaId, relativeId y relative.")
class AddFamilyMemberInput(Keyed):
    family_id: strawberry.ID = strawberry.field(description="Familia.")
    role: FamilyRole = strawberry.field(description="Lugar en la familia.")
    nna_id: strawberry.ID | None = strawberry.field(default=None, description="Un NNA; si estaba en otra, la deja.")
    relative_id: strawberry.ID | None = strawberry.field(default=None, description="Un familiar ya registrado.")
    relative: RelativeInput | None = strawberry.field(default=None, description="Un familiar nuevo.")
    main_carer: bool = strawberry.field(
        default=False, description="Si cuida principalmente; quien lo hacía deja de serlo."
    )
    lives_with: bool = strawberry.field(default=True, description="Si vive en el hogar.")
    valid_from: date | None = strawberry.field(default=None, description="Desde; hoy si se omite.")


@strawberry.input(description="Cambios a un familiar o cuidador. Lo ausente no cambia; lo nulo se borra.")
class UpdateRelativeInput(Keyed):
    id: strawberry.ID = strawberry.field(description="El familiar.")
    expected_version: int = strawberry.field(description="Versión que usted leyó.")
    given_names: str | None = strawberry.field(default=UNSET, description="Nombres.")
    first_surname: str | None = strawberry.field(default=UNSET, description="Primer apellido.")
    second_surname: str | None = strawberry.field(default=UNSET, description="Segundo apellido.")
    birth_date: date | None = strawberry.field(default=UNSET, description="Fecha de nacimiento.")
    death_date: date | None = strawberry.field(default=UNSET, description="Fecha de defunción.")
    sex: Sex | None = strawberry.field(default=UNSET, description="Sexo registrado.")
    phone: str | None = strawberry.field(default=UNSET, description=f"Teléfono. {CALLED}")
    email: str | None = strawberry.field(default=UNSET, description=f"Correo electrónico. {CALLED}")
    no_contact: bool | None = strawberry.field(default=UNSET, description=f"Si se ha pedido no llamar. {AGAIN}")


@strawberry.type(description="La familia quedó registrada, con su folio.")
class RegisterFamilySuccess:
    family: Annotated["Family", lazy] | None = reading("La familia.", "Family")


@strawberry.type(description="El integrante quedó en la familia.")
class AddFamilyMemberSuccess:
    member: Annotated["FamilyMember", lazy] | None = reading("La pertenencia.", "FamilyMember")
    family: Annotated["Family", lazy] | None = reading("La familia.", "Family")


@strawberry.type(description="Los cambios quedaron guardados.")
class UpdateRelativeSuccess:
    relative: Annotated["Relative", lazy] | None = reading("El familiar.", "Relative")


RegisterFamilyPayload = Annotated[
    RegisterFamilySuccess | Refusal | Conflict,
    strawberry.union("RegisterFamilyPayload", description="Cómo resultó registrar una familia."),
]
AddFamilyMemberPayload = Annotated[
    AddFamilyMemberSuccess | Refusal | Conflict,
    strawberry.union("AddFamilyMemberPayload", description="Cómo resultó sumar un integrante."),
]

UpdateRelativePayload = Annotated[
    UpdateRelativeSuccess | Refusal | Conflict,
    strawberry.union("UpdateRelativePayload", description="Cómo resultó cambiar un familiar."),
]


@strawberry.type
class FamilyMutation:
    @strawberry.mutation(description="Registra una familia. Requiere crear familias en la comuna.")
    async def register_family(
        self,
        info: Info,
        input: Annotated[RegisterFamilyInput, ASKED],
    ) -> RegisterFamilyPayload:
        return await carry_out(info, input, lambda uow: _register(uow, input), lambda ids: RegisterFamilySuccess(**ids))

    @strawberry.mutation(
        description="Suma un integrante a una familia, con su fecha; un NNA deja ese día la familia en que estaba, y"
        " eso se conserva."
    )
    async def add_family_member(
        self, info: Info, input: Annotated[AddFamilyMemberInput, ASKED]
    ) -> AddFamilyMemberPayload:
        return await carry_out(info, input, lambda uow: _add(uow, input), lambda ids: AddFamilyMemberSuccess(**ids))

    @strawberry.mutation(description="Cambia los datos de un familiar o cuidador. Requiere editar su familia.")
    async def update_relative(self, info: Info, input: Annotated[UpdateRelativeInput, ASKED]) -> UpdateRelativePayload:
        return await carry_out(info, input, lambda uow: _update(uow, input), lambda ids: UpdateRelativeSuccess(**ids))


def _register(uow: UnitOfWork, asked: RegisterFamilyInput) -> Ids:
    return {"family": shown(register_family(uow, asked.commune_code, asked.notes).id)}


def _add(uow: UnitOfWork, asked: AddFamilyMemberInput) -> Ids:
    data = FamilyMemberData(
        family_id=read_id(asked.family_id, "fam", "input.familyId"),
        role=FamilyRole(asked.role),
        nna_id=read_id(asked.nna_id, "nna", "input.nnaId") if asked.nna_id else None,
        relative_id=read_id(asked.relative_id, "rel", "input.relativeId") if asked.relative_id else None,
        relative=RelativeData(**vars(asked.relative)) if asked.relative else None,
        main_carer=asked.main_carer,
        lives_with=asked.lives_with,
        valid_from=asked.valid_from,
    )
    member = add_family_member(uow, data)
    return {"member": shown(member.id), "family": shown(member.family_id)}


def _update(uow: UnitOfWork, asked: UpdateRelativeInput) -> Ids:
    sent = given(asked)
    changes = {name: value for name, value in sent.items() if name in EDITABLE}
    relative_id = read_id(asked.id, "rel", "input.id")
    return {"relative": shown(update_relative(uow, relative_id, changes, asked.expected_version).id)}

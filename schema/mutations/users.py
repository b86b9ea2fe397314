"""Hiring people, giving and taking roles, covering for the absent, signing."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from authz.actor import DataClass, Purpose, Role
from core.services import users
from core.services.confidentiality import sign_confidentiality
from core.services.users import Grant, Invitation, Reach, ReachDirection, RightsChange, Substitution
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.payloads import ASKED, ONLY, Conflict, Keyed, Refusal, read_id

if TYPE_CHECKING:
    from schema.types.users import Assignment, User


@strawberry.type(
    description="Cuántos registros de una tabla y clase de dato alcanza una persona, antes y después. Quien lee esos"
    " registros por su propio rol ve el número exacto; para los demás, como toda cifra de una comuna, menos de 5 se"
    " oculta (null, también si no hay ninguno) y lo demás se redondea a múltiplos de 5, comuna por comuna y, donde no"
    " se alcanza la comuna entera, por cada persona cuyos casos son: lo que es de dos se cuenta en ambas. Los"
    " resguardos no se descuentan: CONTACT cuenta también a los NNA de domicilio protegido, que se abre solo a su"
    " equipo."
)
class ReachChange:
    table: str = strawberry.field(description="Tabla.")
    data_class: DataClass = strawberry.field(description="Clase de dato.")
    direction: ReachDirection = strawberry.field(
        description="Si gana o pierde. Donde las cifras no son exactas lo dicen los permisos, haya o no registros."
    )
    before: int | None = strawberry.field(
        description="Registros que alcanza sin el cambio; null: menos de 5, o ninguno."
    )
    after: int | None = strawberry.field(description="Registros que alcanzaría con él; null: menos de 5, o ninguno.")
    exact: bool = strawberry.field(description="Si las dos cifras son exactas, o redondeadas a múltiplos de 5.")


@strawberry.type(
    description="Quién gana o pierde acceso, y a cuántos registros de las comunas donde usted puede hacer este cambio."
)
class RightsPreview:
    username: str = strawberry.field(description="Persona.")
    purpose: Purpose = strawberry.field(description="Con qué finalidad.")
    valid_from: date = strawberry.field(
        description="Desde qué día; para él se cuenta. Lo que se acorta se cuenta aparte, para el día en que termina."
    )
    reaches: list[ReachChange] = strawberry.field(description="Qué cambia.")
    elsewhere: bool = strawberry.field(
        description="Si la persona trabaja también en otras comunas: de ellas no se cuenta nada."
    )


@strawberry.type(description="El cambio de derechos, hecho o, con validateOnly, por hacer.")
class RightsSuccess:
    user: Annotated["User", lazy] | None = reading("De quién.", "User")
    assignments: list[Annotated["Assignment", lazy]] = reading("Asignaciones dadas, tomadas o cubiertas.", "Assignment")
    preview: list[RightsPreview] = strawberry.field(description="Quién gana o pierde qué.")
    done: bool = strawberry.field(description="Si quedó hecho; falso con validateOnly.")


@strawberry.type(description="El acuerdo quedó firmado: desde ahora se abren los registros que sus roles permiten.")
class SignConfidentialitySuccess:
    user: Annotated["User", lazy] | None = reading("Quién firmó.", "User")


@strawberry.input(description="Rol que se otorga.")
class GrantInput:
    role: Role = strawberry.field(description="Rol.")
    territory: str = strawberry.field(description="Comuna (13101), región (13) o país (CL).")
    valid_from: date = strawberry.field(description="Desde.")
    valid_until: date | None = strawberry.field(default=None, description="Hasta (no incluido); null: sin término.")
    organization_id: strawberry.ID | None = strawberry.field(
        default=None, description="Institución, para sectorialistas."
    )
    reason: str | None = strawberry.field(default=None, description="Motivo.")


@strawberry.input(description="Persona que se invita, con su primer rol.")
class InviteUserInput(Keyed):
    username: str = strawberry.field(description="Nombre de usuario; nunca un RUN.")
    display_name: str = strawberry.field(description="Nombre para mostrar.")
    email: str | None = strawberry.field(default=None, description="Correo electrónico.")
    issuer: str | None = strawberry.field(
        default=None,
        description=(
            "Proveedor de identidad, como dirá el claim iss de sus tokens (https://id.municipio.cl/realms/oficina); "
            "null: el de esta instalación."
        ),
    )
    subject: str = strawberry.field(description="Cómo la llama ese proveedor, como dirá el claim sub de sus tokens.")
    grant: GrantInput = strawberry.field(description="Primer rol.")
    correct: bool = strawberry.field(
        default=False,
        description=(
            "true: corrige una invitación con errores, la de ese nombre de usuario o esa identidad, si la persona solo"
            " ha trabajado donde usted invita. El nombre para mostrar y el correo, siempre; el nombre de usuario y la"
            " identidad, mientras nadie la haya usado; entonces el rol que se pide, con sus fechas, reemplaza"
            " además a los que tenía, que terminan y se responden en assignments."
        ),
    )
    validate_only: bool = strawberry.field(default=False, description=ONLY)


@strawberry.input(description="Rol que se otorga a alguien que ya tiene cuenta.")
class GrantAssignmentInput(Keyed):
    user_id: strawberry.ID = strawberry.field(description="Persona.")
    grant: GrantInput = strawberry.field(description="Rol.")
    validate_only: bool = strawberry.field(default=False, description=ONLY)


@strawberry.input(description="Asignación que se revoca.")
class RevokeAssignmentInput(Keyed):
    assignment_id: strawberry.ID = strawberry.field(description="Asignación.")
    expected_version: int | None = strawberry.field(default=None, description="Versión que usted leyó.")
    reason: str = strawberry.field(description="Motivo.")
    validate_only: bool = strawberry.field(default=False, description=ONLY)


@strawberry.input(description="Reemplazo de una persona ausente.")
class SetSubstituteInput(Keyed):
    absent_id: strawberry.ID = strawberry.field(description="Persona ausente.")
    substitute_id: strawberry.ID = strawberry.field(description="Quien la reemplaza.")
    valid_from: date = strawberry.field(description="Desde.")
    valid_until: date = strawberry.field(description="Hasta (no incluido).")
    reason: str | None = strawberry.field(default=None, description="Motivo.")
    validate_only: bool = strawberry.field(default=False, description=ONLY)


@strawberry.input(description="Firma del acuerdo de confidencialidad.")
class SignConfidentialityInput(Keyed):
    version: str = strawberry.field(description="Versión del texto que leyó.")
    hash: str = strawberry.field(description="Huella del texto que leyó.")


InviteUserPayload = Annotated[
    RightsSuccess | Refusal | Conflict,
    strawberry.union("InviteUserPayload", description="Cómo resultó invitar a una persona."),
]
GrantAssignmentPayload = Annotated[
    RightsSuccess | Refusal | Conflict,
    strawberry.union("GrantAssignmentPayload", description="Cómo resultó otorgar un rol."),
]
RevokeAssignmentPayload = Annotated[
    RightsSuccess | Refusal | Conflict,
    strawberry.union("RevokeAssignmentPayload", description="Cómo resultó quitar un rol."),
]
SetSubstitutePayload = Annotated[
    RightsSuccess | Refusal | Conflict,
    strawberry.union("SetSubstitutePayload", description="Cómo resultó cubrir a una persona."),
]
SignConfidentialityPayload = Annotated[
    SignConfidentialitySuccess | Refusal | Conflict,
    strawberry.union("SignConfidentialityPayload", description="Cómo resultó firmar."),
]


@strawberry.type
class UsersMutation:
    @strawberry.mutation(
        description="Invita a una persona y le da su primer rol, o corrige su invitación. Nadie amplía sus propios"
        " derechos."
    )
    async def invite_user(
        self,
        info: Info,
        input: Annotated[InviteUserInput, ASKED],
    ) -> InviteUserPayload:
        return await carry_out(info, input, lambda uow: _invite(uow, input), _rights)

    @strawberry.mutation(description="Da un rol a una persona. Nadie amplía sus propios derechos.")
    async def grant_assignment(
        self, info: Info, input: Annotated[GrantAssignmentInput, ASKED]
    ) -> GrantAssignmentPayload:
        return await carry_out(info, input, lambda uow: _grant(uow, input), _rights)

    @strawberry.mutation(
        description="Quita un rol, desde ahora, y con él los reemplazos que lo cubren; con el último rol propio en una"
        " oficina, también los que la persona hace en ella. Un reemplazo también lo termina quien puede nombrar"
        " sustitutos."
    )
    async def revoke_assignment(
        self, info: Info, input: Annotated[RevokeAssignmentInput, ASKED]
    ) -> RevokeAssignmentPayload:
        return await carry_out(info, input, lambda uow: _revoke(uow, input), _rights)

    @strawberry.mutation(
        description="Cubre a una persona ausente, por un año a lo más: quien la reemplaza recibe sus roles y sus casos."
    )
    async def set_substitute(
        self,
        info: Info,
        input: Annotated[SetSubstituteInput, ASKED],
    ) -> SetSubstitutePayload:
        return await carry_out(info, input, lambda uow: _substitute(uow, input), _rights)

    @strawberry.mutation(description="Firma, por uno mismo, el acuerdo de confidencialidad vigente.")
    async def sign_confidentiality(
        self, info: Info, input: Annotated[SignConfidentialityInput, ASKED]
    ) -> SignConfidentialityPayload:
        return await carry_out(
            info, input, lambda uow: _sign(uow, input), lambda ids: SignConfidentialitySuccess(**ids)
        )


def _invite(uow: UnitOfWork, asked: InviteUserInput) -> Ids:
    person = (asked.username, asked.display_name, asked.subject)
    wanted = Invitation(*person, _wanted(asked.grant), asked.issuer, asked.email, asked.correct)
    made = users.invite_user(uow, wanted, asked.validate_only)
    return _told(made, asked.validate_only)


def _grant(uow: UnitOfWork, asked: GrantAssignmentInput) -> Ids:
    user_id = read_id(asked.user_id, "usr", "input.userId")
    return _told(users.grant_assignment(uow, user_id, _wanted(asked.grant), asked.validate_only), asked.validate_only)


def _revoke(uow: UnitOfWork, asked: RevokeAssignmentInput) -> Ids:
    assignment_id = read_id(asked.assignment_id, "asg", "input.assignmentId")
    only = asked.validate_only
    return _told(users.revoke_assignment(uow, assignment_id, asked.expected_version, asked.reason, only), only)


def _substitute(uow: UnitOfWork, asked: SetSubstituteInput) -> Ids:
    people = (
        read_id(asked.absent_id, "usr", "input.absentId"),
        read_id(asked.substitute_id, "usr", "input.substituteId"),
    )
    wanted = Substitution(*people, asked.valid_from, asked.valid_until, asked.reason)
    return _told(users.set_substitute(uow, wanted, asked.validate_only), asked.validate_only)


def _sign(uow: UnitOfWork, asked: SignConfidentialityInput) -> Ids:
    return {"user": shown(sign_confidentiality(uow, asked.version, asked.hash).user_id)}


def _wanted(asked: GrantInput) -> Grant:
    organization = (
        read_id(asked.organization_id, "org", "input.grant.organizationId") if asked.organization_id else None
    )
    dates = asked.valid_from, asked.valid_until
    return Grant(Role(asked.role), asked.territory, *dates, organization, asked.reason)


def _told(made: RightsChange, only: bool) -> Ids:
    """Put a change into what an idempotent answer can be made of again: ids, codes and numbers."""
    preview = [
        [c.username, c.purpose, c.valid_from.isoformat(), list(map(_kept, c.reaches)), c.elsewhere]
        for c in made.preview
    ]
    return {
        "user": None if only else shown(made.user.id),
        "assignments": [] if only else [one.id for one in made.assignments],
        "preview": preview,
        "done": not only,
    }


def _rights(ids: Ids) -> RightsSuccess:
    told = [_previewed(*one) for one in ids["preview"]]
    return RightsSuccess(user=ids["user"], assignments=ids["assignments"], preview=told, done=ids["done"])


def _previewed(username: str, purpose: str, since: str, reaches: list[list[Any]], elsewhere: bool) -> RightsPreview:
    return RightsPreview(
        username=username,
        purpose=Purpose(purpose),
        valid_from=date.fromisoformat(since),
        reaches=[_reach(*one) for one in reaches],
        elsewhere=elsewhere,
    )


def _kept(reach: Reach) -> list[object]:
    return [reach.table, reach.data, reach.direction, reach.before, reach.after, reach.exact]


def _reach(table: str, data: str, direction: str, *figures: Any) -> ReachChange:
    before, after, exact = figures
    way = ReachDirection(direction)
    return ReachChange(table=table, data_class=DataClass(data), direction=way, before=before, after=after, exact=exact)

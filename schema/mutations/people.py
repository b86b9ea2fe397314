"""Registering and updating children."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from authz.actor import DataClass
from core.errors import DomainError, InvalidInput
from core.identity import IdentifierKind
from core.models.people import Nna as NnaRow
from core.models.people import Sex
from core.rules.codes import known_codes, listed
from core.services.people import (
    AddressData,
    ContactData,
    HealthData,
    NnaData,
    SchoolingData,
    add_address,
    add_contact,
    check_kept,
    identify_nna,
    register_nna,
    set_health_registration,
    set_protection,
    set_schooling,
    update_nna,
)
from core.unit_of_work import UnitOfWork
from schema.context import Info
from schema.read.declare import lazy, reading, shown
from schema.transaction import Ids, carry_out
from schema.types.inputs import IDENTIFIER, AddressInput, ContactInput, HealthInput, PersonInput, SchoolingInput
from schema.types.payloads import ASKED, Conflict, FieldConflict, Keyed, Refusal, given, read_id

if TYPE_CHECKING:
    from schema.types.people import Nna

NAMES = ("given_names", "first_surname", "second_surname", "social_name", "birth_date", "expected_birth_date", "sex")
LIFTED = "Lo quita solo alguien de su equipo o, si no tiene equipo, la coordinación."
FLAGS = {"protected_address": "protectedAddress", "no_contact": "noContact"}
NATIONALITY = f"Nacionalidad (ISO 3166-1 alfa-3): {listed(known_codes('persons', 'nationality'))}."
PEOPLE = f"Pueblo originario; dato sensible: {listed(known_codes('persons', 'indigenous_people'))}."
SENSITIVE = ("nationality", "indigenous_people", "has_disability")


@strawberry.input(description="Un NNA que se registra.")
class RegisterNnaInput(Keyed, PersonInput):
    commune_code: str = strawberry.field(description="Comuna cuya OLN lo registra (CUT).")
    nationality: str | None = strawberry.field(default=None, description=NATIONALITY)
    indigenous_people: str | None = strawberry.field(default=None, description=PEOPLE)
    has_disability: bool | None = strawberry.field(default=None, description="Si tiene discapacidad registrada.")
    distinct_from: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Registros parecidos que usted revisó y son de otra persona: se piden antes de crear.",
    )
    address: AddressInput | None = strawberry.field(default=None, description="Domicilio.")
    contact: ContactInput | None = strawberry.field(default=None, description="A quién llamar.")
    schooling: SchoolingInput | None = strawberry.field(default=None, description="Matrícula escolar.")
    health: HealthInput | None = strawberry.field(default=None, description="Inscripción en salud.")


@strawberry.input(description="Cambios a un NNA. Lo ausente no cambia; lo nulo se borra.")
class UpdateNnaInput(Keyed):
    id: strawberry.ID = strawberry.field(description="El NNA.")
    expected_version: int = strawberry.field(description="Versión que usted leyó.")
    given_names: str | None = strawberry.field(default=UNSET, description="Nombres.")
    first_surname: str | None = strawberry.field(default=UNSET, description="Primer apellido.")
    second_surname: str | None = strawberry.field(default=UNSET, description="Segundo apellido.")
    social_name: str | None = strawberry.field(default=UNSET, description="Nombre social.")
    birth_date: date | None = strawberry.field(default=UNSET, description="Fecha de nacimiento.")
    expected_birth_date: date | None = strawberry.field(default=UNSET, description="Fecha probable de parto.")
    sex: Sex | None = strawberry.field(default=UNSET, description="Sexo registrado.")
    identifier_kind: IdentifierKind | None = strawberry.field(
        default=UNSET,
        description="Con qué documento se identifica desde ahora, junto a `identifier`; NONE quita uno que no es suyo.",
    )
    identifier: str | None = strawberry.field(default=UNSET, description=f"{IDENTIFIER} Nunca sin `identifierKind`.")
    nationality: str | None = strawberry.field(default=UNSET, description=NATIONALITY)
    indigenous_people: str | None = strawberry.field(default=UNSET, description=PEOPLE)
    has_disability: bool | None = strawberry.field(default=UNSET, description="Si tiene discapacidad registrada.")
    protected_address: bool | None = strawberry.field(
        default=UNSET, description=f"Si su domicilio está protegido. {LIFTED}"
    )
    no_contact: bool | None = strawberry.field(default=UNSET, description=f"Si se ha pedido no contactar. {LIFTED}")
    address: AddressInput | None = strawberry.field(
        default=None, description="Domicilio nuevo, desde hoy; `replaces` dice qué pasa con el vigente."
    )
    contact: ContactInput | None = strawberry.field(default=None, description="Contacto nuevo.")
    schooling: SchoolingInput | None = strawberry.field(default=None, description="Matrícula, desde hoy.")
    health: HealthInput | None = strawberry.field(default=None, description="Inscripción en salud, desde hoy.")


@strawberry.type(description="El NNA quedó registrado.")
class RegisterNnaSuccess:
    nna: Annotated["Nna", lazy] | None = reading("El NNA, con lo que usted puede ver de él.", "Nna")


@strawberry.type(description="Los cambios quedaron guardados.")
class UpdateNnaSuccess:
    nna: Annotated["Nna", lazy] | None = reading("El NNA, con lo que usted puede ver de él.", "Nna")


RegisterNnaPayload = Annotated[
    RegisterNnaSuccess | Refusal | Conflict,
    strawberry.union("RegisterNnaPayload", description="Cómo resultó registrar un NNA."),
]
UpdateNnaPayload = Annotated[
    UpdateNnaSuccess | Refusal | Conflict,
    strawberry.union("UpdateNnaPayload", description="Cómo resultó cambiar un NNA."),
]


@strawberry.type
class PeopleMutation:
    @strawberry.mutation(
        description="Registra un NNA, después de buscar que no exista. Requiere crear NNA en la comuna."
    )
    async def register_nna(
        self,
        info: Info,
        input: Annotated[RegisterNnaInput, ASKED],
    ) -> RegisterNnaPayload:
        return await carry_out(info, input, lambda uow: _register(uow, input), lambda ids: RegisterNnaSuccess(**ids))

    @strawberry.mutation(
        description="Cambia un NNA: datos, identificador, protección, domicilio, contacto, escolaridad o salud."
    )
    async def update_nna(
        self,
        info: Info,
        input: Annotated[UpdateNnaInput, ASKED],
    ) -> UpdateNnaPayload:
        return await carry_out(
            info,
            input,
            lambda uow: _update(uow, input),
            lambda ids: UpdateNnaSuccess(**ids),
            disputed=lambda uow: _disputed(uow, input),
        )


def _register(uow: UnitOfWork, asked: RegisterNnaInput) -> Ids:
    others = frozenset(read_id(other, "nna", "input.distinctFrom") for other in asked.distinct_from)
    values = {name: getattr(asked, name) for name in (*NAMES, *SENSITIVE, "commune_code", "identifier")}
    kind = IdentifierKind(asked.identifier_kind)
    nna = register_nna(uow, NnaData(**values, identifier_kind=kind, distinct_from=others))
    _set_details(uow, nna.id, asked)
    return {"nna": shown(nna.id)}


def _update(uow: UnitOfWork, asked: UpdateNnaInput) -> Ids:
    nna_id, sent = read_id(asked.id, "nna", "input.id"), given(asked)
    nna = uow.change(NnaRow, nna_id, asked.expected_version, ("nna", "edit"))  # locked: nothing moves meanwhile
    if changes := {name: sent[name] for name in (*NAMES, *SENSITIVE) if name in sent}:
        update_nna(uow, nna_id, changes, None)
    if "identifier" in sent or "identifier_kind" in sent:  # after a birth date, which may come with it
        _identify(uow, nna_id, sent)
    flags = {name: sent[name] for name in FLAGS if name in sent}
    check_kept(flags, FLAGS)
    if flags:
        kept = {"protected_address": nna.protected_address, "no_contact": nna.no_contact}
        set_protection(uow, nna_id, **(kept | flags), expected_version=None)
    _set_details(uow, nna_id, asked)
    details = asked.address or asked.contact or asked.schooling or asked.health
    if details and nna.version == asked.expected_version:  # who read the record before these has not seen them
        uow.touch(nna)
    return {"nna": shown(nna_id)}


def _identify(uow: UnitOfWork, nna_id: UUID, sent: dict[str, Any]) -> None:
    """Give or take a number; alone, a blank one is what a form sends that was never shown it."""
    check_kept(sent, {"identifier_kind": "identifierKind"})
    if "identifier_kind" not in sent:
        raise InvalidInput("Indique qué tipo de identificador es.", field="input.identifierKind")
    identify_nna(uow, nna_id, IdentifierKind(sent["identifier_kind"]), sent.get("identifier"), None)


def _set_details(uow: UnitOfWork, nna_id: UUID, asked: RegisterNnaInput | UpdateNnaInput) -> None:
    if asked.address:
        with _below("address"):
            add_address(uow, AddressData(nna_id=nna_id, **(vars(asked.address) | _replaced(asked.address))))
    if asked.contact:
        with _below("contact"):
            add_contact(uow, ContactData(nna_id=nna_id, **vars(asked.contact)))
    if asked.schooling:
        with _below("schooling"):
            set_schooling(uow, SchoolingData(nna_id=nna_id, **vars(asked.schooling)))
    if asked.health:
        with _below("health"):
            set_health_registration(uow, HealthData(nna_id=nna_id, **vars(asked.health)))


def _replaced(asked: AddressInput) -> dict[str, frozenset[UUID] | None]:
    if asked.replaces is None:
        return {"replaces": None}
    return {"replaces": frozenset(read_id(one, "adr", "input.replaces") for one in asked.replaces)}


@contextmanager
def _below(part: str) -> Iterator[None]:
    """Tell the path of a refused field as the client wrote it, in the part of the input where it stands."""
    try:
        yield
    except DomainError as error:
        if error.field:
            error.field = error.field.replace("input.", f"input.{part}.", 1)
        raise


def _disputed(uow: UnitOfWork, asked: UpdateNnaInput) -> list[FieldConflict]:
    """Tell both values of what the client sent and somebody else changed, as far as the client may read it."""
    nna = uow.get(NnaRow, read_id(asked.id, "nna", "input.id"))
    uow.require("nna", "read", nna, DataClass.IDENTITY)
    sent = {name: value for name, value in given(asked).items() if name in NAMES}
    return [
        FieldConflict(field=to_camel_case(name), yours=_text(value), current=_text(getattr(nna, name)))
        for name, value in sent.items()
        if getattr(nna, name) != value
    ]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)

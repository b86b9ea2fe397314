"""Children and adolescents, and what the office keeps about them."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, FromClause, Integer, case, cast, extract

from authz.actor import DataClass
from authz.scope import TODAY_NUMBER
from core.identity import IdentifierKind
from core.models import alerts, extracts, families, nomina, organizations, people
from core.models.people import Sex
from core.models.territory import Commune as CommuneRow
from core.services.duplicates import Candidate, candidate_duplicates
from core.services.people import unseal_identifier
from schema.context import Info
from schema.read.declare import (
    Connection,
    Node,
    Record,
    column,
    computed,
    expose,
    lazy,
    reading,
    shown,
    sql,
    to_many,
    to_one,
)

if TYPE_CHECKING:
    from schema.types.alerts import AccessGrant, Alert
    from schema.types.families import Family, FamilyMember, Relation
    from schema.types.nomina import ListStatus, NominaEntry, OfficialScore
    from schema.types.territory import Commune
    from schema.types.users import User

BASIC, CONTACT, IDENTITY = DataClass.BASIC, DataClass.CONTACT, DataClass.IDENTITY
HEALTH, JUDICIAL, RISK = DataClass.HEALTH, DataClass.JUDICIAL, DataClass.RISK
GUARDED = "Solo el equipo de cada NNA a quien resguarda abre domicilios, contactos y teléfonos de su familia."


def age(nna: FromClause) -> ColumnElement[int]:
    """Whole years today; NULL before birth."""
    born = nna.c.birth_date
    digits = extract("year", born) * 10000 + extract("month", born) * 100 + extract("day", born)
    return (TODAY_NUMBER - cast(digits, Integer)) // 10000


def unborn(nna: FromClause) -> ColumnElement[bool]:
    return case((nna.c.birth_date.is_(None), True), else_=False)


def expected(nna: FromClause) -> ColumnElement[date]:
    """When a birth is expected; of who is born it would tell, to who may not read it, about when that was."""
    return case((nna.c.birth_date.is_(None), nna.c.expected_birth_date))


@strawberry.type(description="Otro registro que podría ser de la misma persona, y por qué.")
class DuplicateCandidate:
    nna: Annotated["Nna", lazy] | None = reading("El otro registro.", "Nna")
    score: float = strawberry.field(description="Parecido, de 0 a 1.")
    reasons: list[str] = strawberry.field(description="En qué coinciden.")


def duplicate(found: Candidate) -> DuplicateCandidate:
    reasons = [reason.sentence for reason in found.reasons]
    return DuplicateCandidate(nna=shown(found.nna_id), score=found.score, reasons=reasons)


@expose(people.Nna, prefix="nna", description="Niño, niña o adolescente (NNA), desde la gestación hasta los 18 años.")
class Nna(Record):
    commune_code: str = column(BASIC, "Comuna cuya OLN tiene el registro (CUT).", filter=True)
    commune: Annotated["Commune", lazy] | None = to_one(BASIC, "Comuna.", people.Nna.commune_code, CommuneRow.code)
    # tells who has no RUN yet, as many who arrived of late; a referral shows need, age and commune
    identifier_kind: IdentifierKind | None = column(IDENTITY, "Tipo de identificador.", filter=True)
    given_names: str | None = column(IDENTITY, "Nombres.")
    first_surname: str | None = column(IDENTITY, "Primer apellido.")
    second_surname: str | None = column(IDENTITY, "Segundo apellido.")
    social_name: str | None = column(IDENTITY, "Nombre social, con el que pide que se le llame.")
    full_name: str | None = sql(
        IDENTITY,
        "Nombre completo.",
        lambda t: (
            t.c.given_names
            + " "
            + t.c.first_surname
            + case((t.c.second_surname.is_(None), ""), else_=" " + t.c.second_surname)
        ),
        order="name_sort",
    )
    birth_date: date | None = column(IDENTITY, "Fecha de nacimiento.", filter=True, order=True)
    # not BASIC: of a pregnancy it is what an institution said itself, and so tells which record it opened
    expected_birth_date: date | None = sql(IDENTITY, "Fecha probable de parto, si aún no nace.", expected)
    unborn: bool | None = sql(BASIC, "Si está en gestación.", unborn)
    age: int | None = sql(BASIC, "Edad en años cumplidos.", age)
    closed: bool | None = sql(
        RISK,  # no institution reads it: that a family left may be what protects it
        "Si el registro se cerró porque el NNA sigue en otro, de esta OLN o de la de otra comuna.",
        lambda t: case((t.c.moved_to_id.is_(None), False), else_=True),
    )
    sex: Sex = column(BASIC, "Sexo registrado.", filter=True)
    nationality: str | None = column(IDENTITY, "Nacionalidad (ISO 3166-1 alfa-3).")
    indigenous_people: str | None = column(HEALTH, "Pueblo originario al que dice pertenecer; dato sensible.")
    has_disability: bool | None = column(HEALTH, "Si tiene discapacidad registrada.")
    # not CONTACT: that closes where they are set, to the coordination as well, and null would say yes
    protected_address: bool | None = column(IDENTITY, f"Si su domicilio está protegido. {GUARDED}")
    no_contact: bool | None = column(IDENTITY, f"Si se ha pedido no contactar a la familia. {GUARDED}")
    # not BASIC: by the moment, an institution would find which of its reports opened the record
    created_at: datetime | None = column(IDENTITY, "Cuándo se registró.", order=True)
    family: Annotated["Family", lazy] | None = to_one(
        BASIC, "Grupo familiar de hoy.", people.Nna.family_id, filter=True
    )
    memberships: Connection[Annotated["FamilyMember", lazy]] | None = to_many(
        BASIC, "Familias a las que ha pertenecido.", families.FamilyMember.nna_id, "-validFrom"
    )
    relations_from: Connection[Annotated["Relation", lazy]] | None = to_many(
        IDENTITY, "Vínculos en que es la primera persona, con su historia.", families.Relation.from_nna_id, "-validFrom"
    )
    relations_to: Connection[Annotated["Relation", lazy]] | None = to_many(
        IDENTITY, "Vínculos en que es la segunda persona, con su historia.", families.Relation.to_nna_id, "-validFrom"
    )
    alerts: Connection[Annotated["Alert", lazy]] | None = to_many(
        BASIC, "Alertas recibidas.", alerts.Alert.nna_id, "-createdAt"
    )
    addresses: Connection[Annotated["Address", lazy]] | None = to_many(
        CONTACT, "Domicilios, el más reciente primero.", people.Address.nna_id, "-validFrom"
    )
    contacts: Connection[Annotated["Contact", lazy]] | None = to_many(
        IDENTITY, "Personas y teléfonos de contacto.", people.Contact.nna_id, "-validFrom"
    )
    schooling: Connection[Annotated["Schooling", lazy]] | None = to_many(
        IDENTITY, "Escolaridad.", people.Schooling.nna_id, "-validFrom"
    )
    attendance: Connection[Annotated["Attendance", lazy]] | None = to_many(
        IDENTITY, "Asistencia escolar por mes.", people.Attendance.nna_id, "-period"
    )
    health: Connection[Annotated["HealthRegistration", lazy]] | None = to_many(
        HEALTH, "Inscripción en salud.", people.HealthRegistration.nna_id, "-validFrom"
    )
    team: Connection[Annotated["TeamMember", lazy]] | None = to_many(
        BASIC, "Quiénes de la OLN trabajan con el NNA.", people.TeamMember.nna_id, "-validFrom"
    )
    grants: Connection[Annotated["AccessGrant", lazy]] | None = to_many(
        BASIC, "Instituciones a las que se abrió el registro.", organizations.AccessGrant.nna_id, "-validFrom"
    )
    scores: Connection[Annotated["OfficialScore", lazy]] | None = to_many(
        RISK, "Puntajes oficiales recibidos.", extracts.OfficialScore.nna_id, "-period"
    )
    list_statuses: Connection[Annotated["ListStatus", lazy]] | None = to_many(
        JUDICIAL, "Estados que lo excluyen o lo dejan al final de la nómina.", extracts.ListStatus.nna_id, "-validFrom"
    )
    nomina_entries: Connection[Annotated["NominaEntry", lazy]] | None = to_many(
        RISK, "Lugares que ha tenido en la nómina.", nomina.NominaEntry.nna_id, "-createdAt"
    )

    @computed(IDENTITY, "RUN u otro identificador; abrirlo queda en la auditoría.", needs=("identifier_sealed",))
    def identifier(self: Any, info: Info) -> str | None:
        return unseal_identifier(info.context.host.sealer, self.key, self.identifier_sealed)

    @computed(IDENTITY, "Registros de la comuna que podrían ser de la misma persona, con sus razones.", cost=200)
    async def possible_duplicates(self, info: Info) -> list[DuplicateCandidate] | None:
        found = await info.context.work(
            "possibleDuplicates", lambda uow: candidate_duplicates(uow, uow.get(people.Nna, self.key))
        )
        return [duplicate(candidate) for candidate in found]


@expose(people.Address, prefix="adr", description="Domicilio, con fechas.")
class Address(Record):
    located_in: str | None = column(CONTACT, "Comuna del domicilio (CUT).")
    street: str | None = column(CONTACT, "Calle.")
    number: str | None = column(CONTACT, "Número.")
    unit: str | None = column(CONTACT, "Departamento, block o casa.")
    reference: str | None = column(CONTACT, "Referencia para llegar.")
    source: str | None = column(CONTACT, "De qué registro viene.")
    protected: bool | None = column(CONTACT, "Si está protegido.")
    valid_from: date = column(CONTACT, "Desde.", order=True)
    valid_until: date | None = column(CONTACT, "Hasta (no incluido).", filter=True)
    nna: Annotated["Nna", lazy] | None = to_one(CONTACT, "De quién.", people.Address.nna_id)


@expose(people.Contact, prefix="ctc", description="A quién llamar.")
class Contact(Record):
    name: str | None = column(CONTACT, "Nombre.")
    relationship: str | None = column(CONTACT, "Relación con el NNA.")
    phone: str | None = column(CONTACT, "Teléfono.")
    email: str | None = column(CONTACT, "Correo electrónico.")
    # of the class of the row: null where it is set would be read as nobody having asked
    no_contact: bool = column(IDENTITY, "Si ha pedido que no se le llame: entonces solo el equipo del NNA ve quién es.")
    valid_from: date = column(IDENTITY, "Desde.", order=True)
    valid_until: date | None = column(IDENTITY, "Hasta (no incluido).", filter=True)
    nna: Annotated["Nna", lazy] | None = to_one(IDENTITY, "De quién.", people.Contact.nna_id)


@expose(people.Schooling, prefix="sch", description="Matrícula escolar.")
class Schooling(Record):
    school_code: str | None = column(IDENTITY, "Rol Base de Datos (RBD) del establecimiento.")
    school_name: str | None = column(IDENTITY, "Establecimiento.")
    level: str | None = column(IDENTITY, "Nivel.")
    grade: str | None = column(IDENTITY, "Curso.")
    valid_from: date = column(IDENTITY, "Desde.", order=True)
    valid_until: date | None = column(IDENTITY, "Hasta (no incluido).")
    nna: Annotated["Nna", lazy] | None = to_one(IDENTITY, "De quién.", people.Schooling.nna_id)


@expose(people.Attendance, prefix="att", description="Asistencia escolar de un mes.")
class Attendance(Node):
    period: date = column(IDENTITY, "Mes (su primer día).", order=True, filter=True)
    rate: float = column(IDENTITY, "Porcentaje de días asistidos.")
    nna: Annotated["Nna", lazy] | None = to_one(IDENTITY, "De quién.", people.Attendance.nna_id)


@expose(people.HealthRegistration, prefix="hea", description="Inscripción en salud.")
class HealthRegistration(Record):
    insurance: str | None = column(HEALTH, "Previsión de salud.")
    centre: str | None = column(HEALTH, "Centro donde se atiende.")
    background: str | None = column(HEALTH, "Antecedentes de salud relevantes.")
    valid_from: date = column(HEALTH, "Desde.", order=True)
    valid_until: date | None = column(HEALTH, "Hasta (no incluido).")
    nna: Annotated["Nna", lazy] | None = to_one(HEALTH, "De quién.", people.HealthRegistration.nna_id)


@expose(people.TeamMember, prefix="tea", description="Persona de la OLN que trabaja con un NNA.")
class TeamMember(Record):
    duty: str = column(BASIC, "Qué hace en el equipo.")
    valid_from: date = column(BASIC, "Desde.", order=True)
    valid_until: date | None = column(BASIC, "Hasta (no incluido).")
    nna: Annotated["Nna", lazy] | None = to_one(BASIC, "Con quién.", people.TeamMember.nna_id)
    user: Annotated["User", lazy] | None = to_one(BASIC, "Quién.", people.TeamMember.user_id)

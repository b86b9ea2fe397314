"""Families: who belongs, how people are related, and what the household extracts say."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from authz.actor import DataClass
from core.models import families, people
from core.models.families import FamilyRole, RelationKind
from core.models.people import Sex
from core.models.territory import Commune as CommuneRow
from schema.read.declare import Connection, Record, column, expose, lazy, to_many, to_one

if TYPE_CHECKING:
    from schema.types.people import Nna
    from schema.types.territory import Commune

BASIC, CONTACT, IDENTITY, RISK = DataClass.BASIC, DataClass.CONTACT, DataClass.IDENTITY, DataClass.RISK


@expose(families.Family, prefix="fam", description="Grupo familiar: la unidad con que trabaja la OLN.")
class Family(Record):
    commune_code: str = column(BASIC, "Comuna cuya OLN tiene el registro (CUT).", filter=True)
    commune: Annotated["Commune", lazy] | None = to_one(BASIC, "Comuna.", families.Family.commune_code, CommuneRow.code)
    folio: str = column(BASIC, "Folio del expediente; no dice nada de la familia.", filter=True)
    notes: str | None = column(IDENTITY, "Notas.")
    rsh_bracket: int | None = column(RISK, "Tramo del Registro Social de Hogares.")
    household_size: int | None = column(RISK, "Personas en el hogar.")
    bedrooms: int | None = column(RISK, "Dormitorios.")
    income_per_capita: int | None = column(RISK, "Ingreso mensual por persona, en pesos.")
    head_schooling_years: int | None = column(RISK, "Años de escolaridad de quien encabeza el hogar.")
    tenure: str | None = column(RISK, "Tenencia de la vivienda.")
    urban: bool | None = column(RISK, "Si la vivienda está en zona urbana.")
    housing_quality: str | None = column(RISK, "Calidad de la vivienda.")
    single_head: bool | None = column(RISK, "Si el hogar tiene jefatura única.")
    children: Connection[Annotated["Nna", lazy]] | None = to_many(
        BASIC, "NNA del grupo hoy.", people.Nna.family_id, "createdAt"
    )
    members: Connection[Annotated["FamilyMember", lazy]] | None = to_many(
        BASIC, "Integrantes, con su historia.", families.FamilyMember.family_id, "-validFrom"
    )


@expose(families.FamilyMember, prefix="mem", description="Pertenencia de una persona a una familia, con fechas.")
class FamilyMember(Record):
    role: FamilyRole = column(BASIC, "Lugar en la familia.", filter=True)
    main_carer: bool = column(BASIC, "Si es quien cuida principalmente.", filter=True)
    lives_with: bool = column(BASIC, "Si vive en el hogar.", filter=True)
    valid_from: date = column(BASIC, "Desde.", order=True)
    valid_until: date | None = column(BASIC, "Hasta (no incluido).", filter=True)
    family: Annotated["Family", lazy] | None = to_one(BASIC, "Familia.", families.FamilyMember.family_id)
    nna: Annotated["Nna", lazy] | None = to_one(BASIC, "El NNA, si lo es.", families.FamilyMember.nna_id)
    relative: Annotated["Relative", lazy] | None = to_one(
        IDENTITY, "La persona adulta o familiar, si no es un NNA de la OLN.", families.FamilyMember.relative_id
    )


@expose(families.Relative, prefix="rel", description="Familiar o cuidador que no es un NNA de la OLN.")
class Relative(Record):
    given_names: str | None = column(IDENTITY, "Nombres.")
    first_surname: str | None = column(IDENTITY, "Primer apellido.")
    second_surname: str | None = column(IDENTITY, "Segundo apellido.")
    birth_date: date | None = column(IDENTITY, "Fecha de nacimiento.")
    death_date: date | None = column(IDENTITY, "Fecha de defunción.")
    sex: Sex | None = column(IDENTITY, "Sexo registrado.")
    phone: str | None = column(CONTACT, "Teléfono.")
    email: str | None = column(CONTACT, "Correo electrónico.")
    # of the class of the row: null where it is set would be read as nobody having asked
    no_contact: bool = column(IDENTITY, "Si ha pedido que no se le llame: entonces solo un equipo suyo ve el teléfono.")
    memberships: Connection[Annotated["FamilyMember", lazy]] | None = to_many(
        IDENTITY, "Familias a las que ha pertenecido.", families.FamilyMember.relative_id, "-validFrom"
    )
    relations_from: Connection[Annotated["Relation", lazy]] | None = to_many(
        IDENTITY, "Vínculos en que es la primera persona.", families.Relation.from_relative_id, "-validFrom"
    )
    relations_to: Connection[Annotated["Relation", lazy]] | None = to_many(
        IDENTITY, "Vínculos en que es la segunda persona.", families.Relation.to_relative_id, "-validFrom"
    )


@expose(families.Relation, prefix="lnk", description="Vínculo dirigido y con fechas entre dos personas.")
class Relation(Record):
    kind: RelationKind = column(IDENTITY, "Qué es la primera de la segunda.", filter=True)
    valid_from: date = column(IDENTITY, "Desde.", order=True)
    valid_until: date | None = column(IDENTITY, "Hasta (no incluido).", filter=True)
    from_nna: Annotated["Nna", lazy] | None = to_one(
        IDENTITY, "Primera persona, si es NNA.", families.Relation.from_nna_id
    )
    from_relative: Annotated["Relative", lazy] | None = to_one(
        IDENTITY, "Primera persona, si no es NNA.", families.Relation.from_relative_id
    )
    to_nna: Annotated["Nna", lazy] | None = to_one(IDENTITY, "Segunda persona, si es NNA.", families.Relation.to_nna_id)
    to_relative: Annotated["Relative", lazy] | None = to_one(
        IDENTITY, "Segunda persona, si no es NNA.", families.Relation.to_relative_id
    )

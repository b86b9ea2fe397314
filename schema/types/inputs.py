"""Parts that several mutations are asked with."""

from datetime import date

import strawberry

from core.identity import IdentifierKind
from core.models.people import Sex
from core.rules.codes import known_codes, listed

IDENTIFIER = (
    "RUN, o número provisorio (IPE): nueve cifras desde 100.000.000 y el dígito verificador, como 100000000-7. Con o"
    " sin puntos."
)
LEVEL = f"Nivel: {listed(known_codes('attendance', 'level'))}."
INSURANCE = f"Previsión de salud: {listed(known_codes('health', 'insurance'))}."


@strawberry.input(description="Domicilio.")
class AddressInput:
    located_in: str = strawberry.field(description="Comuna del domicilio (CUT).")
    street: str = strawberry.field(description="Calle.")
    number: str | None = strawberry.field(default=None, description="Número.")
    unit: str | None = strawberry.field(default=None, description="Departamento, block o casa.")
    reference: str | None = strawberry.field(default=None, description="Referencia para llegar.")
    protected: bool = strawberry.field(default=False, description="Si está protegido: solo lo abre el equipo del NNA.")
    replaces: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="Domicilios que terminan el día en que este empieza; `[]` si vive también en ellos. Es obligatorio"
        " donde hay uno vigente.",
    )


@strawberry.input(description="A quién llamar.")
class ContactInput:
    name: str = strawberry.field(description="Nombre.")
    relationship: str | None = strawberry.field(default=None, description="Relación con el NNA.")
    phone: str | None = strawberry.field(default=None, description="Teléfono.")
    email: str | None = strawberry.field(default=None, description="Correo electrónico.")
    no_contact: bool = strawberry.field(default=False, description="Si se ha pedido no llamar.")


@strawberry.input(description="Matrícula escolar.")
class SchoolingInput:
    school_code: str | None = strawberry.field(default=None, description="Rol Base de Datos (RBD).")
    school_name: str | None = strawberry.field(default=None, description="Establecimiento.")
    level: str | None = strawberry.field(default=None, description=LEVEL)
    grade: str | None = strawberry.field(default=None, description="Curso.")


@strawberry.input(description="Inscripción en salud.")
class HealthInput:
    insurance: str | None = strawberry.field(default=None, description=INSURANCE)
    centre: str | None = strawberry.field(default=None, description="Centro donde se atiende.")
    background: str | None = strawberry.field(default=None, description="Antecedentes relevantes.")


@strawberry.input(description="Un NNA que quizá aún no está registrado: nacido, o en gestación.")
class PersonInput:
    identifier_kind: IdentifierKind = strawberry.field(description="Con qué documento se identifica; NONE si no tiene.")
    identifier: str | None = strawberry.field(default=None, description=IDENTIFIER)
    given_names: str = strawberry.field(
        description="Nombres; en gestación, cómo se le nombra en la ficha («Gestación de Rosa»): eso, el apellido y la"
        " fecha la distinguen de otra que la misma institución informe."
    )
    first_surname: str = strawberry.field(description="Primer apellido.")
    second_surname: str | None = strawberry.field(default=None, description="Segundo apellido.")
    social_name: str | None = strawberry.field(default=None, description="Nombre social.")
    birth_date: date | None = strawberry.field(default=None, description="Fecha de nacimiento.")
    expected_birth_date: date | None = strawberry.field(
        default=None, description="Fecha probable de parto, si aún no nace."
    )
    sex: Sex = strawberry.field(description="Sexo registrado.")

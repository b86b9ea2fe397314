"""Answers that services work out: who I am, what is switched on, why I see what I see, what happened."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from authz.actor import Ambit, DataClass, Purpose, Role
from core.rules.matching import MatchReason
from core.services.trail import StepKind
from core.settings import InstallationKind
from schema.read.declare import enumeration, lazy, reading

if TYPE_CHECKING:
    from schema.types.people import Nna
    from schema.types.users import User

enumeration(
    MatchReason,
    "En qué coincide un registro con lo buscado.",
    SAME_IDENTIFIER="El mismo RUN o número provisorio.",
    SAME_NAME="El mismo nombre, sin contar tildes.",
    SOUNDS_ALIKE="Un nombre que suena igual.",
    SIMILAR_SPELLING="Un nombre escrito parecido.",
    SAME_BIRTH_DATE="La misma fecha de nacimiento.",
    SOME_WORDS="Solo algunas de las palabras buscadas.",
)
enumeration(
    StepKind,
    "Qué pasó.",
    "TrailKind",
    READ="Se leyó.",
    ATTEMPT="Se pidió o se quiso cambiar, y no se pudo.",
    WRITE="Se cambió.",
)
enumeration(
    InstallationKind,
    "Qué clase de instalación es.",
    DEMO="De demostración: personas inventadas.",
    REAL="Real.",
)


@strawberry.type(description="Un NNA que podría ser el buscado.")
class SearchHit:
    nna: Annotated["Nna", lazy] | None = reading("El NNA.", "Nna")
    score: float = strawberry.field(description="Parecido, de 0 a 1.")
    reasons: list[MatchReason] = strawberry.field(description="En qué coincide.")


@strawberry.type(description="Resultado de una búsqueda: nunca más allá de lo que usted puede ver con nombre.")
class NnaSearch:
    hits: list[SearchHit] = strawberry.field(description="Los más parecidos primero.")


@strawberry.type(description="Algo que usted puede hacer.")
class Permission:
    resource: str = strawberry.field(description="Recurso.")
    action: str = strawberry.field(description="Acción.")
    classes: list[DataClass] = strawberry.field(description="Clases de dato.")
    ambit: Ambit = strawberry.field(description="Hasta dónde.")
    communes: list[str] | None = strawberry.field(description="En qué comunas (CUT); null: en todo el país.")
    substitutes: Annotated["User", lazy] | None = reading("De quién son los casos, si reemplaza a alguien.", "User")


@strawberry.type(description="Un rol suyo, vigente hoy.")
class WornRole:
    role: Role = strawberry.field(description="Rol.")
    communes: list[str] | None = strawberry.field(description="Comunas (CUT); null: todo el país.")
    substitutes: Annotated["User", lazy] | None = reading("A quién reemplaza; null si el rol es propio.", "User")


@strawberry.type(description="Acuerdo de confidencialidad vigente.")
class Agreement:
    version: str = strawberry.field(description="Versión.")
    text: str = strawberry.field(description="Texto, en Markdown.")
    hash: str = strawberry.field(description="Huella del texto; se envía al firmar.")


@strawberry.type(description="Quién pregunta, con qué roles y finalidad, y qué puede hacer.")
class Viewer:
    user: Annotated["User", lazy] | None = reading("Su cuenta.", "User")
    username: str = strawberry.field(description="Nombre de usuario.")
    purpose: Purpose = strawberry.field(description="Finalidad con que actúa en esta petición.")
    purposes: list[Purpose] = strawberry.field(description="Finalidades que puede usar en la cabecera OLN-Purpose.")
    roles: list[WornRole] = strawberry.field(description="Roles vigentes hoy.")
    signed: bool = strawberry.field(description="Si firmó el acuerdo de confidencialidad vigente.")
    agreement: Agreement = strawberry.field(description="El acuerdo vigente.")
    installation: InstallationKind = strawberry.field(description="Clase de instalación.")
    today: date = strawberry.field(description="Qué día es en esta instalación.")
    may: list[Permission] = strawberry.field(description="Todo lo que puede hacer con esta finalidad.")


@strawberry.type(description="Un módulo, y si una comuna lo tiene activo.")
class Module:
    name: str = strawberry.field(description="Nombre estable.")
    label: str = strawberry.field(description="Nombre para mostrar.")
    version: str = strawberry.field(description="Versión instalada.")
    enabled: bool = strawberry.field(description="Si la comuna lo tiene activo.")
    since: datetime | None = strawberry.field(description="Desde cuándo; null si nadie lo ha cambiado.")
    reason: str | None = strawberry.field(description="Por qué se activó o desactivó.")
    switch_version: int = strawberry.field(description="Versión que se envía a setModule; 0 si nadie lo ha cambiado.")


@strawberry.type(description="Por qué usted ve, o no, un campo de un registro.")
class AccessExplanation:
    allowed: bool = strawberry.field(description="Si lo ve.")
    data_class: DataClass = strawberry.field(description="Clase de dato del campo.")
    resource: str = strawberry.field(description="Recurso de la política.")
    sentences: list[str] = strawberry.field(description="Las razones, en palabras.")
    rules: list[str] = strawberry.field(description="Líneas de la política que decidieron.")


@strawberry.type(description="Un paso de la auditoría: quién leyó, pidió o cambió qué, cuándo y para qué.")
class TrailStep:
    kind: StepKind = strawberry.field(description="Lectura, intento o cambio.")
    at: datetime = strawberry.field(description="Cuándo.")
    username: str = strawberry.field(description="Quién.")
    purpose: str = strawberry.field(description="Para qué.")
    action: str | None = strawberry.field(description="Qué operación.")
    tables: list[str] = strawberry.field(description="Qué registros cambió, por tabla.")
    digest: str = strawberry.field(description="Eslabón de la cadena que lo sostiene.")

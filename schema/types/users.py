"""People who use the platform, what they are where, and the trail they leave."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from authz.actor import DataClass, Role
from core.models import audit, modules, users
from schema.read.declare import Connection, Node, Record, column, expose, lazy, to_many, to_one

if TYPE_CHECKING:
    from schema.types.alerts import Organization

BASIC = DataClass.BASIC


@expose(users.User, prefix="usr", description="Persona usuaria de la plataforma.")
class User(Record):
    username: str = column(BASIC, "Nombre de usuario.", filter=True, order=True)
    display_name: str = column(BASIC, "Nombre para mostrar.")
    active: bool = column(BASIC, "Si puede entrar.", filter=True)
    demo: bool = column(BASIC, "Si es una cuenta de demostración.")
    assignments: Connection[Annotated["Assignment", lazy]] | None = to_many(
        BASIC, "Sus asignaciones.", users.Assignment.user_id, "-validFrom"
    )
    current_assignments: Connection[Annotated["Assignment", lazy]] | None = to_many(
        BASIC,
        "Sus asignaciones vigentes y por venir.",
        users.Assignment.user_id,
        "validFrom",
        where=users.not_over,
    )


@expose(users.Assignment, prefix="asg", description="Rol de una persona en un territorio, con fechas.")
class Assignment(Record):
    role: Role = column(BASIC, "Rol.", filter=True)
    territory: str = column(BASIC, "Comuna (13101), región (13) o país (CL).", filter=True)
    valid_from: date = column(BASIC, "Desde.", order=True)
    valid_until: date | None = column(BASIC, "Hasta (no incluido).", filter=True)
    reason: str | None = column(BASIC, "Motivo.")
    revoked_at: datetime | None = column(BASIC, "Cuándo se revocó.")
    user: Annotated["User", lazy] | None = to_one(BASIC, "Quién.", users.Assignment.user_id)
    substitutes: Annotated["User", lazy] | None = to_one(BASIC, "A quién reemplaza.", users.Assignment.substitutes_id)
    granted_by: Annotated["User", lazy] | None = to_one(BASIC, "Quién la otorgó.", users.Assignment.granted_by)
    organization: Annotated["Organization", lazy] | None = to_one(
        BASIC, "Institución por la que actúa.", users.Assignment.organization_id
    )


@expose(modules.ModuleSwitch, prefix="mod", description="Decisión de una comuna sobre un módulo.")
class ModuleSwitch(Record):
    commune_code: str = column(BASIC, "Comuna (CUT).", filter=True)
    plugin: str = column(BASIC, "Módulo.", filter=True)
    enabled: bool = column(BASIC, "Si está activo.")
    reason: str | None = column(BASIC, "Motivo.")
    updated_at: datetime = column(BASIC, "Desde cuándo.", order=True)


@expose(audit.AuditEntry, prefix="aud", description="Cambio registrado en la cadena de auditoría.")
class AuditEntry(Node):
    chain: str = column(BASIC, "Cadena: comuna (CUT) o CL.", filter=True)
    sequence: int = column(BASIC, "Número en su cadena.", order=True)
    at: datetime = column(BASIC, "Cuándo.", filter=True, order=True)
    username: str = column(BASIC, "Quién.", filter=True)
    purpose: str = column(BASIC, "Para qué.")
    action: str = column(BASIC, "Qué operación.", filter=True)
    digest: str = column(BASIC, "Eslabón de la cadena.")


@expose(audit.ReadSubject, prefix="red", description="Lectura del registro de un NNA.")
class ReadSubject(Node):
    commune_code: str = column(BASIC, "Comuna (CUT).", filter=True)
    at: datetime = column(BASIC, "Cuándo.", filter=True, order=True)
    entry: Annotated["ReadEntry", lazy] | None = to_one(BASIC, "Operación.", audit.ReadSubject.entry_id)


@expose(audit.ReadEntry, prefix="rde", description="Operación que leyó registros de NNA.")
class ReadEntry(Node):
    at: datetime = column(BASIC, "Cuándo.", order=True)
    username: str = column(BASIC, "Quién.", filter=True)
    purpose: str = column(BASIC, "Para qué.")
    operation: str | None = column(BASIC, "Nombre de la operación.")

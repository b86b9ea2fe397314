"""What every mutation may answer besides its success, and what every mutation may be asked with."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from core.errors import InvalidInput
from schema.read.kinds import key_of

ASKED = strawberry.argument(description="Lo que se pide.")
ONLY = "Solo decir qué pasaría, sin cambiar nada."


@strawberry.type(description="La operación no se hizo, y por qué. No se guardó nada.")
class Refusal:
    code: str = strawberry.field(description="Código estable, en inglés.")
    message: str = strawberry.field(description="Explicación para una persona, sin datos personales.")
    field: str | None = strawberry.field(description="Campo de la entrada que lo causa.", default=None)
    details: JSON | None = strawberry.field(description="Identificadores, códigos y cifras que ayudan.", default=None)


@strawberry.type(description="Un campo que cambió mientras usted lo editaba.")
class FieldConflict:
    field: str = strawberry.field(description="Campo.")
    yours: str | None = strawberry.field(description="Lo que usted envió.")
    current: str | None = strawberry.field(description="Lo que hay ahora.")


@strawberry.type(description="Otra persona cambió el registro desde que usted lo leyó. No se guardó nada.")
class Conflict:
    code: str = strawberry.field(description="Siempre CONFLICT.", default="CONFLICT")
    message: str = strawberry.field(description="Explicación para una persona.")
    expected_version: int | None = strawberry.field(description="La versión que usted esperaba.", default=None)
    current_version: int | None = strawberry.field(description="La versión que hay ahora.", default=None)
    fields: list[FieldConflict] = strawberry.field(description="Los campos en disputa.", default_factory=list)


@strawberry.input(description="Lo que toda mutación admite.")
class Keyed:
    idempotency_key: UUID | None = strawberry.field(
        default=None,
        description="Clave única de este intento: con la misma clave y los mismos datos se repite la misma respuesta.",
    )


def read_id(text: str, prefix: str, field: str) -> UUID:
    """Return the UUID of a wire id.

    Raises
    ------
    InvalidInput
        If it is not an id of that kind; the value is not repeated.
    """
    kind, _, digits = text.rpartition("_")
    if kind != prefix or len(digits) != 32:
        raise InvalidInput("El identificador no es de este tipo de registro.", field=field)
    key = key_of(digits)
    if key is None:
        raise InvalidInput("El identificador no es válido.", field=field)
    return key


def given(value: Any) -> dict[str, Any]:
    """Return the fields of an input that the client sent, null included."""
    return {name: said for name, said in vars(value).items() if said is not strawberry.UNSET}

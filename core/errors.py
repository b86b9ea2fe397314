"""What a caller may be told.

::

    DomainError                 what a caller may be told
     ├ NotFound   NOT_FOUND     absent, or not theirs to know of
     ├ RuleBroken <leaf code>   a rule of the field forbids it; leaves live in the room that raises them
     ├ Conflict   CONFLICT      the record moved on since it was read
     └ InvalidInput INVALID_INPUT  with the path of the field
    AccessDenied  FORBIDDEN     authz.guard
    anything else INTERNAL      logged in full with an id; told as that id

Codes are stable and English. Messages are Spanish sentences without personal data.
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar
from uuid import UUID


class DomainError(Exception):
    """Something the caller may be told.

    Parameters
    ----------
    message : str
        A Spanish sentence without personal data.
    field : str, optional
        Path of the input field at fault, as the client wrote it (``input.birthDate``).
    details : mapping, optional
        Values that help the client act: ids, codes, numbers; never a name or a RUN.
    about : collection of UUID, optional
        The children by whom it came to this, for the journal of readings alone: never told.
    shows : UUID, optional
        The child of whose record the sentence itself tells, for the journal as well.
    """

    code: ClassVar[str] = "DOMAIN_ERROR"

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        details: Mapping[str, Any] | None = None,
        about: Collection[UUID] = (),
        shows: UUID | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = dict(details or {})
        self.about = frozenset(about)
        self.shows = frozenset({shows} if shows else ())


class NotFound(DomainError):
    """The record is not there, or is not theirs to know of: both look the same."""

    code = "NOT_FOUND"

    def __init__(self, message: str = "No se encontró el registro.", **rest: Any) -> None:
        super().__init__(message, **rest)


class RuleBroken(DomainError):
    """A rule of the field forbids it."""

    code = "RULE_BROKEN"


class Busy(DomainError):
    """Somebody else writes for longer than anybody waits; nothing was kept."""

    code = "BUSY"

    def __init__(self) -> None:
        super().__init__("Se está guardando otra cosa, como un archivo grande; no se guardó nada: reintente pronto.")


class DatabaseUnavailable(DomainError):
    """The database server does not answer: it is stopped, starting, or out of reach."""

    code = "DATABASE_UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__("La base de datos no responde; reintente en un momento.")


class DiskFull(DomainError):
    """There is no room left where the database or the journal of readings is written."""

    code = "DISK_FULL"

    def __init__(self) -> None:
        super().__init__("No queda espacio en el disco del servidor. Avise a quien opera la instalación.")


class DatabaseGone(DomainError):
    """A file of the database was deleted or replaced under the process that has it open; nothing was kept."""

    code = "DATABASE_GONE"

    def __init__(self) -> None:
        super().__init__(
            "Falta un archivo de la base de datos, o es otro que al partir: no se guardó ni se responde nada. Avise a"
            " quien opera la instalación (docs/operator.md)."
        )


class Conflict(DomainError):
    """The record moved on since the caller read it; `details` holds the current version."""

    code = "CONFLICT"

    def __init__(self, message: str = "Otra persona cambió este registro; revise y reintente.", **rest: Any) -> None:
        super().__init__(message, **rest)


class InvalidInput(DomainError):
    """The input cannot be what it says."""

    code = "INVALID_INPUT"


class PluginDisabled(RuleBroken):
    """The municipality has the module switched off; its data stays."""

    code = "PLUGIN_DISABLED"

    def __init__(self, message: str = "La comuna tiene este módulo desactivado.", **rest: Any) -> None:
        super().__init__(message, **rest)

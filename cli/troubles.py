"""What a person is told of an error that ended a command: sentences that name the cause."""

import re
import sqlite3
from typing import Any

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import DatabaseError, OperationalError, ProgrammingError

from authz.guard import AccessDenied
from cli.base import DAMAGED
from core.errors import DomainError
from core.plugins import PluginError

SECRET = {"database_url"}  # it may hold a password
EXPECTED = {
    "enum": "se espera {expected}",
    "literal_error": "se espera {expected}",
    "bool_parsing": "se espera true o false",
    "int_parsing": "se espera un número",
    "greater_than_equal": "el mínimo es {ge}",
    "less_than_equal": "el máximo es {le}",
}
ONE_OF_OURS = {  # what our own checks expect
    "database_url": "se espera sqlite:///archivo o postgresql://servidor/base",
    "cors_origins": "se nombra cada página, y «*» serían todas",
}
OPTION = "OLN_DATABASE_URL lleva una opción que PostgreSQL no admite{name}: quítela o corríjala."
LIST = 'El ajuste {name} lleva una lista, y no está escrito como tal: ["https://…"] (docs/operator.md, «Ajustes»).'
BY_SQLITE = {
    "SQLITE_IOERR": "Error del disco al leer o escribir la base: revise el disco y corra `oln doctor`.",
    "SQLITE_FULL": "No queda espacio en el disco para la base: libere espacio y repita.",
    "SQLITE_READONLY": "La base o su carpeta no se puede escribir: revise sus permisos.",
    "SQLITE_BUSY": "Otro programa está escribiendo en la base: repita cuando termine.",
}


def sentences(error: Exception) -> list[str]:
    """Return what a person may be told of an error; nothing of one that is ours to mend."""
    match error:
        case typer.Abort():
            return ["Cancelado; no se hizo nada."]
        case DomainError() | AccessDenied():
            return [f"{error.message} ({error.code})"]
        case ValidationError():
            return about_settings(error)
        case SettingsError():
            return [about_list(error)]
        case PluginError():
            return [f"Un módulo no puede cargarse: {error}"]
        case OperationalError():
            return [about_database(error)]
        case ProgrammingError() if error.statement is None:  # nothing was asked yet: it is the address
            option = re.search(r'(?:option "|value for )(\w+)', str(error.orig))
            return [OPTION.format(name=f" ({option[1]})" if option else "")]
        case DatabaseError() if type(error.orig) is sqlite3.DatabaseError:  # of a file, and of nothing that we asked
            return [DAMAGED]
    return []


def about_settings(error: ValidationError) -> list[str]:
    """Return a sentence for each setting that cannot be: its name, its value and what it may be."""
    return [_about(one) for one in error.errors()]


def about_list(error: SettingsError) -> str:
    """Return the sentence for a list that is not written as one."""
    found = re.search(r'field "(\w+)"', str(error))
    return LIST.format(name=f"OLN_{found[1].upper()}" if found else "")


def about_database(error: OperationalError) -> str:
    """Return why the database did not do what it was asked."""
    name = getattr(error.orig, "sqlite_errorname", "") if isinstance(error.orig, sqlite3.Error) else ""
    for begins, sentence in BY_SQLITE.items():
        if name.startswith(begins):
            return sentence
    return f"La base de datos no responde ({type(error.orig).__name__}); revise OLN_DATABASE_URL."


def _about(error: Any) -> str:
    setting = "_".join(map(str, error["loc"]))
    value = "" if setting in SECRET else f"={error['input']}"
    context = {name: str(said).replace("'", "").replace(" or ", " o ") for name, said in error.get("ctx", {}).items()}
    known = EXPECTED | {"value_error": ONE_OF_OURS.get(setting, "no es un valor posible")}
    expected = known.get(error["type"], "no es un valor posible").format(**context)
    return f"OLN_{setting.upper()}{value} no puede ser: {expected} (docs/operator.md, «Ajustes»)."

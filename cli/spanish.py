"""What Typer says of its own accord, in Spanish: help pages, and what it refuses before a command begins.

Typer 0.29 passes a few of its words through gettext and keeps most of them in its code. So the pages are changed on the
built commands, those of plugins too, and the sentences by a table, as `schema.sentences` does with GraphQL's.
"""

import re
from typing import Any

import typer
from typer import rich_utils

rich_utils.ARGUMENTS_PANEL_TITLE, rich_utils.OPTIONS_PANEL_TITLE = "Argumentos", "Opciones"
rich_utils.COMMANDS_PANEL_TITLE = "Órdenes"
rich_utils.REQUIRED_LONG_STRING, rich_utils.DEFAULT_STRING = "[obligatorio]", "[si falta: {}]"
rich_utils.ENVVAR_STRING, rich_utils.DEPRECATED_STRING = "[variable: {}]", "(en retirada) "

TYPES = {"<bool>": "", "<int>": "NÚMERO", "<int range>": "NÚMERO", "<str>": "TEXTO", "<path>": "RUTA"}
FORMATS = {"%Y": "AAAA", "%m": "MM", "%d": "DD", "'": ""}
SENTENCES = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"Missing (?:argument|option) (.+?)\. Choose from: (.+)", "Falta {0}. Elija entre: {1}."),
        (r"Missing (?:argument|option) (.+)\.", "Falta {0}."),
        (r"Missing command\.", "Falta la orden."),
        (r"No such command (.+?)\. Did you mean (.+)\?", "No existe la orden {0}. ¿Quiso decir {1}?"),
        (r"No such command (.+)\.", "No existe la orden {0}."),
        (r"No such option: (\S+) \(Possible options: (.+)\)", "No existe la opción {0}. ¿Quiso decir {1}?"),
        (r"No such option: (\S+)", "No existe la opción {0}."),
        (r"Got unexpected extra argument\(s\) \((.+)\)", "Sobra: {0}."),
        (r"Option (.+) requires an argument\.", "A {0} le falta su valor."),
        (r"Option (.+) requires (\d+) arguments\.", "A {0} le faltan valores: son {1}."),
        (r"Option (.+) does not take a value\.", "{0} no lleva un valor."),
        (r"Argument (.+) takes (\d+) values\.", "{0} lleva {1} valores."),
        (r"Invalid value for (.+?): (.+)", "{0}: {1}"),
        (r"Invalid value: (.+)", "{0}"),
        (r"(?:dir|directory|file|path) '(.+)' does not exist\.", "no existe «{0}»."),
        (r"(?:dir|directory|file|path) '(.+)' is a file\.", "«{0}» es un archivo, no una carpeta."),
        (r"(?:dir|directory|file|path) '(.+)' is a directory\.", "«{0}» es una carpeta, no un archivo."),
        (r"(?:dir|directory|file|path) '(.+)' is not readable\.", "«{0}» no se puede leer."),
        (r"(?:dir|directory|file|path) '(.+)' is not writable\.", "no se puede escribir en «{0}»."),
        (r"Input should be a valid (?:integer|number).*", "se espera un número."),
        (r"Input should be a valid boolean.*", "se espera sí o no."),
        (r"Input should be greater than or equal to (\S+)", "el mínimo es {0}."),
        (r"Input should be less than or equal to (\S+)", "el máximo es {0}."),
        (r"Value error, '(.*)' does not match the formats (.+)\.", "«{0}» no está escrito como {1}."),
        (r"Value error, '(.*)' is not one of (.+)\.", "«{0}» no está entre {1}."),
        (r"Value error, (.+)", "{0}"),
    )
)


def in_spanish(message: str) -> str:
    """Return one of Typer's sentences in Spanish; whatever the table does not know stays as it is.

    Examples
    --------
    >>> in_spanish("Invalid value for '--port': Input should be less than or equal to 65535")
    '--port: el máximo es 65535.'
    """
    message = " ".join(message.split())
    for pattern, sentence in SENTENCES:
        if found := pattern.fullmatch(message):
            return sentence.format(*(_part(part) for part in found.groups()))
    return message


def _part(part: str) -> str:
    told = in_spanish(part)
    if told == part:  # a name, a list or a format: without Python's quotes and signs
        for sign, word in FORMATS.items():
            told = told.replace(sign, word)
    return told


def speak_spanish(command: Any) -> None:
    """Turn the help page of a command to Spanish, and of all commands below it."""
    english = command.get_usage
    command.get_usage = lambda ctx: english(ctx).replace("Usage:", "Uso:", 1)
    command.options_metavar = "[OPCIONES]"
    shown = typer.Context(command)
    helping = command.get_help_option(shown)  # made once, and kept by the command
    helping.help = "Muestra esta ayuda y termina."
    for parameter in (*command.params, helping):
        _name_type(parameter, shown)
    if below := getattr(command, "commands", {}):
        command.subcommand_metavar = "ORDEN [ARGUMENTOS]..."
        for one in below.values():
            speak_spanish(one)


def _name_type(parameter: Any, shown: typer.Context) -> None:
    """Show what an option takes by a Spanish word, and of an argument only its name, which says it."""
    if parameter.param_type_name == "argument":
        parameter.display_type_rich = lambda ctx: ""
    elif parameter.metavar is None:
        kind = parameter.display_type(shown)
        parameter.metavar = TYPES.get(kind, kind)

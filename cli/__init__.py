"""The `oln` command: each command opens the host, calls a service and prints what came of it."""

import sys

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import OperationalError
from typer import rich_utils

from authz.guard import AccessDenied
from cli import data, install, server, upkeep
from cli.base import console, open_host
from core.errors import DomainError
from core.plugins import Failure, PluginError, each

MEANT = " no tiene un valor posible; vea docs/operator.md."

# Typer's own headings, in the language of who reads them.
rich_utils.ARGUMENTS_PANEL_TITLE, rich_utils.OPTIONS_PANEL_TITLE = "Argumentos", "Opciones"
rich_utils.COMMANDS_PANEL_TITLE = "Órdenes"
main = typer.Typer(
    name="oln",
    help="Plataforma abierta para las Oficinas Locales de la Niñez.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
main.add_typer(data.commands)
main.add_typer(server.commands)
for name, group in (
    ("install", install.install),
    ("nomina", data.nomina),
    ("score", data.score),
    ("db", upkeep.db),
    ("plugins", upkeep.plugins),
    ("audit", upkeep.audit),
):
    main.add_typer(group, name=name)


def mount_plugins(words: list[str]) -> None:
    """Add plugins' own commands, where the first word is none of ours: loading them takes its time."""
    built = typer.main.get_command(main)
    ours = set(getattr(built, "commands", {}))
    if words and (words[0] in ours or words[0].startswith("-")):
        return
    for name, commands in each(open_host().plugins, "oln_commands"):
        if not isinstance(commands, Failure):
            main.add_typer(commands, name=name)


def run() -> None:
    """Enter here: what a person may be told is a sentence and an exit code, never a traceback."""
    try:
        mount_plugins(sys.argv[1:])
        main()
    except (DomainError, AccessDenied) as error:
        refuse(f"{error.message} [dim]({error.code})[/dim]")
    except ValidationError as error:
        refuse("El ajuste " + ", ".join(f"OLN_{'_'.join(map(str, e['loc'])).upper()}" for e in error.errors()) + MEANT)
    except SettingsError:
        refuse('Un ajuste que lleva una lista no está escrito como tal: ["https://…"].')
    except PluginError as error:
        refuse(f"Un módulo no puede cargarse: {error}")
    except OperationalError as error:
        refuse(f"La base de datos no responde ({type(error.orig).__name__}); revise OLN_DATABASE_URL.")


def refuse(sentence: str) -> None:
    console.print(f"[red]✗[/red] {sentence}")
    sys.exit(1)

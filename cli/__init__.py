"""The `oln` command: each command opens the host, calls a service and prints what came of it."""

import sys

import typer
from typer import rich_utils

from authz.guard import AccessDenied
from cli import data, server, upkeep
from cli.base import console
from core.errors import DomainError

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
    ("nomina", data.nomina),
    ("score", data.score),
    ("db", upkeep.db),
    ("plugins", upkeep.plugins),
    ("audit", upkeep.audit),
):
    main.add_typer(group, name=name)


def run() -> None:
    """Enter here: what a person may be told is a sentence and an exit code, never a traceback."""
    try:
        main()
    except (DomainError, AccessDenied) as error:
        console.print(f"[red]✗[/red] {error.message} [dim]({error.code})[/dim]")
        sys.exit(1)

"""The `oln` command: each command opens the host, calls a service and prints what came of it."""

import sys

import typer

from authz.guard import AccessDenied
from cli import data, server, upkeep
from cli.base import console
from core.errors import DomainError

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

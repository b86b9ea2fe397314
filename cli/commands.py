"""All commands under one name, and what a person is told where one does not come to its end."""

import sys
from typing import Any

import typer

from cli import data, doctor, install, server, upkeep
from cli.base import complain, complaints, interruptible, plugin_manager
from cli.spanish import in_spanish, speak_spanish
from cli.troubles import sentences
from core.plugins import Failure, each

main = typer.Typer(
    name="oln",
    help="Plataforma abierta para las Oficinas Locales de la Niñez.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
main.add_typer(data.commands)
main.add_typer(server.commands)
main.add_typer(doctor.commands)
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
    for name, commands in each(plugin_manager(), "oln_commands"):
        if not isinstance(commands, Failure):
            main.add_typer(commands, name=name)


def enter() -> None:
    """Obey the words of the command line: what a person may be told is a sentence and a code, never a traceback."""
    try:
        sys.exit(obey(sys.argv[1:]))
    except KeyboardInterrupt:  # before the command began
        complain("Interrumpido; no se hizo nada.")
        sys.exit(130)
    except Exception as error:
        if not (said := sentences(error)):
            raise
        for sentence in said:
            complain(sentence)
    sys.exit(1)


def obey(words: list[str]) -> int:
    """Do what the words say, and return the exit code; what they get wrong is told in Spanish."""
    mount_plugins(words)
    built: Any = typer.main.get_command(main)
    speak_spanish(built)
    do = built.invoke
    built.invoke = lambda ctx: stoppable(do, ctx)
    try:
        return int(built.main(words, "oln", standalone_mode=False) or 0)
    except typer.TyperException as error:
        return misused(error)


def stoppable(do: Any, context: Any) -> Any:
    """Do a command, and say what is left where somebody stops it; Typer would end without a word."""
    with interruptible():
        return do(context)


def misused(error: Any) -> int:
    """Say what is wrong with the words, and how they go."""
    if said := error.format_message():  # without a word, the help page has just been shown
        complain(in_spanish(said))
        if context := getattr(error, "ctx", None):
            usage, path = context.get_usage(), context.command_path
            complaints.print(f"  {usage}\n  Ayuda: {path} --help", markup=False)
    return int(error.exit_code)

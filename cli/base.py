"""What every command shares: the host, who acts, the console and its bars."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core.settings import settings
from plugins import OURS

if TYPE_CHECKING:
    from pluggy import PluginManager

    from authz.actor import Actor
    from core.host import Host

console = Console(highlight=False)
complaints = Console(highlight=False, stderr=True)  # so that `TOKEN=$(oln token …)` never takes a refusal for a token
As = Annotated[
    str | None,
    typer.Option("--as", metavar="USUARIO", help="En nombre de quién, con sus permisos; si falta, la plataforma."),
]
Commune = Annotated[str, typer.Argument(metavar="COMUNA", help="Código único territorial: 13101.")]


def complain(sentence: str) -> None:
    complaints.print(f"[red]✗[/red] {escape(sentence)}")


def refuse(sentence: str, code: int = 1) -> NoReturn:
    """Say why not, and end: 1 where it cannot be done, 2 where it was asked for wrongly."""
    complain(sentence)
    raise typer.Exit(code)


def make_host() -> "Host":
    """Open a host, with fresh keys where there is no installation yet: for the commands that make one."""
    from core import opening
    from core.logs import configure_logs

    if settings().has_lost_keys:
        refuse(
            f"Falta {settings().keys_file.absolute()}: recupere las claves de su respaldo. Sin ellas no se lee lo que"
            " está cifrado en esta base."
        )
    os.umask(0o077)  # what we write holds people: only its owner reads it
    configure_logs(settings().log_level)
    try:
        return opening.make_host(settings(), OURS)
    except PermissionError:
        refuse(
            f"Revise los permisos de {settings().home.absolute()}: la carpeta debe ser suya, y keys.json legible solo"
            " para su dueño (chmod 600)."
        )


def open_host() -> "Host":
    """Open the host of the installation that is there; where there is none, say so and write nothing."""
    if not settings().is_installed and not settings().has_lost_keys:
        refuse(
            f"No hay instalación en la carpeta {settings().home.absolute()}. Cree una con `oln demo` (demostración) u"
            " `oln install start`; si está en otra carpeta, dígala con OLN_HOME."
        )
    return make_host()


def ready_host() -> "Host":
    """Open a host whose database is there and up to date, or say what to run."""
    from core.upgrade import status

    host = open_host()
    if behind := [name for name, at, newest in status(host) if at != newest]:
        refuse(f"La base no está al día ({', '.join(behind)}): corra `oln demo` o `oln db upgrade`.")
    return host


@contextmanager
def upgrading() -> Iterator[None]:
    """Tell of a revision that could not be applied in a sentence, and what it left."""
    from core.upgrade import UpgradeError

    try:
        yield
    except UpgradeError as error:
        refuse(f"No se pudo cambiar la versión de la base, que quedó como estaba. Detalle: {error}.")


def plugin_manager() -> "PluginManager":
    """Load the plugins alone: neither keys nor a database are needed to know what there is."""
    from core.plugins import load_plugins

    return load_plugins(OURS, third_party=settings().third_party_plugins)


def acting(host: "Host", username: str | None) -> "Actor | None":
    from core.errors import NotFound
    from core.services.access import find_username, load_actor

    if username is None:
        return None
    with host.unit_of_work(None, "cli", reason="who acts on the command line") as uow:
        user = find_username(uow.session, username)
    if user is None:
        raise NotFound("No existe esa persona usuaria; vea `oln users`.")
    return load_actor(host, user)


class Bars:
    """Progress bars: a callable `(stage, done, total)`; one line a stage where nobody watches."""

    def __init__(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description:<34}"), BarColumn(20), MofNCompleteColumn())
        self.progress = Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal)
        self.tasks: dict[str, Any] = {}

    def __enter__(self) -> "Bars":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self.tasks:
            self.tasks[stage] = self.progress.add_task(stage, total=total)
            if not console.is_terminal:
                console.print(f"  {stage}")
        self.progress.update(self.tasks[stage], completed=done, total=total)


def sure(question: str) -> bool:
    return console.input(f"{escape(question)} \\[s/N] ").strip().lower() in ("s", "si", "sí")


def thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")

"""What every command shares: the host, who acts, the console and its bars."""

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from plugins import OURS

if TYPE_CHECKING:
    from authz.actor import Actor
    from core.host import Host

console = Console(highlight=False)
As = Annotated[str | None, typer.Option("--as", help="En nombre de quién, con sus permisos; si falta, la plataforma.")]
Commune = Annotated[str, typer.Argument(metavar="COMUNA", help="Código único territorial: 13101.")]


def open_host() -> "Host":
    from core.logs import configure_logs
    from core.opening import make_host
    from core.settings import settings

    os.umask(0o077)  # what we write holds people: only its owner reads it
    configure_logs(settings().log_level)
    return make_host(settings(), OURS)


def ready_host() -> "Host":
    """Open a host whose database is there and up to date, or say what to run."""
    from core.upgrade import status

    host = open_host()
    if behind := [name for name, at, newest in status(host) if at != newest]:
        console.print(
            f"[red]✗[/red] La base no está al día ({', '.join(behind)}): corra `oln demo` o `oln db upgrade`."
        )
        raise typer.Exit(1)
    return host


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


def thousands(number: int) -> str:
    return f"{number:,}".replace(",", ".")

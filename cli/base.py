"""What every command shares: the host, who acts, the console and its bars."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core.settings import InstallationKind, settings
from plugins import OURS

if TYPE_CHECKING:
    from pluggy import PluginManager

    from authz.actor import Actor
    from core.host import Host

console = Console(highlight=False)
complaints = Console(highlight=False, stderr=True)  # so that `TOKEN=$(oln token …)` never takes a refusal for a token
DAMAGED = "La base está dañada: recupere un respaldo (docs/operator.md, «Respaldos») y corra `oln audit verify`."
UNDONE = "Lo que ya estaba guardado quedó; lo que estaba a medias se deshizo."
UNCREATED = (
    "El módulo {plugin} no puede usarse: declara la tabla {table} y ninguna de sus revisiones la crea. Pida a quien lo"
    " escribió una versión completa, o desinstálelo."
)
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


def refuse_run(text: str, option: str) -> None:
    """Refuse what looks like a RUN in a text that the audit keeps in clear."""
    from core.identity import scrub

    if scrub(text) != text:
        refuse(f"{option} parece contener un RUN: quítelo, porque la auditoría guarda ese texto a la vista.", 2)


def make_host() -> "Host":
    """Open a host, with fresh keys where there is no installation yet: for the commands that make one."""
    from core import opening
    from core.logs import configure_logs
    from core.services.installation import check_open

    with home_in_reach():
        refuse_losses()
        os.umask(0o077)  # what we write holds people: only its owner reads it
        configure_logs(settings().log_level)
        with fresh_keys():
            host = opening.make_host(settings(), OURS)
            if problem := check_open(host):
                refuse(problem.message)
    return host


@contextmanager
def home_in_reach() -> Iterator[None]:
    """Tell in a sentence of a folder that cannot be made or read."""
    home = settings().home.absolute()
    try:
        yield
    except PermissionError:
        refuse(
            f"Revise los permisos de {home}: la carpeta debe ser suya, y keys.json legible solo para su dueño"
            " (chmod 600)."
        )
    except OSError:
        refuse(f"No se puede crear ni usar la carpeta {home}: revise OLN_HOME y el espacio en el disco.")


def refuse_losses() -> None:
    """Make nothing new beside what is left of an installation, and nothing of keys that cannot be read."""
    from core.identity import KeyRing
    from core.services.installation import holds_installation

    here = settings()
    if here.has_lost_base and here.database_file:
        gone = here.database_file.absolute()
        refuse(f"Falta la base {gone}: recupere su respaldo. Si está en otra parte, dígalo con OLN_DATABASE_URL.")
    served = here.database_file is None and not here.keys_file.exists()
    if here.has_lost_keys or (served and holds_installation(here.database)):
        refuse(
            f"Falta {here.keys_file.absolute()}: recupere las claves de su respaldo. Sin ellas no se lee lo que está"
            " cifrado en esta base."
        )
    try:
        if here.keys_file.exists():
            KeyRing.load(here.keys_file)
    except ValueError:
        refuse(f"No se entiende {here.keys_file.absolute()}: recupere las claves de su respaldo.")


@contextmanager
def fresh_keys() -> Iterator[None]:
    """Take away keys that were made just now, where the base did not open: nothing was written with them."""
    there = settings().keys_file.exists()
    try:
        yield
    except BaseException:
        if not there:
            settings().keys_file.unlink(missing_ok=True)
        raise


def open_host() -> "Host":
    """Open the host of the installation that is there; where there is none, say so and write nothing."""
    with home_in_reach():
        refuse_losses()
    if not settings().is_installed:
        refuse(
            f"No hay instalación en la carpeta {settings().home.absolute()}. Cree una con `oln demo` (demostración) u"
            " `oln install start`; si está en otra carpeta, dígala con OLN_HOME."
        )
    return make_host()


def ready_host() -> "Host":
    """Open a host whose database is there, up to date and made to its end, or say what to run."""
    from core.services.installation import unfinished_demo

    host = open_host()
    if said := behind(host):
        refuse(said)
    if problem := unfinished_demo(host):
        refuse(problem.message)
    return host


def behind(host: "Host") -> str:
    """Say which lineages are older than the program, or lack a table, and what to do; nothing where all is there."""
    from core.services.installation import installed
    from core.upgrade import status, uncreated

    if not (older := [name for name, at, newest in status(host) if at != newest]):
        return next((UNCREATED.format(plugin=plugin, table=table) for plugin, table in uncreated(host)), "")
    begun = host.settings.installation is InstallationKind.REAL or installed(host)
    return f"La base no está al día ({', '.join(older)}): corra `oln {'db upgrade' if begun else 'demo'}`."


@contextmanager
def interruptible(left: str = UNDONE) -> Iterator[None]:
    """Say what is left where a person stops a command with Ctrl+C."""
    try:
        yield
    except KeyboardInterrupt:
        refuse(f"Interrumpido. {left}", 130)


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

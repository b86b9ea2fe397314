"""Looking after an installation: what keeps it from starting, and what somebody should know of."""

import asyncio
import shutil
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from cli.base import DAMAGED, behind, complain, console, open_host

if TYPE_CHECKING:
    from core.host import Host

commands = typer.Typer()
PATIENCE = 5  # seconds for the identity provider to answer
ROOM = 200 << 20  # bytes under which somebody should know


@commands.command()
def doctor() -> None:
    """Revisa la instalación y dice qué falta."""
    from core.jobs import undelivered
    from core.plugins import health
    from scoring.services.models import model_trouble

    host = open_host()
    said = damage(host) or problems(host) or weakened(host)
    if not said:
        said = [f"{part}: {what}" for part, what in sorted(health(host.plugins).items())]
        said += model_trouble(host.settings, host.ring)
        said += [f"Eventos sin entregar a {plugin}: {many}." for plugin, many in sorted(undelivered(host).items())]
    for line in said:
        console.print(f"[red]✗[/red] {escape(line)}")
    noted = [] if said else [*cramped(host), *overdue(host), *unanswered(host)]
    for line in noted:
        console.print(f"[yellow]![/yellow] {escape(line)}")
    if not said:
        console.print(f"[green]✓[/green] {'Nada impide partir; revise lo anterior.' if noted else 'Todo en orden.'}")
    raise typer.Exit(1 if said else 0)


def overdue(host: "Host") -> list[str]:
    """Say which jobs nobody does, though somebody did: a server that is stopped, or one whose jobs wait for nothing."""
    from core.jobs import Worker

    ago = "La tarea {name} espera desde el {since:%d-%m-%Y a las %H:%M}: ¿está andando `oln serve` u `oln work`?"
    found = sorted(Worker(host).overdue().items())
    return [ago.format(name=name, since=since.astimezone()) for name, since in found]


def unanswered(host: "Host") -> list[str]:
    """Ask the identity provider, as the server will with the first token, and say why nobody could come in."""
    import httpx

    from schema.tokens import OidcIssuer

    async def ask() -> str:
        async with httpx.AsyncClient() as http:
            return await OidcIssuer(url, host.settings.audience, http).trouble(PATIENCE)

    why = asyncio.run(ask()) if (url := host.settings.issuer) else ""
    return [f"{url}: {why}. Con sus tokens nadie entra hasta que se corrija (OLN_ISSUER)."] if why else []


def weakened(host: "Host") -> list[str]:
    """Say what the audit lacks that would show or stop a change: nothing stops for it, but somebody must know."""
    from core.audit import missing_anchors, unguarded
    from core.database import snapshot

    with snapshot(host.database, "whether what guards the audit is in its place") as session:
        found = list(unguarded(session.connection()))
        if host.settings.keeps_journal:
            found += missing_anchors(session.connection(), host.ring, host.settings.home)
    return [*(one.message for one in found), *stuck(host)]


def stuck(host: "Host") -> list[str]:
    """Say which journals of readings are broken, each once: what stands behind that reaches no base."""
    from core.journal import verify_journal
    from core.journal.sinks import SUFFIX

    files = sorted(host.settings.journal_folder.glob(f"*{SUFFIX}"))
    broken = (verify_journal(path, host.ring.audit) for path in files)
    return [f"{found[0].message} Lo que sigue no pasa a la base (docs/operator.md)." for found in broken if found]


def cramped(host: "Host") -> list[str]:
    """Say that there is hardly any room left for the base, the journal of readings and the audit's anchors."""
    left = shutil.disk_usage(host.settings.home).free
    return [f"Quedan {left >> 20} MB en el disco de {host.settings.home}: libere espacio."] if left < ROOM else []


def damage(host: "Host") -> list[str]:
    """Read an embedded base page by page, which no other command does."""
    if host.settings.database_file is None:
        return []
    with host.database.connect() as connection:
        said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    return [] if said == "ok" else [DAMAGED]


def problems(host: "Host") -> list[str]:
    """Return what keeps this installation from starting."""
    from core.services.installation import check_start
    from scoring.services.models import model_in_use

    if said := behind(host):
        return [said]
    model = model_in_use(host.settings, host.ring)
    synthetic = bool(model and model.manifest["data_kind"] == "SYNTHETIC")
    return [problem.message for problem in check_start(host, synthetic_model=synthetic)]


def check_start(host: "Host") -> None:
    found = problems(host)
    for problem in found:
        complain(problem)
    if found:
        raise typer.Exit(1)

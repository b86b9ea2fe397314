"""Serving, working in the background, and looking after the installation."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.base import acting, console, open_host, ready_host

if TYPE_CHECKING:
    from core.host import Host

commands = typer.Typer()


@commands.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Puerto; si falta, OLN_PORT.", metavar="NÚMERO")] = None,
    host: Annotated[str | None, typer.Option(help="Dirección; si falta, OLN_HOST.", metavar="DIRECCIÓN")] = None,
) -> None:
    """Sirve la API GraphQL y, en demostración, el explorador."""
    import uvicorn

    from app import create_app

    opened = open_host()
    host, port = host or opened.settings.host, port or opened.settings.port
    check_start(opened)
    welcome(opened, f"http://{host}:{port}/graphql")
    uvicorn.run(create_app(opened), host=host, port=port, log_config=None, server_header=False, date_header=False)


@commands.command()
def users() -> None:
    """Lista las personas usuarias y sus roles vigentes."""
    from core.services.users.listing import people_with_roles

    host = ready_host()
    table = Table("Usuario", "Rol", "Territorio", box=None)
    with host.unit_of_work(None, "users", reason="the operator lists users") as uow:
        for username, role, territory in people_with_roles(uow):
            table.add_row(username, role.lower(), territory)
    console.print(table)


@commands.command()
def token(
    username: Annotated[str, typer.Argument(metavar="USUARIO", help="Como en `oln users`: coordinator.13101.")],
) -> None:
    """Imprime un token de desarrollo para una cuenta de demostración."""
    from schema.tokens import DevelopmentIssuer

    host = ready_host()
    if host.settings.installation != "DEMO":
        console.print("[red]✗[/red] En una instalación REAL los tokens los da su proveedor de identidad.")
        raise typer.Exit(1)
    acting(host, username)
    issuer = DevelopmentIssuer(host.ring, host.settings.installation, host.settings.audience)
    print(issuer.issue(username, datetime.now(UTC)))  # noqa: T201  # nothing but the token, for a shell variable


@commands.command()
def work(once: Annotated[bool, typer.Option("--once", help="Una vuelta y terminar.")] = False) -> None:
    """Corre las tareas de fondo: eventos, bitácora de lecturas, vencimientos."""
    from core.jobs import Worker

    worker = Worker(ready_host())
    if once:
        did = ", ".join(f"{name}: {done}" for name, done in worker.run_due().items() if done)
        console.print(did or "Nada pendiente.")
    else:
        worker.work()


@commands.command()
def schema() -> None:
    """Imprime el esquema GraphQL (SDL)."""
    from app import make_schema
    from schema.limits import Limits

    print(make_schema(open_host(), Limits()).as_str())  # noqa: T201  # for a file


@commands.command()
def doctor() -> None:
    """Revisa la instalación y dice qué falta."""
    from core.jobs import undelivered
    from core.plugins import health

    host = open_host()
    said = problems(host)
    if not said:
        said = [f"{part}: {what}" for part, what in sorted(health(host.plugins).items())]
        said += [f"Eventos sin entregar a {plugin}: {many}." for plugin, many in sorted(undelivered(host).items())]
    for line in said:
        console.print(f"[red]✗[/red] {line}")
    if not said:
        console.print("[green]✓[/green] Todo en orden.")
    raise typer.Exit(1 if said else 0)


def problems(host: "Host") -> list[str]:
    """Return what keeps this installation from starting."""
    from core.services.installation import check_start
    from core.upgrade import status
    from scoring.services.models import active_model

    if behind := [name for name, at, newest in status(host) if at != newest]:
        return [f"La base no está al día ({', '.join(behind)}): corra `oln demo` o `oln db upgrade`."]
    model = active_model(host.settings, host.ring)
    synthetic = bool(model and model.manifest["data_kind"] == "SYNTHETIC")
    return [problem.message for problem in check_start(host, synthetic_model=synthetic)]


def check_start(host: "Host") -> None:
    found = problems(host)
    for problem in found:
        console.print(f"[red]✗[/red] {problem}")
    if found:
        raise typer.Exit(1)


def welcome(host: "Host", address: str) -> None:
    """Say where everything is, and one query that can be copied."""
    from schema.tokens import DevelopmentIssuer

    console.print(f"[bold]OLN[/bold] · instalación {host.settings.installation} · API en [bold]{address}[/bold]")
    if host.settings.installation != "DEMO":
        return
    token = DevelopmentIssuer(host.ring, host.settings.installation, host.settings.audience).issue(
        "coordinator.13101", datetime.now(UTC)
    )
    today: date = host.clock.today()
    console.print(f"Explorador: {address} en el navegador. Hoy, en el país de demostración, es {today:%d-%m-%Y}.")
    console.print(
        "Todas las personas son inventadas. Otra cuenta: [bold]oln users[/bold], [bold]oln token USUARIO[/bold]."
    )
    console.print("\nUna primera consulta, para copiar:\n")
    query = '{"query":"{ viewer { username } nomina(communeCode: \\"13101\\") { period listed } }"}'
    lines = f"curl -s {address}", "-H 'Content-Type: application/json'", f"-H 'Authorization: Bearer {token}'"
    print(" \\\n  ".join((*lines, f"-d '{query}'")), flush=True)  # noqa: T201  # rich would wrap it

"""Serving, working in the background, and looking after the installation."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cli.base import acting, console, open_host, plugin_manager, ready_host, refuse
from cli.doctor import check_start, weakened
from cli.welcome import listen, warn, welcome
from core.settings import settings

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from core.host import Host

commands = typer.Typer()
LAST_ANSWERS = 20  # seconds: more than an operation lasts


@commands.command()
def serve(
    port: Annotated[
        int | None, typer.Option(help="Puerto; si falta, OLN_PORT.", metavar="NÚMERO", min=1, max=65_535)
    ] = None,
    host: Annotated[str | None, typer.Option(help="Dirección; si falta, OLN_HOST.", metavar="DIRECCIÓN")] = None,
) -> None:
    """Sirve la API GraphQL y, en demostración, el explorador."""
    from app import create_app

    opened = open_host()
    host, port = host or opened.settings.host, port or opened.settings.port
    check_start(opened)
    listener, server = listen(host, port), server_of(create_app(opened))
    welcome(opened, host, port)
    warn(opened, host)
    for said in weakened(opened):
        console.print(f"\n[yellow]![/yellow] {said}")
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:  # told to stop, and it has stopped
        console.print("Detenido.")
    raise typer.Exit(0 if server.started else 1)


def server_of(app: "Starlette") -> "uvicorn.Server":
    """Return the server of an application: told to stop, it answers for some seconds more, whoever does not read."""
    import uvicorn

    plain: dict[str, Any] = {"log_config": None, "server_header": False, "date_header": False}
    return uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=LAST_ANSWERS, **plain))


@commands.command()
def users() -> None:
    """Lista las personas usuarias: si firmaron el acuerdo, y sus roles vigentes o por venir."""
    from core.reference import role_name
    from core.services.users.listing import people_with_roles

    host = ready_host()
    with host.unit_of_work(None, "users", reason="the operator lists users") as uow:
        for one in people_with_roles(uow):
            signed = "firmó" if one.signed else "[yellow]sin firmar[/yellow]"
            console.print(f"[bold]{escape(one.username)}[/bold] · {escape(one.display_name)} · {signed}")
            for role in one.roles:
                lasts = days(role.valid_from, role.valid_until)
                console.print(f"  {role_name(role.role)} ({role.role}) en {role.territory}, {lasts}")
                if role.substitutes:
                    console.print(f"    reemplaza a {escape(role.substitutes)}")


def days(start: date, until: date | None) -> str:
    """Return from when to when, as people count: the last day is one of them."""
    if until is None:
        return f"desde el {start:%d-%m-%Y}"
    return f"del {start:%d-%m-%Y} al {until - timedelta(days=1):%d-%m-%Y}"


@commands.command()
def token(
    username: Annotated[str, typer.Argument(metavar="USUARIO", help="Como en `oln users`: coordinator.13101.")],
) -> None:
    """Imprime un token de desarrollo para una cuenta de la demostración."""
    from schema.tokens import DevelopmentIssuer

    host = ready_host()
    if host.settings.installation != "DEMO":
        refuse("En una instalación REAL los tokens los da su proveedor de identidad.")
    acting(host, username)
    issuer = DevelopmentIssuer(host.ring, host.settings.installation, host.settings.audience)
    subject = subject_at(host, username, issuer.name)
    print(issuer.issue(subject, datetime.now(UTC)))  # noqa: T201  # nothing but the token, for a shell variable


def subject_at(host: "Host", username: str, issuer: str) -> str:
    """Return what a provider calls somebody who has an account; refuse whom another provider lets in."""
    from core.services.access import find_username

    with host.unit_of_work(None, "token", reason="whom a token names") as uow:
        user = find_username(uow.session, username)
    if user is None or user.issuer != issuer or user.subject is None:
        refuse("Esa cuenta entra con otro proveedor de identidad: pídale el token a él.")
    return user.subject


@commands.command()
def work(once: Annotated[bool, typer.Option("--once", help="Una vuelta y terminar.")] = False) -> None:
    """Corre las tareas de fondo: eventos, bitácora de lecturas, vencimientos."""
    from core.jobs import Worker

    worker = Worker(ready_host())
    if once:
        did = ", ".join(f"{name}: {done}" for name, done in worker.run_due().items() if done)
        console.print(did or "Nada pendiente.")
        return
    try:
        worker.work()
    except KeyboardInterrupt:
        console.print("Detenido; lo pendiente espera a la próxima vez.")


@commands.command()
def schema() -> None:
    """Imprime el esquema GraphQL (SDL)."""
    from core.host import Host
    from core.identity import KeyRing
    from schema.core import make_schema
    from schema.limits import Limits

    nowhere = Host(settings(), plugin_manager(), KeyRing.generate())  # the schema is the same without an installation
    print(make_schema(nowhere, Limits()).as_str())  # noqa: T201  # for a file

"""How `oln serve` begins: it takes its port, says where everything is, and warns of whoever else may come in."""

import errno
import os
import shlex
import socket
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from cli.base import console, refuse
from core.settings import InstallationKind

if TYPE_CHECKING:
    from core.host import Host

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # heard on, and no address that anybody can ask
QUERY = '{"query":"{ nomina(communeCode: \\"%s\\") { period listed } }"}'


def listen(host: str, port: int) -> socket.socket:
    """Take the port before a word is said of it, or say who has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2_048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            refuse(f"El puerto {port} ya está en uso: detenga el otro programa o elija otro con --port.")
        if error.errno == errno.EACCES:
            refuse(f"El puerto {port} pide permisos especiales: elija uno desde 1024 con --port.")
        refuse(f"No se puede escuchar en {host}: revise la dirección de --host u OLN_HOST.")


def welcome(host: "Host", address: str, port: int) -> None:
    """Say where everything is, and one query that can be copied as it stands."""
    name = ANYWHERE.get(address, address)
    url = f"http://{f'[{name}]' if ':' in name else name}:{port}/graphql"
    console.print(f"[bold]OLN[/bold] · instalación {host.settings.installation} · API en [bold]{url}[/bold]")
    if host.settings.installation is not InstallationKind.DEMO:
        return
    if host.settings.shows_explorer:
        console.print("Con el navegador, en esa misma dirección, está el explorador.")
    console.print(f"En el país de demostración es el {host.clock.today():%d-%m-%Y}. Todas las personas son inventadas.")
    if commune := shown_commune(host):
        show_query(url, commune)
    print(f"\nOtras cuentas: {called()} users\nPara detener: Ctrl+C.", flush=True)  # noqa: T201  # as above


def show_query(url: str, commune: str) -> None:
    """Print a first query; the token is asked for when it is pasted, since a banner ends in logs and on screens."""
    console.print("\nUna primera consulta, para pegar en otra terminal, en esta misma carpeta:\n")
    lines = (
        f"curl -s {url} -H 'Content-Type: application/json'",
        f'-H "Authorization: Bearer $({called()} token coordinator.{commune})"',
        f"-d '{QUERY % commune}'",
    )
    print(" \\\n  ".join(lines), flush=True)  # noqa: T201  # rich would wrap it


def shown_commune(host: "Host") -> str | None:
    """Return a commune that has a coordinator: that of the guides, where the country has it."""
    from core.services.users.listing import people_with_roles

    with host.unit_of_work(None, "serve", reason="whose first query is shown") as uow:
        held = ((one.username, role.territory) for one in people_with_roles(uow) for role in one.roles)
        found = [where for name, where in held if name == f"coordinator.{where}"]
    return "13101" if "13101" in found else next(iter(found), None)


def called() -> str:
    """Return how another terminal, in the same folder, calls the very `oln` that serves."""
    path = Path(sys.argv[0]).absolute()
    name = shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))
    home = f"OLN_HOME={shlex.quote(os.environ['OLN_HOME'])} " if "OLN_HOME" in os.environ else ""
    return home + (name if path.name == "oln" else "oln")


def warn(host: "Host", address: str) -> None:
    """Say what it means that others of the network can ask."""
    if is_loopback(address):
        return
    if host.settings.installation is InstallationKind.DEMO:
        sentence = (
            "Se escucha fuera de este equipo: quien tenga un token de demostración entra desde la red, sin cifrado."
            " No use datos verdaderos."
        )
    else:
        sentence = "Se escucha fuera de este equipo y sin cifrado: ponga delante un servidor con TLS."
    console.print(f"\n[yellow]![/yellow] {sentence}")


def is_loopback(address: str) -> bool:
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False

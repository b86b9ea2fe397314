"""Keeping the installation: database versions, modules, the audit."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from cli.base import As, Commune, acting, console, open_host, ready_host, refuse, sure, upgrading

if TYPE_CHECKING:
    from core.host import Host

db = typer.Typer(help="La base de datos y sus versiones.", no_args_is_help=True)
plugins = typer.Typer(help="Módulos instalados, y en qué comunas están activos.", no_args_is_help=True)
audit = typer.Typer(help="La auditoría.", no_args_is_help=True)

Plugin = Annotated[str, typer.Argument(metavar="MÓDULO", help="Nombre estable: vea `oln plugins list`.")]
Reason = Annotated[str, typer.Argument(metavar="MOTIVO", help="Por qué; queda en la auditoría.")]

Accept = Annotated[
    str | None,
    typer.Option("--accept-anchor", metavar="MOTIVO", help="Seguir sin el audit-anchor.jsonl que falta, y por qué."),
]
Who = Annotated[str | None, typer.Option("--by", metavar="NOMBRE", help="Quién lo acepta, y su cargo.")]


@db.command("upgrade")
def db_upgrade() -> None:
    """Lleva la base a la versión del programa."""
    from core.upgrade import upgrade

    host = open_host()
    with upgrading():
        upgrade(host)
    db_status()


@db.command("downgrade")
def db_downgrade(
    lineage: Annotated[str, typer.Argument(metavar="LINAJE", help="core, o el nombre de un módulo.")],
    revision: Annotated[str, typer.Argument(metavar="REVISIÓN", help="Revisión, o base.")],
    yes: Annotated[bool, typer.Option("--yes", help="Sin preguntar.")] = False,
) -> None:
    """Devuelve un linaje (core o un módulo) a una revisión; lo que esa no conoce se pierde."""
    from core.upgrade import downgrade, lineages

    host = open_host()
    if lineage not in (names := [one.name for one in lineages(host)]):
        refuse(f"No existe el linaje {lineage}; hay {', '.join(names)}.")
    if not yes and not sure(f"Se perderán las tablas y columnas de {lineage} posteriores a {revision}. ¿Seguir?"):
        raise typer.Abort
    with upgrading():
        downgrade(host, lineage, revision)
    db_status()


@db.command("status")
def db_status() -> None:
    """Dice en qué versión está la base."""
    from core.upgrade import status

    table = Table("Linaje", "En la base", "Más nueva", box=None)
    for lineage, at, newest in status(open_host()):
        table.add_row(lineage, at or "—", newest or "—")
    console.print(table)


@plugins.command("list")
def plugins_list() -> None:
    """Lista los módulos instalados."""
    host = ready_host()
    table = Table("Módulo", "Nombre", "Versión", "Comunas activas", box=None)
    for name, on in sorted(host.modules().items()):
        table.add_row(name, host.infos[name].label, host.infos[name].version, str(len(on)))
    console.print(table if host.modules() else "No hay módulos instalados.")


@plugins.command("enable")
def plugins_enable(plugin: Plugin, commune: Commune, reason: Reason, user: As = None) -> None:
    """Activa un módulo en una comuna."""
    switch(plugin, commune, True, reason, user)


@plugins.command("disable")
def plugins_disable(plugin: Plugin, commune: Commune, reason: Reason, user: As = None) -> None:
    """Desactiva un módulo en una comuna; sus datos se conservan."""
    switch(plugin, commune, False, reason, user)


@audit.command("verify")
def audit_verify(accept: Accept = None, by: Who = None) -> None:
    """Recorre las cadenas: un registro editado, borrado, movido o cortado se nota."""
    from core.audit import anchor, verify
    from core.database import snapshot
    from core.journal import verify_reads

    host = ready_host()
    ring, home, folder = host.ring, host.settings.home, host.settings.journal_folder
    if accept is not None or by is not None:
        accept_anchor(host, (accept or "").strip(), (by or "").strip())
    with snapshot(host.database, "the operator verifies the audit") as session:
        found = verify(session, ring, home)
    with snapshot(host.database, "the operator verifies the read audit") as session:
        found += verify_reads(session, folder, ring.audit, home)
    for finding in found:
        console.print(f"[red]✗[/red] {finding.message}")
    if not found:
        with host.transaction(None, "audit verify", reason="the chains are anchored as they stand") as uow:
            connection, durable = uow.session.connection(), host.settings.keeps_journal
            anchor(connection, ring.audit, home, datetime.now(UTC), durable=durable)
        console.print("[green]✓[/green] Las cadenas están enteras.")
    raise typer.Exit(1 if found else 0)


def accept_anchor(host: "Host", reason: str, name: str) -> None:
    """Go on without the anchor file that is missing; who says so and why stand in the audit."""
    from core.audit import accept_anchor, anchors_are_known
    from core.database import machinery

    if not (reason and name):
        refuse("Diga por qué y quién: --accept-anchor MOTIVO --by NOMBRE.", 2)
    with machinery(host.database, "is the anchor file the known one", reading=True) as session:
        if anchors_are_known(session.connection(), host.ring.audit, host.settings.home):
            refuse("El archivo audit-anchor.jsonl es el que la base conoce: no hay qué aceptar.")
    why = f"audit verify --accept-anchor: {reason} ({name})"
    with host.transaction(None, why, reason="the operator accepts the anchor file") as uow:
        accept_anchor(uow)
    console.print("[green]✓[/green] Aceptado; queda en la auditoría.")


def switch(plugin: str, commune: str, enabled: bool, reason: str, user: str | None) -> None:
    from core.services.modules import ModuleSetting, modules_of, set_module

    host = ready_host()
    with host.transaction(acting(host, user), "setModule", reason="the operator switches a module") as uow:
        stands = {state.info.name: state for state in modules_of(uow, commune)}
        before = stands[plugin].switch if plugin in stands else None
        set_module(uow, ModuleSetting(commune, plugin, enabled, reason, before.version if before else 0))
    console.print(f"[green]✓[/green] {plugin} {'activo' if enabled else 'inactivo'} en {commune}.")

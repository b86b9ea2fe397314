"""Keeping the installation: database versions, modules, the audit."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from cli.base import As, Commune, acting, console, open_host, ready_host, refuse, sure, upgrading

db = typer.Typer(help="La base de datos y sus versiones.", no_args_is_help=True)
plugins = typer.Typer(help="Módulos instalados, y en qué comunas están activos.", no_args_is_help=True)
audit = typer.Typer(help="La auditoría.", no_args_is_help=True)

Plugin = Annotated[str, typer.Argument(metavar="MÓDULO", help="Nombre estable: vea `oln plugins list`.")]
Reason = Annotated[str, typer.Argument(metavar="MOTIVO", help="Por qué; queda en la auditoría.")]


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
def audit_verify() -> None:
    """Recorre las cadenas: un registro editado, borrado, movido o cortado se nota."""
    from core.audit import verify
    from core.journal import verify_reads

    host = ready_host()
    with host.unit_of_work(None, "audit verify", reason="the operator verifies the audit") as uow:
        found = [
            *verify(uow.session, host.ring, host.settings.home, datetime.now(UTC)),
            *verify_reads(uow.session, host.settings.journal_folder, host.ring.audit, host.settings.home),
        ]
    for finding in found:
        console.print(f"[red]✗[/red] {finding.message}")
    if not found:
        console.print("[green]✓[/green] Las cadenas están enteras.")
    raise typer.Exit(1 if found else 0)


def switch(plugin: str, commune: str, enabled: bool, reason: str, user: str | None) -> None:
    from core.services.modules import ModuleSetting, modules_of, set_module

    host = ready_host()
    with host.transaction(acting(host, user), "setModule", reason="the operator switches a module") as uow:
        stands = {state.info.name: state for state in modules_of(uow, commune)}
        before = stands[plugin].switch if plugin in stands else None
        set_module(uow, ModuleSetting(commune, plugin, enabled, reason, before.version if before else 0))
    console.print(f"[green]✓[/green] {plugin} {'activo' if enabled else 'inactivo'} en {commune}.")

"""Keeping the installation: database versions, modules, the audit."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import OperationalError

from cli.base import (
    As,
    Commune,
    acting,
    console,
    open_host,
    ready_host,
    refuse,
    refuse_run,
    sure,
    thousands,
    upgrading,
)

if TYPE_CHECKING:
    from core.audit import Finding, FindingKind
    from core.host import Host

db = typer.Typer(help="La base de datos y sus versiones.", no_args_is_help=True)
plugins = typer.Typer(help="Módulos instalados, y en qué comunas están activos.", no_args_is_help=True)
audit = typer.Typer(help="La auditoría.", no_args_is_help=True)

Plugin = Annotated[str, typer.Argument(metavar="MÓDULO", help="Nombre estable: vea `oln plugins list`.")]
Reason = Annotated[str, typer.Argument(metavar="MOTIVO", help="Por qué; queda en la auditoría.")]

Accept = Annotated[
    str | None,
    typer.Option(
        "--accept-anchor", metavar="MOTIVO", help="Seguir con otro audit-anchor.jsonl, y por qué; el que hay se guarda."
    ),
]
Who = Annotated[str | None, typer.Option("--by", metavar="NOMBRE", help="Quién lo acepta, y su cargo.")]

All = Annotated[bool, typer.Option("--all", help="Todos los hallazgos, uno por uno.")]

UNANCHORED = (
    "No se pudo dejar constancia en {file}: revise el disco y los permisos de la carpeta. Lo comprobado no cambia;"
    " falta anotar hasta dónde llegó."
)
UNPROVEN = (
    "Lecturas anotadas antes de que se probara en qué comuna está cada una: {many}. De ellas se comprueba lo demás."
)
VERIFY_ENDS = (
    "Termina con 0 si todo está entero, con 1 si hay hallazgos y con 3 si está entero, pero no se pudo anotar hasta"
    " dónde llegó."
)


@db.command("upgrade")
def db_upgrade() -> None:
    """Lleva la base a la versión del programa, y repone lo que protege la auditoría."""
    from core.audit import restore_triggers
    from core.upgrade import upgrade

    host = open_host()
    with upgrading():
        upgrade(host)
    with host.transaction(None, "db upgrade", reason="what guards the audit is put back") as uow:
        restored = restore_triggers(uow)
    for name in restored:
        console.print(f"[yellow]![/yellow] Se repuso {name}, que faltaba: alguien lo había quitado.")
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


@audit.command("verify", epilog=VERIFY_ENDS)
def audit_verify(accept: Accept = None, by: Who = None, everything: All = False) -> None:
    """Recorre las cadenas: un registro editado, borrado, movido o cortado se nota."""
    host = ready_host()
    if accept is not None or by is not None:
        accept_anchor(host, (accept or "").strip(), (by or "").strip())
    found = findings(host, host.settings.home)
    tell(found, everything)
    tell_unproven(host)
    if found:
        raise typer.Exit(1)
    console.print("[green]✓[/green] Las cadenas están enteras.")
    leave_anchors(host)


def tell(found: "list[Finding]", everything: bool) -> None:
    """Print the findings, or of each kind and chain the first: a journal that was renamed has thousands alike."""
    for (_, chain), alike in grouped(found).items():
        for finding in alike if everything else alike[:1]:
            console.print(f"[red]✗[/red] {finding.message}")
        if len(alike) > 1 and not everything:
            others = f"otros {thousands(len(alike) - 1)}" if len(alike) > 2 else "otro"
            more = f"Así también {others} de {escape(chain)}, hasta el {alike[-1].sequence}"
            console.print(f"  {more}. Para verlos: --all")


def tell_unproven(host: "Host") -> None:
    """Say of how many readings less is checked: no finding, and yet not nothing."""
    from core.database import machinery
    from core.journal import unproven

    with machinery(host.database, "of how many readings less is proved", reading=True) as session:
        many = unproven(session.connection())
    if many:
        console.print(f"[yellow]![/yellow] {UNPROVEN.format(many=thousands(many))}")


def grouped(found: "list[Finding]") -> "dict[tuple[FindingKind, str], list[Finding]]":
    groups: dict[tuple[FindingKind, str], list[Finding]] = {}
    for finding in found:
        groups.setdefault((finding.kind, finding.chain), []).append(finding)
    return groups


def findings(host: "Host", home: Path | None) -> "list[Finding]":
    """Read both audits again; without a home, as if there were no anchor file."""
    from core.audit import unguarded, verify
    from core.database import snapshot
    from core.journal import verify_reads

    durable, folder = host.settings.keeps_journal, host.settings.journal_folder
    with snapshot(host.database, "the operator verifies the audit") as session:
        found = verify(session, host.ring, home, durable=durable)
        found += unguarded(session.connection())
    with snapshot(host.database, "the operator verifies the read audit") as session:
        return found + verify_reads(session, folder, host.ring.audit, home)


def leave_anchors(host: "Host") -> None:
    """Write down where the chains stand; where the disk takes nothing, say so and end with 3."""
    from core.audit import FILE, anchor

    settings = host.settings
    try:
        with host.transaction(None, "audit verify", reason="the chains are anchored as they stand") as uow:
            connection, durable = uow.session.connection(), settings.keeps_journal
            anchor(connection, host.ring.audit, settings.home, datetime.now(UTC), durable=durable)
    except (OSError, OperationalError):
        refuse(UNANCHORED.format(file=settings.home.absolute() / FILE), 3)


def accept_anchor(host: "Host", reason: str, name: str) -> None:
    """Go on with a new anchor file where the present one is blamed; who says so and why stand in the audit."""
    from core.audit import accept_anchor

    if not (reason and name):
        refuse("Diga por qué y quién: --accept-anchor MOTIVO --by NOMBRE.", 2)
    refuse_run(reason, "--accept-anchor")
    refuse_run(name, "--by")
    if not set(findings(host, host.settings.home)) - set(findings(host, None)):
        refuse("Nada de lo que se comprueba contradice a audit-anchor.jsonl: no hay qué aceptar.")
    why = f"audit verify --accept-anchor: {reason} ({name})"
    try:
        with host.transaction(None, why, reason="the operator accepts the anchor file") as uow:
            aside = accept_anchor(uow)
    except OSError:
        refuse(f"No se pudo escribir en {host.settings.home.absolute()}: revise el disco y repita. No quedó aceptado.")
    kept = f" El archivo anterior quedó en {escape(str(aside))}." if aside else ""
    console.print(f"[green]✓[/green] Aceptado; queda en la auditoría.{kept}")


def switch(plugin: str, commune: str, enabled: bool, reason: str, user: str | None) -> None:
    from core.services.modules import ModuleSetting, modules_of, set_module

    host = ready_host()
    with host.transaction(acting(host, user), "setModule", reason="the operator switches a module") as uow:
        stands = {state.info.name: state for state in modules_of(uow, commune)}
        before = stands[plugin].switch if plugin in stands else None
        set_module(uow, ModuleSetting(commune, plugin, enabled, reason, before.version if before else 0))
    console.print(f"[green]✓[/green] {plugin} {'activo' if enabled else 'inactivo'} en {commune}.")

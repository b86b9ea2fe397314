"""Making a real installation: its base, its legal checklist, its first person."""

from datetime import date, datetime
from typing import Annotated

import typer
from rich.table import Table

from authz.actor import Role
from cli.base import console, make_host, ready_host, refuse, sure, upgrading
from cli.server import days
from core.settings import InstallationKind, settings

install = typer.Typer(help="Una instalación REAL: base, lista legal y primera persona.", no_args_is_help=True)
OFFERED = tuple(role for role in Role if role is not Role.SECTOR_PARTNER)  # whom an institution sends, the API invites
TAKEN = (
    "Ese nombre de usuario o esa identidad ya está en uso. Si es una invitación con un error, corríjala con --correct."
)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="AAAA-MM-DD", help="Desde; hoy si falta.")]


@install.command("start")
def start() -> None:
    """Crea la base vacía, con el territorio; lo que ya hay, se conserva."""
    from core.services.installation import ensure_installation
    from core.services.territory import load_territory
    from core.upgrade import upgrade

    if settings().installation is not InstallationKind.REAL:
        refuse("Defina OLN_INSTALLATION=REAL: esta orden crea una instalación REAL. La de demostración, `oln demo`.")
    host = make_host()
    with upgrading():
        upgrade(host)
    with host.transaction(None, "install start", reason="the base is laid") as uow:
        load_territory(uow.session)
        made = ensure_installation(uow, host.settings.installation)
        kind = made.kind
    console.print(f"[green]✓[/green] Instalación {kind} en {host.settings.home}.")


@install.command("status")
def status() -> None:
    """Muestra la lista legal y qué falta firmar."""
    from core.services.installation import CHECKLIST, installed

    made = installed(ready_host())
    signed = made.checklist if made else {}
    table = Table("Punto", "Qué es", "Firmado", box=None)
    for item, what in CHECKLIST.items():
        table.add_row(item, what, signed.get(item, "—"))
    console.print(table)


@install.command("sign")
def sign(
    item: Annotated[str, typer.Argument(metavar="PUNTO", help="Como en `oln install status`.")],
    by: Annotated[str, typer.Option(metavar="NOMBRE", help="Quién firma, y su cargo.")],
    document: Annotated[str, typer.Option(metavar="ACTO", help="Número y fecha del acto en que consta.")],
    replace: Annotated[bool, typer.Option("--replace", help="Firmar otra vez; la firma anterior se conserva.")] = False,
) -> None:
    """Deja constancia de que un punto de la lista legal está firmado."""
    from core.services.installation import sign_item

    host = ready_host()
    with host.transaction(None, "install sign", reason="an item of the legal checklist is signed") as uow:
        sign_item(uow, item, by, document, replace)
    console.print(f"[green]✓[/green] {item} firmado.")


def known_role(word: str) -> Role:
    """Return the role that a word names, in any case; one that is not offered here is refused with its reason."""
    try:
        return Role(word.upper())
    except ValueError:
        raise typer.BadParameter(f"«{word}» no está entre {', '.join(OFFERED)}.") from None


@install.command("invite")
def invite(
    username: Annotated[str, typer.Argument(metavar="USUARIO", help="Nombre de usuario; nunca un RUN.")],
    name: Annotated[str, typer.Option(metavar="NOMBRE", help="Nombre para mostrar.")],
    subject: Annotated[str, typer.Option(metavar="SUB", help="Cómo la llama el proveedor de identidad.")],
    role: Annotated[Role, typer.Option(metavar="ROL", parser=known_role, help=f"Uno de: {', '.join(OFFERED)}.")],
    territory: Annotated[str, typer.Option(metavar="CÓDIGO", help="Comuna (13101), región (13) o país (CL).")],
    since: Day = None,
    correct: Annotated[bool, typer.Option("--correct", help="Corregir una invitación con errores.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Sin preguntar si abre más de una comuna.")] = False,
) -> None:
    """Invita a la primera persona; las demás las invita ella, desde la API."""
    from core.reference import role_name
    from core.services.users import Grant, Invitation, invite_user
    from core.services.users.words import UsernameTaken

    host = ready_host()
    if not yes:
        _ask_about(role, territory)
    starts: date = since.date() if since else host.clock.today()
    grant = Grant(role, territory, starts, reason="Invitada por quien opera la instalación.")
    wanted = Invitation(username, name, subject, grant, correct=correct)
    try:
        with host.transaction(None, "install invite", reason="the operator invites the first person") as uow:
            made = invite_user(uow, wanted)
            ended = [one for one in made.assignments if one.revoked_at]
            gone = [f"{role_name(Role(a.role))} en {a.territory}, {days(a.valid_from, a.valid_until)}" for a in ended]
    except UsernameTaken as error:
        if correct:
            raise
        refuse(f"{TAKEN} ({error.code})")  # the service names the field of the API
    for mistaken in gone:
        console.print(f"[green]✓[/green] Ya no: {mistaken}.")
    console.print(f"[green]✓[/green] {username}: {role_name(role)} en {territory}. Firma el acuerdo al entrar.")


def _ask_about(role: Role, territory: str) -> None:
    """Ask before a role opens more than one commune: a region is two digits of a commune's five."""
    from core.reference import communes, role_name
    from core.services.access import communes_of

    try:
        far = communes_of(territory)
    except KeyError:
        return  # there is no such territory, as the service will say
    if far is None or len(far) > 1:
        what = f"todo el país: {len(communes())}" if far is None else f"la región {territory}: {len(far)}"
        if not sure(f"{role_name(role)} en {territory} abre {what} comunas. ¿Seguir?"):
            raise typer.Abort

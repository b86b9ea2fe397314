"""Bringing data in, and what is made of it: the demo country, extracts, the model, the lists."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from cli.base import Bars, Commune, acting, console, interruptible, make_host, ready_host, refuse, refuse_run, thousands
from core.models.nomina import ScoreSource
from core.settings import InstallationKind, settings

if TYPE_CHECKING:
    from core.host import Host
    from core.services.extracts import FileReport, ImportReport

commands = typer.Typer()
nomina = typer.Typer(help="La nómina priorizada de una comuna.", no_args_is_help=True)
score = typer.Typer(help="El modelo de riesgo propio.", no_args_is_help=True)
WHO = "Diga en nombre de quién importa: --as USUARIO (vea `oln users`) o, en una carga programada, --unattended MOTIVO."
BOTH = "Diga en nombre de quién importa de una sola manera: --as USUARIO o --unattended MOTIVO, y no las dos."
ENDS = "Termina con 0 si entró todo, con 3 si hubo filas malas y con 1 si un archivo se rechazó entero."
DONE = "Los archivos ya terminados quedaron; repita la orden: lo que ya entró no cambia."
SHOWN = 10  # of a file's findings
HELD = "no aplicadas: dicen otra cosa, y vale lo de un archivo más nuevo o lo que la oficina cambió."
DRY = "Era un ensayo: no se guardó nada."
Month = Annotated[datetime, typer.Argument(formats=["%Y-%m"], metavar="AAAA-MM", help="Mes, como 2026-11.")]


@commands.command()
def demo(
    communes: Annotated[
        str, typer.Option(metavar="COMUNAS", help="`pilot`, `all` o códigos separados por coma.")
    ] = "pilot",
    children: Annotated[int, typer.Option(help="NNA por comuna.", min=20)] = 2_000,
    seed: Annotated[int, typer.Option(help="Semilla: la misma da los mismos archivos.")] = 2026,
    if_missing: Annotated[bool, typer.Option("--if-missing", help="Solo si no hay base todavía.")] = False,
) -> None:
    """Crea el país de demostración: archivos inventados, importados como cualquier otro."""
    from core.services.installation import anew
    from scoring.demo import DemoPlan, make_demo

    if settings().installation is InstallationKind.REAL:
        refuse("Una instalación REAL no recibe el país de demostración.")
    chosen = choose(communes)
    host = make_host()
    if already(host, if_missing):
        return
    communes = "1 comuna" if len(chosen) == 1 else f"{len(chosen)} comunas"
    each = f"{thousands(children)} NNA en cada una"
    with interruptible(f"El país de demostración quedó a medias. {anew(host.settings)}"), Bars() as bars:
        console.print(f"[bold]País de demostración[/bold]: {communes}, {each}. Nadie es real.")
        made = make_demo(host, DemoPlan(chosen, children, seed), bars)
    console.print(imported(made.report))
    if not made.trained:
        console.print("Hay muy pocos NNA para entrenar un modelo: las nóminas usan el puntaje oficial.")


def choose(communes: str) -> tuple[str, ...]:
    """Return the codes that a person means, or say which of them there is not."""
    from scoring.demo import every_commune, pilot

    named = {"pilot": pilot, "all": every_commune}.get(communes)
    chosen = named() if named else tuple(code.strip() for code in communes.split(","))
    if unknown := sorted(set(chosen) - set(every_commune())):
        refuse(f"No existe una comuna con el código {', '.join(unknown)}.")
    return chosen


def already(host: "Host", if_missing: bool) -> bool:
    """Tell whether the country is there and that is all right; whatever else is there is kept, and refused."""
    from core.services.installation import anew, installed, unfinished_demo

    found = installed(host)
    if found and (cut_short := unfinished_demo(host)):
        refuse(cut_short.message)
    if found and not if_missing:
        refuse(f"Ya hay un país de demostración en esta base. {anew(host.settings)}")
    return found is not None


@commands.command("import", epilog=ENDS)
def import_(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, metavar="CARPETA", help="Con extract.json.")],
    user: Annotated[
        str | None,
        typer.Option("--as", metavar="USUARIO", help="En nombre de quién: con sus permisos, en sus comunas."),
    ] = None,
    unattended: Annotated[
        str | None,
        typer.Option(
            metavar="MOTIVO", help="Sin persona y en todas las comunas: una carga programada. Queda en la auditoría."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Decir qué pasaría, sin cambiar nada.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Aplicar un archivo ya importado como si fuera nuevo.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(metavar="CARPETA", help="Dónde dejar los archivos de filas malas.")
    ] = None,
) -> None:
    """Importa los archivos de un extracto mensual, CSV o Parquet."""
    from core.services.extracts import ImportOptions, import_folder

    why = (unattended or "").strip()
    if bool(user) == bool(why):
        refuse(BOTH if user else WHO, 2)
    refuse_run(why, "--unattended")
    host = ready_host()
    actor, action = acting(host, user), f"import --unattended: {why}" if why else "import"
    with interruptible(DRY if dry_run else DONE), Bars() as bars:
        options = ImportOptions(dry_run=dry_run, force=force, rejects=rejects, progress=bars)
        report = import_folder(lambda: host.transaction(actor, action, reason=why), folder, options)
    show(report)
    raise typer.Exit(1 if report.refused else 3 if report.rejected else 0)


def show(report: "ImportReport") -> None:
    console.print(imported(report))
    if report.dry_run:
        console.print("Ensayo: no se guardó nada.")
    for file in report.files:
        if held := file.counts.passed_over:  # rare, and a column more would break the names of the files at 80
            console.print(f"[yellow]•[/yellow] {escape(file.file)}: {thousands(held)} {HELD}")
    for file in report.files:
        if file.findings and len(report.files) > 1:  # or nobody knows of which file the lines below are
            console.print(f"{escape(file.file)}:")
        explain(file)


@nomina.command("publish")
def nomina_publish(
    commune: Commune,
    period: Month,
    user: Annotated[str, typer.Option("--as", metavar="USUARIO", help="A nombre de quién se publica.")],
    source: Annotated[ScoreSource, typer.Option(help="De dónde viene el puntaje.")] = ScoreSource.IMPORTED,
    capacity: Annotated[
        int | None,
        typer.Option(
            metavar="FAMILIAS",
            help="Cuántas puede recibir la oficina en el mes; si falta, el promedio de las OLN del piloto.",
            min=0,
        ),
    ] = None,
) -> None:
    """Prepara y publica la nómina de una comuna y un mes; la que regía en el mes queda reemplazada."""
    from scoring.services.models import active_model
    from scoring.services.publishing import nomina_in_force, publish_nomina
    from scoring.services.runs import Scoring

    host = ready_host()
    model = active_model(host.settings, host.ring) if source is ScoreSource.ESTIMATED else None
    with host.transaction(acting(host, user), "publishNomina") as uow:
        replaced = nomina_in_force(uow, commune, period.date())
        made = publish_nomina(uow, commune, period.date(), Scoring(source, model, capacity))
        room = "1 familia" if made.capacity == 1 else f"{thousands(made.capacity)} familias"
        said = [f"Publicada: {thousands(made.listed)} NNA; la oficina puede recibir a {room}."]
        if replaced:
            said.append(f"Reemplaza a la n.º {replaced.sequence} del mes, que publicó {replaced.published_name}.")
        said += [made.notice] if made.notice else []
    console.print("[green]✓[/green] " + "\n  ".join(map(escape, said)))


@score.command("train")
def score_train(
    period: Month,
    activate: Annotated[bool, typer.Option("--activate", help="Ponerlo en uso.")] = False,
) -> None:
    """Entrena el modelo con lo importado hasta un mes, y lo firma."""
    from scoring.services.models import activate_model, train_model

    host = ready_host()
    with Bars() as bars, host.unit_of_work(None, "score train", reason="a model is trained") as uow:
        bars("Entrenando el modelo", 0, 1)
        model = train_model(uow, period.date(), folder=host.settings.models_folder, signing_key=host.ring.models)
        bars("Entrenando el modelo", 1, 1)
    if activate:
        activate_model(host.settings, host.ring, model.id)
    metrics = Table("Medida", "Valor", box=None)
    for measure, value in sorted(model.manifest["metrics"].items()):
        if isinstance(value, int | float):
            metrics.add_row(measure, f"{value:.4f}".replace(".", ","))
    console.print(metrics)
    console.print(f"[green]✓[/green] Modelo [bold]{model.id}[/bold]{' en uso' if activate else ''}.")


def imported(report: "ImportReport") -> Table:
    """Make a table of what became of each file's rows."""
    table = Table("Archivo", "Leídas", "Nuevas", "Cambian", "Iguales", "Omitidas", "Malas", box=None, pad_edge=False)
    table.padding = (0, 1, 0, 0)  # a country's file has large numbers, and its name stands beside them at 80 columns
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify = "right"
    for file in report.files:
        counts = file.counts
        numbers = [file.rows_read, counts.inserted, counts.updated, counts.unchanged]
        numbers += [file.rows_skipped, file.rows_rejected]
        table.add_row(escape(file.file), *(thousands(number) for number in numbers))
    return table


def explain(file: "FileReport") -> None:
    mark = "[red]✗[/red]" if file.refused else "[yellow]•[/yellow]"
    for note in file.notes:
        console.print(f"{mark} {escape(file.file)}: {escape(note)}")
    for finding in file.findings[:SHOWN]:
        place = f"línea {finding.line}" + (f", {finding.column}" if finding.column else "")
        console.print(f"  {place}: {finding.message}")
    if (rest := sum(file.summary.values()) - SHOWN) > 0:
        told = ", ".join(f"{thousands(many)} {code}" for code, many in file.summary.items())
        console.print(f"  … y {thousands(rest)} más. En total: {told}.")
        if file.rows_rejected and not file.rejects:
            console.print("  Para tener todas las filas malas, con su motivo: --rejects CARPETA")
    if file.rejects:
        console.print(f"  Filas malas: {escape(str(file.rejects))}")

"""A second small plugin, for the hooks that the dummy has no use for."""

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl
import strawberry
import typer

from core.errors import RuleBroken
from core.events import Event
from core.hooks import Info, hookimpl
from core.unit_of_work import UnitOfWork
from scoring.features import Feature
from scoring.frames import Frames

heard: list[str] = []
commands = typer.Typer(help="Lo que se ha oído.")


class NotToday(RuleBroken):
    """Its own rule, with a code of its own."""

    code = "LISTENER_NOT_TODAY"


@strawberry.type
class ListenerQuery:
    @strawberry.field(description="Lo que se ha oído.")
    def heard(self) -> list[str]:
        return heard


@commands.command()
def count() -> None:
    """Dice cuánto se ha oído."""
    print(len(heard))


@commands.command()
def forget() -> None:
    """Olvida lo oído."""
    heard.clear()


def calls(frames: Frames, asof: date) -> pl.DataFrame:
    return frames.children.select("nna_id", listener_calls=pl.lit(0.0))


@hookimpl
def oln_info() -> Info:
    return Info("listener", "Escucha", "1.0.0", on_by_default=True)


@hookimpl
def oln_queries() -> type:
    return ListenerQuery


@hookimpl
def oln_commands() -> typer.Typer:
    return commands


@hookimpl
def oln_features() -> Iterable[Feature]:
    return [Feature("listener_calls", "Llamados oídos", "SOCIAL", "Prueba", 0, 0.0, compute=calls)]


@hookimpl
def oln_on_event(uow: UnitOfWork, event: Event) -> None:
    if event.details.get("veto"):
        raise NotToday("Hoy no.")
    if event.details.get("break"):
        raise ZeroDivisionError


@hookimpl
def oln_after_event(uow: UnitOfWork, event: Event) -> None:
    if event.details.get("fail"):
        raise ZeroDivisionError
    heard.append(event.name)


@hookimpl
def oln_health() -> Mapping[str, str]:
    return {"oído": "no ha oído nada"} if not heard else {}

"""Everything that the notes bring, readable at a glance."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from authz.guard import Resource
from authz.scope import Scope, table_of
from core.hooks import Indicator, Info, hookimpl
from core.models.people import Nna
from core.unit_of_work import UnitOfWork
from oln_dummy import graphql
from oln_dummy.models import DummyNote

HERE = Path(__file__).parent
NNA, NOTE = table_of(Nna), table_of(DummyNote)


def notes_in(session: Any, commune: str, day: date) -> int:
    return int(session.scalar(select(func.count()).select_from(DummyNote).where(NOTE.c.commune_code == commune)))


@hookimpl
def oln_info() -> Info:
    return Info("dummy", "Notas", "1.0.0")


@hookimpl
def oln_models() -> Iterable[Scope]:
    return [Scope(DummyNote, "dummy_note", follows="nna_id", subject="nna_id", retention="un año")]


@hookimpl
def oln_migrations() -> Path:
    return HERE / "migrations"


@hookimpl
def oln_resources() -> Iterable[Resource]:
    return [Resource("dummy_note", "Nota", ("read", "create"))]


@hookimpl
def oln_policies() -> Path:
    return HERE / "policy.csv"


@hookimpl
def oln_types() -> Iterable[type]:
    return [graphql.DummyNote]


@hookimpl
def oln_type_extensions() -> Mapping[str, type]:
    return {"Nna": graphql.NnaNotes}


@hookimpl
def oln_mutations() -> type:
    return graphql.NotesMutation


@hookimpl
def oln_indicators() -> Iterable[Indicator]:
    return [Indicator("dummy.notes", "Notas", "notas", notes_in)]


@hookimpl
def oln_demo_data(uow: UnitOfWork, communes: Iterable[str]) -> None:
    for nna in uow.session.scalars(select(Nna).where(NNA.c.commune_code.in_(list(communes))).order_by(NNA.c.id)):
        uow.add(DummyNote(id=uow.new_id(), commune_code=nna.commune_code, nna_id=nna.id, text="Nota de prueba."))


@hookimpl
def oln_export_subject(uow: UnitOfWork, nna_id: UUID) -> Mapping[str, Any]:
    notes = uow.session.scalars(select(DummyNote).where(NOTE.c.nna_id == nna_id).order_by(NOTE.c.id))
    return {"notes": [{"text": note.text, "at": note.created_at.isoformat()} for note in notes]}


@hookimpl
def oln_anonymise_subject(uow: UnitOfWork, nna_id: UUID) -> int:
    stripped: Any = uow.session.execute(update(DummyNote).where(NOTE.c.nna_id == nna_id).values(text=None))
    return int(stripped.rowcount)

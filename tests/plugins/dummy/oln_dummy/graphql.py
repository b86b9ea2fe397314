"""What clients see of notes: a type, two fields on `Nna` and a mutation."""

from datetime import datetime
from typing import Annotated

import strawberry
from sqlalchemy import ColumnElement, FromClause, func, select

from authz.actor import DataClass
from authz.scope import table_of
from oln_dummy import models, services
from schema.context import Info
from schema.read.declare import Connection, Record, column, expose, lazy, reading, shown, sql, to_many
from schema.transaction import carry_out
from schema.types.payloads import Conflict, Keyed, Refusal, read_id

note = table_of(models.DummyNote)


def how_many(nna: FromClause) -> ColumnElement[int]:
    return select(func.count()).where(note.c.nna_id == nna.c.id).scalar_subquery()


@expose(models.DummyNote, prefix="dum", description="Nota sobre un NNA.")
class DummyNote(Record):
    text: str | None = column(DataClass.BASIC, "Lo anotado.")
    created_at: datetime = column(DataClass.BASIC, "Cuándo se anotó.", order=True)


@strawberry.type
class NnaNotes:
    dummy_notes: Connection[Annotated["DummyNote", lazy]] | None = to_many(
        DataClass.BASIC, "Sus notas.", models.DummyNote.nna_id, "-createdAt"
    )
    dummy_note_count: int | None = sql(DataClass.BASIC, "Cuántas notas tiene.", how_many)


@strawberry.input(description="Nota nueva.")
class AddDummyNoteInput(Keyed):
    nna_id: strawberry.ID = strawberry.field(description="Sobre quién.")
    text: str = strawberry.field(description="Lo que se anota.")


@strawberry.type(description="La nota quedó guardada.")
class AddDummyNoteSuccess:
    note: Annotated["DummyNote", lazy] | None = reading("La nota.", "DummyNote")


AddDummyNotePayload = Annotated[
    AddDummyNoteSuccess | Refusal | Conflict,
    strawberry.union("AddDummyNotePayload", description="Cómo resultó anotar."),
]


@strawberry.type
class NotesMutation:
    @strawberry.mutation(description="Anota algo sobre un NNA.")
    async def add_dummy_note(
        self, info: Info, input: Annotated[AddDummyNoteInput, strawberry.argument(description="La nota.")]
    ) -> AddDummyNotePayload:
        return await carry_out(
            info,
            input,
            lambda uow: {"note": services.add_note(uow, read_id(input.nna_id, "nna", "input.nnaId"), input.text).id},
            lambda ids: AddDummyNoteSuccess(note=shown(ids["note"])),
        )

"""The table of notes."""

from uuid import UUID

from sqlmodel import Field

from core.models.base import Record


class DummyNote(Record, table=True):
    """A note on a child."""

    __tablename__ = "dummy_note"
    nna_id: UUID = Field(foreign_key="nna.id", index=True)
    text: str | None

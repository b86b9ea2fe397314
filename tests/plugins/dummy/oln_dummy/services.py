"""What can be done with notes."""

from uuid import UUID

from core.models.people import Nna
from core.unit_of_work import UnitOfWork
from oln_dummy.models import DummyNote


def add_note(uow: UnitOfWork, nna_id: UUID, text: str) -> DummyNote:
    """Note something about a child whom the actor may see."""
    nna = uow.get(Nna, nna_id)
    uow.require_in("dummy_note", "create", nna.commune_code)
    return uow.add(DummyNote(id=uow.new_id(), commune_code=nna.commune_code, nna_id=nna.id, text=text))

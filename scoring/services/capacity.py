"""Where the capacity line of a list stands: it moves down when a family above it is taken off the list."""

from sqlalchemy import and_, false, select

from authz.scope import table_of
from core.models.nomina import EntryState, NominaEntry, NominaRun
from core.unit_of_work import UnitOfWork

ENTRY = table_of(NominaEntry)
LISTED = ENTRY.c.state == EntryState.LISTED


def draw_capacity_line(uow: UnitOfWork, run: NominaRun) -> None:
    """Draw the capacity line of a run where it stands now, given who was discarded.

    The list is longer than what the office can attend so that it can run on (*Orientaciones Técnicas OLN 2020*, pp.
    36-38: a family that refuses or is not found gives way to the next). A family takes room while one of its children
    is on the list; who was discarded is not above the line. No place moves, and no version: nothing was decided about
    the children whom the line passes.

    Parameters
    ----------
    uow : UnitOfWork
        Its actor's right to prepare the list or to discard was asked.
    run : NominaRun
        Its month is locked.
    """
    uow.session.flush()
    with uow.unscoped("the line of a list, which who may decide on its entries moves") as session:
        families = select(ENTRY.c.family_position).where(ENTRY.c.run_id == run.id, LISTED).distinct()
        attended = list(session.scalars(families.order_by(ENTRY.c.family_position).limit(run.capacity)))
        above = and_(LISTED, ENTRY.c.family_position <= attended[-1]) if attended else false()
        for entry in session.scalars(
            select(NominaEntry).where(ENTRY.c.run_id == run.id, ENTRY.c.within_capacity != above)
        ):
            entry.within_capacity = not entry.within_capacity  # one by one: each child's trail tells of its own
        session.flush()

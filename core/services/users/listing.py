"""Who may enter, for the operator's eyes."""

from sqlalchemy import select

from authz.scope import table_of
from core.models.users import Assignment, User
from core.services.access import in_force_on
from core.unit_of_work import UnitOfWork


def people_with_roles(uow: UnitOfWork) -> list[tuple[str, str, str]]:
    """Return (user name, role, territory) of every role in force, in order of name."""
    user, assignment = table_of(User), table_of(Assignment)
    joined = select(user.c.username, assignment.c.role, assignment.c.territory).join_from(
        user, assignment, assignment.c.user_id == user.c.id
    )
    rows = uow.session.execute(joined.where(user.c.active, in_force_on(uow.today())).order_by(user.c.username))
    return [(username, role, territory) for username, role, territory in rows]

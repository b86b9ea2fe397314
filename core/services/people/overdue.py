"""Births that nobody wrote down: pregnancies whose date passed, which neither lists nor alerts wait for."""

from uuid import UUID

from sqlalchemy import select

from authz.scope import table_of
from core.models.people import Nna
from core.rules.age import PREGNANCY_PROLONGED
from core.unit_of_work import UnitOfWork

MOST = 500
NNA = table_of(Nna)


def overdue_births(uow: UnitOfWork, commune_code: str) -> list[UUID]:
    """Find the pregnancies of a commune whose birth can no longer be waited for, and stands nowhere.

    Parameters
    ----------
    uow : UnitOfWork
    commune_code : str
        CUT code.

    Returns
    -------
    list of UUID
        Those whose date passed first, at most `MOST`.

    Raises
    ------
    AccessDenied
        Without `nna read` in the whole commune.

    Notes
    -----
    The rule is :func:`core.rules.age.may_be_expected`.
    """
    uow.require_in("nna", "read", commune_code)
    late = (
        NNA.c.commune_code == commune_code,
        NNA.c.birth_date.is_(None),
        NNA.c.expected_birth_date < uow.today() - PREGNANCY_PROLONGED,
        NNA.c.moved_to_id.is_(None),
    )
    found = select(Nna).where(*late).order_by(NNA.c.expected_birth_date, NNA.c.id).limit(MOST)
    return [nna.id for nna in uow.session.scalars(found)]

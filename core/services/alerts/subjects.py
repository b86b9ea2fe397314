"""Whom alerts are about: a record that the caller sees, or the one of who is described, found or opened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from authz.actor import DataClass, Purpose
from authz.guard import AccessDenied
from core.errors import InvalidInput
from core.events import NnaRegistered
from core.models.people import Nna
from core.reference import AlertSubject, AlertType, ChccAlertType
from core.rules.age import PREGNANCY_LASTS, PREGNANCY_PROLONGED, counts_as_nna
from core.rules.likeness import Likeness, may_be_one_person
from core.services.alerts.said import described_before
from core.services.alerts.words import AlertData
from core.services.errors import (
    AlreadyRegistered,
    BirthMismatch,
    NotAnNna,
    PregnancyOverdue,
    RecordClosed,
    TakesNoAlerts,
)
from core.services.people.described import NnaData, check_described, make_nna, nna_known
from core.services.people.register import refuse_look_alikes
from core.services.search import is_nna_nameable, named
from core.unit_of_work import UnitOfWork

NO_ALERTS = "Este registro no recibe alertas nuevas; consulte a quien coordina la oficina."
OVERDUE = "La fecha probable de parto pasó hace más de dos semanas: falta registrar el nacimiento."


@dataclass(frozen=True)
class Subject:
    """Whom the alerts are about, as far as raising them needs to know.

    Parameters
    ----------
    nna_id : UUID
    commune_code : str
    born : bool
    differs : bool
        Whether the record that holds the number can hardly be of who was described.
    """

    nna_id: UUID
    commune_code: str
    born: bool
    differs: bool = False


def speaking_organization(uow: UnitOfWork, commune_code: str, wanted: UUID | None) -> UUID | None:
    """Name the institution for which a sector partner speaks here; the team speaks for none."""
    actor = uow.actor
    if actor is None:
        return wanted
    if actor.purpose is not Purpose.REFERRAL:
        if wanted is not None:
            raise InvalidInput("El equipo de la OLN no informa por una institución.", field="input.organizationId")
        return None
    hats = (hat for hat in actor.hats if hat.communes is None or commune_code in hat.communes)
    theirs = sorted({hat.organization for hat in hats if hat.organization is not None})
    if not theirs or (wanted is not None and wanted not in theirs):
        raise AccessDenied
    if wanted is None and len(theirs) > 1:
        raise InvalidInput("Indique por cuál de sus instituciones informa.", field="input.organizationId")
    return wanted or theirs[0]


def registered_subject(uow: UnitOfWork, data: AlertData, types: Sequence[AlertType]) -> Subject:
    """Take the record that the caller names, and sees."""
    assert data.nna_id is not None
    nna = uow.get(Nna, data.nna_id)
    uow.require("alert", "create", nna)
    if data.found_in_diagnosis:
        uow.require("alert", "validate", nna)
    record = _living(uow, nna.id)
    _refuse_grown(record, uow.today(), "input.nnaId")
    if not _is_partner(uow):
        _refuse_closed(uow, record, "input.nnaId")
    _check_birth(types, record.birth_date is not None)
    if is_nna_nameable(uow, record.id):  # of who may not identify her, it tells
        _refuse_unborn(record.birth_date, data, shows=record.id)
    return Subject(record.id, record.commune_code, record.birth_date is not None)


def described_subject(uow: UnitOfWork, data: AlertData, types: Sequence[AlertType]) -> Subject:
    """Find the record of who is described, or open one; from outside both are the same."""
    described = data.described
    assert described is not None
    uow.require_in("alert", "create", described.commune_code)
    if data.found_in_diagnosis:
        uow.require_in("alert", "validate", described.commune_code)
    organization_id = speaking_organization(uow, described.commune_code, data.organization_id)
    normal = check_described(described, uow.today(), "input.described")
    born = described.birth_date is not None
    _check_birth(types, born)
    _refuse_unborn(described.birth_date, data)  # as they say it themselves
    uow.wait_turn(f"described in {described.commune_code}")
    if normal is not None:
        return _numbered_subject(uow, described, normal)
    if not _is_partner(uow):  # whom the answer may tell nothing
        refuse_look_alikes(uow, described)
    before = described_before(uow, described, organization_id)
    if before is None:
        return Subject(_opened(uow, described, None), described.commune_code, born)
    record = _living(uow, before)
    _refuse_identified(uow, record, "input.described")
    return Subject(record.id, described.commune_code, born)


def _refuse_grown(nna: Nna, today: date, path: str) -> None:
    """Refuse a record that is of no NNA today; whoever sees a record sees its age."""
    if counts_as_nna(nna.birth_date, nna.expected_birth_date, today):
        return
    if nna.birth_date is None:
        raise PregnancyOverdue(OVERDUE, field=path, shows=nna.id)
    raise NotAnNna("La persona ya cumplió 18 años: no es NNA.", field=path, shows=nna.id)


def _refuse_unborn(birth_date: date | None, data: AlertData, shows: UUID | None = None) -> None:
    """Refuse a day on which the child was not even expected, as files are."""
    if birth_date is None:
        return
    conceived = birth_date - PREGNANCY_LASTS - PREGNANCY_PROLONGED
    for position, item in enumerate(data.items):
        if item.observed_on is not None and item.observed_on < conceived:
            at = f"input.items.{position}.observedOn"
            raise InvalidInput("La fecha es anterior a la gestación de este NNA.", field=at, shows=shows)


def _check_birth(types: Sequence[AlertType], born: bool) -> None:
    for one in types:
        if isinstance(one, ChccAlertType) and born is (one.subject is AlertSubject.PREGNANCY):
            about = "una gestación" if one.subject is AlertSubject.PREGNANCY else "un niño o niña que ya nació"
            raise BirthMismatch(f"Ese tipo de alerta es sobre {about}.", field="input.items")


def _numbered_subject(uow: UnitOfWork, described: NnaData, normal: str) -> Subject:
    commune_code, born = described.commune_code, described.birth_date is not None
    identity = (commune_code, described.identifier_kind, normal)
    known = nna_known(uow, *identity)
    if not _is_partner(uow):  # whoever has the number, or nobody: the answer must not tell
        itself = {known, _living(uow, known).id} if known else set()
        refuse_look_alikes(uow, replace(described, distinct_from=described.distinct_from | itself))
    if known is None:
        try:
            return Subject(_opened(uow, described, normal), commune_code, born)
        except AlreadyRegistered:  # by somebody else, a moment ago
            known = nna_known(uow, *identity)
    assert known is not None
    record = _living(uow, known)
    _refuse_identified(uow, record, "input.described.identifier")
    return Subject(record.id, commune_code, born, differs=_differs(described, record, uow.today()))


def _opened(uow: UnitOfWork, described: NnaData, normal: str | None) -> UUID:
    nna_id = make_nna(uow, described, normal).id
    uow.emit(NnaRegistered(described.commune_code, nna_id))
    return nna_id


def _living(uow: UnitOfWork, nna_id: UUID) -> Nna:
    """Follow a record that was joined to another of its office; one that left the commune ends in itself."""
    with uow.unscoped("which record of the office the child goes by") as session:
        record = session.scalars(select(Nna).where(col(Nna.id) == nna_id)).one()
        passed = {record.id}
        while record.moved_to_id is not None and record.moved_to_id not in passed:
            following = session.scalars(select(Nna).where(col(Nna.id) == record.moved_to_id)).one()
            if following.commune_code != record.commune_code:
                break
            record = following
            passed.add(record.id)
        return record


def _is_partner(uow: UnitOfWork) -> bool:
    return uow.actor is not None and uow.actor.purpose is Purpose.REFERRAL


def _refuse_identified(uow: UnitOfWork, record: Nna, path: str) -> None:
    """Refuse who may identify the record that is meant; to anybody else the answer is that for a new child."""
    named_here = select(col(Nna.id)).where(col(Nna.id) == record.id, named(uow))
    if _is_partner(uow) or uow.session.scalars(named_here).one_or_none() is None:
        return
    _refuse_grown(record, uow.today(), path)
    _refuse_closed(uow, record, path)


def _refuse_closed(uow: UnitOfWork, record: Nna, path: str) -> None:
    """Refuse a record that was closed; that the child moved is of class RISK, and told to nobody else."""
    if record.moved_to_id is None:
        return
    try:
        uow.require("nna", "read", record, DataClass.RISK)
    except AccessDenied:
        raise TakesNoAlerts(NO_ALERTS, field=path, shows=record.id) from None
    sentence = "El registro se cerró: el NNA pasó a la OLN de otra comuna."
    raise RecordClosed(sentence, field=path, shows=record.id)


def _differs(described: NnaData, record: Nna, today: date) -> bool:
    """Whether the office should look twice: a number with a slip is somebody else's, who may be of age by now."""
    current = counts_as_nna(record.birth_date, record.expected_birth_date, today)
    return not (current and may_be_one_person(_likeness(described), _likeness(record)))


def _likeness(person: NnaData | Nna) -> Likeness:
    names = (person.given_names, person.first_surname, person.second_surname, person.social_name)
    return Likeness(person.commune_code, *names, person.birth_date, person.expected_birth_date)

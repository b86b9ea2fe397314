"""Raising alerts: by the team or an institution, on a child with or without RUN, or on a pregnancy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from authz.actor import Purpose
from authz.guard import AccessDenied
from core.errors import InvalidInput
from core.events import AlertRaised, NnaRegistered
from core.identity import IdentifierKind
from core.models.alerts import Alert, AlertReport, AlertSource
from core.models.people import Nna
from core.reference import AlertKind, AlertSubject, AlertType, ChccAlertType, alert_type, catalogue_version
from core.rules.age import is_nna
from core.rules.alerts import LIVE_STATES, AlertState, counts_for_list, valid_until
from core.rules.names import name_keys
from core.services.alerts.deciding import written
from core.services.errors import AlertAlreadyLive, AlreadyRegistered, BirthMismatch
from core.services.people.described import UNBORN_NAME, NnaData, check_described, make_nna, nna_known
from core.unit_of_work import UnitOfWork

_CATALOGUES = {AlertKind.TERRITORIAL: "territorial_alert_types", AlertKind.CHCC: "chcc_alert_types"}


@dataclass(frozen=True)
class AlertItem:
    """One alert of a report.

    Parameters
    ----------
    type_code : str
        Of the catalogues of territorial or Chile Crece Contigo alerts.
    information : str, optional
        What was seen, in the words of who saw it.
    observed_on : date, optional
        Today where none is given.
    """

    type_code: str
    information: str | None = None
    observed_on: date | None = None


@dataclass(frozen=True)
class AlertData:
    """What somebody saw, and about whom.

    Parameters
    ----------
    items : sequence of AlertItem
        One per type.
    nna_id : UUID, optional
        A record that the caller sees; otherwise `described`.
    described : NnaData, optional
        A child, with RUN or without, or a pregnancy.
    organization_id : UUID, optional
        For which institution, by who acts for several.
    found_in_diagnosis : bool
        Seen by the team itself while it assesses the family: incorporated, nothing to validate.
    """

    items: Sequence[AlertItem]
    nna_id: UUID | None = None
    described: NnaData | None = None
    organization_id: UUID | None = None
    found_in_diagnosis: bool = False


@dataclass(frozen=True)
class _Subject:
    """Whom the alerts are about, as far as raising them needs to know."""

    nna_id: UUID
    commune_code: str
    born: bool


def raise_alert(uow: UnitOfWork, data: AlertData) -> AlertReport:
    """Raise one or several alerts on a child or a pregnancy.

    An institution describes whom it means. With a RUN that the office knows, the alerts go to that record, and without
    a word: the answer is the same for a child who is new, so that nobody learns by it whom the office works with.
    Without a RUN a record without identifier is opened, once for each institution that describes the child; likely
    duplicates wait there for the coordinator.

    Parameters
    ----------
    uow : UnitOfWork
    data : AlertData

    Returns
    -------
    AlertReport

    Raises
    ------
    NotFound
        If the record is not theirs to know of.
    AccessDenied
        Without `alert create` there, without an institution to speak for, or, in a diagnosis, without `alert validate`.
    InvalidInput, NotAnNna
        If a value or a type cannot be.
    BirthMismatch
        If a Chile Crece Contigo type is of pregnancies and the child is born, or the other way round.
    AlertAlreadyLive
        If the same institution, or the team, has a live alert of a type on the child already.
    """
    types = _checked_types(data, uow.today())
    subject = _registered_subject(uow, data, types) if data.nna_id else _described_subject(uow, data, types)
    organization_id = _speaking_for(uow, subject.commune_code, data.organization_id)
    _refuse_live(uow, subject.nna_id, [one.code for one in types], organization_id)
    return _store(uow, data, subject, types, organization_id)


def _checked_types(data: AlertData, today: date) -> list[AlertType]:
    if (data.nna_id is None) == (data.described is None):
        raise InvalidInput("Indique un registro o describa a quién se refiere, una de las dos.", field="input.nnaId")
    if not data.items:
        raise InvalidInput("Indique al menos un tipo de alerta.", field="input.items")
    types = []
    for position, item in enumerate(data.items):
        at = f"input.items.{position}"
        try:
            types.append(alert_type(item.type_code))
        except KeyError:
            raise InvalidInput("No existe ese tipo de alerta.", field=f"{at}.typeCode") from None
        if item.observed_on is not None and item.observed_on > today:
            raise InvalidInput("La fecha de observación está en el futuro.", field=f"{at}.observedOn")
        if item.observed_on is not None and not is_nna(item.observed_on, today):  # of whomever: it tells no birth date
            raise InvalidInput("Nadie menor de 18 años había nacido en esa fecha.", field=f"{at}.observedOn")
        written(item.information, f"{at}.information")
    if len({one.code for one in types}) != len(types):
        raise InvalidInput("Cada tipo de alerta va una sola vez en la ficha.", field="input.items")
    return types


def _check_birth(types: Sequence[AlertType], born: bool) -> None:
    for one in types:
        if isinstance(one, ChccAlertType) and born is (one.subject is AlertSubject.PREGNANCY):
            about = "una gestación" if one.subject is AlertSubject.PREGNANCY else "un niño o niña que ya nació"
            raise BirthMismatch(f"Ese tipo de alerta es sobre {about}.", field="input.items")


def _speaking_for(uow: UnitOfWork, commune_code: str, wanted: UUID | None) -> UUID | None:
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


def _registered_subject(uow: UnitOfWork, data: AlertData, types: Sequence[AlertType]) -> _Subject:
    assert data.nna_id is not None
    nna = uow.get(Nna, data.nna_id)
    uow.require("alert", "create", nna)
    if data.found_in_diagnosis:
        uow.require("alert", "validate", nna)
    _check_birth(types, nna.birth_date is not None)
    return _Subject(nna.id, nna.commune_code, nna.birth_date is not None)


def _described_subject(uow: UnitOfWork, data: AlertData, types: Sequence[AlertType]) -> _Subject:
    """Find the record of who is described, or open one; from outside both are the same."""
    described = data.described
    assert described is not None
    uow.require_in("alert", "create", described.commune_code)
    if data.found_in_diagnosis:
        uow.require_in("alert", "validate", described.commune_code)
    organization_id = _speaking_for(uow, described.commune_code, data.organization_id)
    normal = check_described(described, uow.today(), "input.described")
    _check_birth(types, described.birth_date is not None)
    identity = (described.commune_code, described.identifier_kind, normal)
    known = nna_known(uow, *identity) if normal else _described_before(uow, described, organization_id)
    if known is None:
        try:
            known = make_nna(uow, described, normal).id
            uow.emit(NnaRegistered(described.commune_code, known))
        except AlreadyRegistered:  # by somebody else, a moment ago
            known = nna_known(uow, *identity)
    assert known is not None
    return _Subject(known, described.commune_code, described.birth_date is not None)


def _described_before(uow: UnitOfWork, described: NnaData, organization_id: UUID | None) -> UUID | None:
    """Find the record that this institution's own report of the same child without number opened."""
    if organization_id is None:
        return None
    given = described.given_names.strip() or UNBORN_NAME
    names = (given, described.first_surname, described.second_surname, described.social_name)
    same = (
        select(col(Nna.id))
        .join(AlertReport, col(AlertReport.nna_id) == col(Nna.id))
        .where(
            col(Nna.commune_code) == described.commune_code,
            col(Nna.identifier_kind) == IdentifierKind.NONE,
            col(Nna.name_fold) == name_keys(*names).fold,
            col(Nna.birth_date).is_not_distinct_from(described.birth_date),
            col(Nna.expected_birth_date).is_not_distinct_from(described.expected_birth_date),
            col(AlertReport.organization_id) == organization_id,
        )
        .order_by(col(Nna.id))
    )
    with uow.unscoped("whether the institution described the same child before") as session:
        return session.scalars(same.limit(1)).first()


def _refuse_live(uow: UnitOfWork, nna_id: UUID, codes: Sequence[str], organization_id: UUID | None) -> None:
    """Refuse a second alert of a type by the same source, as far as the caller sees the first."""
    with uow.unscoped("two reports on one child wait for each other") as session:
        session.scalars(select(col(Nna.id)).where(col(Nna.id) == nna_id).with_for_update()).one()
    by = col(Alert.organization_id)
    live = select(Alert).where(
        col(Alert.nna_id) == nna_id,
        col(Alert.type_code).in_(codes),
        by.is_(None) if organization_id is None else by == organization_id,
        col(Alert.state).in_([str(state) for state in LIVE_STATES]),
    )
    today = uow.today()
    alerts = uow.session.scalars(live)
    found = {a.type_code for a in alerts if counts_for_list(AlertState(a.state), a.valid_until, today)}
    if found:
        raise AlertAlreadyLive(
            "Ya informó una alerta de ese tipo y sigue vigente; puede ver en qué está.",
            field="input.items",
            details={"types": sorted(found)},
        )


def _store(
    uow: UnitOfWork, data: AlertData, subject: _Subject, types: Sequence[AlertType], organization_id: UUID | None
) -> AlertReport:
    report = uow.add(
        AlertReport(
            id=uow.new_id(),
            commune_code=subject.commune_code,
            nna_id=subject.nna_id,
            source=AlertSource.SECTOR_PARTNER if organization_id else AlertSource.TEAM,
            organization_id=organization_id,
            raised_by=uow.user_id,
            raised_at=uow.now(),
            observed_on=min(item.observed_on or uow.today() for item in data.items),
        )
    )
    state = AlertState.INCORPORATED if data.found_in_diagnosis else AlertState.PENDING_VALIDATION
    for item, kind in zip(data.items, types, strict=True):
        alert = _alert(uow, report, subject, item, kind)
        alert.state = state
        uow.add(alert)
        uow.emit(AlertRaised(alert.commune_code, alert.id, {"report_id": report.id.hex, "nna_id": alert.nna_id.hex}))
    return report


def _alert(uow: UnitOfWork, report: AlertReport, subject: _Subject, item: AlertItem, kind: AlertType) -> Alert:
    family = AlertKind.CHCC if isinstance(kind, ChccAlertType) else AlertKind.TERRITORIAL
    about = AlertSubject.CHILD if subject.born else AlertSubject.PREGNANCY
    return Alert(
        id=uow.new_id(),
        commune_code=report.commune_code,
        nna_id=subject.nna_id,
        report_id=report.id,
        organization_id=report.organization_id,
        kind=family,
        type_code=kind.code,
        type_version=catalogue_version(_CATALOGUES[family]),
        data_class=kind.data_class,
        state=AlertState.PENDING_VALIDATION,
        observed_on=item.observed_on or uow.today(),
        valid_until=valid_until(family, about, uow.today()),
        information=written(item.information),
    )

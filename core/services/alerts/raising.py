"""Raising alerts: by the team or an institution, on a child with or without RUN, or on a pregnancy."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlmodel import col

from core.errors import InvalidInput
from core.events import AlertRaised
from core.identity import IdentifierKind
from core.models.alerts import Alert, AlertReport, AlertSource, NamedBy
from core.models.people import Nna
from core.reference import AlertKind, AlertType, ChccAlertType, alert_type, catalogue_version
from core.rules.age import is_nna
from core.rules.alerts import LIVE_STATES, AlertState, counts_for_list, valid_until, validity_months
from core.services.alerts.deciding import written
from core.services.alerts.descriptions import seal_description
from core.services.alerts.said import described_index
from core.services.alerts.subjects import Subject, described_subject, registered_subject, speaking_organization
from core.services.alerts.words import AlertData, AlertItem
from core.services.errors import AlertAlreadyLive, AlertLapsed
from core.services.search import is_nna_nameable
from core.unit_of_work import UnitOfWork

_CATALOGUES = {AlertKind.TERRITORIAL: "territorial_alert_types", AlertKind.CHCC: "chcc_alert_types"}


def raise_alert(uow: UnitOfWork, data: AlertData) -> AlertReport:
    """Raise one or several alerts on a child or a pregnancy.

    An institution describes whom it means. With a RUN that the office knows, the alerts go to that record, and without
    a word: the answer is the same for a child who is new, so that nobody learns by it whom the office works with.
    Where the description does not fit whoever holds the RUN, it is kept, sealed, for those who decide on the alert: the
    child may be another one, or the record an adult's. Without a RUN a record without identifier is opened, once for
    each institution that describes the child; likely duplicates wait there for the coordinator. A record that was
    joined to another of the office leads to that one.

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
    PossibleDuplicate
        If the team describes somebody of whom a record would be opened, and those that they may open look alike.
    PregnancyOverdue, RecordClosed
        If the record is of a birth that can no longer be waited for, or of a child who is another office's by now; by
        number, only to whoever may identify that record, as an adult's (NotAnNna).
    TakesNoAlerts
        In place of RecordClosed, to who does not read the RISK of that record.
    BirthMismatch
        If a Chile Crece Contigo type is of pregnancies and the child is born, or the other way round.
    AlertLapsed
        If one of Chile Crece Contigo was seen longer ago than it lasts.
    AlertAlreadyLive
        If the same institution, naming the child in the same way and by the same number, or the team, has a live alert
        of a type on the child already; of whoever is described by number, only to who may identify that child: to
        anybody else a second alert is as good as the first, and on the list both count once.
    """
    types = _checked_types(data, uow.today())
    subject = registered_subject(uow, data, types) if data.nna_id else described_subject(uow, data, types)
    organization_id = speaking_organization(uow, subject.commune_code, data.organization_id)
    if organization_id is not None or data.nna_id is not None or is_nna_nameable(uow, subject.nna_id):
        _refuse_live(uow, data, subject.nna_id, [one.code for one in types], organization_id)
    return _store(uow, data, subject, types, organization_id)


def may_show_report(uow: UnitOfWork, data: AlertData, report: AlertReport) -> bool:
    """Tell whether the answer may lead to the report, and by it to the record behind a number.

    An institution is led to its own report, and never by it to a record: what it reads is tied to no child, but to one
    that it named by its record or, by consent, may name (`tied` of the scopes of alerts). Of the office, only who may
    identify the child is led to the report: to anybody else the answer is the same, whoever has the number, or nobody.

    Parameters
    ----------
    uow : UnitOfWork
    data : AlertData
        As it was raised.
    report : AlertReport

    Returns
    -------
    bool
    """
    return report.organization_id is not None or data.nna_id is not None or is_nna_nameable(uow, report.nna_id)


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
        _refuse_lapsed(types[-1], item.observed_on or today, today, f"{at}.observedOn")
        written(item.information, f"{at}.information")
    if len({one.code for one in types}) != len(types):
        raise InvalidInput("Cada tipo de alerta va una sola vez en la ficha.", field="input.items")
    return types


def _ends(kind: AlertType, observed_on: date) -> date | None:
    """Find when an alert ends; what is asked of a type is asked of the catalogue, and never of whom it is about."""
    if isinstance(kind, ChccAlertType):
        return valid_until(AlertKind.CHCC, kind.subject, observed_on)
    return None


def _refuse_lapsed(kind: AlertType, observed_on: date, today: date, path: str) -> None:
    end = _ends(kind, observed_on)
    if isinstance(kind, ChccAlertType) and end is not None and end <= today:
        months = validity_months(kind.subject)
        raise AlertLapsed(f"Esa alerta ya venció: vale {months} meses desde que se observó.", field=path)


def _named_by(data: AlertData, nna_id: UUID) -> NamedBy:
    if data.described is None:
        return NamedBy.RECORD if data.nna_id == nna_id else NamedBy.JOINED_RECORD
    return NamedBy.DESCRIPTION if data.described.identifier_kind is IdentifierKind.NONE else NamedBy.NUMBER


def _told_alike(uow: UnitOfWork, data: AlertData, nna_id: UUID, organization_id: UUID | None) -> ColumnElement[bool]:
    """Return the condition on an alert and its report that its source is this one, and named the child alike.

    Of an institution, in the same way and by the same number, or in the same words: that two of them lead to one record
    would tell it whose number that is, or how the office corrected a name.
    """
    by = col(Alert.organization_id)
    if organization_id is None:
        return by.is_(None)
    said = described_index(uow, data.described) if data.described else None
    same = col(AlertReport.said_index).is_not_distinct_from(said)
    return and_(by == organization_id, col(AlertReport.named_by) == _named_by(data, nna_id), same)


def _refuse_live(
    uow: UnitOfWork, data: AlertData, nna_id: UUID, codes: Sequence[str], organization_id: UUID | None
) -> None:
    """Refuse a second alert of a type by the same source, as far as the caller sees the first; files are no source."""
    with uow.unscoped("two reports on one child wait for each other") as session:
        session.scalars(select(col(Nna.id)).where(col(Nna.id) == nna_id).with_for_update()).one()
    files = col(AlertReport.source) == AlertSource.EXTRACT
    told = select(Alert).join(AlertReport, col(AlertReport.id) == col(Alert.report_id))
    live = told.where(
        ~files,
        col(Alert.nna_id) == nna_id,
        col(Alert.type_code).in_(codes),
        _told_alike(uow, data, nna_id, organization_id),
        col(Alert.state).in_([str(state) for state in LIVE_STATES]),
    )
    today = uow.today()
    alerts = uow.session.scalars(live)
    found = {a.type_code for a in alerts if counts_for_list(AlertState(a.state), a.valid_until, today)}
    if found:
        raise AlertAlreadyLive(
            "Ya informó una alerta de ese tipo y sigue vigente; puede ver en qué está.",
            field="input.items",
            details={"types": sorted(found)} | ({} if organization_id else {"nnaId": f"nna_{nna_id.hex}"}),
        )


def _store(
    uow: UnitOfWork, data: AlertData, subject: Subject, types: Sequence[AlertType], organization_id: UUID | None
) -> AlertReport:
    report_id = uow.new_id()
    differing = data.described if subject.differs else None
    report = uow.add(
        AlertReport(
            id=report_id,
            commune_code=subject.commune_code,
            nna_id=subject.nna_id,
            source=AlertSource.SECTOR_PARTNER if organization_id else AlertSource.TEAM,
            organization_id=organization_id,
            raised_by=uow.user_id,
            raised_at=uow.now(),
            named_by=_named_by(data, subject.nna_id),
            said_index=described_index(uow, data.described) if data.described else None,
            observed_on=min(item.observed_on or uow.today() for item in data.items),
            described_sealed=seal_description(uow.sealer, report_id, differing) if differing else None,
        )
    )
    state = AlertState.INCORPORATED if data.found_in_diagnosis else AlertState.PENDING_VALIDATION
    for item, kind in zip(data.items, types, strict=True):
        alert = _alert(uow, report, subject, item, kind)
        alert.state = state
        uow.add(alert)
        uow.emit(AlertRaised(alert.commune_code, alert.id, {"report_id": report.id.hex, "nna_id": alert.nna_id.hex}))
    return report


def _alert(uow: UnitOfWork, report: AlertReport, subject: Subject, item: AlertItem, kind: AlertType) -> Alert:
    family = AlertKind.CHCC if isinstance(kind, ChccAlertType) else AlertKind.TERRITORIAL
    observed_on = item.observed_on or uow.today()
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
        observed_on=observed_on,
        valid_until=_ends(kind, observed_on),
        information=written(item.information),
    )

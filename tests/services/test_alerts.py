"""Alerts: who raises them on whom, what the informant learns, and how they are decided."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from authz.actor import Hat, Role
from authz.guard import AccessDenied
from core.errors import InvalidInput, NotFound
from core.host import Host
from core.identity import IdentifierKind
from core.models.alerts import Alert, AlertReport
from core.models.people import Nna, TeamMember
from core.rules.alerts import AlertState
from core.services.alerts import AlertData, AlertItem, dismiss_alert, raise_alert
from core.services.errors import AlertAlreadyLive, NotAnNna, PregnancyOverdue
from core.services.people import update_nna
from tests.factories import (
    COLINA,
    SANTIAGO,
    a_grant,
    a_run,
    a_team_member,
    a_user,
    actor,
    an_alert,
    an_nna,
    an_organization,
    stored,
)
from tests.services.raising import HOUSING, HUNGER, MIND, PREGNANT, TODAY, a_school, child, items, raised


def test_the_team_raises_several_types_on_a_child_it_sees(host: Host) -> None:
    manager = actor("case_manager")
    with stored(host) as uow:
        a_user(uow, manager)
        nna = an_nna(uow)
        a_team_member(uow, nna, manager)
    with host.unit_of_work(manager, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData(items(HOUSING, MIND), nna_id=nna.id))
        uow.session.commit()
        found = raised(uow, report)
        assert [(a.type_code, a.state, a.data_class, a.kind) for a in found] == [
            (HOUSING, "PENDING_VALIDATION", "RISK", "TERRITORIAL"),
            (MIND, "PENDING_VALIDATION", "HEALTH", "TERRITORIAL"),
        ]
        assert (report.source, report.organization_id, report.raised_by) == ("TEAM", None, manager.user_id)
        assert found[0].valid_until is None
        assert found[0].type_version == "2020.1"


def test_an_institution_raises_on_a_child_without_run(host: Host) -> None:
    partner, school = a_school(host)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData(items(HOUSING), described=child()))
        uow.session.commit()
        assert (report.source, report.organization_id) == ("SECTOR_PARTNER", school.id)
        assert [a.state for a in raised(uow, report)] == ["PENDING_VALIDATION"]
        with pytest.raises(NotFound):
            uow.get(Nna, report.nna_id)
    with host.unit_of_work(actor("coordinator"), "read") as uow:
        assert uow.get(Nna, report.nna_id).identifier_kind == IdentifierKind.NONE
        assert uow.session.scalars(select(TeamMember)).all() == []


def test_an_institution_does_not_learn_whether_the_child_was_known(host: Host) -> None:
    partner, _ = a_school(host)
    known, unknown = a_run(), a_run()
    with stored(host) as uow:
        nna = an_nna(uow, run=known)
    answers = []
    with host.unit_of_work(partner, "raiseAlert") as uow:
        for run in (known, unknown):
            described = child(given_names="Otra", identifier_kind=IdentifierKind.RUN, identifier=run)
            report = raise_alert(uow, AlertData(items(HOUSING), described=described))
            answers.append((report.source, report.observed_on, report.version, len(raised(uow, report))))
            with pytest.raises(NotFound):
                uow.get(Nna, report.nna_id)
        uow.session.commit()
    assert answers[0] == answers[1]
    with host.unit_of_work(None, "test") as uow:
        on = [report.nna_id for report in uow.session.scalars(select(AlertReport)).all()]
        assert nna.id in on
        assert len(set(on)) == 2
        assert uow.get(Nna, nna.id).given_names == "Amanda"


def test_an_institution_raises_by_id_on_a_child_opened_to_it_and_no_other(host: Host) -> None:
    partner, school = a_school(host)
    with stored(host) as uow:
        opened, closed = an_nna(uow), an_nna(uow)
        a_grant(uow, opened, school)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HOUSING), nna_id=opened.id))
        with pytest.raises(NotFound):
            raise_alert(uow, AlertData(items(HOUSING), nna_id=closed.id))


def test_an_institution_sees_its_own_alerts_and_their_fate(host: Host) -> None:
    partner, _ = a_school(host)
    other, _ = a_school(host, "consultorio")
    coordinator = actor("coordinator")
    with stored(host) as uow:
        a_user(uow, coordinator)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData(items(MIND), described=child()))
        uow.session.commit()
        (alert,) = raised(uow, report)
    with host.unit_of_work(coordinator, "dismissAlert") as uow:
        dismiss_alert(uow, alert.id, "Ya está en atención de salud mental.", 1, note="Conversado con el CESFAM.")
        uow.session.commit()
    with host.unit_of_work(partner, "read") as uow:
        mine = uow.get(Alert, alert.id)
        assert (mine.state, mine.decision_reason) == ("DISMISSED", "Ya está en atención de salud mental.")
        assert mine.decided_at is not None
    with host.unit_of_work(other, "read") as uow, pytest.raises(NotFound):
        uow.get(Alert, alert.id)


def test_who_speaks_for_two_institutions_says_for_which(host: Host) -> None:
    with stored(host) as uow:
        one, other, third = (an_organization(uow) for _ in range(3))
        hats = tuple(Hat(Role.SECTOR_PARTNER, frozenset({SANTIAGO}), o.id) for o in (one, other))
        partner = actor("sector_partner", hats=hats)
        a_user(uow, partner)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        with pytest.raises(InvalidInput):
            raise_alert(uow, AlertData(items(HOUSING), described=child()))
        with pytest.raises(AccessDenied):
            raise_alert(uow, AlertData(items(HOUSING), described=child(), organization_id=third.id))
        report = raise_alert(uow, AlertData(items(HOUSING), described=child(), organization_id=other.id))
        assert report.organization_id == other.id


def test_a_partner_without_institution_raises_nothing(host: Host) -> None:
    with host.unit_of_work(actor("sector_partner"), "raiseAlert") as uow, pytest.raises(AccessDenied):
        raise_alert(uow, AlertData(items(HOUSING), described=child()))


def test_nothing_is_raised_in_another_commune(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "raiseAlert") as uow, pytest.raises(AccessDenied):
        raise_alert(uow, AlertData(items(HOUSING), described=child(commune_code=COLINA)))


def test_a_role_that_may_not_raise_is_refused(host: Host) -> None:
    with host.unit_of_work(actor("municipal_admin"), "raiseAlert") as uow, pytest.raises(AccessDenied):
        raise_alert(uow, AlertData(items(HOUSING), described=child()))


def test_the_same_live_alert_of_one_institution_is_refused_and_of_another_is_not(host: Host) -> None:
    partner, _ = a_school(host)
    other, _ = a_school(host, "consultorio")
    described = child(identifier_kind=IdentifierKind.RUN, identifier=a_run())
    with host.unit_of_work(partner, "raiseAlert") as uow:
        raise_alert(uow, AlertData(items(HOUSING), described=described))
        with pytest.raises(AlertAlreadyLive) as refused:
            raise_alert(uow, AlertData(items(HUNGER, HOUSING), described=described))
        assert refused.value.details == {"types": [HOUSING]}
        uow.session.commit()
    with host.unit_of_work(other, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HOUSING), described=described))


def test_a_child_without_run_described_twice_is_one_record(host: Host) -> None:
    partner, _ = a_school(host)
    other, _ = a_school(host, "consultorio")
    with host.unit_of_work(partner, "raiseAlert") as uow:
        first = raise_alert(uow, AlertData(items(HOUSING), described=child()))
        assert raise_alert(uow, AlertData(items(HUNGER), described=child())).nna_id == first.nna_id
        with pytest.raises(AlertAlreadyLive):
            raise_alert(uow, AlertData(items(HOUSING), described=child()))
        uow.session.commit()
    with host.unit_of_work(other, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HOUSING), described=child())).nna_id != first.nna_id


def test_a_pregnancy_described_twice_is_one_record(host: Host) -> None:
    partner, _ = a_school(host)
    pregnancy = child(given_names="", birth_date=None, expected_birth_date=TODAY)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        first = raise_alert(uow, AlertData(items(HOUSING), described=pregnancy))
        assert raise_alert(uow, AlertData(items("PREGNANCY_LOW_SUPPORT"), described=pregnancy)).nna_id == first.nna_id


def test_who_was_described_before_birth_is_one_record_with_the_child_described_after_it(host: Host) -> None:
    partner, _ = a_school(host)
    pregnancy = child(given_names="Luz", birth_date=None, expected_birth_date=TODAY)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        first = raise_alert(uow, AlertData(items(HOUSING), described=pregnancy))
        uow.session.commit()
    with host.unit_of_work(None, "updateNna") as uow:
        update_nna(uow, first.nna_id, {"birth_date": TODAY}, None)
        uow.session.commit()
    with host.unit_of_work(partner, "raiseAlert") as uow:
        born = child(given_names="Luz", birth_date=TODAY)
        assert raise_alert(uow, AlertData(items(HUNGER), described=born)).nna_id == first.nna_id


def test_two_pregnancies_of_one_surname_and_date_are_told_apart_by_how_they_are_called(host: Host) -> None:
    partner, _ = a_school(host)
    called = (PREGNANT | {"given_names": name} for name in ("Gestación de Rosa", "Gestación de Elena"))
    with host.unit_of_work(partner, "raiseAlert") as uow:
        one, other = (raise_alert(uow, AlertData(items(HOUSING), described=child(**about))) for about in called)
        assert one.nna_id != other.nna_id


def test_what_comes_back_after_a_dismissal_is_a_new_alert(host: Host) -> None:
    coordinator = actor("coordinator")
    with stored(host) as uow:
        a_user(uow, coordinator)
        nna = an_nna(uow)
        an_alert(uow, nna, type_code=HOUSING, state=AlertState.DISMISSED)
    with host.unit_of_work(coordinator, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HOUSING), nna_id=nna.id))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (AlertData(items(HOUSING)), "input.nnaId"),
        (AlertData((), described=child()), "input.items"),
        (AlertData(items(HOUSING, HOUSING), described=child()), "input.items"),
        (AlertData(items("NO_SUCH"), described=child()), "input.items.0.typeCode"),
        (AlertData((AlertItem(HOUSING, None, date(2027, 1, 1)),), described=child()), "input.items.0.observedOn"),
        (AlertData((AlertItem(HOUSING, None, date(2008, 11, 20)),), described=child()), "input.items.0.observedOn"),
        (AlertData((AlertItem(HOUSING, None, date(1, 1, 1)),), described=child()), "input.items.0.observedOn"),
        (AlertData((AlertItem(HOUSING, None, date(2015, 1, 1)),), described=child()), "input.items.0.observedOn"),
        (AlertData(items(HOUSING), described=child(given_names="")), "input.described.givenNames"),
    ],
)
def test_a_report_that_cannot_be_is_refused_by_its_field(host: Host, data: AlertData, field: str) -> None:
    with host.unit_of_work(actor("coordinator"), "raiseAlert") as uow, pytest.raises(InvalidInput) as refused:
        raise_alert(uow, data)
    assert refused.value.field == field


def test_an_adult_is_not_alerted_on(host: Host) -> None:
    with host.unit_of_work(actor("coordinator"), "raiseAlert") as uow, pytest.raises(NotAnNna):
        raise_alert(uow, AlertData(items(HOUSING), described=child(birth_date=date(2000, 1, 1))))


@pytest.mark.parametrize(
    ("over", "refusal"),
    [
        ({"birth_date": date(2008, 11, 20)}, NotAnNna),
        ({"birth_date": None, "expected_birth_date": TODAY - timedelta(days=15)}, PregnancyOverdue),
    ],
)
def test_a_record_of_no_nna_is_not_alerted_on(host: Host, over: dict[str, object], refusal: type[Exception]) -> None:
    partner, school = a_school(host)
    with stored(host) as uow:
        nna = an_nna(uow, **over)
        a_grant(uow, nna, school)
    for who in (actor("coordinator"), partner):
        with host.unit_of_work(who, "raiseAlert") as uow, pytest.raises(refusal):
            raise_alert(uow, AlertData(items(HOUSING), nna_id=nna.id))


@pytest.mark.parametrize("expected", [TODAY - timedelta(days=14), TODAY + timedelta(days=90)])
def test_a_birth_that_is_waited_for_is_alerted_on(host: Host, expected: date) -> None:
    with stored(host) as uow:
        a_user(uow, coordinator := actor("coordinator"))
        nna = an_nna(uow, birth_date=None, expected_birth_date=expected)
    with host.unit_of_work(coordinator, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HOUSING), nna_id=nna.id)).nna_id == nna.id


def test_what_the_team_finds_in_a_diagnosis_needs_no_validation(host: Host) -> None:
    manager = actor("case_manager")
    with stored(host) as uow:
        a_user(uow, manager)
        mine, other = an_nna(uow), an_nna(uow)
        a_team_member(uow, mine, manager)
    with host.unit_of_work(manager, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData(items(HOUSING), nna_id=mine.id, found_in_diagnosis=True))
        assert [a.state for a in raised(uow, report)] == ["INCORPORATED"]
        with pytest.raises(AccessDenied):
            raise_alert(uow, AlertData(items(HOUSING), nna_id=other.id, found_in_diagnosis=True))

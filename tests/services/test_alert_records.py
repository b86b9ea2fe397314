"""Records that take no alert, or lead to another: of adults, closed, and what a file already said."""

from datetime import date, timedelta

import pytest

from authz.actor import Actor
from core.errors import InvalidInput, RuleBroken
from core.host import Host
from core.identity import IdentifierKind
from core.models.alerts import AlertReport, AlertSource
from core.models.people import Nna
from core.services.alerts import AlertData, AlertItem, open_description, raise_alert
from core.services.errors import AlertAlreadyLive, NotAnNna, PregnancyOverdue, RecordClosed, TakesNoAlerts
from core.services.people import NnaData
from core.unit_of_work import UnitOfWork
from tests.factories import (
    BIRTH,
    COLINA,
    a_grant,
    a_report,
    a_run,
    a_team_member,
    a_user,
    actor,
    an_alert,
    an_nna,
    stored,
)
from tests.services.nomina import entry_of, prepared
from tests.services.raising import HOUSING, TODAY, a_school, child, items

COORDINATOR = actor("coordinator")
ADULT = {"birth_date": date(2001, 1, 1)}
OVERDUE = {"birth_date": None, "expected_birth_date": TODAY - timedelta(days=15)}


def moved_away(uow: UnitOfWork, **over: object) -> Nna:
    return an_nna(uow, moved_to_id=an_nna(uow, commune_code=COLINA).id, **over)


def raised_by_run(host: Host, who: Actor, run: str, **over: object) -> AlertReport:
    described: NnaData = child(identifier_kind=IdentifierKind.RUN, identifier=run, **over)
    with host.unit_of_work(who, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData(items(HOUSING), described=described))
        uow.session.commit()
        return report


@pytest.mark.parametrize(("over", "refusal"), [(ADULT, NotAnNna), (OVERDUE, PregnancyOverdue)])
def test_who_may_identify_a_record_of_no_nna_is_refused_and_who_may_not_learns_nothing(
    host: Host, over: dict[str, object], refusal: type[RuleBroken]
) -> None:
    partner, _ = a_school(host)
    run = a_run()
    manager = actor("case_manager")
    with stored(host) as uow:
        a_user(uow, COORDINATOR)
        a_user(uow, manager)
        nna = an_nna(uow, run=run, **over)
    with pytest.raises(refusal) as refused:
        raised_by_run(host, COORDINATOR, run)
    assert refused.value.field == "input.described.identifier"
    for who in (partner, manager):
        report = raised_by_run(host, who, run)
        kept = open_description(host.sealer, report.id, report.described_sealed)
        assert report.nna_id == nna.id
        assert kept is not None and kept.birth_date == BIRTH


def test_an_adult_whose_birth_date_was_given_almost_right_is_marked_all_the_same(host: Host) -> None:
    partner, _ = a_school(host)
    run = a_run()
    with stored(host) as uow:
        an_nna(uow, run=run, birth_date=date(2006, 5, 4))
    assert raised_by_run(host, partner, run, birth_date=date(2016, 5, 4)).described_sealed is not None


def test_a_record_joined_to_another_of_the_office_leads_to_that_one(host: Host) -> None:
    partner, school = a_school(host)
    run = a_run()
    with stored(host) as uow:
        a_user(uow, COORDINATOR)
        living = an_nna(uow)
        between = an_nna(uow, moved_to_id=living.id)
        old = an_nna(uow, run=run, moved_to_id=between.id)
        a_grant(uow, old, school)
    assert raised_by_run(host, partner, run).nna_id == living.id
    with host.unit_of_work(COORDINATOR, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HOUSING), nna_id=old.id)).nna_id == living.id


def test_that_a_child_left_the_commune_is_told_to_the_office_and_to_no_institution(host: Host) -> None:
    partner, school = a_school(host)
    run = a_run()
    with stored(host) as uow:
        a_user(uow, COORDINATOR)
        old = moved_away(uow, run=run)
        a_grant(uow, old, school, with_identity=True)
    with pytest.raises(RecordClosed):
        raised_by_run(host, COORDINATOR, run)
    with host.unit_of_work(COORDINATOR, "raiseAlert") as uow, pytest.raises(RecordClosed):
        raise_alert(uow, AlertData(items(HOUSING), nna_id=old.id))
    assert raised_by_run(host, partner, run).nna_id == old.id


@pytest.mark.parametrize(
    ("who", "on_team", "refusal"),
    [
        ("case_manager", True, RecordClosed),
        ("case_manager", False, TakesNoAlerts),
        ("chcc_professional", True, TakesNoAlerts),
        ("chcc_professional", False, TakesNoAlerts),
        ("family_therapist", True, TakesNoAlerts),
    ],
)
def test_why_a_record_takes_no_alerts_is_told_to_who_reads_its_risk(
    host: Host, who: str, on_team: bool, refusal: type[RuleBroken]
) -> None:
    worker, run = actor(who), a_run()
    with stored(host) as uow:
        a_user(uow, worker)
        old = moved_away(uow, run=run)
        if on_team:
            a_team_member(uow, old, worker)
    with host.unit_of_work(worker, "raiseAlert") as uow, pytest.raises(refusal) as told:
        raise_alert(uow, AlertData(items(HOUSING), nna_id=old.id))
    assert (type(told.value), told.value.details) == (refusal, {})
    if on_team and who != "family_therapist":  # who describes a child of the commune at large
        with pytest.raises(refusal):
            raised_by_run(host, worker, run)


def test_records_that_lead_to_each_other_end_somewhere(host: Host) -> None:
    partner, _ = a_school(host)
    run = a_run()
    with stored(host) as uow:
        one = an_nna(uow, run=run)
        other = an_nna(uow, moved_to_id=one.id)
        one.moved_to_id = other.id
        uow.session.add(one)
    assert raised_by_run(host, partner, run).nna_id in (one.id, other.id)


def test_the_team_adds_its_own_alert_to_one_that_a_file_brought_and_the_list_counts_it_once(host: Host) -> None:
    with stored(host) as uow:
        a_user(uow, COORDINATOR)
        nna = an_nna(uow)
        an_alert(uow, nna, a_report(uow, nna, source=AlertSource.EXTRACT), type_code=HOUSING)
    with host.unit_of_work(COORDINATOR, "raiseAlert") as uow:
        raise_alert(uow, AlertData(items(HOUSING), nna_id=nna.id, found_in_diagnosis=True))
        with pytest.raises(AlertAlreadyLive):
            raise_alert(uow, AlertData(items(HOUSING), nna_id=nna.id))
        uow.session.commit()
    assert entry_of(host, prepared(host), nna).territorial_alerts == 1


@pytest.mark.parametrize("role", ["case_manager", "chcc_professional"])
def test_who_may_not_identify_a_child_learns_by_its_number_of_no_alert(host: Host, role: str) -> None:
    other, run = actor(role), a_run()
    with stored(host) as uow:
        for who in (COORDINATOR, other):
            a_user(uow, who)
        nna = an_nna(uow, run=run)
    with host.unit_of_work(COORDINATOR, "raiseAlert") as uow:
        raise_alert(uow, AlertData(items(HOUSING), nna_id=nna.id))
        uow.session.commit()
    assert raised_by_run(host, other, run).nna_id == nna.id
    with pytest.raises(AlertAlreadyLive) as told:
        raised_by_run(host, COORDINATOR, run)
    assert told.value.details == {"types": [HOUSING], "nnaId": f"nna_{nna.id.hex}"}
    assert entry_of(host, prepared(host), nna).territorial_alerts == 1


def test_a_child_is_not_alerted_on_before_it_was_expected(host: Host) -> None:
    with stored(host) as uow:
        a_user(uow, COORDINATOR)
        nna = an_nna(uow, birth_date=date(2015, 12, 1))
    seen = (AlertItem(HOUSING, None, date(2015, 1, 1)), AlertItem(HOUSING, None, date(2015, 3, 1)))
    with host.unit_of_work(COORDINATOR, "raiseAlert") as uow:
        with pytest.raises(InvalidInput) as refused:
            raise_alert(uow, AlertData(seen[:1], nna_id=nna.id))
        assert refused.value.field == "input.items.0.observedOn"
        assert raise_alert(uow, AlertData(seen[1:], nna_id=nna.id)).nna_id == nna.id

"""The types of alerts: every one can be raised, on whom it is of, and for as long as it lasts."""

from datetime import date, timedelta

import pytest

from core.host import Host
from core.reference import AlertKind, AlertSubject, alert_types, chcc_alert_types
from core.services.alerts import AlertData, AlertItem, raise_alert
from core.services.errors import AlertLapsed, BirthMismatch
from tests.factories import a_user, actor, an_nna, stored
from tests.services.raising import HOUSING, PREGNANT, TODAY, child, items, raised


def test_every_type_of_the_catalogues_can_be_raised(host: Host) -> None:
    coordinator = actor("coordinator")
    with stored(host) as uow:
        a_user(uow, coordinator)
        nna = an_nna(uow)
        unborn = an_nna(uow, birth_date=None, expected_birth_date=TODAY)
    territorial = [one.code for one in alert_types(AlertKind.TERRITORIAL)]
    chcc = chcc_alert_types()
    of_children = [one.code for one in chcc if one.subject == AlertSubject.CHILD]
    of_pregnancies = [one.code for one in chcc if one.subject == AlertSubject.PREGNANCY]
    with host.unit_of_work(coordinator, "raiseAlert") as uow:
        assert len(raised(uow, raise_alert(uow, AlertData(items(*territorial, *of_children), nna_id=nna.id)))) == 28
        assert len(raised(uow, raise_alert(uow, AlertData(items(*of_pregnancies), nna_id=unborn.id)))) == 6


def test_alerts_of_chile_crece_contigo_expire(host: Host) -> None:
    coordinator = actor("coordinator")
    with stored(host) as uow:
        a_user(uow, coordinator)
    described = child(given_names="", birth_date=None, expected_birth_date=TODAY + timedelta(weeks=8))
    with host.unit_of_work(coordinator, "raiseAlert") as uow:
        of_child = raise_alert(uow, AlertData(items("MIGRATION"), described=child()))
        of_pregnancy = raise_alert(uow, AlertData(items("PREGNANCY_LOW_SUPPORT"), described=described))
        assert raised(uow, of_child)[0].valid_until == date(2027, 5, 20)
        assert raised(uow, of_pregnancy)[0].valid_until == date(2027, 11, 20)


@pytest.mark.parametrize(
    ("code", "about", "last", "months"),
    [("MIGRATION", {}, date(2026, 5, 21), 6), ("PREGNANCY_LOW_SUPPORT", PREGNANT, date(2025, 11, 21), 12)],
)
def test_an_alert_of_chile_crece_contigo_lasts_from_the_day_it_was_seen(
    host: Host, code: str, about: dict[str, object], last: date, months: int
) -> None:
    coordinator = actor("coordinator")
    with stored(host) as uow:
        a_user(uow, coordinator)
    with host.unit_of_work(coordinator, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData([AlertItem(code, None, last)], described=child(**about)))
        assert raised(uow, report)[0].valid_until == TODAY + timedelta(days=1)
        seen_before = AlertItem(code, None, last - timedelta(days=1))
        with pytest.raises(AlertLapsed, match=f"vale {months} meses") as refused:
            raise_alert(uow, AlertData([seen_before], described=child(**about)))
        assert refused.value.field == "input.items.0.observedOn"


def test_a_territorial_alert_never_lapses(host: Host) -> None:
    with host.unit_of_work(None, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData([AlertItem(HOUSING, None, date(2018, 1, 1))], described=child()))
        assert raised(uow, report)[0].valid_until is None


@pytest.mark.parametrize(
    ("code", "over"),
    [
        ("PREGNANCY_LOW_SUPPORT", {}),
        ("MIGRATION", {"birth_date": None, "expected_birth_date": TODAY, "given_names": ""}),
    ],
)
def test_a_type_of_pregnancies_is_not_of_children(host: Host, code: str, over: dict[str, object]) -> None:
    with host.unit_of_work(actor("coordinator"), "raiseAlert") as uow, pytest.raises(BirthMismatch):
        raise_alert(uow, AlertData(items(code), described=child(**over)))

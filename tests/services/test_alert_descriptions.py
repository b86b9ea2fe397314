"""A report under somebody else's RUN: what was described is kept for the office, and the informant learns nothing."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from authz.actor import Actor, Role
from core.database import machinery
from core.host import Host
from core.identity import IdentifierKind
from core.models.alerts import AlertReport, NamedBy
from core.models.people import Nna, Sex
from core.services.alerts import AlertData, Description, open_description, raise_alert
from core.services.errors import AlertAlreadyLive, PossibleDuplicate
from core.services.people import NnaData, identify_nna, update_nna
from tests.factories import a_grant, a_run, a_user, actor, an_nna, stored
from tests.services.raising import HOUSING, HUNGER, PREGNANT, a_school, child, items

BORN = date(2019, 2, 12)


def numbered(run: str, **over: object) -> NnaData:
    return child(identifier_kind=IdentifierKind.RUN, identifier=run, **over)


def described_as(host: Host, **over: object) -> tuple[AlertReport, Description | None]:
    """Report Amanda Núñez Soto's RUN with another description, and return what was kept of it."""
    partner, _ = a_school(host)
    run = a_run()
    with stored(host) as uow:
        amanda = an_nna(uow, run=run, given_names="Amanda Luz", second_surname="Soto", birth_date=BORN)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData(items(HOUSING), described=numbered(run, **({"birth_date": BORN} | over))))
        uow.session.commit()
        assert report.nna_id == amanda.id
        return report, open_description(host.sealer, report.id, report.described_sealed)


@pytest.mark.parametrize(
    "over",
    [
        {"given_names": "Pedro", "first_surname": "Soto", "birth_date": date(2010, 1, 1)},
        {"given_names": "Pedro", "first_surname": "Núñez", "second_surname": "Soto"},
        {"birth_date": date(2010, 11, 30)},
        {"first_surname": "Quidel"},
    ],
)
def test_who_was_described_under_the_run_of_another_is_kept(host: Host, over: dict[str, object]) -> None:
    _, kept = described_as(host, **over)
    said = {"given_names": "Amanda", "first_surname": "Núñez", "second_surname": None, "birth_date": BORN} | over
    assert kept == Description(social_name=None, sex=Sex.UNKNOWN, **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "over",
    [
        {},
        {"given_names": "AMANDA", "first_surname": "nunez"},
        {"given_names": "Luz Amanda", "first_surname": "Nuñes", "second_surname": "Zoto"},
        {"first_surname": "Soto", "second_surname": "Núñez"},
        {"given_names": "Amada", "birth_date": date(2019, 12, 2)},
        {"birth_date": date(2018, 2, 12)},
    ],
)
def test_how_people_write_is_no_other_person(host: Host, over: dict[str, object]) -> None:
    assert described_as(host, **over)[1] is None


def test_a_new_child_keeps_no_second_description(host: Host) -> None:
    partner, _ = a_school(host)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        report = raise_alert(uow, AlertData(items(HOUSING), described=numbered(a_run())))
        assert report.described_sealed is None


def test_what_is_kept_is_sealed_for_its_report(host: Host) -> None:
    report, _ = described_as(host, given_names="Pedro", first_surname="Quidel")
    with machinery(host.database, "test") as session:
        sealed = session.scalars(select(AlertReport)).one().described_sealed
    assert sealed is not None and report.described_sealed == sealed
    assert b"Pedro" not in sealed and b"Quidel" not in sealed


@pytest.mark.parametrize("holder", ["the child described", "somebody else", "nobody"])
@pytest.mark.parametrize("name", [None, "Pedro"])
def test_a_school_learns_by_no_answer_whose_number_it_used(host: Host, holder: str, name: str | None) -> None:
    """As by raising under a number with one name, and then under another name without: what differs is not told."""
    partner, _ = a_school(host)
    run, described = a_run(), child(birth_date=BORN)
    with stored(host) as uow:
        if holder != "nobody":
            names = {} if holder == "somebody else" else {"given_names": "Amanda", "first_surname": "Núñez"}
            an_nna(uow, run=run, birth_date=BORN, **names)
    under_number = numbered(run, birth_date=BORN, **({"given_names": name} if name else {}))
    with host.unit_of_work(partner, "raiseAlert") as uow:
        raise_alert(uow, AlertData(items(HOUSING), described=under_number))
        first = raise_alert(uow, AlertData(items(HOUSING), described=described))
        for again in (under_number, described):
            with pytest.raises(AlertAlreadyLive):
                raise_alert(uow, AlertData(items(HOUSING), described=again))
        assert uow.session.get_one(AlertReport, first.id).organization_id is not None


def test_nor_whether_the_office_gave_a_number_to_whom_it_described(host: Host) -> None:
    partner, _ = a_school(host)
    run, described = a_run(), child(birth_date=BORN)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        first = raise_alert(uow, AlertData(items(HOUSING), described=described))
        uow.session.commit()
    with host.unit_of_work(None, "updateNna") as uow:
        identify_nna(uow, first.nna_id, IdentifierKind.RUN, run, None)
        uow.session.commit()
    with host.unit_of_work(partner, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HOUSING), described=numbered(run, birth_date=BORN)))


def test_nor_to_which_number_the_office_corrected_the_one_that_it_said(host: Host) -> None:
    partner, _ = a_school(host)
    said, right = a_run(), a_run()
    with host.unit_of_work(partner, "raiseAlert") as uow:
        first = raise_alert(uow, AlertData(items(HOUSING), described=numbered(said, birth_date=BORN)))
        uow.session.commit()
    with host.unit_of_work(None, "updateNna") as uow:
        identify_nna(uow, first.nna_id, IdentifierKind.RUN, right, None)
        uow.session.commit()
    with host.unit_of_work(partner, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HOUSING), described=numbered(right, birth_date=BORN)))
        with pytest.raises(AlertAlreadyLive):
            raise_alert(uow, AlertData(items(HOUSING), described=numbered(right, birth_date=BORN)))


def test_whoever_of_the_team_may_open_no_record_opens_it_once(host: Host) -> None:
    """Else every click of a case manager would be a child more, each with a place of its own on the list."""
    first, other = actor(Role.CASE_MANAGER), replace(actor(Role.CASE_MANAGER), user_id=UUID(int=77), username="otra")
    coordinator = actor(Role.COORDINATOR)
    with stored(host) as uow:
        for one in (first, other, coordinator):
            a_user(uow, one)
    described, came = child(birth_date=BORN), set()
    for who in (first, first, other):
        with host.unit_of_work(who, "raiseAlert") as uow:
            came.add(raise_alert(uow, AlertData(items(HOUSING), described=described)).nna_id)
            uow.session.commit()
    (known,) = came
    with host.unit_of_work(coordinator, "raiseAlert") as uow:
        with pytest.raises(PossibleDuplicate):
            raise_alert(uow, AlertData(items(HOUSING), described=described))
        another = replace(described, distinct_from=frozenset({known}))
        assert raise_alert(uow, AlertData(items(HOUSING), described=another)).nna_id != known


def answers(host: Host, partner: Actor, *described: NnaData) -> list[bool]:
    """Tell of each description whether the alert was taken, or there is one of before."""
    found = []
    for one in described:
        with host.unit_of_work(partner, "raiseAlert") as uow:
            try:
                raise_alert(uow, AlertData(items(HOUSING), described=one))
                found.append(True)
            except AlertAlreadyLive:
                found.append(False)
    return found


def opened(host: Host, partner: Actor, described: NnaData) -> UUID:
    """Let an institution describe somebody; return the record that was opened."""
    with host.unit_of_work(partner, "raiseAlert") as uow:
        nna_id = raise_alert(uow, AlertData(items(HOUSING), described=described)).nna_id
        uow.session.commit()
    return nna_id


def corrected(host: Host, nna_id: UUID, changes: dict[str, object]) -> None:
    with host.unit_of_work(None, "updateNna") as uow:
        update_nna(uow, nna_id, changes, None)
        uow.session.commit()


@pytest.mark.parametrize(
    "changes", [{"given_names": "Amelia"}, {"second_surname": "Soto"}, {"birth_date": date(2018, 2, 12)}]
)
def test_nor_how_the_office_corrected_what_it_said(host: Host, changes: dict[str, object]) -> None:
    """Else it would try one name or day after the other; and its own words would open a record more each time."""
    partner, _ = a_school(host)
    described = child(birth_date=BORN)
    corrected(host, opened(host, partner, described), changes)
    right = replace(described, **changes)
    assert answers(host, partner, described, right) == [False, True]


def test_nor_which_record_is_of_whom_it_described_by_saying_which_are_others(host: Host) -> None:
    partner, school = a_school(host)
    first = opened(host, partner, child())
    with stored(host) as uow:
        other = an_nna(uow).id
        for one in (first, other):
            a_grant(uow, uow.session.get_one(Nna, one), school)
    said = [replace(child(), distinct_from=frozenset({one})) for one in (first, other)]
    assert answers(host, partner, *said) == [False, False]


def test_a_pregnancy_is_described_again_after_the_office_wrote_the_birth_down(host: Host) -> None:
    partner, _ = a_school(host)
    first = opened(host, partner, child(**PREGNANT))
    corrected(host, first, {"given_names": "Luz", "birth_date": date(2026, 11, 19)})
    assert answers(host, partner, child(**PREGNANT)) == [False]


def test_what_is_raised_in_the_same_words_goes_to_the_record_that_theirs_was_joined_to(host: Host) -> None:
    partner, _ = a_school(host)
    first = opened(host, partner, child())
    with stored(host) as uow:
        living = an_nna(uow).id
        uow.session.get_one(Nna, first).moved_to_id = living
    with host.unit_of_work(partner, "raiseAlert") as uow:
        assert raise_alert(uow, AlertData(items(HUNGER), described=child())).nna_id == living


def test_who_named_a_record_that_was_joined_to_another_did_not_name_that_one(host: Host) -> None:
    partner, school = a_school(host)
    with stored(host) as uow:
        living = an_nna(uow)
        joined = an_nna(uow, moved_to_id=living.id)
        for one in (living, joined):
            a_grant(uow, one, school)
    with host.unit_of_work(partner, "raiseAlert") as uow:
        told = [raise_alert(uow, AlertData(items(HOUSING), nna_id=one.id)) for one in (joined, living)]
    assert [(one.nna_id, one.named_by) for one in told] == [
        (living.id, NamedBy.JOINED_RECORD),
        (living.id, NamedBy.RECORD),
    ]

"""What the keys of the list take for true: the ministry's order, which score, whose state, and the words for them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from authz.scope import table_of
from core.host import Host
from core.models.extracts import ExtractArrival, ListStatus
from core.models.families import FamilyMember
from core.models.nomina import EntryState, NominaEntry
from core.models.people import Nna
from core.reference import AlertKind, ListEffect
from tests.factories import a_family, a_member, a_report, a_user, an_address, an_alert, an_extract, an_nna
from tests.services.nomina import (
    COORDINATOR,
    NOVEMBER,
    a_score,
    a_status,
    an_office,
    discarded,
    entries,
    entry_of,
    listed,
    prepared,
    published,
)

MEMBER = table_of(FamilyMember)


def children(host: Host, *scores: dict[str, Any] | None) -> list[Nna]:
    """Make children of Santiago who are alike but for their scores."""
    made = []
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, COORDINATOR)
        for score in scores:
            made.append(an_nna(uow))
            an_address(uow, made[-1])
            if score:
                a_score(uow, made[-1], **score)
        uow.session.commit()
    return made


def ordered(host: Host) -> list[NominaEntry]:
    return entries(host, prepared(host))


@pytest.mark.parametrize("alerts", [0, 1])
def test_where_scores_are_equal_the_ministrys_own_order_decides(host: Host, alerts: int) -> None:
    late, early = children(host, {"score": 70, "rank": 900}, {"score": 70, "rank": 2})
    with host.unit_of_work(None, "test") as uow:
        for one in (late, early)[: 2 * alerts]:
            an_alert(uow, one)
        uow.session.commit()
    first, second = ordered(host)
    assert (first.nna_id, first.score_rank, second.score_rank) == (early.id, 2, 900)
    assert second.deciding_key == "score_rank"
    assert second.deciding_reason == (
        "El NNA del lugar 1 va antes porque tiene un lugar anterior al de este NNA en el orden del puntaje que "
        "entregó el ministerio."
    )
    assert any(reason.endswith("percentil 70 de la comuna, lugar 900 en su orden.") for reason in second.reasons)


def test_a_tie_says_that_nothing_but_a_number_decides(host: Host) -> None:
    children(host, {"score": 70, "rank": 4}, {"score": 70, "rank": 4})
    assert ordered(host)[1].deciding_reason.endswith(
        "entre ambos decide el número de su registro, que no dice nada de la persona."
    )


def test_who_has_no_score_is_not_said_to_have_a_lower_one(host: Host) -> None:
    children(host, None, {"score": 1, "rank": 8})
    assert ordered(host)[1].deciding_reason == "El NNA del lugar 1 va antes porque tiene puntaje y este NNA no."


def test_of_two_instruments_in_a_month_the_file_that_came_last_counts(host: Host) -> None:
    (child,) = children(host, None)
    with host.unit_of_work(None, "test") as uow:
        for version, score, hours in (("10", 99, 2), ("9", 10, 1)):
            came = an_extract(uow, imported_at=uow.now() + timedelta(hours=hours))
            a_score(uow, child, score, instrument_version=version, extract_id=came.id)
        uow.session.commit()
    run = prepared(host)
    assert (entry_of(host, run, child).score, run.score_version) == (99, "10")


def test_a_file_that_comes_again_makes_its_instrument_no_later(host: Host) -> None:
    (child,) = children(host, None)
    with host.unit_of_work(None, "test") as uow:
        for version, score, came, again in (("9", 10, 1, 4), ("10", 99, 2, 3)):
            first, last = (uow.now() + timedelta(hours=hours) for hours in (came, again))
            extract = an_extract(uow, imported_at=last, file_hash=version * 32)
            a_score(uow, child, score, instrument_version=version, extract_id=extract.id)
            name = {"kind": extract.kind, "period": extract.period, "file_hash": extract.file_hash}
            uow.add(ExtractArrival(**name, commune_code=child.commune_code, arrived_at=first))
        uow.session.commit()
    run = prepared(host)
    assert (entry_of(host, run, child).score, run.score_version) == (99, "10")


def test_scores_of_several_instruments_are_told(host: Host) -> None:
    children(host, {"score": 70}, {"score": 60, "instrument_version": "AN-2027"})
    assert "Hay puntajes de 2 versiones del instrumento (AN-2026, AN-2027)." in (prepared(host).notice or "")


def test_a_score_of_a_year_ago_orders_nobody(host: Host) -> None:
    old, valid, fresh = children(
        host,
        {"score": 99, "period": date(2025, 11, 1)},
        {"score": 50, "period": date(2025, 12, 1)},
        {"score": 10, "period": NOVEMBER},
    )
    run = prepared(host)
    assert [e.nna_id for e in entries(host, run)] == [valid.id, fresh.id, old.id]
    assert "No tiene puntaje." in entry_of(host, run, old).reasons
    assert "1 de 3 NNA no tiene puntaje" in (run.notice or "")


def test_a_family_that_refuses_goes_last_with_all_its_children(host: Host) -> None:
    alone, refusing, brother = children(host, {"score": 5}, {"score": 20}, {"score": 90})
    with host.unit_of_work(None, "test") as uow:
        a_family(uow, refusing, brother)
        a_status(uow, refusing, ListEffect.LAST_PRIORITY, "FAMILY_REFUSES", date(2026, 10, 1))
        uow.session.commit()
    found = ordered(host)
    assert [e.nna_id for e in found] == [alone.id, brother.id, refusing.id]
    assert [e.last_priority for e in found] == [False, True, True]
    assert "su familia o su caso está en un estado de última prioridad" in " ".join(found[1].reasons)


def test_a_refusal_stays_with_the_family_that_refused_when_a_child_moves(host: Host) -> None:
    moved, brother, cousin = children(host, {"score": 5}, {"score": 90}, {"score": 20})
    with host.unit_of_work(None, "test") as uow:
        refusing, other = a_family(uow, brother), a_family(uow, moved, cousin)
        a_member(uow, refusing, nna=moved, valid_from=date(2024, 1, 1), valid_until=date(2026, 10, 20))
        for member in uow.session.scalars(select(FamilyMember).where(MEMBER.c.family_id == other.id)):
            member.valid_from = date(2026, 10, 20)
        a_status(uow, moved, ListEffect.LAST_PRIORITY, "FAMILY_REFUSES", date(2023, 9, 1))
        uow.session.commit()
    found = {e.nna_id: (e.position, e.last_priority) for e in ordered(host)}
    assert found == {cousin.id: (1, False), moved.id: (2, True), brother.id: (3, True)}


def test_an_exclusion_takes_no_sibling_off_the_list(host: Host) -> None:
    excluded, brother = children(host, None, None)
    with host.unit_of_work(None, "test") as uow:
        a_family(uow, excluded, brother)
        a_status(uow, excluded, ListEffect.EXCLUDED, "FAMILY_IN_PROTECTION_PROGRAMME", date(2026, 10, 1))
        uow.session.commit()
    assert [e.nna_id for e in ordered(host)] == [brother.id]


def test_a_list_says_that_there_are_births_to_write_down(host: Host) -> None:
    children(host, {"score": 5})
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow, birth_date=None, expected_birth_date=date(2026, 9, 1))
        uow.session.commit()
    run = prepared(host)
    assert (run.listed, run.notice) == (
        1,
        "Hay gestaciones con la fecha de parto ya pasada, que no se listan: registre su nacimiento.",
    )


def test_a_list_says_that_somebody_is_last_for_want_of_an_address(host: Host) -> None:
    children(host, {"score": 5})
    assert prepared(host).notice is None
    with host.unit_of_work(None, "test") as uow:
        an_alert(uow, an_nna(uow))
        uow.session.commit()
    run = prepared(host)
    assert [e.territorial_alerts for e in entries(host, run)] == [0, 1]
    assert "sin domicilio vigente en la comuna" in (run.notice or "")


def test_twin_alerts_are_told_as_they_count_and_by_their_last_sighting(host: Host) -> None:
    office = an_office(host)
    with host.unit_of_work(None, "test") as uow:
        for code, day in (
            ("CHILD_PRECARIOUS_HOUSING", 1),
            ("PREGNANCY_PRECARIOUS_HOUSING", 2),
            ("CHILD_PRECARIOUS_HOUSING", 9),
        ):
            report = a_report(uow, office.calm)
            an_alert(
                uow, office.calm, report, type_code=code, kind=AlertKind.CHCC, observed_on=NOVEMBER.replace(day=day)
            )
        uow.session.commit()
    entry = entry_of(host, prepared(host), office.calm)
    assert entry.chcc_alerts == 1
    assert "Tiene 2 alertas de Chile Crece Contigo vigentes; la última, observada el 09-11-2026." in entry.reasons
    assert "De ellas, las que dicen lo mismo se cuentan una vez: en el orden valen 1." in entry.reasons


def test_a_discard_of_the_month_outlives_a_list_without_the_child(host: Host) -> None:
    office = an_office(host)
    discarded(host, entry_of(host, published(host), office.calm))
    with host.unit_of_work(None, "test") as uow:
        state = a_status(uow, office.calm, ListEffect.EXCLUDED, "PROTECTION_MEASURE", date(2026, 11, 10))
        uow.session.commit()
    assert "calm" not in listed(host, published(host), office)
    with host.unit_of_work(None, "test") as uow:
        held = uow.session.get_one(ListStatus, state.id)
        held.valid_until = date(2026, 11, 15)
        uow.session.commit()
    assert entry_of(host, published(host), office.calm).state == EntryState.DISCARDED

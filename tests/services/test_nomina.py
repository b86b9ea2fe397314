"""The monthly list: the official order, what it looks at, and the same bytes for the same facts."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import SQLModel

from authz.actor import DataClass
from core.clock import frozen
from core.database import machinery, make_engine
from core.errors import InvalidInput
from core.host import Host
from core.models.alerts import AlertSource
from core.models.nomina import RunState, ScoreSource
from core.reference import AlertKind, ListEffect, list_parameters
from core.rules.alerts import AlertState
from scoring.errors import (
    ModelMissing,
)
from scoring.services import (
    Scoring,
    prepare_nomina,
    stored_bytes,
)
from tests.conftest import another
from tests.factories import (
    COLINA,
    SANTIAGO,
    a_report,
    an_address,
    an_alert,
    an_nna,
)
from tests.services.nomina import (
    COORDINATOR,
    DECEMBER,
    ENTRY,
    NOVEMBER,
    a_score,
    a_status,
    an_office,
    at,
    entries,
    entry_of,
    listed,
    prepared,
    published,
)


def test_alerts_come_first_then_scores_and_last_priority_stays_at_the_end(host: Host) -> None:
    office = an_office(host)
    run = prepared(host)
    assert listed(host, run, office) == ["first", "second", "calm", "worried", "gone"]
    assert (run.listed, run.excluded, run.sequence, run.state) == (5, 1, 1, RunState.DRAFT)
    assert (run.cut_on, run.score_source, run.score_version) == (date(2026, 10, 23), ScoreSource.IMPORTED, "AN-2026")
    lines = [(e.position, e.family_position, e.deciding_key) for e in entries(host, run)]
    assert lines == [
        (1, 1, "first_line"),
        (2, 1, "same_family"),
        (3, 2, "territorial_alerts"),
        (4, 3, "score_percentile"),
        (5, 4, "is_last_priority"),
    ]


def test_the_capacity_line_counts_families(host: Host) -> None:
    an_office(host)
    assert [e.within_capacity for e in entries(host, prepared(host, capacity=2))] == [True, True, True, False, False]
    assert prepared(host).capacity == list_parameters()["OFFICE_MONTHLY_CAPACITY"].value


def test_an_entry_says_why_the_child_is_on_the_list_with_dates_and_sources(host: Host) -> None:
    office = an_office(host)
    assert entry_of(host, prepared(host), office.first).reasons == [
        "Tiene 1 alerta territorial vigente, observada el 03-11-2026.",
        "Bajo rendimiento escolar (03-11-2026, según el equipo de la oficina).",
        "Puntaje del ministerio de noviembre de 2026 (instrumento AN-2026): 40, percentil 40 de la comuna.",
        "Tiene una dirección vigente en la comuna.",
    ]


def test_alerts_of_health_and_justice_are_counted_and_not_named(host: Host) -> None:
    office = an_office(host)
    with host.unit_of_work(None, "test") as uow:
        for code, kind in (("MENTAL_HEALTH_NEED", AlertKind.TERRITORIAL), ("CAREGIVER_IMPRISONED", AlertKind.CHCC)):
            an_alert(uow, office.first, type_code=code, kind=kind, data_class=DataClass.HEALTH)
        uow.session.commit()
    entry = entry_of(host, prepared(host), office.first)
    assert (entry.territorial_alerts, entry.chcc_alerts) == (2, 1)
    told = " ".join(entry.reasons)
    assert "1 alerta territorial de tipo reservado." in told
    assert "1 alerta de Chile Crece Contigo de tipo reservado." in told
    assert "mental" not in told
    assert "reclusión" not in told


def test_a_new_territorial_alert_moves_a_child_up_in_the_next_run(host: Host) -> None:
    office = an_office(host)
    before = entry_of(host, published(host), office.worried)
    with host.unit_of_work(None, "test") as uow:
        report = a_report(uow, office.worried, source=AlertSource.SECTOR_PARTNER)
        for code in ("LACK_OF_SUPERVISION", "FAMILY_CONFLICT"):
            an_alert(uow, office.worried, report, type_code=code, observed_on=date(2026, 11, 19))
        uow.session.commit()
    run = prepared(host)
    after = entry_of(host, run, office.worried)
    assert (before.position, after.position, run.sequence) == (4, 1, 2)
    assert "Tiene 2 alertas territoriales vigentes; la última, observada el 19-11-2026." in after.reasons


def test_an_alert_raised_by_two_institutions_counts_once(host: Host) -> None:
    office = an_office(host)
    with host.unit_of_work(None, "test") as uow:
        an_alert(uow, office.first, type_code="LOW_SCHOOL_PERFORMANCE")
        uow.session.commit()
    assert entry_of(host, prepared(host), office.first).territorial_alerts == 1


@pytest.mark.parametrize("state", [AlertState.DISMISSED, AlertState.MITIGATED, AlertState.NOT_MITIGATED])
def test_an_alert_that_is_over_moves_nobody(host: Host, state: AlertState) -> None:
    office = an_office(host)
    with host.unit_of_work(None, "test") as uow:
        an_alert(uow, office.calm, state=state)
        an_alert(uow, office.calm, kind=AlertKind.CHCC, type_code="MIGRATION", valid_until=date(2026, 11, 20))
        uow.session.commit()
    entry = entry_of(host, prepared(host), office.calm)
    assert (entry.territorial_alerts, entry.chcc_alerts) == (0, 0)


def test_states_after_the_cut_day_wait_for_the_next_list(host: Host) -> None:
    office = an_office(host)
    with host.unit_of_work(None, "test") as uow:
        a_status(uow, office.calm, ListEffect.LAST_PRIORITY, "FAMILY_REFUSES", date(2026, 10, 24))
        uow.session.commit()
    assert not entry_of(host, prepared(host), office.calm).last_priority
    with at(host, DECEMBER).unit_of_work(COORDINATOR, "prepareNomina") as uow:
        later = prepare_nomina(uow, SANTIAGO, DECEMBER)
        uow.session.commit()
    assert entry_of(host, later, office.calm).last_priority


def test_adults_overdue_and_moved_records_and_other_communes_stay_out_and_pregnancies_in(host: Host) -> None:
    office = an_office(host)
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow, birth_date=date(2008, 11, 20))
        elsewhere = an_nna(uow, commune_code=COLINA)
        an_nna(uow, moved_to_id=elsewhere.id)
        an_nna(uow, birth_date=None, expected_birth_date=date(2026, 11, 5))
        unborn = an_nna(uow, birth_date=None, expected_birth_date=date(2027, 2, 1))
        late = an_nna(uow, birth_date=None, expected_birth_date=date(2026, 11, 6))
        still = an_nna(uow, birth_date=date(2008, 11, 21))
        uow.session.commit()
    found = {entry.nna_id for entry in entries(host, prepared(host))}
    assert found == {nna.id for name, nna in office.children.items() if name != "kept"} | {unborn.id, late.id, still.id}


def test_without_any_score_the_list_works_and_says_so(host: Host) -> None:
    office = an_office(host)
    run = prepared(host, source=ScoreSource.NONE)
    assert run.notice == "Nómina sin puntaje: las claves de puntaje no deciden ningún lugar."
    assert (run.score_source, run.score_version) == (ScoreSource.NONE, None)
    assert listed(host, run, office)[:2] == ["first", "second"]
    assert {entry.score for entry in entries(host, run)} == {None}


def test_a_partial_score_is_told_and_the_unscored_stand_behind(host: Host) -> None:
    an_office(host)
    with host.unit_of_work(None, "test") as uow:
        late = an_nna(uow)
        an_address(uow, late)
        a_score(uow, late, 1, period=date(2026, 10, 1))
        never = an_nna(uow)
        an_address(uow, never)
        a_score(uow, never, 100, period=DECEMBER)
        uow.session.commit()
    run = prepared(host)
    assert run.notice is not None
    assert "1 de 7 NNA no tiene puntaje" in run.notice
    assert "1 NNA figura con un puntaje de un mes anterior" in run.notice
    assert entry_of(host, run, late).position < entry_of(host, run, never).position


def test_the_same_facts_give_the_same_bytes_on_any_day_and_database(host: Host, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'other.db'}")
    SQLModel.metadata.create_all(engine)
    other = another(host, clock=frozen(host.clock.now(), 1), engine=engine)
    made = []
    for one in (host, other):
        an_office(one)
        run = prepared(one)
        again = prepared(at(one, date(2026, 11, 20)), who=None)
        with one.unit_of_work(None, "test") as uow:
            made += [(r.inputs_hash, r.list_hash, stored_bytes(uow, r.id)) for r in (run, again)]
    engine.dispose()
    assert made == [made[0]] * 4
    assert sha256(made[0][2]).hexdigest() == made[0][1]


def test_another_day_changes_the_hash_only_where_it_changes_a_fact(host: Host) -> None:
    office = an_office(host)
    first = prepared(host)
    assert prepared(at(host, date(2026, 11, 25))).list_hash == first.list_hash
    with host.unit_of_work(None, "test") as uow:
        an_alert(uow, office.calm, kind=AlertKind.CHCC, type_code="MIGRATION", valid_until=date(2026, 11, 27))
        uow.session.commit()
    assert prepared(at(host, date(2026, 11, 26), 8)).inputs_hash != first.inputs_hash
    assert prepared(at(host, date(2026, 11, 27), 9)).inputs_hash == first.inputs_hash


def test_a_list_that_somebody_altered_no_longer_has_its_hash(host: Host) -> None:
    an_office(host)
    run = prepared(host)
    with machinery(host.database, "test") as session:
        session.execute(update(ENTRY).where(ENTRY.c.position == 5).values(last_priority=False))
        session.commit()
    with host.unit_of_work(COORDINATOR, "test") as uow:
        assert sha256(stored_bytes(uow, run.id)).hexdigest() != run.list_hash


def test_what_cannot_be_a_list_is_refused(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        with pytest.raises(InvalidInput):
            prepare_nomina(uow, "99999", NOVEMBER)
        with pytest.raises(InvalidInput):
            prepare_nomina(uow, SANTIAGO, NOVEMBER, Scoring(capacity=-1))
        with pytest.raises(InvalidInput):
            prepare_nomina(uow, SANTIAGO, NOVEMBER, Scoring(capacity=10**20))
        with pytest.raises(ModelMissing):
            prepare_nomina(uow, SANTIAGO, NOVEMBER, Scoring(ScoreSource.ESTIMATED))

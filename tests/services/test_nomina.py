"""The monthly list: prepared, published under a name, discarded from, and the same bytes for the same facts."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import SQLModel

from authz.actor import Actor, DataClass, Role
from authz.guard import AccessDenied
from authz.scope import table_of
from core.clock import frozen
from core.database import machinery, make_engine
from core.errors import Conflict, InvalidInput, NotFound
from core.host import Host
from core.models.alerts import AlertSource
from core.models.extracts import ListStatus, OfficialScore
from core.models.nomina import EntryState, NominaDiscard, NominaEntry, NominaRun, RunState, ScoreSource
from core.models.operations import OutboxEvent
from core.models.people import Nna
from core.reference import AlertKind, ListEffect, list_parameters
from core.rules.alerts import AlertState
from core.unit_of_work import UnitOfWork
from scoring.errors import (
    AlreadyDiscarded,
    ModelMissing,
    NominaEmpty,
    NominaNotDraft,
    NominaStale,
    NominaSuperseded,
    NominaUnsigned,
    NotDiscarded,
    ReviewClosed,
)
from scoring.services import (
    Scoring,
    discard_from_nomina,
    discard_reasons,
    prepare_nomina,
    publish_nomina,
    publish_run,
    revert_discard,
    stored_bytes,
)
from tests.factories import (
    COLINA,
    SANTIAGO,
    a_family,
    a_report,
    a_team_member,
    a_user,
    actor,
    an_address,
    an_alert,
    an_nna,
)

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
COORDINATOR = actor(Role.COORDINATOR)
MANAGER = actor(Role.CASE_MANAGER)
NEIGHBOUR = actor(Role.COORDINATOR, COLINA)
ENTRY, RUN, NNA = table_of(NominaEntry), table_of(NominaRun), table_of(Nna)


@dataclass
class Office:
    """Six children of Santiago: `calm` alone, `first` and `second` of one family, `worried`, `gone`, `kept`."""

    children: dict[str, Nna] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Nna:
        return self.children[name]


def a_score(uow: UnitOfWork, nna: Nna, score: int, period: date = NOVEMBER) -> OfficialScore:
    base: dict[str, Any] = {"id": uow.new_id(), "commune_code": nna.commune_code, "nna_id": nna.id}
    return uow.add(OfficialScore(**base, period=period, score=score, percentile=score, instrument_version="AN-2026"))


def a_status(uow: UnitOfWork, nna: Nna, effect: ListEffect, reason: str, since: date, **over: Any) -> ListStatus:
    base: dict[str, Any] = {"id": uow.new_id(), "commune_code": nna.commune_code, "nna_id": nna.id}
    return uow.add(ListStatus(**base, effect=effect, reason_code=reason, valid_from=since, **over))


def an_office(host: Host) -> Office:
    office = Office()
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, COORDINATOR, display_name="Marta Coordinadora")
        a_user(uow, MANAGER)
        a_user(uow, NEIGHBOUR)
        for name, score in (("calm", 95), ("first", 40), ("second", 10), ("worried", 60), ("gone", 99), ("kept", 98)):
            office.children[name] = an_nna(uow)
            an_address(uow, office.children[name])
            a_score(uow, office.children[name], score)
        a_family(uow, office.first, office.second)
        an_alert(uow, office.first, type_code="LOW_SCHOOL_PERFORMANCE", observed_on=date(2026, 11, 3))
        a_status(uow, office.gone, ListEffect.LAST_PRIORITY, "FAMILY_NOT_LOCATED", date(2026, 10, 23))
        a_status(uow, office.kept, ListEffect.EXCLUDED, "PROTECTION_MEASURE", date(2026, 11, 5))
        uow.session.commit()
    return office


def prepared(host: Host, who: Actor | None = COORDINATOR, **over: Any) -> NominaRun:
    with host.unit_of_work(who, "prepareNomina") as uow:
        run = prepare_nomina(uow, SANTIAGO, NOVEMBER, **over)
        uow.session.commit()
    return run


def published(host: Host, **over: Any) -> NominaRun:
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow:
        run = publish_nomina(uow, SANTIAGO, NOVEMBER, **over)
        uow.session.commit()
    return run


def entries(host: Host, run: NominaRun) -> list[NominaEntry]:
    with machinery(host.database, "test") as session:
        return list(session.scalars(select(NominaEntry).where(ENTRY.c.run_id == run.id).order_by(ENTRY.c.position)))


def listed(host: Host, run: NominaRun, office: Office) -> list[str]:
    names = {nna.id: name for name, nna in office.children.items()}
    return [names[entry.nna_id] for entry in entries(host, run)]


def entry_of(host: Host, run: NominaRun, nna: Nna) -> NominaEntry:
    return next(entry for entry in entries(host, run) if entry.nna_id == nna.id)


def discarded(host: Host, entry: NominaEntry, **over: Any) -> NominaDiscard:
    said = {"reason_code": "WRONG_ADDRESS", "comment": "La familia se mudó a otra comuna."} | over
    with host.unit_of_work(COORDINATOR, "discardFromNomina") as uow:
        found = discard_from_nomina(uow, entry.id, **said)
        uow.session.commit()
    return found


def at(host: Host, day: date, seed: int = 7) -> Host:
    """The same installation on another day."""
    noon = datetime.combine(day, host.clock.now().timetz())
    return Host(host.settings, host.plugins, host.ring, frozen(noon, seed), host.database)


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
    with host.unit_of_work(COORDINATOR, "prepareNomina") as uow:
        later = prepare_nomina(uow, SANTIAGO, DECEMBER)
        uow.session.commit()
    assert entry_of(host, later, office.calm).last_priority


def test_adults_moved_records_and_other_communes_stay_out_and_pregnancies_in(host: Host) -> None:
    office = an_office(host)
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow, birth_date=date(2008, 11, 20))
        elsewhere = an_nna(uow, commune_code=COLINA)
        an_nna(uow, moved_to_id=elsewhere.id)
        unborn = an_nna(uow, birth_date=None, expected_birth_date=date(2027, 2, 1))
        still = an_nna(uow, birth_date=date(2008, 11, 21))
        uow.session.commit()
    found = {entry.nna_id for entry in entries(host, prepared(host))}
    assert found == {nna.id for name, nna in office.children.items() if name != "kept"} | {unborn.id, still.id}


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
    other = Host(host.settings, host.plugins, host.ring, frozen(host.clock.now(), 1), engine)
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


def test_one_call_publishes_under_the_coordinators_name_and_tells_it(host: Host) -> None:
    an_office(host)
    run = published(host)
    assert (run.state, run.published_name, run.published_by) == (
        RunState.PUBLISHED,
        "Marta Coordinadora",
        COORDINATOR.user_id,
    )
    with machinery(host.database, "test") as session:
        event = session.scalars(select(OutboxEvent)).one()
    assert (event.name, event.body["record_id"]) == ("nomina_published", run.id.hex)


def test_publishing_takes_the_draft_that_was_reviewed_and_replaces_the_earlier_list(host: Host) -> None:
    an_office(host)
    earlier = published(host)
    draft = prepared(host)
    assert published(host).id == draft.id
    with machinery(host.database, "test") as session:
        states = session.execute(select(RUN.c.id, RUN.c.state)).all()
    assert dict(states) == {earlier.id: RunState.SUPERSEDED, draft.id: RunState.PUBLISHED}


def test_publishing_for_another_capacity_or_score_prepares_a_list_of_its_own(host: Host) -> None:
    an_office(host)
    draft = prepared(host)
    assert published(host, scoring=Scoring(capacity=1)).capacity == 1
    assert published(host, scoring=Scoring(ScoreSource.NONE)).score_source == ScoreSource.NONE
    assert published(host).id == draft.id


def test_a_draft_whose_facts_changed_is_refused_unless_accepted(host: Host) -> None:
    office = an_office(host)
    draft = prepared(host)
    with host.unit_of_work(None, "test") as uow:
        an_alert(uow, office.calm)
        uow.session.commit()
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow, pytest.raises(NominaStale):
        publish_run(uow, draft.id, 1)
    assert published(host, accept_stale=True).id == draft.id


def test_a_list_is_published_once_by_a_person_and_not_empty(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        a_user(uow, COORDINATOR)
        uow.session.commit()
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow, pytest.raises(NominaEmpty):
        publish_nomina(uow, SANTIAGO, NOVEMBER)
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow)
        uow.session.commit()
    draft = prepared(host)
    with host.unit_of_work(None, "test") as uow, pytest.raises(NominaUnsigned):
        publish_run(uow, draft.id)
    published(host)
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow, pytest.raises(NominaNotDraft):
        publish_run(uow, draft.id)


def test_a_draft_that_moved_on_is_a_conflict(host: Host) -> None:
    an_office(host)
    draft = prepared(host)
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow, pytest.raises(Conflict):
        publish_run(uow, draft.id, draft.version + 1)


def test_another_communes_list_is_not_found_and_cannot_be_made(host: Host) -> None:
    office = an_office(host)
    run = published(host)
    entry = entry_of(host, run, office.calm)
    with host.unit_of_work(NEIGHBOUR, "test") as uow:
        for call in (
            lambda: publish_run(uow, run.id),
            lambda: stored_bytes(uow, run.id),
            lambda: discard_from_nomina(uow, entry.id, "WRONG_ADDRESS", "No corresponde."),
            lambda: revert_discard(uow, entry.id, "No corresponde."),
        ):
            with pytest.raises(NotFound):
                call()
        for make in (prepare_nomina, publish_nomina):
            with pytest.raises(AccessDenied):
                make(uow, SANTIAGO, NOVEMBER)


def test_a_case_manager_may_neither_prepare_nor_publish_nor_discard(host: Host) -> None:
    office = an_office(host)
    with host.unit_of_work(None, "test") as uow:
        a_team_member(uow, office.calm, MANAGER)
        uow.session.commit()
    run = prepared(host)
    theirs, others = (entry_of(host, run, nna) for nna in (office.calm, office.worried))
    with host.unit_of_work(MANAGER, "test") as uow:
        for make in (prepare_nomina, publish_nomina):
            with pytest.raises(AccessDenied):
                make(uow, SANTIAGO, NOVEMBER)
        with pytest.raises(AccessDenied):
            publish_run(uow, run.id)
        with pytest.raises(AccessDenied):
            stored_bytes(uow, run.id)
        with pytest.raises(AccessDenied):
            discard_from_nomina(uow, theirs.id, "WRONG_ADDRESS", "No corresponde.")
        with pytest.raises(NotFound):
            discard_from_nomina(uow, others.id, "WRONG_ADDRESS", "No corresponde.")


def test_a_discarded_child_keeps_its_place_and_can_be_put_back(host: Host) -> None:
    office = an_office(host)
    run = published(host)
    discard = discarded(host, entry_of(host, run, office.calm))
    entry = entry_of(host, run, office.calm)
    assert (entry.state, entry.position, discard.discarded_by) == (EntryState.DISCARDED, 3, COORDINATOR.user_id)
    with host.unit_of_work(COORDINATOR, "revertDiscard") as uow:
        assert revert_discard(uow, entry.id, "Era un error.", entry.version).state == EntryState.LISTED
        uow.session.commit()
    with machinery(host.database, "test") as session:
        kept = session.scalars(select(NominaDiscard)).one()
    assert (kept.reverted_by, kept.revert_comment) == (COORDINATOR.user_id, "Era un error.")
    assert discarded(host, entry_of(host, run, office.calm)).id != discard.id


def test_a_discard_changes_no_state_of_the_child(host: Host) -> None:
    office = an_office(host)
    before = prepared(host)
    discarded(host, entry_of(host, before, office.calm), reason_code="FAMILY_REFUSES")
    assert prepared(host).inputs_hash == before.inputs_hash


def test_a_new_run_of_the_month_carries_the_discards_and_another_month_does_not(host: Host) -> None:
    office = an_office(host)
    run = published(host)
    discard = discarded(host, entry_of(host, run, office.calm))
    again = prepared(host)
    entry = entry_of(host, again, office.calm)
    assert (entry.state, again.list_hash) == (EntryState.DISCARDED, run.list_hash)
    with machinery(host.database, "test") as session:
        copies = session.scalars(select(NominaDiscard).where(table_of(NominaDiscard).c.entry_id == entry.id)).all()
    assert [(one.reason_code, one.comment) for one in copies] == [(discard.reason_code, discard.comment)]
    with host.unit_of_work(COORDINATOR, "prepareNomina") as uow:
        december = prepare_nomina(uow, SANTIAGO, DECEMBER)
        uow.session.commit()
    assert entry_of(host, december, office.calm).state == EntryState.LISTED


def test_a_decision_on_one_list_of_the_month_holds_in_its_drafts(host: Host) -> None:
    office = an_office(host)
    run = published(host)
    draft = prepared(host)
    discarded(host, entry_of(host, run, office.calm))
    assert entry_of(host, draft, office.calm).state == EntryState.DISCARDED
    with host.unit_of_work(COORDINATOR, "revertDiscard") as uow:
        revert_discard(uow, entry_of(host, draft, office.calm).id, "Sí corresponde.")
        uow.session.commit()
    assert entry_of(host, run, office.calm).state == EntryState.LISTED


def test_after_twenty_days_nobody_is_discarded_but_a_mistake_is_put_right(host: Host) -> None:
    office = an_office(host)
    run = published(host)
    discarded(host, entry_of(host, run, office.worried))
    late = at(host, NOVEMBER + timedelta(days=20))
    with pytest.raises(ReviewClosed):
        discarded(late, entry_of(host, run, office.calm))
    with late.unit_of_work(COORDINATOR, "revertDiscard") as uow:
        assert revert_discard(uow, entry_of(host, run, office.worried).id, "Era un error.").state == EntryState.LISTED


def test_a_discard_needs_a_known_reason_a_comment_and_a_child_on_the_list_in_force(host: Host) -> None:
    office = an_office(host)
    run = published(host)
    entry = entry_of(host, run, office.calm)
    for wrong in (
        {"reason_code": "BECAUSE"},
        {"reason_code": "DISCHARGED"},
        {"comment": " no "},
        {"comment": "a" * 256},
    ):
        with pytest.raises(InvalidInput):
            discarded(host, entry, **wrong)
    with pytest.raises(Conflict):
        discarded(host, entry, expected_version=9)
    with host.unit_of_work(COORDINATOR, "revertDiscard") as uow, pytest.raises(NotDiscarded):
        revert_discard(uow, entry.id, "Era un error.")
    discarded(host, entry)
    with pytest.raises(AlreadyDiscarded):
        discarded(host, entry)
    published(host, scoring=Scoring(ScoreSource.NONE))
    with pytest.raises(NominaSuperseded):
        discarded(host, entry_of(host, run, office.worried))


def test_every_reason_for_a_discard_is_one_of_case_management() -> None:
    assert {one.line for one in discard_reasons()} == {"CASE_MANAGEMENT"}


def test_what_cannot_be_a_list_is_refused(host: Host) -> None:
    with host.unit_of_work(None, "test") as uow:
        with pytest.raises(InvalidInput):
            prepare_nomina(uow, "99999", NOVEMBER)
        with pytest.raises(InvalidInput):
            prepare_nomina(uow, SANTIAGO, NOVEMBER, capacity=-1)
        with pytest.raises(ModelMissing):
            prepare_nomina(uow, SANTIAGO, NOVEMBER, source=ScoreSource.ESTIMATED)

"""A list goes out under a name; children are taken off it with a reason, and put back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from authz.guard import AccessDenied
from authz.scope import table_of
from core.database import machinery
from core.errors import Conflict, InvalidInput, NotFound
from core.host import Host
from core.models.nomina import EntryState, NominaDiscard, NominaRun, RunState, ScoreSource
from core.models.operations import OutboxEvent
from scoring.errors import (
    AlreadyDiscarded,
    NominaEmpty,
    NominaNotDraft,
    NominaStale,
    NominaSuperseded,
    NominaUnsigned,
    NotDiscarded,
    PeriodNotYet,
    PeriodOver,
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
    SANTIAGO,
    a_team_member,
    a_user,
    an_alert,
    an_nna,
)
from tests.services.nomina import (
    COORDINATOR,
    DECEMBER,
    MANAGER,
    NEIGHBOUR,
    NOVEMBER,
    RUN,
    an_office,
    at,
    discarded,
    entry_of,
    prepared,
    published,
)


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


def test_of_two_lists_published_at_once_one_stays(host: Host) -> None:
    an_office(host)
    drafts = [prepared(host), prepared(host)]

    def publish(draft: NominaRun) -> None:
        with host.unit_of_work(COORDINATOR, "publishNomina") as uow:
            publish_run(uow, draft.id)
            uow.session.commit()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(publish, drafts))
    with machinery(host.database, "test") as session:
        assert sorted(session.scalars(select(RUN.c.state))) == [RunState.PUBLISHED, RunState.SUPERSEDED]


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
    with at(host, DECEMBER).unit_of_work(COORDINATOR, "prepareNomina") as uow:
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


def test_no_list_is_made_for_a_month_that_has_not_begun(host: Host) -> None:
    an_office(host)
    with host.unit_of_work(COORDINATOR, "prepareNomina") as uow, pytest.raises(PeriodNotYet):
        prepare_nomina(uow, SANTIAGO, DECEMBER)


def test_no_list_is_made_or_published_for_a_month_that_has_ended(host: Host) -> None:
    an_office(host)
    draft, later = prepared(host), at(host, DECEMBER)
    with later.unit_of_work(COORDINATOR, "prepareNomina") as uow, pytest.raises(PeriodOver, match="2026-12"):
        prepare_nomina(uow, SANTIAGO, NOVEMBER)
    with later.unit_of_work(COORDINATOR, "publishNomina") as uow, pytest.raises(PeriodOver):
        publish_run(uow, draft.id, draft.version, accept_stale=True)
    assert published(later, period=DECEMBER).state == RunState.PUBLISHED

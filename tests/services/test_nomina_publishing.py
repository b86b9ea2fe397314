"""A list goes out under a name; children are taken off it with a reason, and put back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from authz.guard import AccessDenied
from core.database import machinery
from core.errors import Conflict, NotFound
from core.host import Host
from core.models.nomina import NominaRun, RunState, ScoreSource
from core.models.operations import OutboxEvent
from scoring.errors import (
    NominaEmpty,
    NominaNotDraft,
    NominaStale,
    NominaUnsigned,
    PeriodNotYet,
    PeriodOver,
)
from scoring.services import (
    Scoring,
    discard_from_nomina,
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
    assert published(host, scoring=Scoring(capacity=1)).capacity == 1
    assert published(host, scoring=Scoring(ScoreSource.NONE)).score_source == ScoreSource.NONE
    draft = prepared(host)
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


def test_a_draft_that_is_older_than_the_list_in_force_is_not_what_goes_out(host: Host) -> None:
    office = an_office(host)
    old = prepared(host)
    with host.unit_of_work(COORDINATOR, "publishNomina") as uow:
        in_force = publish_run(uow, prepare_nomina(uow, SANTIAGO, NOVEMBER).id, accept_stale=True)
        uow.session.commit()
    with host.unit_of_work(None, "test") as uow:
        an_alert(uow, office.calm)
        uow.session.commit()
    again = published(host)
    assert again.sequence > in_force.sequence > old.sequence
    assert entry_of(host, again, office.calm).territorial_alerts == 1


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

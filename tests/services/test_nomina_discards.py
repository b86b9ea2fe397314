"""Taking children off a list with a reason, putting them back, and whom the office then has room for."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from authz.scope import table_of
from core.database import machinery
from core.errors import Conflict, InvalidInput
from core.host import Host
from core.models.nomina import EntryState, NominaDiscard, NominaRun, ScoreSource
from scoring.errors import (
    AlreadyDiscarded,
    NominaSuperseded,
    NotDiscarded,
    ReviewClosed,
)
from scoring.services import (
    Scoring,
    discard_reasons,
    prepare_nomina,
    revert_discard,
)
from tests.factories import SANTIAGO
from tests.services.nomina import (
    COORDINATOR,
    DECEMBER,
    NOVEMBER,
    Office,
    an_office,
    at,
    discarded,
    entries,
    entry_of,
    prepared,
    published,
)


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


def above_the_line(host: Host, run: NominaRun, office: Office) -> list[str]:
    names = {nna.id: name for name, nna in office.children.items()}
    return [names[entry.nna_id] for entry in entries(host, run) if entry.within_capacity]


def test_who_is_discarded_leaves_room_for_the_next_family(host: Host) -> None:
    office = an_office(host)
    run = published(host, scoring=Scoring(capacity=2))
    assert above_the_line(host, run, office) == ["first", "second", "calm"]
    discarded(host, entry_of(host, run, office.calm))
    assert above_the_line(host, run, office) == ["first", "second", "worried"]
    discarded(host, entry_of(host, run, office.second))
    assert above_the_line(host, run, office) == ["first", "worried"], "a family takes room while one child is listed"
    discarded(host, entry_of(host, run, office.first))
    assert above_the_line(host, run, office) == ["worried", "gone"]
    again = prepared(host, capacity=2)
    assert above_the_line(host, again, office) == ["worried", "gone"], (
        "what was decided in the month holds in its drafts"
    )
    assert again.list_hash == run.list_hash
    with host.unit_of_work(COORDINATOR, "revertDiscard") as uow:
        revert_discard(uow, entry_of(host, run, office.calm).id, "Era un error.")
        uow.session.commit()
    assert above_the_line(host, run, office) == above_the_line(host, again, office) == ["calm", "worried"]


def test_a_list_without_room_has_nobody_above_the_line_whoever_is_discarded(host: Host) -> None:
    office = an_office(host)
    run = published(host, scoring=Scoring(capacity=0))
    discarded(host, entry_of(host, run, office.calm))
    assert above_the_line(host, run, office) == []


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

"""`auditTrail`: who read and changed what, to who may read the audit of the commune; never what was read or written."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from authz.scope import table_of
from core.journal import JournalLoader, ReadRecord, open_journal
from core.models.nomina import NominaEntry, NominaRun
from core.models.people import Address, Nna
from tests.api.client import Answer, Office
from tests.api.rights import a_role, grant
from tests.api.world import (
    ADMIN,
    ANALYST,
    AUDITOR,
    COORDINATOR,
    FAR_COORDINATOR,
    MANAGER,
    OURS,
    PARTNER,
    REGIONAL,
    THEIRS,
    bait,
)

TRAIL = """query ($code: String!, $nna: ID, $first: Int = 50, $before: DateTime, $kinds: [TrailKind!]) {
    auditTrail(communeCode: $code, nnaId: $nna, first: $first, before: $before, kinds: $kinds) {
        kind at username purpose action tables digest } }"""


def trail(office: Office, who: str, code: str = OURS, **given: object) -> Answer:
    return office.ask(who, TRAIL, {"code": code} | given)


def steps(office: Office, who: str, code: str = OURS, **given: object) -> list[Answer]:
    answer = trail(office, who, code, **given)
    assert answer["errors"] == []
    return answer["data"]["auditTrail"]  # type: ignore[no-any-return]


def change(office: Office, name: str = "ours") -> None:
    given = {"id": office.id("nna", name), "expectedVersion": 1, "givenNames": "Kuyen"}
    assert office.change(COORDINATOR, "updateNna", given)["__typename"] == "UpdateNnaSuccess"


def read(office: Office, who: str, *names: str, missed: tuple[str, ...] = ()) -> None:
    """Write down that somebody read children's records or did not see them, as the edge does first, and load it."""
    journal, reader = open_journal(office.host), office.actor(who)
    subjects = (frozenset(office.world.key("nna", name) for name in some) for some in (names, missed))
    said = ("abrirFicha", "0" * 64, "r1", *subjects)
    journal.record_now(ReadRecord(reader.user_id, reader.username, reader.purpose, *said))
    journal.close()
    settings, host = office.host.settings, office.host
    with host.transaction(None, "loadJournals", reason="test") as uow:
        JournalLoader(settings.journal_folder, host.ring.audit, host.clock).load(uow.session)


@pytest.mark.parametrize("who", [AUDITOR, COORDINATOR])
def test_every_change_is_a_step_with_who_when_and_what_for(office: Office, who: str) -> None:
    change(office)
    (step, *before) = steps(office, who)
    assert (step["kind"], step["username"], step["purpose"]) == ("WRITE", COORDINATOR, "SUPERVISION")
    assert (step["action"], step["tables"]) == ("updateNna", ["nna"])
    assert {one["action"] for one in before} == {"publishNomina", "discardFromNomina", "test"}


def test_every_reading_is_a_step_too(office: Office) -> None:
    read(office, MANAGER, "mine")
    (step,) = steps(office, AUDITOR, nna=office.id("nna", "mine"), first=1)
    assert (step["kind"], step["username"], step["action"], step["tables"]) == ("READ", MANAGER, "abrirFicha", [])


def test_a_childs_trail_is_of_that_child(office: Office) -> None:
    before = steps(office, AUDITOR, nna=office.id("nna", "mine"))
    change(office)
    assert steps(office, AUDITOR, nna=office.id("nna", "mine")) == before
    read(office, MANAGER, "mine")
    assert steps(office, AUDITOR, nna=office.id("nna", "mine"))[0]["kind"] == "READ"
    assert steps(office, AUDITOR, nna=office.id("nna", "ours"))[0]["action"] == "updateNna"


def test_what_is_done_to_a_childs_alert_stands_in_that_childs_trail(office: Office) -> None:
    given = {"id": office.id("alert", "ours"), "expectedVersion": 1, "reason": "Se visitó."}
    assert office.change(COORDINATOR, "validateAlert", given)["__typename"] == "ValidateAlertSuccess"
    (step, *_) = steps(office, AUDITOR, nna=office.id("nna", "ours"))
    assert (step["action"], step["tables"]) == ("validateAlert", ["alert"])
    assert "validateAlert" not in {one["action"] for one in steps(office, AUDITOR, nna=office.id("nna", "mine"))}


def test_a_corrected_address_stands_in_the_childs_trail(office: Office) -> None:
    with office.host.transaction(None, "correctAddress", reason="test") as uow:
        addresses = table_of(Address)
        chosen = select(Address).where(addresses.c.nna_id == office.world.key("nna", "ours"))
        address = uow.session.scalars(chosen).one()
        address.street = "Los Aromos"
        uow.touch(address)
    (step, *_) = steps(office, AUDITOR, nna=office.id("nna", "ours"))
    assert (step["action"], step["tables"]) == ("correctAddress", ["address"])


def test_the_lists_a_child_stands_on_and_is_taken_off_stand_in_the_trail(office: Office) -> None:
    given = {"entryId": office.id("entry", "ours"), "expectedVersion": 1}
    given |= {"reasonCode": "WRONG_ADDRESS", "comment": "La familia se mudó."}
    assert office.change(COORDINATOR, "discardFromNomina", given)["__typename"] == "DiscardFromNominaSuccess"
    (step, *before) = steps(office, AUDITOR, nna=office.id("nna", "ours"))
    assert (step["action"], step["tables"]) == ("discardFromNomina", ["nomina_discard", "nomina_entry"])
    assert {one["action"] for one in before} == {"publishNomina", "discardFromNomina", "test"}


def test_no_step_holds_what_was_read_or_written(office: Office) -> None:
    change(office)
    read(office, MANAGER, "mine")
    told = str(trail(office, AUDITOR))
    assert [word for word in [*bait(), "Kuyen"] if word in told] == []


def test_the_newest_steps_come_first_and_no_more_than_asked(office: Office) -> None:
    change(office)
    assert len(steps(office, AUDITOR, first=2)) == 2
    moments = [step["at"] for step in steps(office, AUDITOR)]
    assert moments == sorted(moments, reverse=True)


def later(office: Office, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the clock to so many seconds after the minute at which the office stands."""
    instant = office.host.clock.now().replace(second=seconds)
    monkeypatch.setattr(office.host, "clock", replace(office.host.clock, now=lambda: instant))


def pages(office: Office, size: int, **given: object) -> list[Answer]:
    found = list[Answer]()
    while page := steps(office, AUDITOR, first=size, **given, **({"before": found[-1]["at"]} if found else {})):
        found += page
    return found


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("nna", [True, False])
def test_a_trail_is_read_page_by_page_to_its_first_step_or_of_one_kind(office: Office, nna: bool, size: int) -> None:
    """Also where the journal wrote down several readings at one instant: no page parts them."""
    change(office)
    for who in (COORDINATOR, MANAGER, COORDINATOR):
        read(office, who, "ours")
    read(office, MANAGER, missed=("ours",))
    of = {"nna": office.id("nna", "ours")} if nna else {}
    every = steps(office, AUDITOR, first=100, **of)
    assert pages(office, size, **of) == every
    for kind in ("READ", "WRITE", "ATTEMPT"):
        wanted = [step for step in every if step["kind"] == kind]
        assert wanted and steps(office, AUDITOR, first=100, kinds=[kind], **of) == wanted
        assert pages(office, size, kinds=[kind], **of) == wanted


@pytest.mark.parametrize("nna", [True, False])
def test_no_step_is_lost_between_pages_where_the_clock_was_set_back(
    office: Office, nna: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = {"nna": office.id("nna", "ours")} if nna else {}
    for version, (seconds, name) in enumerate(((50, "Kuyen"), (30, "Rayen"), (40, "Ayelén")), 1):
        later(office, seconds, monkeypatch)
        given = {"id": office.id("nna", "ours"), "expectedVersion": version, "socialName": name}
        assert office.change(COORDINATOR, "updateNna", given)["__typename"] == "UpdateNnaSuccess"
    every = steps(office, AUDITOR, **of)
    assert [step["at"][17:19] for step in every[:3]] == ["50", "40", "30"]
    assert pages(office, 1, **of) == every


def test_who_saw_one_child_of_a_commune_and_another_not_did_both_there(office: Office) -> None:
    read(office, MANAGER, "mine", missed=("ours", "far"))
    (seen, asked, *_) = steps(office, AUDITOR)
    assert [(one["kind"], one["username"]) for one in (seen, asked)] == [("READ", MANAGER), ("ATTEMPT", MANAGER)]
    assert seen["digest"] == asked["digest"]
    assert steps(office, AUDITOR, kinds=["ATTEMPT"]) == [asked]
    assert steps(office, AUDITOR, kinds=["READ"]) == [seen]
    assert steps(office, AUDITOR, kinds=[]) == []
    assert [step["kind"] for step in steps(office, FAR_COORDINATOR, THEIRS) if step["kind"] != "WRITE"] == ["ATTEMPT"]


def hash_of_a_list(office: Office) -> str:
    entries, runs = table_of(NominaEntry), table_of(NominaRun)
    lists = select(runs.c.list_hash).join(entries, entries.c.run_id == runs.c.id)
    with office.host.unit_of_work(None, "look", reason="test") as uow:
        key = office.world.key("nna", "ours")
        return uow.session.scalars(lists.where(entries.c.nna_id == key).limit(1)).one()


@pytest.mark.parametrize("told", ["the child", "her list", "the child and more"])
def test_free_text_that_holds_a_childs_id_puts_nothing_into_the_childs_trail(
    office: Office, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    of, child = {"nna": office.id("nna", "ours"), "kinds": ["WRITE"]}, office.world.key("nna", "ours").hex
    change(office)
    before = steps(office, AUDITOR, **of)
    words = {"the child": child, "her list": hash_of_a_list(office)}
    reason = words.get(told, f'{{"id": "{child}", "nna": ["{child}"]}}')
    later(office, 1, monkeypatch)
    assert grant(office, ADMIN, "relief", a_role(reason=reason))["__typename"] == "RightsSuccess"
    assert steps(office, AUDITOR)[0]["action"] == "grantAssignment"
    assert steps(office, AUDITOR, **of) == before
    assert steps(office, AUDITOR, first=1, **of) == before[:1]


def test_a_row_that_points_at_a_child_stands_in_that_childs_trail(office: Office) -> None:
    with office.host.transaction(None, "joinRecords", reason="test") as uow:
        child = uow.session.get_one(Nna, office.world.key("nna", "mine"))
        child.moved_to_id = office.world.key("nna", "ours")
        uow.touch(child)
    for name in ("mine", "ours"):
        (step, *_) = steps(office, AUDITOR, nna=office.id("nna", name))
        assert (step["action"], step["tables"]) == ("joinRecords", ["nna"])


@pytest.mark.parametrize("who", [AUDITOR, COORDINATOR])
@pytest.mark.parametrize("code", [THEIRS, "99999", "CL"])
def test_the_trail_of_another_commune_is_closed_like_that_of_none(office: Office, who: str, code: str) -> None:
    told = trail(office, who, code)
    assert told["data"] == {"auditTrail": None}
    assert told["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert told == trail(office, who, "00000")


def test_a_child_of_another_commune_has_no_trail_here_like_one_that_is_not(office: Office) -> None:
    office.change(
        FAR_COORDINATOR, "updateNna", {"id": office.id("nna", "far"), "expectedVersion": 1, "noContact": True}
    )
    assert steps(office, AUDITOR, nna=office.id("nna", "far")) == []
    assert steps(office, AUDITOR, nna=office.id("nna", "nobody")) == []


@pytest.mark.parametrize("who", [MANAGER, PARTNER, ADMIN, REGIONAL, ANALYST])
def test_a_role_without_the_right_reads_no_trail(office: Office, who: str) -> None:
    for given in ({}, {"nna": office.id("nna", "mine")}):
        assert trail(office, who, **given)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"nna": "fam_" + "0" * 32}, "nnaId"),
        ({"nna": "x"}, "nnaId"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(office: Office, given: dict[str, object], field: str) -> None:
    told = trail(office, AUDITOR, **given)
    assert told["data"] == {"auditTrail": None}
    extensions = told["errors"][0]["extensions"]
    assert (extensions["code"], extensions["field"]) == ("INVALID_INPUT", field)


def test_what_was_refused_leaves_no_step(office: Office) -> None:
    before = steps(office, AUDITOR)
    office.change(COORDINATOR, "updateNna", {"id": office.id("nna", "ours"), "expectedVersion": 9, "noContact": True})
    office.change(MANAGER, "updateNna", {"id": office.id("nna", "ours"), "expectedVersion": 1, "noContact": True})
    assert steps(office, AUDITOR) == before

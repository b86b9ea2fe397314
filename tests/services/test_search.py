"""Finding children: forgiving of spelling, never wider than the caller's scope."""

from datetime import date
from uuid import UUID

import pytest

from authz.actor import Role
from authz.guard import AccessDenied
from core.errors import InvalidInput
from core.host import Host
from core.identity import format_run
from core.rules.matching import Hit
from core.services.search import search_nna
from tests.factories import COLINA, a_grant, a_run, a_team_member, a_user, actor, an_nna, an_organization, stored


def found(host: Host, text: str, role: str = "coordinator", **rest: object) -> list[Hit]:
    with host.unit_of_work(actor(role), "searchNna") as uow:
        return search_nna(uow, text, **rest)  # type: ignore[arg-type]


@pytest.fixture
def amanda(host: Host) -> UUID:
    """Amanda Núñez Huenchullán, among others."""
    with stored(host) as uow:
        for given, first, second in (("Pedro", "Soto", "Rojas"), ("Amelia", "Muñoz", None), ("Ana", "Lagos", "Pino")):
            an_nna(uow, given_names=given, first_surname=first, second_surname=second)
        return an_nna(uow).id


@pytest.mark.parametrize(
    "text",
    [
        "Amanda Núñez",
        "amanda nunez",
        "NUÑEZ HUENCHULLÁN AMANDA",
        "Wenchuyan",
        "Hamanda Nunes",
        "Amnada Nuñez",
        "Amada Núñez",
        "Amandaa Huenchulan",
        "aman",
    ],
)
def test_a_child_is_found_however_the_name_is_written(host: Host, amanda: UUID, text: str) -> None:
    assert [hit.nna_id for hit in found(host, text)] == [amanda]


@pytest.mark.parametrize("text", ["", "   ", "Zacarías Oyarzún", "%", "_"])
def test_what_nobody_is_called_finds_nobody(host: Host, amanda: UUID, text: str) -> None:
    assert found(host, text) == []


def test_reasons_say_how_the_name_matched(host: Host, amanda: UUID) -> None:
    assert [str(r) for r in found(host, "Amanda Núñez")[0].reasons] == ["SAME_NAME"]
    assert [str(r) for r in found(host, "Hamanda Nunes")[0].reasons] == ["SOUNDS_ALIKE"]
    assert [str(r) for r in found(host, "Amnada Nuñez")[0].reasons] == ["SIMILAR_SPELLING"]
    assert [str(r) for r in found(host, "Amanda Núñez Oyarzún")[0].reasons] == ["SOME_WORDS"]


def test_who_has_the_enie_stands_before_who_lacks_it(host: Host) -> None:
    with stored(host) as uow:
        plain = an_nna(uow, first_surname="Nunez", second_surname=None)
        enie = an_nna(uow, first_surname="Núñez", second_surname=None)
    assert [hit.nna_id for hit in found(host, "Amanda Nuñez")] == [enie.id, plain.id]
    assert [hit.nna_id for hit in found(host, "Amanda Nunez")] == [plain.id, enie.id]


def test_a_birth_date_raises_who_has_it(host: Host) -> None:
    with stored(host) as uow:
        an_nna(uow, birth_date=date(2015, 1, 1))
        right = an_nna(uow)
    best = found(host, "amanda nunez", birth_date=date(2016, 5, 4))[0]
    assert best.nna_id == right.id
    assert "SAME_BIRTH_DATE" in best.reasons
    assert [hit.nna_id for hit in found(host, "", birth_date=date(2016, 5, 4))] == [right.id]


def test_a_run_finds_exactly_its_child(host: Host, amanda: UUID) -> None:
    run = a_run()
    with stored(host) as uow:
        nna = an_nna(uow, run=run)
    for text in (run, format_run(run), run.replace("-", "")):
        assert [(hit.nna_id, str(hit.reasons[0])) for hit in found(host, text)] == [(nna.id, "SAME_IDENTIFIER")]
    assert found(host, a_run()) == []


def test_children_of_another_commune_are_not_found(host: Host) -> None:
    run = a_run()
    with stored(host) as uow:
        an_nna(uow, commune_code=COLINA, run=run)
    assert found(host, "Amanda Núñez") == []
    assert found(host, run) == []


def test_a_case_manager_finds_by_name_only_in_their_own_caseload(host: Host) -> None:
    manager, run = actor("case_manager"), a_run()
    with stored(host) as uow:
        a_user(uow, manager)
        mine = an_nna(uow, run=run)
        an_nna(uow)
        a_team_member(uow, mine, manager)
    assert [hit.nna_id for hit in found(host, "Amanda Núñez", "case_manager")] == [mine.id]
    assert [hit.nna_id for hit in found(host, run, "case_manager")] == [mine.id]


def test_an_institution_finds_who_was_opened_to_it_with_name(host: Host) -> None:
    with stored(host) as uow:
        school = an_organization(uow)
        named, unnamed = an_nna(uow), an_nna(uow)
        a_grant(uow, named, school, with_identity=True)
        a_grant(uow, unnamed, school)
    with host.unit_of_work(actor("sector_partner", organization=school.id), "searchNna") as uow:
        assert [hit.nna_id for hit in search_nna(uow, "Amanda Núñez")] == [named.id]


@pytest.mark.parametrize("role", [Role.MUNICIPAL_ADMIN, Role.REGIONAL_COORDINATOR, Role.COMMUNITY_MANAGER])
def test_a_role_that_may_name_nobody_is_refused(host: Host, role: Role) -> None:
    with pytest.raises(AccessDenied):
        found(host, "Amanda", role)


def test_the_same_question_has_the_same_answer(host: Host) -> None:
    with stored(host) as uow:
        for _ in range(5):
            an_nna(uow)
    first = found(host, "Amanda Nunes", first=3)
    assert len(first) == 3
    assert found(host, "Amanda Nunes", first=3) == first


@pytest.mark.parametrize("text", ["12.531.909-3", "12531909-k", " 125319093 "])
def test_a_run_with_a_slip_is_told_so_and_never_answers_that_nobody_is_here(host: Host, text: str) -> None:
    with host.unit_of_work(actor(Role.COORDINATOR), "test") as uow, pytest.raises(InvalidInput):
        search_nna(uow, text)

"""Records that may be of one person: the reasons, the weights, and whom they are told to."""

from datetime import date, timedelta

import pytest

from core.host import Host
from core.models.people import Nna
from core.rules.likeness import DuplicateReason
from core.services.duplicates import Candidate, candidate_duplicates
from tests.factories import COLINA, a_contact, a_family, a_team_member, a_user, actor, an_address, an_nna, stored

TODAY = date(2026, 11, 20)


def candidates(host: Host, nna: Nna, role: str = "coordinator") -> list[Candidate]:
    with host.unit_of_work(actor(role), "possibleDuplicates") as uow:
        return candidate_duplicates(uow, uow.get(Nna, nna.id))


@pytest.mark.parametrize(
    ("other", "reasons"),
    [
        ({}, ["SAME_NAME", "SAME_BIRTH_DATE"]),
        ({"first_surname": "Nunes", "second_surname": "Wenchuyan"}, ["SOUNDING_NAME", "SAME_BIRTH_DATE"]),
        ({"given_names": "Amada"}, ["SIMILAR_NAME", "SAME_BIRTH_DATE"]),
        (
            {"first_surname": "Huenchullán", "second_surname": "Núñez"},
            ["SAME_NAME", "SWAPPED_SURNAMES", "SAME_BIRTH_DATE"],
        ),
        ({"birth_date": date(2016, 4, 5)}, ["SAME_NAME", "SIMILAR_BIRTH_DATE"]),
        ({"birth_date": date(2017, 5, 4)}, ["SAME_NAME", "SIMILAR_BIRTH_DATE"]),
        ({"given_names": "Amanda Luz", "second_surname": None}, ["SAME_NAME", "SAME_BIRTH_DATE"]),
    ],
)
def test_one_person_written_twice_is_a_candidate(host: Host, other: dict[str, object], reasons: list[str]) -> None:
    with stored(host) as uow:
        nna, twin = an_nna(uow), an_nna(uow, **other)
    (candidate,) = candidates(host, nna)
    assert candidate.nna_id == twin.id
    assert [str(reason) for reason in candidate.reasons] == reasons
    assert 0.5 < candidate.score <= 1


@pytest.mark.parametrize(
    "other",
    [
        {"given_names": "Violeta"},
        {"birth_date": date(2013, 8, 21)},
        {"first_surname": "Soto", "second_surname": "Rojas"},
    ],
)
def test_another_person_is_no_candidate(host: Host, other: dict[str, object]) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
        an_nna(uow, **other)
    assert candidates(host, nna) == []


def test_what_they_share_adds_to_the_reasons(host: Host) -> None:
    with stored(host) as uow:
        nna, other = an_nna(uow), an_nna(uow, given_names="Amada", birth_date=date(2013, 8, 21))
        for one in (nna, other):
            a_contact(uow, one)
            an_address(uow, one)
        a_family(uow, nna, other)
    (candidate,) = candidates(host, nna)
    assert [str(r) for r in candidate.reasons] == ["SIMILAR_NAME", "SAME_PHONE", "SAME_ADDRESS", "SAME_HOUSEHOLD"]
    assert candidate.score == 0.8


def test_twins_are_not_taken_for_one(host: Host) -> None:
    with stored(host) as uow:
        nna, twin = an_nna(uow), an_nna(uow, given_names="Violeta")
        a_contact(uow, nna)
        a_contact(uow, twin)
        a_family(uow, nna, twin)
    assert candidates(host, nna) == []


def test_a_newborn_meets_the_pregnancy_that_was_registered(host: Host) -> None:
    with stored(host) as uow:
        pregnancy = an_nna(uow, given_names="Por nacer", birth_date=None, expected_birth_date=TODAY)
        newborn = an_nna(uow, birth_date=TODAY - timedelta(days=9))
    (candidate,) = candidates(host, newborn)
    assert candidate.nna_id == pregnancy.id
    assert DuplicateReason.NEAR_EXPECTED_BIRTH in candidate.reasons
    assert [one.nna_id for one in candidates(host, pregnancy)] == [newborn.id]


def test_candidates_are_of_the_same_commune(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
        an_nna(uow, commune_code=COLINA)
    assert candidates(host, nna) == []


def test_candidates_are_only_those_whom_the_caller_may_name(host: Host) -> None:
    manager = actor("case_manager")
    with stored(host) as uow:
        a_user(uow, manager)
        nna, mine, _other = an_nna(uow), an_nna(uow), an_nna(uow)
        a_team_member(uow, nna, manager)
        a_team_member(uow, mine, manager)
    assert [one.nna_id for one in candidates(host, nna, "case_manager")] == [mine.id]
    assert len(candidates(host, nna)) == 2


def test_a_protected_telephone_is_no_reason_that_others_read(host: Host) -> None:
    with stored(host) as uow:
        nna = an_nna(uow)
        other = an_nna(uow, protected_address=True)
        a_contact(uow, nna)
        a_contact(uow, other)
    (candidate,) = candidates(host, nna)
    assert DuplicateReason.SAME_PHONE not in candidate.reasons


def test_every_reason_has_its_sentence() -> None:
    assert all(reason.sentence.endswith(".") for reason in DuplicateReason)

from datetime import date

import pytest

from authz.actor import DataClass
from core.reference import AlertKind, AlertSubject, chcc_alert_types
from core.rules.alerts import (
    FIRST_STATES,
    LIVE_STATES,
    MOVES,
    STRICTNESS,
    AlertState,
    countable_chcc,
    counts_for_list,
    may_move,
    strictest,
    valid_until,
)

TODAY = date(2026, 11, 1)


def test_every_state_has_its_moves_and_can_be_reached() -> None:
    assert set(MOVES) == set(AlertState)
    assert set(AlertState) - FIRST_STATES == {target for targets in MOVES.values() for target in targets}


def test_no_alert_is_mitigated_without_attention() -> None:
    assert [state for state in AlertState if may_move(state, AlertState.MITIGATED)] == [AlertState.IN_ATTENTION]


@pytest.mark.parametrize("state", [AlertState.MITIGATED, AlertState.NOT_MITIGATED])
def test_a_closed_alert_stays_closed_and_does_not_count(state: AlertState) -> None:
    assert not any(may_move(state, target) for target in AlertState)
    assert not counts_for_list(state, None, TODAY)


def test_a_dismissed_alert_does_not_count_and_only_comes_back_as_validated() -> None:
    assert [state for state in AlertState if may_move(AlertState.DISMISSED, state)] == [AlertState.VALIDATED]
    assert not counts_for_list(AlertState.DISMISSED, None, TODAY)


def test_a_validated_alert_is_dismissed_only_before_somebody_attends_it() -> None:
    before = {AlertState.PENDING_VALIDATION, AlertState.VALIDATED}
    assert {state for state in AlertState if may_move(state, AlertState.DISMISSED)} == before


@pytest.mark.parametrize("state", sorted(LIVE_STATES))
def test_a_live_alert_counts_until_the_day_its_validity_ends(state: AlertState) -> None:
    assert counts_for_list(state, None, TODAY)
    assert counts_for_list(state, date(2026, 11, 2), TODAY)
    assert not counts_for_list(state, TODAY, TODAY)


def test_an_alert_of_a_pregnancy_lasts_twice_as_long_as_one_of_a_child() -> None:
    assert valid_until(AlertKind.CHCC, AlertSubject.CHILD, TODAY) == date(2027, 5, 1)
    assert valid_until(AlertKind.CHCC, AlertSubject.PREGNANCY, TODAY) == date(2027, 11, 1)
    assert valid_until(AlertKind.TERRITORIAL, AlertSubject.CHILD, TODAY) is None


def test_the_catalogue_and_the_parameters_agree_on_validity() -> None:
    for one in chcc_alert_types():
        months = {AlertSubject.CHILD: 6, AlertSubject.PREGNANCY: 12}[one.subject]
        assert one.validity_months == months
        assert valid_until(AlertKind.CHCC, one.subject, date(2026, 1, 1)) == date(
            2026 + months // 12, 1 + months % 12, 1
        )


def test_sixteen_types_count_as_fourteen() -> None:
    codes = [one.code for one in chcc_alert_types()]
    assert (len(codes), countable_chcc(codes)) == (16, 14)
    assert countable_chcc([]) == 0
    assert countable_chcc(["MIGRATION", "MIGRATION"]) == 1


def test_an_unknown_alert_is_not_counted_in_silence() -> None:
    with pytest.raises(KeyError):
        countable_chcc(["SOMETHING_ELSE"])


def test_every_class_has_its_place_in_the_order_of_strictness() -> None:
    assert sorted(STRICTNESS) == sorted(DataClass)
    assert strictest([DataClass.HEALTH, DataClass.JUDICIAL, DataClass.BASIC]) is DataClass.JUDICIAL
    with pytest.raises(ValueError, match="empty"):
        strictest([])

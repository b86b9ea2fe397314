from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.age import age_on, is_adolescent, is_child, is_nna, months_old

births = st.dates(date(1995, 1, 1), date(2026, 12, 31))


@given(births, st.integers(0, 12_000))
def test_whoever_is_an_nna_is_either_a_child_or_an_adolescent(birth: date, days: int) -> None:
    day = birth + timedelta(days=days)
    assert is_nna(birth, day) == (is_child(birth, day) or is_adolescent(birth, day))
    assert not (is_child(birth, day) and is_adolescent(birth, day))


@given(births, st.integers(0, 12_000))
def test_nobody_grows_more_than_a_day_at_a_time(birth: date, days: int) -> None:
    day = birth + timedelta(days=days)
    assert 0 <= months_old(birth, day + timedelta(days=1)) - months_old(birth, day) <= 1
    assert age_on(birth, day) == months_old(birth, day) // 12


def test_one_stops_being_an_nna_on_the_eighteenth_birthday() -> None:
    assert is_nna(date(2008, 11, 21), date(2026, 11, 20))
    assert not is_nna(date(2008, 11, 21), date(2026, 11, 21))


def test_the_fourteenth_birthday_makes_an_adolescent() -> None:
    assert is_child(date(2012, 5, 4), date(2026, 5, 3))
    assert is_adolescent(date(2012, 5, 4), date(2026, 5, 4))


def test_a_child_of_the_leap_day_has_its_birthday_on_the_first_of_march() -> None:
    assert is_nna(date(2008, 2, 29), date(2026, 2, 28))
    assert not is_nna(date(2008, 2, 29), date(2026, 3, 1))
    assert age_on(date(2008, 2, 29), date(2028, 2, 29)) == 20


def test_nobody_has_an_age_before_being_born() -> None:
    with pytest.raises(ValueError, match="before the birth"):
        age_on(date(2026, 1, 2), date(2026, 1, 1))

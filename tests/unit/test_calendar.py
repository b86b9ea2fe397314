from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import (
    add_business_days,
    add_months_and_days,
    business_days_between,
    cut_day,
    first_business_day,
    is_business_day,
    office_zone,
    today_in,
)
from core.reference import communes, list_parameters

days = st.dates(date(2019, 1, 1), date(2035, 12, 31))


@given(days, st.integers(1, 60), st.sampled_from([None, "15101", "16101", "13101"]))
def test_counting_business_days_undoes_adding_them(start: date, n: int, place: str | None) -> None:
    end = add_business_days(start, n, place)
    assert is_business_day(end, place)
    assert business_days_between(start, end, place) == n
    assert business_days_between(end, start, place) == -n


@given(days, st.integers(1, 60))
def test_going_back_as_many_days_returns_to_a_business_day(start: date, n: int) -> None:
    business_day = add_business_days(start, 0)
    assert add_business_days(add_business_days(business_day, n), -n) == business_day


def test_a_term_of_ten_days_jumps_over_the_fiestas_patrias() -> None:
    assert add_business_days(date(2026, 9, 11), 10) == date(2026, 9, 28)


def test_saturdays_sundays_and_holidays_are_not_business_days() -> None:
    assert not any(is_business_day(date(2026, 11, day)) for day in (1, 7, 8, 21, 22))
    assert not is_business_day(date(2026, 12, 25))
    assert not is_business_day(date(2022, 9, 16)), "one-off holiday of Ley 21.482"


def test_a_holiday_of_arica_is_a_business_day_elsewhere() -> None:
    morro = date(2024, 6, 7)
    assert not is_business_day(morro, "15101")
    assert not is_business_day(morro, "15")
    assert is_business_day(morro, "01101")


def test_the_holiday_of_chillan_is_not_one_of_all_nuble() -> None:
    ohiggins = date(2026, 8, 20)
    assert [is_business_day(ohiggins, place) for place in ("16101", "16103", "16107", "16")] == [
        False,
        False,
        True,
        True,
    ]


def test_one_and_a_half_months_are_a_month_and_fifteen_days() -> None:
    assert add_months_and_days(date(2026, 1, 31), 1, 15) == date(2026, 3, 15)
    assert add_months_and_days(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months_and_days(date(2026, 12, 10), 1) == date(2027, 1, 10)


@given(days, st.integers(0, 48))
def test_adding_months_lands_in_that_month_and_never_later_in_it(start: date, months: int) -> None:
    end = add_months_and_days(start, months)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day == start.day or (end + timedelta(days=1)).day == 1


def test_the_list_is_published_on_the_first_business_day_and_cut_on_the_23rd_before() -> None:
    assert first_business_day(2026, 11) == date(2026, 11, 2)
    assert cut_day("2026-11") == date(2026, 10, 23)
    assert cut_day("2026-11", list_parameters()["CUT_DAY"].value) == date(2026, 10, 23)


def test_every_commune_has_a_clock() -> None:
    assert {office_zone(one.code).key for one in communes()} == {
        "America/Santiago",
        "America/Punta_Arenas",
        "America/Coyhaique",
        "Pacific/Easter",
    }


def test_aysen_no_longer_changes_its_clocks() -> None:
    winter = [datetime(year, 7, 1, tzinfo=office_zone("11201")).utcoffset() for year in (2024, 2026)]
    assert winter == [timedelta(hours=-4), timedelta(hours=-3)]


def test_the_day_depends_on_the_office_and_needs_a_zoned_instant() -> None:
    midnight = datetime.fromisoformat("2026-11-21T03:30:00+00:00")
    assert today_in(office_zone("13101"), midnight) == date(2026, 11, 21)
    assert today_in(office_zone("05201"), midnight) == date(2026, 11, 20)
    with pytest.raises(ValueError, match="time zone"):
        today_in(ZoneInfo("America/Santiago"), midnight.replace(tzinfo=None))

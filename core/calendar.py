"""Days as Chilean offices count them: business days, months, and the clock on each office's wall.

Sources: Ley 19.880, art. 25 (terms in days are business days; Saturdays, Sundays and holidays are not; a term that ends
on such a day runs to the next business day); Código Civil, art. 48 (a month ends on the same number of the next
month, or on its last day where it is shorter). Holidays: the `holidays` library (MIT), which follows the laws and
carries the one-off holidays; it needs an update when Congress makes a new one.
"""

import calendar
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

from core.reference import commune

_SATURDAY = 5
_ARICA_Y_PARINACOTA = "15"
# Ley 20.768 names two communes, not the region of Ñuble.
_CHILLAN = frozenset({"16101", "16103"})


def is_business_day(day: date, place: str | None = None) -> bool:
    """Tell whether a day is a business day (hábil).

    Parameters
    ----------
    day : date
        The day asked about.
    place : str, optional
        CUT code of a commune or of a region, for the holidays that are not national: 7 June in Arica y Parinacota
        (Ley 20.663), 20 August in the communes of Chillán and Chillán Viejo (Ley 20.768; not in the rest of Ñuble).

    Returns
    -------
    bool
        False on Saturdays, Sundays and holidays; bank holidays are business days.

    Examples
    --------
    >>> is_business_day(date(2026, 9, 18)), is_business_day(date(2026, 12, 31))
    (False, True)
    >>> friday = date(2024, 6, 7)
    >>> is_business_day(friday), is_business_day(friday, "15101"), is_business_day(friday, "15")
    (True, False, False)
    """
    return day.weekday() < _SATURDAY and day not in _holidays(day.year, _extra_holidays(place))


def add_business_days(start: date, n: int, place: str | None = None) -> date:
    """Find the n-th business day after a day, which itself does not count.

    Parameters
    ----------
    start : date
        The day of the event that starts the term.
    n : int
        Business days; negative to count back; 0 gives `start`, or the next business day if it is none.
    place : str, optional
        As in :func:`is_business_day`.

    Returns
    -------
    date
        A business day.

    Examples
    --------
    >>> add_business_days(date(2026, 9, 16), 2)  # a Wednesday before the Fiestas Patrias
    datetime.date(2026, 9, 21)
    >>> add_business_days(date(2026, 9, 19), 0), add_business_days(date(2026, 9, 21), -2)
    (datetime.date(2026, 9, 21), datetime.date(2026, 9, 16))
    """
    day, step = start, timedelta(days=-1 if n < 0 else 1)
    left = abs(n)
    while left or not is_business_day(day, place):
        day += step
        if left and is_business_day(day, place):
            left -= 1
    return day


def business_days_between(start: date, end: date, place: str | None = None) -> int:
    """Count the business days after `start` and up to `end`, `end` included; negative if `end` comes first.

    It undoes :func:`add_business_days`: adding n business days and counting them back gives n.

    Examples
    --------
    >>> business_days_between(date(2026, 9, 16), date(2026, 9, 21))
    2
    """
    if end < start:
        return -business_days_between(end, start, place)
    days = (start + timedelta(days=ahead) for ahead in range(1, (end - start).days + 1))
    return sum(is_business_day(day, place) for day in days)


def add_months_and_days(start: date, months: int, days: int = 0) -> date:
    """Add calendar months, then calendar days. One and a half months are 1 month and 15 days.

    Parameters
    ----------
    start : date
        The first day.
    months, days : int
        How much to add, months first; a month that lacks the number ends on its last day (Código Civil, art. 48).

    Returns
    -------
    date
        The day arrived at, business day or not.

    Examples
    --------
    >>> add_months_and_days(date(2026, 1, 31), 1), add_months_and_days(date(2026, 1, 31), 1, 15)
    (datetime.date(2026, 2, 28), datetime.date(2026, 3, 15))
    """
    year, month0 = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month0 + 1)[1]
    return date(year, month0 + 1, min(start.day, last)) + timedelta(days=days)


def first_business_day(year: int, month: int, place: str | None = None) -> date:
    """Find the first business day of a month, when the prioritised list is published.

    Examples
    --------
    >>> first_business_day(2026, 1), first_business_day(2026, 5)
    (datetime.date(2026, 1, 2), datetime.date(2026, 5, 4))
    """
    return add_business_days(date(year, month, 1), 0, place)


def cut_day(period: str, day: int = 23) -> date:
    """Find the day whose case states the list of a month looks at: the 23rd of the month before.

    Parameters
    ----------
    period : str
        Month of the list, ``2026-11``.
    day : int, optional
        The number of the day; 23 by *Orientaciones Técnicas OLN 2020*, pp. 38-40 (list parameter ``CUT_DAY``).

    Returns
    -------
    date
        The last day that counts.

    Examples
    --------
    >>> cut_day("2026-11"), cut_day("2026-01")
    (datetime.date(2026, 10, 23), datetime.date(2025, 12, 23))
    """
    return add_months_and_days(date.fromisoformat(f"{period}-01"), -1).replace(day=day)


def office_zone(commune_code: str) -> ZoneInfo:
    """Find the time zone of the office of a commune.

    America/Santiago, but: Magallanes keeps -03 all year as America/Punta_Arenas (tzdata 2017a), Aysén likewise as
    America/Coyhaique since 20 March 2025 (tzdata 2025b), and Isla de Pascua is Pacific/Easter. The zone of each
    commune stands in ``core/data/communes.csv``.

    Parameters
    ----------
    commune_code : str
        CUT code.

    Returns
    -------
    ZoneInfo
        The zone.

    Raises
    ------
    KeyError
        If no commune has that code.

    Examples
    --------
    >>> [office_zone(code).key for code in ("13101", "12101", "11201", "05201")]
    ['America/Santiago', 'America/Punta_Arenas', 'America/Coyhaique', 'Pacific/Easter']
    """
    return ZoneInfo(commune(commune_code).time_zone)


def today_in(zone: ZoneInfo, instant: datetime) -> date:
    """Tell which day it is in a zone at an instant.

    Parameters
    ----------
    zone : ZoneInfo
        Zone of the office.
    instant : datetime
        With its own zone; UTC as a rule.

    Returns
    -------
    date
        The day on the office's wall.

    Raises
    ------
    ValueError
        If the instant has no zone.

    Examples
    --------
    >>> night = datetime.fromisoformat("2026-07-01T03:30:00+00:00")
    >>> [today_in(office_zone(code), night).day for code in ("13101", "12101", "05201")]
    [30, 1, 30]
    """
    if instant.tzinfo is None:
        raise ValueError("an instant has a time zone")
    return instant.astimezone(zone).date()


def _extra_holidays(place: str | None) -> str | None:
    """Name the subdivision of the library whose own holidays hold in a place."""
    if place is None:
        return None
    if place[:2] == _ARICA_Y_PARINACOTA:
        return "AP"
    return "NB" if place in _CHILLAN else None


@cache
def _holidays(year: int, subdivision: str | None) -> frozenset[date]:
    return frozenset(country_holidays("CL", subdiv=subdivision, years=year))

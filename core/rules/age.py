"""Ages that the law looks at.

Ley 21.430, article 1: a child is a human being until the age of 14, an adolescent one of 14 and under 18; in doubt
whether someone is under 18, they are taken to be so where that favours their rights.
"""

from datetime import date, timedelta

from core.errors import InvalidInput

FIRST_DAY = date(1900, 1, 1)
ADOLESCENCE_STARTS = 14
ADULTHOOD_STARTS = 18
# A pregnancy lasts 40 weeks counted from the last period, and is called prolonged from 42 on.
PREGNANCY_LASTS, PREGNANCY_PROLONGED = timedelta(weeks=40), timedelta(weeks=2)
# Nobody of this age is in a register of children: special schools, the last to let go, are paid for up to 26 (Decreto
# 332 of 2011, Mineduc), and some keep a few longer.
NO_LONGER_REGISTERED = 30


def check_past(day: date | None, today: date, field: str) -> None:
    """Refuse a day that is to come, or of before anybody lived whom an office meets; files may hold neither.

    Raises
    ------
    InvalidInput

    Examples
    --------
    >>> check_past(date(1961, 3, 2), date(2026, 11, 20), "input.birthDate")
    >>> check_past(date(1, 1, 1), date(2026, 11, 20), "input.birthDate")
    Traceback (most recent call last):
      ...
    core.errors.InvalidInput: La fecha es anterior a 1900: revise el año.
    """
    if day is not None and day > today:
        raise InvalidInput("La fecha está en el futuro.", field=field)
    if day is not None and day < FIRST_DAY:
        raise InvalidInput(f"La fecha es anterior a {FIRST_DAY.year}: revise el año.", field=field)


def months_old(birth: date, day: date) -> int:
    """Count the completed months of life on a day.

    A month is completed on the same number of the calendar, or on the 1st of the next month where that number
    does not exist. So who was born on 29 February has a birthday on 1 March in common years: our reading, the
    one that keeps protection a day longer (in doubt, under 18: Ley 21.430, art. 1).

    Parameters
    ----------
    birth, day : date
        Date of birth, and the day asked about.

    Returns
    -------
    int
        Completed months, 0 on the day of birth.

    Raises
    ------
    ValueError
        If the day is before the birth.

    Examples
    --------
    >>> months_old(date(2026, 1, 31), date(2026, 2, 28)), months_old(date(2026, 1, 31), date(2026, 3, 1))
    (0, 1)
    """
    if day < birth:
        raise ValueError("the day is before the birth")
    return (day.year - birth.year) * 12 + day.month - birth.month - (day.day < birth.day)


def age_on(birth: date, day: date) -> int:
    """Count the completed years of life on a day.

    Parameters
    ----------
    birth, day : date
        Date of birth, and the day asked about.

    Returns
    -------
    int
        Completed years; 29 February as in :func:`months_old`.

    Raises
    ------
    ValueError
        If the day is before the birth.

    Examples
    --------
    >>> age_on(date(2008, 2, 29), date(2026, 2, 28)), age_on(date(2008, 2, 29), date(2026, 3, 1))
    (17, 18)
    """
    return months_old(birth, day) // 12


def is_nna(birth: date, day: date) -> bool:
    """Tell whether someone is a child or adolescent: before the 18th birthday (Ley 21.430, art. 1).

    Examples
    --------
    >>> is_nna(date(2008, 11, 21), date(2026, 11, 20)), is_nna(date(2008, 11, 21), date(2026, 11, 21))
    (True, False)
    """
    return age_on(birth, day) < ADULTHOOD_STARTS


def may_be_expected(expected: date, day: date) -> bool:
    """Tell whether a birth may still be waited for on a day: until two weeks after its probable date.

    From 42 weeks on a pregnancy is called prolonged, and the birth is brought about; later than that, it is the record
    that is behind. How far ahead the date may lie is another question, see :func:`last_expected`.

    Examples
    --------
    >>> may_be_expected(date(2026, 11, 6), date(2026, 11, 20)), may_be_expected(date(2026, 11, 6), date(2026, 11, 21))
    (True, False)
    """
    return day <= expected + PREGNANCY_PROLONGED


def last_expected(day: date) -> date:
    """Give the last date on which a birth may be expected of a pregnancy that there is on a day: 40 weeks ahead.

    Examples
    --------
    >>> last_expected(date(2026, 11, 20))
    datetime.date(2027, 8, 27)
    """
    return day + PREGNANCY_LASTS


def counts_as_nna(birth: date | None, expected: date | None, day: date) -> bool:
    """Tell whether a record is of an NNA on a day: a born child under 18, or a birth that may still be waited for.

    The one rule for lists and for new alerts. A pregnancy whose date passed long ago is neither: that child was born,
    or was not, and nobody wrote it down (Ley 21.430, art. 1; *Orientaciones Técnicas OLN 2020*, pp. 36-37: gestation).

    Parameters
    ----------
    birth : date or None
        None of a pregnancy.
    expected : date or None
        Probable date of birth.
    day : date

    Examples
    --------
    >>> day = date(2026, 11, 20)
    >>> counts_as_nna(None, date(2006, 1, 1), day), counts_as_nna(None, date(2027, 1, 1), day)
    (False, True)
    >>> counts_as_nna(date(2010, 1, 1), None, day), counts_as_nna(date(2001, 1, 1), None, day)
    (True, False)
    """
    if birth is None:
        return expected is not None and may_be_expected(expected, day)
    return birth <= day and is_nna(birth, day)


def is_child(birth: date, day: date) -> bool:
    """Tell whether someone is a child: before the 14th birthday (Ley 21.430, art. 1).

    Examples
    --------
    >>> is_child(date(2012, 11, 21), date(2026, 11, 20)), is_child(date(2012, 11, 21), date(2026, 11, 21))
    (True, False)
    """
    return age_on(birth, day) < ADOLESCENCE_STARTS


def is_adolescent(birth: date, day: date) -> bool:
    """Tell whether someone is an adolescent: from the 14th to before the 18th birthday (Ley 21.430, art. 1).

    Examples
    --------
    >>> is_adolescent(date(2012, 11, 21), date(2026, 11, 21)), is_adolescent(date(2008, 11, 21), date(2026, 11, 21))
    (True, False)
    """
    return ADOLESCENCE_STARTS <= age_on(birth, day) < ADULTHOOD_STARTS

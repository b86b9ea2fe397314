"""Arithmetic of days and months on numpy arrays."""

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]


def back(day: np.datetime64, months: int) -> np.datetime64:
    """Return the same day of the month, `months` earlier; meant for firsts of a month.

    Examples
    --------
    >>> back(np.datetime64("2026-03-01"), 4)
    np.datetime64('2025-11-01')
    """
    month = day.astype("datetime64[M]")
    first = (month - np.timedelta64(months, "M")).astype("datetime64[D]")
    return np.datetime64(first + (day - month.astype("datetime64[D]")), "D")


def year(days: Days) -> NDArray[np.int64]:
    return days.astype("datetime64[Y]").astype(np.int64) + 1970


def age_on(birth: Days, day: np.datetime64) -> NDArray[np.float64]:
    """Return the age in years of 365.25 days, as the features count it."""
    years: NDArray[np.float64] = (day - birth).astype(np.float64) / 365.25
    return years


def age_on_31_march(birth: Days, school_year: int) -> NDArray[np.int64]:
    """Return completed years on 31 March, the day that decides the grade (Decreto Exento 1718 de 2011, Mineduc)."""
    month = birth.astype("datetime64[M]").astype(np.int64) % 12
    not_yet = month > 2
    ages: NDArray[np.int64] = school_year - year(birth) - not_yet
    return ages

"""Stretches of days, half open: from a day until the day before another."""

from collections.abc import Iterable
from datetime import date


def unbroken_until(spans: Iterable[tuple[date, date]], start: date) -> date:
    """Return the first day from `start` on that no span holds; `start` itself where none holds it.

    Examples
    --------
    >>> march, april, june, july = (date(2026, month, 1) for month in (3, 4, 6, 7))
    >>> unbroken_until([(april, june), (march, april)], march) == june
    True
    >>> unbroken_until([(march, april), (june, july)], march) == april
    True
    >>> unbroken_until([(june, july)], march) == march
    True
    """
    reached = start
    for begins, ends in sorted(spans):
        if begins <= reached:
            reached = max(reached, ends)
    return reached

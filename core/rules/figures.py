"""How many, told to whoever may know figures and no rows."""

SMALLEST_CELL = 5  # fewer than this could point at a child


def safe_count(count: int) -> int | None:
    """Hide a count under five and round the rest to fives, so that two of them tell no third.

    Examples
    --------
    >>> [safe_count(n) for n in (0, 4, 5, 7, 8, 123)]
    [None, None, 5, 5, 10, 125]
    """
    return None if count < SMALLEST_CELL else (count + 2) // 5 * 5

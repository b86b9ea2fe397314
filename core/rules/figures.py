"""How a count of people may be told without pointing at one of them."""

SMALLEST_CELL = 5
STEP = 5


def safe_count(count: int) -> int | None:
    """Hide a count under five, and round the others to fives, so that two of them tell no third.

    The rule is this platform's own; small cells identify people, and a commune may have few children of one kind.

    Parameters
    ----------
    count : int

    Returns
    -------
    int or None
        None where the count is hidden.

    Examples
    --------
    >>> [safe_count(count) for count in (0, 4, 5, 7, 8)]
    [None, None, 5, 5, 10]
    """
    return None if count < SMALLEST_CELL else (count + STEP // 2) // STEP * STEP

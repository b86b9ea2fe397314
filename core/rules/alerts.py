"""What becomes of an alert, how long it is valid, and what counts for the prioritised list."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache

from authz.actor import DataClass
from core.calendar import add_months_and_days
from core.reference import AlertKind, AlertSubject, chcc_alert_types, list_parameters


class AlertState(StrEnum):
    """Where an alert stands.

    Our proposal, after the later behaviour of the SAN platform: an alert that someone raised is validated or dismissed;
    one that the case manager finds in the diagnosis is incorporated; a plan objective takes either into attention.
    """

    PENDING_VALIDATION = "PENDING_VALIDATION"
    VALIDATED = "VALIDATED"
    DISMISSED = "DISMISSED"
    INCORPORATED = "INCORPORATED"
    IN_ATTENTION = "IN_ATTENTION"
    MITIGATED = "MITIGATED"
    NOT_MITIGATED = "NOT_MITIGATED"


FIRST_STATES = frozenset({AlertState.PENDING_VALIDATION, AlertState.INCORPORATED})

# From where to where, ours. A decision taken by mistake is decided again until somebody attends the alert; of the SAN
# platform no such way is known, and without one a sign of risk would stay dismissed for a slip of the hand.
MOVES = {
    AlertState.PENDING_VALIDATION: frozenset({AlertState.VALIDATED, AlertState.DISMISSED}),
    AlertState.VALIDATED: frozenset({AlertState.IN_ATTENTION, AlertState.DISMISSED}),
    AlertState.INCORPORATED: frozenset({AlertState.IN_ATTENTION}),
    AlertState.IN_ATTENTION: frozenset({AlertState.MITIGATED, AlertState.NOT_MITIGATED}),
    AlertState.DISMISSED: frozenset({AlertState.VALIDATED}),
    AlertState.MITIGATED: frozenset[AlertState](),
    AlertState.NOT_MITIGATED: frozenset[AlertState](),
}

LIVE_STATES = frozenset(
    {AlertState.PENDING_VALIDATION, AlertState.VALIDATED, AlertState.INCORPORATED, AlertState.IN_ATTENTION}
)

# From the least to the most protected; what judges and clinicians know weighs more than what offices know.
STRICTNESS = (
    DataClass.AGGREGATE,
    DataClass.BASIC,
    DataClass.CONTACT,
    DataClass.IDENTITY,
    DataClass.RISK,
    DataClass.THERAPY,
    DataClass.HEALTH,
    DataClass.JUDICIAL,
)

_VALIDITY = {
    AlertSubject.CHILD: "CHCC_VALIDITY_CHILD",
    AlertSubject.PREGNANCY: "CHCC_VALIDITY_PREGNANCY",
}


def may_move(current: AlertState, target: AlertState) -> bool:
    """Tell whether an alert may go from one state to another.

    Parameters
    ----------
    current, target : AlertState
        Where it stands and where someone wants it.

    Returns
    -------
    bool
        False for staying in place, too: that is no move.

    Examples
    --------
    >>> may_move(AlertState.PENDING_VALIDATION, AlertState.VALIDATED)
    True
    >>> may_move(AlertState.PENDING_VALIDATION, AlertState.MITIGATED)
    False
    """
    return target in MOVES[current]


def counts_for_list(state: AlertState, valid_until: date | None, day: date) -> bool:
    """Tell whether an alert counts as a live one when the prioritised list is ordered.

    The manual (*Orientaciones Técnicas OLN 2020*, pp. 38-40) counts territorial alerts and says nothing of states. Our
    reading: one that waits for validation counts, because the family is reached through the list, and validating
    comes after; one that is dismissed or closed, mitigated or not, does not: if the risk comes back, so does an alert.

    Parameters
    ----------
    state : AlertState
        State on that day.
    valid_until : date or None
        First day on which it is no longer valid; None where nothing ends it, as in territorial alerts.
    day : date
        The day the list looks at.

    Returns
    -------
    bool
        Whether it counts.

    Examples
    --------
    >>> counts_for_list(AlertState.VALIDATED, None, date(2026, 11, 1))
    True
    >>> counts_for_list(AlertState.VALIDATED, date(2026, 11, 1), date(2026, 11, 1))
    False
    >>> counts_for_list(AlertState.DISMISSED, None, date(2026, 11, 1))
    False
    """
    return state in LIVE_STATES and (valid_until is None or day < valid_until)


def validity_months(subject: AlertSubject) -> int:
    """Return for how many months an alert of Chile Crece Contigo lasts (*Orientaciones Técnicas OLN 2020*, pp. 36-37).

    Examples
    --------
    >>> validity_months(AlertSubject.CHILD), validity_months(AlertSubject.PREGNANCY)
    (6, 12)
    """
    return list_parameters()[_VALIDITY[subject]].value


def valid_until(kind: AlertKind, subject: AlertSubject, observed_on: date) -> date | None:
    """Find the first day on which an alert is no longer valid, whichever way it came: by a file or by hand.

    Parameters
    ----------
    kind : AlertKind
        Territorial alerts have no stated end.
    subject : AlertSubject
        Whom its type is about: alerts of Chile Crece Contigo last 6 months for a child, 12 for a pregnancy
        (*Orientaciones Técnicas OLN 2020*, pp. 36-37; list parameters ``CHCC_VALIDITY_CHILD`` and
        ``CHCC_VALIDITY_PREGNANCY``).
    observed_on : date
        The day on which it was seen; being told late makes no alert younger. Our reading: the manual says no more than
        "6 months".

    Returns
    -------
    date or None
        None where nothing ends it.

    Examples
    --------
    >>> valid_until(AlertKind.CHCC, AlertSubject.CHILD, date(2026, 8, 31))
    datetime.date(2027, 2, 28)
    >>> valid_until(AlertKind.TERRITORIAL, AlertSubject.CHILD, date(2026, 8, 31)) is None
    True
    """
    if kind is AlertKind.TERRITORIAL:
        return None
    return add_months_and_days(observed_on, validity_months(subject))


def strictest(classes: Iterable[DataClass]) -> DataClass:
    """Choose the most protected of several data classes: a report takes that of its most delicate alert.

    Parameters
    ----------
    classes : iterable of DataClass
        At least one.

    Returns
    -------
    DataClass
        The strictest, in our order (see ``STRICTNESS``).

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> strictest([DataClass.RISK, DataClass.HEALTH, DataClass.BASIC]).value
    'HEALTH'
    """
    return max(classes, key=STRICTNESS.index)


def countable_chcc(codes: Iterable[str]) -> int:
    """Count Chile Crece Contigo alerts as the list does: 16 types that count as 14.

    Precarious housing and substance use exist for the child and for the pregnancy, and count once each
    (*Orientaciones Técnicas OLN 2020*, pp. 36-37); so does an alert raised twice.

    Parameters
    ----------
    codes : iterable of str
        Codes of the catalogue ``chcc_alert_types``.

    Returns
    -------
    int
        How many count.

    Raises
    ------
    KeyError
        If a code is not in the catalogue.

    Examples
    --------
    >>> countable_chcc(["CHILD_PRECARIOUS_HOUSING", "PREGNANCY_PRECARIOUS_HOUSING", "MIGRATION"])
    2
    """
    return len({_counted_as()[code] for code in codes})


@cache
def _counted_as() -> dict[str, str]:
    return {one.code: one.counts_once_with or one.code for one in chcc_alert_types()}

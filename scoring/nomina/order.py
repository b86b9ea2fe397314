"""The order of the list: the official keys one after another, as data says; no weights, no sum of points.

Sources: *Orientaciones Técnicas OLN 2020*, pp. 38-40, for the keys; `core/data/list_rules.csv` for what each version
says and for what the manual leaves open (which of its two orders goes first, how ties end).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

from core.reference import Direction, ListBlock, ListRule

FIRST_LINE = "first_line"
SAME_FAMILY = "same_family"

Value = int | float | str | None
SortKey = tuple[tuple[bool, float | str], ...]


class MalformedRules(ValueError):
    """A version of the rules that does not say who stands before whom."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the order looks at, and nothing else of the child.

    Parameters
    ----------
    nna_id : str
        32 hexadecimal digits.
    family_id : str or None
        The family of today; a child without one is a line of its own.
    has_address : bool
        Whether an address in the commune is in force.
    last_priority : bool
        Whether a state of the cut day sends the child to the end.
    territorial_alerts, chcc_alerts : int
        Kinds of alert that count; an alert raised twice counts once.
    percentile, score : float or None
        Larger is more urgent; None where nobody scored the child.
    rank : int or None
        The child's place in the ministry's own order of its commune, 1 the most urgent; None where it gave none.
    """

    nna_id: str
    family_id: str | None
    has_address: bool
    last_priority: bool
    territorial_alerts: int
    chcc_alerts: int
    percentile: float | None = None
    score: float | None = None
    rank: int | None = None

    @property
    def has_chcc_alert(self) -> bool:
        return self.chcc_alerts > 0

    @property
    def block(self) -> ListBlock:
        return ListBlock.WITH_TERRITORIAL if self.territorial_alerts else ListBlock.WITHOUT_TERRITORIAL


KEYS: dict[str, Callable[[Candidate], Value]] = {
    "has_territorial_alert": lambda one: int(one.territorial_alerts > 0),
    "has_address": lambda one: int(one.has_address),
    "is_last_priority": lambda one: int(one.last_priority),
    "territorial_alerts": lambda one: one.territorial_alerts,
    "has_chcc_alert": lambda one: int(one.has_chcc_alert),
    "score_percentile": lambda one: one.percentile,
    "chcc_alerts": lambda one: one.chcc_alerts,
    "score_rank": lambda one: one.rank,
    "score": lambda one: one.score,
    "record_id": lambda one: one.nna_id,
}
TELL_BLOCKS_APART = frozenset({"has_territorial_alert", "territorial_alerts"})


@dataclass(frozen=True, slots=True)
class Placed:
    """One child's place.

    Parameters
    ----------
    candidate : Candidate
    position : int
        From 1, each child its own.
    family_position : int
        From 1, the line; brothers and sisters share it.
    within_capacity : bool
        Whether the line is among those that the office can attend in the month, before anybody is discarded.
    deciding_key : str
        The first key in which the line before is ahead; `first_line` and `same_family` where there is none.
    deciding_reason : str
        The same as a Spanish sentence.
    """

    candidate: Candidate
    position: int
    family_position: int
    within_capacity: bool
    deciding_key: str
    deciding_reason: str


@dataclass(frozen=True)
class Order:
    """One version of the rules, ready to compare children.

    Parameters
    ----------
    rules : sequence of ListRule
        Of one version, by `order`.

    Raises
    ------
    MalformedRules
        If a key is unknown, if nothing tells the two blocks apart before their own keys speak, or if the last key
        can leave two children equal.
    """

    rules: tuple[ListRule, ...]

    def __post_init__(self) -> None:
        if unknown := {rule.key for rule in self.rules} - set(KEYS):
            raise MalformedRules(f"unknown keys: {sorted(unknown)}")
        shared = list(takewhile(lambda rule: rule.block is ListBlock.BOTH, self.rules))
        if len(shared) < len(self.rules) and not any(rule.key in TELL_BLOCKS_APART for rule in shared):
            raise MalformedRules("nothing says which block goes first")
        if not self.rules or self.rules[-1].key != "record_id" or self.rules[-1].block is not ListBlock.BOTH:
            raise MalformedRules("the last key must be record_id, for both blocks")

    @cached_property
    def _of_block(self) -> dict[ListBlock, tuple[ListRule, ...]]:
        blocks = (ListBlock.WITH_TERRITORIAL, ListBlock.WITHOUT_TERRITORIAL)
        return {block: tuple(r for r in self.rules if r.block in (ListBlock.BOTH, block)) for block in blocks}

    def of(self, candidate: Candidate) -> tuple[ListRule, ...]:
        """Return the rules that a child is compared by."""
        return self._of_block[candidate.block]

    def key(self, candidate: Candidate) -> SortKey:
        """Return what the child sorts by, smallest first; an unknown value stands behind every known one."""
        return tuple(_directed(KEYS[rule.key](candidate), rule.direction) for rule in self.of(candidate))

    def decides(self, ahead: Candidate, behind: Candidate) -> ListRule:
        """Return the first rule in which two children differ, the first of them standing ahead."""
        pairs = zip(self.of(ahead), self.key(ahead), self.key(behind), strict=False)
        return next(rule for rule, one, other in pairs if one != other)


def order(candidates: Sequence[Candidate], rules: Sequence[ListRule], capacity: int) -> list[Placed]:
    """Put the children of a commune in the official order.

    Children of one family stand together, where the best placed of them stands: the intervention is with the whole
    family group (*Orientaciones Técnicas OLN 2020*, pp. 62-70), and so the capacity counts families too (parameter
    `OFFICE_MONTHLY_CAPACITY`, in families a month). Ties end by the last key of the rules, the record's id, which
    says nothing of the person.

    Parameters
    ----------
    candidates : sequence of Candidate
        In any order; each child once.
    rules : sequence of ListRule
        One version, as `core.reference.list_rules` gives it.
    capacity : int
        How many families the office can attend; their lines are above the capacity line.

    Returns
    -------
    list of Placed
        By position.

    Raises
    ------
    MalformedRules
        If the rules do not make a total order.

    Examples
    --------
    >>> from core.reference import list_rules
    >>> alone = Candidate("a", None, True, False, territorial_alerts=0, chcc_alerts=2, percentile=99.0, score=99.0)
    >>> sister = Candidate("b", "f", True, False, territorial_alerts=1, chcc_alerts=0)
    >>> brother = Candidate("c", "f", False, False, territorial_alerts=0, chcc_alerts=0)
    >>> for one in order([alone, brother, sister], list_rules(), capacity=1):
    ...     print(one.position, one.family_position, one.candidate.nna_id, one.within_capacity, one.deciding_key)
    1 1 b True first_line
    2 1 c True same_family
    3 2 a False territorial_alerts
    >>> print(one.deciding_reason)
    El NNA del lugar 1 va antes porque tiene más alertas territoriales vigentes que este NNA.
    """
    way = Order(tuple(rules))
    placed: list[Placed] = []
    before: Placed | None = None  # who brought the family before to its line; others of it may stand between
    for line, children in enumerate(_lines(candidates, way), start=1):
        for child in children:
            key, reason = _decided(child, children[0], before, way)
            placed.append(Placed(child, len(placed) + 1, line, line <= capacity, key, reason))
        before = placed[-len(children)]
    return placed


def _lines(candidates: Sequence[Candidate], way: Order) -> list[list[Candidate]]:
    """Return the families in order, the best placed child of each first."""
    families: dict[str, list[Candidate]] = {}
    for child in sorted(candidates, key=way.key):
        families.setdefault(child.family_id or child.nna_id, []).append(child)
    return list(families.values())


def _decided(child: Candidate, head: Candidate, before: Placed | None, way: Order) -> tuple[str, str]:
    if child is not head:
        return SAME_FAMILY, "Va junto a su grupo familiar, en el lugar de quien tiene mayor prioridad."
    if before is None:
        return FIRST_LINE, "Encabeza la nómina."
    rule = way.decides(before.candidate, child)
    return rule.key, _sentence(rule, before, child)


def _sentence(rule: ListRule, ahead: Placed, behind: Candidate) -> str:
    value, other = (KEYS[rule.key](one) for one in (ahead.candidate, behind))
    said = rule.reason_es.format(value=written(value), other=written(other))
    if other is None and rule.reason_unknown_es:
        said = rule.reason_unknown_es
    return f"El NNA del lugar {ahead.position} va antes porque {said[0].lower()}{said[1:]}"


def written(value: Value) -> str:
    """Write a value as people in Chile do: decimal comma, no trailing zeros."""
    if value is None:
        return "sin dato"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    return str(value)


def _directed(value: Value, direction: Direction) -> tuple[bool, float | str]:
    if value is None:
        return True, 0
    if direction is Direction.ASC:
        return False, value
    if isinstance(value, str):
        raise MalformedRules("a key of text has no descending order")
    return False, -value

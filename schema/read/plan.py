"""What is remembered of a selection: its plan, and the bounded memory of plans."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType
from sqlalchemy import SelectBase

from authz.scope import Access
from schema.read.masks import Closed
from schema.read.metrics import ReadMetrics

if TYPE_CHECKING:
    from schema.read.catalogue import Entity
    from schema.read.outline import Outline

Arguments = list[dict[str, Any]]  # of every field with arguments, coerced, in the order of the outline
Getter = Callable[[Arguments], Any]
MOST = 512


def argument(n: int, name: str) -> Getter:
    """Return how an argument's value is found in a call."""
    return lambda arguments: arguments[n][name]


class Unsupported(Exception):
    """The selection holds what SQL cannot answer; the ordinary way does. The text is the reason, for the metrics."""


@dataclass(frozen=True)
class PythonField:
    """A field that Python makes after the read, from the columns that stand in its place.

    Parameters
    ----------
    path : tuple of str
        Response keys from the root of the answer to the field; lists in between are gone through.
    parent : GraphQLObjectType
    details : list
        graphql-core's details of the field.
    entity : Entity
    kinds : mapping of str to str
        Columns that the resolver needs, and how each is written.
    root : str
        Prefix of the rows at the root, where they may be of several types.
    """

    path: tuple[str, ...]
    parent: GraphQLObjectType
    details: Any
    entity: "Entity"
    kinds: dict[str, str]
    root: str = ""


@dataclass
class Plan:
    """What stays the same for every call of this selection by callers of this shape."""

    statement: SelectBase
    binds: dict[str, Getter]
    denied: list[tuple[Closed, tuple[str, ...]]]
    python: list[PythonField]
    pages: list[tuple[tuple[str, ...], int]] = field(default_factory=list)  # those that begin at a cursor, their calls
    closed: tuple[int, ...] = ()  # calls of which no page was made
    prepared: Any = None  # the reader's own form of the statement


@dataclass(frozen=True)
class Remembered:
    """A plan, or None where the selection goes the ordinary way; the details keep the nodes, and their ids, alive."""

    outline: "Outline"
    plan: Plan | None
    details: Any
    reason: str = ""


@dataclass
class PlanCache:
    """The plans used last."""

    metrics: ReadMetrics
    most: int = MOST
    _plans: "OrderedDict[Hashable, Remembered]" = field(default_factory=OrderedDict)
    _shapes: dict[Hashable, int] = field(default_factory=dict)
    _accesses: dict[int, tuple[Access, int]] = field(default_factory=dict)

    def shape(self, access: Access) -> int:
        """Return a number for an access's shape: the shape is long, and hashing it for each question would be dear."""
        known = self._accesses.get(id(access))
        if known is None:
            if len(self._accesses) >= 4 * self.most:
                self._accesses.clear()
            number = self._shapes.setdefault(access.shape, len(self._shapes))
            known = self._accesses[id(access)] = access, number  # held, so that its id stays its own
        return known[1]

    def get(self, key: Hashable) -> Remembered | None:
        found = self._plans.get(key)
        if found is not None:
            self.metrics.hits += 1
            self._plans.move_to_end(key)
        return found

    def put(self, key: Hashable, made: Remembered) -> Remembered:
        self.metrics.misses += key not in self._plans
        self._plans[key] = made
        if len(self._plans) > self.most:
            self._plans.popitem(last=False)
        return made

    def clear(self) -> None:
        self._plans.clear()

    def __len__(self) -> int:
        return len(self._plans)

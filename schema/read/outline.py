"""What a selection asks for, whoever asks: the arguments of its fields, and how many records it may reach."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLError, GraphQLField, GraphQLInterfaceType, get_named_type
from graphql.execution.values import get_argument_values

from schema.read.kinds import NOWHERE, parse_id
from schema.read.plan import Arguments, Unsupported
from schema.read.shapes import MOST, MOST_FLAT
from schema.read.sources import Held, Many, One, Python, Root, RootList, RootMany

if TYPE_CHECKING:
    from schema.read.catalogue import Catalogue, Entity

GIVEN = -1  # stands for the number of ids given, where they do not come as an argument
KEY = 63  # PostgreSQL cuts longer names, and so response keys


@dataclass(frozen=True)
class Call:
    """A field with arguments; `most` bounds the page of a connection."""

    gfield: GraphQLField
    node: FieldNode
    most: int | None = None


@dataclass
class Outline:
    """Filled by `Outliner`.

    Parameters
    ----------
    calls : list of Call
    costs : list of (int, tuple)
        For each relation what one of its records counts, and the calls whose page sizes multiply up to how many.
    """

    calls: list[Call] = field(default_factory=list)
    costs: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)

    def index(self, node: FieldNode) -> int:
        return self.places[id(node)]

    def arguments(self, variables: Any) -> Arguments:
        """Return the coerced arguments of every call.

        Raises
        ------
        GraphQLError
            Where a page has no size, too large a one, or begins at what is no cursor.
        """
        made: Arguments = []
        for call in self.calls:
            args = get_argument_values(call.gfield, call.node, variables)
            if call.most is not None:
                check_page(args, call.most, call.node.name.value)
                check_cursors(args)
            made.append(args)
        return made

    def cost(self, arguments: Arguments, given: int) -> int:
        """Return how many records the selection may reach, counted like GitHub does."""
        sizes = [size_of(args) for args in arguments]
        return sum(each * prod(given if n == GIVEN else sizes[n] for n in chain) for each, chain in self.costs)


@dataclass
class Outliner:
    """Walks a selection by the catalogue; `executor` is graphql-core's, which merges selections for us."""

    catalogue: "Catalogue"
    executor: Any
    made: Outline = field(default_factory=Outline)

    def root(self, source: Root, entities: "list[Entity]", gfield: GraphQLField, details: Any) -> Outline:
        paged = isinstance(source, RootMany)
        chain: tuple[int, ...] = ()
        if isinstance(source, Held):
            chain = (GIVEN,)
        else:
            n = self._call(gfield, details, entities[0] if paged else None)
            chain = (n,) if paged or isinstance(source, RootList) else ()
        self.made.costs.append((1, chain))
        for entity in entities:
            if paged:
                self._connection(entity, get_named_type(gfield.type), details, chain)
            else:
                self._object(entity, self.concrete(entity, get_named_type(gfield.type)), details, chain)
        return self.made

    def concrete(self, entity: "Entity", gtype: Any) -> Any:
        return self.executor.schema.type_map[entity.name] if isinstance(gtype, GraphQLInterfaceType) else gtype

    def fields(self, gtype: Any, details: Any) -> Iterator[tuple[str, str, Any]]:
        """Give response key, field name and details of each selected field.

        Raises
        ------
        Unsupported
            Where a key is too long for a column's name, or a part is deferred.
        """
        for key, sub in self.executor.collect_subfields(gtype, details).grouped_field_set.items():
            if len(key) > KEY:
                raise Unsupported("long key")
            if any(one.defer_usage or one.fragment_variable_values for one in sub):
                raise Unsupported("deferred or parametrised fragment")
            yield key, sub[0].node.name.value, sub

    def _object(self, entity: "Entity", gtype: Any, details: Any, chain: tuple[int, ...]) -> None:
        for _, name, sub in self._loose(gtype, details):
            source, inner = entity.sources.get(name), gtype.fields.get(name)
            if isinstance(source, One):
                self.made.costs.append((1, chain))
                self._object(self.catalogue.target(source, entity), get_named_type(inner.type), sub, chain)
            elif isinstance(source, Many):
                target = self.catalogue.target(source, entity)
                n = self._call(inner, sub, target)
                self.made.costs.append((1, (*chain, n)))
                self._connection(target, get_named_type(inner.type), sub, (*chain, n))
            elif isinstance(source, Python) and source.cost:
                self.made.costs.append((source.cost, chain))

    def _connection(self, entity: "Entity", gtype: Any, details: Any, chain: tuple[int, ...]) -> None:
        for _, name, sub in self._loose(gtype, details):
            if name == "edges":
                edge = get_named_type(gtype.fields[name].type)
                for _, inner, below in self._loose(edge, sub):
                    if inner == "node":
                        self._object(entity, get_named_type(edge.fields[inner].type), below, chain)

    def _call(self, gfield: GraphQLField, details: Any, listed: "Entity | None") -> int:
        node = details[0].node
        if id(node) in self.made.places:
            return self.made.places[id(node)]
        most = (MOST_FLAT if self._is_flat(gfield, details) else MOST) if listed else None
        self.made.places[id(node)] = len(self.made.calls)
        self.made.calls.append(Call(gfield, node, most))
        return len(self.made.calls) - 1

    def _is_flat(self, gfield: GraphQLField, details: Any) -> bool:
        connection: Any = get_named_type(gfield.type)
        for _, name, sub in self._loose(connection, details):
            if name == "edges":
                edge: Any = get_named_type(connection.fields[name].type)
                nodes = [below for _, inner, below in self._loose(edge, sub) if inner == "node"]
                kinds = [(get_named_type(edge.fields["node"].type), below) for below in nodes]
                if any(one[0].node.selection_set for k, b in kinds for _, _, one in self._loose(k, b)):
                    return False
        return True

    def _loose(self, gtype: Any, details: Any) -> Iterator[tuple[str, str, Any]]:
        """As `fields`, whatever the keys: what is asked for does not depend on who answers."""
        for key, sub in self.executor.collect_subfields(gtype, details).grouped_field_set.items():
            yield key, sub[0].node.name.value, sub


def size_of(args: dict[str, Any]) -> int:
    if "ids" in args:
        return len(args["ids"])
    return int(args.get("first") or args.get("last") or 1)


def check_page(args: dict[str, Any], most: int, name: str) -> None:
    """Refuse a page without a size, or with too large a one.

    Raises
    ------
    GraphQLError
        INVALID_INPUT.
    """
    sizes = [args[k] for k in ("first", "last") if args.get(k) is not None]
    if len(sizes) != 1 or not 1 <= sizes[0] <= most:
        message = f"«{name}» pide `first` o `last`, uno de los dos, de 1 a {most}."
        raise GraphQLError(message, extensions={"code": "INVALID_INPUT", "field": name})


def check_cursors(args: dict[str, Any]) -> None:
    """Refuse what is no cursor at all; one of another list, of whatever type, is told where its page would stand.

    Raises
    ------
    GraphQLError
        INVALID_INPUT.
    """
    for name in ("after", "before"):
        if args.get(name) is not None and parse_id(args[name])[1] == NOWHERE:
            message = f"«{name}» no es un cursor; use `endCursor` o `startCursor` de una página anterior."
            raise GraphQLError(message, extensions={"code": "INVALID_INPUT", "field": name})

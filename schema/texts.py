"""Every text of an input, and where it stands: no mutation and no query forgets to look at one."""

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any

from graphql import DocumentNode, GraphQLError, StringValueNode, Visitor, visit
from strawberry.utils.str_converters import to_camel_case

from core.errors import InvalidInput
from core.rules.readable import check_readable


def texts(given: Any, at: str) -> Iterator[tuple[str, str]]:
    """Yield place and text of whatever is said in an input, also in lists and in inputs within it.

    Examples
    --------
    >>> list(texts({"nombre": "Ana", "otros": ["Eva", 3]}, "input"))
    [('input.nombre', 'Ana'), ('input.otros.0', 'Eva')]
    """
    if isinstance(given, str):
        yield at, given
    elif isinstance(given, list):
        for n, one in enumerate(given):
            yield from texts(one, f"{at}.{n}")
    elif isinstance(given, dict) or is_dataclass(given):
        inside = given if isinstance(given, dict) else {to_camel_case(name): one for name, one in vars(given).items()}
        for name, one in inside.items():
            yield from texts(one, f"{at}.{name}" if at else str(name))


def check_texts(given: Any, at: str) -> None:
    """Refuse an input with a text that could not be stored, at the place where it stands.

    Raises
    ------
    InvalidInput
    """
    for place, text in texts(given, at):
        check_readable(text, place)


def unreadable_literals(document: DocumentNode) -> list[GraphQLError]:
    """Return an error for each text within a document that no database could be asked for."""
    found: list[GraphQLError] = []

    class Reader(Visitor):
        def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
            if error := _unreadable(node.value, ""):
                found.append(GraphQLError("unreadable text", node, original_error=error))

    visit(document, Reader())
    return found


def unreadable_variables(variables: Mapping[str, Any] | None) -> list[GraphQLError]:
    """Return an error for the first such text among the variables of a query; a mutation refuses its input itself."""
    errors = (_unreadable(text, place) for place, text in texts(dict(variables or {}), ""))
    return [GraphQLError("unreadable text", original_error=one) for one in errors if one][:1]


def _unreadable(text: str, place: str) -> InvalidInput | None:
    try:
        check_readable(text, place)
    except InvalidInput as error:
        return error
    return None

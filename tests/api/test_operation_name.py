"""What the read journal keeps of an operation's name: what the client called it, never what stands in a literal."""

import pytest
from strawberry.http import GraphQLRequestData

from schema.readings import operation_name


@pytest.mark.parametrize(
    ("text", "said", "kept"),
    [
        ("query Ficha { viewer { username } }", None, "Ficha"),
        ("query Ficha { viewer { username } }", "Otra", "Otra"),
        ("{ viewer { username } }", None, None),
        ('{ searchNna(text: "query Amanda") { hits { score } } }', None, None),
    ],
)
def test_a_name_in_a_literal_is_not_the_operations(text: str, said: str | None, kept: str | None) -> None:
    assert operation_name(GraphQLRequestData(text, None, said, None)) == kept

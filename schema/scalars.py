"""How dates, instants and keys are read and written; what cannot be read raises without the value in its words.

A plain `ValueError` is told by graphql-core at the argument where the value stands; strawberry's own scalars raise an
error of GraphQL, which is told without a place.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

import strawberry
from strawberry.types.scalar import ScalarDefinition

# a day from the ends of Python's calendar: in every zone it still has a date
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
DAY_FORM = re.compile(r"\d{4}-\d{2}-\d{2}")


def _day(text: str) -> date:
    if not DAY_FORM.fullmatch(text):  # Python also reads 20260101 and weeks
        raise ValueError("a day is written AAAA-MM-DD")
    return date.fromisoformat(text)


def _instant(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("an instant needs an offset")
    if not FIRST <= value <= LAST:
        raise ValueError("no calendar of an office holds this instant")
    return value


DAY = strawberry.scalar(
    name="Date", description="Fecha ISO 8601: `2026-11-05`.", serialize=date.isoformat, parse_value=_day
)
INSTANT = strawberry.scalar(
    name="DateTime",
    description="Instante en UTC, ISO 8601 con microsegundos y desfase: `2026-01-01T00:00:00.000000+00:00`.",
    serialize=lambda value: value.astimezone(UTC).isoformat(timespec="microseconds"),
    parse_value=_instant,
)
KEY = strawberry.scalar(name="UUID", description="UUID (RFC 9562), con o sin guiones.", serialize=str, parse_value=UUID)

SCALARS: Mapping[object, ScalarDefinition] = {date: DAY, datetime: INSTANT, UUID: KEY}
WRITTEN = {"Date": "AAAA-MM-DD", "DateTime": "2026-01-01T00:00:00.000000+00:00"}

"""Python fields below SQL fields: made after the read, each in the place where the columns it needs were put."""

import asyncio
from collections.abc import Iterator
from typing import Any

from graphql.pyutils import Path

from schema.read.kinds import decoded
from schema.read.plan import PythonField
from schema.read.rows import Row


async def fill(executor: Any, fields: list[PythonField], value: Any, at: Path) -> None:
    """Put the Python fields into a finished value, through graphql-core's execution of their selections."""
    waiting = []
    for field in fields:
        key = field.path[-1]
        for holder, path in _holders(value, field.path[:-1], at):
            if holder[key] is None:
                continue
            raw = {name: decoded(kind, holder[key][name]) for name, kind in field.kinds.items()}
            place = Path(path, key, field.parent.name)
            made = executor.execute_field(field.parent, Row(field.entity, raw), field.details, place, None)
            holder[key] = made
            if executor.is_awaitable(made):
                waiting.append((holder, key, made))
    for (holder, key, _), made in zip(waiting, await asyncio.gather(*(w[2] for w in waiting)), strict=True):
        holder[key] = made


def _holders(value: Any, keys: tuple[str, ...], at: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    if value is None:
        return
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield from _holders(one, keys, Path(at, n, None))
    elif keys:
        yield from _holders(value[keys[0]], keys[1:], Path(at, keys[0], None))
    else:
        yield value, at

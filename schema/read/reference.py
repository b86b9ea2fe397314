"""The same declarations as plain resolvers: what the compiler is measured against, and the way out of what it lacks.

Rows come one relation at a time, for all parents at once; filters, order and pages are made here, in Python.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from graphql import GraphQLError
from sqlalchemy import String, bindparam, false, literal_column, select

from authz.actor import DataClass
from authz.scope import Access
from schema.read.catalogue import Catalogue, Entity
from schema.read.json_sql import among
from schema.read.kinds import listed, parse_id
from schema.read.lists import page_of
from schema.read.masks import Closed, Reason, Refusal, conditional, gate, refusal
from schema.read.resolvers import Asked
from schema.read.rows import Gate, Row
from schema.read.sources import Condition, Held, Many, One, Relation, RootList, RootMany, RootOne, Sql

MOST = 10_000  # rows that one relation may bring into Python
Pending = dict[Any, "asyncio.Future[list[Row]]"]


@dataclass
class Reference:
    """Answers one operation's generated fields.

    Parameters
    ----------
    catalogue : Catalogue
    access : Access
    connect : callable
        Opens a connection; called in a worker thread.
    saw : callable
        Told the children whose records are shown.
    limiter : CapacityLimiter
    """

    catalogue: Catalogue
    access: Access
    connect: Callable[[], Any]
    saw: Callable[[set[UUID]], None]
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    _pending: dict[tuple[str, str, Condition | None], Pending] = field(default_factory=dict)

    async def resolve(self, asked: Asked) -> Any:
        """Return the rows, the row or the page in the place of what a resolver asked for."""
        source, args = asked.source, asked.args
        if isinstance(source, Relation):
            assert asked.parent is not None
            return await self._relation(source, asked.parent, args)
        if isinstance(source, RootMany):
            entity = self.catalogue.entities[source.type_name or ""]
            self._refuse(entity, source.plugin)
            rows = await to_thread.run_sync(self._read, entity, None, (), source.where, limiter=self.limiter)
            return await page_of(self, entity, rows, source.order, args)
        if isinstance(source, RootList):
            return await self._by_ids([parse_id(text) for text in args["ids"]])
        if isinstance(source, RootOne):
            return await self._one(source, args)
        assert isinstance(source, Held)
        prefix = self.catalogue.entities[source.type_name or ""].prefix
        return await self._by_ids([(prefix, key) for key in asked.ids])

    async def find(self, entity: Entity, key: UUID) -> Row | None:
        return next(iter(await self._load(entity, "id", key)), None)

    def show(self, rows: Sequence[Row | None]) -> None:
        found = {row.subject for row in rows if row is not None}
        self.saw({subject for subject in found if subject is not None})

    async def _one(self, source: RootOne, args: dict[str, Any]) -> Row | None:
        if source.by:
            entity = self.catalogue.entities[source.type_name or ""]
            self._refuse(entity, source.plugin)
            wanted = dict(zip(source.by, args.values(), strict=True))
            rows = await self._load(entity, source.by[0], wanted[source.by[0]])
            found = next((r for r in rows if all(r.raw[name] == value for name, value in wanted.items())), None)
        else:
            prefix, key = parse_id(args["id"])
            named = self.catalogue.entities.get(source.type_name or "")
            if named is not None:
                self._refuse(named, source.plugin)
            known = self.catalogue.by_prefix.get(prefix)
            if known is None or (named is not None and known is not named):
                return None
            found = await self.find(known, key)
        self.show([found])
        return found

    async def _by_ids(self, ids: list[tuple[str, UUID]]) -> list[Row | None]:
        entities = [self.catalogue.by_prefix.get(prefix) for prefix, _ in ids]
        found = await asyncio.gather(
            *(self.find(e, key) if e else _nothing() for e, (_, key) in zip(entities, ids, strict=True))
        )
        self.show(found)
        return list(found)

    async def _relation(self, source: Relation, parent: Row, args: dict[str, Any]) -> Any:
        target = self.catalogue.target(source, parent.entity)
        self._refuse(target)
        there, here = self.catalogue.ends(source, parent.entity)
        where = source.where if isinstance(source, Many) else None
        same = self.catalogue.same_child(source, parent.entity)
        if same and not parent.tied:
            return None
        loaded = await self._load(target, there.name, parent.raw[here.name], where)
        rows = [row for row in loaded if row.tied or not same]
        if isinstance(source, Many):
            tie = (there.name, parent.raw[here.name])
            return await page_of(self, target, rows, source.order, args, tie, covered=same)
        assert isinstance(source, One)
        self.show(rows[:1])
        return next(iter(rows), None)

    def _refuse(self, entity: Entity, plugin: str | None = None) -> None:
        if closed := refusal(self.access, entity.scope, plugin):
            raise Refusal(closed.told(self.access))

    async def _load(self, entity: Entity, column: str, value: Any, where: Condition | None = None) -> list[Row]:
        """Return the rows with this value; those asked for in the same turn of the loop come together."""
        if value is None:
            return []
        key = (entity.name, column, where)
        if key not in self._pending:
            self._pending[key] = {}
            asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(self._flush(key, entity)))
        batch = self._pending[key]
        if value not in batch:
            batch[value] = asyncio.get_running_loop().create_future()
        return await batch[value]

    async def _flush(self, key: tuple[str, str, Condition | None], entity: Entity) -> None:
        batch = self._pending.pop(key)
        _, column, where = key
        try:
            rows = await to_thread.run_sync(self._read, entity, column, list(batch), where, limiter=self.limiter)
        except Exception as error:
            for future in batch.values():
                future.set_exception(error)
            return
        alike: dict[Any, list[Row]] = defaultdict(list)
        for row in rows:
            alike[row.raw[column]].append(row)
        for value, future in batch.items():
            future.set_result(alike[value])

    def _read(
        self, entity: Entity, column: str | None, values: Sequence[Any], where: Condition | None = None
    ) -> list[Row]:
        """Return the rows that the caller sees; runs in a worker thread."""
        t = entity.table.alias()
        kinds = {(s.data, s.plugin): s for s in entity.sources.values()}
        gates = {kind: gate(self.access, entity.scope, source, t) for kind, source in kinds.items()}
        narrow = conditional(self.access, entity.scope, entity.classes, t)
        made = [entity.expression(n, t).label(f"sql {n}") for n, s in entity.values.items() if isinstance(s, Sql)]
        statement = select(
            t,
            *made,
            *(_flag(condition).label(f"gate {n}") for n, condition in enumerate(gates.values())),
            *(condition.label(f"open {data}") for data, condition in narrow.items()),
            _flag(self.access.tied(entity.table.name, t)).label("is tied"),
        ).where(self.access.row(entity.table.name, t))
        if column is not None:
            statement = statement.where(among(t.c[column], bindparam("wanted", listed(values), type_=String)))
        if where is not None:
            statement = statement.where(where(t))
        with self.connect() as connection:
            found = connection.execute(statement.order_by(t.c.id).limit(MOST + 1), self.access.values).mappings().all()
        if len(found) > MOST:
            message = "La consulta es demasiado amplia para responderse así; pida menos niveles o filtre."
            raise GraphQLError(message, extensions={"code": "TOO_COMPLEX"})
        told = {kind: one.told(self.access) for kind, one in gates.items() if isinstance(one, Closed)}
        return [self._row(entity, gates | told, narrow, one) for one in found]

    def _row(self, entity: Entity, gates: dict[Gate, Any], narrow: dict[DataClass, Any], found: Any) -> Row:
        shown = {
            kind: gate if isinstance(gate, Reason) else bool(found[f"gate {n}"])
            for n, (kind, gate) in enumerate(gates.items())
        }
        closed = [data for data in narrow if not found[f"open {data}"]]
        return Row(entity, found, shown, closed, tied=bool(found["is tied"]))


def _flag(condition: Any) -> Any:
    if isinstance(condition, bool | Closed):
        return literal_column("1 = 1") if condition is True else false()
    return condition


async def _nothing() -> None:
    return None

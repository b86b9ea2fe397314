"""A row on the ordinary way: what the database gave, and which of it the caller may see."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from authz.actor import DataClass
from schema.read.masks import Reason, Refusal
from schema.read.sources import Source

if TYPE_CHECKING:
    from schema.read.catalogue import Entity

Gate = tuple[DataClass, str | None]  # class and plugin of a field


class Row:
    """What resolvers of a type get as `self`: the row's columns by name, its `key`, and its wire `id`.

    Parameters
    ----------
    entity : Entity
    raw : mapping of str to value
        Columns as the database driver gives them, and the computed values.
    gates : mapping of Gate to bool or Reason, optional
        How each kind of field answers on this row: open, closed, or why it is closed on every row. None: all are open.
    withheld : list of DataClass
    tied : bool
        Whether it is told of which child's record the row is part.
    """

    def __init__(
        self,
        entity: "Entity",
        raw: Mapping[str, Any],
        gates: Mapping[Gate, bool | Reason] | None = None,
        withheld: list[DataClass] | None = None,
        *,
        tied: bool = True,
    ) -> None:
        self.entity, self.raw, self.withheld, self.tied = entity, raw, withheld or [], tied
        self._gates = gates

    def __getattr__(self, name: str) -> Any:
        try:
            return self.raw[name]
        except KeyError:
            raise AttributeError(f"{self.entity.name} was read without {name}; name it in `needs`") from None

    @property
    def key(self) -> UUID:
        return self.raw["id"]  # type: ignore[no-any-return]

    @property
    def id(self) -> str:
        return f"{self.entity.prefix}_{self.key.hex}"

    @property
    def subject(self) -> UUID | None:
        """The child whose record the row is part of."""
        return self.raw[self.entity.scope.subject] if self.entity.scope.subject else None

    def opens(self, source: Source) -> bool:
        """Whether the row shows a field.

        Raises
        ------
        Refusal
            Where it is closed in the whole of the caller's scope.
        """
        if self._gates is None:
            return True
        found = self._gates[source.data, source.plugin]
        if isinstance(found, Reason):
            raise Refusal(found)
        return found

"""The inputs by which lists are filtered and ordered, made from what the fields of a type declare."""

import enum
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import strawberry
from strawberry import UNSET

from schema.read.terms import Term

V = TypeVar("V")
EQ = "Igual a este valor."
IN = "Uno de estos valores."
GTE, LTE = "Mayor o igual que este valor.", "Menor o igual que este valor."
IS_NULL = "Si falta el valor (`true`) o si lo hay (`false`)."


def _asked(description: str) -> Any:
    return strawberry.field(description=description, default=UNSET)


@strawberry.input(description="Comparación de un texto; las que vengan se cumplen todas.")
class TextFilter:
    eq: str | None = _asked(EQ)
    in_: list[str] | None = strawberry.field(name="in", description=IN, default=UNSET)
    is_null: bool | None = _asked(IS_NULL)


@strawberry.input(description="Comparación de un texto sin distinguir mayúsculas ni tildes.")
class FoldedTextFilter:
    eq: str | None = _asked(EQ)
    in_: list[str] | None = strawberry.field(name="in", description=IN, default=UNSET)
    starts_with: str | None = _asked("Comienza con este texto.")
    is_null: bool | None = _asked(IS_NULL)


@strawberry.input(description="Comparación de un identificador.")
class IdFilter:
    eq: strawberry.ID | None = _asked(EQ)
    in_: list[strawberry.ID] | None = strawberry.field(name="in", description=IN, default=UNSET)
    is_null: bool | None = _asked(IS_NULL)


@strawberry.input(description="Comparación de un sí o no.")
class BooleanFilter:
    eq: bool | None = _asked(EQ)
    is_null: bool | None = _asked(IS_NULL)


@strawberry.input(description="Comparación de un número entero; las que vengan se cumplen todas.")
class IntFilter:
    eq: int | None = _asked(EQ)
    in_: list[int] | None = strawberry.field(name="in", description=IN, default=UNSET)
    gte: int | None = _asked(GTE)
    lte: int | None = _asked(LTE)
    is_null: bool | None = _asked(IS_NULL)


@strawberry.input(description="Comparación de un número; las que vengan se cumplen todas.")
class FloatFilter:
    gte: float | None = _asked(GTE)
    lte: float | None = _asked(LTE)
    is_null: bool | None = _asked(IS_NULL)


@strawberry.input(description="Comparación de una fecha; las que vengan se cumplen todas.")
class DateFilter:
    eq: date | None = _asked(EQ)
    in_: list[date] | None = strawberry.field(name="in", description=IN, default=UNSET)
    gte: date | None = _asked(GTE)
    lte: date | None = _asked(LTE)
    is_null: bool | None = _asked(IS_NULL)


@strawberry.input(description="Comparación de un instante; las que vengan se cumplen todas.")
class DateTimeFilter:
    eq: datetime | None = _asked(EQ)
    gte: datetime | None = _asked(GTE)
    lte: datetime | None = _asked(LTE)
    is_null: bool | None = _asked(IS_NULL)


@strawberry.input(name="Filter", description="Comparación de un valor de catálogo; las que vengan se cumplen todas.")
class WordFilter(Generic[V]):
    eq: V | None = _asked(EQ)
    in_: list[V] | None = strawberry.field(name="in", description=IN, default=UNSET)
    is_null: bool | None = _asked(IS_NULL)


FILTERS: dict[str, Any] = {
    "id": IdFilter,
    "bool": BooleanFilter,
    "int": IntFilter,
    "float": FloatFilter,
    "date": DateFilter,
    "instant": DateTimeFilter,
    "text": TextFilter,
}


def filter_type(term: Term) -> Any:
    """Return the input that compares values of this kind."""
    if term.words is not None:
        return _word_filter(term.words)
    return FoldedTextFilter if term.normal else FILTERS[term.kind]


@lru_cache(maxsize=256)
def _word_filter(words: enum.EnumMeta) -> Any:
    return WordFilter[words]  # type: ignore[valid-type]


def where_type(name: str, terms: Sequence[Term]) -> Any:
    """Return the input made of a type's fields declared with `filter`, or None where there is none."""
    if not terms:
        return None
    body: dict[str, Any] = {
        "__annotations__": {t.python_name: filter_type(t) | None for t in terms},
        **{t.python_name: strawberry.field(name=t.name, description=t.description, default=UNSET) for t in terms},
    }
    made = type(f"{name}Where", (), body)
    return strawberry.input(made, description="Filtros de la lista; los que vengan se cumplen todos.")


def order_type(name: str, terms: Sequence[Term]) -> Any:
    """Return the enum made of a type's fields declared with `order`, in both directions."""
    if not terms:
        return None
    members = {
        f"{t.name}_{way}": strawberry.enum_value(f"{sign}{t.name}", description=f"{t.description.rstrip('.')}: {how}.")
        for t in terms
        for way, sign, how in (("ASC", "", "de menor a mayor"), ("DESC", "-", "de mayor a menor"))
    }
    made: Any = enum.Enum("Order", list(members.items()))  # type: ignore[misc]
    return strawberry.enum(made, name=f"{name}Order", description="Orden de la lista; lo que falta va al final.")

"""What the read path can carry: one kind per SQL type, its GraphQL scalar, and its way back into Python."""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary, String, Uuid
from sqlalchemy.types import TypeEngine

from schema.read.sources import DeclarationError

_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Uuid, "id"),
    (Boolean, "bool"),
    (Integer, "int"),
    (Float, "float"),
    (DateTime, "instant"),
    (Date, "date"),
    (JSON, "json"),
    (LargeBinary, "bytes"),
    (String, "text"),
)
SCALARS = {
    "id": ("ID",),
    "bool": ("Boolean",),
    "int": ("Int",),
    "float": ("Float",),
    "instant": ("DateTime",),
    "date": ("Date",),
    "json": ("String",),  # a list of them
    "text": ("String", "ID"),
}
NOWHERE = UUID(int=0)  # an id that no row has
_BACK: dict[str, Callable[[Any], Any]] = {
    "id": lambda text: UUID(hex=text),
    "bytes": bytes.fromhex,
    "date": date.fromisoformat,
    "instant": datetime.fromisoformat,
}


def kind_of(sql_type: TypeEngine[Any]) -> str:
    """Return the kind of a column or expression.

    Raises
    ------
    DeclarationError
        Where the type has no wire form.
    """
    plain = getattr(sql_type, "impl_instance", sql_type)
    for known, kind in _KINDS:
        if isinstance(plain, known):
            return kind
    raise DeclarationError(f"no wire form for {sql_type!r}; say the type of the expression")


def decoded(kind: str, value: Any) -> Any:
    """Return a value of a finished JSON as the database driver would have given it."""
    back = _BACK.get(kind)
    return value if value is None or back is None else back(value)


def parse_id(text: str, prefix: str | None = None) -> tuple[str, UUID]:
    """Return prefix and id; one that is malformed, or of another prefix than the expected, names nothing.

    Examples
    --------
    >>> parse_id("nna_0192f0c5aaaa7bbb8ccc0123456789ab")
    ('nna', UUID('0192f0c5-aaaa-7bbb-8ccc-0123456789ab'))
    >>> parse_id("fam_0192f0c5aaaa7bbb8ccc0123456789ab", "nna")[1] == NOWHERE
    True
    """
    found, _, digits = text.rpartition("_")
    if prefix in (None, found) and (key := key_of(digits)):
        return found, key
    return "", NOWHERE


def key_of(digits: str) -> UUID | None:
    """Return the key that 32 digits write, as we write them: no capitals, no digits of other scripts.

    Examples
    --------
    >>> key_of("0192f0c5aaaa7bbb8ccc0123456789ab")
    UUID('0192f0c5-aaaa-7bbb-8ccc-0123456789ab')
    >>> key_of("0192F0C5AAAA7BBB8CCC0123456789AB") is key_of("٠192f0c5aaaa7bbb8ccc0123456789ab") is None
    True
    """
    try:
        key = UUID(hex=digits)
    except ValueError:
        return None
    return key if key.hex == digits else None


def listed(values: Iterable[Any]) -> str:
    """Return the JSON list that is bound for `within` and `among`."""
    return json.dumps([v.hex if isinstance(v, UUID) else v.isoformat() if isinstance(v, date) else v for v in values])

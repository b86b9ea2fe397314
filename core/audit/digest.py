"""The one form of a value that digests are made of, and the digests."""

import hmac
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

GENESIS = "0" * 64
READS = "read:"  # what the heads of read journals begin with; their links stand in tables of their own


def digest(key: bytes, *parts: bytes) -> str:
    """Return the HMAC-SHA256 of some parts; the first says what for, so that one digest never passes for another."""
    return hmac.digest(key, b"|".join(parts), "sha256").hex()


def canonical(value: Any) -> bytes:
    """Return the one JSON form of a value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def plainly(value: Any) -> Any:
    """Return a value in the words of JSON, the same after a database has kept it."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return value.hex()
    return value

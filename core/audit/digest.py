"""The one form of a value that digests are made of, and the digests."""

import hmac
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

GENESIS = "0" * 64
READS = "read:"  # what the heads of read journals begin with; their links stand in tables of their own
MARK = "anchor"  # the head that says how far the anchor file had come
SET = "chains"  # the one that says which chains have begun
UNPLACED = "unplaced"  # the one that says of how many readings nobody proved where their children stood
KEPT = frozenset({MARK, SET, UNPLACED})  # heads of no chain


def digest(key: bytes, *parts: bytes) -> str:
    """Return the HMAC-SHA256 of some parts; the first says what for, so that one digest never passes for another."""
    return hmac.digest(key, b"|".join(parts), "sha256").hex()


def head_digest(key: bytes, chain: str, sequence: int, last: str) -> str:
    """Return what the head says of a chain's last entry: it can only be made with the key, and only the newest is kept.

    So whoever cuts the tail off cannot put back the head that stood there before.
    """
    return digest(key, b"head", chain.encode(), str(sequence).encode(), last.encode())


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

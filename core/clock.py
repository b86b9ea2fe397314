"""Where time and new ids come from, so that a seeded demo is the same to the byte."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

SANTIAGO = ZoneInfo("America/Santiago")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_LOW = (1 << 62) - 1  # the random bits after an id's variant


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Clock:
    """The time, and ids that sort by it.

    Parameters
    ----------
    now : callable
        Gives an aware instant in UTC.
    bits : callable
        Gives that many random bits; seeded in demos.
    """

    now: Callable[[], datetime] = utc_now
    bits: Callable[[int], int] = field(default=secrets.randbits)

    def today(self, zone: ZoneInfo = SANTIAGO) -> date:
        return self.now().astimezone(zone).date()

    def new_id(self) -> UUID:
        """Return a UUIDv7 (RFC 9562): 48 bits of milliseconds, then randomness."""
        return UUID(int=_stamp(self.now()) | self.bits(12) << 64 | self.bits(62))

    def new_ids(self, count: int) -> list[UUID]:
        """Return many ids in order: one look at the clock and one draw for all of them, for bulk work.

        Drawn one by one, ids take longer than the rows that they are for.
        """
        return self._drawn(_stamp(self.now()), count)

    def new_undated_ids(self, count: int) -> list[UUID]:
        """Return many ids, UUIDv7 of no instant at all: of records that somebody may read without a name.

        By the moment it would be found which report opened one, and by the report the name that was said in it; by the
        year as well, in January.
        """
        return self._drawn(_stamp(_NEVER), count)

    def _drawn(self, stamp: int, count: int) -> list[UUID]:
        drawn = self.bits(80 * count).to_bytes(10 * count, "big") if count else b""
        numbers = (int.from_bytes(drawn[at : at + 10], "big") for at in range(0, 10 * count, 10))
        return [UUID(int=stamp | value) for value in sorted((n >> 62 & 0xFFF) << 64 | n & _LOW for n in numbers)]


def _stamp(at: datetime) -> int:
    """Return an id's time, version and variant, without randomness."""
    return int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62


def frozen(at: datetime, seed: int) -> Clock:
    """Return a clock that stands still and draws the same ids each time: demos and tests."""
    instant = at.astimezone(UTC)
    return Clock(lambda: instant, Random(seed).getrandbits)  # noqa: S311  # ids of invented people


def on_day(day: date) -> Clock:
    """Return a clock whose time runs and whose day does not: the demo country lives on one day.

    So what its guides show is what every visitor sees, whenever they come.
    """

    def now() -> datetime:
        time = datetime.now(SANTIAGO).time()
        return datetime.combine(day, time, SANTIAGO).astimezone(UTC)

    return Clock(now)

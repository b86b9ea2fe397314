"""Where time and new ids come from, so that a seeded demo is the same to the byte."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

SANTIAGO = ZoneInfo("America/Santiago")


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
        milliseconds = int(self.now().timestamp() * 1000)
        value = milliseconds << 80 | 0x7 << 76 | self.bits(12) << 64 | 0b10 << 62 | self.bits(62)
        return UUID(int=value)


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

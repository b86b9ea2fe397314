"""Who runs now, who waits in line, and who is told to come back."""

import asyncio
import re
from types import TracebackType

from schema.errors import Refused

MUTATION = re.compile(r"\bmutation\b")


def may_change(text: str) -> bool:
    """Tell whether any operation of a document could be a mutation, without parsing it: who waits in line costs little.

    Examples
    --------
    >>> may_change("mutation { a }"), may_change("{ a }"), may_change("{ __schema { mutationType { name } } }")
    (True, False, False)
    """
    return MUTATION.search(text) is not None


class Admission:
    """At most so many operations at once, so many in line and for so long, and the rest told to come back."""

    def __init__(self, running: int, waiting: int, seconds: float) -> None:
        self._free = asyncio.Semaphore(running)
        self._most, self._line, self._seconds = waiting, 0, seconds

    async def __aenter__(self) -> None:
        if self._free.locked() and self._line >= self._most:
            raise self._refusal()
        self._line += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise self._refusal() from None
        finally:
            self._line -= 1

    def _refusal(self) -> Refused:
        return Refused(503, "BUSY", "Hay demasiadas solicitudes en curso; reintente.", {"Retry-After": "2"})

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._free.release()

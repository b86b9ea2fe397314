"""What proxies and monitors ask without a token: whether the process lives, and whether it can do its work.

No detail is told: who asks may be anybody. Whoever operates the installation finds it in the log.
"""

import asyncio
import logging
import time
from collections.abc import Callable

import anyio
from anyio import CapacityLimiter, to_thread
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from core.database_file import check_file
from core.host import Host
from core.journal import Journal

log = logging.getLogger("oln.health")
FRESH = 1.0  # seconds that an answer holds, so that nobody keeps the database busy with the question
PATIENCE = 3.0  # seconds for the check; whoever waits longer cannot work


async def live(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def check_work(host: Host, journal: Journal) -> None:
    """Raise whatever keeps operations from being carried out, or from being written down."""
    check_file(host.database)
    with host.database.connect().execution_options(reading=True) as connection:
        connection.execute(text("SELECT 1"))
    journal.check()


class Readiness:
    """Answers 200 where operations can be carried out and written down, and 503 where they cannot.

    Parameters
    ----------
    check : callable
        Raises whatever is in the way; runs in a thread of its own, so that it takes nobody's place.
    """

    def __init__(self, check: Callable[[], None]) -> None:
        self._check, self._limiter, self._lock = check, CapacityLimiter(1), asyncio.Lock()
        self._until, self._ready = float("-inf"), True

    async def answer(self, _request: Request) -> JSONResponse:
        async with self._lock:
            if time.monotonic() >= self._until:
                self._ready, self._until = await self._look(), time.monotonic() + FRESH
        return JSONResponse({"status": "ok" if self._ready else "unavailable"}, 200 if self._ready else 503)

    async def _look(self) -> bool:
        try:
            with anyio.move_on_after(PATIENCE):
                await to_thread.run_sync(self._check, limiter=self._limiter, abandon_on_cancel=True)
                return True
        except Exception as error:
            log.warning("not ready: %s", type(error).__name__)
            return False
        log.warning("not ready: the database or the disk does not answer")
        return False

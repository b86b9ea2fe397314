"""What a caller may be told of a database that is busy, away or without room, whichever driver met it."""

import errno
import re
import socket
from collections.abc import Iterator

import asyncpg
from sqlalchemy.exc import DBAPIError

from core.errors import Busy, DatabaseUnavailable, DiskFull

BUSY = {"55P03", "57014"}  # a lock that was waited for in vain; a statement that took too long
FULL = "53100"
# Of PostgreSQL's classes: the connection failed, the server stops or starts, and it takes no more connections.
AWAY = re.compile("08...|57P0.|53300")
UNREACHABLE = {
    errno.ECONNREFUSED,
    errno.ECONNRESET,
    errno.ECONNABORTED,
    errno.EPIPE,
    errno.ENOENT,
    errno.ETIMEDOUT,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
}


def outage(error: BaseException) -> Busy | DatabaseUnavailable | DiskFull | None:
    """Return what an error says of the database; None where it says nothing of the kind."""
    for one in _behind(error):
        state = getattr(one, "sqlstate", None)
        if state in BUSY or "database is locked" in str(one):
            return Busy()
        if state == FULL or _has_no_room(one):
            return DiskFull()
        if AWAY.fullmatch(state or "") or _is_cut_off(one):
            return DatabaseUnavailable()
    return None


def _behind(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, the driver's own behind SQLAlchemy's, and what a failed reading was raised from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.orig if isinstance(seen, DBAPIError) else seen.__cause__


def _has_no_room(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"


def _is_cut_off(error: BaseException) -> bool:
    """Whether the driver lost the server, or never reached it, and so has no state to tell."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    if type(error).__module__.partition(".")[0] == "psycopg":
        return type(error).__name__ in ("OperationalError", "ConnectionTimeout") or "is closed" in str(error)
    if isinstance(error, asyncpg.InterfaceError):
        return bool(re.search(r"is clos(?:ed|ing)", str(error)))
    if isinstance(error, asyncpg.InternalClientError):  # cut off in the middle of an exchange, which stays open
        return "cannot switch to state" in str(error)
    # a file that is not there has a name, an address that nobody listens at has none
    unreachable = isinstance(error, OSError) and error.filename is None and error.errno in UNREACHABLE
    return unreachable or isinstance(error, socket.gaierror)

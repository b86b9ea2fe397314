"""What the process remembers, for a second, of who people are: their account, their roles in force, their signature."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event

from core.unit_of_work import UnitOfWork

FRESH = 1.0  # seconds until another process's grant or revocation is seen
MOST = 10_000
T = TypeVar("T")

_lock = threading.Lock()
_known: "WeakKeyDictionary[Engine, dict[Any, tuple[float, Any]]]" = WeakKeyDictionary()


def remembered(engine: Engine, key: Any, find: Callable[[], T]) -> T:
    """Return what `find` gives, or gave less than a second ago."""
    with _lock:
        known = _known.setdefault(engine, {}).get(key)
    if known and time.monotonic() - known[0] < FRESH:
        return cast(T, known[1])
    asked, found = time.monotonic(), find()
    with _lock:
        answers = _known.setdefault(engine, {})
        if len(answers) >= MOST:
            answers.clear()
        answers[key] = asked, found
    return found


def forget_actors(uow: UnitOfWork) -> None:
    """Ask the database again, once this unit's changes to somebody's rights are committed."""
    bind = uow.session.get_bind()
    engine = bind if isinstance(bind, Engine) else bind.engine

    @event.listens_for(uow.session, "after_commit", once=True)
    def _(_session: Any) -> None:
        forget(engine)


def forget(engine: Engine) -> None:
    """Ask the database again at the next question."""
    with _lock:
        _known.pop(engine, None)

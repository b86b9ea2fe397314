"""Where log lines go: to standard error, one form, and never with a RUN in them."""

import logging
import sys

from core.identity import RunScrubber

FORM = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


def configure_logs(level: str) -> None:
    """Send every logger's lines through the scrubber; on the handler, since children's lines pass only there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORM))
    handler.addFilter(RunScrubber())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("casbin", "httpx", "httpcore", "alembic", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

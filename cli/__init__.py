"""The `oln` command: each command opens the host, calls a service and prints what came of it."""

import os
import signal
import sys


def run() -> None:
    """Enter here; the libraries take a second to load, and whoever stops it meanwhile reads a sentence."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not where whoever started it has it ignored
        signal.signal(signal.SIGINT, _leave)
    from cli.commands import enter

    signal.signal(signal.SIGINT, handler)
    enter()


def _leave(*_: object) -> None:
    """Say so and end at once: raised within a library that is loading, it would end as an error of that library."""
    sys.stderr.write("✗ Interrumpido; no se hizo nada.\n")
    sys.stderr.flush()
    os._exit(130)

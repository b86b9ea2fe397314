"""No RUN in the logs: what looks like one and has a right check digit is blotted out.

By chance one in eleven numbers of that length has a right check digit too; in logs that loss is accepted.
"""

import logging
import re

from stdnum.cl import rut

BLOT = "[RUN]"

_DASH = r"[ \u00a0]?(?:[-\u2010\u2011\u2012\u2013\u2014\u2212]|%2[Dd])[ \u00a0]?"
_GROUPED = r"[0-9]{1,3}(?:[.,' \u00a0\u202f][0-9]{3}){2}"
_CANDIDATE = re.compile(
    # Grouped or with a hyphen: anything but another digit may stand before it.
    rf"(?<![0-9])(?:(?P<grouped>{_GROUPED})(?:{_DASH})?|(?P<plain>[0-9]{{7,9}}){_DASH})(?P<digit>[0-9Kk])(?![0-9A-Za-z])"
    # Bare: not inside an id in hexadecimal, which would lose its meaning one time in eleven.
    r"|(?<![0-9A-Fa-f])(?P<bare>[0-9]{7,9})(?P<last>[0-9Kk])(?![0-9A-Za-z])"
)
_NOT_DIGIT = re.compile(r"[^0-9]")


def scrub(text: str) -> str:
    """Replace every RUN or provisional number in a text by ``[RUN]``.

    Parameters
    ----------
    text : str
        A line of a log, a message, a traceback.

    Returns
    -------
    str
        The text, without what has the shape of a RUN (dotted, hyphenated or bare) and a right check digit.

    Examples
    --------
    >>> scrub("RUN 12.531.909-2 repetido; 12531909-2, 125319092 y run=40000000-k")
    'RUN [RUN] repetido; [RUN], [RUN] y run=[RUN]'
    >>> scrub("12.531.909-3 no es un RUN; 2026-11-21T10:00:00.123456 tampoco")
    '12.531.909-3 no es un RUN; 2026-11-21T10:00:00.123456 tampoco'
    """
    return _CANDIDATE.sub(_blot, text)


class RunScrubber(logging.Filter):
    """Scrub records before any handler sees them: message, arguments, exception and stack.

    Put it on handlers (a filter on a logger does not see what its children log).
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub the record in place and let it pass."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # A malformed call must not be a hole: logging itself would print the raw arguments.
            message, record.args = f"{record.msg} {record.args}", ()
            record.msg = message
        if scrub(message) != message:
            self._scrub_message(record, scrub(message))
        if record.exc_info:
            # Formatters keep a text that is already there; the live exception would be formatted anew by others.
            record.exc_text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        record.exc_text = scrub(record.exc_text) if record.exc_text else record.exc_text
        record.stack_info = scrub(record.stack_info) if record.stack_info else record.stack_info
        return True

    @staticmethod
    def _scrub_message(record: logging.LogRecord, clean: str) -> None:
        """Scrub template and arguments apart where that suffices: access-log formatters read the arguments."""
        if isinstance(record.args, tuple) and isinstance(record.msg, str):
            args = tuple(scrub(arg) if isinstance(arg, str) else arg for arg in record.args)
            template = scrub(record.msg)
            if (template % args if args else template) == clean:
                record.msg, record.args = template, args
                return
        record.msg, record.args = clean, ()


def _blot(match: re.Match[str]) -> str:
    body = _NOT_DIGIT.sub("", match["grouped"] or match["plain"] or match["bare"])
    digit = match["digit"] or match["last"]
    right = len(body) >= 7 and rut.calc_check_digit(body) == digit.upper()
    return BLOT if right else match[0]

"""RUN (Rol Único Nacional) and the provisional numbers of children who have none yet.

The check digit is python-stdnum's (``stdnum.cl.rut``). What stdnum leaves to its callers is decided here:

* leading zeros are dropped before anything else, so that a padded and a plain number are one identifier;
* bodies under 1,000,000 are refused, as stdnum refuses them: they were issued to people now very old, and in
  the records of children they are slips of the keyboard. Such a relative is recorded as ``NONE``;
* normal form: no dots, no leading zeros, capital K, ``12531909-2``.
"""

import re
from enum import StrEnum

from stdnum.cl import rut

DEMO_RUN_RANGE = range(40_000_000, 45_000_000)
"""Bodies used by invented people; nobody holds them.

The Registro Civil gives numbers in increasing order (Wikipedia, "Unique National Role"); those of persons born or
registered in 2026 are still under 30 million (our estimate: foreign residents of the last decade hold 25 and 26
million). Legal persons start at 50 million (``PERSONA_JURIDICA_MIN_RUT_DIGITS`` of cordada/lib-cl-sii-python,
citing BancoEstado), and investors without residence get 46 and 48 million (Nicolasvegam/rut-generator). Between 40
and 45 million nothing is issued, and at the pace of newborns and migrants nothing will be for decades.
"""

# One list of blanks and dashes for `re` and for Polars: their ideas of \s and of \d differ.
NOISE = r"[ \t\r\n\u{a0}\u{2007}\u{202f}.\-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}]"
PREFIX = r"^(?:[Cc][Ll])?0*"
RUN = r"^[1-9][0-9]{6,7}[0-9K]$"
_PROVISIONAL = r"^[1-9][0-9]{8}[0-9K]$"

_noise = re.compile(re.sub(r"\\u\{(\w+)\}", lambda code: f"\\u{int(code[1], 16):04x}", NOISE))
_prefix = re.compile(PREFIX)


class IdentifierKind(StrEnum):
    """What identifies a person: a RUN, a provisional number, or nothing yet."""

    RUN = "RUN"
    PROVISIONAL = "PROVISIONAL"
    NONE = "NONE"


class InvalidRun(ValueError):
    """The text is not an identifier of that kind. The message never holds the text."""


def parse_run(text: str) -> str:
    """Check a RUN and give its normal form.

    Parameters
    ----------
    text : str
        A RUN with or without dots, hyphen, blanks, leading zeros or the prefix ``CL``.

    Returns
    -------
    str
        The normal form.

    Raises
    ------
    InvalidRun
        If the length, a character or the check digit is wrong, or the body is under 1,000,000.

    Examples
    --------
    >>> parse_run("12.531.909-2"), parse_run("012531909 2"), parse_run("40000000k")
    ('12531909-2', '12531909-2', '40000000-K')
    >>> parse_run("12.531.909-3")
    Traceback (most recent call last):
    core.identity.run.InvalidRun: El RUN no es válido: revise los números y el dígito verificador.
    """
    compact = _compact(text)
    if re.match(RUN, compact) and rut.is_valid(compact):
        return f"{compact[:-1]}-{compact[-1]}"
    raise InvalidRun("El RUN no es válido: revise los números y el dígito verificador.")


def parse_provisional(text: str) -> str:
    """Check a provisional school number (IPE, or IPA of an adult) and give its normal form.

    The Ministry of Education, JUNJI and Integra give an IPE to children without a RUN (emacunesco.org, "Provisional
    School Identifier"). That its bodies start at 100,000,000 and carry the check digit of a RUN is the field's usage
    (domain note, section 6); no published rule was found.

    Parameters
    ----------
    text : str
        The number, written as a RUN is.

    Returns
    -------
    str
        The normal form, nine digits and a check digit.

    Raises
    ------
    InvalidRun
        If it cannot be such a number.

    Examples
    --------
    >>> parse_provisional("100.000.000-7")
    '100000000-7'
    >>> parse_provisional("IPE 7")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    core.identity.run.InvalidRun: El número provisorio no es válido: son nueve cifras, desde 100.000.000, y ...
    """
    compact = _compact(text)
    if re.match(_PROVISIONAL, compact) and rut.calc_check_digit(compact[:-1]) == compact[-1]:
        return f"{compact[:-1]}-{compact[-1]}"
    raise InvalidRun(
        "El número provisorio no es válido: son nueve cifras, desde 100.000.000, y el dígito verificador, como en"
        " 100000000-7."
    )


def format_run(normal: str) -> str:
    """Write an identifier in normal form as people read it, with dots.

    Examples
    --------
    >>> format_run("12531909-2"), format_run("7608642-8"), format_run("100000000-7")
    ('12.531.909-2', '7.608.642-8', '100.000.000-7')
    """
    body, digit = normal.split("-")
    return f"{int(body):,}".replace(",", ".") + "-" + digit


def demo_run(n: int) -> str:
    """Give the n-th RUN of the range that nobody holds, in normal form.

    Parameters
    ----------
    n : int
        From 0 to ``len(DEMO_RUN_RANGE) - 1``.

    Returns
    -------
    str
        A RUN with a right check digit.

    Raises
    ------
    ValueError
        If there are not that many.

    Examples
    --------
    >>> demo_run(0), demo_run(1)
    ('40000000-K', '40000001-8')
    """
    if not 0 <= n < len(DEMO_RUN_RANGE):
        raise ValueError(f"demo RUNs run from 0 to {len(DEMO_RUN_RANGE) - 1}")
    body = str(DEMO_RUN_RANGE[n])
    return f"{body}-{rut.calc_check_digit(body)}"


def _compact(text: str) -> str:
    compact = _prefix.sub("", _noise.sub("", text), count=1)
    return compact[:-1] + "K" if compact.endswith("k") else compact

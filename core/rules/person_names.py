"""What a person's written name may be: one rule for the files and for the API.

Letters and marks are those of the Unicode Standard (general categories L and M), in any script; between them stand the
signs with which people write names. Numbers are no names, and what a spreadsheet would run as a formula is none either,
since offices open files of names in spreadsheets (OWASP, CSV injection). Our own rule.
"""

from unicodedata import category

from core.errors import InvalidInput

_APOSTROPHES, _HYPHENS, _DOTS = "'’‘`´", "-‐‑–", ".·‧・"
_BESIDE = ',()"“”«»'  # «Soto (hijo)», «Núñez, hijo», «Ana “Pía”»
_JOINERS = "\u200c\u200d"  # which Persian and the scripts of India need within a word
_SIGNS = frozenset(_APOSTROPHES + _HYPHENS + _DOTS + _BESIDE + _JOINERS)
PLAIN_NAME = r"^\p{L}[\p{L}\p{M} .'’-]*$"
"""What most names are, as an expression of Rust, by which a whole column is looked through; all of it are names."""


def is_person_name(text: str) -> bool:
    """Whether a text can be the name of a person, as far as its letters and signs tell.

    Examples
    --------
    >>> [is_person_name(name) for name in ("D'Ávila", "María-José", "J. P.", "da Silva (hijo)", "李小龙")]
    [True, True, True, True, True]
    >>> [is_person_name(name) for name in ("12345", "=cmd()", "-Ana", "Ana 2", "-", "")]
    [False, False, False, False, False, False]
    """
    name = text.strip()
    kinds = [category(sign)[0] if sign not in _SIGNS else "" for sign in name]
    spelt = all(kind in ("L", "M", "") or category(sign) == "Zs" for kind, sign in zip(kinds, name, strict=True))
    return spelt and "L" in kinds and not name.startswith("-")


def check_person_name(text: str | None, field: str) -> None:
    """Refuse a text that is not the name of a person; none at all is for others to refuse, and it is not repeated.

    Raises
    ------
    InvalidInput

    Examples
    --------
    >>> check_person_name("Ñancupil", "input.firstSurname")
    >>> check_person_name("12345", "input.firstSurname")
    Traceback (most recent call last):
      ...
    core.errors.InvalidInput: Escriba el nombre con letras: no lleva números, ni signos como «=» o «@».
    """
    if text and text.strip() and not is_person_name(text):
        raise InvalidInput("Escriba el nombre con letras: no lleva números, ni signos como «=» o «@».", field=field)

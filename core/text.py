"""Spanish text made comparable: folded for equality, keyed for order, sounded out for likeness.

Neither database can be trusted with any of the three (SQLite knows no accents, PostgreSQL's collations
change with the system library), so the keys are made here, stored, and compared byte by byte.
"""

import re
import unicodedata
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s'’‘ʼ`´‐‑‒–—−-]+")
_HIGH = "~"  # above every ASCII letter and digit


def fold(text: str) -> str:
    """Reduce text to what two spellings of the same words share.

    Lower case; accents, tildes and diaereses off; apostrophes, hyphens and runs of blanks become one space.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The folded text; folding it again changes nothing.

    Examples
    --------
    >>> fold("  Ñuñoa ")
    'nunoa'
    >>> fold("O’Higgins"), fold("Llay-Llay"), fold("MARCHIGÜE")
    ('o higgins', 'llay llay', 'marchigue')
    """
    if not text.isascii():
        # Lower-casing can produce marks (İ) and compatibility forms hide capitals (㎪): decompose on both sides.
        lowered = unicodedata.normalize("NFKD", text).lower()
        text = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return _SEPARATORS.sub(" ", text.lower()).strip()


def sort_key(text: str) -> str:
    """Build the key by which a text stands in a Spanish list, compared byte by byte.

    As :func:`fold`, but ñ keeps its own place: after every n and before o.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        A key whose byte order is the order of the Spanish alphabet, blanks first.

    Notes
    -----
    Source: *Ortografía de la lengua española*, RAE and ASALE, 2010: 27 letters, ñ after n; ch and ll are not letters.

    Examples
    --------
    >>> sorted(["Oyarzún", "Núñez", "Ñancupil", "Nuzvar", "Águila", "abarca"], key=sort_key)
    ['abarca', 'Águila', 'Núñez', 'Nuzvar', 'Ñancupil', 'Oyarzún']
    >>> sort_key("Núñez Peña")
    'nun~ez pen~a'
    """
    composed = unicodedata.normalize("NFKC", text).replace(_HIGH, " ")
    return fold(composed.replace("ñ", "n" + _HIGH).replace("Ñ", "n" + _HIGH))


# Applied in this order to a folded word; a capital is a sound already decided, safe from later rules.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[^a-z0-9]", ""),
        (r"ph", "f"),
        (r"sch|sh|ch(?![rlnm])", "C"),
        (r"^gw(?=[aeiou])|hu(?=[aeiou])|gu(?=[ao])|[vw]", "b"),
        (r"ll|y", "i"),
        (r"^x(?=[aeiou])", "j"),
        (r"c(?=[ei])|[zx]", "s"),
        (r"qu(?=[ei])|[cq]", "k"),
        (r"g(?=[ei])", "j"),
        (r"gu(?=[ei])", "g"),
        (r"h", ""),
        (r"m(?=[^aeiou]|$)", "n"),
        (r"(.)\1+", r"\1"),
    )
)
_WORD_INITIAL_GU = re.compile(r"\bgü(?=[eéií])", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def _word_sound(word: str) -> str:
    sounded = word
    for pattern, sound in _SOUNDS:
        sounded = pattern.sub(sound, sounded)
    return sounded.lower() or word


def sound(text: str) -> str:
    """Spell names as they sound in Chile, so that likely misspellings meet.

    b, v and w are one sound; so are s, z, x and soft c; k, qu and hard c; j and soft g (and x at the start, as
    in Ximena); y, ll and i; hu, gu and w before a vowel. The h is silent, letters do not double, ñ is n (many
    registries lack it), m before a consonant is n; "c" in a key stands for ch and sh.

    Parameters
    ----------
    text : str
        One or several names.

    Returns
    -------
    str
        One key per word, joined by spaces; deterministic and unaccented.

    Notes
    -----
    Our own rules, after the mergers of Chilean Spanish: seseo, yeísmo, b = v, silent h. A key finds candidates; it
    proves nothing.

    Examples
    --------
    >>> sound("Huenchullán"), sound("Wenchuyan"), sound("Güenchullan")
    ('bencuian', 'bencuian', 'bencuian')
    >>> sound("Ñancupil") == sound("Nancupil")
    True
    >>> sound("Llanquileo") == sound("Yankileo")
    True
    >>> sound("Ximena Vásquez Gutiérrez") == sound("Jimena Basques Gutieres")
    True
    """
    composed = unicodedata.normalize("NFC", text)
    return " ".join(_word_sound(word) for word in fold(_WORD_INITIAL_GU.sub("gw", composed)).split())

"""Regions, provinces and communes, and which of them were in the pilot."""

from datetime import date
from functools import cache

from core.reference.files import DATA, MalformedCatalogue, load
from core.reference.rows import Commune, CommuneAlias, PilotCommune, Province, Region
from core.text import fold


@cache
def regions() -> tuple[Region, ...]:
    """Give the 16 regions, by CUT code."""
    return load(DATA / "regions.csv", Region, "code")


@cache
def provinces() -> tuple[Province, ...]:
    """Give the 56 provinces, by CUT code."""
    return load(DATA / "provinces.csv", Province, "code")


@cache
def communes() -> tuple[Commune, ...]:
    """Give the 346 communes, by CUT code."""
    return load(DATA / "communes.csv", Commune, "code")


@cache
def _communes_by_code() -> dict[str, Commune]:
    return {one.code: one for one in communes()}


def commune(code: str) -> Commune:
    """Give the commune of a CUT code, five characters with the leading zero; `KeyError` if there is none.

    Examples
    --------
    >>> commune("05201").name
    'Isla de Pascua'
    """
    return _communes_by_code()[code]


def find_commune(text: str) -> Commune | None:
    """Find the commune that someone wrote by name, alias or code.

    Parameters
    ----------
    text : str
        Accents, case, apostrophes, hyphens, blanks and a code's leading zero do not matter.

    Returns
    -------
    Commune or None
        None if no commune goes by that name.

    Examples
    --------
    >>> [find_commune(text).code for text in ("AISEN", "Llay-Llay", "ohiggins", "1101", "ñuñoa")]
    ['11201', '05703', '11302', '01101', '13120']
    >>> find_commune("Atlántida") is None
    True
    """
    squeezed = fold(text).replace(" ", "")
    return _communes_by_name().get(squeezed) or _communes_by_code().get(squeezed.zfill(5))


@cache
def _communes_by_name() -> dict[str, Commune]:
    names = [(one.name, one.code) for one in communes()]
    names += [(one.alias, one.commune_code) for one in commune_aliases()]
    found: dict[str, Commune] = {}
    for name, code in names:
        if found.setdefault(fold(name).replace(" ", ""), commune(code)).code != code:
            raise MalformedCatalogue(f"commune_aliases.csv: {name} names two communes")
    return found


@cache
def commune_aliases() -> tuple[CommuneAlias, ...]:
    """Give the other ways of writing communes."""
    return load(DATA / "commune_aliases.csv", CommuneAlias, "alias")


@cache
def pilot_communes() -> tuple[PilotCommune, ...]:
    """Give the pilot's communes with the dates the sources support; validity is half-open."""
    return load(DATA / "pilot_communes.csv", PilotCommune, "commune_code", "valid_from")


def pilot_communes_on(day: date) -> tuple[Commune, ...]:
    """Give the communes that were in the pilot on a day.

    Examples
    --------
    >>> [len(pilot_communes_on(date(year, 12, 1))) for year in (2018, 2019, 2020)]
    [0, 12, 12]
    """
    listed = (one for one in pilot_communes() if one.valid_from <= day and day < (one.valid_until or date.max))
    return tuple(commune(one.commune_code) for one in listed)

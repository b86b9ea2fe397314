"""What a name is stored as, beside itself: the keys by which lists order it and searches find it."""

from typing import NamedTuple

from core.text import fold, sort_key, sound


class NameKeys(NamedTuple):
    """The columns `name_sort`, `name_fold` and `name_sound` of a person."""

    sort: str
    fold: str
    sound: str


def name_keys(
    given_names: str, first_surname: str, second_surname: str | None = None, social_name: str | None = None
) -> NameKeys:
    """Make the keys of a name.

    Lists go by surnames, as Chilean registers do; searches see every name a person goes by, the social name too. Our
    own rule.

    Parameters
    ----------
    given_names, first_surname : str
    second_surname, social_name : str, optional

    Returns
    -------
    NameKeys

    Examples
    --------
    >>> name_keys("José", "Núñez", "Huenchullán")
    NameKeys(sort='nun~ez huenchullan jose', fold='jose nunez huenchullan', sound='jose nunes bencuian')
    """
    spoken = " ".join(part for part in (given_names, first_surname, second_surname, social_name) if part)
    listed = " ".join(part for part in (first_surname, second_surname, given_names) if part)
    return NameKeys(sort_key(listed), fold(spoken), sound(spoken))

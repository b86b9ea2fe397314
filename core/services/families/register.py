"""A new family with its folio, and people who are not NNA of the office."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from core.errors import Conflict
from core.identity import IdentifierKind
from core.models.families import Family, Relative
from core.models.people import Sex
from core.rules.age import check_past
from core.rules.clear_text import LONGEST_TEXT
from core.rules.names import name_keys
from core.services.people.contacts import normal_email, normal_phone
from core.services.people.described import check_commune, check_names, check_spelling, clear, normal_identifier, trimmed
from core.unit_of_work import UnitOfWork

FOLIO = "F"  # and six figures, numbered within the commune: it tells nothing of the family
_TRIES = 20


@dataclass(frozen=True)
class RelativeData:
    """A person of a family who is not an NNA of the office.

    Parameters
    ----------
    given_names, first_surname : str
    second_surname : str, optional
    birth_date : date, optional
    sex : Sex
    identifier_kind : IdentifierKind
    identifier : str, optional
        As written on the paper; never shown in a repr.
    phone, email : str, optional
    no_contact : bool
    """

    given_names: str
    first_surname: str
    second_surname: str | None = None
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    identifier_kind: IdentifierKind = IdentifierKind.NONE
    identifier: str | None = field(default=None, repr=False)
    phone: str | None = None
    email: str | None = None
    no_contact: bool = False


def register_family(uow: UnitOfWork, commune_code: str, notes: str | None = None) -> Family:
    """Open a family's record under the next folio of the commune.

    Parameters
    ----------
    uow : UnitOfWork
    commune_code : str
    notes : str, optional

    Returns
    -------
    Family
        Without members yet; `add_family_member` brings them.

    Raises
    ------
    AccessDenied
        Without `family create` in the commune.
    InvalidInput
        If there is no such commune.
    """
    uow.require_in("family", "create", commune_code)
    check_commune(commune_code, "input.communeCode")
    for _ in range(_TRIES):
        # Two that count at once get the same number: the constraint lets one in and the other counts again.
        folio = f"{FOLIO}{_last_number(uow, commune_code) + 1:06d}"
        family = Family(
            id=uow.new_id(), commune_code=commune_code, folio=folio, notes=clear(notes, "input.notes", LONGEST_TEXT)
        )
        try:
            with uow.session.begin_nested():
                return uow.add(family)
        except IntegrityError:
            continue
    raise Conflict("Se están registrando muchas familias a la vez; reintente.")


def make_relative(uow: UnitOfWork, commune_code: str, data: RelativeData, at: str = "input.relative") -> Relative:
    """Store a person of a family, checked and with their identifier sealed.

    Raises
    ------
    InvalidInput
        If a value cannot be what it says.
    """
    check_names({"givenNames": data.given_names, "firstSurname": data.first_surname}, at)
    check_spelling({"secondSurname": data.second_surname}, at)
    check_past(data.birth_date, uow.today(), f"{at}.birthDate")
    normal = normal_identifier(data.identifier_kind, data.identifier, at)
    row_id = uow.new_id()
    relative = Relative(
        id=row_id,
        commune_code=commune_code,
        identifier_kind=data.identifier_kind,
        given_names=data.given_names.strip(),
        first_surname=data.first_surname.strip(),
        second_surname=trimmed(data.second_surname),
        name_sort=name_keys(data.given_names, data.first_surname, data.second_surname).sort,
        birth_date=data.birth_date,
        sex=data.sex,
        phone=normal_phone(data.phone, f"{at}.phone"),
        email=normal_email(data.email, f"{at}.email"),
        no_contact=data.no_contact,
    )
    if normal is not None:
        relative.identifier_sealed = uow.sealer.seal(
            normal, table="relative", column="identifier_sealed", row_id=row_id
        )
        relative.identifier_index = uow.sealer.blind_index(data.identifier_kind, normal, commune_code)
    return uow.add(relative)


def _last_number(uow: UnitOfWork, commune_code: str) -> int:
    """Find the highest number given in the commune, to whichever family: longer folios are later ones."""
    folio = col(Family.folio)
    last = (
        select(folio)
        .where(col(Family.commune_code) == commune_code, folio.like(f"{FOLIO}______%"))
        .order_by(func.length(folio).desc(), folio.desc())
    )
    with uow.unscoped("folios are numbered over all the families of the commune") as session:
        found = session.scalars(last.limit(1)).first()
    number = (found or FOLIO).removeprefix(FOLIO)
    return int(number) if number.isdigit() else 0

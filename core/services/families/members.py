"""Belonging to a family, dated: nobody is moved without a trace."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from authz.guard import AccessDenied
from core.errors import InvalidInput
from core.models.families import Family, FamilyMember, FamilyRole, Relative
from core.models.people import Nna
from core.rules.names import name_keys
from core.services.errors import AlreadyMember, WrongDates
from core.services.families.register import RelativeData, make_relative
from core.services.people.details import start
from core.services.people.protection import keep_family_guarded, keep_relative_guarded, keep_relatives_guarded
from core.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class FamilyMemberData:
    """Who joins which family, as what.

    Parameters
    ----------
    family_id : UUID
    role : FamilyRole
    nna_id : UUID, optional
        Exactly one of `nna_id`, `relative_id` and `relative`.
    relative_id : UUID, optional
    relative : RelativeData, optional
        A person who is not recorded yet.
    main_carer : bool
        Whoever was, no longer is from that day on.
    lives_with : bool
    valid_from : date, optional
        Today where none is given.
    """

    family_id: UUID
    role: FamilyRole
    nna_id: UUID | None = None
    relative_id: UUID | None = None
    relative: RelativeData | None = None
    main_carer: bool = False
    lives_with: bool = True
    valid_from: date | None = None


def add_family_member(uow: UnitOfWork, data: FamilyMemberData) -> FamilyMember:
    """Bring a person into a family; a child who comes from another family leaves it that day.

    Who opened a family may bring its first member although it is of nobody's caseload yet.

    Parameters
    ----------
    uow : UnitOfWork
    data : FamilyMemberData

    Returns
    -------
    FamilyMember

    Raises
    ------
    NotFound
        If the family, the child or the relative is not theirs to know of.
    AccessDenied
        Without `family edit` on the family and on another to which a relative belongs, or `nna edit` on the child.
    InvalidInput
        If it is not exactly one person of the family's commune, or the start lies ahead.
    AlreadyMember
        If the person belongs to this family today.
    ProtectionStays
        If a child comes from a family with a protected one whose team the caller is not of; or a relative who belongs
        nowhere today once was of it; or somebody who asked not to be called would be called by another team.
    WrongDates
        If it would rewrite what is recorded of later days.
    """
    family = uow.change(Family, data.family_id, None)
    _allow(uow, family)
    since = start(uow, data.valid_from)
    member = FamilyMember(
        id=uow.new_id(),
        commune_code=family.commune_code,
        family_id=family.id,
        role=data.role,
        main_carer=data.main_carer,
        lives_with=data.lives_with,
        valid_from=since,
    )
    _bring(uow, family, member, data)
    if data.main_carer:
        _pass_care_on(uow, family.id, since)
    return uow.add(member)


def leave_family(uow: UnitOfWork, member_id: UUID, on: date, expected_version: int | None) -> FamilyMember:
    """Say that a person no longer belongs to a family; that they did stays recorded.

    Parameters
    ----------
    uow : UnitOfWork
    member_id : UUID
    on : date
        The first day on which they no longer belong.
    expected_version : int or None

    Returns
    -------
    FamilyMember

    Raises
    ------
    NotFound, Conflict, AccessDenied
    ProtectionStays
        If a child of the family is protected whose team the caller is not of: who leaves would be guarded no longer; or
        if somebody who asked not to be called leaves, or a child whose team calls them.
    WrongDates
        If they had left already, had not joined yet, or the day lies ahead.
    """
    # the family first, as who joins it: whoever passes the care on to another writes the others' rows anew
    asked = uow.get(FamilyMember, member_id)
    uow.change(Family, asked.family_id, None, ("family", "edit"))
    if asked.nna_id is not None:  # and the child, in the order of who moves it to another family
        uow.change(Nna, asked.nna_id, None)
    member = uow.change(FamilyMember, member_id, expected_version)
    keep_family_guarded(uow, member.family_id)
    if member.valid_until is not None or on < member.valid_from or on > uow.today():
        raise WrongDates("La fecha no calza con la pertenencia registrada.", field="input.on")
    if member.relative_id is not None:
        keep_relative_guarded(uow, uow.change(Relative, member.relative_id, None))
    if member.nna_id is not None:
        nna = uow.change(Nna, member.nna_id, None)
        uow.require("nna", "edit", nna)
        keep_relatives_guarded(uow, member.family_id)
        nna.family_id = None
        uow.touch(nna)
    member.valid_until = on
    return uow.touch(member)


def _allow(uow: UnitOfWork, family: Family) -> None:
    try:
        uow.require("family", "edit", family)
    except AccessDenied:
        with uow.unscoped("whether anybody belongs to the family yet") as session:
            belongs = select(col(FamilyMember.id)).where(col(FamilyMember.family_id) == family.id)
            if session.scalars(belongs.limit(1)).first() is not None:
                raise
        uow.require_in("family", "create", family.commune_code)


def _bring(uow: UnitOfWork, family: Family, member: FamilyMember, data: FamilyMemberData) -> None:
    """Name the person of the membership, and end what it replaces."""
    if sum(one is not None for one in (data.nna_id, data.relative_id, data.relative)) != 1:
        raise InvalidInput("Indique una persona: un NNA, un familiar registrado o uno nuevo.", field="input.nnaId")
    if data.relative is not None:
        _refuse_again(uow, family, member, data.relative)
        member.relative_id = make_relative(uow, family.commune_code, data.relative).id
    elif data.relative_id is not None:
        relative = uow.change(Relative, data.relative_id, None)  # that they ask not to be called waits, or is seen
        _at_home(relative.commune_code, family)
        keep_relative_guarded(uow, relative)
        elsewhere = _open(uow, relative_id=relative.id)
        _check_free(elsewhere, member)
        for one in elsewhere:  # whose telephone is that home's to give
            uow.require("family", "edit", uow.get(Family, one.family_id))
        if not elsewhere:
            _keep_left_homes_guarded(uow, relative.id, family.id)
        member.relative_id = relative.id
    elif data.nna_id is not None:
        nna = uow.change(Nna, data.nna_id, None)
        uow.require("nna", "edit", nna)
        _at_home(nna.commune_code, family)
        former = _open(uow, nna_id=nna.id)
        _check_free(former, member)
        if any(one.valid_from > member.valid_from for one in former):
            raise WrongDates("Pertenece a otra familia desde una fecha posterior.", field="input.validFrom")
        keep_relatives_guarded(uow, family.id)
        for one in former:
            keep_relatives_guarded(uow, one.family_id)
            keep_family_guarded(uow, one.family_id)
            one.valid_until = member.valid_from
            uow.touch(one)
        member.nna_id = nna.id
        nna.family_id = family.id
        uow.touch(nna)


def _refuse_again(uow: UnitOfWork, family: Family, member: FamilyMember, told: RelativeData) -> None:
    """Refuse a new person of the name and place of one of the family: a second click is no second aunt."""
    key = name_keys(told.given_names, told.first_surname, told.second_surname).sort
    same = (
        select(col(Relative.id))
        .join(FamilyMember, col(FamilyMember.relative_id) == col(Relative.id))
        .where(
            col(FamilyMember.family_id) == family.id,
            col(FamilyMember.role) == member.role,
            col(FamilyMember.valid_until).is_(None),
            col(Relative.name_sort) == key,
        )
    )
    if uow.session.scalars(same.limit(1)).first() is not None:
        raise AlreadyMember("Ya hay en esta familia alguien con ese nombre y ese lugar.", field="input.relative")


def _open(uow: UnitOfWork, *, nna_id: UUID | None = None, relative_id: UUID | None = None) -> list[FamilyMember]:
    person = col(FamilyMember.nna_id) == nna_id if nna_id else col(FamilyMember.relative_id) == relative_id
    chosen = select(FamilyMember).where(person, col(FamilyMember.valid_until).is_(None))
    return list(uow.session.scalars(chosen.order_by(col(FamilyMember.valid_from), col(FamilyMember.id))))


def _keep_left_homes_guarded(uow: UnitOfWork, relative_id: UUID, into: UUID) -> None:
    """Let who belongs nowhere today come back by a team of what they left: their telephone opens with it."""
    left = select(col(FamilyMember.family_id)).where(col(FamilyMember.relative_id) == relative_id).distinct()
    with uow.unscoped("where a relative once belonged, whoever asks") as session:
        homes = set(session.scalars(left))
    for family_id in sorted(homes - {into}):
        keep_family_guarded(uow, family_id)


def _check_free(former: list[FamilyMember], member: FamilyMember) -> None:
    if any(one.family_id == member.family_id for one in former):
        raise AlreadyMember("Esa persona ya pertenece a esta familia.")


def _at_home(commune_code: str, family: Family) -> None:
    if commune_code != family.commune_code:
        raise InvalidInput("La persona y la familia son de comunas distintas.", field="input.familyId")


def _pass_care_on(uow: UnitOfWork, family_id: UUID, since: date) -> None:
    """End the care of whoever was main carer; the row is split, so that it stays true of the days before."""
    carers = select(FamilyMember).where(
        col(FamilyMember.family_id) == family_id,
        col(FamilyMember.main_carer),
        col(FamilyMember.valid_until).is_(None),
    )
    for carer in uow.session.scalars(carers.order_by(col(FamilyMember.id))).all():
        if carer.valid_from > since:
            raise WrongDates("Hay otra persona cuidadora principal desde una fecha posterior.", field="input.validFrom")
        if carer.valid_from == since:
            carer.main_carer = False
            uow.touch(carer)
            continue
        carer.valid_until = since
        uow.touch(carer)
        uow.add(_no_longer_carer(uow, carer, since))


def _no_longer_carer(uow: UnitOfWork, carer: FamilyMember, since: date) -> FamilyMember:
    return FamilyMember(
        id=uow.new_id(),
        commune_code=carer.commune_code,
        family_id=carer.family_id,
        nna_id=carer.nna_id,
        relative_id=carer.relative_id,
        role=carer.role,
        main_carer=False,
        lives_with=carer.lives_with,
        valid_from=since,
    )

"""Why a field of a record shows, or does not: the rule that decided, in Spanish sentences."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, select

from authz.actor import Ambit, DataClass
from authz.arms import worn
from authz.scope import Access, Scope
from authz.table import PURPOSES
from core import reference
from core.models.users import User
from core.unit_of_work import UnitOfWork

CLASSES = {
    DataClass.BASIC: "datos básicos",
    DataClass.CONTACT: "datos de contacto",
    DataClass.IDENTITY: "identidad",
    DataClass.HEALTH: "salud",
    DataClass.JUDICIAL: "situación judicial",
    DataClass.THERAPY: "terapia",
    DataClass.RISK: "riesgo",
    DataClass.AGGREGATE: "cifras",
}
AMBITS = {
    Ambit.REFERRED: "lo derivado a su institución",
    Ambit.COMMUNE: "toda la comuna",
    Ambit.NATIONAL: "todo el país",
}
WHY_NOT = (Ambit.OWN, Ambit.REFERRED)  # of the whole commune nothing is out of reach but for a protection
SEALED = (
    "El domicilio está protegido o hay prohibición de contacto, de este NNA o de alguien de su familia: solo lo ve"
    " quien está en el equipo de cada NNA a quien eso resguarda."
)


@dataclass(frozen=True)
class Decision:
    """What the policy says to the roles that a person holds together in the row's commune.

    Parameters
    ----------
    roles : tuple of str
        Codes.
    ambit : Ambit or None
        The widest that a line gives; None where none does.
    rule : tuple of str
        That line of `policy.csv`; empty where none allows.
    absent : str, optional
        Name of whom they substitute with these roles; None where the roles are their own.
    """

    roles: tuple[str, ...]
    ambit: Ambit | None
    rule: tuple[str, ...]
    absent: str | None = None


@dataclass(frozen=True)
class Explanation:
    """Whether one data class of one row shows to the actor, and why.

    Parameters
    ----------
    allowed : bool
    decisions : tuple of Decision
    sentences : tuple of str
        Spanish, in the order in which they matter.
    """

    allowed: bool
    decisions: tuple[Decision, ...]
    sentences: tuple[str, ...]


def explain_access(uow: UnitOfWork, row: Any, resource: str, data: DataClass, table: str) -> Explanation:
    """Say what decided whether the actor sees a data class of a row that they may know of.

    Parameters
    ----------
    uow : UnitOfWork
        Of an actor.
    row
        From `uow.get`: what is not theirs to know of is not explained either.
    resource : str
    data : DataClass
        The field's class.
    table : str

    Returns
    -------
    Explanation
    """
    access = uow.access
    assert access is not None, "the platform needs no explanation"
    scope = access.scopes[table]
    commune = getattr(row, scope.commune, None)
    decisions = _decisions(uow, access, resource, data, commune)
    reached = _holds(uow, row, scope.table, access.reach(table, scope.table, resource, "read", data))
    mask = access.mask(table, data, scope.table)
    shown = mask if isinstance(mask, bool) else _holds(uow, row, scope.table, mask)
    blocked = [*_before_policy(access, scope, commune, resource, data)]
    sentences = [*blocked, *(_sentence(d, data, access) for d in decisions)]
    if not decisions:
        sentences.append("No tiene ningún rol en la comuna de este registro.")
    allowed = not blocked and reached and shown
    sealed = not (reached and shown) and _holds(
        uow, row, scope.table, access.within_reach(table, scope.table, resource, data)
    )
    sentences += _about_the_row(decisions, reached and shown, sealed) if not blocked else []
    return Explanation(allowed, decisions, (*sentences, f"Por eso {'ve' if allowed else 'no ve'} {CLASSES[data]}."))


def _decisions(
    uow: UnitOfWork, access: Access, resource: str, data: DataClass, commune: str | None
) -> tuple[Decision, ...]:
    found, absent = [], _absent(uow, access)
    for held in worn(access.actor):
        if commune is None or held.communes is None or commune in held.communes:  # what is of none is of every one
            ambit, rule = access.guard.explain(held.roles, resource, "read", data, access.actor.purpose, held.beside)
            codes = tuple(sorted(role.removeprefix("role:") for role in held.roles))
            found.append(Decision(codes, ambit, tuple(str(word) for word in rule), absent.get(held.persona)))
    return tuple(found)


def _absent(uow: UnitOfWork, access: Access) -> dict[UUID | None, str]:
    """Return the names of those whom the actor substitutes, whatever their roles let them read of colleagues."""
    with uow.unscoped("whom the actor substitutes") as session:
        return {one: session.get_one(User, one).display_name for one in access.actor.personas if one}


def _before_policy(access: Access, scope: Scope, commune: str | None, resource: str, data: DataClass) -> list[str]:
    said = []
    personal = access.guard.vocabulary[resource].personal
    if personal and not access.actor.signed and data is not DataClass.AGGREGATE:
        said.append("Falta firmar el acuerdo de confidencialidad vigente: sin él no se abre ningún registro.")
    if scope.plugin and commune not in access.modules.get(scope.plugin, frozenset()):
        said.append("La comuna tiene este módulo desactivado.")
    return said


def _sentence(decision: Decision, data: DataClass, access: Access) -> str:
    who = f"Como {', '.join(reference.role_name(role) for role in decision.roles)}"
    who += f" en reemplazo de {decision.absent}" if decision.absent else ""
    purpose = PURPOSES[access.actor.purpose]
    if decision.ambit is None:
        return f"{who}, con la finalidad «{purpose}», ninguna regla permite leer {CLASSES[data]}."
    far = f"los casos {_charge(decision)}" if decision.ambit is Ambit.OWN else AMBITS[decision.ambit]
    return f"{who}, con la finalidad «{purpose}», puede leer {CLASSES[data]} en {far}."


def _charge(decision: Decision) -> str:
    return f"a cargo de {decision.absent}" if decision.absent else "a su cargo"


def _about_the_row(decisions: tuple[Decision, ...], opens: bool, sealed: bool) -> list[str]:
    given = [decision for decision in decisions if decision.ambit]
    if given and opens:
        return ["El registro está dentro de ese alcance."]
    if sealed:
        return [SEALED]
    return list(dict.fromkeys(_why_not(d) for ambit in WHY_NOT for d in given if d.ambit is ambit))


def _why_not(decision: Decision) -> str:
    if decision.ambit is Ambit.OWN:
        return f"El registro no está entre los casos {_charge(decision)}."
    return "No hay una derivación vigente, con el consentimiento que este dato exige, a su institución."


def _holds(uow: UnitOfWork, row: Any, table: Table, condition: ColumnElement[bool]) -> bool:
    assert uow.access is not None
    statement = select(table.c.id).where(table.c.id == row.id, uow.access.literal(condition))
    return uow.session.connection().execute(statement).first() is not None

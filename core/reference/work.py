"""What the field works with: alert types, ways of leaving, sectors, roles, and the order of the list."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from core.reference.files import DATA, catalogue_version, load
from core.reference.rows import (
    AlertKind,
    AlertType,
    ChccAlertType,
    ExitReason,
    FormatColumn,
    InstitutionType,
    ListRule,
    Parameter,
    RoleDuties,
    Sector,
    TerritorialAlertType,
)


@cache
def territorial_alert_types() -> tuple[TerritorialAlertType, ...]:
    """Give the 18 territorial alerts, in official order."""
    return load(DATA / "territorial_alert_types.csv", TerritorialAlertType, "code")


@cache
def chcc_alert_types() -> tuple[ChccAlertType, ...]:
    """Give the 16 homologated Chile Crece Contigo alerts, which count as 14."""
    return load(DATA / "chcc_alert_types.csv", ChccAlertType, "code")


def alert_types(kind: AlertKind) -> tuple[AlertType, ...]:
    """Give the alert types of a kind."""
    return territorial_alert_types() if kind is AlertKind.TERRITORIAL else chcc_alert_types()


@cache
def _alert_types_by_code() -> dict[str, AlertType]:
    return {one.code: one for kind in AlertKind for one in alert_types(kind)}


def alert_type(code: str) -> AlertType:
    """Give the alert type of a code, of whichever kind; `KeyError` if there is none."""
    return _alert_types_by_code()[code]


@cache
def exit_reasons() -> tuple[ExitReason, ...]:
    """Give the ways of leaving each line of work; `line` and `code` together tell them apart."""
    return load(DATA / "case_exit_reasons.csv", ExitReason, "line", "code")


@cache
def format_columns() -> tuple[FormatColumn, ...]:
    """Give the columns of every kind of extract file, in order."""
    return load(DATA / "extract_formats.csv", FormatColumn, "kind", "column")


@cache
def sectors() -> tuple[Sector, ...]:
    """Give the 21 sectors of the offer map."""
    return load(DATA / "sectors.csv", Sector, "code")


@cache
def institution_types() -> tuple[InstitutionType, ...]:
    """Give the types of institution."""
    return load(DATA / "institution_types.csv", InstitutionType, "code")


@cache
def roles() -> tuple[RoleDuties, ...]:
    """Give the roles of an office with their duties and caseload; codes are those of `authz.actor.Role`."""
    return load(DATA / "roles.csv", RoleDuties, "code")


def role_name(code: str) -> str:
    """Give what people call a role; one that the catalogue does not have by its code.

    Examples
    --------
    >>> role_name("CASE_MANAGER")
    'Gestor o gestora de casos'
    """
    return next((role.label_es for role in roles() if role.code == code), code)


@cache
def list_rules(version: str | None = None) -> tuple[ListRule, ...]:
    """Give the order of the prioritised list, as a version states it.

    Parameters
    ----------
    version : str, optional
        The catalogue's current one if none is given.

    Returns
    -------
    tuple of ListRule
        By `order`. A child is compared by the rules of BOTH and of its own block.

    Raises
    ------
    KeyError
        If there is no such version.
    """
    wanted = version or catalogue_version("list_rules")
    every = load(DATA / "list_rules.csv", ListRule, "version", "block", "order")
    chosen = sorted((one for one in every if one.version == wanted), key=lambda one: one.order)
    if not chosen:
        raise KeyError(wanted)
    return tuple(chosen)


@cache
def list_parameters(version: str | None = None) -> Mapping[str, Parameter]:
    """Give the numbers around the list (cut day, validity of alerts, capacities) by name; `version` as above."""
    return _parameters("list_parameters", version)


@cache
def access_parameters(version: str | None = None) -> Mapping[str, Parameter]:
    """Give the numbers around people's rights (how long a substitution lasts) by name; `version` as above."""
    return _parameters("access_parameters", version)


def _parameters(name: str, version: str | None) -> Mapping[str, Parameter]:
    wanted = version or catalogue_version(name)
    every = load(DATA / f"{name}.csv", Parameter, "version", "name")
    chosen = {one.name: one for one in every if one.version == wanted}
    if not chosen:
        raise KeyError(wanted)
    return MappingProxyType(chosen)

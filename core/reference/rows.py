"""The rows of each catalogue, one dataclass per file; its fields are the columns."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from authz.actor import DataClass


class AlertKind(StrEnum):
    """Where an alert comes from: people of the territory, or Chile Crece Contigo."""

    TERRITORIAL = "TERRITORIAL"
    CHCC = "CHCC"


class AlertSubject(StrEnum):
    """Whom a Chile Crece Contigo alert is about."""

    CHILD = "CHILD"
    PREGNANCY = "PREGNANCY"


class ListEffect(StrEnum):
    """What a way of leaving means for the next prioritised list."""

    EXCLUDED = "EXCLUDED"
    LAST_PRIORITY = "LAST_PRIORITY"
    NONE = "NONE"
    NOT_STATED = "NOT_STATED"


class ListBlock(StrEnum):
    """Which children a rule of the list orders: those with a territorial alert, without one, or all."""

    BOTH = "BOTH"
    WITH_TERRITORIAL = "WITH_TERRITORIAL"
    WITHOUT_TERRITORIAL = "WITHOUT_TERRITORIAL"


class Holder(StrEnum):
    """Whom a state moves on the list: the child it was written of, or all of its family."""

    CHILD = "CHILD"
    FAMILY = "FAMILY"


class Direction(StrEnum):
    """Whether the smaller or the larger value stands first."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True)
class Catalogue:
    name: str
    version: str
    title_es: str
    licence: str
    source: str


@dataclass(frozen=True)
class Region:
    code: str
    name: str
    official_name: str
    iso: str
    source: str


@dataclass(frozen=True)
class Province:
    code: str
    name: str
    region_code: str
    source: str


@dataclass(frozen=True)
class Commune:
    code: str
    name: str
    province_code: str
    region_code: str
    time_zone: str
    source: str


@dataclass(frozen=True)
class CommuneAlias:
    alias: str
    commune_code: str
    source: str


@dataclass(frozen=True)
class PilotCommune:
    commune_code: str
    valid_from: date
    valid_until: date | None
    source: str
    note: str


@dataclass(frozen=True)
class AlertType:
    code: str
    label_es: str
    data_class: DataClass
    source: str


@dataclass(frozen=True)
class TerritorialAlertType(AlertType):
    number: int
    description_es: str
    where_observed_es: str
    beyond_oln_es: str
    refer_to_es: str
    context: str
    typical_domains: tuple[str, ...]


@dataclass(frozen=True)
class ChccAlertType(AlertType):
    subject: AlertSubject
    validity_months: int
    counts_once_with: str | None
    class_source: str


@dataclass(frozen=True)
class ExitReason:
    line: str
    code: str
    label_es: str
    group: str
    definition_es: str
    effect_on_list: ListEffect
    holds_for: Holder
    in_use: bool  # what is not may still be read in old records
    source: str


@dataclass(frozen=True)
class Sector:
    order: int
    code: str
    label_es: str
    source: str


@dataclass(frozen=True)
class InstitutionType:
    code: str
    label_es: str
    level: str
    description_es: str
    receives_referrals: bool
    usual_identifier: str | None
    source: str


@dataclass(frozen=True)
class RoleDuties:
    code: str
    label_es: str
    duties_es: str
    caseload: int | None
    caseload_per_year: int | None
    source: str


@dataclass(frozen=True)
class ListRule:
    """One key of the order, and how it is told.

    `reason_es` takes `{value}` (this child's) and `{other}` (the next one's); `reason_unknown_es` stands in its place
    where the next one has none.
    """

    version: str
    block: ListBlock
    order: int
    key: str
    direction: Direction
    reason_es: str
    reason_unknown_es: str
    source: str


@dataclass(frozen=True)
class Parameter:
    """A number that decides something, with the source that says so."""

    version: str
    name: str
    value: int
    unit: str
    source: str


@dataclass(frozen=True)
class FormatColumn:
    """One column of one kind of file; `field` is its name in the code."""

    kind: str
    column: str
    field: str
    type: str
    required: str
    allowed: tuple[str, ...]
    description_es: str
    data_class: str
    minimum: int | None
    maximum: int | None
    key: str

    @property
    def is_required(self) -> bool:
        return self.required == "yes"

    @property
    def is_key(self) -> bool:
        return self.key == "yes"

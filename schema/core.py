"""The schema of a host: the core's own part, and those that plugins bring, made of what their hooks return."""

from collections.abc import Sequence
from typing import Any

import strawberry

from core.host import Host
from core.models.scopes import SCOPES
from schema.build import Part, Schema, build
from schema.catalogues import CatalogueQuery
from schema.documents import limit_extensions
from schema.indicators import IndicatorQuery
from schema.limits import Limits
from schema.mutations.alerts import AlertMutation
from schema.mutations.endings import EndingMutation
from schema.mutations.families import FamilyMutation
from schema.mutations.modules import ModulesMutation
from schema.mutations.nomina import NominaMutation
from schema.mutations.organizations import OrganizationMutation
from schema.mutations.people import PeopleMutation
from schema.mutations.relations import RelationMutation
from schema.mutations.team import TeamMutation
from schema.mutations.users import UsersMutation
from schema.queries import CoreQuery
from schema.types import alerts, families, nomina, people, territory, users

EXPOSED = (
    *(territory.Region, territory.Province, territory.Commune, territory.CommuneAlias, territory.OfficePeriod),
    *(people.Nna, people.Address, people.Contact, people.Schooling, people.Attendance, people.HealthRegistration),
    *(people.TeamMember, families.Family, families.FamilyMember, families.Relative, families.Relation),
    *(alerts.Alert, alerts.AlertReport, alerts.Organization, alerts.AccessGrant),
    *(nomina.Nomina, nomina.NominaEntry, nomina.NominaDiscard, nomina.OfficialScore, nomina.ListStatus),
    *(nomina.Extract, users.User, users.Assignment, users.ModuleSwitch, users.AuditEntry),
    *(users.ReadSubject, users.ReadEntry),
)


@strawberry.type
class Query(CoreQuery, CatalogueQuery, IndicatorQuery):
    pass


@strawberry.type
class CoreMutation(
    PeopleMutation,
    TeamMutation,
    FamilyMutation,
    RelationMutation,
    EndingMutation,
    AlertMutation,
    OrganizationMutation,
    NominaMutation,
    UsersMutation,
    ModulesMutation,
):
    pass


def make_schema(host: Host, limits: Limits) -> Schema:
    return build([core_part(), *plugin_parts(host)], extensions=limit_extensions(limits))


def core_part() -> Part:
    return Part("core", EXPOSED, query=Query, mutation=CoreMutation, scopes=SCOPES)


def plugin_parts(host: Host) -> Sequence[Part]:
    """Return a part for each plugin, in order of name: pluggy's order carries no meaning."""
    return [_part(host, name) for name in host.infos]


def _part(host: Host, name: str) -> Part:
    plugin = host.plugins.get_plugin(name)

    def said(hook: str) -> Any:
        found = getattr(plugin, hook, None)
        return found() if found else None

    return Part(
        name,
        types=tuple(said("oln_types") or ()),
        extensions=said("oln_type_extensions") or {},
        query=said("oln_queries"),
        mutation=said("oln_mutations"),
        scopes=tuple(scope for scope in host.scopes.values() if scope.plugin == name),
        always_on=host.infos[name].always_on,
    )

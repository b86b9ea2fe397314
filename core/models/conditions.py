"""Whose row it is, as SQL on one table or an alias of it: what the scopes are declared with (`core.models.scopes`)."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, TableClause, and_, column, exists, not_, or_, table, true

from authz.scope import ORGANIZATIONS, USERS, Condition, table_of, within
from core.models import alerts, audit, families, organizations, people, territory
from core.models import users as accounts
from core.models.alerts import NamedBy
from core.models.base import in_force


def _thin(model: Any, *names: str) -> TableClause:
    """Give a table of these columns alone: an alias copies all that there are, and every condition makes some."""
    whole = table_of(model)
    return table(whole.name, *(column(name, whole.c[name].type) for name in names))


_HELD = ("valid_from", "valid_until")
_nna = _thin(people.Nna, "id", "family_id", "protected_address", "no_contact")
_team = _thin(people.TeamMember, "nna_id", "user_id", *_HELD)
_grant = _thin(organizations.AccessGrant, "nna_id", "organization_id", "with_identity", *_HELD)
_member = _thin(families.FamilyMember, "family_id", "relative_id", *_HELD)
_report = _thin(alerts.AlertReport, "id", "named_by")
_assignment = _thin(accounts.Assignment, "user_id", "territory")
_commune = _thin(territory.Commune, "code", "region_code")
_subject = _thin(audit.ReadSubject, "entry_id", "commune_code")


def in_my_team(nna: FromClause) -> ColumnElement[bool]:
    team = _team.alias()
    return exists().where(team.c.nna_id == nna.c.id, within(team.c.user_id, USERS), in_force(team))


def granted_to_us(grant: FromClause) -> ColumnElement[bool]:
    return and_(within(grant.c.organization_id, ORGANIZATIONS), in_force(grant))


def granted_with_name(grant: FromClause) -> ColumnElement[bool]:
    return and_(granted_to_us(grant), grant.c.with_identity)


def opened_to_us(nna: FromClause) -> ColumnElement[bool]:
    grant = _grant.alias()
    return exists().where(grant.c.nna_id == nna.c.id, granted_to_us(grant))


def opened_with_name(nna: FromClause) -> ColumnElement[bool]:
    return _named_to_us(nna.c.id)


def _named_to_us(nna_id: ColumnElement[Any]) -> ColumnElement[bool]:
    grant = _grant.alias()
    return exists().where(grant.c.nna_id == nna_id, granted_with_name(grant))


def raised_by_us(t: FromClause) -> ColumnElement[bool]:
    return within(t.c.organization_id, ORGANIZATIONS)


def reported_as_known(report: FromClause) -> ColumnElement[bool]:
    """Return the condition that whose alerts our report holds tells us nothing: we named the record, or may name it.

    Of a child that is opened to us without name, a report on a number would tell that the number is that child's.
    """
    known = or_(report.c.named_by == NamedBy.RECORD, _named_to_us(report.c.nna_id))
    return and_(raised_by_us(report), known)


def raised_as_known(alert: FromClause) -> ColumnElement[bool]:
    """Return the condition of `reported_as_known`, of an alert."""
    report = _report.alias()
    by_record = exists().where(report.c.id == alert.c.report_id, report.c.named_by == NamedBy.RECORD)
    return and_(raised_by_us(alert), or_(by_record, _named_to_us(alert.c.nna_id)))


def family_where(condition: Condition) -> Condition:
    """Return the family condition that one of its children of today meets `condition`."""

    def holds(family: FromClause) -> ColumnElement[bool]:
        nna = _nna.alias()
        return exists().where(nna.c.family_id == family.c.id, condition(nna))

    return holds


def relative_where(condition: Condition) -> Condition:
    """Return the condition that a relative belongs, or once belonged, to a family of a child that meets `condition`."""

    def holds(relative: FromClause) -> ColumnElement[bool]:
        nna, member = _nna.alias(), _member.alias()
        return exists().where(
            member.c.relative_id == relative.c.id, nna.c.family_id == member.c.family_id, condition(nna)
        )

    return holds


def relative_today_where(condition: Condition) -> Condition:
    """Return the condition that a relative belongs today to a family of a child that meets `condition`."""

    def holds(relative: FromClause) -> ColumnElement[bool]:
        nna, member = _nna.alias(), _member.alias()
        hers = member.c.relative_id == relative.c.id, in_force(member)
        return exists().where(*hers, nna.c.family_id == member.c.family_id, condition(nna))

    return holds


def relation_where(condition: Condition) -> Condition:
    """Return the condition that either end of a tie belongs to a child that meets `condition`, or to its family."""

    def holds(tie: FromClause) -> ColumnElement[bool]:
        nna, kin, member = _nna.alias(), _nna.alias(), _member.alias()
        itself = exists().where(nna.c.id.in_([tie.c.from_nna_id, tie.c.to_nna_id]), condition(nna))
        relative = member.c.relative_id.in_([tie.c.from_relative_id, tie.c.to_relative_id])
        family = exists().where(relative, kin.c.family_id == member.c.family_id, condition(kin))
        return or_(itself, family)

    return holds


def sealed_child(nna: FromClause) -> ColumnElement[bool]:
    return or_(nna.c.protected_address, nna.c.no_contact)


def sealed_from_me(nna: FromClause) -> ColumnElement[bool]:
    """Return the condition that a protection guards the child, and it is not of the caseload in `USERS`."""
    return and_(sealed_child(nna), not_(in_my_team(nna)))


def sealed_home(nna: FromClause) -> ColumnElement[bool]:
    """Return the condition that what tells where a child lives would tell it of a child who is sealed from me.

    Of itself, or of whoever is of its family today: siblings live at one address, and answer one telephone.
    """
    kin = _nna.alias()
    return or_(sealed_from_me(nna), exists().where(kin.c.family_id == nna.c.family_id, sealed_from_me(kin)))


def sealed_part(flag: str) -> Condition:
    """Return the condition of a part of a child's record that may carry a protection of its own, in column `flag`."""

    def holds(part: FromClause) -> ColumnElement[bool]:
        nna = _nna.alias()
        itself = and_(part.c[flag], not_(in_my_team(nna)))
        return exists().where(nna.c.id == part.c.nna_id, or_(itself, sealed_home(nna)))

    return holds


def sealed_relative(relative: FromClause) -> ColumnElement[bool]:
    """Return the condition that to call a relative of today may lead to a child who is sealed from me.

    Who asked not to be called at all is called by the team of a child of hers.
    """
    itself = and_(relative.c.no_contact, not_(relative_today_where(in_my_team)(relative)))
    return or_(itself, relative_today_where(sealed_from_me)(relative))


def assignment_in(assignment: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a role is of one of these communes, or of a region of which these are all there are."""
    whole, one, other = assignment.c.territory, _commune.alias(), _commune.alias()
    some = exists().where(one.c.region_code == whole, within(one.c.code, communes))
    others = exists().where(other.c.region_code == whole, not_(within(other.c.code, communes)))
    return or_(within(whole, communes), and_(some, not_(others)))


def assigned_in(user: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    assignment = _assignment.alias()
    return exists().where(assignment.c.user_id == user.c.id, assignment_in(assignment, communes))


def assigned_owner(t: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    assignment = _assignment.alias()
    return exists().where(assignment.c.user_id == t.c.user_id, assignment_in(assignment, communes))


def read_in(entry: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    subject = _subject.alias()
    return exists().where(subject.c.entry_id == entry.c.id, within(subject.c.commune_code, communes))


def anywhere(extract: FromClause, communes: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition of a file: one may bring several communes, and it is of none, so any commune opens it."""
    return true()


def is_me(user: FromClause) -> ColumnElement[bool]:
    return within(user.c.id, USERS)


def is_mine(t: FromClause) -> ColumnElement[bool]:
    return within(t.c.user_id, USERS)

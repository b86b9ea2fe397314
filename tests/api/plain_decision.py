"""Who may see what, decided again in plain Python, row by row: owes nothing to `authz.scope`, nor to any SQL.

Read from the lines of the policy and from the rules of access as the design states them.
"""

import csv
from pathlib import Path
from typing import Any

from authz.actor import Actor, DataClass
from core.models import alerts, audit, families, organizations, people, users
from tests.api.read_world import TODAY, World

LINES = [
    [word.strip() for word in line]
    for line in csv.reader(Path("authz/policy.csv").read_text(encoding="utf-8").splitlines())
    if line and line[0].strip() in ("p", "g")
]
INCLUDES = [(line[1], line[2]) for line in LINES if line[0] == "g"]
PUBLIC = {"region", "province", "commune", "commune_alias", "office_period", "organization", "module_switch"}
RESOURCE = {
    "family": "family",
    "relative": "family",
    "family_member": "family",
    "relation": "family",
    "alert": "alert",
    "alert_report": "alert",
    "nomina_run": "nomina",
    "nomina_entry": "nomina",
    "nomina_discard": "nomina",
    "user_account": "user",
    "assignment": "user",
    "audit_entry": "audit",
    "read_entry": "audit",
    "read_subject": "audit",
    "commune": "indicator",
    "extract": "extract",
}
# of some connections only these rows are part, whoever asks
PART_OF = {
    ("User", "currentAssignments"): lambda row: row["revoked_at"] is None and _lasts(row),
}
# the class that one needs to know that a row exists; BASIC where nothing stands here
ROW_CLASS = {
    "address": "CONTACT",
    "contact": "IDENTITY",
    "schooling": "IDENTITY",
    "attendance": "IDENTITY",
    "health_registration": "HEALTH",
    "relative": "IDENTITY",
    "relation": "IDENTITY",
    "official_score": "RISK",
    "list_status": "JUDICIAL",
    "nomina_entry": "RISK",
    "nomina_discard": "RISK",
}
OF_PEOPLE = ("nna", "family", "alert", "nomina")  # resources closed until the agreement is signed
COMMUNE = {"commune": "code", "assignment": "territory", "audit_entry": "chain"}


class Decision:
    """One actor over one world."""

    def __init__(self, world: World, actor: Actor) -> None:
        assert all(line[-1] == "allow" for line in LINES if line[0] == "p")
        self.world, self.actor = world, actor
        self._arms: dict[tuple[str, str], list[tuple[str, Any, Any, Any]]] = {}

    def sees(self, table: str, row: dict[str, Any]) -> bool:
        """Whether the row exists for the actor."""
        if table in PUBLIC:
            return True
        if table == "alert":
            return self._reaches(table, row, str(row["data_class"]))
        return self._reaches(table, row, ROW_CLASS.get(table, "BASIC"))

    def opens(self, table: str, row: dict[str, Any], data: DataClass) -> bool:
        """Whether a visible row shows its values of this class."""
        own = ROW_CLASS.get(table, "BASIC")
        if table == "alert" or data == own:
            return True
        return self._reaches(table, row, str(data))

    def knows(self, table: str, data: DataClass) -> bool:
        """Whether any row at all could show this class."""
        own = ROW_CLASS.get(table, "BASIC")
        return table == "alert" or data == own or bool(self.arms(RESOURCE.get(table, "nna"), str(data)))

    def tells_whose(self, table: str, row: dict[str, Any]) -> bool:
        """Whether a visible row leads to the child's record, and the record to it.

        An institution is led from what it raised to no child that it did not name by its record, unless by consent it
        may name that child: it would learn whose number it said.
        """
        if table not in ("alert", "alert_report"):
            return True
        told_in = row["id"] if table == "alert_report" else row["report_id"]
        (report,) = (r for r in self.world.of(alerts.AlertReport) if r["id"] == told_in)
        (child,) = self._children(table, row)
        data = str(row["data_class"]) if table == "alert" else "BASIC"
        return any(
            self._here(table, row, ambit, communes)
            and (
                self._referred(table, row, data, ours)
                and (report["named_by"] == "RECORD" or self._opened(child, ours, identity=True))
                if ambit == "REFERRED"
                else self._holds(table, row, ambit, data, whose)
            )
            for ambit, communes, whose, ours in self.arms("alert", data)
        )

    def arms(self, resource: str, data: str) -> list[tuple[str, Any, Any, Any]]:
        """Return the ambits that the policy allows, each with its hat's communes, whose caseload, and institution."""
        if (resource, data) not in self._arms:
            self._arms[resource, data] = self._found(resource, data)
        return self._arms[resource, data]

    def _found(self, resource: str, data: str) -> list[tuple[str, Any, Any, Any]]:
        if resource in OF_PEOPLE and not self.actor.signed and data != "AGGREGATE":
            return []
        found = []
        for hat in self.actor.hats:
            roles = {f"role:{hat.role}"}
            roles |= {inner for outer, inner in INCLUDES if outer in roles}
            for _, role, what, action, kind, ambit, purpose, _effect in (x for x in LINES if x[0] == "p"):
                fits = role in roles and what == resource and action in ("read", "*")
                if fits and kind in (data, "*") and purpose in (self.actor.purpose, "*"):
                    found.append((ambit, hat.communes, hat.stands_for or self.actor.user_id, hat.organization))
        return found

    def _reaches(self, table: str, row: dict[str, Any], data: str) -> bool:
        return any(
            self._here(table, row, ambit, communes)
            and (
                self._referred(table, row, data, ours)
                if ambit == "REFERRED"
                else self._holds(table, row, ambit, data, whose)
            )
            and not (data == "CONTACT" and self.sealed_from(table, row, whose))
            for ambit, communes, whose, ours in self.arms(RESOURCE.get(table, "nna"), data)
        )

    def _here(self, table: str, row: dict[str, Any], ambit: str, communes: Any) -> bool:
        if communes is None or ambit == "NATIONAL" or table == "extract":  # a file brings several communes
            return True
        if table == "user_account":
            mine = [a for a in self.world.of(users.Assignment) if a["user_id"] == row["id"]]
            return any(a["territory"] in communes for a in mine)
        if table == "read_entry":
            subjects = [s for s in self.world.of(audit.ReadSubject) if s["entry_id"] == row["id"]]
            return any(s["commune_code"] in communes for s in subjects)
        return row[COMMUNE.get(table, "commune_code")] in communes

    def _holds(self, table: str, row: dict[str, Any], ambit: str, data: str, whose: Any) -> bool:
        """Whether the row is in that person's charge, or just is where they work."""
        if ambit in ("COMMUNE", "NATIONAL"):
            return True
        if table in ("user_account", "assignment"):
            return row["id" if table == "user_account" else "user_id"] == whose
        children = self._children(table, row, today=data != ROW_CLASS.get(table, "BASIC"))
        return any(self._in_team(child, whose) for child in children)

    def _referred(self, table: str, row: dict[str, Any], data: str, ours: Any) -> bool:
        """Whether the row came from an institution, or was opened to it: the need, age and commune, or by consent all.

        Who of the office works with the child, and to which other institutions it was opened, is none of its business.
        """
        if table in ("alert", "alert_report"):
            return ours is not None and row["organization_id"] == ours
        if table in ("user_account", "assignment", "team_member"):
            return False
        identity = data != "BASIC" or table in ROW_CLASS
        if table == "access_grant":
            return row["organization_id"] == ours and _in_force(row) and (row["with_identity"] or not identity)
        children = self._children(table, row, today=data != ROW_CLASS.get(table, "BASIC"))
        return any(self._opened(child, ours, identity=identity) for child in children)

    def _children(self, table: str, row: dict[str, Any], *, today: bool = False) -> list[dict[str, Any]]:
        """Whose record the row is part of; a relative of whom more is asked than the name is of her family of today."""
        every = self.world.of(people.Nna)
        if table == "nna":
            return [row]
        if table in ("family", "family_member"):
            family = row["id"] if table == "family" else row["family_id"]
            return [c for c in every if c["family_id"] == family]
        if table == "relative":
            return self._kin([row["id"]], today=today)
        if table == "relation":
            ends = [row["from_nna_id"], row["to_nna_id"]]
            return [c for c in every if c["id"] in ends] + self._kin([row["from_relative_id"], row["to_relative_id"]])
        return [c for c in every if "nna_id" in row and c["id"] == row["nna_id"]]

    def _kin(self, relatives: list[Any], *, today: bool = False) -> list[dict[str, Any]]:
        members = [m for m in self.world.of(families.FamilyMember) if _in_force(m) or not today]
        homes = {m["family_id"] for m in members if m["relative_id"] is not None and m["relative_id"] in relatives}
        return [c for c in self.world.of(people.Nna) if c["family_id"] in homes]

    def _in_team(self, child: dict[str, Any], whose: Any) -> bool:
        team = (m for m in self.world.of(people.TeamMember) if m["nna_id"] == child["id"])
        return any(m["user_id"] == whose and _in_force(m) for m in team)

    def _opened(self, child: dict[str, Any], ours: Any, *, identity: bool) -> bool:
        grants = (g for g in self.world.of(organizations.AccessGrant) if g["nna_id"] == child["id"])
        live = [g for g in grants if g["organization_id"] == ours and _in_force(g)]
        return any(g["with_identity"] or not identity for g in live)

    def sealed_from(self, table: str, row: dict[str, Any], whose: Any) -> bool:
        """Whether it would tell that person where a protected child of another team lives, or whom to call about it."""
        if table not in ("nna", "address", "contact", "relative"):
            return False
        children = self._children(table, row, today=True)
        flagged = table != "nna" and row["protected" if table == "address" else "no_contact"]
        if flagged and not any(self._in_team(child, whose) for child in children):
            return True
        homes = {child["family_id"] for child in children} - {None}
        every = self.world.of(people.Nna)
        guarded = [c for c in every if c in children or c["family_id"] in homes]
        guarded = [c for c in guarded if c["protected_address"] or c["no_contact"]]
        return not all(self._in_team(child, whose) for child in guarded)


def _in_force(row: dict[str, Any]) -> bool:
    return row["valid_from"] <= TODAY and (row["valid_until"] is None or row["valid_until"] > TODAY)


def _lasts(row: dict[str, Any]) -> bool:
    return row["valid_until"] is None or row["valid_until"] > TODAY

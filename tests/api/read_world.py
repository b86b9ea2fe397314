"""A small invented country over the real tables of the core: full of nulls, quotes, ties, sealed and dated rows."""

from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any, get_args
from uuid import UUID

import orjson
from anyio import CapacityLimiter
from sqlalchemy import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary, Uuid
from sqlmodel import SQLModel

from authz.actor import MAIN_PURPOSE, Actor, DataClass, Hat, Purpose, Role
from authz.scope import table_of
from core.host import Host
from core.models import alerts, audit, extracts, families, modules, nomina, organizations, people, territory, users
from core.models.nomina import EntryState, RunState
from core.reference import territorial_alert_types
from core.text import fold, sort_key
from schema.build import Part, Schema, build
from schema.context import Context
from schema.core import core_part
from schema.documents import limit_extensions
from schema.limits import Cost, Limits
from schema.read.readers import open_reader
from tests.api.opened_children import add_opened_children
from tests.api.protected_family import add_protected_family

TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
COMMUNES = ("13101", "13301", "05101")
WORDS = ("Ñuñoa", 'a "b" \\ c', "línea\nnueva", "zeta", "Águila", "", "~", '"~":null', "x'y")
Rows = dict[str, list[dict[str, Any]]]


class World:
    """Rows by table, as plain dictionaries: what the database holds and what the plain decision looks at."""

    def __init__(self, children: int = 30, seed: int = 7) -> None:
        self.random, self.rows, self._children = Random(seed), {}, children
        self._territory()
        self._people()
        self._families()
        self._alerts()
        self._lists()
        self._trail()
        add_protected_family(self, COMMUNES[0], TODAY)
        add_opened_children(self, TODAY)

    def of(self, model: type[SQLModel]) -> list[dict[str, Any]]:
        return self.rows.setdefault(table_of(model).name, [])

    def add(self, model: type[SQLModel], **given: Any) -> dict[str, Any]:
        row = {c.name: given[c.name] if c.name in given else self._filled(model, c) for c in table_of(model).c}
        self.of(model).append(row)
        return row

    def new(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def some(self, model: type[SQLModel], **having: Any) -> dict[str, Any]:
        fitting = [r for r in self.of(model) if all(r[k] == v for k, v in having.items())]
        return self.random.choice(fitting)

    def fill(self, host: Host) -> None:
        with host.database.begin() as connection:
            for table in SQLModel.metadata.sorted_tables:
                if found := self.rows.get(table.name):
                    connection.execute(table.insert(), found)

    def _filled(self, model: type[SQLModel], column: Any) -> Any:
        random, kind = self.random, getattr(column.type, "impl_instance", column.type)
        if column.nullable and (column.foreign_keys or random.random() < 0.3):
            return None
        words = next((a for a in _annotations(model, column.name) if issubclass(a, StrEnum)), None)
        if words:
            return random.choice(sorted(words))
        if column.name == "valid_until":
            return TODAY + timedelta(days=random.choice((-30, 0, 1, 90)))
        made: dict[type, Any] = {
            Uuid: self.new,
            Boolean: lambda: random.random() < 0.4,
            Integer: lambda: random.randrange(1, 6),
            Float: lambda: random.choice((0.1 + 0.2, 0.9990830027509917, 5.0, random.random())),
            Date: lambda: TODAY - timedelta(days=random.randrange(400)),
            DateTime: lambda: NOON - timedelta(seconds=random.randrange(90), microseconds=random.choice((0, 5))),
            JSON: lambda: random.sample(WORDS, 2),
            LargeBinary: lambda: None,
        }
        for known, make in made.items():
            if isinstance(kind, known):
                return make()
        return random.choice(WORDS)[: column.type.length or 80] if hasattr(column.type, "length") else "text"

    def _territory(self) -> None:
        region = self.add(territory.Region, code="13", name="Metropolitana", name_sort="metropolitana")
        other = self.add(territory.Region, code="05", name="Valparaíso", name_sort="valparaiso")
        for code in COMMUNES:
            home = region if code.startswith("13") else other
            known = [p for p in self.of(territory.Province) if p["code"] == code[:3]]
            province = known[0] if known else self.add(territory.Province, code=code[:3], region_id=home["id"])
            commune = self.add(
                territory.Commune, code=code, province_id=province["id"], region_id=home["id"], region_code=home["code"]
            )
            self.add(territory.CommuneAlias, commune_id=commune["id"], name_fold=fold(f"Comuna {code}"))
            self.add(territory.OfficePeriod, commune_id=commune["id"])

    def _people(self) -> None:
        for n in range(6):
            self.add(users.User, username=f"user.{n}")
        for commune in COMMUNES:
            for _ in range(2):
                name = self.random.choice(WORDS) + "Escuela"
                self.add(organizations.Organization, commune_code=commune, name=name, name_sort=sort_key(name))
            self.add(extracts.Extract)
            for role in (Role.CASE_MANAGER, Role.AUDITOR):
                user = self.some(users.User)
                others = {"substitutes_id": self.some(users.User)["id"], "granted_by": self.some(users.User)["id"]}
                office = self.some(organizations.Organization)["id"]
                tie = {"user_id": user["id"], "organization_id": office, **others}
                self.add(users.Assignment, **tie, role=role, territory=commune)
            self.add(modules.ModuleSwitch, commune_code=commune, plugin="offer_map", changed_by=None)
        for n in range(self._children):
            self._child(n)

    def _child(self, n: int) -> None:
        random, commune = self.random, self.random.choice(COMMUNES)
        name = f"Niña {n % 11} {random.choice(WORDS)}"
        child = self.add(
            people.Nna,
            commune_code=commune,
            given_names=name,
            name_sort=sort_key(name),
            name_fold=fold(name),
            birth_date=None if n % 7 == 0 else date(2010 + n % 14, 1 + n % 12, 1 + n % 28),
            expected_birth_date=TODAY if n % 7 == 0 else None,
            protected_address=n % 5 == 0,
            no_contact=n % 6 == 0,
            identifier_index=None,
        )
        part = {"commune_code": commune, "nna_id": child["id"]}
        for model in (people.Address, people.Contact, people.Schooling, people.HealthRegistration):
            for _ in range(random.randrange(3)):
                self.add(model, **part)
        for month in range(random.randrange(3)):
            self.add(people.Attendance, **part, period=date(2026, 1 + month, 1))
        for _ in range(random.randrange(3)):
            self.add(people.TeamMember, **part, user_id=self.some(users.User)["id"])
        if random.random() < 0.5:
            organization = self.some(organizations.Organization)
            self.add(organizations.AccessGrant, **part, organization_id=organization["id"])
        for month in range(random.randrange(3)):
            source = self.some(extracts.Extract)
            self.add(extracts.OfficialScore, **part, period=date(2026, 1 + month, 1), extract_id=source["id"])
        if random.random() < 0.3:
            self.add(extracts.ListStatus, **part)

    def _families(self) -> None:
        random = self.random
        for n in range(self._children // 3):
            commune = random.choice(COMMUNES)
            family = self.add(families.Family, commune_code=commune, folio=f"F{n}", source_key=None)
            for _ in range(random.randrange(3)):
                relative = self.add(families.Relative, commune_code=commune)
                tie = {"commune_code": commune, "family_id": family["id"]}
                self.add(families.FamilyMember, **tie, nna_id=None, relative_id=relative["id"])
        for child in self.of(people.Nna):
            homes = [f for f in self.of(families.Family) if f["commune_code"] == child["commune_code"]]
            if homes and random.random() < 0.8:
                family = random.choice(homes)
                child["family_id"] = family["id"]
                tie = {"commune_code": child["commune_code"], "family_id": family["id"]}
                self.add(families.FamilyMember, **tie, nna_id=child["id"], relative_id=None)
        for _ in range(self._children // 2):
            ends = {"from_nna_id": None, "from_relative_id": None, "to_nna_id": None, "to_relative_id": None}
            for side in ("from", "to"):
                model, kind = random.choice(((people.Nna, "nna"), (families.Relative, "relative")))
                ends[f"{side}_{kind}_id"] = self.some(model)["id"]
            self.add(families.Relation, commune_code=random.choice(COMMUNES), **ends)

    def _alerts(self) -> None:
        random = self.random
        codes = sorted(kind.code for kind in territorial_alert_types())[:3]
        classes = (DataClass.BASIC, DataClass.HEALTH, DataClass.JUDICIAL, DataClass.RISK)
        for child in self.of(people.Nna):
            part = {"commune_code": child["commune_code"], "nna_id": child["id"]}
            for _ in range(random.randrange(3)):
                by = self.some(organizations.Organization)["id"] if random.random() < 0.5 else None
                report = self.add(alerts.AlertReport, **part, organization_id=by)
                for _ in range(random.randrange(1, 3)):
                    kind = random.choice(classes)
                    self.add(
                        alerts.Alert,
                        **part,
                        report_id=report["id"],
                        organization_id=by,
                        data_class=kind,
                        type_code=random.choice(codes),
                    )

    def _lists(self) -> None:
        for commune in COMMUNES:
            for n, state in enumerate((RunState.SUPERSEDED, RunState.PUBLISHED)):
                run = self.add(nomina.NominaRun, commune_code=commune, state=state, period=date(2026, 9 + n, 1))
                children = [c for c in self.of(people.Nna) if c["commune_code"] == commune]
                for place, child in enumerate(children[:6]):
                    part = {"commune_code": commune, "nna_id": child["id"]}
                    listed = EntryState.DISCARDED if place == 5 else EntryState.LISTED
                    part |= {"run_id": run["id"], "position": place + 1, "state": listed}
                    entry = self.add(nomina.NominaEntry, **part)
                    entry["family_id"] = child["family_id"]
                    if place % 3 == 0:
                        kept = {"commune_code": commune, "nna_id": child["id"]}
                        self.add(nomina.NominaDiscard, **kept, entry_id=entry["id"])

    def _trail(self) -> None:
        for n, commune in enumerate((*COMMUNES, "CL")):
            self.add(audit.AuditEntry, chain=commune, sequence=n, user_id=None)
            said = {"operation": None if n % 2 else "Ficha", "user_id": self.some(users.User)["id"]}
            entry = self.add(audit.ReadEntry, journal="j", sequence=n, **said)
            if commune != "CL":
                child = self.some(people.Nna, commune_code=commune)
                self.add(audit.ReadSubject, entry_id=entry["id"], nna_id=child["id"], commune_code=commune)

    def busiest(self) -> Counter[UUID]:
        """Count on how many teams each person is, or was."""
        return Counter(m["user_id"] for m in self.of(people.TeamMember))

    def actors(self) -> list[Actor]:
        """Every role in one commune; two hats in two, the country, another purpose, and no signature."""
        here, both = frozenset(COMMUNES[:1]), frozenset(COMMUNES[:2])
        made = [self.actor(Hat(role, None if role is Role.NATIONAL_ANALYST else here)) for role in Role]
        made += [self.actor(Hat(Role.CASE_MANAGER, here), Hat(Role.FAMILY_THERAPIST, both))]
        made += [self.actor(Hat(Role.COORDINATOR, here), purpose=Purpose.CARE), self.actor(Hat(Role.AUDITOR, None))]
        homes = {code: self.some(organizations.Organization, commune_code=code)["id"] for code in COMMUNES[:2]}
        made += [self.actor(*(Hat(Role.SECTOR_PARTNER, frozenset({code}), home) for code, home in homes.items()))]
        return [*made, self.actor(Hat(Role.COORDINATOR, both), signed=False)]

    def actor(self, *hats: Hat, purpose: Purpose | None = None, signed: bool = True) -> Actor:
        busy = self.busiest()
        busiest = max(self.of(users.User), key=lambda u: busy[u["id"]])
        first = self.of(organizations.Organization)[0]["id"]
        partner = {Role.SECTOR_PARTNER: first}
        worn = tuple(Hat(h.role, h.communes, h.organization or partner.get(h.role)) for h in hats)
        me = busiest["id"]
        return Actor(me, busiest["username"], purpose or MAIN_PURPOSE[hats[0].role], worn, signed=signed)


def _annotations(model: type[SQLModel], name: str) -> Iterator[type]:
    found = model.model_fields[name].annotation
    yield from (a for a in (found, *get_args(found)) if isinstance(a, type))


def read_schema(*parts: Part) -> Schema:
    """Build the core's schema, and parts of plugins, without the limits that random documents would meet."""
    limits = Limits(tokens=20_000, characters=10**6, depth=30, aliases=500, directives=500, fields=10**5)
    return build([core_part(), *parts], extensions=limit_extensions(limits))


class Asker:
    """Asks a schema as anybody, both ways."""

    def __init__(self, schema: Schema, host: Host, reader: Any) -> None:
        self.schema, self.host, self.reader = schema, host, reader
        self.limiter = CapacityLimiter(4)

    async def ask(self, actor: Actor, text: str, values: Any = None, *, compiled: bool = True) -> "Answer":
        context = Context(self.host, actor, self.reader, self.limiter, compiled, Cost(limit=10**9))
        result = await self.schema.execute(text, values, context)
        data = orjson.loads(orjson.dumps(result.data))
        told = result.errors or []
        errors = [
            (tuple(p for p in e.path or () if isinstance(p, str)), (e.extensions or {}).get("code")) for e in told
        ]
        return Answer(data, errors, context.seen, told)


class Answer:
    def __init__(self, data: Any, errors: list[Any], seen: set[UUID], told: list[Any]) -> None:
        self.data, self.errors, self.seen, self.told = data, errors, seen, told


@asynccontextmanager
async def asking(schema: Schema, host: Host, database: str) -> Any:
    reader = await open_reader(database)
    try:
        yield Asker(schema, host, reader)
    finally:
        await reader.close()

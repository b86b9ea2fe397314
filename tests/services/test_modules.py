"""A municipality switches a plugin on or off, is told what stops, and its data stays."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from sqlalchemy import MetaData, func, select

from authz.actor import DataClass, Role
from authz.guard import AccessDenied, Resource
from authz.scope import Scope
from core.errors import Conflict, InvalidInput
from core.hooks import Info, hookimpl
from core.host import Host
from core.models.base import Record
from core.models.modules import ModuleSwitch
from core.models.territory import Commune, Province, Region
from core.services.modules import AlwaysOn, ModuleChange, ModuleSetting, modules_of, set_module
from core.unit_of_work import UnitOfWork
from tests.conftest import make_host
from tests.factories import COLINA, SANTIAGO, a_user, actor, an_nna

ADMIN, COORDINATOR = actor(Role.MUNICIPAL_ADMIN), actor(Role.COORDINATOR)


class Walk(Record, table=True):
    """An invented plugin's table: walks to the park. Its metadata is its own, so that no other test has it."""

    metadata: ClassVar[MetaData] = MetaData()
    __tablename__ = "walks_walk"
    nna_id: UUID


class Walks:
    @hookimpl
    def oln_info(self) -> Info:
        return Info("walks", "Paseos", "1")

    @hookimpl
    def oln_models(self) -> Iterable[Scope]:
        return [Scope(Walk, "walk", DataClass.BASIC, subject="nna_id")]

    @hookimpl
    def oln_resources(self) -> Iterable[Resource]:
        return [Resource("walk", "Paseo", ("read",))]

    @hookimpl
    def oln_policies(self) -> Path:
        return self.policy

    def __init__(self, folder: Path) -> None:
        self.policy = folder / "policy.csv"
        self.policy.write_text("p, role:COORDINATOR, walk, read, BASIC, COMMUNE, SUPERVISION\n")


class Core:
    @hookimpl
    def oln_info(self) -> Info:
        return Info("core", "Núcleo", "1", always_on=True)


@pytest.fixture
def host(database: str, tmp_path: Path) -> Iterator[Host]:
    made = make_host(database, tmp_path)
    for name, plugin in (("walks", Walks(tmp_path)), ("core", Core())):
        made.plugins.register(plugin, name=name)
    Walk.__table__.create(made.database, checkfirst=True)  # type: ignore[attr-defined]
    with made.unit_of_work(None, "test") as uow:
        a_user(uow, ADMIN)
        territory(uow)
        for commune in (SANTIAGO, SANTIAGO, COLINA):
            nna = an_nna(uow, commune_code=commune)
            uow.add(Walk(id=uow.new_id(), commune_code=commune, nna_id=nna.id))
        uow.session.commit()
    yield made
    Walk.__table__.drop(made.database)  # type: ignore[attr-defined]  # a database that it stays in is made anew
    made.database.dispose()


def territory(uow: UnitOfWork) -> None:
    name: dict[str, Any] = {"name": "x", "name_sort": "x"}
    region = uow.add(Region(id=uow.new_id(), code="13", iso="CL-RM", position=7, **name))
    province = uow.add(Province(id=uow.new_id(), code="131", region_id=region.id, **name))
    for code in (SANTIAGO, COLINA):
        place = {"province_id": province.id, "region_id": region.id, "region_code": "13"}
        uow.add(Commune(id=uow.new_id(), code=code, time_zone="America/Santiago", **place, **name))


def switch(
    host: Host, enabled: bool, version: int, by: Any = ADMIN, validate_only: bool = False, **over: Any
) -> ModuleChange:
    asked: dict[str, Any] = {"commune": SANTIAGO, "plugin": "walks", "reason": "acuerdo del concejo"}
    wanted = ModuleSetting(**(asked | {"enabled": enabled, "expected_version": version} | over))
    with host.transaction(by, "setModule") as uow:
        change = set_module(uow, wanted, validate_only)
    if change.forget_modules:
        host.forget_modules()
    return change


def walks(host: Host) -> int:
    with host.unit_of_work(COORDINATOR, "test") as uow:
        return uow.session.scalar(select(func.count()).select_from(Walk)) or 0


def test_rows_show_only_while_the_commune_has_the_plugin_on(host: Host) -> None:
    seen = [walks(host)]
    for version, enabled in enumerate((True, False, True)):
        switch(host, enabled, version)
        seen.append(walks(host))
    assert seen == [0, 2, 0, 2]


def test_who_switched_it_and_why_is_kept(host: Host) -> None:
    made = switch(host, True, 0).state.switch
    assert made is not None
    assert (made.enabled, made.reason, made.changed_by) == (True, "acuerdo del concejo", ADMIN.user_id)


def test_what_a_switch_would_touch_is_told_and_nothing_changes(host: Host) -> None:
    told = switch(host, True, 0, validate_only=True)
    assert [(t.table, t.label, t.rows) for t in told.touched] == [
        ("walks_walk", "Paseo", None)
    ]  # two: too few to be told
    assert (told.changes, told.forget_modules, told.state.enabled) == (True, False, False)
    with host.unit_of_work(None, "test") as uow:
        assert not uow.session.get(ModuleSwitch, host.clock.new_id())
        assert modules_of(uow, SANTIAGO)[0].switch is None


def test_only_who_administers_the_commune_switches(host: Host) -> None:
    for who, commune in ((COORDINATOR, SANTIAGO), (ADMIN, COLINA)):
        with pytest.raises(AccessDenied):
            switch(host, True, 0, by=who, commune=commune)


def test_a_switch_that_moved_on_is_a_conflict(host: Host) -> None:
    switch(host, True, 0)
    with pytest.raises(Conflict):
        switch(host, False, 0)


def test_what_is_not_there_or_always_on_is_not_switched(host: Host) -> None:
    with pytest.raises(InvalidInput):
        switch(host, True, 0, plugin="nothing")
    with pytest.raises(AlwaysOn):
        switch(host, False, 0, plugin="core")
    with pytest.raises(InvalidInput):
        switch(host, True, 0, reason=" ")
    with pytest.raises(InvalidInput):
        switch(host, True, 0, reason="lo pidió 12.531.909-2")


def test_everybody_may_know_which_modules_a_commune_has(host: Host) -> None:
    switch(host, True, 0)
    with host.unit_of_work(COORDINATOR, "test") as uow:
        assert [(m.info.name, m.enabled) for m in modules_of(uow, SANTIAGO)] == [("walks", True)]
        assert [(m.info.name, m.enabled) for m in modules_of(uow, COLINA)] == [("walks", False)]
        with pytest.raises(InvalidInput):
            modules_of(uow, "99999")


def test_the_day_of_a_switch_is_the_platforms(host: Host) -> None:
    made = switch(host, True, 0).state.switch
    assert made is not None
    assert made.updated_at.date() == date(2026, 11, 20)

"""The frames that features are made of, read from the database."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import select
from sqlmodel import SQLModel

from authz.actor import Role
from authz.scope import table_of
from core.clock import frozen
from core.database import Unscoped, machinery, make_engine
from core.host import Host
from core.models.extracts import ListStatus
from core.models.families import FamilyMember
from core.models.people import Attendance, Nna, Schooling
from core.reference import ListEffect
from core.unit_of_work import UnitOfWork
from scoring.features import build_features
from scoring.frames import SCHEMAS, Frames
from scoring.records import load_frames
from tests.conftest import another
from tests.factories import COLINA, SANTIAGO, a_family, a_member, actor, an_nna

NOVEMBER = date(2026, 11, 1)


def some_children(host: Host) -> list[Nna]:
    """Two siblings and a pregnancy of Santiago, a child who moved to Colina, and that child there."""
    with host.unit_of_work(None, "test") as uow:
        one, two = an_nna(uow, nationality="CHL"), an_nna(uow, birth_date=date(2024, 2, 29), has_disability=True)
        unborn = an_nna(uow, birth_date=None, expected_birth_date=date(2027, 1, 1))
        there = an_nna(uow, commune_code=COLINA)
        moved = an_nna(uow, moved_to_id=there.id)
        a_family(uow, one, two, rsh_bracket=40, household_size=5, bedrooms=2, single_head=True, tenure="LENT")
        for nna in (one, moved, there):
            for period, rate in ((date(2026, 4, 1), 100.0), (date(2026, 9, 1), 62.5), (date(2026, 10, 1), 70.25)):
                at(uow, nna, Attendance, period=period, rate=rate)
        stamp = {"created_at": uow.now(), "updated_at": uow.now()}
        at(uow, one, Schooling, level="PRIMARY", grade="4", valid_from=date(2026, 3, 1), **stamp)
        at(uow, two, ListStatus, effect=ListEffect.EXCLUDED, reason_code="X", valid_from=date(2026, 1, 1))
        uow.session.commit()
    return [one, two, unborn, there]


def at(uow: UnitOfWork, nna: Nna, model: Any, **values: Any) -> None:
    uow.add(model(id=uow.new_id(), commune_code=nna.commune_code, nna_id=nna.id, **values))


def loaded(host: Host, *communes: str, since: date | None = None) -> Frames:
    with machinery(host.database, "test") as session:
        return load_frames(session, communes or None, since)


def test_the_frames_hold_a_communes_own_children_and_their_facts(host: Host) -> None:
    one, two, unborn, _ = some_children(host)
    frames = loaded(host, SANTIAGO)
    assert frames.children["nna_id"].to_list() == sorted(nna.id.hex for nna in (one, two, unborn))
    assert frames.children.filter(nna_id=unborn.id.hex)["birth_date"].to_list() == [None]
    assert set(frames.attendance["nna_id"]) == {one.id.hex}
    course = frames.schooling.row(0, named=True)
    assert (course["nna_id"], course["grade"], course["valid_from"]) == (one.id.hex, "4", date(2026, 3, 1))
    assert frames.exclusions.rows() == [(two.id.hex, "EXCLUDED", date(2026, 1, 1), None)]
    home = frames.households.row(0, named=True)
    assert one.family_id is not None
    assert (home["family_id"], home["rsh_bracket"], home["single_head"]) == (one.family_id.hex, 40, True)


def test_without_communes_the_whole_country_is_read(host: Host) -> None:
    there = some_children(host)[-1]
    assert there.id.hex in loaded(host).children["nna_id"].to_list()


def test_attendance_before_a_month_can_be_left_out(host: Host) -> None:
    some_children(host)
    assert loaded(host, SANTIAGO, since=date(2026, 5, 1)).attendance["rate"].to_list() == [62.5, 70.25]


def test_an_empty_commune_gives_empty_frames_of_the_right_types(host: Host) -> None:
    frames = loaded(host, COLINA)
    for name, columns in SCHEMAS.items():
        frame = getattr(frames, name)
        assert frame.is_empty()
        assert dict(frame.schema) == columns
    assert build_features(frames, NOVEMBER).is_empty()


def test_both_databases_give_the_same_frames_and_features(host: Host, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'other.db'}")
    SQLModel.metadata.create_all(engine)
    other = another(host, clock=frozen(host.clock.now(), 1), engine=engine)
    some_children(host)
    some_children(other)
    here, there = loaded(host), loaded(other)
    engine.dispose()
    for name in SCHEMAS:
        assert_frame_equal(getattr(here, name), getattr(there, name))
    assert_frame_equal(build_features(here, NOVEMBER), build_features(there, NOVEMBER))


def test_features_come_out_of_what_was_loaded(host: Host) -> None:
    one = some_children(host)[0]
    row = build_features(loaded(host, SANTIAGO), NOVEMBER).row(by_predicate=pl.col("nna_id") == one.id.hex, named=True)
    assert (row["rsh_bracket"], row["months_below_85"], row["sibling_in_protection"]) == (40.0, 2.0, 1.0)
    assert row["attendance_6m"] == (62.5 + 70.25) / 2


def test_a_move_in_october_leaves_what_was_known_in_june(host: Host) -> None:
    one, two, *_ = some_children(host)
    june, before = date(2026, 6, 1), build_features(loaded(host, SANTIAGO), date(2026, 6, 1))
    with host.unit_of_work(None, "test") as uow:
        for left in uow.session.scalars(select(FamilyMember).where(table_of(FamilyMember).c.nna_id == two.id)):
            left.valid_until = date(2026, 10, 1)
        home, child = a_family(uow), uow.change(Nna, two.id, None)
        a_member(uow, home, nna=child, valid_from=date(2026, 10, 1))
        child.family_id = home.id
        uow.session.commit()
    assert_frame_equal(build_features(loaded(host, SANTIAGO), june), before)
    alone = build_features(loaded(host, SANTIAGO), NOVEMBER).filter(nna_id=two.id.hex).row(0, named=True)
    assert (alone["family_id"], alone["children_in_household"]) == (home.id.hex, 1)
    assert one.family_id != home.id


def test_training_on_the_country_and_listing_a_commune_see_the_same(host: Host) -> None:
    some_children(host)
    with host.unit_of_work(None, "test") as uow:
        an_nna(uow, commune_code="05701")  # nobody there ever reported who was at school
        uow.session.commit()
    country = build_features(loaded(host), NOVEMBER)
    for commune in (SANTIAGO, COLINA, "05701"):
        alone = build_features(loaded(host, commune, since=date(2026, 5, 1)), NOVEMBER)
        assert_frame_equal(country.filter(commune_code=commune), alone)


def test_a_persons_session_may_not_read_frames(host: Host) -> None:
    some_children(host)
    with host.unit_of_work(actor(Role.COORDINATOR), "test") as uow, pytest.raises(Unscoped):
        load_frames(uow.session, [SANTIAGO])

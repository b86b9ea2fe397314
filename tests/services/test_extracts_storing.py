"""Raw rows are what the ORM reads, to the last null, on both databases."""

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select

from authz.scope import table_of
from core.host import Host
from core.models.people import Attendance, Nna
from core.services.extracts.errors import ExtractRefused
from core.services.extracts.storing import insert_rows, places, read_rows, update_rows
from tests.factories import an_nna
from tests.services.extract_files import transactions

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
ROW: dict[str, Any] = {
    "id": "01890a5d000070008000000000000001",
    "commune_code": "01101",
    "version": 3,
    "created_at": AT,
    "updated_at": AT,
    "identifier_kind": "RUN",
    "identifier_sealed": b'\x00\\x\xff,"\n',
    "identifier_index": "a" * 64,
    "given_names": 'Comillas "dobles", comas\ny líneas \\.',
    "first_surname": "",
    "second_surname": None,
    "social_name": "NULL",
    "name_sort": "\\N",
    "name_fold": "%s ? :x",
    "name_sound": "ñandú",
    "birth_date": date(2016, 2, 29),
    "sex": "FEMALE",
    "has_disability": False,
    "protected_address": True,
    "no_contact": False,
}
SCHEMA = {
    "identifier_sealed": pl.Binary,
    "created_at": pl.Datetime("us", "UTC"),
    "updated_at": pl.Datetime("us", "UTC"),
}


@pytest.fixture
def written(host: Host) -> Host:
    with transactions(host)() as uow:
        insert_rows(uow.session, table_of(Nna), pl.DataFrame([ROW], schema_overrides=SCHEMA))
    return host


def test_every_kind_of_column_is_read_back_by_the_orm(written: Host) -> None:
    with written.unit_of_work(None, "look") as uow:
        child = uow.session.scalars(select(Nna)).one()
        assert {name: getattr(child, name) for name in ROW} == ROW | {"id": child.id}
        assert child.id.hex == ROW["id"] and child.family_id is None and child.expected_birth_date is None


def test_it_is_read_back_raw_as_well(written: Host) -> None:
    nna = table_of(Nna)
    names = [name for name in ROW if name not in ("identifier_sealed", "created_at", "updated_at")]
    with written.unit_of_work(None, "look") as uow:
        frame = read_rows(uow.session, select(*(nna.c[name] for name in names)))
    assert frame.row(0, named=True) == {name: ROW[name] for name in names}


def test_what_the_orm_writes_is_read_raw(host: Host) -> None:
    nna = table_of(Nna)
    with transactions(host)() as uow:
        child = an_nna(uow, has_disability=True)
        columns = (nna.c.id, nna.c.birth_date, nna.c.has_disability, nna.c.family_id, nna.c.version)
        assert read_rows(uow.session, select(*columns)).rows() == [(child.id.hex, child.birth_date, True, None, 1)]


def test_an_update_counts_the_version_up(written: Host) -> None:
    changed = pl.DataFrame({"id": [ROW["id"]], "version": [3], "social_name": ["Álex"], "birth_date": [None]})
    with transactions(written)() as uow:
        update_rows(uow.session, table_of(Nna), changed.with_columns(expected_birth_date=pl.lit(date(2027, 1, 1))))
    with written.unit_of_work(None, "look") as uow:
        child = uow.session.scalars(select(Nna)).one()
        assert (child.social_name, child.birth_date, child.version) == ("Álex", None, 4)


def test_a_row_that_moved_on_is_left_alone_and_the_file_told_so(written: Host) -> None:
    changed = pl.DataFrame({"id": [ROW["id"]], "version": [2], "social_name": ["Álex"]})
    with pytest.raises(ExtractRefused, match="impórtelo de nuevo"), transactions(written)() as uow:
        update_rows(uow.session, table_of(Nna), changed)
    with written.unit_of_work(None, "look") as uow:
        assert uow.session.scalars(select(Nna)).one().social_name == "NULL"


@pytest.mark.parametrize("versions", [[3, 2], [2, 3]])
def test_one_row_of_several_that_moved_on_is_noticed(written: Host, versions: list[int]) -> None:
    other = ROW | {"id": "0" * 31 + "2", "identifier_index": "b" * 64}
    with transactions(written)() as uow:
        insert_rows(uow.session, table_of(Nna), pl.DataFrame([other], schema_overrides=SCHEMA))
    changed = pl.DataFrame({"id": [ROW["id"], other["id"]], "version": versions, "social_name": ["Álex", "Álex"]})
    with pytest.raises(ExtractRefused), transactions(written)() as uow:
        update_rows(uow.session, table_of(Nna), changed)


def test_floats_and_facts_go_both_ways(written: Host) -> None:
    attendance = table_of(Attendance)
    row = {
        "id": "0" * 31 + "1",
        "commune_code": "01101",
        "nna_id": ROW["id"],
        "period": date(2026, 3, 1),
        "rate": 94.25,
    }
    with transactions(written)() as uow:
        insert_rows(uow.session, attendance, pl.DataFrame([row]))
        update_rows(uow.session, attendance, pl.DataFrame({"id": [row["id"]], "rate": [12.5]}), versioned=False)
        assert read_rows(uow.session, select(attendance.c.rate, attendance.c.period)).rows() == [(12.5, row["period"])]


def test_only_codes_of_communes_stand_in_statements() -> None:
    assert places(pl.Series(["13101", "01101", "13101"])) == ["01101", "13101"]
    with pytest.raises(ValueError, match="five digits"):
        places(pl.Series(["13101' OR 1=1"]))

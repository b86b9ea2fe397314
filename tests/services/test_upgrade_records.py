"""What an upgrade makes of the records of before: files that came, chains that were begun, readings without proof."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import insert, select, text
from sqlmodel import col

from core.host import Host
from core.journal.tables import unproven_is_known
from core.models.alerts import AlertReport, NamedBy
from core.models.extracts import Extract, ExtractArrival, Nature
from core.models.families import Family
from core.upgrade import downgrade, upgrade
from tests.factories import a_report, a_run, an_nna, an_organization, stored
from tests.services.test_audit_chains import a_change, found


def test_files_from_before_are_in_the_order_in_which_they_first_came_to_anybody(bare: Host) -> None:
    upgrade(bare)
    downgrade(bare, "core", "core_0005")
    hours = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (9, 10, 11)]
    with bare.database.begin() as connection:
        told = {"kind": "scores", "period": date(2026, 11, 1), "provider": "P", "agreement": "C", "legal_basis": "L"}
        told |= {"expires_on": date(2027, 11, 1), "nature": Nature.ADMINISTRATIVE, "file_name": "a.csv"}
        for at, name in zip(hours, "aba", strict=True):
            connection.execute(insert(Extract), told | {"id": uuid4(), "file_hash": name, "imported_at": at})
        family = {"commune_code": "13101", "version": 1, "created_at": hours[0], "updated_at": hours[0]}
        connection.execute(insert(Family), family | {"id": uuid4(), "folio": "F000001"})
    upgrade(bare)
    with bare.database.connect() as connection:
        found = connection.execute(select(ExtractArrival).order_by(ExtractArrival.arrived_at)).all()
    assert [(row.file_hash, row.commune_code, row.arrived_at) for row in found] == [
        ("a", "13101", hours[0]),
        ("b", "13101", hours[1]),
    ]


def test_an_installation_of_before_seals_the_chains_that_it_has(bare: Host) -> None:
    upgrade(bare)
    downgrade(bare, "core", "core_0006")
    a_change(bare, "13101", "05701")
    upgrade(bare)
    assert found(bare) == []
    a_change(bare, "13301")
    assert found(bare) == []


def test_readings_of_before_are_counted_once_and_for_all(bare: Host) -> None:
    upgrade(bare)
    downgrade(bare, "core", "core_0006")
    insert = (
        "INSERT INTO read_entry (id, journal, sequence, at, user_id, username, purpose, document_hash, digest, placed)"
        " VALUES ('018f000000007000800000000000000{0}', 'j', {0}, '2026-11-20 00:00:00',"
        " '018f0000000070008000000000000000', 'u', 'CARE', 'h', 'd', '')"
    )
    with bare.database.begin() as connection:
        connection.execute(text(insert.format(1)))
    upgrade(bare)
    with bare.database.begin() as connection:
        assert unproven_is_known(connection, bare.ring.audit)
        connection.execute(text(insert.format(2)))
        assert not unproven_is_known(connection, bare.ring.audit)


def test_what_an_institution_opened_a_record_by_is_known_only_where_it_was_a_description(bare: Host) -> None:
    upgrade(bare)
    with stored(bare) as uow:
        school, at = an_organization(uow).id, uow.now()
        just = at - timedelta(milliseconds=40)  # in one transaction time goes on
        described, numbered = an_nna(uow, created_at=just), an_nna(uow, run=a_run(), created_at=just)
        known = an_nna(uow, created_at=at - timedelta(days=1))
        reports = {
            name: a_report(uow, nna, organization_id=by, raised_at=at).id
            for name, nna, by in (
                ("described", described, school),
                ("numbered", numbered, school),
                ("known", known, school),
                ("of the office", described, None),
            )
        }
    downgrade(bare, "core", "core_0008")
    upgrade(bare)
    with bare.database.connect() as connection:
        rows = connection.execute(select(col(AlertReport.id), col(AlertReport.named_by)))
        found = {row.id: row.named_by for row in rows}
    assert {name: found[key] for name, key in reports.items()} == {
        "described": NamedBy.DESCRIPTION,
        "numbered": None,
        "known": None,
        "of the office": None,
    }

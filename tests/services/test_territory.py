"""The territory's tables: whole, the same everywhere, and refreshed without harm."""

from sqlalchemy import func, select

from core.database import machinery
from core.host import Host
from core.models.territory import Commune, CommuneAlias, OfficePeriod, Province, Region
from core.services.territory import load_territory, territory_id


def test_the_whole_country_is_loaded(host: Host) -> None:
    with machinery(host.database, "test") as session:
        load_territory(session)
        session.commit()
        counts = [session.scalar(select(func.count()).select_from(model)) for model in (Region, Province, Commune)]
        assert counts == [16, 56, 346]
        assert session.scalar(select(func.count()).select_from(CommuneAlias))
        assert session.scalar(select(func.count()).select_from(OfficePeriod))


def test_loading_again_changes_nothing(host: Host) -> None:
    with machinery(host.database, "test") as session:
        assert load_territory(session) > 400
        session.commit()
    with machinery(host.database, "test") as session:
        assert load_territory(session) == 0


def test_a_refresh_brings_back_what_was_changed_and_takes_out_what_was_added(host: Host) -> None:
    with machinery(host.database, "test") as session:
        load_territory(session)
        colina = session.get_one(Commune, territory_id("commune", "13301"))
        colina.name = "Otra"
        session.add(CommuneAlias(id=territory_id("test", "x"), commune_id=colina.id, name="Equis", name_fold="equis"))
        session.flush()
        assert load_territory(session) == 2
        assert colina.name == "Colina"


def test_regions_stand_from_north_to_south(host: Host) -> None:
    with machinery(host.database, "test") as session:
        load_territory(session)
        codes = session.scalars(select(Region.code).order_by(Region.position)).all()  # type: ignore[call-overload]
    assert [*codes[:2], *codes[-2:]] == ["15", "01", "11", "12"]
    assert sorted(codes) == [f"{n:02d}" for n in range(1, 17)]

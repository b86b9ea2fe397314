import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from core.identity import DEMO_RUN_RANGE, parse_provisional, parse_run
from core.reference import chcc_alert_types, communes, exit_reasons, sectors, territorial_alert_types
from scoring.synthetic.country import Country, write_country
from scoring.synthetic.files import FORMATS, file_hash, read_table
from scoring.synthetic.reading import read_truth
from scoring.synthetic.truth import intercept, p_obs
from scoring.synthetic.world import Dials

PERIOD = date(2026, 11, 1)
COMMUNES = ("01107", "09111", "13110")


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Country]:
    yield write_country(tmp_path_factory.mktemp("country"), COMMUNES, 700, 11, PERIOD)


def formats() -> dict[str, list[dict[str, str]]]:
    told: dict[str, list[dict[str, str]]] = {}
    with FORMATS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            told.setdefault(row["kind"], []).append(row)
    return told


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    first = write_country(tmp_path / "a", COMMUNES, 150, 3, PERIOD)
    again = write_country(tmp_path / "b", reversed(COMMUNES), 150, 3, PERIOD)  # type: ignore[arg-type]
    names = sorted(path.name for path in first.folder.iterdir())
    assert names == sorted(path.name for path in again.folder.iterdir())
    assert all(file_hash(first.folder / name) == file_hash(again.folder / name) for name in names)


def test_another_seed_writes_another_country(tmp_path: Path) -> None:
    one, two = (write_country(tmp_path / str(seed), COMMUNES[:1], 80, seed, PERIOD) for seed in (1, 2))
    assert one.files[0].sha256 != two.files[0].sha256


def test_parquet_tells_what_csv_tells(tmp_path: Path) -> None:
    for fmt in ("csv", "parquet"):
        write_country(tmp_path / fmt, COMMUNES[:1], 80, 5, PERIOD, fmt)  # type: ignore[arg-type]
    for kind in formats():
        assert read_table(tmp_path / "csv", kind).equals(read_table(tmp_path / "parquet", kind)), kind


def test_every_file_has_the_columns_of_its_format(country: Country) -> None:
    assert [file.kind for file in country.files] == list(formats())
    for kind, columns in formats().items():
        path = next(country.folder / file.file for file in country.files if file.kind == kind)
        assert path.read_text(encoding="utf-8").splitlines()[0].split(",") == [row["column"] for row in columns]


def test_every_cell_obeys_its_format(country: Country) -> None:
    for kind, columns in formats().items():
        table = read_table(country.folder, kind)
        for row in columns:
            values = table[row["column"]]
            assert row["required"] == "no" or values.null_count() == 0, (kind, row["column"])
            known = values.drop_nulls()
            if row["allowed"]:
                assert set(known.cast(pl.String).unique()) <= set(row["allowed"].split(";")), (kind, row["column"])
            if row["minimum"]:
                assert known.min() >= float(row["minimum"]), (kind, row["column"])  # type: ignore[operator]
                assert known.max() <= float(row["maximum"]), (kind, row["column"])  # type: ignore[operator]


def test_no_key_stands_twice(country: Country) -> None:
    for kind, columns in formats().items():
        table = read_table(country.folder, kind)
        key = [row["column"] for row in columns if row["key"] == "yes"]
        assert table.select(key).is_unique().all(), kind


def test_codes_come_from_the_catalogues() -> None:
    allowed = {
        (kind, row["column"]): set(row["allowed"].split(";")) for kind, rows in formats().items() for row in rows
    }
    assert allowed["alerts", "tipo"] == {row.code for row in territorial_alert_types()}
    assert allowed["alerts", "sector"] == {row.code for row in sectors()}
    assert allowed["chcc_alerts", "tipo"] == {row.code for row in chcc_alert_types()}
    assert allowed["exclusions", "motivo"] <= {row.code for row in exit_reasons()}


def test_identifiers_are_valid_and_belong_to_nobody(country: Country) -> None:
    persons = read_table(country.folder, "persons")
    runs = persons.filter(tipo_identificador="RUN")["identificador"].to_list()
    assert all(parse_run(run) == run and int(run[:-2]) in DEMO_RUN_RANGE for run in runs)
    others = persons.filter(tipo_identificador="PROVISIONAL")["identificador"].to_list()
    assert all(parse_provisional(number) == number for number in others)
    assert 0.01 < len(others) / len(runs) < 0.06


def test_everything_says_that_it_is_synthetic(country: Country) -> None:
    index = json.loads((country.folder / "extract.json").read_text(encoding="utf-8"))
    assert index["synthetic"] is True
    assert all(file["synthetic"] and file["provider"].startswith("SINTÉTICO") for file in index["files"])
    assert {file["sha256"] for file in index["files"]} == {file_hash(country.folder / f.file) for f in country.files}


def test_nothing_in_the_files_happens_after_the_cut(country: Country) -> None:
    dates = {
        "persons": "fecha_nacimiento",
        "addresses": "fecha",
        "alerts": "fecha_observacion",
        "chcc_alerts": "fecha",
        "health": "fecha_inscripcion",
        "households": "fecha_actualizacion",
    }
    for kind, column in dates.items():
        assert read_table(country.folder, kind)[column].drop_nulls().max() < PERIOD, kind  # type: ignore[operator]
    exclusions = read_table(country.folder, "exclusions")
    assert exclusions["vigente_desde"].max() <= PERIOD  # type: ignore[operator]
    assert exclusions["vigente_hasta"].drop_nulls().max() <= PERIOD  # type: ignore[operator]
    assert read_table(country.folder, "attendance")["periodo"].max() == "2026-10"


def test_only_the_unborn_have_no_birth_date(country: Country) -> None:
    persons = read_table(country.folder, "persons")
    unborn = persons.filter(pl.col("fecha_nacimiento").is_null())
    assert 0 < unborn.height < 60
    assert unborn["fecha_probable_parto"].min() > PERIOD  # type: ignore[operator]
    assert unborn["nombres"].unique().to_list() == ["Por nacer"]


def test_every_commune_has_its_children_and_the_homes_hold_siblings(country: Country) -> None:
    persons = read_table(country.folder, "persons")
    assert country.children == 2100
    assert country.households == read_table(country.folder, "households").height
    assert persons.filter(tipo_identificador="RUN").group_by("hogar").len()["len"].max() >= 4  # type: ignore[operator]
    assert set(persons["comuna"]) == set(COMMUNES) <= {row.code for row in communes()}


def test_the_base_rate_is_what_the_dial_says(country: Country) -> None:
    truth = read_truth(country.folder)
    first = truth.filter(pl.col("asof") == date(2024, 11, 1), pl.col("eligible"))
    assert first["p_obs"].mean() == pytest.approx(Dials().base_rate, abs=1e-6)


def test_detection_hides_entries_and_invents_none(country: Country) -> None:
    truth = read_truth(country.folder)
    assert truth.filter(pl.col("recorded") & ~pl.col("label")).is_empty()
    assert truth["recorded"].sum() < truth["label"].sum()


def test_without_surveillance_bias_every_entry_is_recorded(tmp_path: Path) -> None:
    write_country(tmp_path, COMMUNES, 300, 2, PERIOD, dials=Dials(surveillance=0.0))
    truth = read_truth(tmp_path)
    assert truth["recorded"].equals(truth["label"])


def test_recorded_entries_are_those_of_the_exclusions_file(country: Country) -> None:
    stays = read_table(country.folder, "exclusions").filter(efecto="EXCLUDED")
    for start, end in ((date(2024, 11, 1), date(2025, 11, 1)), (date(2025, 11, 1), date(2026, 11, 1))):
        entered = stays.filter(pl.col("vigente_desde") > start, pl.col("vigente_desde") <= end)
        recorded = read_truth(country.folder).filter(pl.col("asof") == start, pl.col("recorded"))
        assert set(entered["identificador"]) == set(recorded["nna_id"])


def test_the_quadrature_is_exact() -> None:
    rng = np.random.default_rng(0)
    drawn = 1 / (1 + np.exp(-(-3.0 + rng.normal(0, 0.8, 2_000_000))))
    assert p_obs(np.array([-3.0]), 0.8)[0] == pytest.approx(drawn.mean(), abs=2e-4)


def test_the_intercept_meets_the_base_rate() -> None:
    scores = np.linspace(-2, 4, 1001)
    assert p_obs(scores + intercept(scores, 0.5, 0.04), 0.5).mean() == pytest.approx(0.04, abs=1e-9)


def test_defects_come_only_when_asked_for(tmp_path: Path, country: Country) -> None:
    spoilt = write_country(tmp_path, COMMUNES[:1], 80, 5, PERIOD, defects=True)
    assert not country.defects
    assert spoilt.defects["persons"] == 4
    assert read_table(tmp_path, "attendance")["asistencia"].max() == 140


def test_the_smallest_country_has_one_child(tmp_path: Path) -> None:
    country = write_country(tmp_path, COMMUNES[:1], 1, 0, PERIOD)
    assert read_table(tmp_path, "persons").height == country.children == 1
